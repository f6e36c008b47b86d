"""Loads everything the booking rules look at, in one statement, and asks them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.catalog.models import Instrument, PriceTier
from gongyi.ledger.models import PaymentAccount
from gongyi.ledger.rules import TIERS, Estimate, estimate, price_tier
from gongyi.organizations.models import Organization
from gongyi.reservations.models import Qualification, Reservation
from gongyi.reservations.queries.free import nearest_free
from gongyi.reservations.rules import BOOKING, Advice, Answer, Booking, EffectiveRules, evaluate, resolve, review_needed
from gongyi.reservations.rules.booking import Payer, Rule, Taken
from gongyi.workflow import Refused

# A time further away or longer than this is a slip of the pen; the rules, which walk over days, are not asked about it.
LONGEST_DAYS = 62
FURTHEST_DAYS = 3 * 366

PERIODS = ("day", "week", "month")
_READ = ("id", "name", "organization_id", "payer_id", "department_id")  # the rest of an account is read if anybody asks
_CASE = """
SELECT reservations_booking_case(%(instrument)s, %(user)s, %(actor)s, %(account)s, %(starts_at)s::timestamptz,
                                 %(ends_at)s::timestamptz, %(moving)s, %(now)s::timestamptz, %(lock)s, %(default)s, %(zone)s)
"""


class DefaultAccount(Enum):
    """Stands for the account a person pays with at the instrument's unit unless they say otherwise (S0-82)."""

    CHOSEN = "default"


Account = PaymentAccount | DefaultAccount | None


@dataclass(frozen=True)
class Case:
    """A booking somebody wants, as loaded: what the rules look at, and what is written when they let it pass."""

    booking: Booking
    tier: str
    price: dict[str, str]
    estimate: Estimate | None
    actor_manages: bool
    account: PaymentAccount | None
    profile: dict[str, Any]  # the person's reporting information, when the case was loaded to book

    @property
    def terms(self) -> dict[str, str]:
        """The price as the reservation keeps it, so that a later price list or rule does not change what was agreed."""
        return self.price and {**self.price, "minimum_bill_minutes": str(self.booking.rules.minimum_bill_minutes)}

    @property
    def review_needed(self) -> bool:
        return not self.actor_manages and review_needed(self.booking.rules, self.booking.level)


