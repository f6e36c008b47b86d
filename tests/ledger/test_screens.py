"""Which screen of the ledger answers whom, and what stands on it."""

from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from gongyi.ledger import queries, services, sources
from gongyi.ledger.models import DefaultAccount, PaymentAccount
from tests.factories.accounts import person
from tests.factories.ledger import payment_account
from tests.factories.organizations import organization


@pytest.fixture
def visit(client, cast):
    """Open a screen as somebody of the cast (None: a visitor) and return the answer."""

    def go(who, name, /, *args, query="", **data):
        if who is None:
            client.logout()
        else:
            client.force_login(getattr(cast, who) if isinstance(who, str) else who)
        url = reverse(f"ledger:{name}", args=args) + query
        return client.post(url, data) if data else client.get(url)

    return go


def text(response):
    import re

    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


EVERYBODY = {
    "leader": 200, "group_manager": 200, "member": 200, "finance": 200, "unit_admin": 200, "platform_admin": 200,
    "colleague": 200, "stranger": 200, None: 302,
}  # fmt: skip
GROUP = EVERYBODY | {"colleague": 404, "stranger": 404}
READERS = GROUP | {"member": 404}
ADMINISTRATORS = EVERYBODY | dict.fromkeys(("leader", "group_manager", "member", "colleague"), 404)

SCREENS = {
    "accounts": EVERYBODY,
    "led_groups": EVERYBODY,
    "managed_groups": EVERYBODY,
    "joined_groups": EVERYBODY,
    "apply": EVERYBODY,
    "account": GROUP,
    "records": GROUP,
    "holds": GROUP,
    "members": GROUP,
    "statement": READERS,
    "unit_accounts": ADMINISTRATORS,
    "open": ADMINISTRATORS,
    "unit_records": ADMINISTRATORS,
}
OF_ONE = {"account", "records", "holds", "members", "statement"}


@pytest.mark.parametrize("name", SCREENS)
def test_who_may_open_which_screen(visit, account, name):
    args = [account.pk] if name in OF_ONE else []
    assert {who: visit(who, name, *args).status_code for who in SCREENS[name]} == SCREENS[name]


def test_an_account_of_another_unit_does_not_exist_for_its_administrators(visit, account):
    theirs = payment_account("别家的组", unit=organization("滨澜大学二"))
    assert visit("finance", "account", theirs.pk).status_code == 404
    assert "别家的组" not in text(visit("finance", "unit_accounts"))
    assert "储能材料课题组" in text(visit("finance", "unit_accounts"))
    assert "储能材料课题组" not in text(visit("stranger", "unit_accounts"))


def test_a_membership_that_ended_administers_nothing(visit, account, cast):
    from django.utils import timezone

    cast.finance.memberships.update(ended_at=timezone.now())
    assert visit("finance", "account", account.pk).status_code == 404
    assert visit("finance", "unit_accounts").status_code == 404


# 我可用的付款账户


def test_a_person_sees_what_they_can_pay_with_and_how_much(visit, account):
    services.hold(account=account, amount=Decimal(300), source="reservation:7", actor=None)
    page = text(visit("member", "accounts"))
    for words in ("储能材料课题组", "FK0001", "望江大学", "普通成员", "¥1,000.00", "¥300.00", "¥2,000.00", "¥2,700.00"):
        assert words in page


def test_who_has_no_account_is_told_what_to_do(visit):
    assert "请课题组负责人添加您，或新建课题组" in text(visit("colleague", "accounts"))


def test_a_default_account_is_chosen_per_unit(visit, account, cast, university):
    second = payment_account("第二个组", unit=university, members=(cast.member,))
    elsewhere = payment_account("别处的组", members=(cast.member,))
    assert visit("member", "set_default", second.pk).status_code == 200
    visit("member", "set_default", second.pk, yes="1")
    visit("member", "set_default", elsewhere.pk, yes="1")
    visit("member", "set_default", account.pk, yes="1")
    assert queries.default_accounts(cast.member) == {
        university.pk: account.pk,
        elsewhere.organization_id: elsewhere.pk,
    }
    assert queries.default_account(cast.member, university) == account
    assert queries.usable_accounts(cast.member, university) == [account, second]
    assert visit("leader", "set_default", second.pk, yes="1").status_code == 404
    assert visit(None, "set_default", account.pk, yes="1").status_code == 302
    assert DefaultAccount.objects.count() == 2


# 课题组


