"""Registering an instrument by program: every field, the same rules as the page, the steps of its process."""

import pytest

from gongyi.audit.models import AuditEvent
from gongyi.catalog.models import Instrument
from gongyi.catalog.registration import FIELDS
from tests.factories.accounts import person
from tests.factories.catalog import REGISTERED, registered
from tests.factories.organizations import department, organization, unit_admin
from tests.factories.reviews import innovation_platform

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    return organization("望江大学", code="WJU")


@pytest.fixture
def owner(call, unit):
    return call(unit_admin(unit))


def complete(unit, **more):
    """Everything that is asked, in the API's names."""
    plain = {name: value for name, value in REGISTERED.items() if not name.endswith("_id")}
    plain |= {"original_value": "1450000.00", "booked_on": "2024-05-20"}
    return {
        **plain, "name": "场发射扫描电镜", "class_code": "010102", "region_code": "330106",
        "department_id": department(unit, "材料学院").pk, "organization_id": unit.pk,
        "staff": [{"role": "operator", "name": "郑一帆", "phone": "13900000002"}], **more,
    }  # fmt: skip


def patch(caller, path, data):
    return caller.client.patch(f"/api/v1{path}", data, content_type="application/json", headers=caller.headers)


def test_an_instrument_is_registered_read_back_and_sent_again(owner, unit):
    answer = owner.post("/instruments", complete(unit))
    assert answer.status_code == 201
    body = answer.json()
    assert (body["status"], body["original_value"], body["staff"][0]["name"]) == ("draft", "1450000.00", "郑一帆")
    assert [item["field"] for item in body["missing"]] == ["photos"]
    read = owner.get(f"/instruments/{body['id']}/registration").json()
    assert read == body
    names = {"instrument_class": "class_code", "region": "region_code", "department": "department_id",
             "service_fields": "service_field_ids", "innovation_platforms": "innovation_platform_ids"}  # fmt: skip
    sendable = {key: body[key] for key in (names.get(name, name) for name in FIELDS)} | {"staff": body["staff"]}
    again = patch(owner, f"/instruments/{body['id']}", sendable)
    assert (again.status_code, again.json()) == (200, body)
    assert not AuditEvent.objects.filter(what="修改仪器资料").exists()


def test_a_name_is_enough_and_what_is_missing_is_told(owner, unit):
    body = owner.post("/instruments", {"organization_id": unit.pk, "name": "拉曼光谱仪"}).json()
    assert {"class_code", "photos"} & {item["field"] for item in body["missing"]} == {"photos"}
    refused = owner.post(f"/instruments/{body['id']}/steps/submit")
    assert (refused.status_code, refused.json()["code"]) == (409, "incomplete")


def test_one_field_is_changed_and_recorded_and_the_others_stay(owner, unit):
    made = registered(unit=unit, status="approved", department=department(unit))
    answer = patch(owner, f"/instruments/{made.pk}", {"floor": "3 层"})
    assert (answer.status_code, answer.json()["floor"], answer.json()["model"]) == (200, "3 层", "GeminiSEM 300")
    assert AuditEvent.objects.get(what="修改仪器资料").after == {"楼层": "3 层"}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"postcode": "12"}, "邮政编码是 6 位数字"),
        ({"class_code": "999999"}, "999999"),
        ({"contact_phone": "1"}, "电话应为"),
        ({"original_value": "-3.333"}, "两位小数"),
        ({"staff": [{"name": "没有电话"}]}, "电话"),
        ({"department_id": 1}, "院系"),
        ({"floor": None}, "楼层"),
    ],
)
def test_wrong_input_is_a_sentence_by_field(owner, unit, change, sentence):
    made = registered(unit=unit, status="approved", department=department(unit))
    answer = patch(owner, f"/instruments/{made.pk}", change)
    assert (answer.status_code, sentence in answer.json()["detail"]) == (422, True)
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize(
    "change", [{"carrier_type": "moon"}, {"unknown": 1}, {"booked_on": "gestern"}, {"name": "长" * 101}]
)
def test_what_does_not_fit_the_schema_is_422(owner, unit, change):
    made = registered(unit=unit, department=department(unit))
    assert patch(owner, f"/instruments/{made.pk}", change).status_code == 422


def test_platforms_or_none(owner, unit):
    """S2-17."""
    platform = innovation_platform(unit, status="approved")
    made = registered(unit=unit, department=department(unit))
    both = patch(owner, f"/instruments/{made.pk}", {"innovation_platform_ids": [platform.pk]})
    assert both.status_code == 422
    one = patch(owner, f"/instruments/{made.pk}", {"innovation_platform_ids": [platform.pk], "no_platform": False})
    assert one.json()["innovation_platform_ids"] == [platform.pk]


def test_the_life_cycle_comes_by_its_steps(owner, unit):
    made = registered(unit=unit, department=department(unit))
    assert owner.post(f"/instruments/{made.pk}/steps/submit").json()["status"] == "pending"
    closed = patch(owner, f"/instruments/{made.pk}", {"floor": "3 层"})
    assert (closed.status_code, closed.json()["code"]) == (409, "pending")
    assert owner.post(f"/instruments/{made.pk}/steps/withdraw").json()["status"] == "withdrawn"
    Instrument.objects.update(status="approved")
    offered = owner.get(f"/instruments/{made.pk}/steps").json()["items"]
    assert [step["name"] for step in offered] == ["disable", "scrap"]
    assert owner.post(f"/instruments/{made.pk}/steps/disable", {}).status_code == 422
    assert owner.post(f"/instruments/{made.pk}/steps/disable", {"reason": "搬迁"}).json()["status"] == "disabled"


def test_strangers_find_nothing(call, unit):
    made = registered(unit=unit, status="approved", department=department(unit))
    stranger = call(person())
    assert stranger.get(f"/instruments/{made.pk}/registration").status_code == 404
    assert patch(stranger, f"/instruments/{made.pk}", {"floor": "3 层"}).status_code == 404
    assert stranger.post("/instruments", {"organization_id": unit.pk, "name": "X"}).status_code == 404
    assert stranger.post(f"/instruments/{made.pk}/steps/disable", {"reason": "x"}).status_code == 404
    assert call().get(f"/instruments/{made.pk}/registration").status_code == 401


def test_the_schema_describes_every_field(client):
    schema = client.get("/api/v1/openapi.json").json()["components"]["schemas"]["InstrumentInput"]["properties"]
    assert schema["technical_specs"]["description"] == "主要技术指标"
    assert len(schema) >= len(FIELDS)
