"""What may become of a payment account, by whom, and what each step does, refuses and tells."""

from decimal import Decimal

import pytest

from gongyi.audit.models import AuditEvent
from gongyi.audit.queries import history_of
from gongyi.ledger import services
from gongyi.ledger.models import AccountMember, DefaultAccount, PaymentAccount, Transaction
from gongyi.ledger.workflow import PaymentAccountFlow
from gongyi.notifications.models import Notification
from gongyi.workflow import Refused
from tests.factories.organizations import member

MEMBERS = ["add_members", "remove_member"]
LEADS = ["edit", *MEMBERS, "appoint", "dismiss"]
MONEY = ["top_up", "adjust", "set_credit_line"]

OFFERED = {
    "pending": {"administrator": ["confirm", "refuse", "edit"], "leader": ["edit"]},
    "refused": {"leader": ["apply_again"]},
    "active": {
        "administrator": [*MONEY, *LEADS, "hand_over", "freeze", "close"],
        "leader": LEADS,
        "group_manager": MEMBERS,
    },
    "frozen": {
        "administrator": [*MONEY, *LEADS, "hand_over", "unfreeze", "close"],
        "leader": LEADS,
        "group_manager": MEMBERS,
    },
    "closed": {"administrator": ["reopen"]},
}


@pytest.mark.parametrize("status", OFFERED)
def test_what_is_offered_to_whom(account, cast, status):
    PaymentAccount.objects.filter(pk=account.pk).update(status=status)
    account.refresh_from_db()
    offered = {
        role: [offer.step.name for offer in PaymentAccountFlow.offered(account, user)]
        for role, user in vars(cast).items()
    }
    table = OFFERED[status]
    administrator = table.get("administrator", [])
    assert offered == {
        "leader": table.get("leader", []),
        "group_manager": table.get("group_manager", []),
        "member": [],
        "finance": administrator,
        "unit_admin": administrator,
        "colleague": [],
        "stranger": [],
        "platform_admin": administrator,
    }


def fire(account, step, actor, **data):
    return PaymentAccountFlow.fire(account, step, actor=actor, **data)


def told(user):
    return list(Notification.objects.filter(user=user).order_by("pk").values_list("title", flat=True))


def roles(account):
    return {link.user.username: link.role for link in account.members.select_related("user")}


def yuan(amount):
    return Decimal(amount)


# Opening


@pytest.fixture
def applied(university, cast):
    return services.apply(
        leader=cast.leader, organization=university, payer=university, name="纵向项目组", purpose="国自然 52371001"
    )


def test_a_leader_applies_and_the_administrators_are_told(applied, cast):
    assert applied.status == "pending"
    assert applied.code.startswith("FK20")
    assert roles(applied) == {"leader": "leader"}
    assert told(cast.finance) == told(cast.unit_admin) == ["付款账户 纵向项目组：待确认"]
    assert [entry.label for entry in history_of(applied)] == ["申请开户"]


def test_until_it_is_confirmed_nobody_pays_with_it(applied, cast):
    assert not PaymentAccount.objects.usable_by(cast.leader).exists()
    with pytest.raises(Refused, match="待确认，不能付款"):
        services.hold(account=applied, amount=yuan(0), source="reservation:1", actor=cast.leader)


def test_confirming_gives_the_initial_credit_line(applied, cast):
    fire(applied, "confirm", cast.finance, credit_line=yuan("5000.00"))
    assert (applied.status, applied.credit_line) == ("active", yuan(5000))
    assert told(cast.leader) == ["付款账户 纵向项目组：正常"]
    assert PaymentAccount.objects.usable_by(cast.leader).get() == applied


def test_a_refused_application_may_be_changed_and_sent_again(applied, cast):
    fire(applied, "refuse", cast.finance, reason="请写明经费来源")
    fire(applied, "apply_again", cast.leader, name="横向项目组", purpose="企业委托合同 2026-17")
    applied.refresh_from_db()
    assert (applied.status, applied.name, applied.name_key) == ("pending", "横向项目组", "heng xiang xiang mu zu")


def test_an_administrator_opens_an_account_at_once(university, cast):
    account = services.open_confirmed(
        actor=cast.finance,
        organization=university,
        payer=university,
        leader=cast.leader,
        name="新组",
        credit_line=yuan(100),
    )
    assert account.status == "active"
    with pytest.raises(Refused, match="只有望江大学的付款账户管理员可以开户"):
        services.open_confirmed(
            actor=cast.stranger, organization=university, payer=university, leader=cast.leader, name="别组"
        )
    assert not PaymentAccount.objects.filter(name="别组").exists()


@pytest.mark.django_db
def test_account_numbers_never_repeat():
    numbers = {services.next_code() for _turn in range(3)}
    assert len(numbers) == 3


# Money


