"""Several instruments side by side over a day or a week, laid out for the page: what stands where, in per cent."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.catalog.models import Instrument
from gongyi.kit.when import format_clock, format_day
from gongyi.reservations import queries
from gongyi.reservations.choices import read_moment
from gongyi.reservations.models import Reservation
from gongyi.reservations.rules import subtract
from gongyi.reservations.rules.time import day_start, local_date

S = Reservation.Status
LOOKS = {S.PENDING: "wait p", S.VALID: "done", S.IN_USE: "act_", S.COMPLETED: "idle", S.NO_SHOW: "idle"}


@dataclass(frozen=True)
class Block:
    """One event: where it stands, how it looks, what it says."""

    left: float
    width: float
    look: str
    title: str
    when: str
    url: str = ""

    @property
    def style(self) -> str:
        return f"left:{self.left:.3f}%;width:calc({self.width:.3f}% - 1px)"

    @property
    def shut_style(self) -> str:
        return f"left:{self.left:.3f}%;width:{self.width:.3f}%"


@dataclass
class Row:
    instrument: Instrument
    blocks: list[Block] = field(default_factory=list)
    shut: list[Block] = field(default_factory=list)
    minutes: int = 0


@dataclass(frozen=True)
class Tick:
    left: float
    label: str
    edge: str = ""
    strong: bool = False
    day: date | None = None


@dataclass(frozen=True)
class Timeline:
    """Rows of blocks, the ticks above them and where now is (None outside)."""

    rows: list[Row]
    ticks: list[Tick]
    lines: list[Tick]
    now_at: float | None
    start: datetime
    end: datetime

    @property
    def hours(self) -> float:
        return sum(row.minutes for row in self.rows) / 60


@dataclass(frozen=True)
class Axis:
    """Where a moment stands on `days` days of which only `first` to `last` (since midnight) is drawn."""

    midnight: datetime
    days: int
    first: timedelta
    last: timedelta

    def place(self, moment: datetime) -> float:
        """In per cent; what lies in the hidden night stands at its edge."""
        day = min(max((local_date(moment) - local_date(self.midnight)).days, 0), self.days - 1)
        inside = moment - day_start(local_date(self.midnight) + timedelta(days=day))
        inside = min(max(inside, self.first), self.last)
        return (day + (inside - self.first) / (self.last - self.first)) / self.days * 100


def build(
    instruments: Sequence[Instrument], first: date, viewer: Any, *, days: int = 1, now: datetime | None = None
) -> Timeline:
    """The timeline of `days` days from `first` for this viewer; names follow `queries.timeline`. A constant number of queries."""
    now = now or timezone.now()
    start, end = day_start(first), day_start(first + timedelta(days=days))
    events = [
        (event, begins, ends)
        for event in (queries.timeline(instruments, start, end, viewer) if instruments else ())
        if (begins := read_moment(event["start"])) and (ends := read_moment(event["end"]))
    ]
    axis = Axis(start, days, *_window(events, start, days))
    rows = {instrument.pk: Row(instrument) for instrument in instruments}
    for event, begins, until in events:
        kind, ends = event["kind"], until
        over = event.get("status") == S.IN_USE and until < now
        if over:
            ends = now
        left, right = axis.place(max(begins, start)), axis.place(min(ends, end))
        if right <= left:
            continue
        row, when = rows[event["instrument"]], f"{format_clock(begins)}–{format_clock(ends)}"
        if kind == "shut":
            row.shut.append(Block(left, right - left, "sh", "", when))
            continue
        url = (
            event.get("url", "") if days == 1 else ""
        )  # over a week they are too narrow to hit: the day's name leads on
        row.blocks.append(
            Block(left, right - left, _look(event, over), _title(event, until, now if over else None), when, url)
        )
        if kind.startswith(("own", "other")):
            row.minutes += int((min(ends, end) - max(begins, start)).total_seconds() // 60)
    ticks, lines = _ticks(axis)
    shown = start <= now < end and axis.first <= now - day_start(local_date(now)) <= axis.last
    return Timeline(list(rows.values()), ticks, lines, axis.place(now) if shown else None, start, end)


def _title(event: dict, until: datetime, now: datetime | None) -> str:
    title = event["title"]
    if "reservation" in event and " " in title and not event["kind"].startswith("own"):
        unit, name = title.rsplit(" ", 1)  # who may open it looks for the person first
        title = f"{name} {unit}"
    if event["kind"] in ("own_pending", "other_pending"):
        return _("%s 待审核") % title
    if now is not None:
        return _("%(title)s，超时 %(n)d 分") % {"title": title, "n": (now - until).total_seconds() // 60}
    return title


def _look(event: dict, over: bool) -> str:
    if over:
        return "bad"
    if event["kind"] == "closure":
        return "x"
    if event["kind"] == "buffer":
        return "b"
    return LOOKS.get(S(event["status"]), "idle") if event.get("status") else "idle"


def _window(
    events: Sequence[tuple[dict, datetime, datetime]], start: datetime, days: int
) -> tuple[timedelta, timedelta]:
    """The drawn part of each day: 8–22, wider where somebody is open or something happens outside it."""
    hour, day = timedelta(hours=1), timedelta(days=1)
    first, last = 8 * hour, 22 * hour
    shut: dict[int, list[tuple[datetime, datetime]]] = {}
    for event, begins, ends in events:
        if event["kind"] == "shut":
            shut.setdefault(event["instrument"], []).append((begins, ends))
        elif event["kind"] not in ("buffer", "closure"):
            first, last = _widen(first, last, begins, ends)
    for pk in {event["instrument"] for event, _begins, _ends in events}:
        for begins, ends in subtract([(start, start + days * day)], shut.get(pk, [])):
            first, last = _widen(first, last, begins, ends)
    return first // hour * hour, -(-last // hour) * hour


def _widen(first: timedelta, last: timedelta, begins: datetime, ends: datetime) -> tuple[timedelta, timedelta]:
    midnight = day_start(local_date(begins))
    if ends - midnight > timedelta(days=1):
        return timedelta(0), timedelta(days=1)
    return min(first, begins - midnight), max(last, ends - midnight)


def _ticks(axis: Axis) -> tuple[list[Tick], list[Tick]]:
    ticks, lines = [], []
    first, last = (int(edge.total_seconds() // 3600) for edge in (axis.first, axis.last))
    if axis.days > 1:
        noon = (12 - first) / (last - first)
        for n in range(axis.days):
            day = local_date(axis.midnight) + timedelta(days=n)
            ticks.append(Tick((n + 0.5) / axis.days * 100, format_day(day), day=day))
            lines += [Tick(n / axis.days * 100, "", strong=True), Tick((n + noon) / axis.days * 100, "")]
        return ticks, lines
    step = 2 if last - first <= 16 else 3 if last - first <= 20 else 4
    for hour in range(first, last + 1):
        left = (hour - first) / (last - first) * 100
        if first < hour < last:
            lines.append(Tick(left, ""))
        if (hour - first) % step == 0:
            ticks.append(Tick(left, f"{hour}:00", "first" if hour == first else "last" if hour == last else ""))
    return ticks, lines
