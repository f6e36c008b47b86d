"""The instruments one looks after: their list, with every column, and what is done with several of them at once."""

import segno
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import Count, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.catalog.filters import ManagedFilter
from gongyi.catalog.forms.bulk import BulkEditForm
from gongyi.catalog.models import Instrument, InstrumentAttachment, InstrumentManager, InstrumentPhoto
from gongyi.catalog.services import bulk
from gongyi.catalog.tables import InstrumentTable
from gongyi.catalog.workflow import InstrumentFlow
from gongyi.kit.views import Action, BulkAction, BulkResult, Crumb, ListPage, Tab
from gongyi.organizations.models import Department, Organization
from gongyi.organizations.rules import managed_organizations
from gongyi.workflow.forms import ReasonForm

S = Instrument.Status
CHOSEN, MOST_LABELS = "labels", 1_000  # where the instruments to print labels for are kept, and how many at once
LIST = Crumb(gettext_lazy("我的仪器"), reverse_lazy("catalog:list"))


def keeps_any(request: HttpRequest) -> bool:
    """Whether somebody has instruments, or units whose instruments, to look after."""
    user = request.user
    return user.is_authenticated and (units_to_enter_for(user).exists() or Instrument.objects.managed_by(user).exists())


def units_to_enter_for(user) -> QuerySet[Organization]:
    """The units to which somebody may add instruments: those they manage, and those of which they keep a laboratory."""
    return managed_organizations(user) | Organization.objects.filter(
        pk__in=Department.objects.kept_by(user).values("organization")
    )


LONG_TEXTS = (
    "functions", "technical_specs", "accessories", "user_notice", "sample_requirements", "reference_fee", "contact_address",
    "street",
)  # fmt: skip
TABS = (S.DRAFT, S.PENDING, S.RETURNED, S.WITHDRAWN, S.PUBLISHED, S.DISABLED, S.SCRAPPED)
READS = {  # column: the rows beside an instrument it is written from
    "service_fields": "service_fields", "innovation_platforms": "innovation_platforms", "prices": "prices", "staff": "staff",
    "managers": Prefetch("manager_links", InstrumentManager.objects.select_related("user").order_by("since")),
}  # fmt: skip


