"""Times, days, periods and lengths of time as this site writes them (DESIGN §15), always in the site's time zone."""

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone

NONE = "—"
WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


def _local(moment: datetime) -> datetime:
    return timezone.localtime(moment) if timezone.is_aware(moment) else moment


def today() -> date:
    return timezone.localdate()


def format_clock(moment: datetime) -> str:
    """Return `8:00`, never `08:00`."""
    moment = _local(moment)
    return f"{moment.hour}:{moment.minute:02d}"


def format_day(day: date | datetime | None, *, full: bool = False) -> str:
    """Return `11-21 周六` for a day of this year, `2025-11-21 周五` for another one or when `full`."""
    if day is None or day == "":
        return NONE
    if isinstance(day, datetime):
        day = _local(day).date()
    year = f"{day.year:04d}-" if full or day.year != today().year else ""
    return f"{year}{day.month:02d}-{day.day:02d} {WEEKDAYS[day.weekday()]}"


def format_when(moment: datetime | date | None, *, full: bool = False) -> str:
    """Return `11-21 周六 14:00`, with the year when it is another one or `full`; a plain date has no clock time."""
    if moment is None or moment == "":
        return NONE
    if not isinstance(moment, datetime):
        return format_day(moment, full=full)
    return f"{format_day(moment, full=full)} {format_clock(moment)}"


def format_period(start: datetime | None, end: datetime | None, *, full: bool = True) -> str:
    """Return `2026-11-21 周六 14:00–16:00`; midnight at the end is 24:00, another day is written out.

    Either end may be None: `… 起`, `至 …`.
    """
    if start is None and end is None:
        return NONE
    if end is None:
        return f"{format_when(start, full=full)} 起"
    if start is None:
        return f"至 {format_when(end, full=full)}"
    start, end = _local(start), _local(end)
    if end.date() == start.date():
        return f"{format_when(start, full=full)}–{format_clock(end)}"
    if (end.hour, end.minute) == (0, 0) and end.date() == start.date() + timedelta(days=1):
        return f"{format_when(start, full=full)}–24:00"
    until = format_when(end, full=full and end.year != start.year)
    return f"{format_when(start, full=full)} – {until}"


def format_days(first: date | None, last: date | None, *, full: bool = True) -> str:
    """Return the inclusive days `2026-11-21 周六 – 11-25 周三`."""
    if first is None and last is None:
        return NONE
    if first == last:
        return format_day(first, full=full)
    if last is None:
        return f"{format_day(first, full=full)} 起"
    if first is None:
        return f"至 {format_day(last, full=full)}"
    return f"{format_day(first, full=full)} – {format_day(last, full=full and last.year != first.year)}"


def format_duration(length: int | float | Decimal | timedelta | None) -> str:
    """Return minutes (or a timedelta) as `1 小时 28 分`, `45 分`, `36 小时`; from two days on `3 天 4 小时`."""
    if length is None or length == "":
        return NONE
    minutes = length.total_seconds() / 60 if isinstance(length, timedelta) else float(length)
    total = int(Decimal(str(minutes)).quantize(Decimal(1), ROUND_HALF_UP))
    sign, total = ("−" if total < 0 else ""), abs(total)
    if total >= 48 * 60:
        days, rest = divmod(total, 24 * 60)
        hours = rest // 60
        parts = [f"{days:,} 天", f"{hours} 小时" if hours else ""]
    else:
        hours, rest = divmod(total, 60)
        parts = [f"{hours} 小时" if hours else "", f"{rest} 分" if rest or not hours else ""]
    return sign + " ".join(p for p in parts if p)


def format_hours(hours: int | float | Decimal | timedelta | None) -> str:
    """Return machine hours with one decimal, `1,862.5 小时`; two where the second is not zero."""
    if hours is None or hours == "":
        return NONE
    if isinstance(hours, timedelta):
        hours = hours.total_seconds() / 3600
    amount = Decimal(str(hours)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    text = f"{abs(amount):,.2f}"
    return f"{'−' if amount < 0 else ''}{text[:-1] if text.endswith('0') else text} 小时"


def range_ends(value) -> tuple:
    """Return the ends of a database range, a pair or an object with start and end; (None, None) for nothing."""
    if value is None or getattr(value, "isempty", False):
        return None, None
    if hasattr(value, "lower") and not isinstance(value, str):
        return value.lower, value.upper
    if isinstance(value, tuple | list):
        return value[0], value[1]
    return value.start, value.end