def test_groups_stand_where_the_person_s_role_puts_them(visit, account):
    found = {
        (who, name): "储能材料课题组" in text(visit(who, name))
        for who in ("leader", "group_manager", "member")
        for name in ("led_groups", "managed_groups", "joined_groups")
    }
    assert [pair for pair, there in found.items() if there] == [
        ("leader", "led_groups"),
        ("group_manager", "managed_groups"),
        ("member", "joined_groups"),
    ]


def test_a_leader_applies_for_a_new_group(visit, cast, university, centre):
    from gongyi.catalog.models import Instrument

    Instrument.objects.create(organization=university, number="WJU-0001", name="扫描电镜")
    answer = visit(
        "leader", "apply", name="横向项目组", organization=university.pk, payer=university.pk, department=centre.pk,
        purpose="企业委托测试",
    )  # fmt: skip
    account = PaymentAccount.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, account.get_absolute_url())
    assert (account.status, account.leader, account.department) == ("pending", cast.leader, centre)


def test_nobody_applies_in_the_name_of_another_organization(visit, cast, university):
    from gongyi.catalog.models import Instrument

    Instrument.objects.create(organization=university, number="WJU-0001", name="扫描电镜")
    other = organization("启衡检测")
    answer = visit("leader", "apply", name="组", organization=university.pk, payer=other.pk, purpose="x")
    assert answer.status_code == 422
    assert not PaymentAccount.objects.exists()


def test_an_administrator_opens_an_account(visit, cast, university):
    data = {"name": "新组", "organization": university.pk, "payer": university.pk, "credit_line": "3,000"}
    assert visit("finance", "open", person="nobody", **data).status_code == 422
    assert visit("finance", "open", person="newcomer", **data).status_code == 302
    account = PaymentAccount.objects.get()
    assert (account.status, account.credit_line, account.leader) == ("active", 3000, cast.colleague)


def test_an_administrator_opens_none_at_another_unit(visit, cast, university):
    data = {"name": "新组", "organization": university.pk, "payer": university.pk, "credit_line": "3000"}
    assert visit("stranger", "open", person="newcomer", **data).status_code == 422


# One account


def test_the_account_page_shows_money_people_and_what_can_be_done(visit, account):
    services.hold(account=account, amount=Decimal(300), source="reservation:7", actor=None)
    page = text(visit("finance", "account", account.pk))
    for words in (
        "¥1,000.00",
        "¥300.00",
        "¥2,700.00",
        "李明远",
        "充值",
        "更正金额",
        "冻结",
        "reservation:7",
        "3 人",
        "账单",
    ):
        assert words in page
    own = text(visit("member", "account", account.pk))
    assert "充值" not in own.replace("更正", "").split("流转记录")[0].split("账户余额")[0]
    assert "添加成员" not in own


def test_an_account_that_is_used_up_says_so(visit, account):
    services.hold(account=account, amount=Decimal(3000), source="reservation:7", actor=None)
    assert "可用额度已用尽，暂不能预约" in text(visit("member", "account", account.pk))


def test_the_source_of_money_has_its_name_and_address(visit, account, monkeypatch):
    monkeypatch.setitem(
        sources._known,
        "reservation",
        lambda keys, reader: {key: sources.Source(f"YY-{key}", f"/reservations/{key}/") for key in keys},
    )
    services.hold(account=account, amount=Decimal(300), source="reservation:7:2", actor=None)
    for screen in ("account", "records", "holds"):
        assert '<a class="nw" href="/reservations/7/">YY-7</a>' in visit("member", screen, account.pk).content.decode()


def test_amount_records_are_filtered_and_exported(visit, account):
    services.hold(account=account, amount=Decimal(300), source="reservation:7", actor=None)
    services.capture(source="reservation:7", amount=Decimal("120.50"), actor=None)
    assert "−¥120.50" in text(visit("member", "records", account.pk))
    assert "−¥120.50" not in text(visit("member", "records", account.pk, query="?kind=top_up"))
    rows = sheet(visit("member", "records", account.pk, query="?export=xlsx"))
    assert rows[0][:5] == ["类型", "时间", "事项", "余额变动", "冻结变动"]
    assert [[row[0], *row[2:5]] for row in rows[1:]] == [
        ["结算扣款", "reservation:7", -120.5, -300],
        ["预约冻结", "reservation:7", 0, 300],
        ["充值", rows[3][2], 1000, 0],
    ]


def sheet(response):
    return CalamineWorkbook.from_filelike(BytesIO(response.content)).get_sheet_by_index(0).to_python()


# Members


