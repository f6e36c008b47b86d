"""Innovation platforms of a unit: kept and handed in by the unit, read by everybody once approved (S2-10 … S2-12)."""

from django.contrib import messages
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.kit.dialogs import go, show_dialog
from gongyi.kit.refusal import Refused
from gongyi.kit.views import Action, Crumb, Field, FieldGroup, FormPage, ListPage, Page, Section
from gongyi.onboarding.filters.platforms import PlatformFilter
from gongyi.onboarding.forms.platforms import PlatformForm
from gongyi.onboarding.models import InnovationPlatform
from gongyi.onboarding.platforms import freeze, published_version
from gongyi.onboarding.services import platforms as services
from gongyi.onboarding.tables.platforms import PlatformTable
from gongyi.onboarding.views.of_unit import OfUnit
from gongyi.onboarding.workflow import PlatformFlow
from gongyi.organizations.rules import may_manage
from gongyi.reviews.models import ReviewedStatus
from gongyi.reviews.panels import progress_panel
from gongyi.reviews.rules import last_decision
from gongyi.reviews.workflow import EDITABLE
from gongyi.workflow.views import WorkflowPage

SECTIONS = (
    Section(gettext_lazy("平台"), ["name", "platform_type", "level", "subject_codes", "introduction"]),
    Section(gettext_lazy("批准"), ["approved_by", "approval_no", "approved_on", "approval"]),
    Section(gettext_lazy("依托法人单位（组建单位）"), ["host_name", "host_uscc"]),
    Section(gettext_lazy("负责人与联系"), ["director", "contact_name", "contact_phone", "contact_email", "address"]),
)  # fmt: skip


class Platforms(OfUnit, ListPage):
    title = gettext_lazy("创新平台/检测机构")
    model = InnovationPlatform
    table_class = PlatformTable
    filter_class = PlatformFilter
    noun = gettext_lazy("创新平台")
    measure = gettext_lazy("个")
    empty_text = gettext_lazy(
        "依托省级以上创新平台或检测机构的单位在这里登记，审核通过后登记仪器时可以选用；其他单位不用填写。"
    )

    def get_queryset(self):
        public = InnovationPlatform.objects.published().filter(pk=OuterRef("pk"))
        return self.organization.platforms.annotate(is_published=Exists(public))

    def get_actions(self):
        url = reverse("onboarding:add_platform", args=[self.organization.pk])
        return [Action(_("新增"), url, icon="plus", tone="primary")]

    @property
    def empty_action(self):
        return self.get_actions()[0]


class PlatformPage(FormPage):
    """The form of a platform: saved as a draft, or handed in at once."""

    template_name = "onboarding/platform_form.html"
    form_class = PlatformForm
    sections = SECTIONS
    submit_label = gettext_lazy("提交审核")
    is_change_of_published = False

    @property
    def draft(self) -> bool:
        return "draft" in self.request.POST

    def get_form_kwargs(self):
        return {
            **super().get_form_kwargs(), "organization": self.organization, "user": self.request.user, "draft": self.draft,
        }  # fmt: skip

    def show(self, form, *, status=200):
        """What is wrong is shown with everything that was typed; a file that was all right is kept too."""
        upload = getattr(form, "cleaned_data", {}).get("approval")
        if status != 200 and upload and not form.has_error("approval"):
            form.keep(services.keep_upload(upload, actor=self.request.user))
        elif status != 200 and (kept := getattr(form, "cleaned_data", {}).get("kept")):
            form.keep(kept)
        return super().show(form, status=status)

    def file_of(self, form):
        upload = form.cleaned_data["approval"]
        return services.keep_upload(upload, actor=self.request.user) if upload else form.cleaned_data["kept"]

    def hand_in(self, platform):
        if self.draft:
            messages.success(self.request, _("草稿已保存。"))
        else:
            PlatformFlow.fire(platform, "submit", actor=self.request.user, acting_for=self.organization)
            messages.success(self.request, _("已提交，等待审核。"))
        return platform


