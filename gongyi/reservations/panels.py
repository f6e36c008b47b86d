"""Cards of this app on pages of others: the booking calendar with its aside on an instrument's page, and what desks show."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.catalog.models import Instrument, PriceTier
from gongyi.kit.when import WEEKDAYS, format_clock, format_duration
from gongyi.ledger.queries import default_account
from gongyi.ledger.rules import price_tier
from gongyi.reservations import queries
from gongyi.reservations.choices import TimeChoices, read_moment, write_moment
from gongyi.reservations.models import Qualification
from gongyi.reservations.rules import EffectiveRules, Span, is_manager
from gongyi.reservations.rules.time import day_start, local_date
from gongyi.workflow import Refused

# The answers that hold whatever time is chosen; the others stand in the confirmation dialog.
LASTING = ("instrument", "qualification", "ban", "account", "balance", "review")


def instrument_calendar(request: HttpRequest, instrument: Instrument) -> dict[str, Any]:
    """Context of `reservations/_calendar.html` and `reservations/_booking_aside.html` on an instrument's page.

    `?start=…&end=…` in the address opens that selection, so that a visitor returns to it after signing in.
    """
    user, now = request.user, timezone.now()
    rules = queries.effective_rules(instrument)
    manages = is_manager(instrument, user)
    choices = TimeChoices(rules, now, free_hand=manages)
    selection = _selection(request)
    bookable = instrument.timed_booking and instrument.status == Instrument.Status.PUBLISHED
    suggestion = selection or (_suggestion(instrument, choices) if bookable else None)
    context: dict[str, Any] = {
        "instrument": instrument,
        "bookable": bookable,
        "manages": manages,
        "rule_lines": rule_lines(rules),
        "chosen": suggestion,
        "level": Qualification.Level.NONE,
        "answers": [],
        "prices": [],
        "calendar": calendar_config(instrument, choices, selection, suggestion, bookable),
    }
    if suggestion:
        start, end = suggestion
        day = local_date(start)
        context |= {
            "day": day.isoformat(),
            "days": choices.days(day),
            "start": write_moment(start),
            "starts": choices.starts(day, start),
            "end": write_moment(end),
            "ends": choices.ends(start, end),
        }
    account = default_account(user, instrument.organization) if user.is_authenticated else None
    if user.is_authenticated:
        context["level"] = queries.qualification_levels(user, [instrument])[instrument.pk]
        if suggestion:
            found = queries.check_booking(
                instrument=instrument, user=user, starts_at=suggestion[0], ends_at=suggestion[1], account=account
            )
            context["answers"] = failures_first([answer for answer in found if answer.rule in LASTING])
    context["prices"] = price_lines(instrument, account)
    return context


def calendar_config(
    instrument: Instrument, choices: TimeChoices, selection: Span | None, suggestion: Span | None, bookable: bool
) -> dict[str, Any]:
    """What calendar.js reads: limits in minutes, times in the site's own clock, and every word it shows."""
    rules = choices.rules
    hours: dict[int, list[list[int]]] = {}
    for weekday, opens, closes in rules.opening_hours:
        hours.setdefault(weekday, []).append([opens, closes])
    opens = [h[1] for h in rules.opening_hours] or [8 * 60]
    closes = [h[2] for h in rules.opening_hours] or [22 * 60]
    offset = timezone.localtime(choices.now).strftime("%z")
    return {
        "events_url": reverse("reservations:calendar_events", args=[instrument.pk]),
        "confirm_url": reverse("reservations:confirm", args=[instrument.pk]),
        "now": write_moment(choices.now),
        "date": write_moment(selection[0] if selection else choices.now),
        "latest": write_moment(day_start(choices.last_day + timedelta(days=1))),
        "offset": f"{offset[:3]}:{offset[3:]}",
        "slot": rules.slot_minutes,
        "min": rules.min_minutes,
        "max": rules.max_minutes,
        "usual": choices.usual_minutes,
        "notice": rules.min_notice_minutes,
        "horizon": rules.horizon_days,
        "first": max(0, min(opens) // 60 * 60 - 60),
        "last": min(1440, -(-max(closes) // 60) * 60 + 60),
        "hours": hours,
        "manager": choices.free_hand,
        "bookable": bookable,
        "selection": {"start": write_moment(selection[0]), "end": write_moment(selection[1]), "open": True}
        if selection
        else None,
        "suggestion": {"start": write_moment(suggestion[0]), "end": write_moment(suggestion[1])}
        if suggestion
        else None,
        "words": calendar_words(),
    }


def calendar_words() -> dict[str, Any]:
    return {
        "weekdays": WEEKDAYS,
        "hours": _("{n} 小时"),
        "minutes": _("{n} 分"),
        "own": _("我的"),
        "chosen": _("当前选择"),
        "label": _("{range} 预约日历"),
        "week": _("第 {n} 周"),
        "prev": {"day": _("前一天"), "week": _("上一周"), "month": _("上个月"), "list": _("上一周")},
        "next": {"day": _("后一天"), "week": _("下一周"), "month": _("下个月"), "list": _("下一周")},
        "has_free": _("有空闲"),
        "none_free": _("无空闲"),
        "gone": _("已过去"),
        "free_total": _("空闲 {n}"),
        "mine": _("我的 {n} 次"),
        "book": _("预约 {when}"),
        "book_in": _("预约 {span} 之间的时间，空闲 {length}"),
        "nearest": _("改约 {when}"),
        "taken": _("这段时间不能选：{what}。"),
        "somebody": _("已有人预约"),
        "shut": _("这段时间未开放。"),
        "past": _("这段时间已经过去。"),
        "notice": _("至少提前 {n} 预约。"),
        "horizon": _("最多提前 {n} 天预约。"),
        "too_long": _("单次最长 {n}。"),
        "too_short": _("单次最短 {n}。"),
        "failed": _("日历没有加载出来，已选的时间还在。请检查网络后刷新本页。"),
    }


def failures_first(answers: list) -> list:
    """Failures, then waits, then passes, each in the order of the rules (DESIGN §6)."""
    return sorted(answers, key=lambda answer: ("fail", "wait", "pass").index(answer.state))


def price_lines(instrument: Instrument, account: Any) -> list[dict]:
    """The price list by tier; the one this person's account pays is marked."""
    try:
        mine = price_tier(account, instrument) if account else None
    except Refused:
        mine = None
    labels = dict(PriceTier.choices)
    return [
        {"label": labels[price.tier], "price": price, "mine": price.tier == mine} for price in instrument.prices.all()
    ]


def rule_lines(rules: EffectiveRules) -> list[tuple[str, str]]:
    """The rules in short, as people ask for them."""
    lines = [(_("开放"), opening_words(rules))]
    lines.append((_("单次"), f"{format_duration(rules.min_minutes)} – {format_duration(rules.max_minutes)}"))
    lines.append(
        (
            _("提前"),
            _("至少 %(least)s，至多 %(most)s 天")
            % {"least": format_duration(rules.min_notice_minutes), "most": rules.horizon_days},
        )
    )
    if rules.person_hours_per_week is not None:
        lines.append((_("每周上限"), _("每人 %s 小时") % f"{rules.person_hours_per_week.normalize():f}"))
    if rules.person_bookings_per_day is not None:
        lines.append((_("每天上限"), _("每人 %s 次") % rules.person_bookings_per_day))
    if rules.buffer_before_minutes or rules.buffer_after_minutes:
        sides = ((_("前 %s"), rules.buffer_before_minutes), (_("后 %s"), rules.buffer_after_minutes))
        lines.append((_("缓冲"), "，".join(words % format_duration(n) for words, n in sides if n)))
    lines.append((_("审核"), review_words(rules)))
    lines.append((_("免费取消"), _("开始前 %s") % format_duration(rules.cancel_deadline_minutes)))
    return lines


def review_words(rules: EffectiveRules) -> str:
    if rules.review_normal and rules.review_senior:
        return _("均需审核")
    if not rules.review_normal and not rules.review_senior:
        return _("均免审")
    return _("资深免审") if rules.review_normal else _("普通免审")


def opening_words(rules: EffectiveRules) -> str:
    """`周一至周五 8:00–22:00，周六 9:00–17:00`: neighbouring days with the same hours are written together."""
    week = {day: tuple((a, b) for d, a, b in rules.opening_hours if d == day) for day in range(1, 8)}
    parts: list[str] = []
    day = 1
    while day <= 7:
        last = day
        while last < 7 and week[last + 1] == week[day]:
            last += 1
        if week[day]:
            days = WEEKDAYS[day - 1] + (f"至{WEEKDAYS[last - 1]}" if last > day else "")
            parts.append(f"{days} " + "、".join(f"{_clock(a)}–{_clock(b)}" for a, b in week[day]))
        day = last + 1
    return "，".join(parts).replace("周一至周日", _("每天")) or _("未设置")


def _clock(minute: int) -> str:
    return "24:00" if minute == 1440 else format_clock(datetime(2000, 1, 1) + timedelta(minutes=minute))


def _selection(request: HttpRequest) -> Span | None:
    start, end = read_moment(request.GET.get("start")), read_moment(request.GET.get("end"))
    return (start, end) if start and end and start < end else None


def _suggestion(instrument: Instrument, choices: TimeChoices) -> Span | None:
    """What is offered before anybody chose: the nearest free time of the usual length."""
    length = timedelta(minutes=choices.usual_minutes)
    found = queries.nearest_free(instrument, length, choices.now, rules=choices.rules, now=choices.now)
    if found is None and choices.rules.min_minutes < choices.usual_minutes:
        shortest = timedelta(minutes=choices.rules.min_minutes)
        found = queries.nearest_free(instrument, shortest, choices.now, rules=choices.rules, now=choices.now)
    if found is None:
        start = choices.earliest
        found = (start, start + length)
    return found
