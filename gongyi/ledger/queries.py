"""Reads about money: the price an account pays, default accounts, amount records, holds and the monthly statement."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from gongyi.catalog.models import Instrument, Price
from gongyi.ledger.models import DefaultAccount, PaymentAccount
from gongyi.ledger.rules import TIERS, price_tier
from gongyi.workflow import Refused


def price_for(account: PaymentAccount, instrument: Instrument) -> Price | None:
    """The price the account pays on the instrument; None when the instrument has no price list: it is free of charge.

    A tier without a price pays the next dearer one. Refuses an account of another unit, and a tier that the price list
    does not serve (only cheaper tiers have a price). Uses `prices` when they were prefetched.
    """
    tier = price_tier(account, instrument)
    prices = {price.tier: price for price in instrument.prices.all()}
    if not prices:
        return None
    for candidate in TIERS[TIERS.index(tier) :]:
        if candidate in prices:
            return prices[candidate]
    raise Refused(
        _("该仪器没有面向%s用户的价格。") % tier.label, code="no_price", remedy=_("请联系仪器管理员设定价格。")
    )


def usable_accounts(user: Any, organization: Any) -> list[PaymentAccount]:
    """The accounts a person may pay with at one unit, the default one first (S0-79, S0-82)."""
    accounts = list(
        PaymentAccount.objects.usable_by(user)
        .filter(organization=organization)
        .select_related("organization", "payer")
        .order_by("name_key", "pk")
    )
    chosen = (
        DefaultAccount.objects.filter(user=user, organization=organization).values_list("account_id", flat=True).first()
    )
    return sorted(accounts, key=lambda account: account.pk != chosen)


def default_account(user: Any, organization: Any) -> PaymentAccount | None:
    """The account a person pays with at one unit unless they say otherwise: the chosen one, or the first they may use."""
    return next(iter(usable_accounts(user, organization)), None)


def default_accounts(user: Any, organizations: Iterable[Any]) -> dict[int, int]:
    """The chosen default account of each unit, as {organization: account}; one query for many."""
    chosen = DefaultAccount.objects.filter(user=user, organization__in=list(organizations))
    return dict(chosen.values_list("organization_id", "account_id"))
