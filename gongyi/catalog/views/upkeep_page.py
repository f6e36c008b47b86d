"""The page of one instrument as its keeper sees it, its changes, and taking it out of use."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.audit.models import AuditEvent
from gongyi.audit.queries import events_of
from gongyi.catalog.changes import ChangeTable, in_words
from gongyi.catalog.endings import Ending, endings_of, meaning_of
from gongyi.catalog.models import FacilityFile, Instrument
from gongyi.catalog.registration import PARTS, is_facility, missing_of, sections
from gongyi.catalog.services import not_discardable
from gongyi.catalog.views.managed import LIST, code_of
from gongyi.catalog.views.upkeep import OfInstrument
from gongyi.catalog.workflow import InstrumentFlow
from gongyi.kit.views import Action, Field, FieldGroup, FlowEntry, FormPage, ListPage, Panel
from gongyi.reviews.panels import progress_panel
from gongyi.reviews.workflow import EDITABLE
from gongyi.workflow.forms import ReasonForm
from gongyi.workflow.views import WorkflowPage

LATEST_CHANGES = 8
ASKED_FIRST = {act.value: act for act in Ending}  # steps whose consequences are shown before


class OneInstrument(WorkflowPage):
    """Everything that is registered, what is missing, where its review stands, and what its keeper may do now."""

    model = Instrument
    list_crumb = LIST
    icons = {
        "submit": "send", "withdraw": "arrow-back-up", "enable": "world", "disable": "player-stop", "scrap": "trash",
        "restore": "arrow-back-up",
    }  # fmt: skip

    def get_queryset(self):
        managed = Instrument.objects.managed_by(self.request.user)
        return managed.select_related("instrument_class", "organization", "department", "region").defer("tsv", "facets")

    def get_title(self):
        return self.object.name

    def get_subtitle(self):
        return f"{self.object.model} {self.object.number}".strip()

    def get_nodes(self):
        return super().get_nodes() if self.object.status in (*EDITABLE, Instrument.Status.PENDING) else []

    def url_of(self, step):
        if step.name in ASKED_FIRST:
            return reverse("catalog:end", args=[self.object.pk, step.name])
        return super().url_of(step)

    def get_actions(self):
        i, pk = self.object, [self.object.pk]
        actions = [
            Action(
                _("查看公开页") if i.status == Instrument.Status.PUBLISHED else _("预览公开页"),
                i.get_absolute_url(),
                "external-link",
                "quiet",
            ),
            Action(_("预约规则"), reverse("reservations:instrument_rules", args=pk), "adjustments", "quiet"),
        ]
        if not_discardable(i) is None:
            actions.append(Action(_("删除草稿"), reverse("catalog:discard", args=pk), "trash", "quiet", dialog=True))
        if i.status not in (Instrument.Status.PENDING, Instrument.Status.SCRAPPED):
            actions.append(Action(_("编辑资料"), reverse("catalog:edit", args=pk), "pencil"))
        return actions

    def get_groups(self):
        i, edit = self.object, reverse("catalog:edit", args=[self.object.pk])
        card = {part.key: f"#s{number}" for number, part in enumerate(PARTS, start=1)}
        first = FieldGroup(
            _("现况"),
            [
                Field(_("所属单位"), i.organization.name),
                Field(_("运行状态"), i.get_running_status_display()),
                Field(_("服务次数"), f"{i.service_count:,}"),
                Field(_("登记时间"), i.created_at.date()),
            ],
        )
        open_ = i.status not in (Instrument.Status.PENDING, Instrument.Status.SCRAPPED)
        groups = [
            FieldGroup(
                part.title,
                [Field(label, text or "—", len(text) > 40 or part.key == "staff") for _name, label, text in rows],
                link=(_("编辑"), edit + card[part.key]) if open_ else None,
            )
            for part, rows in sections(i)
            if rows
        ]
        return [first, *groups]

    @cached_property
    def missing(self):
        return missing_of(self.object) if self.object.status != Instrument.Status.SCRAPPED else []

    def get_panels(self):
        i, pk = self.object, [self.object.pk]
        panels = [
            Panel(_("照片"), "catalog/_photos.html", {"photos": list(i.photos.select_related("file")), "instrument": i}),
            Panel(
                _("附件"), "catalog/_attachments.html",
                {"attachments": list(i.attachments.select_related("file")), "instrument": i}, bare=True,
            ),
            Panel(
                _("价格"), "catalog/_prices.html", {"prices": list(i.prices.all())},
                link=(_("修改"), reverse("catalog:prices", args=pk)), bare=True,
            ),
        ]  # fmt: skip
        if is_facility(i):
            kept = list(FacilityFile.objects.filter(facility=i.pk).select_related("file"))
            panels.insert(2, Panel(_("设施材料"), "catalog/_facility_files.html", {"files": kept}, bare=True))
        return panels

    def get_side_panels(self):
        i = self.object
        links = list(i.manager_links.select_related("user").order_by("since"))
        panels = [
            Panel(_("管理员"), "catalog/_managers.html", {"links": links, "instrument": i}),
            Panel(
                _("现场二维码"),
                "catalog/_qr.html",
                {"qr": mark_safe(code_of(i).svg_inline(scale=4, border=2, omitsize=True)), "instrument": i},
            ),
            Panel(
                _("变更记录"), "catalog/_changes.html", {"changes": self.changes},
                link=(_("全部"), reverse("catalog:changes", args=[i.pk])) if self.changes else None, bare=True,
            ),
        ]  # fmt: skip
        progress = progress_panel(i, self.request.user)
        if progress.context["rounds"] or i.status in EDITABLE:
            panels.insert(0, progress)
        if self.missing:
            panels.insert(0, Panel(_("还缺什么"), "catalog/_missing.html", {"missing": self.missing, "instrument": i}))
        return panels

    @cached_property
    def changes(self) -> list[FlowEntry]:
        events = events_of(self.object)[:LATEST_CHANGES]
        return [FlowEntry(e.what, e.who, e.at, in_words(e.before, e.after), "") for e in events]


class Changes(OfInstrument, ListPage):
    """变更记录: every change of what is registered, with what stood before and who changed it (S1-41)."""

    model = AuditEvent
    title = gettext_lazy("变更记录")
    noun = gettext_lazy("变更")
    measure = gettext_lazy("条")
    table_class = ChangeTable
    empty_text = gettext_lazy("修改资料、照片、附件、价格和管理员后，改了什么会记在这里。")

    def get_queryset(self) -> QuerySet[AuditEvent]:
        return events_of(self.instrument)

    def get_fact(self):
        return self.instrument.name


class EndInstrument(OfInstrument, FormPage):
    """Disabling or scrapping: what it means for everything that hangs on the instrument is said before it is confirmed."""

    form_class = ReasonForm
    template_name = "catalog/ending.html"
    dialog_name = "catalog/ending_dialog.html"
    submit_tone = "bad"

    @cached_property
    def act(self) -> Ending:
        return ASKED_FIRST[self.kwargs["step"]]

    @property
    def row(self):
        return InstrumentFlow.steps[self.act.value]

    def allowed(self):
        if self.kwargs["step"] not in ASKED_FIRST or self.instrument.status not in self.row.sources:
            raise Http404
        return True

    def get_title(self):
        return _("%(step)s：%(name)s") % {"step": self.row.label, "name": self.instrument.name}

    @property
    def submit_label(self):
        return self.row.label

    def get_context_data(self, **kwargs: Any):
        found = endings_of(self.instrument, self.act)
        refusal = InstrumentFlow.refusal(self.instrument, self.row, self.request.user)
        blocked = any(item.blocks for item in found)
        return super().get_context_data(
            consequences=found, meaning=meaning_of(self.act), refusal=None if blocked else refusal, blocked=blocked,
            act=self.row.label, may_go_on=refusal is None, **kwargs,
        )  # fmt: skip

    def save(self, form):
        actor, acting = self.request.user, getattr(self.request, "acting_for", None)
        done = InstrumentFlow.fire(self.instrument, self.act.value, actor=actor, acting_for=acting, **form.cleaned_data)
        messages.success(self.request, _("%(name)s：已%(step)s。") % {"name": done, "step": self.row.label})
