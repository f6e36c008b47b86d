"""Capabilities through the API: what strangers read, what keepers write, many at once, and the steps."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from gongyi.offerings.models import Capability
from tests.factories import offerings
from tests.factories.organizations import organization, unit_admin

pytestmark = pytest.mark.django_db
LINE = {"subject": "金属材料", "parameter": "抗拉强度", "standard_no": "GBT 228.1-2021"}


@pytest.fixture
def lab():
    return organization("澄湖质检中心")


@pytest.fixture
def keeper(lab):
    return unit_admin(lab)


@pytest.fixture
def other(lab):
    return offerings.certificate(lab, "苏质检(2021)017", nature="other")


def patch(caller, path, data):
    return caller.client.patch(
        f"/api/v1{path}", json.dumps(data), content_type="application/json", headers=caller.headers
    )


def test_strangers_read_what_is_shown_and_keepers_read_all(call, lab, keeper, other):
    shown = offerings.capability(lab, certificate=other)
    gone = offerings.capability(lab, "铜", certificate=other, status="cancelled")
    address = f"/organizations/{lab.pk}/capabilities"
    assert [row["id"] for row in call().get(address).json()["items"]] == [shown.pk]
    assert {row["id"] for row in call(keeper).get(address).json()["items"]} == {shown.pk, gone.pk}
    body = call().get(f"/capabilities/{shown.pk}").json()
    assert (body["standing"], body["orderable"], body["certificate"]["number"]) == ("valid", True, other.number)
    assert call().get(f"/capabilities/{gone.pk}").status_code == 404
    other.expires_on = timezone.localdate() - timedelta(days=1)
    other.save()
    body = call().get(f"/capabilities/{shown.pk}").json()
    assert (body["standing"], body["orderable"]) == ("expired", False)
    assert [row["id"] for row in call().get(address, standing="expired").json()["items"]] == [shown.pk]
    assert call().get(address, standing="valid").json()["items"] == []


def test_a_line_is_added_once_changed_and_stepped(call, lab, keeper, other):
    address, me = f"/organizations/{lab.pk}/capabilities", call(keeper)
    answer = me.post(address, LINE | {"certificate_id": other.pk, "price": "200.00"})
    assert answer.status_code == 201, answer.json()
    key = answer.json()["id"]
    assert answer.json()["standard_no"] == "GB/T 228.1-2021"
    again = me.post(address, LINE | {"certificate_id": other.pk})
    assert (again.status_code, again.json()["code"]) == (409, "taken")
    assert patch(me, f"/capabilities/{key}", {"price": "260.00"}).json()["price"] == "260.00"
    assert patch(me, f"/capabilities/{key}", {"standard_no": "GB/T 228.1"}).status_code == 422
    assert patch(me, f"/capabilities/{key}", {"nature": "calibration"}).status_code == 422
    assert [step["name"] for step in me.get(f"/capabilities/{key}/steps").json()] == ["suspend", "cancel"]
    assert me.post(f"/capabilities/{key}/steps/suspend").status_code == 422  # without a reason
    assert me.post(f"/capabilities/{key}/steps/suspend", {"reason": "送检"}).json()["standing"] == "suspended"
    assert me.post(f"/capabilities/{key}/steps/resume").json()["standing"] == "valid"


def test_what_is_not_ones_own_is_not_there(call, lab, other):
    row = offerings.capability(lab, certificate=other)
    stranger = call(unit_admin(organization("启衡检测")))
    assert stranger.post(f"/organizations/{lab.pk}/capabilities", LINE).status_code == 404
    assert patch(stranger, f"/capabilities/{row.pk}", {"price": "1"}).status_code == 404
    assert stranger.post(f"/capabilities/{row.pk}/steps/cancel", {"reason": "x"}).status_code == 404
    assert stranger.get(f"/capabilities/{row.pk}/steps").status_code == 404
    assert call().post(f"/organizations/{lab.pk}/capabilities", LINE).status_code == 401


def test_many_lines_each_have_their_result(call, lab, keeper, other):
    address, me = f"/organizations/{lab.pk}/capabilities/bulk", call(keeper)
    good = LINE | {"certificate": other.number, "price": 200}
    items = [good, good | {"parameter": "屈服强度", "standard_no": "GB/T 228.1"}, good | {"colour": "red"}, good]
    answer = me.post(address, {"kind": "tests", "items": items}).json()
    assert [row["result"] for row in answer["results"]] == ["created", "error", "error", "error"]
    assert answer["results"][1]["problems"][0]["field"] == "standard_no"
    assert answer["results"][2]["problems"][0]["field"] == "colour"
    assert "第" in answer["results"][3]["problems"][0]["problem"]  # said before
    assert Capability.objects.get().pk == answer["results"][0]["id"]
    answer = me.post(address, {"kind": "tests", "items": [good, good | {"parameter": "屈服强度"}]}).json()
    assert [row["result"] for row in answer["results"]] == ["unchanged", "created"]
    answer = me.post(address, {"kind": "tests", "items": [good | {"price": 300}]}).json()
    assert answer["counts"]["changed"] == 1


def test_in_one_piece_nothing_is_written_with_one_bad_line(call, lab, keeper, other):
    address, me = f"/organizations/{lab.pk}/capabilities/bulk", call(keeper)
    line = {
        "certificate": other.number, "nature": "calibration", "subject": "电子天平", "measuring_range": "30 kg", "accuracy": "U=1 mg",
        "standard_no": "JJF 1847-2020", "authorized_area": "全国", "authorization_category": "special",
    }  # fmt: skip
    bad = line | {"subject": "砝码", "standard_no": "方法"}
    answer = me.post(address, {"kind": "metrology", "mode": "atomic", "items": [line, bad]})
    assert answer.status_code == 422
    assert [row["result"] for row in answer.json()["results"]] == ["not_written", "error"]
    assert not Capability.objects.exists()
    assert me.post(address, {"kind": "metrology", "mode": "atomic", "items": [line]}).json()["counts"]["created"] == 1
    assert Capability.objects.get().nature == "calibration"
