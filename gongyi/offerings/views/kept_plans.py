"""Service plans for those who keep the institution: the list, the form with its pictures and its picker (S3-61, S3-62)."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from gongyi.kit.refusal import Refused
from gongyi.kit.views import Action, BulkAction, BulkResult, Crumb, FormPage, ListPage, Section
from gongyi.offerings.filters.plans import KeptPlanFilter
from gongyi.offerings.forms.plans import PlanForm, option_of
from gongyi.offerings.models import Capability, ServicePlan
from gongyi.offerings.rules import missing_of_plan
from gongyi.offerings.services import plans as services
from gongyi.offerings.tables.plans import KeptPlanTable
from gongyi.offerings.workflow import PlanFlow
from gongyi.organizations.models import Organization
from gongyi.organizations.rules import may_manage

FOUND_AT_ONCE = 30
SECTIONS = (
    Section(gettext_lazy("基本信息"), ["name", "business_type", "summary", "cover", "remove_cover"]),
    Section(gettext_lazy("方案介绍"), ["description"], gettext_lazy("图文")),
    Section(
        gettext_lazy("价格与交付"),
        ["price_kind", "price", "price_unit", "workdays_from", "workdays_to", "deliverables"],
    ),
    Section(gettext_lazy("关联"), ["capabilities", "topics"]),
)


def kept_institution(user: Any, pk: int) -> Organization:
    """The institution, for those who keep its data; for others it does not exist."""
    found = get_object_or_404(Organization.objects.visible_to(user).select_related("profile"), pk=pk)
    if not may_manage(user, found):
        raise Http404
    return found


def linked_counts(plans: QuerySet) -> QuerySet:
    """With how many capabilities each plan includes, and how many of them can be ordered today."""
    links = ServicePlan.capabilities.through.objects.filter(serviceplan=OuterRef("pk")).order_by().values("serviceplan")
    today = Capability.objects.orderable_on(timezone.localdate()).order_by().values("pk")
    return plans.annotate(
        linked=Coalesce(Subquery(links.annotate(n=Count("pk")).values("n")), 0),
        orderable=Coalesce(Subquery(links.annotate(n=Count("pk", filter=Q(capability__in=today))).values("n")), 0),
    )


class OfInstitution:
    """A screen of one institution's plans, `pk` in the address."""

    request: Any
    kwargs: Any

    @cached_property
    def organization(self) -> Organization:
        return kept_institution(self.request.user, self.kwargs["pk"])

    def allowed(self) -> bool:
        return bool(self.organization)

    @property
    def list_url(self) -> str:
        return reverse("offerings:kept_plans", args=[self.organization.pk])


class KeptPlans(OfInstitution, ListPage):
    title = gettext_lazy("服务方案管理")
    model = ServicePlan
    table_class = KeptPlanTable
    filter_class = KeptPlanFilter
    noun = gettext_lazy("服务方案")
    measure = gettext_lazy("个")
    empty_text = gettext_lazy("把热门的检测、校准项目写成服务方案，发布后显示在机构主页、产业专题和搜索里。")
    bulk_actions = (
        BulkAction("publish", gettext_lazy("发布"), effect=gettext_lazy("发布后，公众可以看到这些方案。")),
        BulkAction("take_down", gettext_lazy("下架"), tone="bad", effect=gettext_lazy("下架后，公众看不到这些方案；可以重新发布。")),
        BulkAction("delete", gettext_lazy("删除"), tone="bad", effect=gettext_lazy("只有草稿能删除，删除后不能恢复。发布过的方案请下架。")),
    )  # fmt: skip

    def get_crumbs(self):
        return (Crumb(str(self.organization), self.organization.manage_url), Crumb(self.get_title()))

    def get_queryset(self):
        plans = ServicePlan.objects.kept_by(self.request.user).filter(organization=self.organization)
        return linked_counts(plans.defer("tsv", "description")).prefetch_related("topics")

    def get_actions(self):
        return [
            Action(_("查看公开主页"), self.organization.get_absolute_url(), icon="external-link", tone="quiet"),
            Action(_("新增"), reverse("offerings:add_plan", args=[self.organization.pk]), icon="plus", tone="primary"),
        ]

    @property
    def empty_action(self):
        return self.get_actions()[-1]

    def bulk_publish(self, plans):
        return self._fire(plans, "publish")

    def bulk_take_down(self, plans):
        return self._fire(plans, "take_down")

    def bulk_delete(self, plans):
        return BulkResult.of(plans, lambda plan: services.delete_draft(plan=plan, actor=self.request.user))

    def _fire(self, plans, step):
        actor = self.request.user
        return BulkResult.of(plans, lambda plan: PlanFlow.fire(plan, step, actor=actor, acting_for=self.organization))


