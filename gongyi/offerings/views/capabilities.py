"""An institution's library of capabilities: lists, one line added, changed or copied, and one line's page (S3-37 … S3-41, S3-58)."""

from typing import Any

from django.contrib import messages
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.audit.queries import events_of
from gongyi.kit.dialogs import show_dialog
from gongyi.kit.views import (
    Action,
    BulkAction,
    BulkResult,
    Crumb,
    Field,
    FieldGroup,
    FormPage,
    ListPage,
    Page,
    Panel,
    Section,
)
from gongyi.offerings.filters.capabilities import FALLEN, MetrologyFilter, TestFilter
from gongyi.offerings.forms.capabilities import MetrologyForm, MoveForm, PriceForm, TestForm
from gongyi.offerings.lines import label_of
from gongyi.offerings.models import Capability
from gongyi.offerings.queries import capabilities as queries
from gongyi.offerings.services import capabilities as services
from gongyi.offerings.tables.capabilities import MetrologyTable, TestTable
from gongyi.offerings.workflow import CapabilityFlow
from gongyi.organizations.models import Certificate, Organization
from gongyi.organizations.views.inside import InsideUnit
from gongyi.workflow.forms import ReasonForm
from gongyi.workflow.views import WorkflowPage

TESTS, METROLOGY = gettext_lazy("能力库信息"), gettext_lazy("计量能力库")
LIBRARIES = (("tests", TESTS), ("metrology", METROLOGY))
TEST_SECTIONS = (
    Section(gettext_lazy("所依据的证书"), ["certificate"]),
    Section(
        gettext_lazy("检测对象与参数"),
        ["group_no", "domain", "category", "subject", "parameter_no", "parameter"],
        gettext_lazy("与证书能力附表一致"),
    ),
    Section(gettext_lazy("依据的标准"), ["standard_no", "standard_name", "measuring_range", "remark", "site"]),
    Section(gettext_lazy("价格与周期"), ["price", "lead_days"]),
)
METROLOGY_SECTIONS = (
    Section(gettext_lazy("所依据的证书"), ["certificate"]),
    Section(gettext_lazy("计量项目"), ["nature", "subject", "measuring_range", "accuracy", "standard_no"]),
    Section(gettext_lazy("授权"), ["authorized_area", "authorization_category", "valid_until", "remark"]),
    Section(gettext_lazy("价格与周期"), ["price", "lead_days"]),
)


class OfLibrary(InsideUnit):
    """A page of one institution's library: its people read it, those who keep its data change it."""

    library = "tests"

    @property
    def library_url(self) -> str:
        return reverse(f"offerings:{self.library}", args=[self.organization.pk])

    def get_crumbs(self):
        unit: Organization = self.organization
        here = self.get_title()  # type: ignore[attr-defined]
        listed = Crumb(str(dict(LIBRARIES)[self.library]), self.library_url)
        crumbs = [Crumb(str(unit), unit.manage_url), listed]
        return crumbs[:1] + [Crumb(here)] if isinstance(self, ListPage) else [*crumbs, Crumb(here)]

    def get_tabs(self):
        return ()  # these pages stand beside the unit's own, with a row of tabs of theirs

    def get_context_data(self, **kwargs):
        libraries = [
            {
                "label": label,
                "url": reverse(f"offerings:{name}", args=[self.organization.pk]),
                "current": name == self.library,
            }
            for name, label in LIBRARIES
        ]
        return super().get_context_data(libraries=libraries, **kwargs)


class KeepingLibrary(OfLibrary):
    """A page that changes something; for others it does not exist."""

    def allowed(self) -> bool:
        if not self.keeps:
            raise Http404
        return True

    def get_cancel_url(self) -> str:
        return self.library_url