class AddPlatform(OfUnit, PlatformPage):
    title = gettext_lazy("新增创新平台/检测机构")

    def get_object(self):
        return None

    def get_initial(self):
        unit = self.organization
        return {"host_name": unit.name, "host_uscc": unit.uscc or "", "address": unit.address}

    def get_cancel_url(self):
        return reverse("onboarding:platforms", args=[self.organization.pk])

    def get_crumbs(self):
        *before, here = super().get_crumbs()
        return (*before, Crumb(_("创新平台/检测机构"), self.get_cancel_url()), here)

    def save(self, form):
        return self.hand_in(
            services.add_platform(
                organization=self.organization,
                actor=self.request.user,
                approval_file=self.file_of(form),
                **form.answers(),
            )
        )


class EditPlatform(PlatformPage):
    """Correct a draft or what was returned, or begin a change of what was approved."""

    model = InnovationPlatform

    def get_queryset(self):
        kept = InnovationPlatform.objects.kept_or_reviewed_by(self.request.user)
        return kept.select_related("organization", "approval_file")

    def allowed(self):
        return may_manage(self.request.user, self.organization) and self.object.status != ReviewedStatus.PENDING

    @property
    def organization(self):
        return self.object.organization

    @property
    def is_change_of_published(self):
        return self.object.status == ReviewedStatus.APPROVED or bool(published_version(self.object))

    def get_title(self):
        return _("修改「%s」") % self.object.name

    def get_crumbs(self):
        url = reverse("onboarding:platforms", args=[self.organization.pk])
        return (
            Crumb(_("创新平台/检测机构"), url), Crumb(self.object.name, self.object.get_absolute_url()), Crumb(_("修改")),
        )  # fmt: skip

    def get_context_data(self, **kwargs):
        returned = last_decision(self.object) if self.object.status == ReviewedStatus.RETURNED else None
        return super().get_context_data(returned=returned, **kwargs)

    def get_form_kwargs(self):
        fresh = InnovationPlatform.objects.select_related("approval_file").get(pk=self.object.pk)
        return {**super().get_form_kwargs(), "instance": fresh}

    def save(self, form):
        return self.hand_in(
            services.change_platform(
                platform=self.object, actor=self.request.user, approval_file=self.file_of(form), **form.answers()
            )
        )


class OnePlatform(WorkflowPage):
    """A platform as its unit and its reviewers see it: what it says, where its review is."""

    model = InnovationPlatform
    icons = {"withdraw": "arrow-back-up"}

    def get_queryset(self):
        kept = InnovationPlatform.objects.kept_or_reviewed_by(self.request.user)
        return kept.select_related("organization", "approval_file")

    def get_crumbs(self):
        if not self.keeps:
            return ()
        url = reverse("onboarding:platforms", args=[self.object.organization_id])
        return (Crumb(_("创新平台/检测机构"), url), Crumb(self.object.name))

    @cached_property
    def keeps(self):
        return may_manage(self.request.user, self.object.organization)

    @cached_property
    def public(self):
        return published_version(self.object)

    def get_subtitle(self):
        return self.object.organization.name

    def get_actions(self):
        found, pk = [], [self.object.pk]
        if self.public:
            url = reverse("onboarding:public_platform", args=pk)
            found.append(Action(_("公开页面"), url, icon="external-link", tone="quiet"))
        if self.keeps and not services.not_discardable(self.object):
            found.append(
                Action(_("删除草稿"), reverse("onboarding:discard_platform", args=pk), tone="bad", dialog=True)
            )
        if self.keeps and self.object.status in (*EDITABLE, ReviewedStatus.APPROVED):
            found.append(Action(_("编辑"), reverse("onboarding:edit_platform", args=pk), icon="pencil"))
        return found

    def get_buttons(self):
        """Changing an approved one begins with its form; there is nothing to give up before a first approval."""
        hidden = {PlatformFlow.steps["reopen"].label}
        if not self.public:
            hidden.add(PlatformFlow.steps["give_up_change"].label)
        return [button for button in super().get_buttons() if button.label not in hidden]

    def get_groups(self):
        part = freeze(self.object)[0]
        wide = {"introduction", "host_name", "address", "approval_file", "name"}
        facts = [
            Field(item["label"], _files(item) if item["files"] else item["value"], item["key"] in wide)
            for item in part["fields"]
        ]
        return [FieldGroup(part["title"], facts)]

    def get_side_panels(self):
        return [progress_panel(self.object, self.request.user)]


