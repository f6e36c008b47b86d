"""Service plans and topics through the API: everybody reads what is public, the owner writes, others find nothing."""

import pytest

from gongyi.offerings.models import IndustryTopic, ServicePlan
from tests.factories import offerings
from tests.factories.accounts import platform_admin
from tests.factories.organizations import organization, unit_admin

pytestmark = pytest.mark.django_db
WHOLE = {
    "name": "紧固件验收套餐", "business_type": "inspection", "summary": "抗拉与硬度", "price": "1280.00", "price_unit": "批",
    "description": "<p>按批抽样</p><script>alert(1)</script>", "deliverables": ["报告一份", "断口照片"], "workdays_from": 4,
    "workdays_to": 6,
}  # fmt: skip


@pytest.fixture
def unit():
    return organization("澄湖质检中心", kind="testing_institution", region_id="320508")


@pytest.fixture
def keeper(call, unit):
    return call(unit_admin(unit))


def patch(caller, path, data):
    return caller.client.patch(f"/api/v1{path}", data, content_type="application/json", headers=caller.headers)


def names(answer):
    return [item["name"] for item in answer.json()["items"]]


def test_everybody_reads_published_plans_and_nobody_else_s_drafts(call, unit):
    """S3-61."""
    line = offerings.capability(unit, "高强度螺栓")
    shown = offerings.plan(unit, lines=(line,), description="<p>内容</p>")
    draft = offerings.plan(unit, "草稿", status="draft")
    body = call().get(f"/plans/{shown.pk}").json()
    assert (body["price"], body["price_label"]) == ("800.00", "¥800.00")
    assert body["capabilities"][0] == {
        "id": line.pk, "name": "高强度螺栓 · 抗拉强度", "nature": "test", "standard_no": "GB/T 228.1-2021", "standing": "valid",
    }  # fmt: skip
    assert names(call().get("/plans")) == [shown.name]
    assert call().get(f"/plans/{draft.pk}").status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "拉伸"}, True), ({"q": "澄湖"}, True), ({"q": "农残"}, False), ({"business_type": "metrology"}, False),
        ({"region_code": "320000"}, True), ({"region_code": "330000"}, False), ({"price_from": "800"}, True),
        ({"price_from": "800.01"}, False), ({"price_to": "799.99"}, False), ({"sort": "cheap"}, True),
    ],
)  # fmt: skip
def test_plans_are_found_by_words_type_place_and_price(call, unit, query, found):
    offerings.plan(unit)
    assert bool(names(call().get("/plans", **query))) is found


def test_a_wrong_filter_is_named(call):
    answer = call().get("/plans", sort="cheapest")
    assert answer.status_code == 422
    assert "sort" in str(answer.json())


def test_the_owner_writes_publishes_and_takes_down(call, keeper, unit):
    """S3-61, S3-62: with the same rules as the page; the text is cleaned."""
    made = keeper.post(f"/organizations/{unit.pk}/plans", WHOLE)
    assert made.status_code == 201, made.json()
    body = made.json()
    assert (body["status"], body["description"], body["deliverables"]) == (
        "draft",
        "<p>按批抽样</p>",
        ["报告一份", "断口照片"],
    )
    assert call().get(f"/plans/{body['id']}").status_code == 404
    assert keeper.post(f"/plans/{body['id']}/steps/publish").json()["status"] == "published"
    assert call().get(f"/plans/{body['id']}").status_code == 200
    changed = patch(keeper, f"/plans/{body['id']}", {"price": "1500.00"}).json()
    assert (changed["price"], changed["name"]) == ("1500.00", WHOLE["name"])
    assert keeper.client.delete(f"/api/v1/plans/{body['id']}", headers=keeper.headers).status_code == 409
    assert keeper.post(f"/plans/{body['id']}/steps/take_down").json()["status"] == "taken_down"


def test_an_incomplete_plan_is_not_published_and_the_sentence_says_why(keeper, unit):
    made = keeper.post(f"/organizations/{unit.pk}/plans", {"name": "半成品", "business_type": "inspection"}).json()
    refused = keeper.post(f"/plans/{made['id']}/steps/publish")
    assert refused.status_code == 409
    assert "价格、一句话介绍、方案介绍、交付内容、周期" in refused.json()["detail"]
    assert keeper.client.delete(f"/api/v1/plans/{made['id']}", headers=keeper.headers).json() == {"deleted": made["id"]}


def test_a_negotiable_price_is_no_number(keeper, unit):
    both = keeper.post(f"/organizations/{unit.pk}/plans", WHOLE | {"price_kind": "negotiable"})
    assert (both.status_code, "面议" in both.json()["detail"]) == (422, True)
    plan = keeper.post(f"/organizations/{unit.pk}/plans", WHOLE).json()
    changed = patch(keeper, f"/plans/{plan['id']}", {"price_kind": "negotiable"}).json()
    assert (changed["price"], changed["price_label"]) == (None, "面议")


def test_strangers_and_other_institutions_write_nothing(call, unit):
    other = call(unit_admin(organization("启衡检测")))
    plan = offerings.plan(unit)
    assert call().post(f"/organizations/{unit.pk}/plans", WHOLE).status_code == 401
    assert other.post(f"/organizations/{unit.pk}/plans", WHOLE).status_code == 404
    assert other.get(f"/organizations/{unit.pk}/plans").status_code == 404
    assert patch(other, f"/plans/{plan.pk}", {"name": "抢注"}).status_code == 404
    assert other.post(f"/plans/{plan.pk}/steps/take_down").status_code == 404
    assert other.client.delete(f"/api/v1/plans/{plan.pk}", headers=other.headers).status_code == 404
    assert ServicePlan.objects.get().name == plan.name


def test_another_institution_s_capability_is_not_linked(keeper, unit):
    """S3-62."""
    foreign = offerings.capability(organization("启衡检测"))
    answer = keeper.post(f"/organizations/{unit.pk}/plans", WHOLE | {"capability_ids": [foreign.pk]})
    assert answer.status_code == 422
    assert not ServicePlan.objects.exists()


def test_topics_are_the_platform_s_to_write_and_everybody_s_to_read(call, keeper):
    """S3-63."""
    platform = call(platform_admin())
    assert keeper.post("/topics", {"name": "集成电路"}).status_code == 404
    made = platform.post("/topics", {"name": "集成电路", "introduction": "可靠性"}).json()
    assert names(call().get("/topics")) == []
    assert platform.post(f"/topics/{made['id']}/steps/publish").json()["status"] == "published"
    assert names(call().get("/topics")) == ["集成电路"]
    assert patch(platform, f"/topics/{made['id']}", {"rank": 5}).json()["introduction"] == "可靠性"
    assert keeper.post(f"/topics/{made['id']}/steps/close").status_code in (403, 409)
    assert platform.post(f"/topics/{made['id']}/steps/close").json()["status"] == "closed"
    assert call().get(f"/topics/{made['id']}").status_code == 404
    assert IndustryTopic.objects.get().rank == 5
