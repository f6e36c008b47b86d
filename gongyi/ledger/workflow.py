"""What becomes of a payment account: applied for, confirmed, topped up, corrected, frozen, closed; and who belongs to it."""

import uuid
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.audit.services import record
from gongyi.kit.money import format_money
from gongyi.ledger import journal
from gongyi.ledger.forms import (
    AddMembersForm,
    AdjustForm,
    ConfirmForm,
    CreditLineForm,
    DetailsForm,
    GroupManagerForm,
    HandOverForm,
    MemberForm,
    OrdinaryMemberForm,
    TopUpForm,
    may_appoint,
)
from gongyi.ledger.models import AccountMember, DefaultAccount, PaymentAccount
from gongyi.ledger.rules import administrator, group_manager, leader, nothing_held, settled
from gongyi.notifications.services import notify
from gongyi.workflow import Refused, Step, Workflow
from gongyi.workflow.forms import ReasonForm

S = PaymentAccount.Status
OPEN = (S.ACTIVE, S.FROZEN)
Role = AccountMember.Role


class PaymentAccountFlow(Workflow):
    """A payment-account group from the application to its end; money comes from the owning unit's administrator only."""

    model = PaymentAccount
    initial = (S.PENDING, S.ACTIVE)
    related = ("organization", "payer", "leader")
    main_path = (S.PENDING, S.ACTIVE)

    confirm = Step(
        gettext_lazy("确认开户"), S.PENDING, S.ACTIVE, by=administrator, form=ConfirmForm, tell=leader, tone="success"
    )
    refuse = Step(
        gettext_lazy("不予开户"), S.PENDING, S.REFUSED, by=administrator, form=ReasonForm, tell=leader, tone="danger"
    )
    apply_again = Step(
        gettext_lazy("重新申请"), S.REFUSED, S.PENDING, by=leader, form=DetailsForm, tell=administrator, tone="success"
    )

    top_up = Step(gettext_lazy("充值"), OPEN, by=administrator, form=TopUpForm, tone="success")
    adjust = Step(gettext_lazy("更正金额"), OPEN, by=administrator, form=AdjustForm)
    set_credit_line = Step(gettext_lazy("调整信用额度"), OPEN, by=administrator, form=CreditLineForm, tell=leader)
    edit = Step(gettext_lazy("修改信息"), (S.PENDING, *OPEN), by=leader | administrator, form=DetailsForm)

    add_members = Step(gettext_lazy("添加成员"), OPEN, by=leader | group_manager | administrator, form=AddMembersForm)
    remove_member = Step(
        gettext_lazy("移出成员"), OPEN, by=leader | group_manager | administrator, form=MemberForm, tone="danger"
    )
    appoint = Step(gettext_lazy("设为课题组管理员"), OPEN, by=leader | administrator, form=OrdinaryMemberForm)
    dismiss = Step(gettext_lazy("取消课题组管理员"), OPEN, by=leader | administrator, form=GroupManagerForm)
    hand_over = Step(gettext_lazy("更换负责人"), OPEN, by=administrator, form=HandOverForm)

    freeze = Step(
        gettext_lazy("冻结"), S.ACTIVE, S.FROZEN, by=administrator, form=ReasonForm, tell=leader, tone="danger"
    )
    unfreeze = Step(gettext_lazy("解除冻结"), S.FROZEN, S.ACTIVE, by=administrator, tell=leader)
    close = Step(
        gettext_lazy("停用"), OPEN, S.CLOSED, by=administrator, form=ReasonForm, needs=(nothing_held, settled), tell=leader,
        tone="danger",
    )  # fmt: skip
    reopen = Step(gettext_lazy("重新启用"), S.CLOSED, S.ACTIVE, by=administrator, tell=leader)


@PaymentAccountFlow.confirm.does
def grant_credit(account: PaymentAccount, *, actor: Any, credit_line: Decimal, **data: Any) -> dict:
    """Give the initial credit line (S0-67)."""
    account.credit_line = credit_line
    return {"credit_line": credit_line}


@PaymentAccountFlow.top_up.does
def put_money_in(
    account: PaymentAccount, *, actor: Any, amount: Decimal, voucher_no: str, note: str = "", **data: Any
) -> dict:
    """Raise the balance against the voucher and tell the leader and the group's managers."""
    booked = journal.top_up(account=account, amount=amount, voucher_no=voucher_no, actor=actor, note=note)
    _read_balance(account)
    _tell_group(
        account,
        actor,
        _("付款账户「%(account)s」已充值 %(amount)s") % {"account": account, "amount": format_money(amount)},
        _("凭证号 %(voucher)s，充值后账户余额 %(balance)s。")
        % {"voucher": booked.voucher_no, "balance": format_money(account.balance)},
    )
    return {"amount": amount, "voucher_no": booked.voucher_no, "transaction": booked.pk}


@PaymentAccountFlow.adjust.does
def correct_the_balance(
    account: PaymentAccount, *, actor: Any, amount: Decimal, reason: str, token: str = "", **data: Any
) -> dict:
    """Raise or lower the balance with the reason, and tell the leader and the group's managers."""
    before = account.balance
    booked = journal.adjust(account=account, amount=amount, actor=actor, reason=reason, key=token or str(uuid.uuid4()))
    _read_balance(account)
    if account.balance == before:
        raise Refused(_("这笔更正已经登记过，无需重复操作。"), code="already_done")
    record(actor, account, _("更正金额"), before={"balance": before}, after={"balance": account.balance}, reason=reason)
    _tell_group(
        account,
        actor,
        _("付款账户「%(account)s」更正 %(amount)s") % {"account": account, "amount": format_money(amount)},
        _("原因：%(reason)s。更正后账户余额 %(balance)s。")
        % {"reason": reason, "balance": format_money(account.balance)},
    )
    return {"amount": amount, "transaction": booked.pk}


