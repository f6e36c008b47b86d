"""The booking rules themselves: each looks at one booking and answers pass, wait or fail with what would make it pass.

They read nothing: `queries.booking` loads all they need at once. What only a refusal needs (`Advice`: whom to ask, where
the nearest free time is) is loaded when something failed, and the rules are asked again.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.catalog.models import RunningStatus
from gongyi.kit.money import format_money
from gongyi.kit.when import WEEKDAYS, format_clock, format_day, format_duration, format_period, format_when
from gongyi.reservations.models import Closure, Qualification
from gongyi.reservations.rules.answers import Answer
from gongyi.reservations.rules.effective import LIMITS, EffectiveRules, Limit
from gongyi.reservations.rules.time import grid_ceil, local_date, next_period, open_spans
from gongyi.reservations.rules.wish import ZERO, Advice, Booking, Payer, Taken
from gongyi.reservations.rules.words import (
    ahead_words,
    ask_the_manager,
    buffers_are_free,
    earliest,
    hours_of,
    hours_words,
    nearest_free_words,
    nearest_open,
    open_on,
    plain,
    times_words,
    who,
)  # fmt: skip

__all__ = ["BOOKING", "MOVING", "WALK_UP", "Advice", "Booking", "Payer", "Rule", "Taken", "evaluate", "review_needed"]

LABELS = {
    "instrument": gettext_lazy("仪器状态"),
    "qualification": gettext_lazy("上机资格"),
    "ban": gettext_lazy("黑名单"),
    "opening_hours": gettext_lazy("开放时段"),
    "closure": gettext_lazy("停机"),
    "free": gettext_lazy("时段冲突"),
    "grid": gettext_lazy("时间格"),
    "length": gettext_lazy("单次时长"),
    "horizon": gettext_lazy("最早开放"),
    "notice": gettext_lazy("提前时间"),
    "account": gettext_lazy("付款账户"),
    "balance": gettext_lazy("账户余额"),
    "review": gettext_lazy("管理员审核"),
    "walk_up": gettext_lazy("现场使用"),
}


def _passed(rule: str, value: Any) -> Answer:
    return Answer(rule, LABELS[rule], "pass", value)


def _failed(rule: str, value: Any, sentence: str, remedy: str, *, waivable: bool = False) -> Answer:
    return Answer(rule, LABELS[rule], "fail", value, sentence, remedy, waivable)


def _later(words: Callable[[], str]) -> Any:
    """Words that are put together when somebody reads them: who books reads none of the rules that pass."""
    return _LATER(words)


_LATER = lazy(lambda words: words(), str)


Rule = Callable[[Booking], Answer | None]


def instrument(booking: Booking) -> Answer:
    """The instrument is published, takes timed bookings and works (S0-16, S0-49, S0-50)."""

    def no(sentence: str, remedy: str = "") -> Answer:
        return _failed("instrument", _("不可预约"), sentence, remedy or ask_the_manager(booking))

    if not booking.unit_active:
        remedy = _("恢复后可以照常预约；急用时请在仪器列表中找其他单位的同类仪器。")
        return no(_("该仪器所属单位已停用或退出，暂不接受预约。"), remedy)
    if not booking.published:
        return no(_("该仪器已停用，不能预约。"))
    if not booking.timed_booking:
        return no(_("该仪器不开放按时预约。"), _("可提交委托预约，由管理员代为检测。"))
    if booking.running_status == RunningStatus.SCRAPPED:
        return no(_("该仪器已报废，不能预约。"), _("可在仪器列表中找同类仪器。"))
    if booking.running_status == RunningStatus.FAULTY:
        back = booking.advice.faulty_until if booking.advice else None
        remedy = _("预计 %s恢复，届时再约。") % format_day(back) if back else ""
        return no(_("该仪器故障，暂停预约。"), remedy)
    return _passed("instrument", RunningStatus(booking.running_status).label)


def qualification(booking: Booking) -> Answer:
    """The person has a level on this instrument, on the day of the booking (S0-14, S0-17 … S0-19)."""
    level = booking.level
    if level == Qualification.Level.NONE:
        return _failed(
            "qualification",
            _("未授权"),
            _("%s还没有这台仪器的使用资格。") % who(booking),
            ask_the_manager(booking, _("授权")),
        )
    name, until = Qualification.Level(level).label, booking.level_expires_on
    if until is not None and until < local_date(booking.ends_at - timedelta(microseconds=1)):
        sentence = _("%(who)s的%(level)s资格有效至 %(day)s，早于预约日期。") % {
            "who": who(booking),
            "level": name,
            "day": format_day(until),
        }
        return _failed("qualification", _("到期"), sentence, ask_the_manager(booking, _("延期")))
    if until is None:
        return _passed("qualification", name)
    return _passed(
        "qualification", _later(lambda: _("%(level)s，有效至 %(day)s") % {"level": name, "day": format_day(until)})
    )


def ban(booking: Booking) -> Answer:
    """The person is not on the owning unit's blacklist (S0-61)."""
    if not booking.bans:
        return _passed("ban", gettext_lazy("无限制"))
    reason, until = booking.bans[0]
    end = _("，至 %s") % format_when(until) if until else ""
    sentence = _("%(who)s在该单位的黑名单中：%(reason)s%(end)s。") % {
        "who": who(booking),
        "reason": reason.rstrip("。"),
        "end": end,
    }
    remedy = _("到期自动解除；如有异议，请联系该单位管理员。") if until else _("请联系该单位管理员解除。")
    return _failed("ban", _("限制预约"), sentence, remedy)


