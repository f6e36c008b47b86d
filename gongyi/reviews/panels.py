"""Cards about a subject's review for the page of any subject."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from gongyi.kit.views import Panel
from gongyi.organizations.models import Organization
from gongyi.reviews.models import Review, Submission

MOST_ROUNDS = 100


@dataclass(frozen=True)
class Round:
    """One version and the turns on it, the last tier first; `is_newest` is the one that counts."""

    submission: Submission
    turns: Sequence[Review]
    is_newest: bool


def rounds_of(subject: Any, user: Any) -> list[Round]:
    """The versions of `subject` this person may see with all turns on them, the newest first; in two queries."""
    turns = Review.objects.select_related("authority", "claimed_by", "decided_by").order_by("-tier")
    versions = (
        Submission.objects.of(subject)
        .visible_to(user)
        .select_related("submitted_by")
        .prefetch_related(Prefetch("reviews", turns))
    )
    found = list(versions.defer("content"))
    return [Round(version, version.reviews.all(), version is found[0]) for version in found]


def progress_panel(subject: Any, user: Any, *, side: bool = True) -> Panel:
    """Where the review of `subject` is, with whom, since when and until when; all earlier rounds with what was decided.

    Put it among the panels of the subject's page. Someone who may see none of its versions reads that there is nothing;
    so does the submitter before the first time.
    """
    return Panel(_("审核进度"), "reviews/_progress.html", {"rounds": rounds_of(subject, user)}, side=side, bare=True)


def rounds_of_unit(organization: Organization, user: Any) -> list[Round]:
    """What a unit handed in and what became of it, as far as `user` may see it, the newest first; its decisions about its
    own people are not among it. In two queries."""
    turns = Review.objects.select_related("authority", "claimed_by", "decided_by").order_by("-tier")
    versions = (
        Submission.objects.visible_to(user)
        .filter(organization=organization)
        .exclude(reviews__decider=Review.Decider.UNIT)
        .select_related("submitted_by")
        .prefetch_related(Prefetch("reviews", turns))
        .order_by("-submitted_at", "-pk")
    )
    return [Round(version, version.reviews.all(), True) for version in versions.defer("content")[:MOST_ROUNDS]]
