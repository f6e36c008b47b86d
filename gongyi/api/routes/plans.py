"""Service plans and industry topics: read by everybody, written by those who keep the institution or the platform."""

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Body, Query, Router
from pydantic import Field

from gongyi.api.authentication import PUBLIC
from gongyi.api.idempotency import answered
from gongyi.api.paging import page_of
from gongyi.api.schemas import BigId, Input
from gongyi.offerings.filters.plans import PublicPlanForm
from gongyi.offerings.forms.plans import PlanForm, TopicForm
from gongyi.offerings.models import MOST_CHARACTERS, IndustryTopic, ServicePlan
from gongyi.offerings.services import plans as services
from gongyi.offerings.workflow import PlanFlow, TopicFlow
from gongyi.organizations.models import BusinessType, Organization
from gongyi.organizations.rules import may_manage
from gongyi.workflow.api import Invalid, fire_from_api, steps_of

router = Router(tags=["plans"])
MARKED_UP = 4 * MOST_CHARACTERS  # of a description before it is cleaned


class PlanInput(Input):
    """What a plan says; of one that exists, what is left out stays."""

    name: str | None = Field(None, max_length=100)
    business_type: BusinessType | None = None
    summary: str | None = Field(None, max_length=100)
    description: str | None = Field(None, max_length=MARKED_UP, description="HTML; cleaned by an allow-list")
    price_kind: ServicePlan.PriceKind | None = None
    price: Decimal | None = Field(None, ge=0, max_digits=14, decimal_places=2)
    price_unit: str | None = Field(None, max_length=20)
    deliverables: list[str] | None = Field(None, max_length=100)
    workdays_from: int | None = Field(None, ge=0, le=32_767)
    workdays_to: int | None = Field(None, ge=0, le=32_767)
    capability_ids: list[BigId] | None = Field(None, max_length=1_000)
    topic_ids: list[BigId] | None = Field(None, max_length=100)


class TopicInput(Input):
    """What an industry topic says; of one that exists, what is left out stays."""

    name: str | None = Field(None, max_length=50)
    rank: int | None = Field(None, ge=0, le=32_767)
    summary: str | None = Field(None, max_length=100)
    introduction: str | None = Field(None, max_length=2_000)


def plan_body(plan: ServicePlan) -> dict:
    return {
        "id": plan.pk,
        "name": plan.name,
        "organization": {"id": plan.organization_id, "name": plan.organization.name},
        "business_type": plan.business_type,
        "business_type_label": plan.get_business_type_display(),
        "summary": plan.summary,
        "price_kind": plan.price_kind,
        "price": None if plan.price is None else str(plan.price),
        "price_unit": plan.price_unit,
        "price_label": plan.price_in_words,
        "workdays_from": plan.workdays_from,
        "workdays_to": plan.workdays_to,
        "cover_url": plan.cover.get_absolute_url() if plan.cover else None,
        "service_count": plan.service_count,
        "status": plan.status,
        "published_at": plan.published_at and plan.published_at.isoformat(),
        "url": plan.get_absolute_url(),
    }


def whole_plan(plan: ServicePlan) -> dict:
    today = timezone.localdate()
    return plan_body(plan) | {
        "description": plan.description,
        "deliverables": plan.delivered,
        "capabilities": [
            {
                "id": line.pk, "name": str(line), "nature": line.nature, "standard_no": line.standard_no,
                "standing": line.standing_on(today),
            }
            for line in plan.capabilities.exclude(status="cancelled").select_related("certificate")
        ],
        "topics": [{"id": topic.pk, "name": topic.name} for topic in plan.topics.published()],
    }  # fmt: skip


def topic_body(topic: IndustryTopic) -> dict:
    return {
        "id": topic.pk,
        "name": topic.name,
        "rank": topic.rank,
        "summary": topic.summary,
        "introduction": topic.introduction,
        "cover_url": topic.cover.get_absolute_url() if topic.cover else None,
        "status": topic.status,
        "url": topic.get_absolute_url(),
    }


def _seen(request) -> QuerySet[ServicePlan]:
    return ServicePlan.objects.visible_to(request.user).select_related("organization", "cover").defer("tsv")


def _kept(request, plan_id: int) -> ServicePlan:
    rows = ServicePlan.objects.kept_by(request.user).select_related("organization__profile", "cover").defer("tsv")
    return get_object_or_404(rows, pk=plan_id)


@router.get("/plans", auth=PUBLIC, summary="Published service plans with the list's filters (S3-61)")
def plans(
    request,
    q: str = Query("", max_length=100),
    business_type: BusinessType | None = None,
    topic_id: int | None = None,
    region_code: str = Query("", pattern=r"^(\d{2}0000)?$", description="GB/T 2260 code of a province"),
    organization_id: int | None = None,
    price_from: Decimal | None = Query(None, ge=0, le=10_000_000),
    price_to: Decimal | None = Query(None, ge=0, le=10_000_000),
    sort: str = Query("", description="new, cheap, dear or services; best match first when left out"),
    page: int = 1,
    page_size: int = 20,
):
    asked = {
        "q": q, "type": business_type or "", "topic": topic_id or "", "region": region_code,
        "organization": organization_id or "", "min": "" if price_from is None else str(price_from),
        "max": "" if price_to is None else str(price_to), "sort": sort,
    }  # fmt: skip
    form = PublicPlanForm(asked)
    if not form.is_valid():
        raise Invalid(form)
    rows = form.narrowed(ServicePlan.objects.shown_to_all()).select_related("organization", "cover")
    return page_of(rows.defer("tsv", "description"), page, page_size, plan_body)


