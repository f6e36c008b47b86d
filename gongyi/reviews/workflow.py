"""The one review: a turn is claimed, then approved or returned; and the steps of everything that is reviewed."""

import copy
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gongyi.kit.refusal import Refused
from gongyi.kit.when import format_day, format_when
from gongyi.notifications.services import notify
from gongyi.organizations.rules import platform_admin
from gongyi.reviews.forms import ReassignForm, bodies_to_choose
from gongyi.reviews.kinds import KINDS, changed_keys, digest_of
from gongyi.reviews.models import Review, ReviewedStatus, Submission
from gongyi.reviews.queries import Body, bodies_for, body_after, in_force_before, policy_of, previous_version
from gongyi.reviews.rules import (
    all_tiers_approved,
    claimer,
    decided_it,
    handed_it_in,
    may_go_elsewhere,
    not_claimed_by_another,
    not_ones_own,
    superseded_by,
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
    subject = review.submission.subject
    return _("请在提交的页面撤回。") if subject is not None and subject.status == R.PENDING else None


def _handed_it_in(review: Review, user: Any) -> bool:
    subject = review.submission.subject
    return subject is not None and _flow_of(subject).submitter.test(subject, user)


submitting_side = Role(_("提交人"), _handed_it_in)


def somebody_else_there(review: Review, *, actor: Any) -> Any:
    """What the platform decides can only go to an authority, if one has the remit."""
    if review.decider == Review.Decider.PLATFORM and not bodies_to_choose(review).exists():
        return _("没有主管部门承担这项职责。请先在「审核职责」中设置，再转交。")
    return None


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
    reassign = Step(
        _("转交"),
        S.PENDING,
        by=turn | platform_admin,
        form=ReassignForm,
        needs=(may_go_elsewhere, somebody_else_there),
        tell=turn,
    )
    withdraw = Step(_("撤回"), S.PENDING, S.WITHDRAWN, by=submitting_side, needs=subject_was_withdrawn, tell=claimer)

    @classmethod
    def message(cls, obj: Review, label: Any, actor: Any, comment: str) -> tuple[str, str]:
        """What reviewers read: what came, from whom, until when; or that it is gone again."""
        words = {
            "kind": KINDS[obj.kind].label, "title": obj, "who": obj.submission.organization or obj.submitted_by,
            "due": format_day(obj.due_on),
        }  # fmt: skip
        if obj.status != S.PENDING:
            return gettext("%(kind)s「%(title)s」已由提交人撤回") % words, gettext("您认领的这件不用再办理。")
        title = gettext("待审核：%(kind)s「%(title)s」") % words
        body = gettext("由%(who)s提交，请于 %(due)s 前办理。") % words
        return title, f"{body}{label}：{comment}" if comment else body

    @classmethod
    def _stale(cls, obj: Review, step: Step) -> Refused:
        """Where a newer version waits, say so: the page leads to it and shows what differs."""
        if step.name != "withdraw" and (newer := superseded_by(obj)):
            return Refused(
                gettext("提交人已撤回这一版，并于 %(when)s 重新提交（第 %(round)s 次）。")
                % {"when": format_when(newer.submission.submitted_at), "round": newer.submission.round},
                code="superseded",
                remedy=gettext("请看新的一版和差异，再作决定。"),
            )
        return super()._stale(obj, step)

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


@ReviewFlow.reassign.does
def hand_over(review: Review, *, actor: Any, to: Any = None, reason: str = "", **data: Any) -> dict:
    """Another body's turn from now on, with the whole term; whoever claimed it has it no longer."""
    if to is None and review.decider == Review.Decider.PLATFORM:
        raise Refused(gettext("已由平台管理员审核。"), code="same_body", remedy=gettext("请选择一个主管部门。"))
    if to is not None and not bodies_to_choose(review).filter(pk=to.pk).exists():
        raise Refused(
            gettext("不能转交给「%s」。") % to, code="not_a_body", remedy=gettext("请选择有审核职责的其他部门。")
        )
    before = review.body
    review.decider = Review.Decider.AUTHORITY if to else Review.Decider.PLATFORM
    review.authority = to
    review.claimed_by = review.claimed_at = review.due_soon_told_at = review.overdue_told_at = None
    review.opened_at, review.due_on = timezone.now(), _due_on(review.kind)
    return {"from": before, "to": review.body}


@ReviewFlow.approve.does
def sign_approval(review: Review, *, actor: Any, comment: str = "", **data: Any) -> dict:
    """Signed, with what was decided on; where no other body is left for the next tier, this one was the last."""
    if body_after(review) is None:
        review.tiers = review.tier
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
    if next_body := body_after(review):
        following = _open_turn(review.submission, review.tier + 1, review.tiers, next_body)
        _tell_progress(subject, review, following, comment)
    else:
        _flow_of(subject).fire(subject, "approve", actor=actor, acting_for=review.authority, comment=comment)


@ReviewFlow.send_back.then
def give_back(review: Review, *, actor: Any, reason: str, **data: Any) -> None:
    subject = review.submission.subject
    _flow_of(subject).fire(subject, "send_back", actor=actor, acting_for=review.authority, reason=reason)


def _tell_progress(subject: Any, review: Review, following: Review, comment: str) -> None:
    """The submitting side learns that one tier has passed and with whom it is now."""
    told = (_flow_of(subject).submitter | handed_it_in).people(subject)
    words = {
        "title": review, "tier": review.tier, "tiers": review.tiers, "body": review.body, "who": review.decided_by,
        "next": following.body, "due": format_day(following.due_on),
    }  # fmt: skip
    body = gettext("%(body)s %(who)s已通过，现由%(next)s审核，%(due)s 前办结。") % words
    notify(
        [person for person in told if person.pk != review.decided_by_id],
        title=gettext("「%(title)s」已通过第 %(tier)s 级审核（共 %(tiers)s 级）") % words,
        body=f"{body}{gettext('意见：')}{comment}" if comment else body,
        url=subject.get_absolute_url(),
        kind=ReviewFlow.name,
    )


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
    next_steps: ClassVar[dict[str, Any]] = {  # what the submitter reads to do now, by status; a subclass may say more
        R.APPROVED: _("内容已生效，现在不需要做什么。"),
        R.RETURNED: _("请按意见修改后重新提交。"),
    }

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
        cls.approve.tell = cls.send_back.tell = cls.submitter | handed_it_in
        super().__init_subclass__(**kwargs)
        for step in cls.steps.values():
            if step.target == R.PENDING:
                step.followers.insert(0, hand_in)
        cls.withdraw.followers.insert(0, take_back)

    @classmethod
    def message(cls, obj: Any, label: Any, actor: Any, comment: str) -> tuple[str, str]:
        """What was decided, by whom, why, and what to do now."""
        if obj.status not in cls.next_steps:
            return super().message(obj, label, actor, comment)
        title = f"{cls.title}「{obj}」：{cls.status_label(obj.status)}"
        body = gettext("%(label)s：%(who)s。") % {"label": label, "who": actor or gettext("系统")}
        said = gettext("意见：%s ") % comment if comment else ""
        return title, f"{body}{said}{cls.next_steps[obj.status]}"


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
    replaced = (kind.previous or previous_version)(subject)
    submission = Submission(
        kind=kind.name, subject=subject, round=newest.round + 1 if newest else 1, title=kind.title(subject)[:200],
        organization=kind.organization(subject), region=kind.region(subject), content=content,
        digest=digest_of(content), replaces=replaced, submitted_by=actor,
        submitted_at=timezone.now(),
        changed_fields=len(changed_keys(replaced.content, content)) if replaced else None,
        returned_before=Review.objects.filter(submission__in=versions, status=S.RETURNED).count(),
    )  # fmt: skip
    submission.is_change = in_force_before(submission) is not None
    submission.save()
    return submission


def _open_turn(submission: Submission, tier: int, tiers: int, body: Body) -> Review:
    review = Review.objects.create(
        submission=submission, kind=submission.kind, submitted_by=submission.submitted_by, tier=tier, tiers=tiers,
        decider=body.decider, authority=body.organization, due_on=_due_on(submission.kind),
        opened_at=timezone.now(),
    )  # fmt: skip
    ReviewFlow.opened(review, _("收到"), actor=submission.submitted_by, tell=turn)
    return review


def _due_on(kind: str) -> Any:
    """The day by which a turn that starts now is to be decided."""
    return add_workdays(timezone.localdate(), policy_of(KINDS[kind]).term_workdays)