def opening(booking: Booking) -> Answer:
    """The whole time lies within the opening hours."""
    rules = booking.rules
    first, last = local_date(booking.starts_at), local_date(booking.ends_at)
    spans = open_spans(rules.opening_hours, first - timedelta(days=1), last + timedelta(days=1))
    around = next((s for s in spans if s[0] <= booking.starts_at < s[1]), None)
    if around and booking.ends_at <= around[1]:
        return _passed("opening_hours", _later(lambda: open_on(rules, first)))
    sentence = _("%(day)s%(hours)s，所选时段不全在开放时间内。") % {
        "day": WEEKDAYS[first.weekday()],
        "hours": hours_of(rules, first),
    }
    return _failed("opening_hours", open_on(rules, first), sentence, nearest_open(booking), waivable=True)


def closure(booking: Booking) -> Answer:
    """No closure stands in the way."""
    hit = next((taken for taken in booking.taken if taken.kind == "closure"), None)
    if hit is None:
        return _passed("closure", gettext_lazy("无停机安排"))
    sentence = _("%(period)s 停机：%(kind)s，%(reason)s。") % {
        "period": format_period(*hit.span),
        "kind": Closure.Kind(hit.closure_kind).label if hit.closure_kind else _("停机"),
        "reason": hit.reason.rstrip("。"),
    }
    return _failed("closure", _("停机"), sentence, nearest_free_words(booking))


def free(booking: Booking) -> Answer:
    """Nobody else holds the time, buffers before and after included."""
    rules = booking.rules
    hit = next((taken for taken in booking.taken if taken.kind != "closure"), None)
    if hit is None:
        return _passed("free", _later(lambda: buffers_are_free(rules)))
    shown = format_period(*hit.shown, full=False)
    if hit.shown[0] < booking.ends_at and booking.starts_at < hit.shown[1]:
        sentence = _("%s 已有人预约。") % shown
    else:
        sentence = _("与 %s 的预约之间要留出使用前后的缓冲时间。") % shown
    return _failed("free", _("已被占用"), sentence, nearest_free_words(booking))


def grid(booking: Booking) -> Answer:
    """Both ends lie on the slot grid, counted from midnight."""
    slot = booking.rules.slot_minutes
    value = _later(lambda: _("以 %s 分钟为一格") % slot)
    starts, ends = (grid_ceil(moment, slot) for moment in (booking.starts_at, booking.ends_at))
    if starts == booking.starts_at and ends == booking.ends_at:
        return _passed("grid", value)
    nearest = format_period(
        starts - timedelta(minutes=slot) if starts > booking.starts_at else starts, ends, full=False
    )
    return _failed(
        "grid",
        value,
        _("开始和结束时间要对齐 %s 分钟的时间格。") % slot,
        _("改为 %s。") % nearest,
        waivable=True,
    )


