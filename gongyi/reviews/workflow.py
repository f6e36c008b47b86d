"""The one review: a turn is claimed, then approved or returned; and the steps of everything that is reviewed."""

import copy
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongyi.kit.refusal import Refused
from gongyi.organizations.rules import platform_admin
from gongyi.reviews.kinds import KINDS, digest_of
from gongyi.reviews.models import Review, ReviewedStatus, Submission
from gongyi.reviews.queries import Body, bodies_for, policy_of, previous_version
from gongyi.reviews.rules import (
    all_tiers_approved,
    claimer,
    decided_it,
    not_claimed_by_another,
    not_ones_own,
    turn,
    turn_open,
    unchanged,
    was_returned,
)
from gongyi.reviews.workdays import add_workdays
from gongyi.workflow import Role, Step, Workflow
from gongyi.workflow.flow import flows_of
from gongyi.workflow.forms import CommentForm, ReasonForm

S = Review.Status
R = ReviewedStatus
EDITABLE = (R.DRAFT, R.RETURNED, R.WITHDRAWN)


def _flow_of(subject: Any) -> "type[ReviewedFlow]":
    return next(flow for flow in flows_of(subject) if issubclass(flow, ReviewedFlow))


def subject_was_withdrawn(review: Review, *, actor: Any) -> Any:
    """A turn ends by withdrawal only together with its subject, whose page has the button."""
    return _("请在提交的页面撤回。") if review.submission.subject.status == R.PENDING else None


submitting_side = Role(
    _("提交人"),
    lambda review, user: _flow_of(review.submission.subject).submitter.test(review.submission.subject, user),
)


class ReviewFlow(Workflow):
    """One body's turn with one submitted version. What was submitted stays frozen; the subject follows the decision."""

    model = Review
    title = _("审核")
    related = ("submission", "submission__organization", "submitted_by", "claimed_by", "authority")

    claim = Step(_("认领"), S.PENDING, by=turn, needs=(not_ones_own, not_claimed_by_another))
    release = Step(_("释放"), S.PENDING, by=claimer | platform_admin)
    approve = Step(
        _("通过"), S.PENDING, S.APPROVED, by=turn, form=CommentForm, needs=(not_ones_own, not_claimed_by_another, unchanged),
        tone="success",
    )  # fmt: skip
    send_back = Step(
        _("退回"), S.PENDING, S.RETURNED, by=turn, form=ReasonForm, needs=(not_ones_own, not_claimed_by_another),
        tone="danger",
    )  # fmt: skip
    withdraw = Step(_("撤回"), S.PENDING, S.WITHDRAWN, by=submitting_side, needs=subject_was_withdrawn)

    @classmethod
    def _lock(cls, obj: Any) -> Any:
        """The subject before its reviews, as its own steps lock it."""
        subject = obj.submission.subject
        if subject is None:
            raise Refused(_("提交的对象已不存在。"), code="gone")
        type(subject)._base_manager.select_for_update(no_key=True, of=("self",)).get(pk=subject.pk)
        return super()._lock(obj)


@ReviewFlow.claim.does
def take_it(review: Review, *, actor: Any, **data: Any) -> None:
    review.claimed_by, review.claimed_at = actor, timezone.now()


@ReviewFlow.release.does
def give_it_back(review: Review, *, actor: Any, **data: Any) -> None:
    review.claimed_by = review.claimed_at = None


@ReviewFlow.approve.does
def sign_approval(review: Review, *, actor: Any, comment: str = "", **data: Any) -> dict:
    return _sign(review, actor, comment)


@ReviewFlow.send_back.does
def sign_return(review: Review, *, actor: Any, reason: str, **data: Any) -> dict:
    return _sign(review, actor, reason)


def _sign(review: Review, actor: Any, comment: str) -> dict:
    review.decided_by, review.decided_at, review.comment = actor, timezone.now(), comment
    return {"submission": review.submission_id, "digest": review.submission.digest, "tier": review.tier}


@ReviewFlow.approve.then
def go_on(review: Review, *, actor: Any, comment: str = "", **data: Any) -> None:
    """To the next tier, or, after the last one, into effect."""
    subject = review.submission.subject
    if review.tier < review.tiers:
        kind = KINDS[review.kind]
        bodies = bodies_for(kind, subject, review.tiers)
        _open_turn(review.submission, review.tier + 1, review.tiers, bodies[min(review.tier, len(bodies) - 1)])
    else:
        _flow_of(subject).fire(subject, "approve", actor=actor, acting_for=review.authority, comment=comment)


