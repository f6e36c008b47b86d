"""The units: the platform administrator's list, and the page of one for those who keep its data."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404
from django.urls import reverse, reverse_lazy
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.audit.queries import history_of
from gongyi.kit.views import (
    Action,
    Crumb,
    FlowEntry,
    FormPage,
    ListPage,
    Panel,
    ProcessPage,
    Section,
    StepButton,
)  # fmt: skip
from gongyi.organizations import parts, services
from gongyi.organizations.consequences import Act, consequences_of
from gongyi.organizations.filters import OrganizationFilter
from gongyi.organizations.forms.units import ContactForm, OrganizationForm
from gongyi.organizations.models import ContactPerson, Membership, Organization, UnitProfile
from gongyi.organizations.rules import people_in
from gongyi.organizations.tables import OrganizationTable
from gongyi.organizations.views.facts import unit_groups
from gongyi.organizations.views.inside import LIST as LIST
from gongyi.organizations.views.inside import InsideUnit, Keeping
from gongyi.organizations.views.inside import OfUnit as OfUnit
from gongyi.organizations.workflow import OrganizationFlow
from gongyi.workflow.forms import ReasonForm
from gongyi.workflow.views import step_url

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


class OneOrganization(InsideUnit, ProcessPage):
    """The unit's data as its people, its reviewing authority and the platform read them; who keeps them changes them here."""

    tab = "organization"
    model = Organization
    template_name = "organizations/unit.html"

    def get_object(self):
        return self.organization

    @cached_property
    def profile(self) -> UnitProfile | None:
        return UnitProfile.objects.filter(organization=self.object).first()

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
        ways = [Action(_("公开页面"), self.object.get_absolute_url(), icon="external-link", tone="quiet")]
        ways += [
            Action(offer.step.label, reverse(pages[offer.step.name], args=pk), refusal=offer.refusal or "")
            for offer in self.offers
            if offer.step.name in pages
        ]
        if self.keeps:
            ways.append(Action(_("修改机构信息"), reverse("organizations:edit_profile", args=pk), icon="edit"))
        return [*ways, *parts.actions_of(parts.DATA, self.request, self.object)]

    def get_buttons(self):
        """Suspending and leaving have a page that says what happens; of the wish to leave only the steps that fit are shown."""
        asked = bool(self.object.leave_asked_at)
        fitting = {"suspend", "resume", "leave"} | ({"stay_after_all", "keep"} if asked else {"ask_to_leave"})
        own = {
            "suspend": "organizations:suspend",
            "leave": "organizations:leave",
            "ask_to_leave": "organizations:ask_to_leave",
        }
        return [
            StepButton(
                offer.step.label,
                reverse(own[offer.step.name], args=[self.object.pk])
                if offer.step.name in own
                else step_url(OrganizationFlow, self.object, offer.step),
                offer.step.tone,
                "" if offer.step.name in own else offer.refusal or "",
            )
            for offer in self.offers
            if offer.step.name in fitting
        ]

    def get_groups(self):
        return unit_groups(self.object, self.profile, private=self.keeps or self.request.user.is_staff)

    def get_panels(self):
        return parts.panels_of(parts.DATA, self.request, self.object)

    def get_side_panels(self):
        unit = self.object
        current = ContactPerson.objects.visible_to(self.request.user).current().filter(organization=unit)
        contacts = {"contacts": list(current), "unit": unit, "keeps": self.keeps, "duties": ContactPerson.Duty}
        role = Membership.Role
        keepers = [
            (role.UNIT_ADMIN.label, people_in(unit, role.UNIT_ADMIN)),
            (role.FINANCE.label, people_in(unit, role.FINANCE)),
        ]
        branches = Organization.objects.visible_to(self.request.user).filter(parent=unit)
        belongs = {
            "keepers": keepers, "parent": unit.parent, "branches": list(branches),
            "taking_part": list(unit.participations.order_by("ended_at", "since")),
        }  # fmt: skip
        label = _("登记与变更历史") if self.keeps else _("变更历史")
        history = (label, reverse("organizations:contacts", args=[unit.pk]))
        return [
            Panel(_("入网身份与管理员"), "organizations/belongs.html", belongs, bare=True),
            Panel(_("联系人"), "organizations/contact_list.html", contacts, link=history, bare=True),
        ]

    def get_flow(self):
        tones = {"suspend": "bad", "leave": "bad", "keep": "back", "resume": "ok"}
        return [
            FlowEntry(entry.label, entry.who, entry.at, entry.comment, tones.get(entry.step, "done"))
            for entry in history_of(self.object).order_by("-pk")[:20]
        ]

    def get_context_data(self, **kwargs):
        asked = self.object.leave_asked_at and history_of(self.object).filter(step="ask_to_leave").last()
        return super().get_context_data(asked=asked, **kwargs)


class EndingPage(InsideUnit, FormPage):
    """A step that takes the unit away from others: what happens to everything is said before it is confirmed."""

    step = ""
    act: Act
    tab = "organization"
    form_class = ReasonForm
    template_name = "organizations/ending.html"
    dialog_name = "organizations/ending_dialog.html"
    submit_tone = "bad"

    @property
    def row(self):
        return OrganizationFlow.steps[self.step]

    def allowed(self):
        known = getattr(self.organization, OrganizationFlow.field) in self.row.sources
        if not (known and self.row.by.test(self.organization, self.request.user)):
            raise Http404
        return True

    def get_title(self):
        return _("%(step)s：%(unit)s") % {"step": self.row.label, "unit": self.organization}

    @property
    def submit_label(self):
        return self.row.label

    def get_object(self):
        return None

    def get_context_data(self, **kwargs):
        found = consequences_of(self.organization, self.act)
        refusal = OrganizationFlow.refusal(self.organization, self.row, self.request.user)
        blocked = any(item.blocks for item in found)
        return super().get_context_data(
            consequences=found, confirm=self.row.confirm, refusal=None if blocked else refusal,
            blocked=blocked and bool(refusal), may_go_on=refusal is None, **kwargs,
        )  # fmt: skip

    def save(self, form):
        actor, acting = self.request.user, getattr(self.request, "acting_for", None)
        done = OrganizationFlow.fire(self.organization, self.step, actor=actor, acting_for=acting, **form.cleaned_data)
        messages.success(self.request, _("%(unit)s：已%(step)s。") % {"unit": done, "step": self.row.label})
        return done

    def get_cancel_url(self):
        return self.organization.manage_url

    def get_success_url(self, saved):
        return saved.manage_url


class Suspend(EndingPage):
    step, act = "suspend", Act.SUSPEND


class Leave(EndingPage):
    step, act = "leave", Act.LEAVE


class AskToLeave(EndingPage):
    """The unit's own wish: it sees what would happen, and what it has to clear before the platform can agree."""

    step, act = "ask_to_leave", Act.LEAVE


class EditOrganization(Keeping, FormPage):
    """All data of the unit, by the step `edit` of its process."""

    step = "edit"
    tab = "organization"
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
