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


def build(instruments: Sequence[Instrument], first: date, viewer: Any, *, days: int = 1, now: datetime | None = None) -> Timeline:
    """The timeline of `days` days from `first` for this viewer; names follow `queries.timeline`. A constant number of queries."""
    now = now or timezone.now()
    start, end = day_start(first), day_start(first + timedelta(days=days))
    events = queries.timeline(instruments, start, end, viewer) if instruments else []
    if days == 1:
        start, end = _window(events, start, end)
    whole = (end - start).total_seconds()
    rows = {instrument.pk: Row(instrument) for instrument in instruments}
    for event in events:
        begins, ends = read_moment(event["start"]), read_moment(event["end"])
        if begins is None or ends is None:
            continue
        over = event.get("status") == S.IN_USE and ends < now
        if over:
            late = int((now - ends).total_seconds() // 60)
            ends = now
        shown = max(begins, start), min(ends, end)
        if shown[0] >= shown[1]:
            continue
        left = (shown[0] - start).total_seconds() / whole * 100
        width = (shown[1] - shown[0]).total_seconds() / whole * 100
        row, kind = rows[event["instrument"]], event["kind"]
        when = f"{format_clock(begins)}–{format_clock(ends)}"
        if kind == "shut":
            row.shut.append(Block(left, width, "sh", "", when))
            continue
        title = event["title"]
        if kind in ("own_pending", "other_pending"):
            title = _("%s 待审核") % title
        elif over:
            title = _("%(title)s，超时 %(n)d 分") % {"title": title, "n": late}
        row.blocks.append(Block(left, width, _look(event, over), title, when, event.get("url", "")))
        if kind.startswith(("own", "other")):
            row.minutes += int((shown[1] - shown[0]).total_seconds() // 60)
    ticks, lines = _ticks(start, end, days)
    now_at = (now - start).total_seconds() / whole * 100 if start <= now < end else None
    return Timeline(list(rows.values()), ticks, lines, now_at, start, end)


def _look(event: dict, over: bool) -> str:
    if over:
        return "bad"
    if event["kind"] == "closure":
        return "x"
    if event["kind"] == "buffer":
        return "b"
    return LOOKS.get(S(event["status"]), "idle") if event.get("status") else "idle"


def _window(events: Sequence[dict], start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """The drawn part of a day: 8–22, wider where somebody is open or something happens outside it."""
    first, last = start + timedelta(hours=8), start + timedelta(hours=22)
    shut: dict[int, list[tuple[datetime, datetime]]] = {}
    for event in events:
        begins, ends = read_moment(event["start"]), read_moment(event["end"])
        if begins is None or ends is None:
            continue
        if event["kind"] == "shut":
            shut.setdefault(event["instrument"], []).append((begins, ends))
        elif event["kind"] not in ("buffer", "closure"):
            first, last = min(first, max(begins, start)), max(last, min(ends, end))
    instruments = {event["instrument"] for event in events}
    for pk in instruments:
        closed = sorted(shut.get(pk, []))
        opens = closed[0][1] if closed and closed[0][0] <= start else start
        closes = closed[-1][0] if closed and closed[-1][1] >= end else end
        if opens < closes:
            first, last = min(first, max(opens, start)), max(last, min(closes, end))
    hour = timedelta(hours=1)
    first = start + (first - start) // hour * hour
    last = start - ((start - last) // hour) * hour
    return max(start, first), min(end, last)


def _ticks(start: datetime, end: datetime, days: int) -> tuple[list[Tick], list[Tick]]:
    whole = (end - start).total_seconds()
    ticks, lines = [], []
    if days > 1:
        for n in range(days):
            day = local_date(start) + timedelta(days=n)
            ticks.append(Tick((n + 0.5) / days * 100, format_day(day)))
            lines.append(Tick(n / days * 100, "", strong=True))
            lines.append(Tick((n + 0.5) / days * 100, ""))
        return ticks, lines
    hours = int(whole // 3600)
    step = 2 if hours <= 16 else 3 if hours <= 20 else 4
    base = timezone.localtime(start).hour
    for n in range(hours + 1):
        left = n * 3600 / whole * 100
        if 0 < n < hours:
            lines.append(Tick(left, ""))
        if n % step == 0:
            edge = "first" if n == 0 else "last" if n == hours else ""
            ticks.append(Tick(left, f"{base + n}:00", edge))
    return ticks, lines
