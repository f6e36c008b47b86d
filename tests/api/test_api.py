"""The API from a client's side: booking, reading, steps, tokens, and sentences for everything that may not be."""

import pytest

from gongyi.ledger.models import PaymentAccount
from gongyi.reservations.models import Reservation
from tests.factories import accounts
from tests.factories.reservations import another, at, reservation

pytestmark = pytest.mark.django_db


def wish(here, starts="14:00", ends="16:00", **more):
    return {
        "instrument_id": here.instrument.pk,
        "starts_at": at(3, starts).isoformat(),
        "ends_at": at(3, ends).isoformat(),
        "account_id": here.account.pk,
        "purpose": "形貌观察",
        **more,
    }


def test_a_reservation_is_made_with_hold_and_answer_201(booker, here):
    answer = booker.post("/reservations", wish(here))
    assert answer.status_code == 201
    body = answer.json()
    assert (body["status"], body["status_label"], body["purpose"]) == ("valid", "有效", "形貌观察")
    here.account.refresh_from_db()
    assert str(here.account.held) == body["estimate"]
    assert booker.get(f"/reservations/{body['id']}").json() == body


def test_a_taken_slot_answers_409_with_every_rule(booker, here):
    booker.post("/reservations", wish(here))
    answer = booker.post("/reservations", wish(here, "15:00", "17:00"))
    assert answer.status_code == 409
    rules = {rule["rule"]: rule for rule in answer.json()["rules"]}
    assert rules["free"]["state"] == "fail"
    assert rules["free"]["remedy"]
    assert {rule["state"] for name, rule in rules.items() if name != "free"} == {"pass"}
    assert Reservation.objects.count() == 1


def test_the_dry_run_answers_every_rule_and_books_nothing(booker, here):
    data = {"starts_at": at(3, "14:00").isoformat(), "ends_at": at(3, "14:00").isoformat()}
    assert booker.post(f"/instruments/{here.instrument.pk}/reservations/check", data).json()["bookable"] is False
    data["ends_at"] = at(3, "16:00").isoformat()
    body = booker.post(f"/instruments/{here.instrument.pk}/reservations/check", data).json()
    assert body["bookable"] is True
    assert {"qualification", "free", "balance"} <= {rule["rule"] for rule in body["rules"]}
    assert not Reservation.objects.exists()


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"starts_at": "tomorrow"}, 422),
        ({"ends_at": None}, 422),
        ({"instrument_id": 0}, 422),
        ({"instrument_id": 2**70}, 422),
        ({"instrument_id": 999999}, 404),
        ({"account_id": 999999}, 422),
        ({"purpose": "长" * 301}, 422),
        ({"colour": "blue"}, 422),
        ({"purpose": "a\x00b"}, 400),
    ],
)
def test_wrong_input_is_refused_with_a_sentence(booker, here, change, status):
    answer = booker.post("/reservations", wish(here) | change)
    assert answer.status_code == status
    if status != 400:
        assert answer.json()["detail"]
    assert not Reservation.objects.exists()


def test_the_same_key_and_body_book_once_and_get_the_same_answer(booker, here):
    first = booker.post("/reservations", wish(here), **{"Idempotency-Key": "k-1"})
    again = booker.post("/reservations", wish(here), **{"Idempotency-Key": "k-1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Reservation.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(booker, here):
    booker.post("/reservations", wish(here), **{"Idempotency-Key": "k-1"})
    answer = booker.post("/reservations", wish(here, "17:00", "18:00"), **{"Idempotency-Key": "k-1"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "key_reused"
    assert Reservation.objects.count() == 1


def test_a_refusal_is_repeated_under_its_key_and_leaves_nothing(booker, here):
    booker.post("/reservations", wish(here))
    first = booker.post("/reservations", wish(here), **{"Idempotency-Key": "k-2"})
    Reservation.objects.all().delete()
    again = booker.post("/reservations", wish(here), **{"Idempotency-Key": "k-2"})
    assert (first.status_code, again.status_code) == (409, 409)
    assert again.json() == first.json()


def test_two_people_may_use_the_same_key(call, here):

    other = call(another(here))
    assert call(here.user).post("/reservations", wish(here), **{"Idempotency-Key": "k"}).status_code == 201
    assert other.post("/reservations", wish(here, "16:00", "17:00"), **{"Idempotency-Key": "k"}).status_code == 201


def test_steps_say_what_may_be_done_and_are_taken(booker, manager, here, monkeypatch):

    made = reservation(monkeypatch, here, "pending")
    names = {step["name"]: step for step in manager.get(f"/reservations/{made.pk}/steps").json()}
    assert names["approve"]["allowed"] is True
    assert names["reject"]["fields"][0]["name"] == "reason"
    assert "approve" not in {step["name"] for step in booker.get(f"/reservations/{made.pk}/steps").json()}
    assert manager.post(f"/reservations/{made.pk}/steps/reject", {}).status_code == 422
    answer = manager.post(f"/reservations/{made.pk}/steps/reject", {"reason": "样品有磁性"})
    assert answer.status_code == 200, answer.json()
    assert answer.json()["status"] == "rejected"
    again = manager.post(f"/reservations/{made.pk}/steps/reject", {"reason": "样品有磁性"})
    assert again.status_code == 409
    assert "无需重复操作" in again.json()["detail"]


def test_what_one_may_not_see_is_404(call, here, booker):
    made = booker.post("/reservations", wish(here)).json()["id"]
    other = call(accounts.person("路人"))
    assert other.get(f"/reservations/{made}").status_code == 404
    assert other.get(f"/reservations/{made}/steps").status_code == 404
    assert other.post(f"/reservations/{made}/steps/cancel").status_code == 404
    assert other.get(f"/payment-accounts/{here.account.pk}").status_code == 404
    assert other.get(f"/payment-accounts/{here.account.pk}/entries").status_code == 404
    assert other.post(f"/instruments/{here.instrument.pk}/heartbeat").status_code == 404
    assert other.get("/reservations").json()["items"] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/reservations"),
        ("get", "/payment-accounts"),
        ("post", "/reservations"),
        ("post", "/instruments/1/heartbeat"),
        ("post", "/instruments/1/reservations/check"),
    ],
)
def test_strangers_are_asked_for_a_token(stranger, method, path):
    answer = getattr(stranger, method)(path)
    assert answer.status_code == 401
    assert "令牌" in answer.json()["detail"]


def test_visitors_may_read_instruments_and_calendars_with_masked_names(stranger, booker, here):
    from gongyi.catalog.services import index

    index([here.instrument])
    booker.post("/reservations", wish(here))
    listed = stranger.get("/instruments", q="透射")
    assert [item["id"] for item in listed.json()["items"]] == [here.instrument.pk]
    assert stranger.get(f"/instruments/{here.instrument.pk}").json()["prices"]
    week = stranger.get(f"/instruments/{here.instrument.pk}/calendar", start=at(0).date(), end=at(7).date())
    assert week.status_code == 200
    assert here.user.name not in week.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        {"start": "x", "end": "y"},
        {"start": "2026-11-21", "end": "2026-11-20"},
        {"start": "2026-01-01", "end": "2027-01-01"},
    ],
)
def test_a_calendar_period_that_makes_no_sense_is_refused(stranger, here, query):
    answer = stranger.get(f"/instruments/{here.instrument.pk}/calendar", **query)
    assert answer.status_code == 422
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    "query", [{"page": 0}, {"page_size": 1000}, {"page": 9999}, {"sort": "x"}, {"mode": "x"}, {"class_code": "abc"}]
)
def test_a_list_refuses_what_it_cannot_answer(stranger, here, query):
    assert stranger.get("/instruments", **query).status_code == 422


