"""One day of one instrument as numbers for the day scale: what is open, free and closed, and where now is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.utils import timezone

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class DayScale:
    """The day from `first_hour` to `last_hour` (local, 8–22); every range is a half-open pair of aware datetimes.

    Whatever is open and not free is drawn as booked; whatever is not in `open_ranges`, or in `closed_ranges`, as closed.
    """

    day: date
    open_ranges: Sequence[Span] = ()
    free_ranges: Sequence[Span] = ()
    closed_ranges: Sequence[Span] = ()
    now: datetime | None = None
    first_hour: int = 8
    last_hour: int = 22
    label: str = field(default="")

    @property
    def start(self) -> datetime:
        return timezone.make_aware(datetime.combine(self.day, time(self.first_hour)))

    @property
    def end(self) -> datetime:
        return timezone.make_aware(datetime.combine(self.day, time())) + timedelta(hours=self.last_hour)

    def place(self, span: Span) -> tuple[float, float] | None:
        """Return left edge and width in per cent, or None when the span is outside the drawn hours."""
        start, end = max(span[0], self.start), min(span[1], self.end)
        if start >= end:
            return None
        whole = (self.end - self.start).total_seconds()
        return (
            (start - self.start).total_seconds() / whole * 100,
            (end - start).total_seconds() / whole * 100,
        )

    @property
    def free(self) -> list[tuple[float, float]]:
        return [p for p in map(self.place, self.free_ranges) if p]

    @property
    def closed(self) -> list[tuple[float, float]]:
        """The hatched parts: outside the opening hours, and closures inside them."""
        gaps, at = [], self.start
        for start, end in sorted(self.open_ranges):
            if start > at:
                gaps.append((at, start))
            at = max(at, end)
        if at < self.end:
            gaps.append((at, self.end))
        return [p for p in map(self.place, [*gaps, *self.closed_ranges]) if p]

    @property
    def now_at(self) -> float | None:
        if self.now is None or not self.start <= self.now < self.end:
            return None
        return (self.now - self.start) / (self.end - self.start) * 100

    @property
    def free_hours(self) -> float:
        return sum((end - start).total_seconds() for start, end in self.free_ranges) / 3600