def load_case(
    *,
    instrument: Instrument,
    user: Any,
    starts_at: datetime,
    ends_at: datetime,
    account: Account,
    actor: Any,
    moving: Reservation | None = None,
    now: datetime | None = None,
    lock: bool = False,
) -> Case:
    """Everything the rules look at, in one statement.

    With `lock` the instrument's row is locked first, until the transaction ends: see `queries.locks`. Of the instrument only
    the key has to be known.
    """
    now = now or timezone.now()
    parameters = {
        "instrument": instrument.pk, "user": user.pk, "actor": actor.pk if actor else None, "now": now, "lock": lock,
        "account": account.pk if isinstance(account, PaymentAccount) else None,
        "default": account is DefaultAccount.CHOSEN, "zone": settings.TIME_ZONE, "starts_at": starts_at, "ends_at": ends_at,
        "moving": moving.pk if moving else None,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_CASE, parameters)
        (found,) = cursor.fetchone()
    if found is None:
        raise Refused(_("该仪器已不存在。"), code="gone")
    rules = resolve(found["rules"], hours_by_scope(found["rules"], found["hours"]))
    administrators, managers = found["administrators"] or (), found["managers"] or ()
    manages = bool(actor) and (actor.is_staff or actor.pk in managers or actor.pk in administrators)
    level, expires_on = found["level"] or Qualification.Level.NONE, found["level_expires_on"]
    if user.is_staff or user.pk in managers or user.pk in administrators:
        level, expires_on = Qualification.Level.SENIOR, None
    prices = found["prices"] or {}
    instrument.name, instrument.organization_id = found["name"], found["organization_id"]
    paying, tier, price, costs, payer = _payment(
        instrument, found, rules, int((ends_at - starts_at).total_seconds() // 60)
    )
    booking = Booking(
        now=now,
        starts_at=starts_at,
        ends_at=ends_at,
        rules=rules,
        published=found["published"],
        unit_active=found["unit_active"],
        timed_booking=found["timed_booking"],
        running_status=found["running_status"],
        level=level,
        level_expires_on=date.fromisoformat(expires_on) if expires_on else None,
        for_myself=actor is None or actor.pk == user.pk,
        by_manager=manages,
        bans=tuple((reason, _moment(until)) for reason, until in found["bans"] or ()),
        taken=tuple(_taken(row) for row in found["taken"] or ()),
        used=_used(found),
        payer=payer,
        free_of_charge=not prices,
        estimate=costs.total if costs else Decimal(0),
        already_held=moving.estimate if moving and paying and moving.account_id == paying.pk else Decimal(0),
    )
    return Case(booking, tier, price, costs, manages, paying, found["profile"] or {})


def check_booking(
    *,
    instrument: Instrument,
    user: Any,
    starts_at: datetime,
    ends_at: datetime,
    account: Account,
    actor: Any = None,
    moving: Reservation | None = None,
    now: datetime | None = None,
    rules: Sequence[Rule] = BOOKING,
) -> list[Answer]:
    """Every rule's answer about a booking, without booking it; nothing is locked or written."""
    if answer := impossible_period(starts_at, ends_at, now):
        return [answer]
    case = load_case(
        instrument=instrument, user=user, starts_at=starts_at, ends_at=ends_at, account=account, actor=actor or user,
        moving=moving, now=now,
    )  # fmt: skip
    return answers_of(case, instrument, rules, moving)


def estimate_of(
    *, instrument: Instrument, user: Any, starts_at: datetime, ends_at: datetime, account: Account
) -> Estimate | None:
    """What the booking would cost, line by line; None without an account, or where nothing is charged."""
    if impossible_period(starts_at, ends_at):
        return None
    return load_case(
        instrument=instrument, user=user, starts_at=starts_at, ends_at=ends_at, account=account, actor=user
    ).estimate


def answers_of(
    case: Case, instrument: Instrument, rules: Sequence[Rule] = BOOKING, moving: Reservation | None = None
) -> list[Answer]:
    """The rules' answers; when one refuses or waits they are asked again with what remedies name."""
    answers = evaluate(case.booking, rules)
    if all(answer.state == "pass" for answer in answers):
        return answers
    return evaluate(replace(case.booking, advice=_advice(case, instrument, answers, moving)), rules)


def impossible_period(starts_at: datetime, ends_at: datetime, now: datetime | None = None) -> Answer | None:
    """The refusal of a period no rule can judge: it ends before it starts, is absurdly long or far away."""
    now = now or timezone.now()
    if ends_at <= starts_at:
        sentence = _("结束时间要晚于开始时间。")
    elif ends_at - starts_at > timedelta(days=LONGEST_DAYS):
        sentence = _("一次预约最长 %s 天。") % LONGEST_DAYS
    elif abs(starts_at - now) > timedelta(days=FURTHEST_DAYS):
        sentence = _("所选日期太远，请检查年份。")
    else:
        return None
    return Answer("period", _("时段"), "fail", _("有误"), sentence, _("请重新选择时段。"))


def hours_by_scope(
    rows: Sequence[dict | None], weeks: Sequence[Sequence[int]] | None
) -> list[list[tuple[int, int, int]]]:
    """Opening hours sorted to the scopes whose rules rows they belong to."""
    by_rules: dict[int, list[tuple[int, int, int]]] = {}
    for rules_id, weekday, opens, closes in weeks or ():
        by_rules.setdefault(rules_id, []).append((weekday, opens, closes))
    return [by_rules.get(row["id"], []) if row else [] for row in rows]


def _payment(
    instrument: Instrument, found: dict[str, Any], rules: EffectiveRules, minutes: int
) -> tuple[PaymentAccount | None, str, dict[str, str], Estimate | None, Payer | None]:
    """Account, tier, price, estimate and what the rules want to know of the account; all empty without one."""
    paying, prices = found["account"], found["prices"] or {}
    if paying is None:
        return None, "", {}, None, None
    tier, costs = "", None
    price: dict[str, str] = {}
    account = PaymentAccount.from_db(connection.alias, _READ, [paying[name] for name in _READ])
    account.payer = Organization.from_db(connection.alias, ["id", "kind"], [paying["payer_id"], paying["payer_kind"]])
    of_the_unit = account.organization_id == instrument.organization_id
    if of_the_unit:
        instrument.department_id = found["department_id"]
        tier = price_tier(account, instrument)
        price = next((prices[dearer] for dearer in TIERS[TIERS.index(tier) :] if dearer in prices), {})
        costs = estimate(price, minutes, rules.minimum_bill_minutes)
    payer = Payer(
        name=account.name, active=paying["active"], of_the_unit=of_the_unit, usable=paying["usable"],
        spendable=Decimal(paying["spendable"]), tier_label=str(PriceTier(tier).label) if tier else "",
        known_price=bool(price) or not prices,
    )  # fmt: skip
    return account, str(tier), price, costs, payer


def _used(found: dict[str, Any]) -> dict[tuple[str, str], tuple[Decimal, int]]:
    """Hours and bookings of the person and of the paying group in the day, week and month, where a limit asked for them."""
    used: dict[tuple[str, str], tuple[Decimal, int]] = {}
    for whose in ("person", "group"):
        counted = found[f"used_by_{whose}"] or ()
        for period, seconds, bookings in zip(PERIODS, counted[::2], counted[1::2], strict=False):
            used[whose, period] = (Decimal(int(seconds)) / 3600, bookings)
    return used


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _taken(row: list) -> Taken:
    kind, lower, upper, starts_at, ends_at, closure_kind, reason = row
    held = (datetime.fromtimestamp(lower, UTC), datetime.fromtimestamp(upper, UTC))
    shown = (
        held if starts_at is None else (datetime.fromtimestamp(starts_at, UTC), datetime.fromtimestamp(ends_at, UTC))
    )
    return Taken(kind, held, shown, reason or "", closure_kind or "")


def _advice(case: Case, instrument: Instrument, answers: Sequence[Answer], moving: Reservation | None) -> Advice:
    booking, refused = case.booking, {answer.rule for answer in answers if answer.state == "fail"}
    nearest = None
    if refused & {"free", "closure"}:
        nearest = nearest_free(
            instrument, booking.length, booking.starts_at, rules=booking.rules, now=booking.now, leaving=moving
        )
    faulty_until = None
    if "instrument" in refused:
        faults = instrument.fault_reports.filter(resolved_at=None, disabling=True)
        expected = list(faults.values_list("expected_on", flat=True))
        days = [day for day in expected if day is not None]
        faulty_until = max(days) if days and len(days) == len(expected) else None  # one without a date promises nothing
    return Advice(managers_of(instrument), nearest, faulty_until)


def managers_of(instrument: Instrument) -> tuple[tuple[str, str], ...]:
    """Names and telephones of whom to ask; office numbers, never somebody's mobile."""
    managers = tuple(
        (name, office or instrument.contact_phone)
        for name, office in instrument.managers.filter(is_active=True)
        .order_by("pk")
        .values_list("name", "office_phone")
    )
    if managers or not (instrument.contact_name or instrument.contact_phone):
        return managers
    return ((instrument.contact_name, instrument.contact_phone),)