def _files(item):
    file = item["files"][0]
    return format_html(
        '<a href="{}" target="_blank">{}</a>', reverse("files:download", args=[file["id"]]), file["name"]
    )


class DiscardPlatform(Page):
    """Asks once, then deletes a draft that was never handed in."""

    title = gettext_lazy("删除草稿")

    @cached_property
    def platform(self):
        kept = InnovationPlatform.objects.kept_or_reviewed_by(self.request.user)
        found = get_object_or_404(kept.select_related("organization"), pk=self.kwargs["pk"])
        if not may_manage(self.request.user, found.organization):
            raise Http404
        return found

    def allowed(self):
        return bool(self.platform)

    def get(self, request, *args, **kwargs):
        refusal = services.not_discardable(self.platform)
        return self.ask(refusal, status=409 if refusal else 200)

    def post(self, request, *args, **kwargs):
        unit, name = self.platform.organization_id, self.platform.name
        try:
            with transaction.atomic():
                services.discard_draft(platform=self.platform, actor=request.user)
        except Refused as refusal:
            return self.ask(refusal, status=409)
        messages.success(request, _("「%s」的草稿已删除。") % name)
        return go(request, reverse("onboarding:platforms", args=[unit]))

    def ask(self, refusal=None, *, status=200):
        context = {
            "title": self.title, "refusal": refusal, "back_url": self.platform.get_absolute_url(),
            "layout": "kit/desk.html",
        }  # fmt: skip
        return show_dialog(self.request, "onboarding/discard_platform.html", context, status=status)


class PublicPlatform(Page):
    """What everybody reads of a platform: the version that was approved."""

    template_name = "onboarding/public_platform.html"
    layout = "public"
    sign_in_required = False

    @cached_property
    def version(self):
        shown = InnovationPlatform.objects.published().select_related("organization")
        found = published_version(get_object_or_404(shown, pk=self.kwargs["pk"]))
        if found is None:
            raise Http404
        return found

    def get_title(self):
        return self.version.name

    def get_crumbs(self):
        unit = self.version.platform.organization
        return (
            Crumb(_("机构"), reverse("portal:organizations")),
            Crumb(unit.name, unit.get_absolute_url()),
            Crumb(self.version.name),
        )

    def get_fact(self):
        return f"{self.version.values['level']} · {self.version.values['platform_type']}"

    def get_actions(self):
        platform = self.version.platform
        if may_manage(self.request.user, platform.organization):
            return [Action(_("管理"), platform.get_absolute_url(), icon="settings")]
        return []

    def get_context_data(self, **kwargs):
        values = self.version.values
        names = InnovationPlatform._meta
        facts = [
            Field(names.get_field(name).verbose_name, values[name], name == "address")
            for name in ("approved_by", "approval_no", "approved_on", "director", "contact_name", "contact_phone", "contact_email", "address")
            if values.get(name)
        ]  # fmt: skip
        if values.get("subject_codes"):
            facts.insert(0, Field(names.get_field("subject_codes").verbose_name, values["subject_codes"], True))
        unit = self.version.platform.organization
        groups = [FieldGroup(_("基本情况"), facts)] if facts else []
        return super().get_context_data(values=values, groups=groups, unit=unit, **kwargs)