def test_a_row_offers_what_the_person_may_do(visit, account, cast):
    def offered(who):
        page = visit(who, "members", account.pk).content.decode()
        return [
            (member, step)
            for member in ("leader", "group-manager", "student")
            for step in ("appoint", "dismiss", "remove_member")
            if reverse("ledger:member_step", args=[account.pk, account.members.get(user__username=member).pk, step])
            in page
        ]

    full = [
        ("group-manager", "dismiss"), ("group-manager", "remove_member"), ("student", "appoint"), ("student", "remove_member"),
    ]  # fmt: skip
    assert offered("leader") == offered("finance") == full
    assert offered("group_manager") == [("student", "remove_member")]
    assert offered("member") == []


def test_a_member_is_removed_in_a_dialog(visit, account, cast):
    student = account.members.get(user=cast.member)
    assert "移出后不能再用" in text(visit("leader", "member_step", account.pk, student.pk, "remove_member"))
    assert visit("leader", "member_step", account.pk, student.pk, "remove_member", yes="1").status_code == 302
    assert not account.members.filter(user=cast.member).exists()


def test_who_may_not_is_refused_or_sees_nothing(visit, account, cast):
    student = account.members.get(user=cast.member)
    refused = visit("member", "member_step", account.pk, student.pk, "appoint", yes="1")
    assert (refused.status_code, "只有课题组负责人或账户所属单位管理员可以设为课题组管理员" in text(refused)) == (
        409,
        True,
    )
    assert visit("stranger", "member_step", account.pk, student.pk, "appoint", yes="1").status_code == 404
    assert visit("leader", "member_step", account.pk, student.pk, "close", yes="1").status_code == 404
    assert visit(None, "member_step", account.pk, student.pk, "appoint", yes="1").status_code == 302
    student.refresh_from_db()
    assert student.role == "member"


# Statements


@pytest.fixture
def history(account, monkeypatch):
    """A quiet October, a busy November."""
    from django.utils import timezone

    def move(moment):
        monkeypatch.setattr(timezone, "now", lambda: moment)

    account = payment_account("账单组", unit=account.organization, leader=account.leader)
    move(datetime(2026, 10, 31, 15, 59, tzinfo=UTC))  # 23:59 in Shanghai
    services.top_up(account=account, amount=Decimal(500), voucher_no="A1", actor=None)
    move(datetime(2026, 10, 31, 16, 0, tzinfo=UTC))  # midnight: November
    services.top_up(account=account, amount=Decimal(100), voucher_no="A2", actor=None)
    move(datetime(2026, 11, 10, 3, 0, tzinfo=UTC))
    for number in (1, 2):
        services.hold(account=account, amount=Decimal(200), source=f"reservation:{number}", actor=None)
    services.capture(source="reservation:1", amount=Decimal("150.50"), actor=None)
    services.correct(source="reservation:1", amount=Decimal("100.50"), actor=account.leader, reason="复核")
    move(datetime(2026, 12, 2, 3, 0, tzinfo=UTC))
    services.capture(source="reservation:2", amount=Decimal(200), actor=None)
    return account


def test_a_month_begins_with_what_the_last_one_left(history):
    october, november, december = (queries.statement(history, datetime(2026, m, 15).date()) for m in (10, 11, 12))
    assert [(s.opening, s.closing) for s in (october, november, december)] == [
        (0, 500), (500, Decimal("499.50")), (Decimal("499.50"), Decimal("299.50")),
    ]  # fmt: skip
    assert [(line.record.kind, line.change, line.balance) for line in november.lines] == [
        ("top_up", 100, 600),
        ("capture", Decimal("-150.50"), Decimal("449.50")),
        ("correction", 50, Decimal("499.50")),
    ]
    assert (november.income, november.expense) == (150, Decimal("-150.50"))
    assert november.totals == [("结算扣款", Decimal("-150.50")), ("充值", 100), ("更正", 50)]


def test_the_statement_is_four_questions_however_long(history, django_assert_num_queries):
    with django_assert_num_queries(4):  # the opening, the month's changes, their records, the reservations' names
        queries.statement(history, datetime(2026, 11, 15).date())


def test_the_statement_can_be_read_and_exported(visit, history):
    page = text(visit("leader", "statement", history.pk, query="?month=2026-11"))
    for words in ("2026 年 11 月账单", "¥500.00", "−¥150.50", "+¥50.00", "¥499.50", "结算扣款 小计"):
        assert words.replace(" ", "") in page.replace(" ", "")
    answer = visit("leader", "statement", history.pk, query="?month=2026-11&export=xlsx")
    rows = sheet(answer)
    assert rows[0] == ["时间", "类型", "事项", "财务凭证号", "说明", "经办人", "金额", "余额"]
    assert rows[1][7] == 500
    assert [row[6] for row in rows[2:5]] == [100, -150.5, 50]
    assert rows[-1][1:] == ["期末余额", "", "", "", "", "", 499.5]


