"""How money, times and statuses are written."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as some

from gongyi.kit import money, when
from gongyi.kit.choices import StatusChoices
from gongyi.kit.money import MoneyFormField

SHANGHAI = ZoneInfo("Asia/Shanghai")
cents = some.decimals(min_value=-(10**9), max_value=10**9, places=2, allow_nan=False, allow_infinity=False)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (Decimal("1234.5"), "¥1,234.50"),
        (Decimal("-60"), "−¥60.00"),
        (0, "¥0.00"),
        (Decimal("-0.001"), "¥0.00"),
        (None, "—"),
        ("", "—"),
    ],
)
def test_money_is_written_with_separators_and_two_places(amount, written):
    assert money.format_money(amount) == written


@pytest.mark.parametrize(
    ("amount", "written"),
    [(638_000_000, "¥6.38 亿"), (427_000, "¥42.7 万"), (9_999, "¥9,999.00"), (-20_000, "−¥2 万"), (None, "—")],
)
def test_large_sums_are_written_as_people_say_them(amount, written):
    assert money.format_money_short(amount) == written


@given(cents)
def test_money_that_is_written_reads_back_the_same(amount):
    assert MoneyFormField(max_digits=20).clean(money.format_money(amount)) == amount


@given(some.text(max_size=20))
def test_no_text_breaks_the_money_field(text):
    try:
        value = MoneyFormField().clean(text)
    except forms.ValidationError:
        return
    assert value == round(value, 2)


@pytest.mark.parametrize("typed", ["￥1，234.５０", " 1234.5 元", "1,234.50", "¥ 1234.50"])
def test_money_may_be_typed_in_any_usual_way(typed):
    assert MoneyFormField().clean(typed) == Decimal("1234.50")


def test_money_with_three_places_is_refused_with_a_sentence():
    with pytest.raises(forms.ValidationError, match="金额最多两位小数。"):
        MoneyFormField().clean("1.005")


def test_a_moment_of_this_year_has_no_year_and_no_leading_zero():
    moment = timezone.localtime().replace(month=11, day=21, hour=8, minute=5)
    weekday = when.WEEKDAYS[moment.weekday()]
    assert when.format_when(moment) == f"11-21 {weekday} 8:05"
    assert when.format_when(moment, full=True) == f"{moment.year}-11-21 {weekday} 8:05"


def test_a_moment_of_another_year_names_it_and_is_shown_in_the_sites_zone():
    assert when.format_when(datetime(2024, 12, 31, 16, 30, tzinfo=UTC)) == "2025-01-01 周三 0:30"


@pytest.mark.parametrize(
    ("start", "end", "written"),
    [
        ("2024-11-21T14:00", "2024-11-21T16:00", "2024-11-21 周四 14:00–16:00"),
        ("2024-11-21T22:00", "2024-11-22T00:00", "2024-11-21 周四 22:00–24:00"),
        ("2024-12-31T22:00", "2025-01-01T02:00", "2024-12-31 周二 22:00 – 2025-01-01 周三 2:00"),
    ],
)
def test_a_period_names_the_second_day_only_when_it_is_another(start, end, written):
    assert when.format_period(at(start), at(end)) == written


def test_open_ends_of_a_period_are_said_in_words():
    start = at("2024-11-21T14:00")
    assert when.format_period(start, None) == "2024-11-21 周四 14:00 起"
    assert when.format_period(None, start) == "至 2024-11-21 周四 14:00"
    assert when.format_period(None, None) == "—"


def test_days_are_inclusive():
    assert when.format_days(date(2024, 11, 21), date(2024, 11, 21)) == "2024-11-21 周四"
    assert when.format_days(date(2024, 11, 21), None) == "2024-11-21 周四 起"


@pytest.mark.parametrize(
    ("length", "written"),
    [
        (88, "1 小时 28 分"),
        (45, "45 分"),
        (120, "2 小时"),
        (36 * 60, "36 小时"),
        (76 * 60, "3 天 4 小时"),
        (0, "0 分"),
        (-30, "−30 分"),
        (timedelta(minutes=90), "1 小时 30 分"),
        (None, "—"),
    ],
)
def test_a_length_of_time_is_written_in_hours_and_minutes(length, written):
    assert when.format_duration(length) == written


@given(some.integers(min_value=0, max_value=48 * 60 - 1))
def test_no_minute_is_lost_in_a_written_length(minutes):
    written = when.format_duration(minutes)
    hours = int(written.split(" 小时")[0]) if "小时" in written else 0
    rest = int(written.split(" 分")[0].split()[-1]) if "分" in written else 0
    assert hours * 60 + rest == minutes


@pytest.mark.parametrize(
    ("hours", "written"),
    [
        (Decimal("1862.5"), "1,862.5 小时"),
        (2, "2.0 小时"),
        (1.25, "1.25 小时"),
        (timedelta(minutes=30), "0.5 小时"),
        (None, "—"),
    ],
)
def test_machine_hours_have_one_decimal(hours, written):
    assert when.format_hours(hours) == written


def test_a_status_carries_its_word_and_tone():
    class Light(StatusChoices):
        GREEN = "green", "在线", "ok"
        GREY = "grey", "离线", "idle ring"

    assert Light.choices == [("green", "在线"), ("grey", "离线")]
    assert (Light.GREEN.label, Light.GREEN.tone, Light.GREEN.badge) == ("在线", "ok", "ok")
    assert (Light.GREY.tone, Light.GREY.mark, Light.GREY.badge) == ("idle", "ring", "idle ring")
    assert Light("green") == "green"


def test_a_status_without_a_known_tone_is_refused_when_it_is_declared():
    with pytest.raises(TypeError, match="tone"):

        class Wrong(StatusChoices):
            PINK = "pink", "粉", "pink"
