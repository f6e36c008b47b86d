"""Pages of one application, found by the secret of its link: who may open them, and what stands on each."""

from typing import Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext as _

from gongyi.kit.views import Crumb, Page, StepNode
from gongyi.onboarding.models import Application
from gongyi.onboarding.registrations import Registration, registration_of
from gongyi.onboarding.rules import may_open
from gongyi.onboarding.services import wizard
from gongyi.onboarding.workflow import unit_not_here_yet
from gongyi.reviews.models import ReviewedStatus
from gongyi.reviews.rules import last_decision

SESSION_DRAFTS = "drafts"  # the secrets of the drafts begun in this browser without an account, newest first
DRAFTS_REMEMBERED = 5


def drafts_here(request: HttpRequest) -> list[Application]:
    """What a visitor began in this browser and did not finish."""
    secrets = request.session.get(SESSION_DRAFTS, [])
    found = Application.objects.filter(secret__in=secrets, opens_by_link=True).exclude(status=ReviewedStatus.APPROVED)
    return list(found)


def draft_or_404(request: HttpRequest, secret: str) -> Application:
    """The application of a link, for whoever may open it; for anybody else it does not exist."""
    application = get_object_or_404(Application.objects.select_related("organization", "applicant"), secret=secret)
    if not may_open(application, request.user):
        raise Http404
    return application


class DraftPage(Page):
    """A page of one application, found by the secret of its link. Where a visitor began it the link is enough; else its own
    people must be signed in, and for anybody else it does not exist."""

    layout = "public"
    sign_in_required = False

    def dispatch(self, request, *args, **kwargs):
        if not may_open(self.application, request.user):
            if request.user.is_authenticated:
                raise Http404
            return self.ask_to_sign_in()
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def application(self) -> Application:
        rows = Application.objects.select_related("organization", "applicant")
        return get_object_or_404(rows, secret=self.kwargs["secret"])

    @cached_property
    def registration(self) -> Registration:
        return registration_of(self.application)

    @property
    def actor(self) -> Any:
        """The person who does it; nobody known where a visitor fills in."""
        return self.request.user if self.request.user.is_authenticated else None

    def get_title(self):
        title = self.registration.title
        return _("变更资料：%s") % title if self.application.is_change else title

    def get_crumbs(self):
        if self.request.user.is_authenticated:
            return [Crumb(_("我的申请"), reverse("onboarding:mine")), Crumb(self.get_title())]
        return [Crumb(_("选择身份"), reverse("onboarding:choose")), Crumb(self.get_title())]

    def nodes(self, here: str) -> list[StepNode]:
        """The step bar: every part, its state and a link to it; the last station is the check before handing in."""
        stations = [(part.key, part.title, reverse("onboarding:part", args=[self.application.secret, part.key]))
                    for part in self.registration.parts]  # fmt: skip
        stations.append(("", _("核对并提交"), reverse("onboarding:overview", args=[self.application.secret])))
        seen = self.application.data
        return [
            StepNode(
                label=title if key == here else format_html('<a href="{}">{}</a>', url, title),
                state="current"
                if key == here
                else "done"
                if key in seen and not self.wrong_parts.get(key)
                else "ahead",
                note=self.wrong_parts.get(key, "") if key in seen and key != here else "",
            )
            for key, title, url in stations
        ]

    @cached_property
    def wrong_parts(self) -> dict[str, str]:
        """For every part with something missing how many things."""
        counts = {part.key: len(list(part.missing(self.application))) for part in self.registration.parts}
        return {key: str(_("待完善")) for key, count in counts.items() if count}

    def get_context_data(self, **kwargs):
        application = self.application
        nodes = self.nodes(kwargs.get("here", ""))
        place = next((i for i, node in enumerate(nodes, start=1) if node.state == "current"), 0)
        returned = last_decision(application) if application.status == ReviewedStatus.RETURNED else None
        return super().get_context_data(
            **{
                "application": application,
                "registration": self.registration,
                "nodes": nodes,
                "current_node": nodes[place - 1] if place else None,
                "node_number": place,
                "next_node": nodes[place] if 0 < place < len(nodes) else None,
                "returned": returned,
                "code_refusal": unit_not_here_yet(application, actor=application.applicant or self.request.user),
                "full_link": self.request.build_absolute_uri(application.resume_url),
                "known_address": wizard.known_address(application),
                **kwargs,
            }
        )