@PaymentAccountFlow.set_credit_line.does
def change_credit_line(account: PaymentAccount, *, actor: Any, credit_line: Decimal, reason: str, **data: Any) -> dict:
    """Set the credit line and keep what it was in the audit log."""
    before = account.credit_line
    account.credit_line = credit_line
    change = {"before": {"credit_line": before}, "after": {"credit_line": credit_line}}
    record(actor, account, _("调整信用额度"), **change, reason=reason)
    return change


@PaymentAccountFlow.add_members.does
def let_people_in(account: PaymentAccount, *, actor: Any, people: list, role: str = Role.MEMBER, **data: Any) -> dict:
    """Make them members and tell them which account they may now pay with."""
    if role != Role.MEMBER and not may_appoint(account, actor):
        raise Refused(_("课题组管理员只能添加普通成员。"), code="not_allowed", remedy=_("请负责人设定课题组管理员。"))
    AccountMember.objects.bulk_create(
        [AccountMember(account=account, user=user, role=role) for user in people], ignore_conflicts=True
    )
    notify(
        people,
        title=_("您已加入付款账户「%s」") % account,
        body=_("预约%s的仪器时可以用它付款。") % account.organization,
        url=account.get_absolute_url(),
        kind=PaymentAccountFlow.name,
    )
    return {"people": [str(user) for user in people], "role": role}


@PaymentAccountFlow.remove_member.does
def let_somebody_go(account: PaymentAccount, *, actor: Any, member: AccountMember, **data: Any) -> dict:
    """End the membership; bookings already paid for stay, and the person's default account is forgotten."""
    member = _of(account, member)
    if member.role == Role.LEADER:
        raise Refused(_("负责人不能移出。"), code="is_leader", remedy=_("请账户所属单位管理员更换负责人。"))
    if member.role == Role.MANAGER and not may_appoint(account, actor):
        raise Refused(_("课题组管理员只能移出普通成员。"), code="not_allowed", remedy=_("请联系课题组负责人。"))
    DefaultAccount.objects.filter(account=account, user=member.user).delete()
    member.delete()
    notify(
        [member.user],
        title=_("您已不再是付款账户「%s」的成员") % account,
        body=_("今后的预约请改用其他付款账户；如有疑问请联系%s。") % account.leader,
        kind=PaymentAccountFlow.name,
    )
    return {"people": [str(member.user)]}


@PaymentAccountFlow.appoint.does
def make_group_manager(account: PaymentAccount, *, actor: Any, member: AccountMember, **data: Any) -> dict:
    """Let the member add and remove ordinary members (S0-73)."""
    return _change_role(account, member, Role.MANAGER, _("您已成为付款账户「%s」的课题组管理员"))


@PaymentAccountFlow.dismiss.does
def make_ordinary_member(account: PaymentAccount, *, actor: Any, member: AccountMember, **data: Any) -> dict:
    """Make the group manager an ordinary member again (S0-73)."""
    return _change_role(account, member, Role.MEMBER, _("您不再是付款账户「%s」的课题组管理员"))


@PaymentAccountFlow.hand_over.does
def change_leader(account: PaymentAccount, *, actor: Any, people: list, **data: Any) -> dict:
    """Make the person the leader; the former one stays as an ordinary member."""
    (successor,) = people
    former = account.leader
    AccountMember.objects.filter(account=account, role=Role.LEADER).update(role=Role.MEMBER)
    AccountMember.objects.update_or_create(account=account, user=successor, defaults={"role": Role.LEADER})
    account.leader = successor
    notify(
        {former, successor},
        title=_("付款账户「%(account)s」的负责人现为%(leader)s") % {"account": account, "leader": successor},
        url=account.get_absolute_url(),
        kind=PaymentAccountFlow.name,
    )
    return {"before": str(former), "after": str(successor)}


def _change_role(account: PaymentAccount, member: AccountMember, role: str, sentence: str) -> dict:
    member = _of(account, member)
    if member.role == Role.LEADER:
        raise Refused(_("负责人的角色不能这样更改。"), code="is_leader", remedy=_("请账户所属单位管理员更换负责人。"))
    member.role = role
    member.save(update_fields=["role"])
    notify([member.user], title=sentence % account, url=account.get_absolute_url(), kind=PaymentAccountFlow.name)
    return {"people": [str(member.user)], "role": role}


def _of(account: PaymentAccount, member: AccountMember) -> AccountMember:
    """The membership as it stands, of this account and no other."""
    found = AccountMember.objects.filter(pk=member.pk, account=account).select_related("user").first()
    if found is None:
        raise Refused(_("该成员已不在课题组中。"), code="gone")
    return found


def _read_balance(account: PaymentAccount) -> None:
    """The triggers changed it in the database."""
    account.refresh_from_db(fields=["available", "held"])


def _tell_group(account: PaymentAccount, actor: Any, title: str, body: str) -> None:
    people = (leader | group_manager).people(account)
    notify(
        [user for user in people if actor is None or user.pk != actor.pk],
        title=title,
        body=body,
        url=account.get_absolute_url(),
        kind=PaymentAccountFlow.name,
    )
