"""The units: the platform administrator's list, and the page of one for those who keep its data."""

from django.db.models import Count, Q
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse, reverse_lazy
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.audit.queries import history_of
from gongyi.kit.views import (
    Action,
    Crumb,
    Field,
    FieldGroup,
    FlowEntry,
    FormPage,
    ListPage,
    Panel,
    ProcessPage,
    Section,
    StepButton,
)  # fmt: skip
from gongyi.kit.when import format_when
from gongyi.organizations import services
from gongyi.organizations.filters import OrganizationFilter
from gongyi.organizations.forms.units import ContactForm, OrganizationForm
from gongyi.organizations.models import Membership, Organization
from gongyi.organizations.queries import department_tree, people_of
from gongyi.organizations.rules import managed_organizations, may_manage, people_in
from gongyi.organizations.tables import OrganizationTable
from gongyi.organizations.workflow import OrganizationFlow
from gongyi.workflow.views import step_url

LIST = Crumb(gettext_lazy("单位"), reverse_lazy("organizations:list"))
SECTIONS = (
    Section(gettext_lazy("基本信息"), ["name", "short_name", "code", "uscc", "kind", "region"]),
    Section(gettext_lazy("联系资料"), ["address", "phone", "email", "website", "introduction"]),
)


class Organizations(ListPage):
    title = gettext_lazy("单位")
    model = Organization
    table_class = OrganizationTable
    filter_class = OrganizationFilter
    noun = gettext_lazy("单位")
    measure = gettext_lazy("家")
    empty_text = gettext_lazy("仪器、人员和付款账户都属于某个单位，先新增一家。")

    def allowed(self):
        return self.request.user.is_staff

    def get_queryset(self):
        people = Count("memberships__user", filter=Q(memberships__ended_at=None), distinct=True)
        return Organization.objects.visible_to(self.request.user).select_related("region").annotate(people=people)

    def get_actions(self):
        return [
            Action(_("批量导入"), reverse("organizations:import_units"), icon="file-import"),
            Action(_("新增单位"), reverse("organizations:add"), icon="plus", tone="primary"),
        ]

    @property
    def empty_action(self):
        return self.get_actions()[-1]


class AddOrganization(FormPage):
    title = gettext_lazy("新增单位")
    crumbs = (LIST, Crumb(gettext_lazy("新增单位")))
    template_name = "organizations/unit_form.html"
    form_class = OrganizationForm
    sections = SECTIONS
    submit_label = gettext_lazy("新增单位")
    success_message = gettext_lazy("单位已新增。接下来添加它的单位管理员。")
    cancel_url = reverse_lazy("organizations:list")

    def allowed(self):
        return self.request.user.is_staff

    def save(self, form):
        return services.add_organization(actor=self.request.user, **form.cleaned_data)

    def get_success_url(self, saved):
        return saved.manage_url


class OfUnit:
    """A screen inside one unit, `pk` in the address, for those who keep its data; for others it does not exist."""

    @cached_property
    def organization(self) -> Organization:
        found = get_object_or_404(Organization.objects.visible_to(self.request.user), pk=self.kwargs["pk"])
        if not may_manage(self.request.user, found):
            raise Http404
        return found

    def allowed(self):
        return bool(self.organization)

    def get_crumbs(self):
        own = Crumb(str(self.organization), self.organization.manage_url)
        here = Crumb(self.get_title())
        return (LIST, own, here) if self.request.user.is_staff else (own, here)


