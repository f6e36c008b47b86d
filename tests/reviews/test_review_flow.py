"""The one review: handed in, frozen, routed, decided once, followed by its subject."""

import pytest
from django.utils import timezone

from gongyi.onboarding.models import InnovationPlatform
from gongyi.onboarding.workflow import PlatformFlow
from gongyi.organizations.models import Matter, Remit
from gongyi.regions.models import Region
from gongyi.reviews.models import Review, ReviewPolicy, Submission
from gongyi.reviews.rules import turn_open
from gongyi.reviews.workflow import ReviewFlow
from gongyi.workflow import Refused
from tests.factories.organizations import organization, reviewer, unit_admin

pytestmark = pytest.mark.django_db


def platform(unit, **fields):
    return InnovationPlatform.objects.create(
        organization=unit, name="功能材料省重点实验室", platform_type="省重点实验室", level="provincial", host_name=unit.name,
        host_uscc="91110000600037341L", introduction="面向功能材料的开放平台。", contact_name="周敏", contact_phone="13900000001",
        **fields,
    )  # fmt: skip


def remit(unit, region, matter=Matter.PLATFORMS):
    return Remit.objects.create(organization=unit, matter=matter, region=Region.objects.get(pk=region))


@pytest.fixture
def unit():
    return organization("望江大学", region=Region.objects.get(pk="330106"))


def test_a_submission_goes_to_the_nearest_authority_and_its_approval_takes_effect(unit):
    province, city = organization("省厅", kind="authority"), organization("市局", kind="authority")
    remit(province, "330000"), remit(city, "330100")
    judge, admin = reviewer(city), unit_admin(unit)
    subject = platform(unit)
    PlatformFlow.fire(subject, "submit", actor=admin)
    review = turn_open(subject)
    assert (review.authority, review.tiers, subject.status) == (city, 1, "pending")
    ReviewFlow.fire(review, "approve", actor=judge, comment="材料齐全")
    subject.refresh_from_db()
    assert subject.status == "approved"


def test_two_tiers_follow_one_another(unit):
    ReviewPolicy.objects.create(kind="platform", tiers=2)
    province, city = organization("省厅", kind="authority"), organization("市局", kind="authority")
    remit(province, "330000"), remit(city, "330100")
    near, above = reviewer(city), reviewer(province)
    subject = platform(unit)
    PlatformFlow.fire(subject, "submit", actor=unit_admin(unit))
    ReviewFlow.fire(turn_open(subject), "approve", actor=near)
    subject.refresh_from_db()
    second = turn_open(subject)
    assert (subject.status, second.authority, second.tier) == ("pending", province, 2)
    ReviewFlow.fire(second, "approve", actor=above)
    subject.refresh_from_db()
    assert subject.status == "approved"


def test_an_authority_without_reviewers_is_passed_over_for_the_next_one_and_then_for_the_platform(unit):
    province, city = organization("省厅", kind="authority"), organization("市局", kind="authority")
    remit(province, "330000"), remit(city, "330100")
    left = reviewer(province)
    subject, admin = platform(unit), unit_admin(unit)
    PlatformFlow.fire(subject, "submit", actor=admin)
    assert turn_open(subject).authority == province
    PlatformFlow.fire(subject, "withdraw", actor=admin)
    left.memberships.update(ended_at=timezone.now())
    PlatformFlow.fire(subject, "submit", actor=admin)
    assert (turn_open(subject).authority, turn_open(subject).decider) == (None, "platform")


def test_returned_with_a_reason_then_handed_in_again_and_withdrawn(unit):
    admin = unit_admin(unit)
    province = organization("省厅", kind="authority")
    remit(province, "330000")
    judge = reviewer(province)
    subject = platform(unit)
    PlatformFlow.fire(subject, "submit", actor=admin)
    ReviewFlow.fire(turn_open(subject), "send_back", actor=judge, reason="批文缺失")
    subject.refresh_from_db()
    assert subject.status == "returned"
    PlatformFlow.fire(subject, "submit", actor=admin)
    review = turn_open(subject)
    PlatformFlow.fire(subject, "withdraw", actor=admin)
    review.refresh_from_db()
    assert (review.status, subject.status) == ("withdrawn", "withdrawn")
    assert Submission.objects.of(subject).count() == 2


def test_what_changed_after_it_was_handed_in_cannot_be_approved(unit):
    province = organization("省厅", kind="authority")
    remit(province, "330000")
    judge = reviewer(province)
    subject = platform(unit)
    PlatformFlow.fire(subject, "submit", actor=unit_admin(unit))
    InnovationPlatform.objects.filter(pk=subject.pk).update(name="另一个平台")
    with pytest.raises(Refused, match="已有变化"):
        ReviewFlow.fire(turn_open(subject), "approve", actor=judge)


def test_a_subject_is_approved_on_the_desk_only_and_never_by_its_submitter(unit):
    province = organization("省厅", kind="authority")
    remit(province, "330000")
    admin = unit_admin(unit)
    subject = platform(unit)
    PlatformFlow.fire(subject, "submit", actor=admin)
    for actor in (admin, reviewer(province)):
        with pytest.raises(Refused):
            PlatformFlow.fire(subject, "approve", actor=actor)
    with pytest.raises(Refused):
        ReviewFlow.fire(turn_open(subject), "approve", actor=admin)
    assert Review.objects.get().status == "pending"
