"""The days and clock times a person can choose from in the selects: native date and time inputs speak the browser's language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from gongyi.kit.when import format_clock, format_day, format_duration
from gongyi.reservations.rules import EffectiveRules, Span, grid_ceil, open_spans
from gongyi.reservations.rules.time import day_start, local_date

MOST_DAYS = 120  # a longer list helps nobody; the calendar reaches further
MOST_ENDS = 96
USUAL_MINUTES = 60

Choice = tuple[str, str]


def read_moment(text: str | None) -> datetime | None:
    """The aware moment of `2026-11-24T14:00`, in the site's own clock; None for anything else."""
    try:
        moment = parse_datetime(text or "")
        if moment is not None and timezone.is_naive(moment):
            moment = timezone.make_aware(moment)
        return None if moment is None or not 1900 < moment.year < 9000 else moment
    except (ValueError, OverflowError):
        return None


def write_moment(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


@dataclass(frozen=True)
class TimeChoices:
    """What can be chosen under the rules of one instrument; `free_hand` (a manager) is not held by hours and notice."""

    rules: EffectiveRules
    now: datetime
    free_hand: bool = False

    @property
    def usual_minutes(self) -> int:
        """The length offered first: an hour, within what is allowed, on the grid."""
        wanted = min(max(self.rules.min_minutes, USUAL_MINUTES), self.rules.max_minutes)
        return max(wanted - wanted % self.rules.slot_minutes, self.rules.slot_minutes)

    @property
    def earliest(self) -> datetime:
        notice = 0 if self.free_hand else self.rules.min_notice_minutes
        return grid_ceil(self.now + timedelta(minutes=notice), self.rules.slot_minutes)

    @property
    def last_day(self) -> date:
        return local_date(self.now) + timedelta(days=self.rules.horizon_days)

    def days(self, shown: date | None = None) -> list[Choice]:
        """The days with opening hours up to the horizon, and the one that is shown."""
        first = local_date(self.now)
        last = min(self.last_day, first + timedelta(days=MOST_DAYS))
        every = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        found = [day for day in every if self.free_hand or self._open_on(day)]
        if shown is not None and shown not in found:
            found = sorted([*found, shown])
        return [(day.isoformat(), format_day(day)) for day in found]

    def starts(self, day: date, shown: datetime | None = None) -> list[Choice]:
        """The grid's moments of a day from which the shortest booking would fit."""
        slot, found = timedelta(minutes=self.rules.slot_minutes), []
        for start, end in self._open_on(day):
            at = grid_ceil(start, self.rules.slot_minutes)
            while at < end and local_date(at) == day:
                if at >= self.earliest:
                    found.append(at)
                at += slot
        if shown is not None and local_date(shown) == day and shown not in found:
            found = sorted([*found, shown])
        return [(write_moment(at), format_clock(at)) for at in found]

    def ends(self, start: datetime, shown: datetime | None = None) -> list[Choice]:
        """When a booking from `start` can end: between the shortest and longest length, within the opening hours."""
        slot = timedelta(minutes=self.rules.slot_minutes)
        longest = start + timedelta(minutes=self.rules.max_minutes)
        span = next((s for s in self._open_around(start) if s[0] <= start < s[1]), None)
        limit = longest if span is None or self.free_hand else min(longest, span[1])
        at, found = start + timedelta(minutes=self.rules.min_minutes), []
        while at <= limit and len(found) < MOST_ENDS:
            found.append(at)
            at += slot
        if shown is not None and shown > start and shown not in found:
            found = sorted([*found, shown])
        return [(write_moment(at), end_label(start, at)) for at in found]

    def _open_on(self, day: date) -> Sequence[Span]:
        if self.free_hand:
            return [(day_start(day), day_start(day + timedelta(days=1)))]
        return open_spans([hours for hours in self.rules.opening_hours if hours[0] == day.isoweekday()], day, day)

    def _open_around(self, moment: datetime) -> Sequence[Span]:
        day = local_date(moment)
        return open_spans(self.rules.opening_hours, day - timedelta(days=1), day + timedelta(days=3))


def end_label(start: datetime, end: datetime) -> str:
    """`16:00（2 小时）`; the day is written where it is another one."""
    day, other = local_date(start), local_date(end)
    if end == day_start(day + timedelta(days=1)):
        clock = "24:00"
    else:
        clock = format_clock(end) if other == day else f"{other:%m-%d} {format_clock(end)}"
    return f"{clock}（{format_duration(end - start)}）"
