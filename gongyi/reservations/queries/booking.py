"""Loads everything the booking rules look at, in one statement, and asks them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

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
from gongyi.reservations.rules.booking import Payer, Rule, Taken, period_of
from gongyi.reservations.rules.time import day_start, local_date
from gongyi.workflow import Refused

# A time further away or longer than this is a slip of the pen; the rules, which walk over days, are not asked about it.
LONGEST_DAYS = 62
FURTHEST_DAYS = 3 * 366

_CASE = """
SELECT reservations_booking_case(%(instrument)s, %(user)s, %(actor)s, %(account)s, %(starts_at)s::timestamptz,
                                 %(ends_at)s::timestamptz, %(moving)s, %(now)s::timestamptz, %(lock)s)
"""

# Asked only where the instrument's rules limit somebody. A booking counts where it starts; one that was missed counts too.
_USED = """
SELECT {sums} FROM reservations_reservation x
 WHERE x.{{whose}} = %(id)s AND x.instrument_id = %(instrument)s AND x.starts_at >= %(from)s AND x.starts_at < %(to)s
   AND x.status IN ('pending', 'valid', 'in_use', 'completed', 'no_show') AND x.id IS DISTINCT FROM %(moving)s
"""
PERIODS = ("day", "week", "month")
_USED = _USED.format(
    sums=", ".join(
        f"coalesce(sum(extract(epoch FROM x.ends_at - x.starts_at)) FILTER (WHERE {inside}), 0), count(*) FILTER (WHERE {inside})"
        for inside in (f"x.starts_at >= %({period}_from)s AND x.starts_at < %({period}_to)s" for period in PERIODS)
    )
)


@dataclass(frozen=True)
class Case:
    """A booking somebody wants, as loaded: what the rules look at, and what is written when they let it pass."""

    booking: Booking
    tier: str
    price: dict[str, str]
    estimate: Estimate | None
    actor_manages: bool

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
    account: PaymentAccount | None,
    actor: Any,
    moving: Reservation | None = None,
    now: datetime | None = None,
    lock: bool = False,
) -> Case:
    """Everything the rules look at, in one statement, and one or two more where the instrument limits hours or bookings.

    With `lock` the instrument's row is locked first, until the transaction ends: see `queries.locks`.
    """
    now = now or timezone.now()
    parameters = {
        "instrument": instrument.pk, "user": user.pk, "actor": actor.pk if actor else None, "now": now, "lock": lock,
        "account": account.pk if account else None, "starts_at": starts_at, "ends_at": ends_at,
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
    tier, price, costs, payer = _payment(instrument, found, rules, int((ends_at - starts_at).total_seconds() // 60))
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
        used=_used(rules, parameters),
        payer=payer,
        free_of_charge=not prices,
        estimate=costs.total if costs else Decimal(0),
        already_held=moving.estimate if moving and account and moving.account_id == account.pk else Decimal(0),
    )
    return Case(booking, tier, price, costs, manages)


def check_booking(
    *,
    instrument: Instrument,
    user: Any,
    starts_at: datetime,
    ends_at: datetime,
    account: PaymentAccount | None,
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
    *, instrument: Instrument, user: Any, starts_at: datetime, ends_at: datetime, account: PaymentAccount | None
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
) -> tuple[str, dict[str, str], Estimate | None, Payer | None]:
    """Tier, price, estimate and what the rules want to know of the account; all empty without one."""
    paying, prices = found["account"], found["prices"] or {}
    if paying is None:
        return "", {}, None, None
    tier, costs = "", None
    price: dict[str, str] = {}
    of_the_unit = paying["organization_id"] == instrument.organization_id
    if of_the_unit:
        account = PaymentAccount(
            organization_id=paying["organization_id"],
            payer_id=paying["payer_id"],
            department_id=paying["department_id"],
        )
        account.payer = Organization(pk=paying["payer_id"], kind=paying["payer_kind"])
        instrument.department_id = found["department_id"]
        tier = price_tier(account, instrument)
        price = next((prices[dearer] for dearer in TIERS[TIERS.index(tier) :] if dearer in prices), {})
        costs = estimate(price, minutes, rules.minimum_bill_minutes)
    payer = Payer(
        name=paying["name"], active=paying["active"], of_the_unit=of_the_unit, usable=paying["usable"],
        spendable=Decimal(paying["spendable"]), tier_label=str(PriceTier(tier).label) if tier else "",
        known_price=bool(price) or not prices,
    )  # fmt: skip
    return str(tier), price, costs, payer


def _used(rules: EffectiveRules, wish: dict[str, Any]) -> dict[tuple[str, str], tuple[Decimal, int]]:
    """Hours and bookings of the person and of the paying group in the day, week and month, where a limit asks for them."""
    day = local_date(wish["starts_at"])
    periods = {period: period_of(day, period) for period in PERIODS}
    parameters = wish | {
        "from": day_start(min(first for first, _after in periods.values())),
        "to": day_start(max(after for _first, after in periods.values())),
    }
    for period, (first, after) in periods.items():
        parameters |= {f"{period}_from": day_start(first), f"{period}_to": day_start(after)}
    used: dict[tuple[str, str], tuple[Decimal, int]] = {}
    for whose, column, pk in (("person", "user_id", wish["user"]), ("group", "account_id", wish["account"])):
        if pk is None or not rules.limits(whose):
            continue
        with connection.cursor() as cursor:
            cursor.execute(_USED.format(whose=column), parameters | {"id": pk})
            row = cursor.fetchone()
        for number, period in enumerate(PERIODS):
            used[whose, period] = (Decimal(row[2 * number]) / 3600, row[2 * number + 1])
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
