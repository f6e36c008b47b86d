"""Programs decide with the same offers, refusals and sentences as people on the desk."""

import pytest

from gongyi.regions.models import Region
from gongyi.reviews.models import Review
from tests.factories.organizations import organization, reviewer, unit_admin
from tests.factories.reviews import DISTRICT, PROVINCE, handed_in, remit

pytestmark = pytest.mark.django_db


@pytest.fixture
def review():
    unit, province = (
        organization("望江大学", region=Region.objects.get(pk=DISTRICT)),
        organization("省厅", kind="authority"),
    )
    remit(province, PROVINCE)
    reviewer(province)
    return handed_in(unit, unit_admin(unit), "功能材料平台")


def test_what_waits_is_listed_for_those_who_decide_and_for_nobody_else(call, review):
    judge = call(reviewer(review.authority))
    listed = judge.get("/reviews").json()
    assert [(row["id"], row["title"], row["body"]) for row in listed["items"]] == [(review.pk, "功能材料平台", "省厅")]
    stranger = call(reviewer(organization("别处", kind="authority")))
    assert stranger.get("/reviews").json()["items"] == []
    assert stranger.get(f"/reviews/{review.pk}").status_code == 404
    assert judge.get("/reviews", kind="x").status_code == 422
    assert call().get("/reviews").status_code == 401


def test_one_turn_has_every_field_old_and_new(call, review):
    body = call(reviewer(review.authority)).get(f"/reviews/{review.pk}").json()
    names = {field["key"]: field["new"]["value"] for field in body["fields"]}
    assert (names["name"], body["compared_with"], body["is_change"]) == ("功能材料平台", None, False)


def test_steps_are_offered_taken_once_and_refused_with_a_sentence(call, review):
    judge = call(reviewer(review.authority))
    assert [step["name"] for step in judge.get(f"/reviews/{review.pk}/steps").json()] == [
        "claim", "approve", "send_back", "reassign",
    ]  # fmt: skip
    address = f"/reviews/{review.pk}/steps"
    assert judge.post(f"{address}/send_back", {}).status_code == 422
    assert judge.post(f"{address}/approve", {"comment": "同意"}).json()["status"] == "approved"
    again = judge.post(f"{address}/approve", {})
    assert (again.status_code, "无需重复操作" in again.json()["detail"]) == (409, True)
    assert Review.objects.get().comment == "同意"
