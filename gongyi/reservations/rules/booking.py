"""The booking rules themselves: each looks at one booking and answers pass, wait or fail with what would make it pass.

They read nothing: `queries.booking` loads all they need at once. What only a refusal needs (`Advice`: whom to ask, where
the nearest free time is) is loaded when something failed, and the rules are asked again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.catalog.models import RunningStatus
from gongyi.kit.money import format_money
from gongyi.kit.when import WEEKDAYS, format_clock, format_day, format_duration, format_period, format_when
from gongyi.reservations.models import Closure, Qualification
from gongyi.reservations.rules.answers import Answer
from gongyi.reservations.rules.effective import LIMITS, EffectiveRules, Limit
from gongyi.reservations.rules.time import Span, day_start, first_fit, grid_ceil, local_date, open_spans

ZERO = Decimal(0)


@dataclass(frozen=True)
class Advice:
    """What remedies name and only refusals need."""

    managers: tuple[tuple[str, str], ...] = ()  # name, telephone
    nearest_free: Span | None = None
    faulty_until: date | None = None


@dataclass(frozen=True)
class Taken:
    """A time somebody else holds, buffers included; `shown` is the reservation's own time."""

    kind: str
    span: Span
    shown: Span
    reason: str = ""
    closure_kind: str = ""


@dataclass(frozen=True)
class Payer:
    """The payment account as far as a booking depends on it; `known_price` is false without a price for its tier."""

    name: str
    active: bool
    of_the_unit: bool
    usable: bool
    spendable: Decimal
    tier_label: str = ""
    known_price: bool = True