@ReviewFlow.send_back.then
def give_back(review: Review, *, actor: Any, reason: str, **data: Any) -> None:
    subject = review.submission.subject
    _flow_of(subject).fire(subject, "send_back", actor=actor, acting_for=review.authority, reason=reason)


class ReviewedFlow(Workflow):
    """Draft → pending → approved | returned with a reason → resubmitted: what everything published after review shares.

    A subclass names its `model` (whose `status` is a ReviewedStatus), its `review_kind`, the role that hands in
    (`submitter`) and what must be true then (`complete`); it may add steps. Every step to 待审核 freezes a version and
    opens a turn. Approving and returning happen on the review desk only: `fire()` refuses them from elsewhere.
    """

    review_kind: ClassVar[str] = ""
    submitter: ClassVar[Role]
    complete: ClassVar[tuple] = ()
    main_path = (R.DRAFT, R.PENDING, R.APPROVED)

    submit = Step(_("提交审核"), EDITABLE, R.PENDING, by=platform_admin, tone="success")
    withdraw = Step(_("撤回"), R.PENDING, R.WITHDRAWN, by=platform_admin, confirm=_("撤回后可以修改，再重新提交。"))
    approve = Step(_("审核通过"), R.PENDING, R.APPROVED, by=decided_it, form=CommentForm, needs=all_tiers_approved)
    send_back = Step(_("退回修改"), R.PENDING, R.RETURNED, by=decided_it, form=ReasonForm, needs=was_returned)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        for name in ("submit", "withdraw", "approve", "send_back"):
            if name not in vars(cls):  # of its own, so that its effects and roles are not everybody's
                step = copy.copy(getattr(ReviewedFlow, name))
                step.effects, step.followers, step.name = [], [], name
                setattr(cls, name, step)
        cls.submit.by = cls.withdraw.by = cls.submitter
        cls.submit.needs = (*cls.submit.needs, *cls.complete)
        cls.approve.tell = cls.send_back.tell = cls.submitter
        super().__init_subclass__(**kwargs)
        for step in cls.steps.values():
            if step.target == R.PENDING:
                step.followers.insert(0, hand_in)
        cls.withdraw.followers.insert(0, take_back)


def hand_in(subject: Any, *, actor: Any, **data: Any) -> None:
    """Freeze the version that was just handed in and give it to whoever decides first."""
    submission = freeze(subject, actor=actor)
    kind = KINDS[submission.kind]
    policy = policy_of(kind)
    bodies = bodies_for(kind, subject, policy.tiers)
    _open_turn(submission, 1, len(bodies), bodies[0])


def take_back(subject: Any, *, actor: Any, **data: Any) -> None:
    """Whoever had it need not look at it any more."""
    if review := turn_open(subject):
        ReviewFlow.fire(review, "withdraw", actor=actor)


def freeze(subject: Any, *, actor: Any) -> Submission:
    """Keep `subject` as it stands as its next version."""
    kind = KINDS[_flow_of(subject).review_kind]
    content = kind.freeze(subject)
    versions = Submission.objects.of(subject)
    newest = versions.first()
    return Submission.objects.create(
        kind=kind.name, subject=subject, round=newest.round + 1 if newest else 1, title=kind.title(subject)[:200],
        organization=kind.organization(subject), region=kind.region(subject), content=content,
        digest=digest_of(content), replaces=(kind.previous or previous_version)(subject), submitted_by=actor,
    )  # fmt: skip


def _open_turn(submission: Submission, tier: int, tiers: int, body: Body) -> Review:
    policy = policy_of(KINDS[submission.kind])
    review = Review.objects.create(
        submission=submission, kind=submission.kind, submitted_by=submission.submitted_by, tier=tier, tiers=tiers,
        decider=body.decider, authority=body.organization,
        due_on=add_workdays(timezone.localdate(), policy.term_workdays),
    )  # fmt: skip
    ReviewFlow.opened(review, _("收到"), actor=submission.submitted_by, tell=turn)
    return review