class Library(OfLibrary, ListPage):
    """One institution's lines of one kind, with how many still hold and what to do about those that fell."""

    model = Capability
    template_name = "offerings/library.html"
    noun, measure = gettext_lazy("能力项"), gettext_lazy("项")
    natures: tuple[str, ...] = (Capability.Nature.TEST,)
    add_name = import_name = ""
    columns_note = ""

    @cached_property
    def of_unit(self):
        rows = super().get_queryset().filter(organization=self.organization, nature__in=self.natures)
        return rows.order_by("pk")

    def get_queryset(self):
        return queries.with_standing(self.of_unit, timezone.localdate()).select_related("certificate", "organization")

    def get_table_kwargs(self):
        return {"keeps": self.keeps}

    @property
    def bulk_actions(self):  # type: ignore[override]
        if not self.keeps:
            return ()
        return (
            BulkAction("price", _("改价"), form_class=PriceForm, effect=_("选中的能力项改为同一价格和周期。")),
            BulkAction("suspend", _("暂停"), form_class=ReasonForm, effect=_("暂停后公众仍能查到，但不能订购。")),
            BulkAction("resume", _("恢复"), effect=_("恢复后可以订购；证书已失效的不能恢复。")),
            BulkAction(
                "cancel", _("取消"), tone="bad", form_class=ReasonForm,
                effect=_("取消后不再公开，序号保留备查，不能恢复；需要时重新添加。"),
            ),
        )  # fmt: skip

    def bulk_price(self, capabilities, price, lead_days):
        changed = services.set_price(
            capabilities=capabilities, actor=self.request.user, price=price, lead_days=lead_days
        )
        return _("已改 %s 项的价格和周期。") % changed

    def bulk_suspend(self, capabilities, reason):
        return self.each(capabilities, "suspend", reason=reason)

    def bulk_resume(self, capabilities):
        return self.each(capabilities, "resume")

    def bulk_cancel(self, capabilities, reason):
        return self.each(capabilities, "cancel", reason=reason)

    def each(self, capabilities, step: str, **data: Any) -> BulkResult:
        actor = self.request.user
        return BulkResult.of(list(capabilities), lambda row: CapabilityFlow.fire(row, step, actor=actor, **data))

    def get_actions(self):
        if not self.keeps:
            return []
        unit = [self.organization.pk]
        return [
            Action(_("批量导入"), reverse(f"offerings:{self.import_name}", args=unit), icon="file-import"),
            Action(_("新增"), reverse(f"offerings:{self.add_name}", args=unit), icon="plus", tone="primary"),
        ]

    @property
    def empty_action(self):  # type: ignore[override]
        if not self.keeps:
            return None
        return Action(_("新增"), reverse(f"offerings:{self.add_name}", args=[self.organization.pk]))

    def get_context_data(self, **kwargs):
        found = queries.counts(self.of_unit, timezone.localdate())
        standing = Capability.Standing
        fallen = found.get(standing.EXPIRED, 0) + found.get(standing.WITHDRAWN, 0)
        tiles = [(s.label, found[s], s.value, s.badge) for s in standing if found.get(s)]
        move = reverse("offerings:move_capabilities", args=[self.organization.pk])
        return super().get_context_data(
            tiles=tiles, total=sum(found.values()), chosen=self.request.GET.get("standing", ""), fallen=fallen,
            fallen_filter=FALLEN, move_url=move,
            certificates_url=reverse("organizations:certificates", args=[self.organization.pk]), **kwargs,
        )  # fmt: skip


class Tests(Library):
    __test__ = False
    library = "tests"
    title = TESTS
    table_class, filter_class = TestTable, TestFilter
    add_name, import_name = "add_test", "import_tests"
    empty_text = gettext_lazy("证书能力附表里的检测项目登记在这里：逐项添加，或用表格批量导入。")


class Metrology(Library):
    """The four classes together; the filter keeps them apart (S3-59)."""

    library = "metrology"
    title = METROLOGY
    natures = Capability.METROLOGY
    table_class, filter_class = MetrologyTable, MetrologyFilter
    add_name, import_name = "add_metrology", "import_metrology"
    empty_text = gettext_lazy("检定、校准、检验、评价的授权项目登记在这里：逐项添加，或用表格批量导入。")

    def get_context_data(self, **kwargs):
        found = queries.counts(self.of_unit, timezone.localdate(), "nature")
        classes = [(Capability.Nature(n).label, n, found.get(n, 0)) for n in Capability.METROLOGY]
        return super().get_context_data(classes=classes, nature=self.request.GET.get("nature", ""), **kwargs)


class LinePage(KeepingLibrary, FormPage):
    """The form of one line; what is doubtful about it is said once it is saved."""

    template_name = "offerings/line.html"

    @property
    def form_class(self):  # type: ignore[override]
        return TestForm if self.library == "tests" else MetrologyForm

    @property
    def sections(self):  # type: ignore[override]
        return TEST_SECTIONS if self.library == "tests" else METROLOGY_SECTIONS

    def get_form_kwargs(self):
        pick = reverse("offerings:pick_certificate", args=[self.organization.pk])
        return {**super().get_form_kwargs(), "organization": self.organization, "pick_url": pick}

    def get_context_data(self, **kwargs):
        today = timezone.localdate()
        none_valid = not Certificate.objects.filter(organization=self.organization).valid_on(today).exists()
        add = reverse("organizations:add_certificate", args=[self.organization.pk])
        return super().get_context_data(none_valid=none_valid, add_certificate_url=add, **kwargs)

    def say(self, form, words: str) -> None:
        messages.success(self.request, words)
        for doubt in form.doubts:
            messages.warning(self.request, doubt)


