"""What becomes of money when a unit is suspended or leaves: a unit cannot leave while any is on an account."""

from collections.abc import Iterator
from typing import Any

from django.db.models import F, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from gongyi.kit.money import format_money
from gongyi.ledger.models import PaymentAccount
from gongyi.organizations.consequences import Act, Consequence, obstacle, register_consequence
from gongyi.organizations.models import Organization
from gongyi.organizations.workflow import OrganizationFlow


def with_money(organization: Organization) -> QuerySet[PaymentAccount]:
    """Accounts the unit keeps, or whose group belongs to it, with a balance, a debt or a hold."""
    concerned = PaymentAccount.objects.filter(Q(organization=organization) | Q(payer=organization))
    return concerned.exclude(available=0, held=0)


@register_consequence(Act.SUSPEND, Act.LEAVE)
def accounts(organization: Organization, act: Act) -> Iterator[Consequence]:
    """Money stays where it is during a suspension, and keeps a unit from leaving."""
    found = with_money(organization)
    count, total = found.count(), found.aggregate(total=Sum(F("available") + F("held")))["total"] or 0
    url = f"{reverse('ledger:unit_accounts')}?organization={organization.pk}"
    words = _("%(count)s 个，合计 %(total)s") % {"count": count, "total": format_money(total)}
    if act == Act.LEAVE:
        what = _("请先结清未结束的预约，退回余额或收回欠款。")
        yield Consequence(_("有余额、欠款或冻结的付款账户"), count, what, url, blocks=True, shown=words)
    else:
        yield Consequence(
            _("有余额、欠款或冻结的付款账户"), count, _("金额原样保留；停用期间不能用于新的预约。"), url, shown=words
        )


@OrganizationFlow.leave.then
def no_money_came_meanwhile(organization: Organization, *, actor: Any, **data: Any) -> None:
    """Looked at once more with the accounts locked: nothing was paid in while the unit was leaving."""
    rows = PaymentAccount.objects.filter(Q(organization=organization) | Q(payer=organization))
    list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    if refusal := obstacle(organization, Act.LEAVE):
        raise refusal
