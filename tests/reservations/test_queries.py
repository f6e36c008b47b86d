"""What calendars show to whom, what is still free, and what the desk counts; each in a constant number of queries."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from gongyi.reservations import queries, services
from gongyi.reservations.models import Reservation
from gongyi.reservations.rules import first_fit
from gongyi.workflow import SYSTEM
from tests.factories import catalog
from tests.factories.accounts import person
from tests.factories.reservations import ALWAYS, Level, another, at, place, reservation, rules

pytestmark = pytest.mark.django_db
EIGHT_TO_TEN = tuple((day, 480, 1320) for day in range(1, 8))


def clocks(spans) -> list[tuple[str, str]]:
    from django.utils import timezone

    return [tuple(timezone.localtime(moment).strftime("%H:%M") for moment in span) for span in spans]


def shown(events, kind) -> list[tuple[str, str, str]]:
    return [(e["start"][11:16], e["end"][11:16], e["title"]) for e in events if e["kind"] == kind]


@pytest.fixture
def here(set_clock):
    set_clock(at(0, "12:00"))
    place_ = place(min_notice_minutes=0)
    rules(place_.instrument, hours=EIGHT_TO_TEN)
    return place_


# ── calendars ──


def test_a_calendar_shows_others_by_unit_and_surname_only(here):
    made = here.reserve(at(3, "14:00"), 120)
    for viewer in (another(here), AnonymousUser(), None):
        events = queries.calendar_events(here.instrument, at(3), at(4), viewer)
        unit = here.instrument.organization.short_name
        assert shown(events, "other") == [("14:00", "16:00", f"{unit} 林＊")]
        assert not any("reservation" in event or "url" in event for event in events)
        assert "林知远" not in str(events)
    events = queries.calendar_events(here.instrument, at(3), at(4), here.manager)
    assert shown(events, "other")[0][2].endswith("林知远")
    assert [e["reservation"] for e in events if e["kind"] == "other"] == [made.pk]


def test_ones_own_bookings_stand_out_and_lead_to_their_page(here):
    made = here.reserve(at(3, "14:00"), 120)
    (event,) = [e for e in queries.calendar_events(here.instrument, at(3), at(4), here.user) if e["kind"] == "own"]
    assert (event["title"], event["status"], event["url"]) == ("我的预约", "valid", made.get_absolute_url())


def test_pending_bookings_are_marked_as_such(here):
    other = another(here, level=Level.NORMAL)
    here.reserve(at(3, "8:00"), user=other, actor=other)
    assert shown(queries.calendar_events(here.instrument, at(3), at(4), other), "own_pending")
    assert shown(queries.calendar_events(here.instrument, at(3), at(4), here.user), "other_pending")


def test_buffers_closures_and_closed_hours_are_drawn(here):
    rules(here.instrument, buffer_before_minutes=15, buffer_after_minutes=30)
    here.reserve(at(3, "14:00"), 120)
    during = DateTimeTZRange(at(3, "18:00"), at(3, "20:00"))
    services.close(instrument=here.instrument, during=during, reason="更换灯丝", actor=here.manager)
    events = queries.calendar_events(here.instrument, at(3), at(4), here.user)
    assert shown(events, "buffer") == [("13:45", "14:00", "缓冲"), ("16:00", "16:30", "缓冲")]
    assert shown(events, "closure") == [("18:00", "20:00", "维护保养：更换灯丝")]
    assert shown(events, "shut") == [("00:00", "08:00", "未开放"), ("22:00", "00:00", "未开放")]


def test_a_finished_use_is_shown_as_long_as_it_was(here, monkeypatch, set_clock):
    row = reservation(monkeypatch, here, "in_use", at(2, "10:00"))
    set_clock(at(2, "11:00"))
    services.ReservationFlow.fire(row, "check_out", actor=here.user)
    events = queries.calendar_events(here.instrument, at(0), at(1), here.user)
    assert shown(events, "own") == [("10:00", "11:00", "我的预约")]


def test_what_was_given_back_is_not_shown(here):
    made = here.reserve(at(3, "14:00"))
    services.ReservationFlow.fire(made, "cancel", actor=here.user)
    assert [e["kind"] for e in queries.calendar_events(here.instrument, at(3), at(4), here.user)] == ["shut", "shut"]


def test_a_span_of_years_is_cut(here):
    events = queries.calendar_events(here.instrument, at(0), at(2000), here.user)
    assert len([e for e in events if e["kind"] == "shut"]) == 94


def test_a_timeline_takes_as_many_queries_for_twenty_instruments_as_for_one(here, django_assert_num_queries):
    others = [catalog.instrument(unit=here.instrument.organization, managers=(here.manager,)) for _ in range(20)]
    for number, instrument in enumerate([here.instrument, *others]):
        rules(instrument, hours=ALWAYS)
        if number:
            here.user.qualifications.create(instrument=instrument, level=2, granted_by=here.manager)
        here.reserve(at(3, "8:00"), instrument=instrument)
    stranger = person()
    for instruments in ([here.instrument], [here.instrument, *others]):
        stranger.__dict__.pop("_managed_instruments", None)
        with django_assert_num_queries(4):
            events = queries.timeline(instruments, at(0), at(7), stranger)
        assert len([e for e in events if e["kind"] == "other"]) == len(instruments)


# ── free time ──


def test_free_slots_leave_room_for_bookings_their_buffers_and_ones_own(here):
    rules(here.instrument, buffer_before_minutes=30, buffer_after_minutes=30)
    here.reserve(at(3, "14:00"), 60)
    assert clocks(queries.free_slots(here.instrument, at(3).date())) == [("08:00", "13:00"), ("16:00", "22:00")]
    here.reserve(at(3, "12:00"), 60)  # exactly what was said to be free
    assert clocks(queries.free_slots(here.instrument, at(3).date())) == [("08:00", "11:00"), ("16:00", "22:00")]


def test_what_is_past_or_too_short_is_not_free(here, set_clock):
    rules(here.instrument, min_minutes=60)
    here.reserve(at(0, "14:00"), 420)
    assert clocks(queries.free_slots(here.instrument, at(0).date())) == [("12:00", "14:00"), ("21:00", "22:00")]
    set_clock(at(0, "13:15"))
    assert clocks(queries.free_slots(here.instrument, at(0).date())) == [("21:00", "22:00")]


def test_closures_are_not_free_and_a_broken_instrument_has_nothing_free(here):
    during = DateTimeTZRange(at(3, "10:00"), at(3, "20:00"))
    services.close(instrument=here.instrument, during=during, reason="检修", actor=here.manager)
    assert clocks(queries.free_slots(here.instrument, at(3).date())) == [("08:00", "10:00"), ("20:00", "22:00")]
    here.instrument.running_status = "faulty"
    assert queries.free_slots(here.instrument, at(3).date()) == []


def test_every_slot_said_to_be_free_can_be_booked(here):
    rules(here.instrument, buffer_before_minutes=15, buffer_after_minutes=20, slot_minutes=5, min_minutes=5)
    for start in ("9:00", "12:10", "18:45"):
        here.reserve(at(3, start), 50)
    for start, end in queries.free_slots(here.instrument, at(3).date()):
        answers = queries.check_booking(**here.wish(start) | {"ends_at": min(end, start + timedelta(hours=8))})
        assert [a.rule for a in answers if a.state == "fail"] == []


def test_the_nearest_free_place_keeps_notice_horizon_and_grid(here):
    rules(here.instrument, min_notice_minutes=130, horizon_days=1)
    hour = timedelta(hours=1)
    assert queries.nearest_free(here.instrument, hour, at(0, "8:00")) == (at(0, "14:30"), at(0, "15:30"))
    here.reserve(at(0, "14:30"), 450)
    assert queries.nearest_free(here.instrument, hour, at(0, "8:00")) == (at(1, "8:00"), at(1, "9:00"))
    assert queries.nearest_free(here.instrument, hour, at(2, "8:00")) is None
    assert queries.nearest_free(here.instrument, timedelta(hours=15), at(0, "8:00")) is None


def test_a_moving_booking_is_not_in_its_own_way(here):
    made = here.reserve(at(1, "8:00"), 120)
    assert queries.nearest_free(here.instrument, timedelta(hours=2), at(1, "8:00"), leaving=made) == (
        at(1, "8:00"),
        at(1, "10:00"),
    )


def test_a_day_scale_has_open_free_and_closed_parts(here, django_assert_num_queries):
    here.reserve(at(1, "9:00"), 60)
    during = DateTimeTZRange(at(1, "18:00"), at(1, "20:00"))
    services.close(instrument=here.instrument, during=during, reason="检修", actor=here.manager)
    others = [catalog.instrument(unit=here.instrument.organization) for _ in range(3)]
    with django_assert_num_queries(2):
        scales = queries.day_scales([here.instrument, *others], at(1).date())
    scale = scales[here.instrument.pk]
    assert clocks(scale.open_ranges) == [("08:00", "22:00")]
    assert clocks(scale.free_ranges) == [("08:00", "09:00"), ("10:00", "18:00"), ("20:00", "22:00")]
    assert clocks(scale.closed_ranges) == [("18:00", "20:00")]
    assert (scale.now, scale.free_hours) == (None, 11.0)
    assert queries.day_scales([here.instrument], at(0).date())[here.instrument.pk].now == at(0, "12:00")


def test_an_unfitting_length_has_no_first_fit():
    assert first_fit([], timedelta(hours=1), 30, at(0)) is None


# ── the desk ──


def test_the_desk_shows_what_waits_on_the_managers_instruments_only(here):
    other = another(here, level=Level.NORMAL)
    pending = here.reserve(at(3, "8:00"), user=other, actor=other)
    here.reserve(at(4, "8:00"))
    elsewhere = place(level=Level.NORMAL)
    elsewhere.reserve(at(3, "8:00"))
    assert list(queries.pending_for(here.manager)) == [pending]
    assert list(queries.pending_for(here.user)) == []
    assert queries.pending_for(person(is_staff=True)).count() == 2


def test_today_and_overtime(here, monkeypatch, set_clock):
    row = here.reserve(at(0, "13:00"), 60)
    late = here.reserve(at(0, "20:00"), 60)
    here.reserve(at(1, "8:00"))
    set_clock(at(0, "13:00"))
    services.ReservationFlow.fire(row, "check_in", actor=here.user)
    assert list(queries.today_of(here.manager)) == [row, late]
    assert list(queries.overtime_of(here.manager)) == []
    set_clock(at(0, "14:18"))
    assert [queries.overtime_minutes(r) for r in queries.overtime_of(here.manager)] == [18]
    stats = queries.stats(here.manager)
    assert (stats.pending, stats.overtime, stats.in_use, stats.today, stats.today_hours) == (0, 1, 1, 2, Decimal("2.0"))
    assert (stats.instruments, stats.running["in_use"], stats.running["online"]) == (1, 1, 0)


def test_stats_count_pending_and_no_shows_of_the_week(here, set_clock):
    other = another(here, level=Level.NORMAL)
    pending = here.reserve(at(9, "8:00"), user=other, actor=other)
    row = here.reserve(at(0, "13:00"), 60)
    set_clock(at(0, "13:30"))
    services.ReservationFlow.fire(row, "miss", actor=SYSTEM)
    stats = queries.stats(here.manager)
    assert (stats.pending, stats.oldest_pending_at, stats.no_shows_this_week) == (1, pending.created_at, 1)


def test_what_a_closure_would_hit(here):
    inside = here.reserve(at(3, "8:00"), 60)
    here.reserve(at(3, "12:00"), 60)
    during = DateTimeTZRange(at(3, "8:30"), at(3, "12:00"))
    assert list(queries.hit_by(here.instrument, during)) == [inside]
    assert queries.hit_by(here.instrument, DateTimeTZRange(at(3), None)).count() == 2
    assert Reservation.objects.holding().count() == 2


def test_the_estimate_is_shown_line_by_line_before_booking(here):
    wish = here.wish(at(3, "14:00"), 90)
    del wish["actor"]
    found = queries.estimate_of(**wish)
    assert (found.total, [line.amount for line in found.lines]) == (Decimal("450.00"), [Decimal("450.00")])
    assert queries.estimate_of(**wish | {"account": None}) is None
    assert queries.estimate_of(**wish | {"ends_at": wish["starts_at"]}) is None
