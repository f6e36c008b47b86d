"""Who may do what with a payment account, whose price a booking gets, and what it will cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.catalog.models import Instrument, Price, PriceTier
from gongyi.kit.money import CENT, format_money
from gongyi.ledger.models import AccountMember, PaymentAccount
from gongyi.organizations.models import Membership, OrganizationKind
from gongyi.workflow import Refused, Role

ADMINISTRATORS = (Membership.Role.FINANCE, *Membership.ADMINISTERING)
MINUTES_PER_HOUR = 60

# From the cheapest to the dearest; a tier without a price of its own pays the next dearer one.
TIERS = (PriceTier.GROUP, PriceTier.INTERNAL, PriceTier.EXTERNAL, PriceTier.ENTERPRISE)


# Who -----------------------------------------------------------------------------------------------------------------


def _administers(account: PaymentAccount, user: Any) -> bool:
    return user.is_staff or any(
        membership.organization_id == account.organization_id and membership.role in ADMINISTRATORS
        for membership in _memberships(user)
    )


def _memberships(user: Any) -> list[Membership]:
    """The person's current memberships, read once per request."""
    if not hasattr(user, "_ledger_memberships"):
        user._ledger_memberships = list(
            user.memberships.filter(ended_at=None).only("organization_id", "role", "user_id")
        )
    return user._ledger_memberships


def _administrators(account: PaymentAccount) -> list:
    return list(
        get_user_model()
        .objects.filter(
            memberships__organization=account.organization_id,
            memberships__role__in=ADMINISTRATORS,
            memberships__ended_at=None,
            is_active=True,
        )
        .distinct()
    )


def _members(account: PaymentAccount, *roles: str) -> list:
    return [link.user for link in account.members.all() if link.role in roles and link.user.is_active]


def _member_role(*roles: str) -> Any:
    return lambda account, user: any(link.user_id == user.pk and link.role in roles for link in account.members.all())


administrator = Role(gettext_lazy("账户所属单位管理员"), _administers, people=_administrators)
leader = Role(
    gettext_lazy("课题组负责人"),
    lambda account, user: account.leader_id == user.pk,
    people=lambda account: [account.leader],
)
group_manager = Role(
    gettext_lazy("课题组管理员"),
    _member_role(AccountMember.Role.MANAGER),
    people=lambda account: _members(account, AccountMember.Role.MANAGER),
)


def administered_units(user: Any) -> list[int]:
    """The organizations whose payment accounts a person looks after, as keys."""
    return list(
        user.memberships.filter(ended_at=None, role__in=ADMINISTRATORS)
        .order_by("organization")
        .values_list("organization", flat=True)
        .distinct()
    )


# Needs ---------------------------------------------------------------------------------------------------------------


def nothing_held(account: PaymentAccount, *, actor: Any) -> Refused | None:
    """No booking holds money on the account."""
    if account.held == 0:
        return None
    return Refused(
        _("还有 %s 为未结束的预约冻结着。") % format_money(account.held),
        code="still_held",
        remedy=_("请等预约结束或取消后再停用。"),
    )


def settled(account: PaymentAccount, *, actor: Any) -> Refused | None:
    """The balance is zero."""
    if account.balance == 0:
        return None
    return Refused(
        _("账户余额为 %s，须为零才能停用。") % format_money(account.balance),
        code="not_settled",
        remedy=_("请先收回欠款或退回余额，用「更正金额」登记。"),
    )


# Whose price ---------------------------------------------------------------------------------------------------------


def may_pay_for(account: PaymentAccount, instrument: Instrument) -> Refused | None:
    """An account pays for the instruments of its owning unit only (S0-56); None, or the refusal."""
    if account.organization_id == instrument.organization_id:
        return None
    return Refused(
        _("付款账户「%(account)s」用于支付%(unit)s的仪器，不能支付%(owner)s的仪器。")
        % {"account": account, "unit": account.organization, "owner": instrument.organization},
        code="wrong_unit",
        remedy=_("请选择%s的付款账户，或向该单位申请开户。") % instrument.organization,
    )