def length(booking: Booking) -> Answer:
    """Neither shorter nor longer than one booking may be."""
    rules, minutes = booking.rules, booking.minutes

    def words() -> dict[str, str]:
        lengths = {"length": minutes, "min": rules.min_minutes, "max": rules.max_minutes}
        return {name: format_duration(length) for name, length in lengths.items()}

    value = _later(lambda: _("%(length)s，允许 %(min)s – %(max)s") % words())
    if minutes < rules.min_minutes:
        sentence = _("单次预约最短 %(min)s，所选 %(length)s。") % words()
        remedy = _("结束时间改为 %s 或更晚。") % format_clock(booking.starts_at + timedelta(minutes=rules.min_minutes))
    elif minutes > rules.max_minutes:
        sentence = _("单次预约最长 %(max)s，所选 %(length)s。") % words()
        remedy = _("结束时间改为 %s 或更早，或分几次预约。") % format_clock(
            booking.starts_at + timedelta(minutes=rules.max_minutes)
        )
    else:
        return _passed("length", value)
    return _failed("length", value, sentence, remedy, waivable=True)


def horizon(booking: Booking) -> Answer:
    """Not further ahead than bookings are open; counted in days, so that a day opens at midnight."""
    days = booking.rules.horizon_days
    day = local_date(booking.starts_at)
    last = local_date(booking.now) + timedelta(days=days)
    value = _later(lambda: _("可提前 %(days)s 天，至 %(day)s") % {"days": days, "day": format_day(last)})
    if day <= last:
        return _passed("horizon", value)
    opens = day - timedelta(days=days)
    remedy = _("最晚可约：%(last)s；%(day)s于 %(opens)s 0:00 开放预约。") % {
        "last": format_day(last), "day": format_day(day), "opens": format_day(opens),
    }  # fmt: skip
    return _failed("horizon", value, _("最多提前 %s 天预约。") % days, remedy, waivable=True)


def notice(booking: Booking) -> Answer:
    """Late enough for those who prepare the instrument; what has begun can't be booked, whoever asks."""
    wanted = booking.rules.min_notice_minutes
    if booking.starts_at < booking.now:
        return _failed("notice", _("已过去"), _("所选时段已经开始或过去。"), earliest(booking))
    ahead = booking.starts_at - booking.now
    value = _later(
        lambda: (
            _("提前 %(ahead)s，要求至少 %(wanted)s") % {"ahead": ahead_words(ahead), "wanted": format_duration(wanted)}
        )
    )
    if ahead >= timedelta(minutes=wanted):
        return _passed("notice", value)
    sentence = _("至少提前 %s预约。") % format_duration(wanted)
    return _failed("notice", value, sentence, earliest(booking), waivable=True)


def limit_rule(limit: Limit) -> Rule:
    """The rule of one limit; it is silent where the limit is not set."""
    unit = hours_words if limit.what == "hours" else times_words
    label = format_lazy("{}{}{}", *limit.label, gettext_lazy("上限"))

    def rule(booking: Booking) -> Answer | None:
        most = getattr(booking.rules, limit.name)
        if most is None:
            return None
        if limit.whose == "group" and booking.payer is None:
            return None
        hours, bookings = booking.used.get((limit.whose, limit.period), (ZERO, 0))
        used, more = (
            (hours, Decimal(booking.minutes) / 60) if limit.what == "hours" else (Decimal(bookings), Decimal(1))
        )
        whose, period = limit.label
        value = _later(
            lambda: _("预约后 %(after)s / %(most)s") % {"after": plain(used + more), "most": unit(Decimal(most))}
        )
        if used + more <= most:
            return Answer(limit.name, label, "pass", value)
        sentence = _("%(whose)s%(period)s最多 %(most)s，已约 %(used)s，加上这次 %(more)s就超过了。") % {
            "whose": whose, "period": period, "most": unit(Decimal(most)), "used": unit(used), "more": unit(more),
        }  # fmt: skip
        remedy = _("改到 %s及以后的日期") % format_day(next_period(local_date(booking.starts_at), limit.period))
        left = Decimal(most) - used
        if limit.what == "hours" and left * 60 >= booking.rules.min_minutes:
            remedy = _("这次缩短到 %(left)s以内，或%(later)s") % {"left": hours_words(left), "later": remedy}
        return Answer(limit.name, label, "fail", value, sentence, remedy + _("。"), waivable=True)

    rule.__name__ = limit.name
    rule.__doc__ = f"At most this many {limit.what} per {limit.period} for each {limit.whose}."
    return rule