@pytest.mark.parametrize("month", ["", "2026-13", "x", "0000-01", "99999-1", "2026-11-01"])
def test_a_month_that_is_none_shows_this_one(visit, account, month):
    assert visit("leader", "statement", account.pk, query=f"?month={month}").status_code == 200


# Unit


def test_the_administrator_freezes_several_at_once(visit, account, cast, university):
    frozen = payment_account("已冻结的组", unit=university, status="frozen")
    answer = visit(
        "finance", "unit_accounts", action="freeze", confirmed="1", pk=[account.pk, frozen.pk], reason="年终关账"
    )
    assert answer.status_code == 302
    account.refresh_from_db()
    assert account.status == "frozen"
    assert "不能冻结" in text(visit("finance", "unit_accounts"))


@pytest.mark.parametrize("query", ["?standing=debt", "?standing=spent", "?standing=held", "?q=李明远", "?q=FK0001"])
def test_accounts_are_found_by_how_they_stand(visit, account, query):
    services.hold(account=account, amount=Decimal(1000), source="reservation:1", actor=None)
    services.capture(source="reservation:1", amount=Decimal(3000), actor=None)
    services.hold(
        account=payment_account(unit=account.organization, balance=9), amount=Decimal(9), source="r:2", actor=None
    )
    found = text(visit("finance", "unit_accounts", query=query))
    assert ("储能材料课题组" in found) == (query != "?standing=held")


def test_what_came_in_is_listed_for_the_unit_only(visit, account, university):
    services.top_up(account=account, amount=Decimal(5), voucher_no="PZ-OURS", actor=None)
    services.top_up(account=payment_account(), amount=Decimal(5), voucher_no="PZ-THEIRS", actor=None)
    page = text(visit("finance", "unit_records", query="?kind=top_up"))
    assert ("PZ-OURS" in page, "PZ-THEIRS" in page) == (True, False)
    assert len(sheet(visit("finance", "unit_records", query="?export=xlsx"))) == 3


# Queries


@pytest.mark.parametrize(
    ("name", "who"),
    [("accounts", "leader"), ("led_groups", "leader"), ("unit_accounts", "finance"), ("unit_records", "finance"),
     ("records", "leader"), ("holds", "leader"), ("members", "leader")],
)  # fmt: skip
def test_a_list_asks_as_often_for_thirty_rows_as_for_one(visit, account, cast, university, name, who):
    args = [account.pk] if name in OF_ONE else []
    services.hold(account=account, amount=Decimal(1), source="reservation:0", actor=None)
    visit(who, name, *args)

    def questions():
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert visit(who, name, *args).status_code == 200
        return len(asked)

    one = questions()
    for number in range(1, 30):
        services.hold(account=account, amount=Decimal(1), source=f"reservation:{number}", actor=cast.member)
        account.members.create(user=person())
        payment_account(unit=university, leader=cast.leader, balance=5)
    assert questions() == one


def test_a_visitor_sees_no_account(account):
    assert not PaymentAccount.objects.usable_by(AnonymousUser()).exists()
    assert not PaymentAccount.objects.visible_to(AnonymousUser()).exists()


def test_a_reservation_is_named_to_everybody_and_linked_for_those_who_may_see_it(visit, account, cast, university):
    from datetime import timedelta

    from django.utils import timezone

    from gongyi.catalog.models import Instrument
    from gongyi.reservations.models import Reservation

    microscope = Instrument.objects.create(organization=university, number="WJU-0001", name="扫描电镜")
    start = timezone.now()
    booking = Reservation.objects.create(
        instrument=microscope,
        user=cast.member,
        account=account,
        status="valid",
        starts_at=start,
        ends_at=start + timedelta(hours=2),
    )
    booking.refresh_from_db()
    account.members.create(user=cast.colleague)
    services.hold(account=account, amount=Decimal(300), source=booking.source_key, actor=cast.member)
    for who, linked in {"member": True, "leader": True, "colleague": False}.items():
        page = visit(who, "records", account.pk).content.decode()
        assert (booking.number in page, "扫描电镜" in page, booking.get_absolute_url() in page) == (True, True, linked)
