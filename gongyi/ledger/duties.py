"""The payment-account groups a person leads or administers, as duties somebody else takes over when they go."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.ledger.models import AccountMember, PaymentAccount
from gongyi.ledger.workflow import OPEN, PaymentAccountFlow
from gongyi.organizations.duties import Thing, register_duty

Role = AccountMember.Role


def _links(user: Any, organization: Any, role: str) -> list[AccountMember]:
    rows = AccountMember.objects.filter(
        user=user, role=role, account__organization=organization, account__status__in=OPEN
    )
    return list(rows.select_related("account").order_by("account__name_key", "pk"))


def _listing(role: str) -> Any:
    def things(user: Any, organization: Any) -> list[Thing]:
        links = _links(user, organization, role)
        return [Thing(link.account.name, link.account.get_absolute_url(), link.account.code) for link in links]

    return things


def give_leadership(user: Any, organization: Any, *, to: Any, actor: Any) -> None:
    """Make `to` the leader of every group `user` leads; the former leader stays as an ordinary member."""
    for link in _links(user, organization, Role.LEADER):
        PaymentAccountFlow.fire(link.account, "hand_over", actor=actor, people=[to], reason=_("职责交接"))


def give_group_management(user: Any, organization: Any, *, to: Any, actor: Any) -> None:
    """Make `to` an administrator of every group `user` administers, who becomes an ordinary member there."""
    for link in _links(user, organization, Role.MANAGER):
        account: PaymentAccount = link.account
        there = AccountMember.objects.filter(account=account, user=to).first()
        if there is None:
            PaymentAccountFlow.fire(account, "add_members", actor=actor, people=[to], role=Role.MANAGER)
        elif there.role == Role.MEMBER:
            PaymentAccountFlow.fire(account, "appoint", actor=actor, member=there)
        PaymentAccountFlow.fire(account, "dismiss", actor=actor, member=link)


register_duty(
    "accounts_led", gettext_lazy("负责的付款账户"), measure=gettext_lazy("个"), of=_listing(Role.LEADER), hand_over=give_leadership,
    note=gettext_lazy("接手人成为负责人，原负责人留作普通成员。"),
)  # fmt: skip
register_duty(
    "groups_managed", gettext_lazy("管理的课题组"), measure=gettext_lazy("个"), of=_listing(Role.MANAGER),
    hand_over=give_group_management, note=gettext_lazy("接手人成为课题组管理员，原管理员留作普通成员。"),
)  # fmt: skip
register_duty(
    "groups_joined", gettext_lazy("所在的课题组"), measure=gettext_lazy("个"), of=_listing(Role.MEMBER),
    note=gettext_lazy("离开单位后仍是这些课题组的成员；不应再用其付款的，由课题组负责人移出。"),
)  # fmt: skip
