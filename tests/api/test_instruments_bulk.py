"""Bulk upsert of a unit's instruments: one result a row, in part or all or nothing, and never twice."""

import pytest

from gongyi.catalog.models import Instrument
from tests.factories.accounts import person, platform_admin
from tests.factories.organizations import join, organization, unit_admin

PATH = "/instruments/bulk"


@pytest.fixture
def unit(db):
    return organization("望江大学", code="WJU", region_id="330106")


@pytest.fixture
def keeper(call, unit):
    return call(unit_admin(unit))


def body(unit, *items, **more):
    return {"organization_id": unit.pk, "items": list(items), **more}


def test_rows_are_created_changed_or_left_alone_each_with_its_result(keeper, unit):
    first = keeper.post(PATH, body(unit, {"internal_no": "A1", "name": "摇床"}, {"internal_no": "A2", "name": "冰箱"}))
    assert first.status_code == 200, first.content
    assert first.json()["counts"] == {"created": 2, "changed": 0, "unchanged": 0, "error": 0}
    again = keeper.post(
        PATH,
        body(
            unit,
            {"internal_no": "A1", "name": "摇床", "sharing_mode": 2, "original_value": 1200.5, "timed_booking": False,
             "subject_codes": ["430", "150"], "booked_on": "2018-05-20"},
            {"internal_no": "A2", "name": "冰箱"},
            {"internal_no": "A3", "name": "离心机", "booked_on": "去年", "sharing_mode": 9},
            {"name": "没有编号"},
            {"internal_no": "A4", "name": "多一项", "colour": "红"},
        ),
    ).json()  # fmt: skip
    assert [row["result"] for row in again["results"]] == ["changed", "unchanged", "error", "error", "error"]
    assert [p["field"] for row in again["results"] for p in row["problems"]] == [
        "booked_on", "sharing_mode", "internal_no", "colour",
    ]  # fmt: skip
    assert again["results"][1]["id"] == first.json()["results"][1]["id"]
    made = Instrument.objects.get(internal_no="A1")
    assert (made.sharing_mode, str(made.original_value), made.timed_booking) == ("external", "1200.50", False)
    assert (made.subject_codes, made.status, Instrument.objects.count()) == (["430", "150"], "draft", 2)


def test_all_or_nothing_writes_nothing_when_a_row_is_wrong(keeper, unit):
    answer = keeper.post(
        PATH, body(unit, {"internal_no": "A1", "name": "摇床"}, {"internal_no": "A2", "name": ""}, mode="atomic")
    )
    assert (answer.status_code, Instrument.objects.count()) == (422, 0)
    assert [row["result"] for row in answer.json()["results"]] == ["not_written", "error"]
    fine = keeper.post(PATH, body(unit, {"internal_no": "A1", "name": "摇床"}, mode="atomic"))
    assert (fine.status_code, Instrument.objects.count()) == (200, 1)


def test_a_repeated_request_with_its_key_is_answered_from_what_is_kept(keeper, unit):
    wish = body(unit, {"internal_no": "A1", "name": "摇床"})
    first = keeper.post(PATH, wish, **{"Idempotency-Key": "k-1"})
    again = keeper.post(PATH, wish, **{"Idempotency-Key": "k-1"})
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json()["counts"]["created"] == 1


def test_a_number_said_twice_is_an_error_of_the_second_row(keeper, unit):
    answer = keeper.post(PATH, body(unit, {"internal_no": "A1", "name": "摇床"}, {"internal_no": "A1", "name": "冰箱"}))
    assert [row["result"] for row in answer.json()["results"]] == ["created", "error"]


def test_only_who_keeps_the_unit_writes_and_the_platform_publishes(call, unit):
    wish = body(unit, {"internal_no": "A1", "name": "摇床"})
    assert call(unit_admin(organization())).post(PATH, wish).status_code == 404
    assert call(join(person(), unit)).post(PATH, wish).status_code == 404
    assert call().post(PATH, wish).status_code == 401
    assert call(platform_admin()).post(PATH, wish).status_code == 200
    assert Instrument.objects.get().status == "approved"


def test_more_than_a_thousand_rows_are_refused(keeper, unit):
    items = [{"internal_no": f"A{n}", "name": "摇床"} for n in range(1001)]
    assert keeper.post(PATH, body(unit, *items)).status_code == 422
    assert keeper.post(PATH, body(unit)).status_code == 422


def test_a_thousand_rows_take_few_queries(keeper, unit, django_assert_max_num_queries):
    items = [{"internal_no": f"A{n}", "name": f"摇床{n}"} for n in range(1000)]
    with django_assert_max_num_queries(80):
        assert keeper.post(PATH, body(unit, *items)).json()["counts"]["created"] == 1000
