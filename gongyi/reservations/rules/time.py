"""Arithmetic of half-open spans of time: when a week is open, what is left of it, and where a length fits first."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta

from django.utils import timezone

Span = tuple[datetime, datetime]
Hours = tuple[int, int, int]  # weekday 1–7, opens, closes (minutes of the day)

MINUTE = timedelta(minutes=1)


def day_start(day: date) -> datetime:
    """Midnight at the beginning of `day`, local."""
    return timezone.make_aware(datetime.combine(day, time()))


def local_date(moment: datetime) -> date:
    return timezone.localtime(moment).date()


def merge(spans: Iterable[Span]) -> list[Span]:
    """The same time with overlapping and touching spans joined, in order."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        elif start < end:
            joined.append((start, end))
    return joined


def subtract(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """What is left of `spans` without `taken`, in order."""
    left: list[Span] = []
    gone = merge(taken)
    for start, end in merge(spans):
        at = start
        for from_, to in gone:
            if to <= at or from_ >= end:
                continue
            if from_ > at:
                left.append((at, from_))
            at = max(at, to)
        if at < end:
            left.append((at, end))
    return left


def open_spans(hours: Sequence[Hours], first_day: date, last_day: date) -> list[Span]:
    """When these opening hours are open from `first_day` to `last_day` (both included); midnight joins two days."""
    spans = []
    for offset in range((last_day - first_day).days + 1):
        day = first_day + timedelta(days=offset)
        midnight = day_start(day)
        spans += [
            (midnight + opens * MINUTE, midnight + closes * MINUTE)
            for weekday, opens, closes in hours
            if weekday == day.isoweekday()
        ]
    return merge(spans)


def grid_ceil(moment: datetime, slot_minutes: int) -> datetime:
    """The first moment of the grid, counted from local midnight, that is not before `moment`."""
    midnight = day_start(local_date(moment))
    slot = slot_minutes * MINUTE
    steps = -((midnight - moment) // slot)
    return midnight + steps * slot


def first_fit(free: Iterable[Span], length: timedelta, slot_minutes: int, earliest: datetime) -> Span | None:
    """The first place of `length` in the free spans that starts on the grid, or None."""
    for start, end in free:
        begin = grid_ceil(max(start, earliest), slot_minutes)
        if begin + length <= end:
            return begin, begin + length
    return None


def next_period(day: date, period: str) -> date:
    """The first day of the day, week (Monday) or month after the one `day` lies in."""
    if period == "day":
        return day + timedelta(days=1)
    if period == "week":
        return day + timedelta(days=7 - day.weekday())
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