class PlanFormPage(FormPage):
    """The form of a plan: saved as it is, or published at once."""

    template_name = "offerings/plan_form.html"
    form_class = PlanForm
    sections = SECTIONS
    submit_label = gettext_lazy("发布")
    organization: Any

    @property
    def status(self) -> str:
        return self.object.status if self.object else ServicePlan.Status.DRAFT

    @property
    def save_label(self) -> str:
        """The other button; a published plan is only saved."""
        return {"draft": _("保存草稿"), "taken_down": _("保存")}.get(self.status, "")

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "organization": self.organization}

    def save(self, form):
        stored = ServicePlan.objects.get(pk=self.object.pk) if self.object else None
        actor: Any = self.request.user
        saved = services.save_plan(organization=self.organization, actor=actor, plan=stored, **form.answers())
        if saved.status == ServicePlan.Status.PUBLISHED or "draft" in self.request.POST:
            messages.success(self.request, _("服务方案「%s」已保存。") % saved.name)
        else:
            try:
                PlanFlow.fire(saved, "publish", actor=actor, acting_for=self.organization)
            except Refused:
                for field, label in missing_of_plan(saved).items():
                    form.add_error(field, _("发布前请填写「%s」；也可以先保存草稿。") % label)
                raise
            messages.success(self.request, _("服务方案「%s」已发布。") % saved.name)
        return saved


class AddPlan(OfInstitution, PlanFormPage):
    title = gettext_lazy("新增服务方案")

    def get_object(self):
        return None

    def get_cancel_url(self):
        return self.list_url

    def get_crumbs(self):
        return (Crumb(_("服务方案管理"), self.list_url), Crumb(self.get_title()))


class EditPlan(PlanFormPage):
    model = ServicePlan

    def get_queryset(self):
        return ServicePlan.objects.kept_by(self.request.user).select_related("organization__profile", "cover")

    def allowed(self):
        return bool(self.object)

    @property
    def organization(self) -> Organization:  # type: ignore[override]
        return self.object.organization

    @property
    def submit_label(self):  # type: ignore[override]
        return _("保存") if self.status == ServicePlan.Status.PUBLISHED else _("发布")

    def get_title(self):
        return _("编辑「%s」") % ServicePlan.objects.values_list("name", flat=True).get(pk=self.object.pk)

    def get_crumbs(self):
        kept = reverse("offerings:kept_plans", args=[self.organization.pk])
        return (Crumb(_("服务方案管理"), kept), Crumb(_("编辑")))


@login_required
@require_POST
def copy_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft like this one, opened to be changed."""
    plan = get_object_or_404(ServicePlan.objects.kept_by(request.user), pk=pk)
    try:
        copied = services.copy_plan(plan=plan, actor=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(plan)
    messages.success(request, _("已复制为草稿「%s」。") % copied.name)
    return redirect("offerings:edit_plan", pk=copied.pk)


@login_required
@require_POST
def delete_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a draft away; the page asked before."""
    plan = get_object_or_404(ServicePlan.objects.kept_by(request.user), pk=pk)
    try:
        services.delete_draft(plan=plan, actor=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(plan)
    messages.success(request, _("草稿「%s」已删除。") % plan.name)
    return redirect("offerings:kept_plans", pk=plan.organization_id)


@login_required
@require_POST
def plan_picture(request: HttpRequest, pk: int) -> HttpResponse:
    """Take in a picture the editor sends, and say where it is."""
    organization = kept_institution(request.user, pk)
    upload = request.FILES.get("file")
    if upload is None:
        return JsonResponse({"detail": _("没有收到图片，请重新选择。")}, status=422)
    try:
        stored = services.keep_picture(organization=organization, actor=request.user, upload=upload)
    except Refused as refusal:
        return JsonResponse({"detail": str(refusal)}, status=422)
    return JsonResponse({"url": stored.get_absolute_url(), "name": stored.name}, status=201)


@login_required
@require_safe
def find_own_capabilities(request: HttpRequest, pk: int) -> HttpResponse:
    """The institution's capabilities that hold every word asked for, those that can be ordered first; at most a list's length."""
    organization = kept_institution(request.user, pk)
    rows = Capability.objects.filter(organization=organization).exclude(status=Capability.Status.CANCELLED)
    for word in request.GET.get("q", "")[:100].replace("\0", "").split()[:6]:
        rows = rows.filter(
            Q(subject__icontains=word) | Q(parameter__icontains=word) | Q(standard_no__icontains=word)
            | Q(standard_name__icontains=word) | Q(category__icontains=word)
        )  # fmt: skip
    today = timezone.localdate()
    good = Capability.objects.orderable_on(today).filter(pk__in=rows.order_by().values("pk"))
    found = list(good.select_related("certificate")[:FOUND_AT_ONCE])
    if len(found) < FOUND_AT_ONCE:
        rest = rows.exclude(pk__in=good.order_by().values("pk")).select_related("certificate")
        found += rest[: FOUND_AT_ONCE - len(found)]
    return JsonResponse({"items": [option_of(row) for row in found]})
