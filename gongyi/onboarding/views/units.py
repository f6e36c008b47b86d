"""单位基本信息 (S1-22, S1-33): where a unit stands in the network, its data, and keeping them fresh (S1-36)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gongyi.audit.queries import events_of
from gongyi.kit.refusal import Refused
from gongyi.kit.templatetags.gongyi import badge
from gongyi.kit.views import Action, Crumb, Field, FieldGroup, FlowEntry, ProcessPage
from gongyi.kit.when import format_day, format_when
from gongyi.onboarding.forms.network_unit import NetworkUnitForm
from gongyi.onboarding.freshness import days_left, due_on
from gongyi.onboarding.models import Application
from gongyi.onboarding.registrations.base import as_read
from gongyi.onboarding.registrations.network_unit import UNIT_PART, unit_data
from gongyi.onboarding.services import refresh
from gongyi.onboarding.vouchers import plain_number
from gongyi.organizations.models import Capacity, Membership, Organization, UnitProfile, UnitRules
from gongyi.organizations.queries import organizations_of
from gongyi.organizations.rules import is_unit_admin, member_of, people_in
from gongyi.reviews.models import ReviewedStatus

SHOWN_CHANGES = 12
PRIVATE = {
    "bank_account_no",
    "last_year_revenue_wan",
}  # whose sections only the unit's and the platform's administrators see


def my_unit(request: HttpRequest) -> HttpResponse:
    """会员中心 → 单位基本信息: of the unit one acts for, else where one's own application stands (S1-22)."""
    if not request.user.is_authenticated:
        return redirect(f"{reverse('accounts:sign_in')}?next={request.path}")
    acting = getattr(request, "acting_for", None)
    own = [unit for unit in [acting, *organizations_of(request.user)] if unit is not None]
    joined = Organization.objects.filter(
        pk__in=[unit.pk for unit in own], participations__capacity=Capacity.NETWORK, participations__ended_at=None
    )
    keys = set(joined.values_list("pk", flat=True))
    if unit := next((unit for unit in own if unit.pk in keys), None):
        return redirect("onboarding:refresh", unit.pk)
    draft = Application.objects.filter(applicant=request.user, capacity=Capacity.NETWORK).order_by("-saved_at").first()
    if draft:
        return redirect(draft)
    if acting is not None:
        messages.info(
            request,
            _("「%s」还没有登记为入网单位，登记并通过审核后才有入网状态。名称、地址等单位资料在「单位资料」中修改。")
            % acting,
        )
    return redirect("onboarding:start", Capacity.NETWORK)


class UnitInformation(ProcessPage):
    """The unit's data and 入网状态, for its own people and the platform's administrators.

    To those who act for an overdue unit this is the only page there is: its administrators confirm or edit the data here,
    the others see whom to ask.
    """

    model = Organization
    template_name = "onboarding/unit_information.html"
    status_field = ""

    def get_queryset(self):
        return Organization.objects.visible_to(self.request.user).select_related("region", "profile")

    def get_object(self):
        unit = get_object_or_404(self.get_queryset(), pk=self.kwargs["pk"])
        if not (self.request.user.is_staff or member_of(self.request.user, unit)):
            raise Http404
        if unit.info_confirmed_at is None and not self._takes_part(unit):
            raise Http404
        return unit

    @staticmethod
    def _takes_part(unit: Organization) -> bool:
        return unit.participations.filter(capacity=Capacity.NETWORK, ended_at=None).exists()

    def get_crumbs(self):
        if self.keeps:
            return (Crumb(str(self.object), self.object.manage_url), Crumb(self.get_title()))
        return (Crumb(self.get_title()),)

    def get_title(self):
        return _("单位基本信息")

    @cached_property
    def keeps(self) -> bool:
        return is_unit_admin(self.request.user, self.object)

    @cached_property
    def rules(self) -> UnitRules:
        return UnitRules.current()

    @cached_property
    def under_way(self) -> Application | None:
        """The change that waits or was returned, if there is one."""
        rows = Application.objects.filter(organization=self.object, capacity=Capacity.NETWORK)
        return rows.exclude(status__in=[ReviewedStatus.APPROVED, ReviewedStatus.DRAFT]).order_by("-saved_at").first()

    def get_context_data(self, **kwargs):
        left = self.left
        administrators = people_in(self.object, *Membership.ADMINISTERING)
        return super().get_context_data(
            **{
                "keeps": self.keeps,
                "left": left,
                "late": -left if left is not None and left < 0 else 0,
                "is_due_soon": self.must_update,
                "due": due_on(self.object, self.rules),
                "every": self.rules.refresh_after_days,
                "administrators": administrators,
                "others": [unit for unit in organizations_of(self.request.user) if unit != self.object],
                "change_url": self.change_url,
                **kwargs,
            }
        )

    @cached_property
    def left(self) -> int | None:
        return days_left(self.object, self.rules, timezone.localdate())

    @property
    def must_update(self) -> bool:
        """Whether the notice stands above: overdue, or due within the first reminder's days."""
        return self.left is not None and self.left <= max(self.rules.remind_before_days, default=0)

    @property
    def change_url(self) -> str:
        return reverse("onboarding:change", args=[self.object.pk, Capacity.NETWORK])

    def get_actions(self):
        if not self.keeps:
            return []
        edit = Action(_("编辑单位信息"), self.change_url, icon="edit", tone="primary")
        actions = [] if self.must_update else [edit]  # the notice has its own button
        if self.under_way:
            label = _("查看变更申请") if self.under_way.status == ReviewedStatus.PENDING else _("修改后重新提交")
            actions.insert(0, Action(label, self.under_way.get_absolute_url(), icon="clipboard-check"))
        return actions

    def get_groups(self):
        unit = self.object
        profile = getattr(unit, "profile", None) or UnitProfile(organization=unit)
        due = due_on(unit, self.rules)
        standing = FieldGroup(
            _("入网状态"),
            [
                Field(_("入网状态"), self.membership_status()),
                Field(_("信息更新"), format_when(unit.info_confirmed_at, full=True)),
                Field(_("最迟更新"), format_day(due, full=True)),
                Field(_("承诺书"), self.commitment(profile)),
            ],
        )
        return [standing, *data_groups(unit, private=self.keeps or self.request.user.is_staff)]

    def membership_status(self):
        """入网状态 as the manual calls it (S1-33, S1-34)."""
        if self.under_way:
            return badge(self.under_way.get_status_display(), ReviewedStatus(self.under_way.status).tone)
        if self.object.status != Organization.Status.ACTIVE:
            return badge(self.object.get_status_display(), Organization.Status(self.object.status).tone)
        return badge(_("入网成功"), "ok")

    @staticmethod
    def commitment(profile: UnitProfile) -> str:
        if not profile.commitment_version:
            return ""
        words = {"version": profile.commitment_version, "at": format_when(profile.commitment_at, full=True)}
        return _("%(version)s 版，%(at)s 承诺") % words

    def get_flow(self):
        """What was updated and confirmed, for those who may see the figures."""
        if not (self.keeps or self.request.user.is_staff):
            return []
        events = events_of(self.object).filter(what__in=[str(what) for what in refresh.UPDATES])[:SHOWN_CHANGES]
        return [
            FlowEntry(event.what, event.who, event.at, changes_in_words(event.before, event.after), "done")
            for event in events
        ]