@dataclass(frozen=True)
class Booking:
    """One booking somebody wants, and everything the rules look at."""

    now: datetime
    starts_at: datetime
    ends_at: datetime
    rules: EffectiveRules
    published: bool = True
    unit_active: bool = True
    timed_booking: bool = True
    running_status: str = RunningStatus.ONLINE
    instrument_name: str = ""
    level: int = Qualification.Level.NONE
    level_expires_on: date | None = None
    for_myself: bool = True
    by_manager: bool = False  # who looks after the instrument books for somebody: that is the review
    bans: tuple[tuple[str, datetime | None], ...] = ()
    taken: tuple[Taken, ...] = ()
    used: dict[tuple[str, str], tuple[Decimal, int]] = field(default_factory=dict)  # (whose, period) → hours, bookings
    payer: Payer | None = None
    free_of_charge: bool = False
    estimate: Decimal = ZERO
    already_held: Decimal = ZERO  # by this same booking, when it is moved
    advice: Advice | None = None

    @property
    def length(self) -> timedelta:
        return self.ends_at - self.starts_at

    @property
    def minutes(self) -> int:
        return int(self.length.total_seconds() // 60)


Rule = Callable[[Booking], Answer | None]


def instrument(booking: Booking) -> Answer:
    """The instrument is published, takes timed bookings and works (S0-16, S0-49, S0-50)."""
    label = _("仪器状态")

    def no(sentence: str, remedy: str = "") -> Answer:
        return Answer("instrument", label, "fail", _("不可预约"), sentence, remedy or ask_the_manager(booking))

    if not booking.published or not booking.unit_active:
        return no(_("该仪器已停用，不能预约。"))
    if not booking.timed_booking:
        return no(_("该仪器不开放按时预约。"), _("可提交委托预约，由管理员代为检测。"))
    if booking.running_status == RunningStatus.SCRAPPED:
        return no(_("该仪器已报废，不能预约。"), _("可在仪器列表中找同类仪器。"))
    if booking.running_status == RunningStatus.FAULTY:
        back = booking.advice.faulty_until if booking.advice else None
        remedy = _("预计 %s恢复，届时再约。") % format_day(back) if back else ""
        return no(_("该仪器故障，暂停预约。"), remedy)
    return Answer("instrument", label, "pass", str(RunningStatus(booking.running_status).label))


def qualification(booking: Booking) -> Answer:
    """The person has a level on this instrument, on the day of the booking (S0-14, S0-17 … S0-19)."""
    label, level = _("上机资格"), booking.level
    who = _("您") if booking.for_myself else _("该人员")
    if level == Qualification.Level.NONE:
        return Answer(
            "qualification",
            label,
            "fail",
            _("未授权"),
            _("%s还没有这台仪器的使用资格。") % who,
            ask_the_manager(booking, _("授权")),
        )
    name, until = str(Qualification.Level(level).label), booking.level_expires_on
    if until is not None and until < local_date(booking.ends_at - timedelta(microseconds=1)):
        sentence = _("%(who)s的%(level)s资格有效至 %(day)s，早于预约日期。") % {
            "who": who,
            "level": name,
            "day": format_day(until),
        }
        return Answer("qualification", label, "fail", _("到期"), sentence, ask_the_manager(booking, _("延期")))
    value = _("%(level)s，有效至 %(day)s") % {"level": name, "day": format_day(until)} if until else name
    return Answer("qualification", label, "pass", value)


def ban(booking: Booking) -> Answer:
    """The person is not on the owning unit's blacklist (S0-61)."""
    label = _("黑名单")
    if not booking.bans:
        return Answer("ban", label, "pass", _("无限制"))
    reason, until = booking.bans[0]
    who = _("您") if booking.for_myself else _("该人员")
    end = _("，至 %s") % format_when(until) if until else ""
    sentence = _("%(who)s在该单位的黑名单中：%(reason)s%(end)s。") % {
        "who": who,
        "reason": reason.rstrip("。"),
        "end": end,
    }
    remedy = _("到期自动解除；如有异议，请联系该单位管理员。") if until else _("请联系该单位管理员解除。")
    return Answer("ban", label, "fail", _("限制预约"), sentence, remedy)


def opening(booking: Booking) -> Answer:
    """The whole time lies within the opening hours."""
    label, rules = _("开放时段"), booking.rules
    first, last = local_date(booking.starts_at), local_date(booking.ends_at)
    spans = open_spans(rules.opening_hours, first - timedelta(days=1), last + timedelta(days=1))
    around = next((s for s in spans if s[0] <= booking.starts_at < s[1]), None)
    if around and booking.ends_at <= around[1]:
        return Answer("opening_hours", label, "pass", open_on(rules, first))
    sentence = _("%(day)s%(hours)s，所选时段不全在开放时间内。") % {
        "day": WEEKDAYS[first.weekday()],
        "hours": hours_of(rules, first),
    }
    return Answer(
        "opening_hours", label, "fail", open_on(rules, first), sentence, _nearest_open(booking), waivable=True
    )


def closure(booking: Booking) -> Answer:
    """No closure stands in the way."""
    label = _("停机")
    hit = next((taken for taken in booking.taken if taken.kind == "closure"), None)
    if hit is None:
        return Answer("closure", label, "pass", _("无停机安排"))
    sentence = _("%(period)s 停机：%(kind)s，%(reason)s。") % {
        "period": format_period(*hit.span),
        "kind": Closure.Kind(hit.closure_kind).label if hit.closure_kind else _("停机"),
        "reason": hit.reason.rstrip("。"),
    }
    return Answer("closure", label, "fail", _("停机"), sentence, _nearest_free(booking))


def free(booking: Booking) -> Answer:
    """Nobody else holds the time, buffers before and after included."""
    label, rules = _("时段冲突"), booking.rules
    hit = next((taken for taken in booking.taken if taken.kind != "closure"), None)
    if hit is None:
        before, after = rules.buffer_before_minutes, rules.buffer_after_minutes
        if before == after:
            value = _("前后缓冲 %s 分钟均空闲") % before if before else _("空闲")
        else:
            value = _("前 %(before)s、后 %(after)s 分钟缓冲均空闲") % {"before": before, "after": after}
        return Answer("free", label, "pass", value)
    shown = format_period(*hit.shown, full=False)
    if hit.shown[0] < booking.ends_at and booking.starts_at < hit.shown[1]:
        sentence = _("%s 已有人预约。") % shown
    else:
        sentence = _("与 %s 的预约之间要留出使用前后的缓冲时间。") % shown
    return Answer("free", label, "fail", _("已被占用"), sentence, _nearest_free(booking))


def grid(booking: Booking) -> Answer:
    """Both ends lie on the slot grid, counted from midnight."""
    label, slot = _("时间格"), booking.rules.slot_minutes
    value = _("以 %s 分钟为一格") % slot
    starts, ends = (grid_ceil(moment, slot) for moment in (booking.starts_at, booking.ends_at))
    if starts == booking.starts_at and ends == booking.ends_at:
        return Answer("grid", label, "pass", value)
    nearest = format_period(
        starts - timedelta(minutes=slot) if starts > booking.starts_at else starts, ends, full=False
    )
    return Answer(
        "grid",
        label,
        "fail",
        value,
        _("开始和结束时间要对齐 %s 分钟的时间格。") % slot,
        _("改为 %s。") % nearest,
        waivable=True,
    )


def length(booking: Booking) -> Answer:
    """Neither shorter nor longer than one booking may be."""
    label, rules, minutes = _("单次时长"), booking.rules, booking.minutes
    shortest, longest = format_duration(rules.min_minutes), format_duration(rules.max_minutes)
    value = _("%(length)s，允许 %(min)s – %(max)s") % {
        "length": format_duration(minutes),
        "min": shortest,
        "max": longest,
    }
    if minutes < rules.min_minutes:
        sentence = _("单次预约最短 %(min)s，所选 %(length)s。") % {"min": shortest, "length": format_duration(minutes)}
        remedy = _("结束时间改为 %s 或更晚。") % format_clock(booking.starts_at + timedelta(minutes=rules.min_minutes))
    elif minutes > rules.max_minutes:
        sentence = _("单次预约最长 %(max)s，所选 %(length)s。") % {"max": longest, "length": format_duration(minutes)}
        remedy = _("结束时间改为 %s 或更早，或分几次预约。") % format_clock(
            booking.starts_at + timedelta(minutes=rules.max_minutes)
        )
    else:
        return Answer("length", label, "pass", value)
    return Answer("length", label, "fail", value, sentence, remedy, waivable=True)


def horizon(booking: Booking) -> Answer:
    """Not further ahead than bookings are open; counted in days, so that a day opens at midnight."""
    label, days = _("最早开放"), booking.rules.horizon_days
    day = local_date(booking.starts_at)
    last = local_date(booking.now) + timedelta(days=days)
    value = _("可提前 %(days)s 天，至 %(day)s") % {"days": days, "day": format_day(last)}
    if day <= last:
        return Answer("horizon", label, "pass", value)
    opens = day - timedelta(days=days)
    remedy = _("最晚可约：%(last)s；%(day)s于 %(opens)s 0:00 开放预约。") % {
        "last": format_day(last), "day": format_day(day), "opens": format_day(opens),
    }  # fmt: skip
    return Answer("horizon", label, "fail", value, _("最多提前 %s 天预约。") % days, remedy, waivable=True)


def notice(booking: Booking) -> Answer:
    """Late enough for those who prepare the instrument; what has begun can't be booked, whoever asks."""
    label, wanted = _("提前时间"), booking.rules.min_notice_minutes
    if booking.starts_at < booking.now:
        return Answer("notice", label, "fail", _("已过去"), _("所选时段已经开始或过去。"), _earliest(booking))
    ahead = booking.starts_at - booking.now
    value = _("提前 %(ahead)s，要求至少 %(wanted)s") % {
        "ahead": _ahead(ahead), "wanted": format_duration(wanted),
    }  # fmt: skip
    if ahead >= timedelta(minutes=wanted):
        return Answer("notice", label, "pass", value)
    sentence = _("至少提前 %s预约。") % format_duration(wanted)
    return Answer("notice", label, "fail", value, sentence, _earliest(booking), waivable=True)


def limit_rule(limit: Limit) -> Rule:
    """The rule of one limit; it is silent where the limit is not set."""
    unit = _hours if limit.what == "hours" else _times

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
        label = format_lazy("{}{}{}", whose, period, gettext_lazy("上限"))
        value = _("预约后 %(after)s / %(most)s") % {"after": _plain(used + more), "most": unit(Decimal(most))}
        if used + more <= most:
            return Answer(limit.name, label, "pass", value)
        sentence = _("%(whose)s%(period)s最多 %(most)s，已约 %(used)s，加上这次 %(more)s就超过了。") % {
            "whose": whose, "period": period, "most": unit(Decimal(most)), "used": unit(used), "more": unit(more),
        }  # fmt: skip
        remedy = _("改到 %s及以后的日期") % format_day(next_period(local_date(booking.starts_at), limit.period))
        left = Decimal(most) - used
        if limit.what == "hours" and left * 60 >= booking.rules.min_minutes:
            remedy = _("这次缩短到 %(left)s以内，或%(later)s") % {"left": _hours(left), "later": remedy}
        return Answer(limit.name, label, "fail", value, sentence, remedy + _("。"), waivable=True)

    rule.__name__ = limit.name
    rule.__doc__ = f"At most this many {limit.what} per {limit.period} for each {limit.whose}."
    return rule


def account(booking: Booking) -> Answer | None:
    """Somebody pays: an account in order, of the unit that owns the instrument, which the person may use (S0-66, S0-79)."""
    label, payer = _("付款账户"), booking.payer
    if payer is None:
        if booking.free_of_charge:
            return None
        return Answer(
            "account",
            label,
            "fail",
            _("未选择"),
            _("还没有选择付款账户。"),
            _("没有可选的账户时，请课题组负责人把您加入付款账户课题组。"),
        )
    other = _("请换一个付款账户。")
    if not payer.usable:  # nameless: the names of others' accounts are not to be learnt by trying
        remedy = _("请课题组负责人把您加入该课题组，或换一个付款账户。")
        return Answer("account", label, "fail", _("无权使用"), _("您不是所选付款账户课题组的成员。"), remedy)
    if not payer.of_the_unit:
        return Answer("account", label, "fail", payer.name, _("「%s」不能支付这个单位的仪器。") % payer.name, other)
    if not payer.active:
        remedy = _("请联系该单位的付款账户管理员，或换一个付款账户。")
        return Answer("account", label, "fail", payer.name, _("「%s」已冻结或停用。") % payer.name, remedy)
    if not payer.known_price:
        sentence = _("这台仪器没有「%s」的收费标准。") % payer.tier_label
        return Answer("account", label, "fail", payer.name, sentence, ask_the_manager(booking, _("确定价格")))
    return Answer("account", label, "pass", payer.name)


def balance(booking: Booking) -> Answer | None:
    """Balance and credit line, less what is held, cover the estimate (S0-67 … S0-69)."""
    label, payer = _("账户余额"), booking.payer
    if payer is None or not payer.usable:
        return None
    spendable = payer.spendable + booking.already_held
    value = _("可用 %(money)s，预估 %(estimate)s") % {
        "money": format_money(spendable), "estimate": format_money(booking.estimate),
    }  # fmt: skip
    missing = booking.estimate - spendable
    if missing <= 0:
        return Answer("balance", label, "pass", value)
    sentence = _("「%(name)s」余额加信用额度不足，还差 %(missing)s。") % {
        "name": payer.name,
        "missing": format_money(missing),
    }
    return Answer("balance", label, "fail", value, sentence, _("请办理财务结算或充值，或换一个付款账户。"))


def review(booking: Booking) -> Answer:
    """Whether a manager looks at it first, by level (S0-29 … S0-31): never a refusal."""
    label = _("管理员审核")
    if booking.by_manager:
        return Answer("review", label, "pass", _("管理员代办，免审"))
    if not review_needed(booking.rules, booking.level):
        return Answer("review", label, "pass", _("免审"))
    managers = _("、").join(name for name, _phone in booking.advice.managers) if booking.advice else ""
    sentence = _("提交后由%s审核，时段先为您保留。") % (managers or _("仪器管理员"))
    return Answer("review", label, "wait", _("需审核"), sentence, "", waivable=True)


def walk_up(booking: Booking) -> Answer:
    """The instrument may be used without a booking when it is free."""
    label = _("现场使用")
    if not booking.rules.walk_up:
        return Answer(
            "walk_up", label, "fail", _("不允许"), _("这台仪器不允许现场直接使用。"), _("请先预约。"), waivable=True
        )
    if booking.running_status == RunningStatus.IN_USE:
        return Answer("walk_up", label, "fail", _("使用中"), _("仪器正在使用。"), _("请等上一位使用者签退。"))
    return Answer("walk_up", label, "pass", _("允许"))


# ── remedies ──


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


def next_period(day: date, period: str) -> date:
    """The first day of the day, week (Monday) or month after the one `day` lies in."""
    if period == "day":
        return day + timedelta(days=1)
    if period == "week":
        return day + timedelta(days=7 - day.weekday())
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def period_of(day: date, period: str) -> tuple[date, date]:
    """First day of the period `day` lies in, and of the one after it."""
    if period == "day":
        return day, day + timedelta(days=1)
    if period == "week":
        return day - timedelta(days=day.weekday()), next_period(day, period)
    return day.replace(day=1), next_period(day, period)


def _nearest_open(booking: Booking) -> str:
    day = local_date(booking.starts_at)
    spans = open_spans(booking.rules.opening_hours, day - timedelta(days=7), day + timedelta(days=14))
    fitting = [s for s in spans if s[1] - s[0] >= booking.length and s[1] - booking.length >= booking.now]
    if not fitting:
        return _("请缩短时长。") if booking.rules.opening_hours else ask_the_manager(booking, _("设置开放时间"))
    nearest = min(fitting, key=lambda s: max(s[0] - booking.starts_at, booking.ends_at - s[1]))
    return _("最近的开放时段：%s。") % format_period(*nearest, full=False)


def _nearest_free(booking: Booking) -> str:
    if booking.advice is None or booking.advice.nearest_free is None:
        return _("可预约的日期内没有同样长的空闲，请缩短时长，或换一台同类仪器。")
    return _("最近空闲：%s。") % format_period(*booking.advice.nearest_free, full=False)


def _earliest(booking: Booking) -> str:
    rules = booking.rules
    soonest = booking.now + timedelta(minutes=rules.min_notice_minutes)
    day = local_date(soonest)
    spans = open_spans(rules.opening_hours, day, day + timedelta(days=7))
    fit = first_fit(spans, min(booking.length, timedelta(minutes=rules.min_minutes)), rules.slot_minutes, soonest)
    return _("最早可约：%s。") % format_when(fit[0]) if fit else ask_the_manager(booking)


def _ahead(ahead: timedelta) -> str:
    return _("%s 天") % ahead.days if ahead >= timedelta(days=2) else format_duration(ahead)


def _end_clock(start: datetime, end: datetime) -> str:
    return "24:00" if end == day_start(local_date(start)) + timedelta(days=1) else format_clock(end)


def _plain(number: Decimal) -> str:
    return f"{number.quantize(Decimal('0.1')):f}".removesuffix(".0")


def _hours(number: Decimal) -> str:
    return _("%s 小时") % _plain(number)


def _times(number: Decimal) -> str:
    return _("%s 次") % _plain(number)


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
