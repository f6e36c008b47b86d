"""Reporting to the national platform: what each instrument lacks, and the table in the platform's order and codes (domain 2.1)."""

import django_filters
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.http import content_disposition_header
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.catalog.exchange import missing
from gongyi.catalog.exchange.writing import write_national_table
from gongyi.catalog.models import Instrument
from gongyi.catalog.views.managed import LIST, keeps_any
from gongyi.kit import tables
from gongyi.kit.filters import FilterSet, SearchFilter
from gongyi.kit.spreadsheets import CONTENT_TYPE
from gongyi.kit.views import Action, BulkAction, Crumb, ListPage
from gongyi.organizations.rules import managed_organizations

NATIONAL_LIMIT = 20_000  # instruments in one table
NAMED = 6
NATIONAL = "national"


class ExchangeTable(tables.Table):
    """What of each instrument the national platform would refuse."""

    name = tables.LinkColumn(
        gettext_lazy("仪器名称"), linkify=lambda record: reverse("catalog:edit", args=[record.pk]), order_by=("name_key", "pk"),
    )  # fmt: skip
    internal_no = tables.Column(gettext_lazy("单位仪器编号"), css="num", phone="sub")
    nrii_code = tables.Column(gettext_lazy("国家平台编号"), css="num", phone="more")
    status = tables.StatusColumn(gettext_lazy("状态"))
    organization = tables.Column(gettext_lazy("所属单位"), order_by=("organization__name_key",), shown=False)
    original_value = tables.MoneyColumn(gettext_lazy("原值"), phone="more")
    missing = tables.Column(gettext_lazy("上报还缺"), orderable=False, empty_values=())

    class Meta:
        model = Instrument
        fields = ("name", "internal_no", "nrii_code", "status", "organization", "original_value", "missing")
        order_by = ("name",)

    def render_missing(self, record):
        rules = missing.missing_of(record)
        if not rules:
            return format_html('<span class="st ok plain">{}</span>', _("可以上报"))
        names = format_html_join("、", "{}", ((rule.short,) for rule in rules[:NAMED]))
        more = _(" 等 %s 项") % len(rules) if len(rules) > NAMED else ""
        return mark_safe(f'<span class="t2">{names}{more}</span>')

    def value_missing(self, record):
        return "\n".join(rule.label for rule in missing.missing_of(record))


class ExchangeFilter(FilterSet):
    q = SearchFilter(fields=["name", "model", "number", "internal_no"], placeholder=gettext_lazy("名称、型号、编号"))
    ready = django_filters.ChoiceFilter(
        label=gettext_lazy("上报"), choices=[("yes", gettext_lazy("可以上报")), ("no", gettext_lazy("还有缺项"))],
        method="by_readiness",
    )  # fmt: skip
    lacks = django_filters.ChoiceFilter(
        label=gettext_lazy("缺项"), choices=lambda: [(rule.key, rule.label) for rule in missing.RULES], method="by_rule"
    )
    status = django_filters.ChoiceFilter(label=gettext_lazy("发布状态"), choices=Instrument.Status.choices)
    organization = django_filters.ModelChoiceFilter(
        label=gettext_lazy("单位"), queryset=lambda request: managed_organizations(request.user)
    )

    class Meta:
        model = Instrument
        fields = ["q", "ready", "lacks", "status", "organization"]
        main = ["q", "ready", "lacks", "status"]

    def by_readiness(self, queryset, name, value):
        return queryset.exclude(missing.lacking()) if value == "yes" else queryset.filter(missing.lacking())

    def by_rule(self, queryset, name, value):
        return queryset.filter(missing.BY_KEY[value].found)


class Exchange(ListPage):
    """Instruments one keeps, as the national platform would judge them."""

    title = gettext_lazy("国家平台上报")
    crumbs = (LIST, Crumb(gettext_lazy("国家平台上报")))
    template_name = "catalog/exchange.html"
    model = Instrument
    table_class = ExchangeTable
    filter_class = ExchangeFilter
    noun = gettext_lazy("仪器")
    measure = gettext_lazy("台")
    bulk_actions = (BulkAction("national", gettext_lazy("导出国家平台表")),)
    empty_text = gettext_lazy("您管理的仪器会列在这里，并逐台说明上报国家平台还缺什么。")

    def allowed(self):
        return keeps_any(self.request)

    def get_queryset(self):
        return missing.to_report(Instrument.objects.managed_by(self.request.user)).defer("tsv", "facets")

    def get_actions(self):
        params = self.request.GET.copy()
        params.pop("page", None)
        params["export"] = NATIONAL
        label = _("导出符合条件的国家平台表") if self.is_filtered else _("导出国家平台表")
        return [Action(label, f"?{params.urlencode()}", icon="file-export", tone="primary")]

    def get(self, request, *args, **kwargs):
        if request.GET.get("export") != NATIONAL:
            return super().get(request, *args, **kwargs)
        if self.rows.order_by()[: NATIONAL_LIMIT + 1].count() > NATIONAL_LIMIT:
            messages.warning(request, _("一次最多导出 %s 台，请用条件缩小范围。") % f"{NATIONAL_LIMIT:,}")
            params = request.GET.copy()
            params.pop("export")
            return redirect(f"{request.path}?{params.urlencode()}")
        return self.bulk_national(self.rows)

    def bulk_national(self, instruments):
        rows = instruments.order_by("organization_id", "internal_no", "pk").iterator(chunk_size=1000)
        response = HttpResponse(write_national_table(rows), content_type=CONTENT_TYPE)
        name = _("国家平台上报-%s.xlsx") % f"{timezone.localtime():%Y%m%d-%H%M}"
        response["Content-Disposition"] = content_disposition_header(True, name)
        return response
