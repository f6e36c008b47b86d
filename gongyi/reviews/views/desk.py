"""The review desk: what waits at the left, the case at the right, decided with a key and on to the next one."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.kit import paging
from gongyi.kit.dialogs import go, is_htmx, toast
from gongyi.kit.refusal import Refused
from gongyi.kit.views import FormPage, Page
from gongyi.reviews.comparing import Comparison, compared, label_of
from gongyi.reviews.filters import QueueFilter
from gongyi.reviews.forms import MOST_COMMENT_CHARACTERS, ReassignForm
from gongyi.reviews.kinds import KINDS
from gongyi.reviews.models import Phrase, Review
from gongyi.reviews.panels import rounds_of
from gongyi.reviews.queries import (
    beyond,
    in_force_before,
    in_order,
    next_to_decide,
    sits_on_a_body,
    tally,
    version_before,
    waiting_for,
)
from gongyi.reviews.rules import decides, superseded_by
from gongyi.reviews.workflow import ReviewFlow

ROWS_A_PAGE = 20
FIRST_PHRASES = {  # until somebody keeps their own
    Phrase.Use.APPROVE: (gettext_lazy("材料齐全，同意。"),),
    Phrase.Use.SEND_BACK: (gettext_lazy("请补充证明材料。"), gettext_lazy("填写内容与证明材料不一致，请核对后修改。")),
}


class Desk(Page):
    """The queue and one case: the one of the address, else the first. `view=all` shows unchanged fields too, `base=last`
    compares with what was handed in last time instead of what is in force."""

    template_name = "reviews/desk.html"
    fragment_name = "reviews/_desk.html"
    title = gettext_lazy("审核台")
    typed = ""  # a comment that was refused comes back
    refusal: Refused | None = None
    status = 200

    def allowed(self):
        return sits_on_a_body(self.request.user)

    # the queue

    @property
    def everywhere(self) -> bool:
        return self.request.user.is_staff and self.request.GET.get("scope") == "all"

    @cached_property
    def all_waiting(self):
        return waiting_for(self.request.user, everywhere=self.everywhere)

    @cached_property
    def filters(self):
        return QueueFilter(self.request.GET or None, queryset=self.all_waiting, request=self.request)

    @cached_property
    def order(self) -> str:
        return self.request.GET.get("order", "")[:10]

    @cached_property
    def queue(self):
        return in_order(self.filters.qs, self.order)

    @cached_property
    def review(self) -> Review | None:
        """The case: any turn one may see, also one that is over; 404 for all others."""
        if "pk" not in self.kwargs:
            return self.queue.first()
        related = ("submission__organization", "submission__submitted_by", "authority", "claimed_by", "decided_by")
        rows = Review.objects.visible_to(self.request.user).select_related(*related)
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def list_page(self):
        paginator = paging.CappedPaginator(self.queue, ROWS_A_PAGE)
        asked = self.request.GET.get("page", "")[:6]
        if not asked and self.review is not None and "pk" in self.kwargs:
            asked = str(beyond(self.filters.qs, self.review, self.order, forwards=False).count() // ROWS_A_PAGE + 1)
        return paginator.get_page(asked or 1)

    # the page

    def get(self, request, *args, **kwargs):
        return self.show()

    def show(self) -> HttpResponse:
        fragment = is_htmx(self.request) and self.request.headers.get("HX-Target") == "rv-desk"
        template = self.fragment_name if fragment else self.template_name
        return self.response_class(
            request=self.request, template=[template], context=self.get_context_data(), status=self.status, using=None
        )

    def get_context_data(self, **kwargs):
        page = self.list_page()
        kept = self.request.GET.copy()
        kept.pop("page", None)
        context = super().get_context_data(
            filters=self.filters,
            filtered=bool(self.filters.chosen),
            bodies=self.filters.form.fields["body"].queryset.count() > 1 or self.everywhere,
            regions=self.filters.form.fields["region"].queryset.count() > 1,
            more=self.everywhere or any(name in ("change", "body", "region") for name, _words in self.filters.chosen),
            counts=tally(self.all_waiting, self.request.user),
            everywhere=self.everywhere,
            order=self.order,
            rows_page=page,
            count_line=paging.line(page, _("件")),
            kinds={kind.name: kind.label for kind in KINDS.values()},
            kept=f"?{kept.urlencode()}" if kept else "",
            page_query=kept.urlencode(),
            opened="pk" in self.kwargs,
            review=self.review,
            **kwargs,
        )
        return context | (self.case(self.review) if self.review else {})

    def case(self, review: Review) -> dict[str, Any]:
        """What the right side shows of one turn."""
        user, version = self.request.user, review.submission
        offers = {offer.step.name: offer for offer in ReviewFlow.offered(review, user)}
        force, before = in_force_before(version), version_before(version)
        asked_last = self.request.GET.get("base") == "last"
        base = before if asked_last or force is None else force
        comparison = compared(version.content, base, label_of(base, in_force=bool(base) and base == force), user)
        whole = self.request.GET.get("view") == "all" or not comparison.base or not comparison.changes
        rounds = rounds_of(version.subject, user) if version.subject is not None else []
        order = self.order
        return {
            "offers": offers,
            "mine": decides(review, user),
            "comparison": comparison,
            "parts": comparison.parts if whole else comparison.changed_parts,
            "whole": whole,
            "two_bases": force is not None and before is not None and force != before,
            "against_last": base == before,
            "drift": self.drift(review, offers),
            "newer": superseded_by(review) if review.status != Review.Status.PENDING else None,
            "beside": KINDS[review.kind].beside(version.subject) if decides(review, user) and version.subject else [],
            "past": [turn for one in rounds for turn in one.turns if turn.decided_by_id and turn.pk != review.pk],
            "last_return": next(
                (turn for one in rounds for turn in one.turns if turn.status == Review.Status.RETURNED), None
            ),
            "next": beyond(self.filters.qs, review, order).first(),
            "previous": beyond(self.filters.qs, review, order, forwards=False).first(),
            "phrases": phrases_of(user),
            "typed": self.typed,
            "refusal": self.refusal,
            "most_characters": MOST_COMMENT_CHARACTERS,
        }

    def drift(self, review: Review, offers: dict) -> Comparison | None:
        """What changed in the subject since it was handed in, when that is why it cannot be approved."""
        offer = offers.get("approve")
        if offer is None or offer.refusal is None or offer.refusal.code != "changed":
            return None
        now = KINDS[review.kind].freeze(review.submission.subject)
        return compared(now, review.submission, _("提交时"), self.request.user)


class Decide(Desk):
    """Take a step from the desk, then show the next case; a refusal or a missing reason comes back with what was typed."""

    http_method_names = ["post"]
    done = {
        "approve": gettext_lazy("已通过：%s"),
        "send_back": gettext_lazy("已退回：%s"),
        "claim": gettext_lazy("已认领：%s"),
        "release": gettext_lazy("已释放：%s"),
    }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        action, review = request.POST.get("action", ""), self.review
        if action not in self.done or review is None:
            raise BadRequest
        self.typed = request.POST.get("comment", "").strip()
        try:
            self.fire(review, action)
        except Refused as refusal:
            return self.refuse(refusal)
        text = self.done[action] % review
        here = (
            review
            if action in ("claim", "release")
            else next_to_decide(self.filters.qs, review, self.order, request.user)
        )
        return self.go_to(here, text)

    def fire(self, review: Review, action: str) -> None:
        if len(self.typed) > MOST_COMMENT_CHARACTERS:
            words = {"most": MOST_COMMENT_CHARACTERS, "now": len(self.typed)}
            raise Refused(_("审核意见最多 %(most)s 个字，现有 %(now)s 个。") % words, code="invalid")
        if action == "send_back" and not self.typed:
            raise Refused(_("退回须写明原因，提交人会看到。"), code="invalid")
        data = (
            {"comment": self.typed} if action == "approve" else {"reason": self.typed} if action == "send_back" else {}
        )
        ReviewFlow.fire(review, action, actor=self.request.user, acting_for=review.authority, **data)

    def refuse(self, refusal: Refused) -> HttpResponse:
        self.refusal, self.status = refusal, 422 if refusal.code == "invalid" else 409
        self.__dict__.pop("review", None)  # as it stands now
        return self.show()

    def go_to(self, review: Review | None, text: str) -> HttpResponse:
        query = self.request.GET.copy()
        query.pop("page", None)
        path = reverse("reviews:case", args=[review.pk]) if review else reverse("reviews:desk")
        url = f"{path}?{query.urlencode()}" if query else path
        if not is_htmx(self.request):
            messages.success(self.request, text)
            return go(self.request, url)
        for name in ("review", "filters", "queue", "all_waiting"):
            self.__dict__.pop(name, None)
        self.typed = ""
        self.kwargs = {"pk": review.pk} if review else {}
        response = toast(self.show(), text, "success")
        response.headers["HX-Push-Url"] = url
        return response


class Reassign(FormPage):
    """Give a turn to another body, with a reason (转交)."""

    model = Review
    form_class = ReassignForm
    title = gettext_lazy("转交")
    submit_label = gettext_lazy("转交")
    success_message = gettext_lazy("已转交。")

    def get_queryset(self):
        rows = super().get_queryset().filter(status=Review.Status.PENDING)
        return rows.select_related("submission__organization", "authority")

    def allowed(self):
        return self.object is not None and "reassign" in {
            offer.step.name for offer in ReviewFlow.offered(self.object, self.request.user)
        }

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"obj": self.object, "actor": self.request.user}

    def save(self, form):
        return ReviewFlow.fire(self.object, "reassign", actor=self.request.user, **form.cleaned_data)

    def get_success_url(self, saved):
        return reverse("reviews:desk")

    def get_cancel_url(self):
        return reverse("reviews:case", args=[self.object.pk])


def phrases_of(user: Any) -> list[tuple[str, str]]:
    """(when it is used, text) of everything offered beside the comment."""
    own = list(Phrase.objects.filter(user=user).values_list("use", "text"))
    return own or [(str(use), str(text)) for use, texts in FIRST_PHRASES.items() for text in texts]
