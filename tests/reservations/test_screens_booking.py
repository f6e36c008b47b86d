"""Choosing a time and booking it: feed, confirmation, booking form, 预约成功, moving."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gongyi.reservations.models import Qualification, Reservation
from tests.factories.accounts import report_profile
from tests.factories.reservations import another, at, place, qualified, rules

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="gongyi.accounts.backends.AnyIdentifierBackend")
    return client


def moment(value) -> str:
    return timezone.localtime(value).strftime("%Y-%m-%dT%H:%M")


def choice(starts_at, minutes=60) -> dict:
    return {"start": moment(starts_at), "end": moment(starts_at + timedelta(minutes=minutes))}


def feed(client, instrument, days=7):
    today = timezone.localdate()
    span = {"start": today.isoformat(), "end": (today + timedelta(days=days)).isoformat()}
    return client.get(reverse("reservations:calendar_events", args=[instrument.pk]), span)


def booking_form(here, starts_at, minutes=60, **typed) -> dict:
    return (
        choice(starts_at, minutes)
        | {"account": here.account.pk, "purpose": "形貌观察", "sample_notes": "粉末 4 份"}
        | typed
    )


def test_the_feed_masks_names_for_strangers_and_shows_them_to_managers():
    here = place()
    here.reserve(at(2, "10:00"), 120)
    for client, title in ((Client(), "林＊"), (signed_in(another(here)), "林＊"), (signed_in(here.manager), "林知远")):
        event = next(event for event in feed(client, here.instrument).json() if event["kind"].startswith("other"))
        assert event["title"].endswith(title)
    assert "林知远" not in feed(Client(), here.instrument).content.decode("unicode_escape")


def test_the_feed_knows_own_and_pending_bookings():
    here = place(level=Qualification.Level.NORMAL, review_normal=True)
    here.reserve(at(2, "10:00"), 120)
    kinds = {event["kind"] for event in feed(signed_in(here.user), here.instrument).json()}
    assert kinds >= {"own_pending"}


def test_the_feed_refuses_a_span_it_cannot_read():
    here = place()
    address = reverse("reservations:calendar_events", args=[here.instrument.pk])
    assert Client().get(address, {"start": "2026-13-45", "end": "x"}).status_code == 422
    assert Client().get(address, {"start": "2026-01-01", "end": "2026-12-31"}).status_code == 422


def test_a_visitor_is_sent_to_sign_in_and_back_to_the_same_selection():
    here = place()
    answer = Client().get(reverse("reservations:confirm", args=[here.instrument.pk]), choice(at(2, "14:00")), **HTMX)
    page = answer.content.decode()
    assert "去登录" in page
    assert f"next=%2Finstruments%2F{here.instrument.pk}%2F%3Fstart" in page


def test_the_dialog_answers_every_rule_with_failures_first():
    here = place(level=0)
    answer = signed_in(here.user).get(
        reverse("reservations:confirm", args=[here.instrument.pk]), choice(at(2, "14:00")), **HTMX
    )
    page = answer.content.decode()
    assert page.index("您还没有这台仪器的使用资格。") < page.index("开放时段")
    assert 'aria-disabled="true"' in page
    assert "0571-86541234" in page  # whom to ask


def test_the_dialog_keeps_the_length_when_the_start_moves():
    here = place()
    asked = choice(at(2, "14:00"), 120) | {"start": moment(at(2, "15:00")), "was": moment(at(2, "14:00"))}
    headers = HTMX | {"HTTP_HX_TARGET": "booking-check"}
    page = (
        signed_in(here.user)
        .get(reverse("reservations:confirm", args=[here.instrument.pk]), asked, **headers)
        .content.decode()
    )
    assert "15:00–17:00" in page
    assert "hx-swap-oob" in page


def test_the_dialog_offers_the_nearest_free_time():
    here = place()
    here.reserve(at(2, "10:00"), 120)
    other = another(here)
    page = (
        signed_in(other)
        .get(reverse("reservations:confirm", args=[here.instrument.pk]), choice(at(2, "10:30")), **HTMX)
        .content.decode()
    )
    assert "改约" in page
    assert f"start={moment(at(2, '12:00')).replace(':', '%3A')}" in page


def test_a_booking_is_made_and_its_next_steps_are_told():
    here = place()
    client = signed_in(here.user)
    address = reverse("reservations:book", args=[here.instrument.pk])
    answer = client.post(address, booking_form(here, at(2, "14:00")), follow=True)
    made = Reservation.objects.get()
    assert answer.redirect_chain == [(reverse("reservations:booked", args=[made.pk]), 302)]
    page = answer.content.decode()
    assert "预约成功" in page
    assert made.number in page
    assert (made.status, made.purpose, made.source) == ("valid", "形貌观察", "web")


def test_the_form_is_prefilled_with_reporting_information_and_changes_only_this_booking():
    here = place()
    report_profile(here.user, project_name="高熵合金")
    client, address = signed_in(here.user), reverse("reservations:book", args=[here.instrument.pk])
    assert 'value="高熵合金"' in client.get(address, choice(at(2, "14:00"))).content.decode()
    client.post(address, booking_form(here, at(2, "14:00"), project_name="电池材料", subject_codes=["430", "150"]))
    made = Reservation.objects.get()
    assert (made.report["project_name"], made.report["subject_codes"]) == ("电池材料", ["430", "150"])
    here.user.report_profile.refresh_from_db()
    assert here.user.report_profile.project_name == "高熵合金"


def test_what_was_typed_stays_when_the_slot_was_taken_meanwhile():
    here = place()
    here.reserve(at(2, "14:00"), 60)
    answer = signed_in(another(here)).post(
        reverse("reservations:book", args=[here.instrument.pk]),
        booking_form(here, at(2, "14:00"), purpose="截面成分线扫"),
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "截面成分线扫" in page
    assert "粉末 4 份" in page
    assert f'name="use" value="{moment(at(2, "15:00"))}/{moment(at(2, "16:00"))}"' in page


def test_the_nearest_time_is_taken_over_with_everything_typed():
    here = place()
    here.reserve(at(2, "14:00"), 60)
    other = another(here)
    client, address = signed_in(other), reverse("reservations:book", args=[here.instrument.pk])
    use = f"{moment(at(2, '15:00'))}/{moment(at(2, '16:00'))}"
    page = client.post(address, booking_form(here, at(2, "14:00"), use=use, purpose="截面成分线扫")).content.decode()
    assert "15:00–16:00" in page
    assert "截面成分线扫" in page
    assert Reservation.objects.count() == 1


def test_nobody_books_for_others_but_a_manager():
    here = place()
    other = another(here)
    address = reverse("reservations:book", args=[here.instrument.pk])
    signed_in(other).post(address, booking_form(here, at(2, "14:00"), user=here.user.pk))
    assert Reservation.objects.get().user == other
    signed_in(here.manager).post(address, booking_form(here, at(3, "14:00"), user=here.user.pk))
    made = Reservation.objects.get(user=here.user)
    assert made.source == Reservation.Source.MANAGER


def test_a_manager_overrides_waivable_rules_with_a_reason():
    here = place(max_minutes=60)
    client, address = signed_in(here.manager), reverse("reservations:book", args=[here.instrument.pk])
    form = booking_form(here, at(2, "14:00"), 180, user=here.user.pk)
    refused = client.post(address, form)
    assert refused.status_code == 422
    assert "豁免理由" in refused.content.decode()
    client.post(address, form | {"waive_reason": "样品时效短"})
    assert [waived["rule"] for waived in Reservation.objects.get().waived] == ["length"]


def test_the_booker_sees_no_way_to_override():
    here = place(max_minutes=60)
    answer = signed_in(here.user).post(
        reverse("reservations:book", args=[here.instrument.pk]),
        booking_form(here, at(2, "14:00"), 180, waive_reason="请通融"),
    )
    assert answer.status_code == 422
    assert "豁免理由" not in answer.content.decode()
    assert not Reservation.objects.exists()


def test_a_booking_is_moved_by_its_booker():
    here = place()
    made = here.reserve(at(5, "10:00"), 60)
    client, address = signed_in(here.user), reverse("reservations:move", args=[made.pk])
    shown = client.get(address, choice(at(6, "15:00")), **HTMX, HTTP_HX_TARGET="booking-check").content.decode()
    assert "可以改到这个时段" in shown
    client.post(address, choice(at(6, "15:00")))
    made.refresh_from_db()
    assert made.starts_at == at(6, "15:00")


def test_moving_onto_somebody_else_is_refused_with_the_nearest_time():
    here = place()
    made = here.reserve(at(5, "10:00"), 60)
    other = another(here)
    here.reserve(at(5, "14:00"), 60, user=other, actor=other)
    answer = signed_in(here.user).post(reverse("reservations:move", args=[made.pk]), choice(at(5, "14:00")))
    assert answer.status_code == 409
    assert "已有人预约" in answer.content.decode()
    made.refresh_from_db()
    assert made.starts_at == at(5, "10:00")


def test_people_are_found_by_managers_only():
    here = place()
    address = reverse("reservations:people_search")
    assert signed_in(here.user).get(address, {"person": "林"}).status_code == 404
    page = signed_in(here.manager).get(address, {"person": "林知"}).content.decode()
    assert f'value="{here.user.pk}"' in page
    assert "没有找到" in signed_in(here.manager).get(address, {"person": "不存在的人"}).content.decode()


def test_the_instrument_page_says_who_may_book_and_suggests_a_time():
    here = place(level=0)
    page = signed_in(here.user).get(here.instrument.get_absolute_url()).content.decode()
    assert "您还没有这台仪器的使用资格。" in page
    assert "data-booking-choice" in page
    qualified(here.instrument, here.user, by=here.manager)
    assert (
        "您还没有这台仪器的使用资格。"
        not in signed_in(here.user).get(here.instrument.get_absolute_url()).content.decode()
    )


def test_the_page_opens_the_selection_of_its_address():
    here = place()
    page = signed_in(here.user).get(here.instrument.get_absolute_url(), choice(at(2, "14:00"))).content.decode()
    assert f'"selection": {{"start": "{moment(at(2, "14:00"))}"' in page


def test_a_closed_day_is_not_offered():
    here = place(always_open=False)
    rules(here.instrument, hours=((1, 480, 1320),))
    config_page = signed_in(here.user).get(here.instrument.get_absolute_url()).content.decode()
    assert "周一 8:00–22:00" in config_page
    assert "周二</option>" not in config_page