class Managed(ListPage):
    """All instruments for the platform administrator, a unit's for its administrator, a laboratory's for its account, else
    one's own (S1-37)."""

    title = gettext_lazy("我的仪器")
    model = Instrument
    table_class = InstrumentTable
    filter_class = ManagedFilter
    noun = gettext_lazy("仪器")
    measure = gettext_lazy("台")
    empty_text = gettext_lazy("一台台新增，或用 Excel 一次导入。")
    bulk_actions = (
        BulkAction("labels", gettext_lazy("打印标签")),
        BulkAction(
            "edit", gettext_lazy("批量修改"), form_class=BulkEditForm, preview="catalog/bulk_preview.html", wide=True
        ),
        BulkAction(
            "submit", gettext_lazy("提交审核"),
            effect=gettext_lazy("逐台检查登记资料，完整的提交审核；不完整的说明还缺什么，不提交。审核期间不能修改。"),
        ),
        BulkAction("enable", gettext_lazy("启用"), effect=gettext_lazy("启用后重新公开展示，可以预约。")),
        BulkAction(
            "disable", gettext_lazy("停用"), tone="bad", form_class=ReasonForm,
            effect=gettext_lazy("停用后不再公开展示，也不能新预约；原因会通知仪器管理员。"),
        ),
    )  # fmt: skip

    def get_table_kwargs(self):
        user = self.request.user
        return {
            "units": frozenset(managed_organizations(user).order_by().values_list("pk", flat=True)),
            "laboratories": frozenset(Department.objects.kept_by(user).order_by().values_list("pk", flat=True)),
        }

    def allowed(self):
        return keeps_any(self.request)

    def get_queryset(self):
        managed = Instrument.objects.managed_by(self.request.user)
        return managed.select_related("instrument_class", "organization", "department").defer("tsv", "facets")

    def fetch(self, rows, columns):
        """What the shown columns read, and no long text that none of them shows."""
        rows = rows.defer(*(name for name in LONG_TEXTS if name not in columns))
        rows = rows.prefetch_related(*(reads for name, reads in READS.items() if name in columns))
        if "region" in columns:
            rows = rows.select_related("instrument_class", "organization", "department", "region")
        if "photo_count" in columns:
            rows = rows.annotate(photo_count=_number_of(InstrumentPhoto))
        if "attachment_count" in columns:
            rows = rows.annotate(attachment_count=_number_of(InstrumentAttachment))
        return rows

    def get_tabs(self):
        """One for each status there is something in, with how many one looks after; the other conditions stay."""
        counts = dict(
            Instrument.objects.managed_by(self.request.user).order_by().values_list("status").annotate(n=Count("pk"))
        )
        chosen = self.request.GET.get("status", "")
        tabs = [Tab(_("全部"), self.with_status(""), f"{sum(counts.values()):,}", not chosen)]
        return tabs + [
            Tab(
                status.label, self.with_status(status.value), f"{counts.get(status.value, 0):,}", chosen == status.value
            )
            for status in TABS
            if counts.get(status.value) or chosen == status.value or status != S.WITHDRAWN
        ]

    def with_status(self, status: str) -> str:
        params = self.request.GET.copy()
        params.pop("page", None)
        params.pop("status", None)
        if status:
            params["status"] = status
        query = params.urlencode()
        return f"{self.request.path}?{query}" if query else self.clear_url

    # with several at once

    def get_bulk_form(self, action, selection, data):
        return action.form_class(data, instruments=selection) if action.name == "edit" else action.form_class(data)

    def preview_edit(self, instruments, values):
        found = bulk.prospect(instruments=_for_words(instruments), values=values, actor=self.request.user)
        return {
            "prospect": found,
            "more": found.changing - len(found.samples),
            "nothing": not found.changing,
            "verb": _("修改 %s 台") % found.changing,
        }

    def bulk_edit(self, instruments, values):
        outcome = bulk.change_many(instruments=_for_words(instruments), values=values, actor=self.request.user)
        return BulkResult(outcome.done, outcome.refused)

    def bulk_submit(self, instruments):
        return self.fire(instruments, "submit")

    def bulk_enable(self, instruments):
        return self.fire(instruments, "enable")

    def bulk_disable(self, instruments, reason):
        return self.fire(instruments, "disable", reason=reason)

    def fire(self, instruments, step, **data):
        actor = self.request.user
        return BulkResult.of(instruments, lambda i: InstrumentFlow.fire(i, step, actor=actor, **data))

    def bulk_labels(self, instruments):
        self.request.session[CHOSEN] = list(instruments.values_list("pk", flat=True)[:MOST_LABELS])
        return HttpResponseRedirect(reverse("catalog:labels"))

    def get_actions(self):
        new = Action(_("新增仪器"), reverse("catalog:add"), "plus", "primary")
        undo = []
        if bulk.last_change(self.request.user) is not None:
            undo = [Action(_("撤销批量修改"), reverse("catalog:undo_bulk"), "arrow-back-up", "quiet", dialog=True)]
        if not managed_organizations(self.request.user).exists():
            return [*undo, *([new] if units_to_enter_for(self.request.user).exists() else [])]
        return [
            *undo,
            Action(_("批量导入"), reverse("catalog:import"), "table-import"),
            new,
        ]

    @property
    def empty_action(self):
        actions = self.get_actions()
        return actions[-1] if actions else None


def _number_of(model) -> Subquery:
    rows = model.objects.filter(instrument=OuterRef("pk")).order_by().values("instrument")
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n")), 0)  # type: ignore[return-value]


def _for_words(instruments: QuerySet[Instrument]) -> QuerySet[Instrument]:
    """With what a comparison in words reads of each."""
    return instruments.defer(None).defer("tsv", "facets").prefetch_related("service_fields", "innovation_platforms")


def code_of(instrument: Instrument) -> segno.QRCode:
    """The code on the instrument: a phone that reads it lands on the page to sign in for use."""
    return segno.make(settings.SITE_URL + reverse("reservations:use", args=[instrument.pk]), error="m", micro=False)


@login_required
def qr(request: HttpRequest, pk: int) -> HttpResponse:
    """The code as a file to print, for those who keep the instrument."""
    instrument = get_object_or_404(Instrument.objects.managed_by(request.user), pk=pk)
    response = HttpResponse(content_type="image/svg+xml")
    response["Content-Disposition"] = f'attachment; filename="{instrument.number}.svg"'
    code_of(instrument).save(response, kind="svg", scale=8, border=4)
    return response
