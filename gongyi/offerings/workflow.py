"""Capabilities that are suspended, taken up again or given up; plans and topics that are shown and taken down."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongyi.offerings.models import Capability, IndustryTopic, ServicePlan
from gongyi.offerings.rules import certificate_valid, institution_active, keeper, plan_complete, topic_complete
from gongyi.offerings.search import plans as index_plans
from gongyi.organizations.rules import platform_admin
from gongyi.workflow import Step, Workflow
from gongyi.workflow.forms import ReasonForm

C = Capability.Status
P = ServicePlan.Status
T = IndustryTopic.Status


class CapabilityFlow(Workflow):
    """What stands in the annex is valid while its certificate is; the institution may suspend a line or give it up.

    A cancelled line keeps its number and its past, and may be entered anew.
    """

    model = Capability
    title = _("能力项")
    initial = (C.VALID,)
    main_path = (C.VALID,)
    related = ("organization", "certificate")

    suspend = Step(_("暂停"), C.VALID, C.SUSPENDED, by=keeper, form=ReasonForm, tone="danger")
    resume = Step(_("恢复"), C.SUSPENDED, C.VALID, by=keeper, needs=certificate_valid, tone="success")
    cancel = Step(_("取消"), (C.VALID, C.SUSPENDED), C.CANCELLED, by=keeper, form=ReasonForm, tone="danger")


class PlanFlow(Workflow):
    """A service plan is written as a draft, shown to everybody, and taken down again (S3-61)."""

    model = ServicePlan
    title = _("服务方案")
    initial = (P.DRAFT,)
    main_path = (P.DRAFT, P.PUBLISHED)
    related = ("organization",)

    publish = Step(
        _("发布"), (P.DRAFT, P.TAKEN_DOWN), P.PUBLISHED, by=keeper, needs=(plan_complete, institution_active), tone="success"
    )  # fmt: skip
    take_down = Step(
        _("下架"), P.PUBLISHED, P.TAKEN_DOWN, by=keeper, tone="danger",
        confirm=_("下架后，公众在机构主页、产业专题和搜索中都看不到这个方案；方案保留在管理列表中，可以重新发布。"),
    )  # fmt: skip


@PlanFlow.publish.does
def note_when(plan: ServicePlan, *, actor: Any, **data: Any) -> None:
    plan.published_at = timezone.now()


@PlanFlow.publish.then
@PlanFlow.take_down.then
def find_it_accordingly(plan: ServicePlan, *, actor: Any, **data: Any) -> None:
    index_plans([plan.pk])


class TopicFlow(Workflow):
    """An industry topic of the platform: drafted, shown, closed (S3-63)."""

    model = IndustryTopic
    title = _("产业专题")
    initial = (T.DRAFT,)
    main_path = (T.DRAFT, T.PUBLISHED)

    publish = Step(_("发布"), (T.DRAFT, T.CLOSED), T.PUBLISHED, by=platform_admin, needs=topic_complete, tone="success")
    close = Step(
        _("下线"), T.PUBLISHED, T.CLOSED, by=platform_admin, tone="danger",
        confirm=_("下线后，专题页不再公开，机构不能再选它；专题下的服务方案照常展示。需要时可以重新发布。"),
    )  # fmt: skip
