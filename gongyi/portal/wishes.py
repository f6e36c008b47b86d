"""希望时段 and 今日空闲优先 of the instrument list: what is free is not in any index, so it is looked up among candidates."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from gongyi.catalog.models import Instrument
from gongyi.catalog.search import Criteria, Found, find
from gongyi.kit.when import format_day
from gongyi.portal.rows import LONG
from gongyi.reservations.queries import day_scales, free_between
from gongyi.reservations.rules.time import day_start

FREE_FIRST = "free"  # in the address: sort=free
CANDIDATES = 300  # the first matches in the list's usual order, among which free time is looked for
DAYS_AHEAD = 30
STEP_MINUTES = 30
MINUTES_OF_DAY = 24 * 60


@dataclass(frozen=True)
class Wish:
    """A day and, within it, from when to when; without both ends any free time between will do."""

    day: date | None = None
    start: int | None = None  # minutes of the day
    end: int | None = None
    refusal: str = ""

    @classmethod
    def read(cls, params: QueryDict) -> "Wish":
        """What an address asks for; what cannot be read is left aside, an end before its beginning is said."""
        try:
            day = parse_date(params.get("day", "")[:10])
        except ValueError:
            day = None
        if day is None:
            return cls()
        today = timezone.localdate()
        if not today <= day <= today + timedelta(days=DAYS_AHEAD):
            words = _("希望时段只能选今天起 %s 天之内的日期。") % DAYS_AHEAD
            return cls(refusal=words)
        start, end = _minutes(params.get("from", "")), _minutes(params.get("to", ""))
        if start is not None and end is not None and end <= start:
            return cls(refusal=_("希望时段的结束要晚于开始，这次没有按时段筛选。"))
        return cls(day, start, end)

    @property
    def asks(self) -> bool:
        return self.day is not None

    @property
    def value(self) -> str:
        """The day as it stands in the address."""
        return self.day.isoformat() if self.day else ""

    @property
    def span(self) -> tuple[datetime, datetime]:
        midnight = day_start(self.day or timezone.localdate())
        return midnight + timedelta(minutes=self.start or 0), midnight + timedelta(minutes=self.end or MINUTES_OF_DAY)

    @property
    def whole(self) -> bool:
        return self.start is not None and self.end is not None

    @property
    def from_text(self) -> str:
        return "" if self.start is None else clock(self.start)

    @property
    def to_text(self) -> str:
        return "" if self.end is None else clock(self.end)

    @property
    def label(self) -> str:
        """`11-24 周二 14:00–16:00 空闲`."""
        if not self.whole and self.start is None and self.end is None:
            return _("%s 有空闲") % format_day(self.day)
        times = f"{self.from_text or clock(0)}–{self.to_text or clock(MINUTES_OF_DAY)}"
        words = _("%(day)s %(times)s 空闲") if self.whole else _("%(day)s %(times)s 内有空闲")
        return words % {"day": format_day(self.day), "times": times}


@dataclass(frozen=True)
class Among:
    """Who is free among how many candidates; `cut` when there are more matches than were looked at."""

    ids: list[int]
    looked_at: int
    cut: bool


def free_among(criteria: Criteria, wish: Wish, *, first: bool, now: datetime | None = None) -> tuple[Found, Among]:
    """The candidates that are free at the wished time, in the list's order or, `first`, by how much is free today.

    Six queries however many match; of more than `CANDIDATES` only the first are looked at.
    """
    now = now or timezone.now()
    found = find(criteria, limit=CANDIDATES)
    by_pk = Instrument.objects.filter(pk__in=found.ids).defer(*LONG).in_bulk()
    candidates = [by_pk[pk] for pk in found.ids if pk in by_pk]
    ids = [instrument.pk for instrument in candidates]
    if wish.asks and candidates:
        free = free_between(candidates, *wish.span, whole=wish.whole, now=now)
        ids = [pk for pk in ids if pk in free]
    if first and candidates:
        scales = day_scales([i for i in candidates if i.pk in set(ids)], timezone.localdate(now), now)
        ids.sort(key=lambda pk: -scales[pk].free_hours)
    return found, Among(ids, len(candidates), found.more or found.total > len(found.ids))


def day_choices() -> list[tuple[str, str]]:
    today = timezone.localdate()
    days = [today + timedelta(days=n) for n in range(DAYS_AHEAD + 1)]
    return [(day.isoformat(), format_day(day)) for day in days]


def clock_choices() -> list[str]:
    return [clock(minute) for minute in range(0, MINUTES_OF_DAY + 1, STEP_MINUTES)]


def clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02d}"


def _minutes(text: str) -> int | None:
    hour, _colon, minute = text.partition(":")
    if not (hour.isascii() and hour.isdigit() and minute.isascii() and minute.isdigit() and len(text) <= 5):
        return None
    minutes = int(hour) * 60 + int(minute)
    return minutes if minutes <= MINUTES_OF_DAY and int(minute) < 60 else None
