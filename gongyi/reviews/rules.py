"""Who may take a turn, and what must be true for a decision."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.accounts.models import User
from gongyi.kit.refusal import Refused
from gongyi.organizations.models import Membership
from gongyi.organizations.rules import is_reviewer, is_unit_admin, member_of, people_in
from gongyi.reviews.kinds import KINDS, digest_of
from gongyi.reviews.models import Review, ReviewedStatus, Submission
from gongyi.workflow import Role

Decider = Review.Decider


def decides(review: Review, user: Any) -> bool:
    """Whether `user` belongs to the body whose turn it is."""
    if review.decider == Decider.PLATFORM or review.authority is None:
        return bool(user.is_staff)
    if review.decider == Decider.UNIT:
        return is_unit_admin(user, review.authority)
    return is_reviewer(user, review.authority)


def deciders(review: Review) -> list:
    """Everybody who could take this turn."""
    if review.decider == Decider.PLATFORM or review.authority is None:
        return list(User.objects.filter(is_staff=True, is_active=True))
    roles = Membership.ADMINISTERING if review.decider == Decider.UNIT else (Membership.Role.REVIEWER,)
    return people_in(review.authority, *roles)


def not_ones_own(review: Review, *, actor: Any) -> str | None:
    """Nobody reviews what they handed in, nor what the unit they belong to handed in."""
    if actor.pk == review.submitted_by_id:
        return _("这是您自己提交的，须由他人审核。")
    unit = review.submission.organization
    if unit is not None and review.decider != Decider.UNIT and member_of(actor, unit):
        return _("您是「%s」的人员，不能审核本单位的提交。请由同事办理，或说明原因后转交。") % unit
    return None


def not_claimed_by_another(review: Review, *, actor: Any) -> str | None:
    """What a colleague has claimed is theirs until they release it."""
    if review.claimed_by_id and review.claimed_by_id != actor.pk:
        return _("已由%s认领。需要接手时，请其先释放。") % review.claimed_by
    return None


def unchanged(review: Review, *, actor: Any) -> Refused | None:
    """Only what was handed in can be decided on; what changed since must be looked at first."""
    kind, subject = KINDS[review.kind], review.submission.subject
    if subject is None:
        return Refused(_("提交的对象已不存在，不能再审核。"), code="gone")
    if digest_of(kind.freeze(subject)) == review.submission.digest:
        return None
    return Refused(_("提交后内容已有变化，请先查看差异。"), code="changed", remedy=_("退回，请提交人重新提交。"))


def may_go_elsewhere(review: Review, *, actor: Any) -> str | None:
    """What a unit decides about its own people stays there; only the platform takes it over."""
    if review.decider == Decider.UNIT and not actor.is_staff:
        return _("人员由本单位自己审核，不能转交。")
    return None


def superseded_by(review: Review) -> Review | None:
    """The turn on a newer version of the same subject, if there is one."""
    newest = Submission.objects.of(review.submission.subject).first() if review.submission.subject else None
    if newest is None or newest.pk == review.submission_id:
        return None
    return newest.reviews.order_by("-tier").first()


def turn_open(subject: Any) -> Review | None:
    """The turn that waits on the newest version of `subject`, if one does."""
    newest = Submission.objects.of(subject).first()
    return Review.objects.filter(submission=newest, status=Review.Status.PENDING).first() if newest else None


def last_decision(subject: Any) -> Review | None:
    """The last decision on the newest version of `subject`."""
    newest = Submission.objects.of(subject).first()
    return newest.reviews.exclude(decided_by=None).order_by("-tier").first() if newest else None


def all_tiers_approved(subject: Any, *, actor: Any) -> str | None:
    """A subject is approved only by the last decision of its review."""
    last = last_decision(subject)
    if last and last.status == Review.Status.APPROVED and last.tier == last.tiers:
        return None
    return _("请在审核台办理。")


def was_returned(subject: Any, *, actor: Any) -> str | None:
    """A subject is returned only by a decision on the review desk."""
    last = last_decision(subject)
    return None if last and last.status == Review.Status.RETURNED else _("请在审核台办理。")


def _decided(subject: Any, user: Any) -> bool:
    last = last_decision(subject)
    return bool(last and last.decided_by_id == user.pk and subject_waits(subject))


def subject_waits(subject: Any) -> bool:
    return subject.status == ReviewedStatus.PENDING


def _handed_in_by(subject: Any) -> list:
    newest = Submission.objects.of(subject).select_related("submitted_by").first()
    return [newest.submitted_by] if newest and newest.submitted_by.is_active else []


turn = Role(gettext_lazy("审核人员"), decides, people=deciders)
claimer = Role(
    gettext_lazy("认领人"),
    lambda review, user: review.claimed_by_id == user.pk,
    people=lambda review: [review.claimed_by] if review.claimed_by else [],
)
handed_it_in = Role(
    gettext_lazy("经手人"),
    lambda subject, user: any(person.pk == user.pk for person in _handed_in_by(subject)),
    people=_handed_in_by,
)
decided_it = Role(gettext_lazy("审核人员"), _decided)
