"""Which steps are offered to whom, in each status of a turn and of what is reviewed."""

import pytest

from gongyi.onboarding.models import InnovationPlatform
from gongyi.onboarding.workflow import PlatformFlow
from gongyi.reviews.models import Review
from gongyi.reviews.rules import turn_open
from gongyi.reviews.workflow import ReviewFlow
from tests.factories.reviews import handed_in

ROLES = (
    "submitter", "colleague", "member", "city_judge", "city_judge2", "province_judge", "stranger", "outsider", "admin",
)  # fmt: skip
DECIDE = ["claim", "approve", "send_back", "reassign"]

OFFERED = {
    "pending": {
        "city_judge": DECIDE, "city_judge2": DECIDE, "submitter": ["withdraw"], "colleague": ["withdraw"],
        "admin": ["release", "reassign"],
    },
    "approved": {},
    "returned": {},
    "withdrawn": {},
}  # fmt: skip


def offered(flow, obj, cast):
    found = {role: [offer.step.name for offer in flow.offered(obj, getattr(cast, role))] for role in ROLES}
    return {role: steps for role, steps in found.items() if steps}


def decided(cast, status):
    review = handed_in(cast.unit, cast.submitter)
    if status == "approved":
        ReviewFlow.fire(review, "approve", actor=cast.city_judge)
    elif status == "returned":
        ReviewFlow.fire(review, "send_back", actor=cast.city_judge, reason="缺材料")
    elif status == "withdrawn":
        PlatformFlow.fire(review.submission.subject, "withdraw", actor=cast.submitter)
    review.refresh_from_db()
    return review


@pytest.mark.parametrize("status", OFFERED)
def test_what_is_offered_on_a_turn_to_whom(cast, status):
    review = decided(cast, status)
    assert review.status == status
    assert offered(ReviewFlow, review, cast) == OFFERED[status]


def test_a_claimed_turn_may_be_released_by_its_claimer_and_refuses_colleagues_with_a_sentence(cast):
    review = handed_in(cast.unit, cast.submitter)
    ReviewFlow.fire(review, "claim", actor=cast.city_judge)
    names = {offer.step.name: str(offer.refusal or "") for offer in ReviewFlow.offered(review, cast.city_judge2)}
    assert names == {
        "claim": "已由市审核员认领。需要接手时，请其先释放。",
        "approve": "已由市审核员认领。需要接手时，请其先释放。",
        "send_back": "已由市审核员认领。需要接手时，请其先释放。",
        "reassign": "",
    }
    assert "release" in {offer.step.name for offer in ReviewFlow.offered(review, cast.city_judge)}


COMMON = ("submit", "withdraw", "approve", "send_back")
SUBJECT = {
    "draft": {"submitter": ["submit"], "colleague": ["submit"]},
    "pending": {"submitter": ["withdraw"], "colleague": ["withdraw"]},
    "returned": {"submitter": ["submit"], "colleague": ["submit"]},
    "withdrawn": {"submitter": ["submit"], "colleague": ["submit"]},
    "approved": {},
}


@pytest.mark.parametrize("status", SUBJECT)
def test_what_is_offered_on_what_is_reviewed_to_whom(cast, status):
    """Nobody is offered to approve or return it there: that happens on the desk."""
    if status == "draft":
        from tests.factories.reviews import innovation_platform

        subject = innovation_platform(cast.unit)
    else:
        subject = InnovationPlatform.objects.get(pk=decided(cast, status).submission.subject_id)
    assert subject.status == status
    found = {
        role: [step for step in steps if step in COMMON] for role, steps in offered(PlatformFlow, subject, cast).items()
    }
    assert {role: steps for role, steps in found.items() if steps} == SUBJECT[status]


def test_two_tiers_are_offered_one_after_the_other(cast):
    from gongyi.reviews.models import ReviewPolicy

    ReviewPolicy.objects.create(kind="platform", tiers=2)
    review = handed_in(cast.unit, cast.submitter)
    assert "province_judge" not in offered(ReviewFlow, review, cast)
    ReviewFlow.fire(review, "approve", actor=cast.city_judge)
    second = turn_open(review.submission.subject)
    assert Review.objects.count() == 2
    found = offered(ReviewFlow, second, cast)
    assert (found["province_judge"], "city_judge" in found) == (DECIDE, False)
