"""Columns of the lists of those who keep instruments."""

from django.db import models
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from gongyi.catalog.models import Instrument, Synonym
from gongyi.catalog.registration import FIELDS, PARTS, label_of, words
from gongyi.kit import tables, when
from gongyi.kit.money import MoneyField, format_money


class WordsColumn(tables.LongColumn):
    """A field as the registration puts it into words: several values, names of codes, classes with their path."""

    def __init__(self, name: str, **kwargs):
        super().__init__(label_of(name), accessor="pk", **kwargs)
        self.name = name

    def render(self, record):
        return super().render(words(record, self.name)) or when.NONE

    def value(self, record):
        return words(record, self.name)


class AmongColumn(tables.Column):
    """What the rows beside an instrument add up to, read from what the page fetched with them."""

    def __init__(self, verbose_name, read, *, long=False, **kwargs):
        super().__init__(verbose_name, accessor="pk", orderable=False, **kwargs)
        self.read = read

    def render(self, record):
        text = str(self.read(record))
        return tables.LongColumn.render(LONG, text) if text else when.NONE

    def value(self, record):
        return str(self.read(record))


LONG = tables.LongColumn()
IN_WORDS = {  # field: what it is sorted by, None where it is not
    "service_fields": None, "innovation_platforms": None, "subject_codes": ("subject_codes",), "funding_sources": ("funding_sources",),
    "instrument_class": ("instrument_class_id",), "region": ("region_id",),
    **{name: (name,) for name in ("secondary_development", "no_platform", "under_customs_supervision", "timed_booking", "commissioned_booking")},
}  # fmt: skip


def registered_column(name: str) -> tables.Column:
    """The column of a field of the registration, by its kind; hidden until somebody chooses it."""
    field = Instrument._meta.get_field(name)
    label = label_of(name)
    if name in IN_WORDS:
        order = IN_WORDS[name]
        return WordsColumn(name, shown=False, **({"order_by": order} if order else {"orderable": False}))
    if isinstance(field, MoneyField):
        return tables.MoneyColumn(label, shown=False)
    if isinstance(field, models.DateField):
        return tables.DayColumn(label, full=True, shown=False)
    if isinstance(field, models.DecimalField):
        return tables.HoursColumn(label, shown=False)
    if isinstance(field, models.ForeignKey):
        return tables.Column(label, order_by=(f"{name}__name_key",), shown=False)
    if isinstance(field, models.TextField) or (field.max_length or 0) > 100:
        return tables.LongColumn(label, shown=False)
    return tables.Column(label, shown=False)


def prices_of(instrument: Instrument) -> str:
    rates = (
        _("%(tier)s %(rate)s/小时") % {"tier": p.get_tier_display(), "rate": format_money(p.hourly_rate)}
        for p in instrument.prices.all()
    )
    return "，".join(rates)  # fmt: skip


OF_THE_REGISTRATION = {
    name: registered_column(name) for name in FIELDS if name not in ("name", "model", "department", "instrument_class")
}
Registered = type("Registered", (tables.Table,), OF_THE_REGISTRATION)  # fmt: skip
STATE = ("number", "status", "running_status", "organization", "service_count", "featured", "created_at", "updated_at")
BESIDE = ("listed_rate", "prices", "managers", "staff", "photo_count", "attachment_count")


class InstrumentTable(Registered):  # type: ignore[misc, valid-type]
    """Instruments one looks after, with every field of their registration as a column (S1-37)."""

    groups = (
        (_("编号与状态"), STATE),
        *((part.title, part.fields) for part in PARTS if part.fields),
        (_("价格、人员和材料"), BESIDE),
    )

    name = tables.LinkColumn(
        _("仪器名称"), linkify=lambda record: reverse("catalog:instrument", args=[record.pk]),
        order_by=("name_key", "pk"),
    )  # fmt: skip
    model = tables.LongColumn(_("规格型号"), length=24)
    number = tables.Column(_("仪器编号"), css="num", phone="sub")
    internal_no = tables.Column(_("所在单位仪器编号"), css="num", shown=False)
    status = tables.StatusColumn(_("发布状态"))
    running_status = tables.StatusColumn(_("运行状态"), phone="more", plain=True)
    instrument_class = tables.Column(_("仪器分类"), order_by=("instrument_class_id",))
    organization = tables.Column(_("所属单位"), order_by=("organization__name_key",), shown=False)
    department = tables.Column(_("院系/实验室"), order_by=("department__name_key",))
    listed_rate = tables.MoneyColumn(_("机时费/小时"))
    prices = AmongColumn(_("各类价格"), prices_of, shown=False)
    managers = AmongColumn(
        _("管理员"), lambda i: "、".join(str(link.user) for link in i.manager_links.all()), shown=False
    )
    staff = AmongColumn(_("操作及维修人员"), lambda i: "、".join(str(person) for person in i.staff.all()), shown=False)
    photo_count = tables.NumberColumn(_("图片数"), orderable=False, shown=False, phone="more")
    attachment_count = tables.NumberColumn(_("附件数"), orderable=False, shown=False, phone="more")
    service_count = tables.NumberColumn(_("服务次数"))
    featured = tables.YesNoColumn(_("首页推荐"), shown=False, phone="more")
    created_at = tables.WhenColumn(_("登记时间"), full=True, shown=False)
    updated_at = tables.WhenColumn(_("最近修改"), full=True, shown=False)
    actions = tables.ActionsColumn(template_name="catalog/_row_actions.html")

    def __init__(self, *args, units=frozenset(), laboratories=frozenset(), **kwargs):
        """`units` and `laboratories` are the keys of those to which the person may add instruments: only there one is copied."""
        self.units, self.laboratories = units, laboratories
        super().__init__(*args, **kwargs)

    class Meta:
        model = Instrument
        fields = ()
        sequence = (
            "name", "model", "number", "status", "running_status", "instrument_class", "department", "listed_rate",
            "service_count", "...", "actions",
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
