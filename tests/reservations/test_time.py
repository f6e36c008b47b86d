"""Arithmetic of spans, by example and by properties, and the inheritance of rules."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from gongyi.reservations import queries
from gongyi.reservations.models import BookingRules, OpeningHours
from gongyi.reservations.rules import first_fit, grid_ceil, merge, open_spans, subtract
from tests.factories import catalog
from tests.factories.organizations import organization
from tests.factories.reservations import rules

BASE = timezone.make_aware(datetime(2026, 11, 23))


def at(minute: int) -> datetime:
    return BASE + timedelta(minutes=minute)


def spans(*pairs: tuple[int, int]) -> list:
    return [(at(a), at(b)) for a, b in pairs]


some_spans = st.lists(st.tuples(st.integers(0, 200), st.integers(1, 60)).map(lambda p: (p[0], p[0] + p[1])), max_size=8)


def minutes_in(pairs) -> set[int]:
    return {
        int((start - BASE).total_seconds() // 60) + n
        for start, end in pairs
        for n in range(int((end - start).total_seconds() // 60))
    }


@settings(max_examples=200, deadline=None)
@given(some_spans, some_spans)
def test_what_is_left_is_the_open_minutes_that_are_not_taken(open_, taken):
    left = subtract(spans(*open_), spans(*taken))
    assert minutes_in(left) == minutes_in(spans(*open_)) - minutes_in(spans(*taken))
    assert all(a[1] < b[0] for a, b in zip(left, left[1:], strict=False))


@settings(max_examples=200, deadline=None)
@given(some_spans)
def test_merging_keeps_every_minute_and_leaves_gaps_between_spans(pairs):
    merged = merge(spans(*pairs))
    assert minutes_in(merged) == minutes_in(spans(*pairs))
    assert all(a[1] < b[0] for a, b in zip(merged, merged[1:], strict=False))


def test_opening_hours_of_several_periods_and_days_join_where_they_touch():
    week = [(1, 480, 720), (1, 720, 1080), (1, 1380, 1440), (2, 0, 60)]
    assert open_spans(week, date(2026, 11, 23), date(2026, 11, 24)) == spans((480, 1080), (1380, 1500))
    assert open_spans([], date(2026, 11, 23), date(2026, 11, 24)) == []


@pytest.mark.parametrize(
    ("minute", "slot", "expected"),
    [(0, 30, 0), (1, 30, 30), (30, 30, 30), (31, 30, 60), (1439, 30, 1440), (50, 45, 90), (100, 1, 100)],
)
def test_the_grid_counts_from_midnight(minute, slot, expected):
    assert grid_ceil(at(minute), slot) == at(expected)


def test_seconds_count_for_the_grid():
    assert grid_ceil(at(30) + timedelta(seconds=1), 30) == at(60)


def test_the_first_fit_starts_on_the_grid_and_not_before_the_earliest_time():
    free = spans((0, 50), (70, 200))
    hour = timedelta(minutes=60)
    assert first_fit(free, hour, 30, at(0)) == (at(90), at(150))
    assert first_fit(free, hour, 30, at(100)) == (at(120), at(180))
    assert first_fit(free, hour, 30, at(150)) is None
    assert first_fit(free, timedelta(minutes=30), 30, at(0)) == (at(0), at(30))


# ── inheritance ──


@pytest.mark.django_db
def test_a_new_site_is_open_from_monday_to_saturday_with_the_default_rules():
    effective = queries.effective_rules(catalog.instrument())
    assert {name: getattr(effective, name) for name in BookingRules.DEFAULTS} == BookingRules.DEFAULTS
    assert effective.opening_hours == tuple((day, 480, 1320) for day in range(1, 7))
    assert effective.sources["slot_minutes"] == "site"


@pytest.mark.django_db
def test_the_narrowest_scope_that_says_something_decides_field_by_field():
    unit = organization()
    instrument = catalog.instrument(unit=unit)
    rules(None, slot_minutes=30, person_hours_per_week=Decimal("20.0"))
    rules(unit, slot_minutes=15, max_minutes=300, review_normal=False)
    rules(instrument, max_minutes=120, min_notice_minutes=0)
    effective = queries.effective_rules(instrument)
    assert (effective.max_minutes, effective.slot_minutes, effective.review_normal) == (120, 15, False)
    assert (effective.min_notice_minutes, effective.person_hours_per_week) == (0, Decimal("20.0"))
    assert [effective.sources[f] for f in ("max_minutes", "slot_minutes", "person_hours_per_week", "person_hours_per_day")] == [
        "instrument", "organization", "site", "default",
    ]  # fmt: skip


@pytest.mark.django_db
def test_opening_hours_are_taken_whole_from_the_narrowest_scope_that_has_any():
    unit = organization()
    instrument = catalog.instrument(unit=unit)
    rules(unit, hours=((1, 540, 1020),))
    rules(instrument, slot_minutes=10)
    assert queries.effective_rules(instrument).opening_hours == ((1, 540, 1020),)
    rules(instrument, hours=((2, 0, 1440),))
    assert queries.effective_rules(instrument).opening_hours == ((2, 0, 1440),)


@pytest.mark.django_db
def test_without_any_row_the_defaults_hold_and_nothing_is_open():
    BookingRules.objects.all().delete()
    effective = queries.effective_rules(catalog.instrument())
    assert (effective.slot_minutes, effective.opening_hours) == (30, ())
    assert effective.sources["slot_minutes"] == "default"


@pytest.mark.django_db
def test_the_rules_of_many_instruments_take_one_query(django_assert_num_queries):
    unit = organization()
    instruments = [catalog.instrument(unit=unit) for _ in range(5)]
    for instrument in instruments:
        rules(instrument, hours=((1, 0, 1440),))
    with django_assert_num_queries(1):
        found = queries.effective_rules_of(instruments)
    assert set(found) == {instrument.pk for instrument in instruments}
    assert OpeningHours.objects.count() == 11


@pytest.mark.django_db
def test_the_booking_reads_the_same_rules_as_the_pages():
    from tests.factories.reservations import place

    here = place(slot_minutes=15, person_hours_per_week=Decimal("7.5"))
    case = queries.load_case(**here.wish(at(0)))
    assert case.booking.rules == queries.effective_rules(here.instrument)
