"""What waits to be handed in: drafts, returned and withdrawn instruments, what each still lacks, and handing in many (S1-39)."""

import django_filters
from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.catalog import services
from gongyi.catalog.importing import INSTRUMENTS
from gongyi.catalog.models import Instrument
from gongyi.catalog.registration import missing_of
from gongyi.catalog.views.managed import LIST, keeps_any
from gongyi.imports.models import ImportRow, ImportRun
from gongyi.kit import tables
from gongyi.kit.filters import FilterSet, SearchFilter
from gongyi.kit.views import BulkAction, BulkResult, Crumb, ListPage
from gongyi.organizations.rules import managed_organizations

S = Instrument.Status
WAITING = (S.DRAFT, S.RETURNED, S.WITHDRAWN)
NAMED = 4


class DraftTable(tables.Table):
    """What each still lacks before it can be handed in."""

    name = tables.LinkColumn(
        gettext_lazy("仪器名称"), linkify=lambda record: reverse("catalog:edit", args=[record.pk]), order_by=("name_key", "pk"),
    )  # fmt: skip
    internal_no = tables.Column(gettext_lazy("单位仪器编号"), css="num", phone="sub")
    status = tables.StatusColumn(gettext_lazy("状态"))
    organization = tables.Column(gettext_lazy("所属单位"), order_by=("organization__name_key",), shown=False)
    department = tables.Column(gettext_lazy("院系/实验室"), order_by=("department__name_key",), phone="more")
    missing = tables.Column(gettext_lazy("还缺"), orderable=False, empty_values=())

    class Meta:
        model = Instrument
        fields = ("name", "internal_no", "status", "organization", "department", "missing")
        order_by = ("name",)

    def render_missing(self, record):
        missing = missing_of(record)
        if not missing:
            return format_html('<span class="st ok plain">{}</span>', _("已填齐"))
        names = format_html_join("、", "{}", ((item.label,) for item in missing[:NAMED]))
        more = _(" 等 %s 项") % len(missing) if len(missing) > NAMED else ""
        return mark_safe(f'<span class="t2">{names}{more}</span>')

    def value_missing(self, record):
        return "、".join(str(item.label) for item in missing_of(record))


class DraftFilter(FilterSet):
    q = SearchFilter(fields=["name", "model", "number", "internal_no"], placeholder=gettext_lazy("名称、型号、编号"))
    status = django_filters.ChoiceFilter(label=gettext_lazy("状态"), choices=[(s.value, s.label) for s in WAITING])
    organization = django_filters.ModelChoiceFilter(
        label=gettext_lazy("单位"), queryset=lambda request: managed_organizations(request.user)
    )
    run = django_filters.ModelChoiceFilter(
        label=gettext_lazy("批量导入"), method="of_run",
        queryset=lambda request: ImportRun.objects.visible_to(request.user).filter(
            importer=INSTRUMENTS.name, status=ImportRun.Status.DONE
        ),
    )  # fmt: skip

    class Meta:
        model = Instrument
        fields = ["q", "status", "run", "organization"]
        main = ["q", "status", "run"]

    def of_run(self, queryset, name, run):
        made = ImportRow.objects.filter(run=run).exclude(effect=None).values_list("effect__pk", flat=True)
        return queryset.filter(pk__in=list(made))


class Drafts(ListPage):
    """Those one keeps that are not handed in yet."""

    title = gettext_lazy("待提交的仪器")
    crumbs = (LIST, Crumb(gettext_lazy("待提交")))
    model = Instrument
    table_class = DraftTable
    filter_class = DraftFilter
    noun = gettext_lazy("仪器")
    measure = gettext_lazy("台")
    bulk_actions = (
        BulkAction(
            "submit", gettext_lazy("提交审核"), tone="primary",
            effect=gettext_lazy("资料齐全的提交给主管部门审核；不齐全的留在这里，并说明还缺什么。"),
        ),
    )  # fmt: skip
    empty_text = gettext_lazy("没有等着提交的仪器。批量导入或新增的仪器先是草稿，补全后在这里一起提交审核。")

    def allowed(self):
        return keeps_any(self.request)

    def get_queryset(self):
        kept = Instrument.objects.managed_by(self.request.user).filter(Q(status__in=WAITING))
        return (
            kept.select_related("organization", "department", "instrument_class", "region")
            .prefetch_related("innovation_platforms", "service_fields", "staff", "photos")
            .defer("tsv", "facets")
        )

    def bulk_submit(self, instruments):
        chosen = list(instruments)
        refused = services.submit_many(instruments=chosen, actor=self.request.user)
        return BulkResult(done=len(chosen) - len(refused), refused=refused)
