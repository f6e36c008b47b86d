"""The end of an application: everything in one view, handing in, where it stands, taking back, discarding."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from gongyi.kit.dialogs import go, show_dialog
from gongyi.kit.refusal import Refused
from gongyi.onboarding.models import ApplicationDocument
from gongyi.onboarding.services import wizard
from gongyi.onboarding.views.drafts import SESSION_DRAFTS, DraftPage, draft_or_404
from gongyi.onboarding.workflow import key_changes, needs_no_review
from gongyi.reviews.kinds import KINDS
from gongyi.reviews.queries import policy_of, reviews_of
from gongyi.reviews.rules import turn_open


class Summary(DraftPage):
    """Shows the frozen copy; shared by the check before handing in and by the page that says where it stands."""

    def blocks(self) -> list[dict]:
        """The copy as it would be kept, with addresses of its files that open for whoever may open this page."""
        held = ApplicationDocument.objects.filter(application=self.application)
        known = {str(public_id) for public_id in held.values_list("stored__public_id", flat=True)}
        copy = self.registration.freeze(self.application)
        for block in copy:
            for item in block["fields"]:
                for file in item["files"]:
                    if file["id"] in known:
                        file["url"] = reverse("onboarding:file", args=[self.application.secret, file["id"]])
        return copy


class Overview(Summary):
    """核对并提交: everything that will be handed in, and a link to the part of everything that is missing."""

    template_name = "onboarding/overview.html"

    def get(self, request, *args, **kwargs):
        if not self.application.is_editable:
            return redirect("onboarding:state", self.application.secret)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        application = self.application
        missing = []
        for part in self.registration.parts:
            url = reverse("onboarding:part", args=[application.secret, part.key])
            missing += [(sentence, f"{url}?check") for sentence in part.missing(application)]
        at_once = application.is_change and needs_no_review(application, actor=self.actor) is None
        keys = key_changes(application) if application.is_change else set()
        blocks = self.blocks()
        for block in blocks:
            for item in block["fields"]:
                item["changed"] = item["key"] in keys
        return super().get_context_data(
            **{
                "here": "",
                "blocks": blocks,
                "missing": missing,
                "at_once": at_once,
                "changed": bool(keys),
                "workdays": policy_of(KINDS["application"]).term_workdays,
                **kwargs,
            }
        )


class State(Summary):
    """Where an application stands: what happens next, with whom it is since when, and what was handed in; fit for print."""

    template_name = "onboarding/state.html"

    def get_context_data(self, **kwargs):
        application = self.application
        return super().get_context_data(
            **{
                "blocks": self.blocks(),
                "turn": turn_open(application),
                "turns": reviews_of(application),
                "is_own": self.request.user.is_authenticated and not application.opens_by_link,
                **kwargs,
            }
        )


@require_POST
def submit(request: HttpRequest, secret: str) -> HttpResponse:
    """Hand it in, or put a change without key fields into effect."""
    application = draft_or_404(request, secret)
    step = "take_effect" if request.POST.get("step") == "take_effect" else "submit"
    try:
        wizard.hand_in(application, actor=request.user, step=step)
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("onboarding:overview" if application.is_editable else "onboarding:state", secret)
    return redirect("onboarding:state", secret)


@require_POST
def withdraw(request: HttpRequest, secret: str) -> HttpResponse:
    """Take it back from review, to be changed and handed in again."""
    application = draft_or_404(request, secret)
    try:
        wizard.withdraw(application, actor=request.user)
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("onboarding:state", secret)
    messages.success(request, _("已撤回，可以修改后重新提交。"))
    return redirect("onboarding:overview", secret)


@require_http_methods(["GET", "POST"])
def discard(request: HttpRequest, secret: str) -> HttpResponse:
    """Delete a draft nobody has reviewed, after asking once."""
    application = draft_or_404(request, secret)
    refusal = None
    if request.method == "POST":
        try:
            wizard.discard(application, actor=request.user)
        except Refused as no:
            refusal = no
        else:
            request.session[SESSION_DRAFTS] = [s for s in request.session.get(SESSION_DRAFTS, []) if s != secret]
            messages.success(request, _("草稿已删除。"))
            return go(request, reverse("onboarding:mine" if request.user.is_authenticated else "onboarding:choose"))
    context: dict[str, Any] = {
        "title": _("删除草稿"), "application": application, "refusal": refusal, "back_url": application.resume_url,
        "files": application.documents.count(),
    }  # fmt: skip
    return show_dialog(request, "onboarding/discard.html", context, status=409 if refusal else 200)
