"""What waits, for decisions in bulk; what was decided; what one handed in."""

from typing import Any

from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.kit.views import Action, BulkAction, BulkResult, Crumb, ListPage
from gongyi.reviews.filters import MineFilter, QueueFilter, RecordFilter
from gongyi.reviews.models import Review
from gongyi.reviews.queries import SHOWN_WITH_A_TURN, sits_on_a_body, waiting_for
from gongyi.reviews.tables import MineTable, RecordTable, WaitingTable
from gongyi.reviews.workflow import ReviewFlow
from gongyi.workflow.forms import CommentForm, ReasonForm

REFUSED_KEY = "reviews:refused"  # what a bulk decision left undone, for the page that follows


class Waiting(ListPage):
    """Everything one could decide; several at once with one reason. What could not be done is listed with why."""

    template_name = "reviews/waiting.html"
    model = Review
    table_class = WaitingTable
    filter_class = QueueFilter
    title = gettext_lazy("待审事项")
    noun, measure = gettext_lazy("事项"), gettext_lazy("件")
    crumbs = (Crumb(gettext_lazy("审核台"), reverse_lazy("reviews:desk")), Crumb(gettext_lazy("待审事项")))
    bulk_actions = (
        BulkAction("approve", gettext_lazy("通过"), effect=gettext_lazy("逐件检查后通过；提交后有变化的、别人认领的不会通过。"), form_class=CommentForm),
        BulkAction("send_back", gettext_lazy("退回"), tone="bad", effect=gettext_lazy("每件的提交人都会看到同一个原因。"), form_class=ReasonForm),
        BulkAction("claim", gettext_lazy("认领")),
        BulkAction("release", gettext_lazy("释放")),
    )  # fmt: skip
    empty_text = gettext_lazy("等您审核的事项会列在这里。")

    def allowed(self):
        return sits_on_a_body(self.request.user)

    def get_queryset(self):
        everywhere = self.request.GET.get("scope") == "all"
        return waiting_for(self.request.user, everywhere=everywhere).select_related("submitted_by")

    def get_actions(self):
        return [Action(_("回到审核台"), str(reverse_lazy("reviews:desk")), icon="layout-sidebar")]

    def get_context_data(self, **kwargs):
        left = self.request.session.pop(REFUSED_KEY, None)
        return super().get_context_data(left_undone=left, **kwargs)

    def report(self, action, result):
        """Beside the count, the whole list of what was refused and why: it is shown above the rows that are left."""
        if result.refused:
            rows = [{"pk": review.pk, "title": str(review), "why": sentence} for review, sentence in result.refused]
            self.request.session[REFUSED_KEY] = {"label": str(action.label), "rows": rows}
            result = BulkResult(result.done)
        super().report(action, result)

    def fire_each(self, reviews, step: str, **data: Any) -> BulkResult:
        actor = self.request.user

        def act(review: Review) -> None:
            ReviewFlow.fire(review, step, actor=actor, acting_for=review.authority, **data)

        return BulkResult.of(reviews, act)

    def bulk_approve(self, reviews, comment):
        return self.fire_each(reviews, "approve", comment=comment)

    def bulk_send_back(self, reviews, reason):
        return self.fire_each(reviews, "send_back", reason=reason)

    def bulk_claim(self, reviews):
        return self.fire_each(reviews, "claim")

    def bulk_release(self, reviews):
        return self.fire_each(reviews, "release")


class History(ListPage):
    """All decisions of one's bodies and on one's own and one's unit's submissions (审核记录)."""

    model = Review
    table_class = RecordTable
    filter_class = RecordFilter
    title = gettext_lazy("审核记录")
    noun, measure = gettext_lazy("审核记录"), gettext_lazy("条")
    empty_text = gettext_lazy("通过和退回的事项会留在这里，连同意见和当时的内容。")

    def get_queryset(self):
        rows = super().get_queryset().filter(decided_by__isnull=False)
        return rows.select_related(*SHOWN_WITH_A_TURN, "decided_by").defer("submission__content")


class Mine(ListPage):
    """What one handed in oneself: where it is, with whom, since when and until when (我提交的)."""

    model = Review
    table_class = MineTable
    filter_class = MineFilter
    title = gettext_lazy("我提交的")
    noun, measure = gettext_lazy("提交"), gettext_lazy("条")
    empty_text = gettext_lazy("提交审核后，在这里看审到了哪里、由谁审核、什么时候办结。")

    def get_queryset(self):
        rows = super().get_queryset().filter(submitted_by=self.request.user)
        return rows.select_related(*SHOWN_WITH_A_TURN).defer("submission__content")
