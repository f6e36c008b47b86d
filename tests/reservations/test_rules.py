"""Rule by rule: when it passes, when it refuses, exactly at its boundary, and what it says would make it pass."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from gongyi.catalog.models import RunningStatus
from gongyi.reservations.models import BookingRules, Qualification
from gongyi.reservations.rules import BOOKING, LIMITS, WALK_UP, Advice, EffectiveRules, evaluate
from gongyi.reservations.rules import booking as rules
from gongyi.reservations.rules.booking import Booking, Payer, Taken
from gongyi.reservations.rules.time import next_period

pytestmark = pytest.mark.usefixtures("monday")

WEEK = tuple((weekday, 480, 1320) for weekday in range(1, 7))  # Monday to Saturday, 8:00–22:00
RULES = EffectiveRules(**BookingRules.DEFAULTS, opening_hours=WEEK)
PAYER = Payer(name="先进储能材料课题组", active=True, of_the_unit=True, usable=True, spendable=Decimal("500.00"))


def moment(day: int, clock: str = "0:00") -> datetime:
    """A time in November 2026; the 23rd is the Monday it is."""
    hour, minute = map(int, clock.split(":"))
    return timezone.make_aware(datetime(2026, 11, 1) + timedelta(days=day - 1, hours=hour, minutes=minute))


def wish(start: datetime | None = None, minutes: int = 120, /, **fields) -> Booking:
    """A booking that passes every rule: Tuesday 14:00–16:00 by a 普通 user."""
    start = start or moment(24, "14:00")
    given = {
        "level": Qualification.Level.NORMAL,
        "payer": PAYER,
        "estimate": Decimal("300.00"),
        "rules": RULES,
    } | fields
    return Booking(now=timezone.now(), starts_at=start, ends_at=start + timedelta(minutes=minutes), **given)


def with_rules(**fields) -> EffectiveRules:
    return replace(RULES, **fields)


ADVICE = Advice(
    managers=(("周敏", "025-52091234"),),
    nearest_free=(moment(25, "16:00"), moment(25, "18:00")),
    faulty_until=date(2026, 11, 30),
)


def test_a_normal_persons_wish_passes_everything_and_waits_for_the_review():
    states = {answer.rule: answer.state for answer in evaluate(wish(), BOOKING)}
    assert states == {
        "instrument": "pass", "qualification": "pass", "ban": "pass", "opening_hours": "pass", "closure": "pass",
        "free": "pass", "grid": "pass", "length": "pass", "horizon": "pass", "notice": "pass", "account": "pass",
        "balance": "pass", "review": "wait",
    }  # fmt: skip


def test_all_rules_answer_together_however_many_refuse():
    bad = wish(
        moment(29, "23:10"), 700, level=0, running_status=RunningStatus.FAULTY, bans=(("失约三次", None),), payer=None,
        rules=with_rules(horizon_days=3),
    )  # fmt: skip
    failed = [answer.rule for answer in evaluate(bad, BOOKING) if answer.state == "fail"]
    assert failed == ["instrument", "qualification", "ban", "opening_hours", "grid", "length", "horizon", "account"]


def test_every_refusal_is_a_sentence_with_a_remedy():
    bad = wish(
        moment(29, "23:10"), 700, level=0, running_status=RunningStatus.FAULTY, bans=(("失约三次", None),), payer=None,
        rules=with_rules(horizon_days=3), taken=(Taken("closure", (moment(29), moment(30)), (moment(29), moment(30)), "换灯"),),
    )  # fmt: skip
    for answer in evaluate(bad, BOOKING):
        if answer.state == "fail":
            assert answer.sentence.endswith("。"), answer
            assert answer.remedy.endswith("。"), answer


# ── the instrument ──


def test_a_working_published_instrument_passes():
    assert rules.instrument(wish()).state == "pass"
    assert rules.instrument(wish(running_status=RunningStatus.OFFLINE)).value == "离线"
    assert rules.instrument(wish(running_status=RunningStatus.IN_USE)).state == "pass"


@pytest.mark.parametrize(
    ("facts", "sentence", "remedy"),
    [
        ({"published": False}, "该仪器已停用，不能预约。", "联系管理员：周敏 025-52091234。"),
        (
            {"unit_active": False},
            "该仪器所属单位已停用或退出，暂不接受预约。",
            "恢复后可以照常预约；急用时请在仪器列表中找其他单位的同类仪器。",
        ),
        ({"timed_booking": False}, "该仪器不开放按时预约。", "可提交委托预约，由管理员代为检测。"),
        ({"running_status": "scrapped"}, "该仪器已报废，不能预约。", "可在仪器列表中找同类仪器。"),
        ({"running_status": "faulty"}, "该仪器故障，暂停预约。", "预计 11-30 周一恢复，届时再约。"),
    ],
)
def test_an_instrument_that_cannot_be_booked_says_why(facts, sentence, remedy):
    answer = rules.instrument(wish(advice=ADVICE, **facts))
    assert (answer.state, answer.sentence, answer.remedy, answer.waivable) == ("fail", sentence, remedy, False)


# ── the person ──


@pytest.mark.parametrize(("level", "value"), [(1, "普通"), (2, "资深")])
def test_a_level_without_end_passes(level, value):
    assert rules.qualification(wish(level=level)).value == value


def test_the_unauthorised_are_told_whom_to_ask():
    answer = rules.qualification(wish(level=0, advice=ADVICE))
    assert answer.state == "fail"
    assert answer.value == "未授权"
    assert answer.sentence == "您还没有这台仪器的使用资格。"
    assert answer.remedy == "联系管理员授权：周敏 025-52091234。"
    assert not answer.waivable


@pytest.mark.parametrize(("last_day", "state"), [(24, "pass"), (23, "fail")])
def test_a_level_must_last_to_the_day_of_the_booking(last_day, state):
    answer = rules.qualification(wish(level_expires_on=date(2026, 11, last_day), advice=ADVICE))
    assert answer.state == state
    if state == "fail":
        assert answer.sentence == "您的普通资格有效至 11-23 周一，早于预约日期。"
        assert answer.remedy == "联系管理员延期：周敏 025-52091234。"
    else:
        assert answer.value == "普通，有效至 11-24 周二"


def test_a_booking_that_ends_at_midnight_does_not_need_the_next_day():
    until_midnight = wish(moment(24, "22:00"), 120, level_expires_on=date(2026, 11, 24))
    assert rules.qualification(until_midnight).state == "pass"
    past_midnight = wish(moment(24, "22:00"), 121, level_expires_on=date(2026, 11, 24))
    assert rules.qualification(past_midnight).state == "fail"


def test_who_books_for_another_reads_of_the_other():
    assert rules.qualification(wish(level=0, for_myself=False)).sentence == "该人员还没有这台仪器的使用资格。"


def test_the_blacklisted_read_reason_and_end():
    assert rules.ban(wish()).state == "pass"
    answer = rules.ban(wish(bans=(("失约三次", moment(30, "8:00")),)))
    assert (answer.state, answer.waivable) == ("fail", False)
    assert answer.sentence == "您在该单位的黑名单中：失约三次，至 11-30 周一 8:00。"
    assert answer.remedy == "到期自动解除；如有异议，请联系该单位管理员。"
    forever = rules.ban(wish(bans=(("损坏仪器。", None),)))
    assert forever.sentence == "您在该单位的黑名单中：损坏仪器。"
    assert forever.remedy == "请联系该单位管理员解除。"


# ── opening hours and closures ──


@pytest.mark.parametrize(
    ("start", "minutes", "state"),
    [
        (moment(24, "8:00"), 840, "pass"),  # from the first minute to the last
        (moment(24, "7:59"), 60, "fail"),
        (moment(24, "21:00"), 60, "pass"),
        (moment(24, "21:00"), 61, "fail"),
        (moment(29, "14:00"), 60, "fail"),  # Sunday
        (moment(24, "21:00"), 13 * 60, "fail"),  # over a closed night
    ],
)
def test_the_whole_time_lies_in_the_opening_hours(start, minutes, state):
    assert rules.opening(wish(start, minutes)).state == state


def test_outside_the_opening_hours_the_nearest_open_time_is_named():
    answer = rules.opening(wish(moment(29, "14:00"), 60))
    assert answer.value == "周日 不开放"
    assert answer.sentence == "周日不开放，所选时段不全在开放时间内。"
    assert answer.remedy == "最近的开放时段：11-28 周六 8:00–22:00。"
    assert answer.waivable


def test_the_nearest_open_time_is_long_enough_and_not_over():
    lunch = with_rules(opening_hours=((1, 480, 720), (1, 780, 1080), (2, 480, 720)))
    late_tonight = wish(moment(23, "20:00"), 240, rules=lunch)
    assert rules.opening(late_tonight).remedy == "最近的开放时段：11-23 周一 13:00–18:00。"
    assert rules.opening(wish(moment(23, "20:00"), 60 * 9, rules=lunch)).remedy == "请缩短时长。"


def test_open_nights_join_at_midnight():
    always = with_rules(opening_hours=tuple((day, 0, 1440) for day in range(1, 8)))
    assert rules.opening(wish(moment(24, "22:00"), 240, rules=always)).state == "pass"
    assert rules.opening(wish(moment(29, "22:00"), 240, rules=always)).state == "pass"  # Sunday to Monday
    assert rules.opening(wish(rules=always)).value == "周二 开放 0:00–24:00"


def test_without_any_opening_hours_the_manager_must_set_them():
    answer = rules.opening(wish(rules=with_rules(opening_hours=()), advice=ADVICE))
    assert answer.remedy == "联系管理员设置开放时间：周敏 025-52091234。"


def test_a_closure_stands_in_the_way_and_cannot_be_waived():
    span = (moment(24, "12:00"), moment(24, "15:00"))
    answer = rules.closure(wish(taken=(Taken("closure", span, span, "更换探测器", "maintenance"),), advice=ADVICE))
    assert answer.sentence == "2026-11-24 周二 12:00–15:00 停机：维护保养，更换探测器。"
    assert answer.remedy == "最近空闲：11-25 周三 16:00–18:00。"
    assert (answer.state, answer.waivable) == ("fail", False)
    assert rules.closure(wish()).state == "pass"


# ── who else is there ──


def test_free_time_passes_and_names_its_buffers():
    assert rules.free(wish()).value == "空闲"
    assert (
        rules.free(wish(rules=with_rules(buffer_before_minutes=30, buffer_after_minutes=30))).value
        == "前后缓冲 30 分钟均空闲"
    )
    uneven = with_rules(buffer_before_minutes=10, buffer_after_minutes=20)
    assert rules.free(wish(rules=uneven)).value == "前 10、后 20 分钟缓冲均空闲"


def test_taken_time_names_the_nearest_free_one():
    span = (moment(24, "13:00"), moment(24, "15:00"))
    answer = rules.free(wish(taken=(Taken("reservation", span, span),), advice=ADVICE))
    assert (answer.state, answer.waivable) == ("fail", False)
    assert answer.sentence == "11-24 周二 13:00–15:00 已有人预约。"
    assert answer.remedy == "最近空闲：11-25 周三 16:00–18:00。"


def test_a_neighbour_within_the_buffer_is_said_to_be_one():
    shown = (moment(24, "16:00"), moment(24, "17:00"))
    held = (moment(24, "15:30"), moment(24, "17:00"))
    answer = rules.free(wish(taken=(Taken("reservation", held, shown),)))
    assert answer.sentence == "与 11-24 周二 16:00–17:00 的预约之间要留出使用前后的缓冲时间。"
    assert answer.remedy == "可预约的日期内没有同样长的空闲，请缩短时长，或换一台同类仪器。"


# ── shape ──


@pytest.mark.parametrize(
    ("start", "minutes", "state"),
    [
        (moment(24, "14:00"), 30, "pass"),
        (moment(24, "14:30"), 90, "pass"),
        (moment(24, "14:10"), 60, "fail"),
        (moment(24, "14:00"), 45, "fail"),
        (moment(24, "0:00"), 1440, "pass"),
    ],
)
def test_both_ends_lie_on_the_grid(start, minutes, state):
    assert rules.grid(wish(start, minutes)).state == state


def test_off_the_grid_the_next_wider_time_is_offered():
    answer = rules.grid(wish(moment(24, "14:10"), 60))
    assert answer.sentence == "开始和结束时间要对齐 30 分钟的时间格。"
    assert answer.remedy == "改为 11-24 周二 14:00–15:30。"
    assert answer.waivable


@pytest.mark.parametrize(("minutes", "state"), [(29, "fail"), (30, "pass"), (480, "pass"), (481, "fail")])
def test_neither_too_short_nor_too_long(minutes, state):
    assert rules.length(wish(moment(24, "8:00"), minutes)).state == state


def test_the_length_says_what_would_pass():
    short = rules.length(wish(moment(24, "14:00"), 15))
    assert (short.sentence, short.remedy) == ("单次预约最短 30 分，所选 15 分。", "结束时间改为 14:30 或更晚。")
    long = rules.length(wish(moment(24, "8:00"), 600))
    assert (long.sentence, long.remedy) == (
        "单次预约最长 8 小时，所选 10 小时。",
        "结束时间改为 16:00 或更早，或分几次预约。",
    )
    assert short.waivable
    assert long.waivable


@pytest.mark.parametrize(("start", "state"), [(moment(37, "23:30"), "pass"), (moment(38, "0:00"), "fail")])
def test_the_horizon_counts_days(start, state):
    assert rules.horizon(wish(start)).state == state


def test_beyond_the_horizon_the_day_it_opens_is_named():
    answer = rules.horizon(wish(moment(40, "9:00")))
    assert answer.sentence == "最多提前 14 天预约。"
    assert answer.remedy == "最晚可约：12-07 周一；12-10 周四于 11-26 周四 0:00 开放预约。"
    assert answer.waivable


@pytest.mark.parametrize(("start", "state"), [("11:00", "pass"), ("10:59", "fail"), ("10:00", "fail")])
def test_the_notice_is_exact_to_the_minute(start, state):
    assert rules.notice(wish(moment(23, start))).state == state


def test_too_short_a_notice_names_the_earliest_time():
    answer = rules.notice(wish(moment(23, "10:30"), rules=with_rules(min_notice_minutes=720)))
    assert answer.sentence == "至少提前 12 小时预约。"
    assert answer.remedy == "最早可约：11-24 周二 8:00。"
    assert answer.waivable


def test_the_earliest_time_lies_on_the_grid_and_in_the_opening_hours():
    answer = rules.notice(wish(moment(23, "10:30"), rules=with_rules(min_notice_minutes=61)))
    assert answer.remedy == "最早可约：11-23 周一 11:30。"


def test_the_past_cannot_be_booked_even_by_a_manager():
    answer = rules.notice(wish(moment(23, "9:30")))
    assert answer.sentence == "所选时段已经开始或过去。"
    assert not answer.waivable


# ── limits ──


def used(whose: str, period: str, hours: str, bookings: int = 1) -> dict:
    return {(whose, period): (Decimal(hours), bookings)}


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.name)
def test_every_limit_passes_at_its_edge_and_refuses_beyond(limit):
    rule = rules.limit_rule(limit)
    most = Decimal(8) if limit.what == "hours" else 4
    limited = with_rules(**{limit.name: most})
    at_edge = wish(rules=limited, used=used(limit.whose, limit.period, "6", 3))
    assert rule(at_edge).state == "pass"
    beyond = wish(rules=limited, used=used(limit.whose, limit.period, "6.5", 4))
    answer = rule(beyond)
    assert (answer.rule, answer.state, answer.waivable) == (limit.name, "fail", True)
    assert rule(wish()) is None


def test_a_limit_says_where_the_booking_would_lead():
    answer = rules.limit_rule(LIMITS[1])(
        wish(rules=with_rules(person_hours_per_week=Decimal(8)), used=used("person", "week", "5"))
    )
    assert str(answer.label) == "每人每周上限"
    assert answer.value == "预约后 7 / 8 小时"


def test_a_limit_says_how_to_pass_it():
    weekly = wish(rules=with_rules(person_hours_per_week=Decimal(8)), used=used("person", "week", "7"))
    answer = rules.limit_rule(LIMITS[1])(weekly)
    assert answer.sentence == "每人每周最多 8 小时，已约 7 小时，加上这次 2 小时就超过了。"
    assert answer.remedy == "这次缩短到 1 小时以内，或改到 11-30 周一及以后的日期。"
    nothing_left = wish(rules=with_rules(group_bookings_per_month=3), used=used("group", "month", "7", 3))
    answer = rules.limit_rule(LIMITS[11])(nothing_left)
    assert answer.sentence == "每课题组每月最多 3 次，已约 3 次，加上这次 1 次就超过了。"
    assert answer.remedy == "改到 12-01 周二及以后的日期。"


@pytest.mark.parametrize(
    ("day", "period", "after"),
    [
        (date(2026, 11, 23), "week", date(2026, 11, 30)),
        (date(2026, 11, 29), "week", date(2026, 11, 30)),
        (date(2026, 12, 31), "month", date(2027, 1, 1)),
        (date(2027, 1, 31), "month", date(2027, 2, 1)),
        (date(2026, 2, 28), "day", date(2026, 3, 1)),
    ],
)
def test_the_next_week_begins_on_monday_and_the_next_month_on_the_first(day, period, after):
    assert next_period(day, period) == after


# ── money ──


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"of_the_unit": False}, "「先进储能材料课题组」不能支付这个单位的仪器。"),
        ({"usable": False}, "您不是所选付款账户课题组的成员。"),
        ({"active": False}, "「先进储能材料课题组」已冻结或停用。"),
        ({"known_price": False, "tier_label": "企业"}, "这台仪器没有「企业」的收费标准。"),
    ],
)
def test_an_account_that_cannot_pay_says_why(change, sentence):
    answer = rules.account(wish(payer=replace(PAYER, **change)))
    assert (answer.state, answer.sentence, answer.waivable) == ("fail", sentence, False)
    assert answer.remedy


def test_somebody_must_pay_unless_nothing_is_charged():
    answer = rules.account(wish(payer=None))
    assert answer.sentence == "还没有选择付款账户。"
    assert answer.remedy == "没有可选的账户时，请课题组负责人把您加入付款账户课题组。"
    assert rules.account(wish(payer=None, free_of_charge=True)) is None
    assert rules.balance(wish(payer=None, free_of_charge=True)) is None


@pytest.mark.parametrize(("estimate", "state"), [("500.00", "pass"), ("500.01", "fail")])
def test_balance_and_credit_line_cover_the_estimate_to_the_cent(estimate, state):
    assert rules.balance(wish(estimate=Decimal(estimate))).state == state


def test_the_missing_amount_is_named():
    answer = rules.balance(wish(estimate=Decimal("620.00")))
    assert answer.value == "可用 ¥500.00，预估 ¥620.00"
    assert answer.sentence == "「先进储能材料课题组」余额加信用额度不足，还差 ¥120.00。"
    assert answer.remedy == "请办理财务结算或充值，或换一个付款账户。"


def test_what_the_same_booking_holds_already_counts_when_it_is_moved():
    assert rules.balance(wish(estimate=Decimal("620.00"), already_held=Decimal("120.00"))).state == "pass"


# ── review ──


@pytest.mark.parametrize(
    ("level", "normal", "senior", "state"),
    [(1, True, False, "wait"), (2, True, False, "pass"), (1, False, True, "pass"), (2, False, True, "wait")],
)
def test_each_level_has_its_own_review(level, normal, senior, state):
    booking = wish(level=level, rules=with_rules(review_normal=normal, review_senior=senior), advice=ADVICE)
    answer = rules.review(booking)
    assert answer.state == state
    if state == "wait":
        assert answer.sentence == "提交后由周敏审核，时段先为您保留。"


def test_what_a_manager_books_is_reviewed_by_that():
    assert rules.review(wish(by_manager=True)).value == "管理员代办，免审"


# ── on the spot ──


def test_a_walk_up_asks_neither_notice_nor_grid_nor_review():
    now = wish(timezone.now(), 37)
    assert [answer.state for answer in evaluate(now, WALK_UP)] == ["pass"] * 9


def test_a_walk_up_needs_the_permission_and_an_idle_instrument():
    answer = rules.walk_up(wish(rules=with_rules(walk_up=False)))
    assert (answer.state, answer.sentence, answer.remedy) == ("fail", "这台仪器不允许现场直接使用。", "请先预约。")
    busy = rules.walk_up(wish(running_status=RunningStatus.IN_USE))
    assert (busy.state, busy.remedy) == ("fail", "请等上一位使用者签退。")
