"""Where a submission goes, and how far it has come."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from gongyi.organizations.models import Matter, Membership, Organization, Remit
from gongyi.regions.models import Region
from gongyi.reviews.kinds import KINDS, ReviewKind
from gongyi.reviews.models import Review, ReviewPolicy, Submission


@dataclass(frozen=True)
class Body:
    """Who decides one tier: an authority, a unit, or (organization None) the platform's administrators."""

    decider: str
    organization: Organization | None


def covering(matter: str, region: Region | None, *, without: Organization | None = None) -> list[Organization]:
    """The active authorities whose remit covers `matter` in `region`, the nearest first: district, city, province."""
    codes = [one.code for one in regions_above(region)]
    remits = Remit.objects.filter(matter=matter, region__in=codes, organization__status=Organization.Status.ACTIVE)
    found = {remit.region_id: remit.organization for remit in remits.select_related("organization")}
    nearest = [found[code] for code in codes if code in found]
    return [body for body in dict.fromkeys(nearest) if without is None or body.pk != without.pk]


def with_reviewers(authorities: list[Organization]) -> set[int]:
    """The keys of those that have somebody who can decide."""
    held = Membership.objects.current().filter(role=Membership.Role.REVIEWER, user__is_active=True)
    return set(held.filter(organization__in=authorities).values_list("organization", flat=True))


def regions_above(region: Region | None) -> list[Region]:
    """The region and what contains it, the nearest first."""
    chain = []
    while region is not None:
        chain.append(region)
        region = region.parent
    return chain


def policy_of(kind: ReviewKind) -> ReviewPolicy:
    """The platform's setting for a kind, or its defaults (unsaved)."""
    return ReviewPolicy.objects.filter(pk=kind.name).first() or ReviewPolicy(
        kind=kind.name, tiers=kind.tiers, term_workdays=kind.term_workdays
    )


def bodies_for(kind: ReviewKind, subject: Any, tiers: int) -> list[Body]:
    """Who decides each tier: authorities that have reviewers. Where fewer of them cover the matter than there are tiers, the
    platform takes the last."""
    if kind.unit is not None:
        unit = kind.unit(subject)
        return [Body(Review.Decider.UNIT, unit) if unit else Body(Review.Decider.PLATFORM, None)]
    matter = kind.matter_of(subject) if kind.matter_of else kind.matter
    assert matter is not None, f"{kind.name}: neither a remit's matter nor a unit"
    covers = covering(matter, kind.region(subject), without=kind.organization(subject))
    staffed = with_reviewers(covers)  # what nobody could take would wait for good
    authorities = [authority for authority in covers if authority.pk in staffed]
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


# the queue of a desk

ORDERS = {"due": "due_on", "oldest": "opened_at", "newest": "-opened_at"}
SHOWN_WITH_A_TURN = (
    "submission__organization",
    "submission__submitted_by",
    "submission__region",
    "authority",
    "claimed_by",
)


def waiting_for(user: Any, *, everywhere: bool = False) -> QuerySet[Review]:
    """The turns `user` could take, with what a list shows of them; an administrator of the platform may look at all."""
    rows = Review.objects.to_decide_by(user)
    if everywhere and user.is_staff:
        rows = Review.objects.filter(status=Review.Status.PENDING)
    return rows.select_related(*SHOWN_WITH_A_TURN).defer("submission__content")


def in_order(rows: QuerySet[Review], order: str) -> QuerySet[Review]:
    """Soonest due first unless `order` says otherwise; rows that arrived together stay in place."""
    key = ORDERS.get(order, ORDERS["due"])
    return rows.order_by(key, "-pk" if key.startswith("-") else "pk")


def beyond(rows: QuerySet[Review], review: Review, order: str, *, forwards: bool = True) -> QuerySet[Review]:
    """Of the rows in this order, those after `review` (or before it, the nearest first)."""
    key = ORDERS.get(order, ORDERS["due"])
    name = key.lstrip("-")
    more = "gt" if key.startswith("-") != forwards else "lt"
    value = getattr(review, name)
    found = in_order(rows, order).filter(Q(**{f"{name}__{more}": value}) | Q(**{name: value, f"pk__{more}": review.pk}))
    return found if forwards else found.reverse()


def next_to_decide(rows: QuerySet[Review], review: Review, order: str, user: Any) -> Review | None:
    """What to look at after `review`: the next one nobody else has claimed, starting over from the front at the end."""
    free = rows.exclude(pk=review.pk).filter(Q(claimed_by=None) | Q(claimed_by=user))
    return beyond(free, review, order).first() or in_order(free, order).first()


def tally(rows: QuerySet[Review], user: Any) -> dict[str, int]:
    """How many wait, are late, fall due today, and are claimed by `user`; in one query."""
    today = timezone.localdate()
    return rows.order_by().aggregate(
        waiting=Count("pk"),
        overdue=Count("pk", Q(due_on__lt=today)),
        today=Count("pk", Q(due_on=today)),
        claimed=Count("pk", Q(claimed_by=user)),
    )


def sits_on_a_body(user: Any) -> bool:
    """Whether anything could ever come to `user` for review."""
    if not user.is_authenticated:
        return False
    held = Membership.objects.current().filter(
        user_id=user.pk, role__in=[Membership.Role.REVIEWER, *Membership.ADMINISTERING]
    )
    return user.is_staff or held.exists()


# who decides what


@dataclass(frozen=True)
class Deciding:
    """Who would decide about one matter in one place: the authorities from near to far, the first of them at once."""

    matter: Matter
    kinds: list[Any]
    by_level: dict[str, Organization]

    @property
    def first(self) -> Organization | None:
        return next((self.by_level[level] for level in reversed(Region.Level.values) if level in self.by_level), None)


def who_decides(region: Region) -> list[Deciding]:
    """For every matter, who would decide about a submission from `region`; in one query beside the regions above."""
    chain = {one.code: one for one in regions_above(region)}
    remits = Remit.objects.filter(region__in=chain, organization__status=Organization.Status.ACTIVE)
    found: dict[str, dict[str, Organization]] = {}
    for remit in remits.select_related("organization"):
        found.setdefault(remit.matter, {})[chain[remit.region_id].level] = remit.organization
    return [
        Deciding(matter, [kind.label for kind in KINDS.values() if kind.matter == matter], found.get(matter, {}))
        for matter in Matter
    ]


def turns_under(organization: Organization, matter: str, region: Region) -> list[Review]:
    """The waiting turns an authority has because of one remit."""
    rows = Review.objects.filter(status=Review.Status.PENDING, authority=organization)
    rows = rows.filter(submission__region__in=Region.objects.within(region.code)).select_related(
        "submission", "authority"
    )
    return [review for review in rows.prefetch_related("submission__subject") if matter_of(review) == matter]


def matter_of(review: Review) -> str | None:
    """The matter a turn came under; None for what units decide themselves."""
    kind = KINDS[review.kind]
    subject = review.submission.subject
    return kind.matter_of(subject) if kind.matter_of and subject is not None else kind.matter