class AddLine(LinePage):
    """A new line, empty or with what another one says (`?copy=`)."""

    submit_label = gettext_lazy("保存")

    def get_title(self):
        return _("新增检测能力") if self.library == "tests" else _("新增计量能力")

    def get_object(self):
        return None

    @cached_property
    def model_line(self) -> Capability | None:
        key = self.request.GET.get("copy", "")
        if not key.isdecimal() or len(key) > len("123456789012345678"):
            return None
        rows = Capability.objects.filter(organization=self.organization, pk=key).select_related("certificate")
        found = rows.first()
        return found if found and found.is_test == (self.library == "tests") else None

    def get_initial(self):
        nature = self.request.GET.get("nature", "")
        if self.model_line is None:
            return {"nature": nature} if nature in Capability.METROLOGY else {}
        said = {name: getattr(self.model_line, name) for name in services.fields_of(self.model_line.nature)}
        if queries.why_not(self.model_line.certificate, timezone.localdate()):
            return said
        return {**said, "certificate": self.model_line.certificate}

    def save(self, form):
        data = dict(form.cleaned_data)
        certificate = data.pop("certificate")
        if self.library == "tests":
            data["nature"] = Capability.Nature.TEST
        made = services.add_capability(
            organization=self.organization, certificate=certificate, actor=self.request.user, **data
        )
        self.say(form, _("「%s」已加入能力库。") % made)
        return made

    def get_success_url(self, saved):
        if "again" in self.request.POST:
            return f"{self.request.path}?copy={saved.pk}"
        return self.library_url


class AddTest(AddLine):
    library = "tests"


class AddMetrology(AddLine):
    library = "metrology"


class OneLine:
    """A page about one line, `pk` in the address, of an institution one keeps."""

    request: Any
    kwargs: Any

    @cached_property
    def capability(self) -> Capability:
        rows = Capability.objects.kept_by(self.request.user).select_related("organization", "certificate")
        found = rows.filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise Http404
        return found

    @cached_property
    def organization(self) -> Organization:
        return self.capability.organization

    @property
    def library(self) -> str:
        return "tests" if self.capability.is_test else "metrology"


class EditLine(OneLine, LinePage):
    submit_label = gettext_lazy("保存")

    def allowed(self):
        if self.capability.status == Capability.Status.CANCELLED:
            raise Http404
        return super().allowed()

    def get_title(self):
        return _("修改 %s") % self.capability

    def get_object(self):
        return self.capability

    def get_cancel_url(self):
        return self.capability.kept_url

    def save(self, form):
        stored = Capability.objects.get(pk=self.capability.pk)
        done = services.change_capability(capability=stored, actor=self.request.user, **form.cleaned_data)
        self.say(form, _("「%s」已保存。") % done)
        return done

    def get_success_url(self, saved):
        return saved.kept_url


class PickCertificate(KeepingLibrary, Page):
    """The institution's certificates in a dialog: a double click, Enter or the button fills in the number (S3-40, S3-41)."""

    title = gettext_lazy("选择证书")

    def get(self, request, *args, **kwargs):
        rows = queries.pickable(self.organization, timezone.localdate())
        unit = [self.organization.pk]
        context = {
            "title": self.title, "rows": rows, "any": any(not row.reason for row in rows), "request": request,
            "add_url": reverse("organizations:add_certificate", args=unit), "back_url": self.library_url,
            "certificates_url": reverse("organizations:certificates", args=unit), "layout": "kit/desk.html",
        }  # fmt: skip
        return show_dialog(request, "offerings/pick_certificate.html", context)