def test_a_top_up_is_recorded_and_told_to_those_who_run_the_group(account, cast):
    done = fire(account, "top_up", cast.finance, amount=yuan(500), voucher_no="pz-0017", note="")
    assert (done.available, account.available) == (yuan(1500), yuan(1500))
    assert told(cast.leader) == told(cast.group_manager) == ["付款账户「储能材料课题组」已充值 ¥500.00"]
    assert told(cast.member) == []
    body = Notification.objects.filter(user=cast.leader).get().body
    assert body == "凭证号 PZ-0017，充值后账户余额 ¥1,500.00。"
    assert history_of(account).get().data["voucher_no"] == "PZ-0017"


def test_the_same_voucher_leaves_nothing_behind(account, cast):
    fire(account, "top_up", cast.finance, amount=yuan(500), voucher_no="PZ-0017")
    with pytest.raises(Refused, match="不能重复使用"):
        fire(account, "top_up", cast.unit_admin, amount=yuan(500), voucher_no="PZ-0017")
    assert (history_of(account).count(), len(told(cast.leader))) == (1, 1)


@pytest.mark.parametrize("who", ["leader", "member", "stranger", "colleague"])
def test_nobody_tops_up_their_own_account(account, cast, who):
    with pytest.raises(Refused, match="只有账户所属单位管理员可以充值"):
        fire(account, "top_up", getattr(cast, who), amount=yuan(500), voucher_no="PZ-0017")


def test_an_adjustment_stands_in_the_audit_log_with_its_reason(account, cast):
    fire(account, "adjust", cast.finance, amount=yuan("-60.00"), reason="凭证 0016 金额录错", token="a")
    event = AuditEvent.objects.get()
    assert (event.what, event.reason) == ("更正金额", "凭证 0016 金额录错")
    assert (event.before, event.after) == ({"balance": "1000.00"}, {"balance": "940.00"})
    assert told(cast.leader) == ["付款账户「储能材料课题组」更正 −¥60.00"]
    with pytest.raises(Refused, match="已经登记过"):
        fire(account, "adjust", cast.finance, amount=yuan("-60.00"), reason="凭证 0016 金额录错", token="a")
    assert Transaction.objects.filter(kind="correction").count() == 1


def test_the_credit_line_is_changed_with_a_reason_and_audited(account, cast):
    fire(account, "set_credit_line", cast.finance, credit_line=yuan("8000.00"), reason="年底集中测试")
    account.refresh_from_db()
    assert account.credit_line == 8000
    event = AuditEvent.objects.get()
    assert (event.before, event.after) == ({"credit_line": "2000.00"}, {"credit_line": "8000.00"})


# Freezing and closing


def test_a_frozen_account_pays_for_nothing_new(account, cast):
    fire(account, "freeze", cast.finance, reason="长期欠款")
    assert not PaymentAccount.objects.usable_by(cast.member).exists()
    assert told(cast.leader) == ["付款账户 储能材料课题组：已冻结"]
    fire(account, "unfreeze", cast.finance)
    assert PaymentAccount.objects.usable_by(cast.member).exists()


def test_an_account_is_closed_only_when_nothing_is_owed_or_held(account, cast):
    services.hold(account=account, amount=yuan(300), source="reservation:1", actor=cast.member)
    with pytest.raises(Refused, match="还有 ¥300.00 为未结束的预约冻结着。请等预约结束或取消后再停用。"):
        fire(account, "close", cast.finance, reason="毕业")
    services.release(source="reservation:1", actor=cast.member)
    with pytest.raises(Refused, match="账户余额为 ¥1,000.00，须为零才能停用。请先收回欠款或退回余额"):
        fire(account, "close", cast.finance, reason="毕业")
    fire(account, "adjust", cast.finance, amount=yuan(-1000), reason="退回")
    fire(account, "close", cast.finance, reason="毕业")
    assert account.status == "closed"
    fire(account, "reopen", cast.finance)
    assert account.status == "active"


# People


def test_the_leader_adds_managers_and_members(account, cast, newcomer):
    fire(account, "add_members", cast.leader, people=[newcomer], role="manager")
    fire(account, "add_members", cast.leader, people=[cast.colleague, newcomer], role="member")
    assert roles(account)["fresh"] == "manager"
    assert roles(account)["newcomer"] == "member"
    assert told(cast.colleague) == ["您已加入付款账户「储能材料课题组」"]


def test_a_group_manager_adds_and_removes_ordinary_members_only(account, cast, newcomer):
    fire(account, "add_members", cast.group_manager, people=[newcomer], role="member")
    with pytest.raises(Refused, match="课题组管理员只能添加普通成员"):
        fire(account, "add_members", cast.group_manager, people=[cast.colleague], role="manager")
    fire(account, "remove_member", cast.group_manager, member=account.members.get(user=newcomer))
    with pytest.raises(Refused, match="课题组管理员只能移出普通成员"):
        fire(account, "remove_member", cast.group_manager, member=account.members.get(user=cast.group_manager))
    assert roles(account) == {"leader": "leader", "group-manager": "manager", "student": "member"}