class OneOrganization(ProcessPage):
    """The unit as its administrator and the platform's see it."""

    model = Organization

    def get_queryset(self):
        return managed_organizations(self.request.user).select_related("region")

    def get_crumbs(self):
        return (LIST, Crumb(str(self.object))) if self.request.user.is_staff else ()

    def get_title(self):
        return self.object.name

    @cached_property
    def offers(self):
        return OrganizationFlow.offered(self.object, self.request.user)

    def get_actions(self):
        """Ways on from here; the steps that are forms of their own open as pages."""
        pk = [self.object.pk]
        pages = {"edit": "organizations:edit", "edit_contact": "organizations:edit_contact"}
        return [
            Action(_("公开页面"), self.object.get_absolute_url(), icon="external-link", tone="quiet"),
            Action(_("人员"), reverse("organizations:people", args=pk), icon="users"),
            Action(_("院系与实验室"), reverse("organizations:departments", args=pk), icon="sitemap"),
            *[
                Action(
                    offer.step.label, reverse(pages[offer.step.name], args=pk), icon="edit", refusal=offer.refusal or ""
                )
                for offer in self.offers
                if offer.step.name in pages
            ],
        ]

    def get_buttons(self):
        return [
            StepButton(
                offer.step.label,
                step_url(OrganizationFlow, self.object, offer.step),
                offer.step.tone,
                offer.refusal or "",
            )
            for offer in self.offers
            if offer.step.name in {"suspend", "resume"}
        ]

    def get_groups(self):
        unit = self.object
        return [
            FieldGroup(
                _("基本信息"),
                [
                    Field(_("单位名称"), unit.name, wide=True),
                    Field(_("简称"), unit.short_name),
                    Field(_("编号前缀"), unit.code),
                    Field(_("单位性质"), unit.get_kind_display()),
                    Field(_("信用代码"), unit.uscc or ""),
                    Field(_("所在地区"), str(unit.region or "")),
                    Field(_("入网时间"), format_when(unit.joined_at, full=True)),
                ],
            ),
            FieldGroup(
                _("联系资料"),
                [
                    Field(_("地址"), unit.address, wide=True),
                    Field(_("联系电话"), unit.phone),
                    Field(_("邮箱"), unit.email),
                    Field(_("网址"), unit.website),
                    Field(_("简介"), unit.introduction, wide=True),
                ],
            ),
        ]

    def get_side_panels(self):
        unit = self.object
        tree = department_tree(unit)
        facts = [
            (_("人员"), reverse("organizations:people", args=[unit.pk]), people_of(unit).count()),
            (_("院系与实验室"), reverse("organizations:departments", args=[unit.pk]), len(tree)),
        ]
        role = Membership.Role
        keepers = [
            (role.UNIT_ADMIN.label, people_in(unit, role.UNIT_ADMIN)),
            (role.FINANCE.label, people_in(unit, role.FINANCE)),
        ]
        return [Panel(_("人员与机构"), "organizations/summary.html", {"facts": facts, "keepers": keepers}, bare=True)]

    def get_flow(self):
        tones = {"suspend": "bad", "resume": "ok"}
        return [
            FlowEntry(entry.label, entry.who, entry.at, entry.comment, tones.get(entry.step, "done"))
            for entry in history_of(self.object).order_by("-pk")[:20]
        ]


class EditOrganization(OfUnit, FormPage):
    """All data of the unit, by the step `edit` of its process."""

    step = "edit"
    title = gettext_lazy("修改单位信息")
    template_name = "organizations/unit_form.html"
    form_class = OrganizationForm
    sections = SECTIONS
    success_message = gettext_lazy("单位信息已保存。")

    def allowed(self):
        flow_step = OrganizationFlow.steps[self.step]
        return super().allowed() and flow_step.by.test(self.organization, self.request.user)

    def get_object(self):
        return self.organization

    def save(self, form):
        actor, unit = self.request.user, getattr(self.request, "acting_for", None)
        return OrganizationFlow.fire(self.organization, self.step, actor=actor, acting_for=unit, **form.cleaned_data)

    def get_cancel_url(self):
        return self.organization.manage_url

    def get_success_url(self, saved):
        return saved.manage_url


class EditContact(EditOrganization):
    """The unit's own administrator: contact data only, by the step `edit_contact`."""

    step = "edit_contact"
    title = gettext_lazy("修改联系资料")
    form_class = ContactForm
    sections = (Section(gettext_lazy("联系资料"), ["address", "phone", "email", "website", "introduction"]),)
    success_message = gettext_lazy("联系资料已保存。")