class MoveCapabilities(KeepingLibrary, FormPage):
    """All lines of a certificate onto its successor, in one step (the certificate was renewed under a new number)."""

    title = gettext_lazy("能力项换到新证书")
    template_name = "offerings/move.html"
    form_class = MoveForm
    sections = (Section(gettext_lazy("从哪张换到哪张"), ["source", "target"]),)
    submit_label = gettext_lazy("换到新证书")

    def get_object(self):
        return None

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "organization": self.organization}

    def get_initial(self):
        asked = self.request.GET.get("from", "")
        today = timezone.localdate()
        rows = queries.pickable(self.organization, today)
        source = next((row for row in rows if str(row.certificate.pk) == asked), None)
        source = source or next((row for row in rows if row.reason and row.count), None)
        if source is None:
            return {}
        same = [row for row in rows if not row.reason and row.certificate.nature == source.certificate.nature]
        return {
            "source": source.certificate.pk,
            "target": same[0].certificate.pk if len(same) == 1 and same[0] is not source else None,
        }

    def get_context_data(self, **kwargs):
        rows = [row for row in queries.pickable(self.organization, timezone.localdate()) if row.count or not row.reason]
        return super().get_context_data(rows=rows, **kwargs)

    def save(self, form):
        moved, left = services.move_capabilities(actor=self.request.user, **form.cleaned_data)
        words = {"moved": f"{moved:,}", "left": f"{left:,}", "target": form.cleaned_data["target"].number}
        messages.success(self.request, _("%(moved)s 项能力已换到证书「%(target)s」。") % words)
        if left:
            messages.warning(
                self.request, _("另有 %(left)s 项在新证书下已有相同的，留在原证书下；请核对后取消。") % words
            )

    def get_success_url(self, saved):
        return self.library_url


class CapabilityPage(OneLine, WorkflowPage):
    """One line for those who keep it: what may be done, what hangs on it, and who did what; strangers have the public page."""

    model = Capability
    icons = {"suspend": "player-pause", "resume": "player-play", "cancel": "ban"}
    template_name = "offerings/kept_capability.html"

    def get_object(self):
        return self.capability

    @cached_property
    def keeps(self) -> bool:
        return self.organization.status != Organization.Status.EXITED

    def get_subtitle(self):
        row = self.object
        return f"{row.get_nature_display()} · {row.certificate}"

    def get_crumbs(self):
        unit = self.organization
        listed = Crumb(str(dict(LIBRARIES)[self.library]), reverse(f"offerings:{self.library}", args=[unit.pk]))
        return [Crumb(str(unit), unit.manage_url), listed, Crumb(str(self.object))]

    def get_buttons(self):
        return super().get_buttons() if self.keeps else []

    def get_actions(self):
        row, unit = self.object, self.object.organization_id
        cancelled = row.status == Capability.Status.CANCELLED
        public = [] if cancelled else [Action(_("公开页"), row.get_absolute_url(), icon="world", tone="quiet")]
        if not self.keeps:
            return public
        add = "add_test" if row.is_test else "add_metrology"
        copy = Action(_("复制"), f"{reverse(f'offerings:{add}', args=[unit])}?copy={row.pk}", icon="copy", tone="quiet")
        if cancelled:
            return [copy]
        edit = reverse("offerings:edit_capability", args=[row.pk])
        return [*public, copy, Action(_("修改"), edit, icon="edit")]

    def get_nodes(self):
        return ()

    def get_groups(self):
        row = self.object
        names = services.fields_of(row.nature)
        hidden = {"nature", "price", "lead_days", "standard_no", "standard_name"}
        facts = [
            Field(label_of(name, row.nature), services.in_words(row, name), wide=name in ("remark",))
            for name in names
            if name not in hidden and services.in_words(row, name)
        ]
        if row.is_test:
            facts.append(Field(_("依据的标准（方法）"), row.standard, wide=True))
        else:
            facts = [
                Field(label_of("nature", row.nature), row.get_nature_display()),
                *facts,
                Field(label_of("standard_no", row.nature), row.standard_no),
            ]
        return [FieldGroup(_("能力项") if row.is_test else _("计量项目"), facts)]

    def get_panels(self):
        plans = queries.plans_with([self.object.pk])
        panels = [Panel(_("用到它的服务方案"), "offerings/plans_of_capability.html", {"plans": plans})] if plans else []
        events = list(events_of(self.object))
        return [*panels, Panel(_("变更记录"), "offerings/changes.html", {"events": events})] if events else panels

    def get_context_data(self, **kwargs):
        today, row = timezone.localdate(), self.object
        standing = row.standing_on(today)
        kinds = Capability.Standing
        fallen = standing in (kinds.EXPIRED, kinds.WITHDRAWN)
        unit = [row.organization_id]
        return super().get_context_data(
            standing=standing, keeps=self.keeps, fallen=fallen,
            move_url=f"{reverse('offerings:move_capabilities', args=unit)}?from={row.certificate_id}",
            certificates_url=reverse("organizations:certificates", args=unit), **kwargs,
        )  # fmt: skip
