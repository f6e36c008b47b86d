"""Service plans for everybody: the list with its filters, and the page of one (S3-55, S3-61, S3-62)."""

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.kit import paging, rich_text
from gongyi.kit.views import Page, StepButton
from gongyi.offerings import structured
from gongyi.offerings.filters.plans import SORTS, PublicPlanForm
from gongyi.offerings.models import Capability, IndustryTopic, ServicePlan
from gongyi.offerings.workflow import PlanFlow
from gongyi.organizations.models import BusinessType, Certificate, ContactPerson
from gongyi.organizations.rules import may_manage
from gongyi.regions.models import Region
from gongyi.workflow.views import step_url

PER_PAGE = 24
MORE_SHOWN = 4
SHOWN_OF_UNIT = 8  # on an institution's page
LINES_SHOWN = 30  # capabilities on a plan's page before 「显示全部」
DESCRIBED = 150  # characters for search engines
CARD = ("organization__region", "cover")  # what a card reads


class Plans(Page):
    """All published plans as cards, narrowed by what the address says."""

    title = gettext_lazy("服务方案")
    layout = "public"
    sign_in_required = False
    template_name = "offerings/plans.html"

    @cached_property
    def form(self) -> PublicPlanForm:
        return PublicPlanForm(self.request.GET)

    def get_context_data(self, **kwargs):
        form = self.form
        plans = form.narrowed(ServicePlan.objects.shown_to_all()).select_related(*CARD).defer("tsv", "description")
        paginator = paging.CappedPaginator(plans, PER_PAGE)
        page = paginator.get_page(self.request.GET.get("page", "1")[:9])
        shown = list(page)
        regions = ServicePlan.objects.shown_to_all().order_by().values("organization__region_id").distinct()
        provinces = {f"{code[:2]}0000" for code in regions.values_list("organization__region_id", flat=True) if code}
        asked = form.cleaned_data
        return super().get_context_data(
            **{
                "form": form,
                "problems": [problem for problems in form.errors.values() for problem in problems],
                "narrowed": form.is_narrowed or bool(form.errors),
                "plans": shown,
                "rows_page": page,
                "pages": paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1),
                "count_text": paginator.count_text,
                "count_line": paging.line(page, _("个")),
                "types": BusinessType.choices,
                "topics": IndustryTopic.objects.published(),
                "provinces": Region.objects.filter(pk__in=provinces),
                "sorts": SORTS,
                "institution": asked.get("organization"),
                "canonical": self.request.path + (f"?page={page.number}" if page.number > 1 else ""),
                "filtered": form.is_narrowed,
                "json_ld": structured.plans_data(shown, first=page.start_index() or 1),
                **kwargs,
            }
        )


class PlanPage(Page):
    """One plan: published for everybody; its keepers see it in every state, as everybody would, with what to do next."""

    layout = "public"
    sign_in_required = False
    template_name = "offerings/plan.html"

    @cached_property
    def plan(self) -> ServicePlan:
        rows = ServicePlan.objects.visible_to(self.request.user).defer("tsv")
        found = rows.select_related("organization__region", "organization__cover", "organization__profile", "cover")
        return get_object_or_404(found, pk=self.kwargs["pk"])

    def allowed(self):
        return bool(self.plan)

    def get_title(self):
        return self.plan.name

    @property
    def is_public(self) -> bool:
        return self.plan.status == ServicePlan.Status.PUBLISHED and self.plan.organization.status == "active"

    @property
    def is_hidden(self) -> bool:
        """Whether search engines are asked to leave it alone."""
        return not self.is_public

    def get_buttons(self) -> list[StepButton]:
        return [
            StepButton(
                offer.step.label, step_url(PlanFlow, self.plan, offer.step), offer.step.tone, str(offer.refusal or "")
            )
            for offer in PlanFlow.offered(self.plan, self.request.user)
        ]

    def get_context_data(self, **kwargs):
        plan, unit, today = self.plan, self.plan.organization, timezone.localdate()
        lines = list(
            plan.capabilities.exclude(status=Capability.Status.CANCELLED)
            .select_related("certificate")
            .order_by("nature", "pk")
        )
        standings = [(line, line.standing_on(today)) for line in lines]
        good = [line for line, standing in standings if standing == Capability.Standing.VALID]
        held = {line.certificate_id for line in good}
        contacts = ContactPerson.objects.current().filter(organization=unit, duty=ContactPerson.Duty.SALES)
        more = ServicePlan.objects.shown_to_all().filter(organization=unit).exclude(pk=plan.pk)
        return super().get_context_data(
            **{
                "plan": plan,
                "unit": unit,
                "keeps": may_manage(self.request.user, unit),
                "is_public": self.is_public,
                "buttons": self.get_buttons() if self.request.user.is_authenticated else [],
                "lines": standings[:LINES_SHOWN],
                "other_lines": standings[LINES_SHOWN:],
                "good_count": len(good),
                "fallen_count": len(lines) - len(good),
                "certificates": list(Certificate.objects.filter(pk__in=held).valid_on(today)),
                "topics": list(plan.topics.published()),
                "salespeople": list(contacts),
                "more": list(more.select_related(*CARD).defer("tsv", "description")[:MORE_SHOWN]),
                "description": plan.summary or rich_text.text_of(plan.description)[:DESCRIBED],
                "json_ld": structured.plan_data(plan) if self.is_public else None,
                **kwargs,
            }
        )


def plans_of(request: HttpRequest, organization: Any) -> dict[str, Any]:
    """What an institution's public page shows of its plans: those that hold the words asked for (S3-55)."""
    words = request.GET.get("plan", "").replace("\0", "").strip()[:100]
    rows = ServicePlan.objects.shown_to_all().filter(organization=organization)
    total = rows.count()
    for word in words.split()[:6]:
        rows = rows.filter(name__icontains=word)
    found = rows.select_related(*CARD).defer("tsv", "description").order_by("-published_at", "-pk")
    return {
        "plans": list(found[:SHOWN_OF_UNIT]) if total else [],
        "plan_total": total,
        "plan_words": words,
        "plans_url": f"{reverse('offerings:plans')}?organization={organization.pk}",
    }