def account(booking: Booking) -> Answer | None:
    """Somebody pays: an account in order, of the unit that owns the instrument, which the person may use (S0-66, S0-79)."""
    payer = booking.payer
    if payer is None:
        if booking.free_of_charge:
            return None
        return _failed(
            "account",
            _("未选择"),
            _("还没有选择付款账户。"),
            _("没有可选的账户时，请课题组负责人把您加入付款账户课题组。"),
        )
    other = _("请换一个付款账户。")
    if not payer.usable:  # nameless: the names of others' accounts are not to be learnt by trying
        remedy = _("请课题组负责人把您加入该课题组，或换一个付款账户。")
        return _failed("account", _("无权使用"), _("您不是所选付款账户课题组的成员。"), remedy)
    if not payer.of_the_unit:
        return _failed("account", payer.name, _("「%s」不能支付这个单位的仪器。") % payer.name, other)
    if not payer.active:
        remedy = _("请联系该单位的付款账户管理员，或换一个付款账户。")
        return _failed("account", payer.name, _("「%s」已冻结或停用。") % payer.name, remedy)
    if not payer.known_price:
        sentence = _("这台仪器没有「%s」的收费标准。") % payer.tier_label
        return _failed("account", payer.name, sentence, ask_the_manager(booking, _("确定价格")))
    return _passed("account", payer.name)


def balance(booking: Booking) -> Answer | None:
    """Balance and credit line, less what is held, cover the estimate (S0-67 … S0-69)."""
    payer = booking.payer
    if payer is None or not payer.usable:
        return None
    spendable = payer.spendable + booking.already_held
    value = _later(
        lambda: (
            _("可用 %(money)s，预估 %(estimate)s")
            % {"money": format_money(spendable), "estimate": format_money(booking.estimate)}
        )
    )
    missing = booking.estimate - spendable
    if missing <= 0:
        return _passed("balance", value)
    sentence = _("「%(name)s」余额加信用额度不足，还差 %(missing)s。") % {
        "name": payer.name,
        "missing": format_money(missing),
    }
    return _failed("balance", value, sentence, _("请办理财务结算或充值，或换一个付款账户。"))


def review(booking: Booking) -> Answer:
    """Whether a manager looks at it first, by level (S0-29 … S0-31): never a refusal."""
    if booking.by_manager:
        return _passed("review", gettext_lazy("管理员代办，免审"))
    if not review_needed(booking.rules, booking.level):
        return _passed("review", gettext_lazy("免审"))
    managers = _("、").join(name for name, _phone in booking.advice.managers) if booking.advice else ""
    sentence = _("提交后由%s审核，时段先为您保留。") % (managers or _("仪器管理员"))
    return Answer("review", LABELS["review"], "wait", _("需审核"), sentence, waivable=True)


def walk_up(booking: Booking) -> Answer:
    """The instrument may be used without a booking when it is free."""
    if not booking.rules.walk_up:
        return _failed("walk_up", _("不允许"), _("这台仪器不允许现场直接使用。"), _("请先预约。"), waivable=True)
    if booking.running_status == RunningStatus.IN_USE:
        return _failed("walk_up", _("使用中"), _("仪器正在使用。"), _("请等上一位使用者签退。"))
    return _passed("walk_up", _("允许"))


# ── the lists ──

_LIMIT_RULES: tuple[Rule, ...] = tuple(limit_rule(limit) for limit in LIMITS)
BOOKING: tuple[Rule, ...] = (
    instrument, qualification, ban, opening, closure, free, grid, length, horizon, notice, *_LIMIT_RULES, account, balance,
    review,
)  # fmt: skip
MOVING = BOOKING
WALK_UP: tuple[Rule, ...] = (
    instrument, walk_up, qualification, ban, opening, closure, free, *_LIMIT_RULES, account, balance,
)  # fmt: skip


def evaluate(booking: Booking, rules: Sequence[Rule] = BOOKING) -> list[Answer]:
    """Every rule's answer, in order; rules that have nothing to say are left out."""
    return [answer for rule in rules if (answer := rule(booking)) is not None]


def review_needed(rules: EffectiveRules, level: int) -> bool:
    """Whether a booking of a person with this level waits for a manager (S0-29)."""
    return rules.review_senior if level >= Qualification.Level.SENIOR else rules.review_normal
