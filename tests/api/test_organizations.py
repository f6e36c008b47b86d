"""Organizations through the API: public ones, certificates valid today, one's own unit's data."""

from datetime import timedelta

import pytest
from django.utils import timezone

from gongyi.organizations.models import Certificate, Organization, Participation, UnitProfile
from tests.factories.organizations import member, organization, unit_admin

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    unit = organization("澄湖质检中心", kind="testing_institution", region_id="320508", phone="0512-68704400")
    UnitProfile.objects.create(organization=unit, business_types=["inspection"], bank_account_no="6222021234")
    Participation.objects.create(organization=unit, capacity="service_institution", since=timezone.now())
    today = timezone.localdate()
    for number, left in (("L2874", 58), ("L0001", -1), ("L0002", 0)):
        Certificate.objects.create(
            organization=unit, nature="cnas", grade="national", number=number, expires_on=today + timedelta(days=left)
        )
    return unit


def names(answer):
    return [item["name"] for item in answer.json()["items"]]


def test_everybody_reads_a_public_organization_with_the_certificates_valid_today(call, unit):
    body = call().get(f"/organizations/{unit.pk}").json()

    assert (body["name"], body["business_types"]) == ("澄湖质检中心", ["inspection"])
    assert [row["number"] for row in body["certificates"]] == ["L0002", "L2874"]
    assert [row["number"] for row in call().get(f"/organizations/{unit.pk}/certificates").json()["items"]] == [
        "L0002",
        "L2874",
    ]
    assert "6222021234" not in str(body)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, True), ({"q": "质检"}, True), ({"q": "没有"}, False), ({"kind": "university"}, False), ({"region_code": "320000"}, True),
        ({"region_code": "330000"}, False), ({"business_type": "inspection"}, True), ({"business_type": "metrology"}, False),
        ({"capacity": "service_institution"}, True), ({"capacity": "network_unit"}, False),
    ],
)  # fmt: skip
def test_the_list_is_narrowed(call, unit, query, found):
    assert names(call().get("/organizations", **query)) == (["澄湖质检中心"] if found else [])


@pytest.mark.parametrize("query", [{"kind": "bank"}, {"region_code": "x"}, {"capacity": "?"}])
def test_wrong_conditions_are_said(call, unit, query):
    assert call().get("/organizations", **query).status_code == 422


def test_a_suspended_unit_is_not_there_for_others(call, unit):
    own = member(unit)
    Organization.objects.filter(pk=unit.pk).update(status="suspended")

    assert call().get(f"/organizations/{unit.pk}").status_code == 404
    assert names(call().get("/organizations")) == []
    assert call(own).get(f"/organizations/{unit.pk}").status_code == 200


def test_its_people_read_their_own_unit_and_others_do_not(call, unit):
    body = call(member(unit)).get(f"/organizations/{unit.pk}/profile").json()

    assert {row["number"]: row["standing"] for row in body["certificates"]} == {
        "L2874": "expiring", "L0001": "expired", "L0002": "expiring",
    }  # fmt: skip
    assert body["may_change"] is False
    assert body["capacities"][0]["capacity"] == "service_institution"
    assert call(unit_admin(unit)).get(f"/organizations/{unit.pk}/profile").json()["may_change"] is True
    assert call(unit_admin(organization())).get(f"/organizations/{unit.pk}/profile").status_code == 404
    assert call().get(f"/organizations/{unit.pk}/profile").status_code == 401
