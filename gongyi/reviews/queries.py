"""Where a submission goes, and how far it has come."""

from dataclasses import dataclass
from typing import Any

from gongyi.organizations.models import Organization, Remit
from gongyi.regions.models import Region
from gongyi.reviews.kinds import KINDS, ReviewKind
from gongyi.reviews.models import Review, ReviewPolicy, Submission

LEVELS = (Region.Level.DISTRICT, Region.Level.CITY, Region.Level.PROVINCE)


@dataclass(frozen=True)
class Body:
    """Who decides one tier: an authority, a unit, or (organization None) the platform's administrators."""

    decider: str
    organization: Organization | None


def covering(matter: str, region: Region | None, *, without: Organization | None = None) -> list[Organization]:
    """The active authorities whose remit covers `matter` in `region`, the nearest first: district, city, province."""
    codes = []
    while region is not None:
        codes.append(region.code)
        region = region.parent
    remits = Remit.objects.filter(matter=matter, region__in=codes, organization__status=Organization.Status.ACTIVE)
    found = {remit.region_id: remit.organization for remit in remits.select_related("organization")}
    nearest = [found[code] for code in codes if code in found]
    return [body for body in dict.fromkeys(nearest) if without is None or body.pk != without.pk]


def policy_of(kind: ReviewKind) -> ReviewPolicy:
    """The platform's setting for a kind, or its defaults (unsaved)."""
    return ReviewPolicy.objects.filter(pk=kind.name).first() or ReviewPolicy(
        kind=kind.name, tiers=kind.tiers, term_workdays=kind.term_workdays
    )


def bodies_for(kind: ReviewKind, subject: Any, tiers: int) -> list[Body]:
    """Who decides each tier. Where fewer authorities cover the matter than there are tiers, the platform takes the last."""
    if kind.unit is not None:
        unit = kind.unit(subject)
        return [Body(Review.Decider.UNIT, unit) if unit else Body(Review.Decider.PLATFORM, None)]
    matter = kind.matter_of(subject) if kind.matter_of else kind.matter
    assert matter is not None, f"{kind.name}: neither a remit's matter nor a unit"
    authorities = covering(matter, kind.region(subject), without=kind.organization(subject))
    bodies = [Body(Review.Decider.AUTHORITY, authority) for authority in authorities[:tiers]]
    return bodies if len(bodies) == tiers else [*bodies, Body(Review.Decider.PLATFORM, None)]


def body_after(review: Review) -> Body | None:
    """Who decides the tier after this one; None when it is the last, or when nobody is left who has not yet decided."""
    if review.tier >= review.tiers:
        return None
    submission = review.submission
    earlier = list(
        Review.objects.filter(submission=submission, tier__lt=review.tier).values_list("authority", flat=True)
    )
    decided = {*earlier, review.authority_id}
    bodies = bodies_for(KINDS[review.kind], submission.subject, review.tiers)
    left = [*bodies[review.tier :], Body(Review.Decider.PLATFORM, None)]
    return next((body for body in left if (body.organization.pk if body.organization else None) not in decided), None)


def in_force_before(submission: Submission) -> Submission | None:
    """The version that was in force when this one was handed in, whatever was returned in between."""
    version = submission.replaces
    while version is not None:
        verdicts = {review.status for review in version.reviews.all()}
        if verdicts <= {Review.Status.APPROVED}:  # also none at all: a change that needed no review
            return version
        version = version.replaces
    return None


def version_before(submission: Submission) -> Submission | None:
    """What was handed in last time, else what this one replaces."""
    earlier = Submission.objects.filter(
        subject_type=submission.subject_type_id, subject_id=submission.subject_id, round__lt=submission.round
    )
    return earlier.order_by("-round").first() or submission.replaces


def reviews_of(subject: Any) -> list[Review]:
    """All turns on all versions of `subject`, newest first, with what a page shows of them."""
    rows = Review.objects.filter(submission__in=Submission.objects.of(subject))
    return list(rows.select_related("submission", "authority", "claimed_by", "decided_by").order_by("-pk"))


def previous_version(subject: Any) -> Submission | None:
    """What a new version of `subject` is compared with: its last approved version, else the last one at all."""
    versions = Submission.objects.of(subject)
    approved = versions.filter(reviews__status=Review.Status.APPROVED).exclude(
        reviews__status__in=[Review.Status.RETURNED, Review.Status.WITHDRAWN, Review.Status.PENDING]
    )
    return approved.first() or versions.first()