def price_tier(account: PaymentAccount, instrument: Instrument) -> PriceTier:
    """Which price the account's group pays on this instrument; refuses an account of another unit.

    组内 for the department that owns the instrument, 校内 for the rest of the owning unit, 企业 for enterprises, 校外科研 for
    everyone else.
    """
    if refusal := may_pay_for(account, instrument):
        raise refusal
    if account.payer_id == instrument.organization_id:
        same = account.department_id is not None and account.department_id == instrument.department_id
        return PriceTier.GROUP if same else PriceTier.INTERNAL
    if account.payer.kind == OrganizationKind.ENTERPRISE:
        return PriceTier.ENTERPRISE
    return PriceTier.EXTERNAL


# What it costs -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    label: str
    amount: Decimal


@dataclass(frozen=True)
class Estimate:
    """What a use costs, line by line; `total` is their sum."""

    lines: list[Line]
    total: Decimal


def terms(price: Price | None) -> dict[str, str]:
    """The price as a booking keeps it: later changes of the price list do not touch it; {} means free of charge."""
    return {name: str(_term(price, name)) for name in TERMS} if price else {}


TERMS = ("hourly_rate", "startup_fee", "minimum_fee")


def estimate(price: Mapping | Price | None, minutes: int, minimum_bill_minutes: int = 0) -> Estimate:
    """What `minutes` of use cost at `price` (a Price, its `terms`, or None for free).

    Start-up fee and machine hours, at least the minimum fee, rounded half up to 0.01; the minutes count up to the next
    whole billing unit of `minimum_bill_minutes` where that is above zero.
    """
    if minutes < 0:
        raise ValueError("minutes of use can't be negative")
    rate, startup, minimum = (_term(price, name) for name in TERMS)
    if minimum_bill_minutes > 0:
        minutes = -(-minutes // minimum_bill_minutes) * minimum_bill_minutes
    lines = []
    machine = (rate * minutes / MINUTES_PER_HOUR).quantize(CENT, ROUND_HALF_UP)
    if machine:
        lines.append(Line(_machine_label(minutes, rate), machine))
    if startup:
        lines.append(Line(_("开机费"), startup))
    if machine + startup < minimum:
        lines.append(Line(_("最低收费补足"), minimum - machine - startup))
    return Estimate(lines, sum((line.amount for line in lines), Decimal("0.00")))


def _term(price: Mapping | Price | None, name: str) -> Decimal:
    value = price.get(name) if isinstance(price, Mapping) else getattr(price, name, None)
    return Decimal(value or 0).quantize(CENT, ROUND_HALF_UP)


def _machine_label(minutes: int, rate: Decimal) -> str:
    if minutes * 10 % MINUTES_PER_HOUR:  # a tenth of an hour would not say it exactly
        return _("机时费 %(minutes)s 分钟 × %(rate)s/小时") % {"minutes": f"{minutes:,}", "rate": format_money(rate)}
    hours = Decimal(minutes) / MINUTES_PER_HOUR
    return _("机时费 %(hours)s 小时 × %(rate)s") % {"hours": f"{hours:,.1f}", "rate": format_money(rate)}


# Whether it can be paid ----------------------------------------------------------------------------------------------


def cannot_spend(account: PaymentAccount, amount: Decimal) -> Refused | None:
    """Why the account, as it stands, can't take a hold of `amount` (S0-68); None when it can.

    The one sentence for the booking's rule list, the button and the refused hold.
    """
    elsewhere = _("请联系账户所属单位管理员，或改用其他付款账户。")
    if account.status != PaymentAccount.Status.ACTIVE:
        return Refused(
            _("付款账户「%(account)s」%(status)s，不能付款。")
            % {"account": account, "status": account.get_status_display()},
            code="account_not_active",
            remedy=elsewhere,
        )
    missing = amount - account.spendable
    if missing <= 0:
        return None
    return Refused(
        _("账户余额不足，还差 %s。") % format_money(missing),
        code="balance_too_low",
        remedy=_("请联系账户所属单位管理员充值，或改用其他付款账户。"),
    )