def test_a_token_is_exchanged_for_a_password_and_used(client, stranger):
    user = accounts.person("林知远", password="gongyi-demo")
    answer = stranger.post("/token", {"identifier": user.phone, "password": "gongyi-demo"})
    assert answer.status_code == 200
    headers = {"Authorization": f"Bearer {answer.json()['token']}"}
    assert client.get("/api/v1/reservations", headers=headers).status_code == 200
    assert stranger.post("/token", {"identifier": user.phone, "password": "wrong"}).status_code == 401
    outcomes = user.login_records.order_by("pk").values_list("outcome", flat=True)
    assert list(outcomes) == ["password", "wrong_password"]


def test_ten_wrong_passwords_lock_the_token_door_too(stranger):
    user = accounts.person("林知远", password="gongyi-demo")
    for _try in range(10):
        stranger.post("/token", {"identifier": user.phone, "password": "wrong"})
    answer = stranger.post("/token", {"identifier": user.phone, "password": "gongyi-demo"})
    assert answer.status_code == 429
    assert answer.json()["detail"]


def test_a_heartbeat_brings_an_instrument_online(manager, here):
    here.instrument.running_status = "offline"
    here.instrument.save()
    body = manager.post(f"/instruments/{here.instrument.pk}/heartbeat").json()
    assert body["running_status"] == "online"


def test_accounts_and_entries_show_money_as_text(booker, here):
    booker.post("/reservations", wish(here))
    listed = booker.get("/payment-accounts").json()["items"]
    assert listed == [booker.get(f"/payment-accounts/{here.account.pk}").json()]
    account = PaymentAccount.objects.get(pk=here.account.pk)
    assert listed[0]["held"] == str(account.held)
    entries = booker.get(f"/payment-accounts/{here.account.pk}/entries").json()["items"]
    assert {entry["kind"] for entry in entries} == {"hold", "top_up"}


def test_lists_take_the_same_number_of_queries_for_one_row_and_for_thirty(booker, here, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def count():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert booker.get("/reservations").status_code == 200
        return len(captured)

    booker.post("/reservations", wish(here, "8:00", "8:30"))
    count()
    one = count()
    for hour in range(9, 21):
        assert booker.post("/reservations", wish(here, f"{hour}:00", f"{hour}:30")).status_code == 201
    assert count() == one


def test_the_description_and_its_page_are_served_from_here(client):
    schema = client.get("/api/v1/openapi.json").json()
    assert "/api/v1/reservations" in schema["paths"]
    page = client.get("/api/v1/docs").content.decode()
    assert "cdn" not in page
    assert "http://" not in page.replace("http://testserver", "")


def test_a_session_needs_the_forgery_token(here):
    from django.test import Client

    browser = Client(enforce_csrf_checks=True)
    browser.force_login(here.user, backend="gongyi.accounts.backends.AnyIdentifierBackend")
    assert browser.get("/api/v1/reservations").status_code == 200
    answer = browser.post("/api/v1/reservations", "{}", content_type="application/json")
    assert answer.status_code == 403