def test_who_leaves_forgets_the_default_account(account, cast):
    services.choose_default(user=cast.member, account=account)
    fire(account, "remove_member", cast.leader, member=account.members.get(user=cast.member))
    assert not DefaultAccount.objects.exists()
    assert told(cast.member) == ["您已不再是付款账户「储能材料课题组」的成员"]


def test_the_leader_can_not_be_removed_or_made_something_else(account, cast):
    leader = account.members.get(user=cast.leader)
    for step in ("remove_member", "appoint", "dismiss"):
        with pytest.raises(Refused, match="请账户所属单位管理员更换负责人"):
            fire(account, step, cast.leader, member=leader)


def test_somebody_of_another_group_can_not_be_removed_here(account, cast, university):
    from tests.factories.ledger import payment_account

    other = payment_account(unit=university, members=(cast.colleague,))
    with pytest.raises(Refused, match="已不在课题组中"):
        fire(account, "remove_member", cast.leader, member=other.members.get(user=cast.colleague))
    assert AccountMember.objects.filter(account=other, user=cast.colleague).exists()


def test_group_managers_are_made_and_unmade(account, cast):
    fire(account, "appoint", cast.leader, member=account.members.get(user=cast.member))
    assert roles(account)["student"] == "manager"
    fire(account, "dismiss", cast.leader, member=account.members.get(user=cast.member))
    assert roles(account)["student"] == "member"


def test_a_group_gets_another_leader_and_keeps_the_former_as_member(account, cast, newcomer):
    fire(account, "hand_over", cast.unit_admin, people=[newcomer], reason="李老师退休")
    account.refresh_from_db()
    assert account.leader == newcomer
    assert roles(account) == {"fresh": "leader", "leader": "member", "group-manager": "manager", "student": "member"}


def test_a_member_can_become_leader(account, cast):
    fire(account, "hand_over", cast.unit_admin, people=[cast.member], reason="李老师退休")
    assert roles(account) == {"leader": "member", "group-manager": "manager", "student": "leader"}


# The forms of the steps


def bound(account, step, actor, **data):
    form = PaymentAccountFlow.steps[step].bind(account, actor, data)
    return form.errors.get_json_data() if not form.is_valid() else form.cleaned_data


def message(errors, field):
    return errors[field][0]["message"]


@pytest.mark.parametrize("text", ["fresh", "13911112222", "FRESH@example.cn", "fresh，13911112222\nfresh@example.cn"])
def test_people_are_named_by_user_name_phone_or_mail(account, cast, newcomer, text):
    assert bound(account, "add_members", cast.leader, people=text, role="member")["people"] == [newcomer]


def test_people_nobody_knows_are_named(account, cast, newcomer):
    errors = bound(account, "add_members", cast.leader, people="fresh nobody-7", role="member")
    assert message(errors, "people") == "没有找到 nobody-7。请核对用户名、手机号或邮箱；对方须先注册。"


def test_who_belongs_already_is_named(account, cast):
    errors = bound(account, "add_members", cast.leader, people="student", role="member")
    assert message(errors, "people") == "林知远已在课题组中。"


def test_a_group_manager_is_not_even_offered_to_name_managers(account, cast):
    errors = bound(account, "add_members", cast.group_manager, people="newcomer", role="manager")
    assert "role" in errors


def test_each_member_step_offers_whom_it_is_about(account, cast):
    def offered(step, actor):
        form = PaymentAccountFlow.steps[step].bind(account, actor)
        return [m.user.username for m in form.fields["member"].queryset]

    assert offered("remove_member", cast.leader) == ["group-manager", "student"]
    assert offered("remove_member", cast.group_manager) == ["student"]
    assert offered("appoint", cast.leader) == ["student"]
    assert offered("dismiss", cast.leader) == ["group-manager"]


def test_the_credit_line_starts_from_what_it_is(account, cast):
    form = PaymentAccountFlow.steps["set_credit_line"].bind(account, cast.finance)
    assert form["credit_line"].value() == 2000


def test_a_top_up_of_nothing_is_an_error_of_the_form(account, cast):
    assert "amount" in bound(account, "top_up", cast.finance, amount="0", voucher_no="PZ1")
    assert bound(account, "top_up", cast.finance, amount="¥1,234.50", voucher_no="PZ1")["amount"] == yuan("1234.50")


def test_a_leader_must_be_somebody_else_and_one(account, cast, university):
    member(university, "甲", username="a1")
    member(university, "乙", username="a2")
    assert "已是负责人" in message(bound(account, "hand_over", cast.finance, people="leader", reason="x"), "people")
    assert "只能是一位" in message(bound(account, "hand_over", cast.finance, people="a1 a2", reason="x"), "people")
