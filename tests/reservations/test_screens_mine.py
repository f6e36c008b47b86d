"""My bookings and uses: lists, exports, calendar files, the private feed, the slip, and use at the instrument."""

from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar
from python_calamine import CalamineWorkbook

from gongyi.reservations.models import CalendarFeed, Reservation
from gongyi.reservations.workflow import ReservationFlow
from tests.factories.reservations import another, at, place, reservation, rules
from tests.reservations.test_screens_booking import signed_in

pytestmark = pytest.mark.django_db


def rows_of(answer) -> list[list]:
    return CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0).to_python()


def test_mine_lists_own_bookings_only_and_filters_them():
    here = place()
    mine, gone = here.reserve(at(2, "10:00"), purpose="断口形貌"), here.reserve(at(3, "10:00"))
    other = another(here)
    theirs = here.reserve(at(4, "10:00"), user=other, actor=other)
    client, address = signed_in(here.user), reverse("reservations:mine")
    page = client.get(address).content.decode()
    assert mine.number in page
    assert theirs.number not in page
    page = client.get(address, {"q": "断口"}).content.decode()
    assert mine.number in page
    assert gone.number not in page
    assert mine.number not in client.get(address, {"status": "cancelled"}).content.decode()
    assert "没有符合条件的预约" in client.get(address, {"status": "cancelled"}).content.decode()


def test_mine_exports_what_the_filter_shows():
    here = place()
    made = here.reserve(at(2, "10:00"))
    sheet = rows_of(signed_in(here.user).get(reverse("reservations:mine"), {"export": "xlsx"}))
    assert sheet[0][:3] == ["预约编号", "仪器", "使用时段"]
    assert sheet[1][0] == made.number
    assert sheet[1][4] == 300.0


def test_usage_shows_start_end_and_length(monkeypatch):
    here = place()
    used = reservation(monkeypatch, here, "completed", at(-2, "10:00"), 90)
    page = signed_in(here.user).get(reverse("reservations:usage")).content.decode()
    assert used.instrument.name in page
    assert "1 小时 30 分" in page


def test_a_booking_as_an_ics_file():
    here = place()
    made = here.reserve(at(2, "10:00"), 120, purpose="形貌")
    answer = signed_in(here.user).get(reverse("reservations:ics", args=[made.pk]))
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert answer["Content-Type"].startswith("text/calendar")
    assert event.decoded("dtstart") == made.starts_at
    assert event.decoded("dtend") == made.ends_at
    assert (str(event["summary"]), str(event["status"])) == ("场发射透射电子显微镜", "CONFIRMED")
    assert str(event["uid"]).startswith(made.number)


def test_strangers_get_no_ics_file():
    here = place()
    made = here.reserve(at(2, "10:00"))
    assert signed_in(another(here)).get(reverse("reservations:ics", args=[made.pk])).status_code == 404


def test_the_feed_needs_its_secret_and_a_new_one_ends_the_old():
    here = place()
    made = here.reserve(at(2, "10:00"))
    client = signed_in(here.user)
    client.post(reverse("reservations:replace_feed"))
    old = reverse("reservations:feed", args=[CalendarFeed.objects.get().secret])
    assert made.number in Client().get(old).content.decode()
    assert Client().get(reverse("reservations:feed", args=["x" * 43])).status_code == 404
    client.post(reverse("reservations:replace_feed"))
    assert Client().get(old).status_code == 404
    client.post(reverse("reservations:replace_feed"), {"stop": "1"})
    assert not CalendarFeed.objects.exists()


def test_the_feed_leaves_out_what_was_cancelled_and_people_who_left():
    here = place()
    made = here.reserve(at(2, "10:00"))
    feed = CalendarFeed.objects.create(user=here.user, secret="s" * 43)
    address = reverse("reservations:feed", args=[feed.secret])
    ReservationFlow.fire(made, "cancel", actor=here.user)
    assert made.number not in Client().get(address).content.decode()
    here.user.is_active = False
    here.user.save()
    assert Client().get(address).status_code == 404


def test_the_slip_carries_a_qr_code_to_the_instrument():
    here = place()
    made = here.reserve(at(2, "10:00"))
    page = signed_in(here.user).get(reverse("reservations:slip", args=[made.pk])).content.decode()
    assert "仪器预约单" in page
    assert "<svg" in page
    assert "扫码签到，提前 15 分钟可用" in page


