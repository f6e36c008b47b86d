"""Reads about money: the price an account pays, default accounts, amount records, holds and the monthly statement."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.catalog.models import Instrument, Price
from gongyi.kit.money import MoneyField
from gongyi.ledger import sources
from gongyi.ledger.models import Book, DefaultAccount, Entry, PaymentAccount, Transaction
from gongyi.ledger.rules import TIERS, price_tier
from gongyi.workflow import Refused

ZERO = Decimal("0.00")
BALANCE = (Book.AVAILABLE, Book.HELD)


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
    if len(accounts) < 2:
        return accounts
    chosen = default_accounts(user).get(accounts[0].organization_id)
    return sorted(accounts, key=lambda account: account.pk != chosen)


def default_account(user: Any, organization: Any) -> PaymentAccount | None:
    """The account a person pays with at one unit unless they say otherwise: the chosen one, or the first they may use."""
    return next(iter(usable_accounts(user, organization)), None)


def default_accounts(user: Any) -> dict[int, int]:
    """The default account a person chose at each unit, as {organization: account} (S0-82)."""
    return dict(DefaultAccount.objects.filter(user=user).values_list("organization_id", "account_id"))


def with_changes(transactions: QuerySet) -> QuerySet:
    """Add to each transaction what it did: `balance_change` (holds included: 0 for them) and `held_change`."""
    return transactions.annotate(balance_change=_booked_on(*BALANCE), held_change=_booked_on(Book.HELD))


def _booked_on(*books: str) -> Coalesce:
    # A subquery in the select list is computed for the rows of the page only.
    lines = Entry.objects.filter(transaction=OuterRef("pk"), book__in=books).order_by()
    total = lines.values("transaction").annotate(total=Sum("amount")).values("total")
    return Coalesce(Subquery(total), ZERO, output_field=MoneyField())


# The monthly statement ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StatementLine:
    """One change of the balance, and the balance after it."""

    record: Transaction
    change: Decimal
    balance: Decimal


@dataclass(frozen=True)
class Statement:
    """An account's month (账单): what there was, what came in, what was charged, what is left; holds are no charges."""

    account: PaymentAccount
    month: date
    opening: Decimal
    lines: list[StatementLine] = field(default_factory=list)

    @property
    def closing(self) -> Decimal:
        return self.lines[-1].balance if self.lines else self.opening

    @property
    def totals(self) -> list[tuple[str, Decimal]]:
        """The sum of each kind that occurs, in the order of the kinds."""
        kinds = [
            (str(kind.label), sum((line.change for line in self.lines if line.record.kind == kind), ZERO), kind)
            for kind in Transaction.Kind
        ]
        occurring = {line.record.kind for line in self.lines}
        return [(label, total) for label, total, kind in kinds if kind in occurring]

    @property
    def income(self) -> Decimal:
        return sum((line.change for line in self.lines if line.change > 0), ZERO)

    @property
    def expense(self) -> Decimal:
        return sum((line.change for line in self.lines if line.change < 0), ZERO)

    @property
    def previous(self) -> date:
        return first_of_month(self.month - timedelta(days=1))

    @property
    def following(self) -> date:
        return first_of_month(self.month + timedelta(days=31))


def statement(account: PaymentAccount, month: date, *, reader: Any = None) -> Statement:
    """The account's statement for the month of `month`, in Asia/Shanghai days; as many queries however long (S0-76).

    `reader` is who will see it: what they may not open has no address.
    """
    month = first_of_month(month)
    start, end = _midnight(month), _midnight(first_of_month(month + timedelta(days=31)))
    own = Entry.objects.filter(transaction__account=account, book__in=BALANCE).order_by()
    # What is there now less what came since: for a recent month that is little to add up, and one look at both.
    since = own.filter(transaction__at__gte=start).values("account").annotate(total=Sum("amount")).values("total")
    opening = (
        PaymentAccount.objects.filter(pk=account.pk)
        .annotate(opening=F("available") + F("held") - Coalesce(Subquery(since), ZERO, output_field=MoneyField()))
        .values_list("opening", flat=True)
        .get()
    )
    month_s = own.filter(transaction__at__gte=start, transaction__at__lt=end)
    changes = dict(month_s.values_list("transaction").annotate(total=Sum("amount")).exclude(total=0))
    records = Transaction.objects.filter(pk__in=changes).select_related("actor").order_by("at", "pk")
    balance, lines = opening, []
    for record in sources.attach(records, reader):
        balance += changes[record.pk]
        lines.append(StatementLine(record, changes[record.pk], balance))
    return Statement(account, month, opening, lines)


def first_of_month(day: date) -> date:
    return day.replace(day=1)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())


def months_of(accounts: Iterable[PaymentAccount]) -> list[date]:
    """The months in which anything was booked on the accounts or could have been, newest first."""
    firsts = Transaction.objects.filter(account__in=list(accounts)).order_by("at").values_list("at", flat=True)[:1]
    first = next(iter(firsts), timezone.now())
    month, last = first_of_month(timezone.localdate(first)), first_of_month(timezone.localdate())
    found = []
    while month <= last:
        found.append(month)
        month = first_of_month(month + timedelta(days=31))
    return found[::-1]
