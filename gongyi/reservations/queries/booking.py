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
from gongyi.reservations.rules import BOOKING, Advice, Answer, Booking, evaluate, resolve, review_needed
from gongyi.reservations.rules.booking import Payer, Rule, Taken, period_of
from gongyi.reservations.rules.time import day_start, local_date

# A time further away or longer than this is a slip of the pen; the rules, which walk over days, are not asked about it.
LONGEST_DAYS = 62
FURTHEST_DAYS = 3 * 366

COUNTED = ("pending", "valid", "in_use", "completed", "no_show")

CONTEXT = """
SELECT i.status = 'published', i.timed_booking, i.running_status, o.status = 'active', i.department_id,
       to_json(ri), to_json(ro), to_json(rs), hours.weeks,
       q.level, q.expires_on,
       i_manages.ids, {manages_user}, {manages_actor},
       ARRAY(SELECT b.reason || E'\\n' || coalesce(extract(epoch FROM b.until)::text, '') FROM reservations_ban b
              WHERE b.user_id = %(user)s AND b.organization_id = i.organization_id AND b.lifted_at IS NULL
                AND (b.until IS NULL OR b.until > %(now)s) ORDER BY b.until DESC NULLS FIRST),
       (SELECT json_agg(json_build_object(
                 'kind', t.kind, 'reason', c.reason, 'closure_kind', c.kind,
                 'from', extract(epoch FROM lower(t.during)), 'to', extract(epoch FROM upper(t.during)),
                 'starts', extract(epoch FROM coalesce(x.starts_at, lower(t.during))),
                 'ends', extract(epoch FROM coalesce(x.ends_at, upper(t.during)))) ORDER BY lower(t.during))
          FROM reservations_occupancy t
          LEFT JOIN reservations_closure c ON c.id = t.closure_id
          LEFT JOIN reservations_reservation x ON x.id = t.reservation_id
         WHERE t.holds AND int8range(t.instrument_id, t.instrument_id, '[]') && int8range(i.id, i.id, '[]')
           AND t.during && tstzrange(
                 %(starts_at)s - make_interval(mins => coalesce(
                   ri.buffer_before_minutes, ro.buffer_before_minutes, rs.buffer_before_minutes, 0)),
                 %(ends_at)s + make_interval(mins => coalesce(
                   ri.buffer_after_minutes, ro.buffer_after_minutes, rs.buffer_after_minutes, 0)))
           AND t.reservation_id IS DISTINCT FROM %(moving)s),
       ARRAY(SELECT {counts} FROM reservations_reservation x
              WHERE x.user_id = %(user)s AND {counted}),
       ARRAY(SELECT {counts} FROM reservations_reservation x
              WHERE x.account_id = %(account)s AND {counted}),
       (SELECT json_object_agg(p.tier, json_build_object(
                 'hourly_rate', p.hourly_rate::text, 'startup_fee', p.startup_fee::text, 'minimum_fee', p.minimum_fee::text))
          FROM catalog_price p WHERE p.instrument_id = i.id),
       a.name, a.status = 'active', a.organization_id = i.organization_id, a.available + a.credit_line,
       a.organization_id, a.payer_id, a.department_id, payer.kind,
       EXISTS (SELECT FROM ledger_accountmember m WHERE m.account_id = a.id AND m.user_id = %(user)s)
  FROM catalog_instrument i
  JOIN organizations_organization o ON o.id = i.organization_id
  LEFT JOIN reservations_bookingrules ri ON ri.instrument_id = i.id
  LEFT JOIN reservations_bookingrules ro ON ro.organization_id = i.organization_id
  LEFT JOIN reservations_bookingrules rs ON rs.instrument_id IS NULL AND rs.organization_id IS NULL
  LEFT JOIN reservations_qualification q
         ON q.instrument_id = i.id AND q.user_id = %(user)s AND q.withdrawn_at IS NULL
  LEFT JOIN ledger_paymentaccount a ON a.id = %(account)s
  LEFT JOIN organizations_organization payer ON payer.id = a.payer_id
 CROSS JOIN LATERAL (SELECT ARRAY(SELECT l.user_id FROM catalog_instrumentmanager l WHERE l.instrument_id = i.id) AS ids)
       AS i_manages
 CROSS JOIN LATERAL (SELECT json_agg(json_build_array(h.rules_id, h.weekday, h.opens_minute, h.closes_minute)) AS weeks
                       FROM reservations_openinghours h WHERE h.rules_id IN (ri.id, ro.id, rs.id)) AS hours
 WHERE i.id = %(instrument)s
"""
_MANAGES = """(%({who})s = ANY (i_manages.ids) OR EXISTS (
         SELECT FROM organizations_membership s WHERE s.user_id = %({who})s AND s.organization_id = i.organization_id
            AND s.role = 'unit_admin' AND s.ended_at IS NULL))"""
_COUNTED = (
    "x.instrument_id = i.id AND x.starts_at >= %(counted_from)s AND x.starts_at < %(counted_to)s"
    " AND x.status = ANY (%(counted)s) AND x.id IS DISTINCT FROM %(moving)s"
)
_COUNTS = "extract(epoch FROM x.starts_at)::int8 || ' ' || extract(epoch FROM x.ends_at - x.starts_at)::int8"
CONTEXT = CONTEXT.format(
    manages_user=_MANAGES.format(who="user"),
    manages_actor=_MANAGES.format(who="actor"),
    counted=_COUNTED,
    counts=_COUNTS,
)


