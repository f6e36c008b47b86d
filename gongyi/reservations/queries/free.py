"""Where an instrument is still free: the slots of a day, the nearest place for a length, and day scales for lists."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from math import lcm

from django.db import connection
from django.utils import timezone

from gongyi.catalog.models import Instrument, RunningStatus
from gongyi.kit.scale import DayScale
from gongyi.reservations.models import Reservation
from gongyi.reservations.queries.effective import effective_rules, effective_rules_of
from gongyi.reservations.rules import EffectiveRules, Span, first_fit, open_spans, subtract
from gongyi.reservations.rules.time import day_start, local_date

# One probe of the index per instrument: a join over `&&` alone could not use it.
_HELD = """
SELECT i.id, t.kind, lower(t.during), upper(t.during)
  FROM unnest(%(instruments)s::int8[]) AS i (id)
 CROSS JOIN LATERAL (
       SELECT kind, during FROM reservations_occupancy
        WHERE holds AND int8range(instrument_id, instrument_id, '[]') && int8range(i.id, i.id, '[]')
          AND during && tstzrange(%(start)s, %(end)s) AND (%(leaving)s::int8 IS NULL OR reservation_id IS DISTINCT FROM %(leaving)s)
       OFFSET 0) t
"""
Held = dict[int, list[tuple[str, Span]]]


def held(instruments: Sequence[int], start: datetime, end: datetime, leaving: Reservation | None = None) -> Held:
    """What holds the time of instruments, buffers included, by instrument: one query."""
    found: Held = {pk: [] for pk in instruments}
    with connection.cursor() as cursor:
        cursor.execute(
            _HELD,
            {"instruments": list(instruments), "start": start, "end": end, "leaving": leaving.pk if leaving else None},
        )
        for pk, kind, lower, upper in cursor.fetchall():
            found[pk].append((kind, (lower or start, upper or end)))
    return found


def free_slots(
    instrument: Instrument, day: date, *, rules: EffectiveRules | None = None, now: datetime | None = None
) -> list[Span]:
    """The times of a local day that could still be booked, as far as opening hours, closures, buffers and others go."""
    rules = rules or effective_rules(instrument)
    start, end = day_start(day), day_start(day + timedelta(days=1))
    taken = held([instrument.pk], start - rules.before, end + rules.after)[instrument.pk]
    return _free(
        instrument, rules, open_spans(rules.opening_hours, day, day), [s for _k, s in taken], now or timezone.now()
    )


def nearest_free(
    instrument: Instrument,
    length: timedelta,
    after: datetime,
    *,
    rules: EffectiveRules | None = None,
    now: datetime | None = None,
    leaving: Reservation | None = None,
) -> Span | None:
    """The first free place of this length not before `after`, within what may be booked now; None if there is none."""
    rules, now = rules or effective_rules(instrument), now or timezone.now()
    earliest = max(after, now + timedelta(minutes=rules.min_notice_minutes))
    last_day = local_date(now) + timedelta(days=rules.horizon_days)
    if local_date(earliest) > last_day:
        return None
    end = day_start(last_day + timedelta(days=1))
    taken = held([instrument.pk], earliest - rules.before, end + rules.after, leaving)[instrument.pk]
    spans = open_spans(rules.opening_hours, local_date(earliest), last_day)
    free = _free(instrument, rules, spans, [span for _kind, span in taken], now)
    return first_fit(free, length, rules.slot_minutes, earliest)


def day_scales(instruments: Iterable[Instrument], day: date, now: datetime | None = None) -> dict[int, DayScale]:
    """One day of many instruments for the scale in lists: two queries, however many they are."""
    wanted, now = list(instruments), now or timezone.now()
    start, end = day_start(day), day_start(day + timedelta(days=1))
    rules_of = effective_rules_of(wanted)
    taken = held([instrument.pk for instrument in wanted], start - timedelta(days=1), end + timedelta(days=1))
    scales = {}
    for instrument in wanted:
        rules, spans = rules_of[instrument.pk], taken[instrument.pk]
        open_today = open_spans(rules.opening_hours, day, day)
        scales[instrument.pk] = DayScale(
            day=day,
            open_ranges=open_today,
            free_ranges=_free(instrument, rules, open_today, [span for _kind, span in spans], now),
            closed_ranges=[span for kind, span in spans if kind == "closure"],
            now=now if local_date(now) == day else None,
        )
    return scales


def free_of_days(
    instruments: Sequence[Instrument],
    first_day: date,
    last_day: date,
    now: datetime | None = None,
    *,
    rules_of: Mapping[int, EffectiveRules] | None = None,
) -> dict[int, list[Span]]:
    """The free time of many instruments over days, both included: two queries, however many they are."""
    now, rules_of = now or timezone.now(), rules_of or effective_rules_of(instruments)
    start, end = day_start(first_day), day_start(last_day + timedelta(days=1))
    taken = held([i.pk for i in instruments], start - timedelta(days=1), end + timedelta(days=1))
    return {
        i.pk: _free(
            i, rules_of[i.pk], open_spans(rules_of[i.pk].opening_hours, first_day, last_day),
            [span for _kind, span in taken[i.pk]], now,
        )
        for i in instruments
    }  # fmt: skip


def free_between(
    instruments: Sequence[Instrument],
    start: datetime,
    end: datetime,
    *,
    whole: bool = True,
    now: datetime | None = None,
) -> dict[int, list[Span]]:
    """Those that can be booked for the whole of a time (or, not `whole`, for some of it), with what of it is free.

    What is too soon or too far ahead for an instrument's own rules is not free there. Two queries.
    """
    now, rules_of = now or timezone.now(), effective_rules_of(instruments)
    found = {}
    free = free_of_days(instruments, local_date(start), local_date(end), now, rules_of=rules_of)
    for instrument in instruments:
        rules = rules_of[instrument.pk]
        first = max(start, now + timedelta(minutes=rules.min_notice_minutes))
        last = min(end, day_start(local_date(now) + timedelta(days=rules.horizon_days + 1)))
        inside = [(max(a, first), min(b, last)) for a, b in free[instrument.pk] if max(a, first) < min(b, last)]
        if [(start, end)] == inside if whole else inside:
            found[instrument.pk] = inside
    return found


def common_free(
    instruments: Sequence[Instrument],
    length: timedelta,
    after: datetime,
    *,
    rules_of: Mapping[int, EffectiveRules] | None = None,
    now: datetime | None = None,
) -> Span | None:
    """The first time of this length, on every instrument's grid, at which all of them are free; None if there is none."""
    now, rules_of = now or timezone.now(), rules_of or effective_rules_of(instruments)
    rules = [rules_of[instrument.pk] for instrument in instruments]
    earliest = max(after, now + timedelta(minutes=max(r.min_notice_minutes for r in rules)))
    last_day = local_date(now) + timedelta(days=min(r.horizon_days for r in rules))
    if local_date(earliest) > last_day:
        return None
    free = free_of_days(instruments, local_date(earliest), last_day, now, rules_of=rules_of)
    common = free[instruments[0].pk]
    for instrument in instruments[1:]:
        common = [(max(a, c), min(b, d)) for a, b in common for c, d in free[instrument.pk] if max(a, c) < min(b, d)]
    return first_fit(common, length, lcm(*(r.slot_minutes for r in rules)), earliest)


def _free(
    instrument: Instrument, rules: EffectiveRules, spans: list[Span], taken: list[Span], now: datetime
) -> list[Span]:
    """Open time less what is taken (widened by the own buffers) and what is past; nothing of a broken instrument."""
    if instrument.running_status in (RunningStatus.FAULTY, RunningStatus.SCRAPPED) or not instrument.timed_booking:
        return []
    widened = [(start - rules.after, end + rules.before) for start, end in taken]
    past = [(spans[0][0], now)] if spans and spans[0][0] < now else []
    shortest = timedelta(minutes=rules.min_minutes)
    return [span for span in subtract(spans, widened + past) if span[1] - span[0] >= shortest]
