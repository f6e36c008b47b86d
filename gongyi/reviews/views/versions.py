"""A frozen copy, and one body's turn with it, for everybody concerned."""

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from gongyi.kit.templatetags.gongyi import badge
from gongyi.kit.views import Action, Page
from gongyi.kit.when import format_when
from gongyi.reviews.comparing import compared, label_of
from gongyi.reviews.kinds import KINDS
from gongyi.reviews.models import Review, Submission
from gongyi.reviews.panels import rounds_of
from gongyi.reviews.queries import in_force_before, version_before
from gongyi.reviews.rules import decides
from gongyi.reviews.workflow import ReviewFlow
from gongyi.workflow.views import WorkflowPage


class FrozenCopy(Page):
    """What was handed in, as it was, beside the version before it; and all that was decided about the subject.

    `?base=force` compares with what was in force then, `?base=none` shows it alone.
    """

    template_name = "reviews/submission.html"

    @cached_property
    def submission(self) -> Submission:
        rows = Submission.objects.visible_to(self.request.user)
        return get_object_or_404(rows.select_related("submitted_by", "organization"), pk=self.kwargs["pk"])

    def get_title(self):
        return self.submission.title

    def get_fact(self):
        version = self.submission
        words = {"round": version.round, "who": version.submitted_by, "when": format_when(version.submitted_at)}
        return _("第 %(round)s 次提交 · %(who)s · %(when)s") % words

    def get_actions(self):
        subject = self.submission.subject
        rows = type(subject)._default_manager if subject is not None else None
        if rows is None or not rows.visible_to(self.request.user).filter(pk=subject.pk).exists():
            return []
        return [Action(_("看现在的内容"), subject.get_absolute_url())]

    def get_context_data(self, **kwargs):
        version, user = self.submission, self.request.user
        force, before = in_force_before(version), version_before(version)
        asked = self.request.GET.get("base", "")
        base = None if asked == "none" else force if asked == "force" else before
        comparison = compared(
            version.content,
            base,
            label_of(base, in_force=force is not None and base is not None and base == force),
            user,
        )
        return super().get_context_data(
            submission=version,
            kind=KINDS[version.kind].label,
            status_badge=badge(_("变更") if version.is_change else _("首次"), "act_" if version.is_change else "idle"),
            comparison=comparison,
            bases=[
                (label, query, (base and base.pk) == (other and other.pk))
                for label, query, other in (
                    (label_of(before, in_force=before is not None and before == force), "", before),
                    (label_of(force, in_force=True), "force", force if force != before else None),
                    (_("不对比"), "none", None),
                )
                if other is not None or query == "none"
            ],
            rounds=rounds_of(version.subject, user) if version.subject is not None else [],
            **kwargs,
        )


class OneReview(WorkflowPage):
    """One body's turn: what was handed in, how far it has come, and the steps; whoever decides is led to the desk."""

    model = Review
    template_name = "reviews/review.html"

    def get_queryset(self):
        related = ("submission__organization", "submission__submitted_by", "authority", "claimed_by", "decided_by")
        return super().get_queryset().select_related(*related)

    def get_subtitle(self):
        version = self.object.submission
        words = {
            "kind": KINDS[version.kind].label,
            "body": self.object.body,
            "who": version.organization or version.submitted_by,
        }
        return _("%(kind)s · %(who)s提交 · 由%(body)s审核") % words

    def get_buttons(self):
        """Withdrawing has its button on the subject's own page."""
        return [button for button in super().get_buttons() if button.label != ReviewFlow.withdraw.label]

    def get_actions(self):
        subject, user = self.object.submission.subject, self.request.user
        if subject is not None and type(subject)._default_manager.visible_to(user).filter(pk=subject.pk).exists():
            return [Action(_("看提交的事项"), subject.get_absolute_url()), *self.to_the_desk()]
        return self.to_the_desk()

    def to_the_desk(self) -> list[Action]:
        if self.object.status == Review.Status.PENDING and decides(self.object, self.request.user):
            return [Action(_("在审核台办理"), reverse("reviews:case", args=[self.object.pk]), icon="clipboard-check")]
        return []

    def get_context_data(self, **kwargs):
        version = self.object.submission
        base = version_before(version)
        force = in_force_before(version)
        label = label_of(base, in_force=base is not None and base == force)
        return super().get_context_data(
            comparison=compared(version.content, base, label, self.request.user),
            rounds=rounds_of(version.subject, self.request.user) if version.subject is not None else [],
            **kwargs,
        )