@dataclass(frozen=True)
class Case:
    """A booking somebody wants, as loaded: what the rules look at, and what is written when they let it pass."""

    booking: Booking
    tier: str
    price: dict[str, str]
    estimate: Estimate | None
    manager_ids: tuple[int, ...]
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
) -> Case:
    """Everything the rules look at, in one statement; nothing is locked."""
    now = now or timezone.now()
    day = local_date(starts_at)
    periods = {period: period_of(day, period) for period in ("day", "week", "month")}
    parameters = {
        "instrument": instrument.pk, "user": user.pk, "actor": actor.pk if actor else 0, "now": now,
        "account": account.pk if account else None, "starts_at": starts_at, "ends_at": ends_at,
        "moving": moving.pk if moving else None, "counted": list(COUNTED),
        "counted_from": day_start(min(first for first, _next in periods.values())),
        "counted_to": day_start(max(after for _first, after in periods.values())),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(CONTEXT, parameters)
        (
            published, timed_booking, running_status, unit_active, department_id, ri, ro, rs, weeks,
            level, expires_on, manager_ids, user_manages, actor_manages, bans, taken, by_person, by_group, prices,
            account_name, account_active, of_the_unit, spendable, account_unit, payer_id, payer_department, payer_kind, usable,
        ) = cursor.fetchone()  # fmt: skip
    rules = resolve((ri, ro, rs), hours_by_scope((ri, ro, rs), weeks))
    minutes = int((ends_at - starts_at).total_seconds() // 60)
    prices = prices or {}
    tier, price, costs, payer = "", {}, None, None
    if account is not None and account_name is not None:
        paid = Instrument(pk=instrument.pk, organization_id=instrument.organization_id, department_id=department_id)
        fresh = PaymentAccount(
            pk=account.pk, organization_id=account_unit, payer_id=payer_id, department_id=payer_department
        )
        fresh.payer = Organization(pk=payer_id, kind=payer_kind)
        if of_the_unit:
            tier = str(price_tier(fresh, paid))
            price = next((prices[dearer] for dearer in TIERS[TIERS.index(tier) :] if dearer in prices), {})
            costs = estimate(price, minutes, rules.minimum_bill_minutes)
        payer = Payer(
            name=account_name, active=account_active, of_the_unit=of_the_unit, usable=usable, spendable=spendable,
            tier_label=str(PriceTier(tier).label) if tier else "", known_price=bool(price) or not prices,
        )  # fmt: skip
    if user_manages or user.is_staff:
        level, expires_on = Qualification.Level.SENIOR, None
    manages = bool(actor_manages or (actor and actor.is_staff))
    booking = Booking(
        now=now,
        starts_at=starts_at,
        ends_at=ends_at,
        rules=rules,
        published=published,
        unit_active=unit_active,
        timed_booking=timed_booking,
        running_status=running_status,
        instrument_name=instrument.name,
        level=level or Qualification.Level.NONE,
        level_expires_on=expires_on,
        for_myself=actor is None or actor.pk == user.pk,
        by_manager=manages,
        bans=tuple(_ban(text) for text in bans),
        taken=tuple(_taken(row) for row in taken or ()),
        used={
            **{("person", period): _sum(by_person, *ends) for period, ends in periods.items()},
            **{("group", period): _sum(by_group, *ends) for period, ends in periods.items()},
        },
        payer=payer,
        free_of_charge=not prices,
        estimate=costs.total if costs else Decimal(0),
        already_held=moving.estimate if moving and account and moving.account_id == account.pk else Decimal(0),
    )
    return Case(booking, tier, price, costs, tuple(manager_ids), manages)


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


def _ban(text: str) -> tuple[str, datetime | None]:
    reason, _newline, until = text.rpartition("\n")
    return reason, datetime.fromtimestamp(float(until), UTC) if until else None


def _taken(row: dict) -> Taken:
    from_, to, starts, ends = (datetime.fromtimestamp(row[name], UTC) for name in ("from", "to", "starts", "ends"))
    return Taken(row["kind"], (from_, to), (starts, ends), row["reason"] or "", row["closure_kind"] or "")


def _sum(rows: Sequence[str], first: date, after: date) -> tuple[Decimal, int]:
    """Hours and number of the bookings that start in a period; each row is `start length`, in seconds."""
    start, end = day_start(first).timestamp(), day_start(after).timestamp()
    lengths = [int(length) for begin, length in map(str.split, rows) if start <= int(begin) < end]
    return Decimal(sum(lengths)) / 3600, len(lengths)


def _advice(case: Case, instrument: Instrument, answers: Sequence[Answer], moving: Reservation | None) -> Advice:
    booking, refused = case.booking, {answer.rule for answer in answers if answer.state == "fail"}
    nearest = None
    if refused & {"free", "closure"}:
        nearest = nearest_free(
            instrument, booking.length, booking.starts_at, rules=booking.rules, now=booking.now, leaving=moving
        )
    faulty_until = None
    if "instrument" in refused:
        faulty_until = (
            instrument.fault_reports.filter(resolved_at=None, disabling=True)
            .order_by("-expected_on").values_list("expected_on", flat=True).first()
        )  # fmt: skip
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