def data_groups(unit: Organization, *, private: bool) -> list[FieldGroup]:
    """The sections of the form with the unit's present data; bank and business figures only where `private`."""
    blank = Application(organization=unit, capacity=Capacity.NETWORK, is_change=True)
    data = unit_data(unit)
    form = NetworkUnitForm(None, initial=data, application=blank)
    shown: dict[str, Any] = {name: form[name] for name in form.fields}  # bound fields of the site's own renderer
    names = data | {"region": unit.region}
    return [
        FieldGroup(
            group.title,
            [
                Field(form.fields[name].label, in_words(form, name, names[name]), wide=shown[name].is_wide)
                for name in group.fields
            ],
        )
        for group in UNIT_PART.sections
        if private or not PRIVATE & set(group.fields)
    ]


def in_words(form: NetworkUnitForm, name: str, value: Any) -> str:
    """An answer as people read it, numbers with their unit."""
    suffix = getattr(form.fields[name].widget, "suffix", "")
    if suffix and value is not None:
        return f"{plain_number(value)} {suffix}"
    return as_read(form, name, value)


def changes_in_words(before: dict | None, after: dict | None) -> str:
    """Up to three changed fields of a record."""
    rows = [f"{name}：{(before or {}).get(name) or '—'} → {value or '—'}" for name, value in (after or {}).items()]
    more = _("；另有 %s 项") % (len(rows) - 3) if len(rows) > 3 else ""
    return "；".join(rows[:3]) + more


@require_POST
def confirm_unchanged(request: HttpRequest, pk: int) -> HttpResponse:
    """The administrator looked at the data: nothing changed, the year begins anew."""
    if not request.user.is_authenticated:
        return redirect("accounts:sign_in")
    unit = get_object_or_404(Organization.objects.visible_to(request.user), pk=pk)
    if not member_of(request.user, unit):
        raise Http404
    try:
        refresh.confirm_unchanged(organization=unit, actor=request.user)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        due = due_on(unit, UnitRules.current())
        messages.success(request, _("单位信息已确认，下次在 %s 前更新。") % format_day(due, full=True))
    return HttpResponseRedirect(reverse("onboarding:refresh", args=[pk]))


@require_safe
def voucher_check(request: HttpRequest) -> HttpResponse:
    """The four conditions for what stands in the form now (S1-31); nothing is kept."""
    form = NetworkUnitForm(request.GET, application=Application(capacity=Capacity.NETWORK))
    field = form["wants_voucher"]
    context = field.field.widget.get_context("wants_voucher", request.GET.get("wants_voucher"), {"id": field.auto_id})
    return TemplateResponse(request, "onboarding/_voucher.html", context)
