"""The words of the booking rules: opening hours as people say them, and the remedies that refusals end with."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from gongyi.kit.when import WEEKDAYS, format_clock, format_duration, format_period, format_when
from gongyi.reservations.rules.effective import EffectiveRules
from gongyi.reservations.rules.time import day_start, first_fit, local_date, open_spans
from gongyi.reservations.rules.wish import Booking


def who(booking: Booking) -> str:
    return _("您") if booking.for_myself else _("该人员")


def buffers_are_free(rules: EffectiveRules) -> str:
    before, after = rules.buffer_before_minutes, rules.buffer_after_minutes
    if before != after:
        return _("前 %(before)s、后 %(after)s 分钟缓冲均空闲") % {"before": before, "after": after}
    return _("前后缓冲 %s 分钟均空闲") % before if before else _("空闲")


def ask_the_manager(booking: Booking, for_what: str = "") -> str:
    """`联系管理员授权：周敏 025-5209 1234。`"""
    people = booking.advice.managers if booking.advice else ()
    named = _("、").join(f"{name} {phone}".strip() for name, phone in people)
    return _("联系管理员%(what)s%(people)s。") % {"what": for_what, "people": f"：{named}" if named else ""}


def hours_of(rules: EffectiveRules, day: date) -> str:
    """`开放 8:00–12:00、14:00–18:00` or `不开放`."""
    spans = open_spans([h for h in rules.opening_hours if h[0] == day.isoweekday()], day, day)
    periods = [f"{format_clock(start)}–{_end_clock(start, end)}" for start, end in spans]
    return _("开放 %s") % _("、").join(periods) if periods else _("不开放")


def open_on(rules: EffectiveRules, day: date) -> str:
    return f"{WEEKDAYS[day.weekday()]} {hours_of(rules, day)}"


def nearest_open(booking: Booking) -> str:
    day = local_date(booking.starts_at)
    spans = open_spans(booking.rules.opening_hours, day - timedelta(days=7), day + timedelta(days=14))
    fitting = [s for s in spans if s[1] - s[0] >= booking.length and s[1] - booking.length >= booking.now]
    if not fitting:
        return _("请缩短时长。") if booking.rules.opening_hours else ask_the_manager(booking, _("设置开放时间"))
    nearest = min(fitting, key=lambda s: max(s[0] - booking.starts_at, booking.ends_at - s[1]))
    return _("最近的开放时段：%s。") % format_period(*nearest, full=False)


def nearest_free_words(booking: Booking) -> str:
    if booking.advice is None or booking.advice.nearest_free is None:
        return _("可预约的日期内没有同样长的空闲，请缩短时长，或换一台同类仪器。")
    return _("最近空闲：%s。") % format_period(*booking.advice.nearest_free, full=False)


def earliest(booking: Booking) -> str:
    rules = booking.rules
    soonest = booking.now + timedelta(minutes=rules.min_notice_minutes)
    day = local_date(soonest)
    spans = open_spans(rules.opening_hours, day, day + timedelta(days=7))
    fit = first_fit(spans, min(booking.length, timedelta(minutes=rules.min_minutes)), rules.slot_minutes, soonest)
    return _("最早可约：%s。") % format_when(fit[0]) if fit else ask_the_manager(booking)


def ahead_words(ahead: timedelta) -> str:
    return _("%s 天") % ahead.days if ahead >= timedelta(days=2) else format_duration(ahead)


def _end_clock(start: datetime, end: datetime) -> str:
    return "24:00" if end == day_start(local_date(start)) + timedelta(days=1) else format_clock(end)


def plain(number: Decimal) -> str:
    return f"{number.quantize(Decimal('0.1')):f}".removesuffix(".0")


def hours_words(number: Decimal) -> str:
    return _("%s 小时") % plain(number)


def times_words(number: Decimal) -> str:
    return _("%s 次") % plain(number)
