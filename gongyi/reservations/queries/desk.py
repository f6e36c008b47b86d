"""What waits for those who look after instruments, and what a reservation would cost or lose."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Count, DurationField, ExpressionWrapper, F, Min, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.catalog.models import Instrument, RunningStatus
from gongyi.kit.money import CENT, format_money
from gongyi.kit.when import format_when
from gongyi.reservations.models import Reservation
from gongyi.reservations.queries.effective import effective_rules
from gongyi.reservations.rules import EffectiveRules
from gongyi.reservations.rules.time import day_start

S = Reservation.Status


def managed_reservations(user: Any) -> QuerySet[Reservation]:
    """Reservations of the instruments a person looks after, with what lists show of them."""
    return Reservation.objects.managed_by(user).select_related("instrument", "user", "account")


def pending_for(user: Any) -> QuerySet[Reservation]:
    """What waits for this manager's review, soonest start first."""
    return managed_reservations(user).filter(status=S.PENDING).order_by("starts_at", "pk")


def today_of(user: Any, day: date | None = None) -> QuerySet[Reservation]:
    """Bookings and uses of a day on the instruments this person looks after, in order of time."""
    day = day or timezone.localdate()
    start, end = day_start(day), day_start(day + timedelta(days=1))
    shown = (S.PENDING, S.VALID, S.IN_USE, S.COMPLETED, S.NO_SHOW)
    # Three ways to be there today, each found by an index: begun since yesterday, still running, or still awaited.
    there = Q(starts_at__gte=start - timedelta(days=1), starts_at__lt=end) | Q(status=S.IN_USE, ends_at__gt=start)
    there |= Q(status=S.VALID, starts_at__lt=end)
    rows = managed_reservations(user).filter(there, status__in=shown, starts_at__lt=end, ends_at__gt=start)
    # Ordered by an expression: the index of starts would be read from the very first reservation on.
    return rows.order_by(Coalesce("starts_at", "ends_at"), "pk")


def overtime_of(user: Any, now: datetime | None = None) -> QuerySet[Reservation]:
    """Uses past their end that nobody ended, longest overdue first."""
    return managed_reservations(user).filter(status=S.IN_USE, ends_at__lt=now or timezone.now()).order_by("ends_at")


def overtime_minutes(reservation: Reservation, now: datetime | None = None) -> int:
    """Whole minutes a running use is past its end; 0 while it is not."""
    if reservation.status != S.IN_USE:
        return 0
    return max(0, int(((now or timezone.now()) - reservation.ends_at).total_seconds() // 60))


@dataclass(frozen=True)
class DeskStats:
    """The numbers at the top of the manager's desk."""

    pending: int
    oldest_pending_at: datetime | None
    overtime: int
    in_use: int
    today: int
    today_hours: Decimal
    no_shows_this_week: int
    instruments: int
    running: dict[str, int]


def stats(user: Any, now: datetime | None = None) -> DeskStats:
    """What a manager's desk counts, in five queries, each found by an index of its own."""
    now = now or timezone.now()
    day = timezone.localdate(now)
    monday = day_start(day - timedelta(days=day.weekday()))
    rows = Reservation.objects.managed_by(user).order_by()
    pending = rows.filter(status=S.PENDING).aggregate(n=Count("pk"), oldest=Min("created_at"))
    in_use = rows.filter(status=S.IN_USE).aggregate(n=Count("pk"), overtime=Count("pk", Q(ends_at__lt=now)))
    no_shows = rows.filter(status=S.NO_SHOW, starts_at__gte=monday, starts_at__lte=now).count()
    length = ExpressionWrapper(F("ends_at") - F("starts_at"), DurationField())
    today = (
        today_of(user, day)
        .select_related(None)
        .order_by()
        .aggregate(n=Count("pk"), length=Sum(length, filter=~Q(status=S.NO_SHOW)))
    )
    hours = Decimal(int((today["length"] or timedelta()).total_seconds())) / 3600
    statuses = Instrument.objects.managed_by(user).order_by().values_list("running_status")
    running = dict(statuses.annotate(n=Count("pk", distinct=True)))
    return DeskStats(
        pending=pending["n"],
        oldest_pending_at=pending["oldest"],
        overtime=in_use["overtime"],
        in_use=in_use["n"],
        today=today["n"],
        today_hours=hours.quantize(Decimal("0.1"), ROUND_HALF_UP),
        no_shows_this_week=no_shows,
        instruments=sum(running.values()),
        running={status: running.get(status, 0) for status in RunningStatus.values},
    )


def hit_by(instrument: Instrument, during: DateTimeTZRange) -> QuerySet[Reservation]:
    """Bookings and uses a closure of this time would meet, their buffers left aside."""
    rows = (
        Reservation.objects.holding()
        .filter(instrument=instrument, ends_at__gt=during.lower)
        .select_related("user", "account")
    )
    return (rows.filter(starts_at__lt=during.upper) if during.upper else rows).order_by("starts_at")


@dataclass(frozen=True)
class CancellationTerms:
    """What cancelling costs now, and the sentence that says so before anybody confirms."""

    fee: Decimal
    deadline_at: datetime
    sentence: str


def cancellation_terms(
    reservation: Reservation, *, free: bool = False, now: datetime | None = None, rules: EffectiveRules | None = None
) -> CancellationTerms:
    """The terms of cancelling this reservation now; `free` when somebody else than the booker cancels.

    Free while it is pending, and until the deadline (that moment included); afterwards a percentage of the estimate.
    """
    now, rules = now or timezone.now(), rules or effective_rules(reservation.instrument)
    deadline = reservation.starts_at - timedelta(minutes=rules.cancel_deadline_minutes)
    if free or reservation.status == S.PENDING or not reservation.estimate:
        return CancellationTerms(Decimal(0), deadline, _("现在取消不收费，冻结金额全部退回。"))
    if now <= deadline:
        sentence = _("%s 前取消不收费，冻结金额全部退回。") % format_when(deadline)
        return CancellationTerms(Decimal(0), deadline, sentence)
    fee = late_fee(reservation, rules)
    sentence = _("免费取消已于 %(when)s 截止，现在取消收取预估费用的 %(percent)s%%，即 %(fee)s。") % {
        "when": format_when(deadline), "percent": rules.late_cancel_percent, "fee": format_money(fee),
    }  # fmt: skip
    return CancellationTerms(fee, deadline, sentence)


def late_fee(reservation: Reservation, rules: EffectiveRules) -> Decimal:
    """What a late cancellation or a no-show costs: the instrument's percentage of the estimate."""
    return (reservation.estimate * rules.late_cancel_percent / 100).quantize(CENT, ROUND_HALF_UP)