def test_the_page_of_a_booking_offers_its_steps_with_reasons():
    here = place()
    made = here.reserve(at(2, "10:00"))
    page = signed_in(here.user).get(made.get_absolute_url()).content.decode()
    assert "还没有到签到时间。" in page
    assert "取消预约" in page
    assert "改期" in page
    assert signed_in(another(here)).get(made.get_absolute_url()).status_code == 404


def test_checking_in_and_out_at_the_instrument(set_clock):
    here = place()
    made = here.reserve(at(1, "10:00"), 60)
    set_clock(at(1, "10:05"))
    client, address = signed_in(here.user), reverse("reservations:use", args=[here.instrument.pk])
    assert 'value="check_in"' in client.get(address).content.decode()
    client.post(address, {"action": "check_in", "reservation": made.pk})
    made.refresh_from_db()
    assert made.status == "in_use"
    set_clock(at(0, "10:50"))
    client.post(address, {"action": "check_out", "reservation": made.pk, "feedback": "真空略慢"})
    made.refresh_from_db()
    assert (made.status, made.used_minutes, made.feedback) == ("completed", 45, "真空略慢")


def test_too_early_a_check_in_is_refused_with_the_time():
    here = place()
    made = here.reserve(at(2, "10:00"), 60)
    answer = signed_in(here.user).post(
        reverse("reservations:use", args=[here.instrument.pk]), {"action": "check_in", "reservation": made.pk}
    )
    assert answer.status_code == 409
    assert "还没有到签到时间。" in answer.content.decode()


def test_nobody_checks_in_for_others():
    here = place()
    made = here.reserve(at(2, "10:00"), 60)
    answer = signed_in(another(here)).post(
        reverse("reservations:use", args=[here.instrument.pk]), {"action": "check_in", "reservation": made.pk}
    )
    assert answer.status_code == 404


def test_a_free_instrument_is_used_on_the_spot():
    here = place()
    client, address = signed_in(here.user), reverse("reservations:use", args=[here.instrument.pk])
    assert "现在开始使用" in client.get(address).content.decode()
    client.post(address, {"action": "walk_up", "minutes": "60", "account": here.account.pk})
    made = Reservation.objects.get()
    assert (made.status, made.source) == ("in_use", "walk_up")


def test_a_refused_walk_up_says_why_and_keeps_what_was_typed():
    here = place(level=0)
    answer = signed_in(here.user).post(
        reverse("reservations:use", args=[here.instrument.pk]),
        {"action": "walk_up", "minutes": "60", "purpose": "测样"},
    )
    assert answer.status_code == 409
    assert "您还没有这台仪器的使用资格。" in answer.content.decode()
    assert 'value="测样"' in answer.content.decode()


def test_where_walk_up_is_not_allowed_it_is_not_offered():
    here = place()
    rules(here.instrument, walk_up=False)
    page = signed_in(here.user).get(reverse("reservations:use", args=[here.instrument.pk])).content.decode()
    assert "现在开始使用" not in page


def test_others_are_masked_at_the_instrument(set_clock):
    here = place()
    here.reserve(at(1, "10:00"), 60)
    set_clock(at(1, "8:00"))
    address = reverse("reservations:use", args=[here.instrument.pk])
    assert "林知远" not in signed_in(another(here)).get(address).content.decode()
    assert "林知远" in signed_in(here.manager).get(address).content.decode()


def test_the_desk_of_a_person_shows_what_comes_and_what_to_do():
    here = place()
    made = here.reserve(at(2, "10:00"))
    page = signed_in(here.user).get(reverse("reservations:my_desk")).content.decode()
    assert made.get_absolute_url() in page
    assert "填写上报信息" in page
    assert here.account.name in page
    assert "仪器运行状态" in page


def test_times_are_those_of_the_site():
    here = place()
    made = here.reserve(at(2, "10:00"), 60)
    day = timezone.localtime(made.starts_at)
    page = signed_in(here.user).get(reverse("reservations:mine")).content.decode()
    assert f"{day:%m-%d}" in page
    assert "10:00–11:00" in page