@router.get("/plans/{int:plan_id}", auth=PUBLIC, summary="One plan with its capabilities and what they are worth today")
def plan(request, plan_id: int):
    """A draft answers those who keep the institution only."""
    return whole_plan(get_object_or_404(_seen(request), pk=plan_id))


@router.get("/organizations/{int:organization_id}/plans", summary="All plans of an institution one keeps, drafts too")
def kept_plans(request, organization_id: int, page: int = 1, page_size: int = 20):
    unit = _institution(request, organization_id)
    rows = ServicePlan.objects.kept_by(request.user).filter(organization=unit).select_related("organization", "cover")
    return page_of(rows.defer("tsv", "description"), page, page_size, plan_body)


@router.post("/organizations/{int:organization_id}/plans", summary="Write a new plan, as a draft")
def add_plan(request, organization_id: int, data: PlanInput):
    """Honours `Idempotency-Key`. Publish it with the step `publish`."""
    unit = _institution(request, organization_id)

    def act():
        return 201, whole_plan(_save(request, unit, None, data))

    return answered(request, act)


@router.patch("/plans/{int:plan_id}", summary="Change a plan; a published one must stay complete")
def change_plan(request, plan_id: int, data: PlanInput):
    row = _kept(request, plan_id)
    return whole_plan(_save(request, row.organization, row, data))


@router.delete("/plans/{int:plan_id}", summary="Delete a draft; what was published is taken down instead")
def delete_plan(request, plan_id: int):
    services.delete_draft(plan=_kept(request, plan_id), actor=request.user)
    return {"deleted": plan_id}


@router.get("/plans/{int:plan_id}/steps", summary="What I may do with it now, with reasons where I may not")
def plan_steps(request, plan_id: int):
    return steps_of(_kept(request, plan_id), request.user)


@router.post("/plans/{int:plan_id}/steps/{name}", summary="Take a step: publish, take_down")
def take_plan_step(request, plan_id: int, name: str, data: dict | None = Body(None)):
    """409 with a sentence when it may not happen now. Honours `Idempotency-Key`."""
    row = _kept(request, plan_id)

    def act():
        return 200, plan_body(fire_from_api(PlanFlow, row, request.user, name, data or {}, acting_for=row.organization))

    return answered(request, act)


@router.get("/topics", auth=PUBLIC, summary="Published industry topics (S3-63)")
def topics(request, page: int = 1, page_size: int = 20):
    return page_of(IndustryTopic.objects.visible_to(request.user).select_related("cover"), page, page_size, topic_body)


@router.get("/topics/{int:topic_id}", auth=PUBLIC, summary="One topic; its plans are /plans?topic_id=…")
def topic(request, topic_id: int):
    return topic_body(get_object_or_404(IndustryTopic.objects.visible_to(request.user), pk=topic_id))


@router.post("/topics", summary="Write a new topic, as a draft; for the platform administrator")
def add_topic(request, data: TopicInput):
    def act():
        return 201, topic_body(_save_topic(request, None, data))

    return answered(request, act)


@router.patch("/topics/{int:topic_id}", summary="Change a topic; for the platform administrator")
def change_topic(request, topic_id: int, data: TopicInput):
    return topic_body(_save_topic(request, get_object_or_404(IndustryTopic, pk=topic_id), data))


@router.post("/topics/{int:topic_id}/steps/{name}", summary="Take a step: publish, close")
def take_topic_step(request, topic_id: int, name: str, data: dict | None = Body(None)):
    row = get_object_or_404(IndustryTopic.objects.visible_to(request.user), pk=topic_id)

    def act():
        return 200, topic_body(fire_from_api(TopicFlow, row, request.user, name, data or {}))

    return answered(request, act)


def _institution(request, organization_id: int) -> Organization:
    found = get_object_or_404(Organization.objects.visible_to(request.user), pk=organization_id)
    if not may_manage(request.user, found):
        raise Http404
    return found


def _save(request, unit: Organization, plan: ServicePlan | None, data: PlanInput) -> ServicePlan:
    """Through the page's form, so that both say the same; what was not sent is what stands there."""
    given = data.model_dump(exclude_unset=True)
    filled: dict[str, Any] = {"price_kind": ServicePlan.PriceKind.FIXED}
    if plan is not None:
        filled = {name: getattr(plan, name) for name in PlanForm.Meta.fields if name not in ("capabilities", "topics")}
        filled["capabilities"] = list(plan.capabilities.values_list("pk", flat=True))
        filled["topics"] = list(plan.topics.published().values_list("pk", flat=True))
        if given.get("price_kind") == ServicePlan.PriceKind.NEGOTIABLE and "price" not in given:
            filled["price"] = None
    for sent, field in (("capability_ids", "capabilities"), ("topic_ids", "topics")):
        if sent in given:
            given[field] = given.pop(sent) or []
    if "deliverables" in given:
        given["deliverables"] = "\n".join(given["deliverables"] or [])
    form = PlanForm({**filled, **given}, organization=unit, instance=plan and ServicePlan.objects.get(pk=plan.pk))
    if not form.is_valid():
        raise Invalid(form)
    return services.save_plan(organization=unit, actor=request.user, plan=plan, **form.answers())


def _save_topic(request, topic: IndustryTopic | None, data: TopicInput) -> IndustryTopic:
    if not request.user.is_staff:
        raise Http404
    given = data.model_dump(exclude_unset=True)
    filled = {name: getattr(topic, name) for name in TopicForm.Meta.fields} if topic else {"rank": 100}
    form = TopicForm({**filled, **given}, instance=topic and IndustryTopic.objects.get(pk=topic.pk))
    if not form.is_valid():
        raise Invalid(form)
    return services.save_topic(actor=request.user, topic=topic, **form.cleaned_data)
