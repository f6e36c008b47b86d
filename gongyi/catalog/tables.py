"""Columns of the lists of those who keep instruments."""

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from gongyi.catalog.models import Instrument, Synonym
from gongyi.kit import tables


class InstrumentTable(tables.Table):
    """Instruments one looks after."""

    name = tables.LinkColumn(
        _("仪器名称"), linkify=lambda record: reverse("catalog:instrument", args=[record.pk]),
        order_by=("name_key", "pk"),
    )  # fmt: skip
    model = tables.Column(_("规格型号"))
    number = tables.Column(_("仪器编号"), css="num", phone="sub")
    status = tables.StatusColumn(_("发布状态"))
    running_status = tables.StatusColumn(_("运行状态"), phone="more", plain=True)
    instrument_class = tables.Column(_("分类"), order_by=("instrument_class_id",))
    organization = tables.Column(_("所属单位"), order_by=("organization__name_key",), shown=False)
    department = tables.Column(_("院系/实验室"), order_by=("department__name_key",))
    location = tables.Column(_("安放地点"), shown=False)
    internal_no = tables.Column(_("单位仪器编号"), css="num", shown=False)
    manufacturer = tables.Column(_("制造商"), shown=False)
    original_value = tables.MoneyColumn(_("原值"), shown=False)
    purchased_on = tables.DayColumn(_("购置时间"), full=True, shown=False)
    listed_rate = tables.MoneyColumn(_("机时费/小时"))
    service_count = tables.NumberColumn(_("服务次数"))

    class Meta:
        model = Instrument
        fields = (
            "name", "model", "number", "status", "running_status", "instrument_class", "organization", "department", "location",
            "internal_no", "manufacturer", "original_value", "purchased_on", "listed_rate", "service_count",
        )  # fmt: skip
        order_by = ("name",)


class SynonymTable(tables.Table):
    """Groups of words that find the same."""

    terms = tables.Column(_("同义词"), phone="title")
    words = tables.Column(_("词数"), css="num", phone="status")

    class Meta:
        model = Synonym
        fields = ("terms", "words")
        order_by = ("terms",)

    def render_terms(self, value, record):
        url = reverse("catalog:synonym", args=[record.pk])
        return format_html('<a href="{}" data-dialog>{}</a>', url, " = ".join(value))

    def value_terms(self, value):
        return " = ".join(value)
