"""What lists of instruments can be narrowed by: the public list's conditions as they stand in an address, read, never
trusted, and turned into search criteria; and the filter rows of managers' lists."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

import django_filters
from django import forms
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.catalog.models import (
    CarrierType,
    Instrument,
    InstrumentClass,
    InstrumentPhoto,
    InstrumentStaff,
    ResourceType,
    RunningStatus,
    ServiceField,
    SharingMode,
    Synonym,
)
from gongyi.catalog.registration import CARRIER, CUSTOMS, REQUIRED
from gongyi.catalog.search import Criteria, Kind, Parsed, Sort, facets, parse
from gongyi.kit.filters import AmountFilter, FilterSet, PeriodFilter, SearchFilter
from gongyi.kit.refusal import Refused
from gongyi.organizations.models import Department, Organization
from gongyi.regions.models import Region

MAX_VALUES = 50  # of one kind
MODES = {"timed": facets.TIMED, "commissioned": facets.COMMISSIONED}
PARAMS = {
    Kind.CLASS: "class", Kind.REGION: "region", Kind.ORGANIZATION: "organization", Kind.MODE: "mode",
    Kind.PRICE: "price", Kind.FIELD: "field", Kind.STATUS: "status",
}  # fmt: skip
CODED = (Kind.CLASS, Kind.REGION)  # six digits, the last of which are zero for what is wide


@dataclass(frozen=True)
class Chip:
    """A condition in force, and what to take out of the address to lift it."""

    label: str
    param: str
    value: str


@dataclass
class Filters:
    """What an address asks for: `q`, repeated `class region organization mode price field status`, `min max` (yuan an
    hour), `sort`. Unknown values are dropped."""

    params: QueryDict
    words: Parsed = field(init=False)
    refusal: str = field(init=False, default="")
    chosen: dict[Kind, tuple[int, ...]] = field(init=False)

    def __post_init__(self) -> None:
        self.q = self.params.get("q", "").strip()[:100]
        try:
            self.words = parse(self.q)
        except Refused as refused:
            self.words, self.refusal = Parsed(), str(refused)
        self.chosen = {kind: self._values(kind) for kind in Kind}
        self.rate_from, self.rate_to = self._amount("min"), self._amount("max")
        asked = self.params.get("sort", "")
        self.sort = Sort(asked) if asked in Sort.values else self.usual_sort

    @property
    def usual_sort(self) -> Sort:
        return Sort.RELEVANCE if self.words.tsquery else Sort.SERVICES

    def _values(self, kind: Kind) -> tuple[int, ...]:
        raw = self.params.getlist(PARAMS[kind])[:MAX_VALUES]
        if kind == Kind.MODE:
            return tuple(dict.fromkeys(MODES[value] for value in raw if value in MODES))
        if kind == Kind.STATUS:
            return tuple(dict.fromkeys(facets.RUNNING[value] for value in raw if value in facets.RUNNING))
        numbers = tuple(
            dict.fromkeys(int(v) for v in raw if v.isascii() and v.isdigit() and len(v) <= 7 and int(v) < facets.STEP)
        )
        if kind in CODED:
            return narrowest(n for n in numbers if n < 10**6)
        return numbers

    def _amount(self, name: str) -> Decimal | None:
        text = self.params.get(name, "").replace(",", "").strip()
        try:
            amount = Decimal(text) if text else None
        except InvalidOperation:
            return None
        return amount if amount is not None and amount.is_finite() and 0 <= amount < 10**9 else None

    def criteria(self, *, only: Iterable[int] | None = None, without: Iterable[int] | None = None) -> Criteria:
        return Criteria(
            words=self.words,
            chosen={kind: values for kind, values in self.chosen.items() if values},
            rate_from=self.rate_from,
            rate_to=self.rate_to,
            only=None if only is None else list(only),
            without=None if without is None else list(without),
            sort=self.sort,
        )

    @property
    def is_empty(self) -> bool:
        return self.criteria().empty

    @cached_property
    def chips(self) -> list[Chip]:
        """The conditions in words; one query for each kind that names rows."""
        chips = [Chip(self.q, "q", self.q)] if self.q else []
        for kind, values in self.chosen.items():
            labels = labels_of(kind, values)
            chips += [Chip(labels[v], PARAMS[kind], param_value(kind, v)) for v in values if v in labels]
        if self.rate_from is not None:
            chips.append(Chip(_("%s 元/小时以上") % f"{self.rate_from:,}", "min", ""))
        if self.rate_to is not None:
            chips.append(Chip(_("%s 元/小时以下") % f"{self.rate_to:,}", "max", ""))
        return chips


def narrowest(codes: Iterable[int]) -> tuple[int, ...]:
    """Leave out a code when one inside it is chosen too: choosing 扫描电镜 below 电子光学仪器 means 扫描电镜."""
    found = tuple(dict.fromkeys(codes))
    return tuple(code for code in found if not any(code != other and code in above(other) for other in found))


def above(code: int) -> tuple[int, ...]:
    """The wider codes: 10102 → 10000, 10100 (010000, 010100)."""
    wide = (code // 10000 * 10000, code // 100 * 100)
    return tuple(w for w in dict.fromkeys(wide) if w != code)


def param_value(kind: Kind, value: int) -> str:
    """How a facet's value stands in an address."""
    if kind in CODED:
        return f"{value:06d}"
    if kind == Kind.MODE:
        return next(word for word, number in MODES.items() if number == value)
    if kind == Kind.STATUS:
        return facets.RUNNING_BY_NUMBER[value]
    return str(value)


def labels_of(kind: Kind, values: Iterable[int]) -> dict[int, str]:
    """Words for facet values; at most one query."""
    wanted = set(values)
    if not wanted:
        return {}
    if kind == Kind.CLASS:
        rows: Any = InstrumentClass.objects.filter(code__in=[f"{v:06d}" for v in wanted])
        return {
            int(row.code): row.name if not row.name.startswith("其他") else row.path.replace("/", " · ") for row in rows
        }
    if kind == Kind.REGION:
        rows = Region.objects.filter(code__in=[f"{v:06d}" for v in wanted])
        return {int(row.code): row.name for row in rows}
    if kind == Kind.ORGANIZATION:
        rows = Organization.objects.filter(pk__in=wanted)
        return {row.pk: str(row) for row in rows}
    if kind == Kind.FIELD:
        return dict(ServiceField.objects.filter(pk__in=wanted).values_list("pk", "name"))
    fixed = {
        Kind.MODE: {facets.TIMED: _("按时预约"), facets.COMMISSIONED: _("委托预约")},
        Kind.STATUS: {number: str(RunningStatus(value).label) for value, number in facets.RUNNING.items()},
        Kind.PRICE: price_labels(),
    }[kind]
    return {value: label for value, label in fixed.items() if value in wanted}


def price_labels() -> dict[int, str]:
    ends = [f"{end:,}" for end in facets.PRICE_BANDS]
    middle = {
        n: _("%(low)s–%(high)s 元/小时") % {"low": ends[n - 2], "high": ends[n - 1]} for n in range(2, len(ends) + 1)
    }
    return {1: _("%s 元/小时以下") % ends[0], **middle, len(ends) + 1: _("%s 元/小时以上") % ends[-1], 0: _("价格面议")}


def managed_organizations(request):
    """The units of the instruments this person looks after."""
    managed = Instrument.objects.managed_by(request.user).order_by().values("organization")
    return Organization.objects.all() if request.user.is_staff else Organization.objects.filter(pk__in=managed)


def managed_departments(request):
    """The departments of the instruments this person looks after; for the platform administrator those of the unit chosen."""
    chosen = request.GET.get("organization", "")
    if request.user.is_staff:
        return Department.objects.filter(organization=int(chosen) if chosen.isdecimal() and len(chosen) < 10 else None)
    managed = Instrument.objects.managed_by(request.user).order_by().values("department")
    return Department.objects.filter(pk__in=managed)


def incomplete() -> Q:
    """Instruments of whose registration something is wanted before they can be handed in: `registration.missing_of`, asked of
    the database; what only a facility says is not looked at."""
    wanted = Q()
    for name in REQUIRED:
        wanted |= empty(name)
    carried = ~Q(carrier_type__in=("", CarrierType.NONE))
    for name in CARRIER:
        wanted |= carried & empty(name)
    for name in CUSTOMS:
        wanted |= Q(under_customs_supervision=True) & empty(name)
    wanted |= Q(resource_type=ResourceType.FACILITY, name_en="")
    wanted |= Q(timed_booking=False, commissioned_booking=False)
    wanted |= Q(no_platform=False) & ~Exists(
        Instrument.innovation_platforms.through.objects.filter(instrument=OuterRef("pk"))
    )
    return wanted | ~Exists(InstrumentStaff.objects.filter(instrument=OuterRef("pk"))) | without_photo()


def empty(name: str) -> Q:
    field = Instrument._meta.get_field(name)
    if isinstance(field, ArrayField):
        return Q(**{name: []})
    if isinstance(field, models.CharField | models.TextField):
        return Q(**{name: ""})
    return Q(**{f"{name}__isnull": True})


def without_photo() -> Q:
    return Q(~Exists(InstrumentPhoto.objects.filter(instrument=OuterRef("pk"))))


class ManagedFilter(FilterSet):
    """Instruments one looks after; the status is chosen by the tabs above the list."""

    q = SearchFilter(
        fields=["name", "number", "model", "internal_no", "name_key", "name_en"],
        placeholder=gettext_lazy("名称、编号、型号"),
    )
    status = django_filters.ChoiceFilter(
        label=gettext_lazy("发布状态"), choices=Instrument.Status.choices, widget=forms.HiddenInput
    )
    kind = django_filters.ModelChoiceFilter(
        label=gettext_lazy("分类"), queryset=InstrumentClass.objects.filter(level=2), method="of_class"
    )
    organization = django_filters.ModelChoiceFilter(label=gettext_lazy("单位"), queryset=managed_organizations)
    department = django_filters.ModelChoiceFilter(label=gettext_lazy("院系/实验室"), queryset=managed_departments)
    running_status = django_filters.ChoiceFilter(label=gettext_lazy("运行状态"), choices=RunningStatus.choices)
    sharing_mode = django_filters.ChoiceFilter(label=gettext_lazy("共享模式"), choices=SharingMode.choices)
    booking = django_filters.ChoiceFilter(
        label=gettext_lazy("预约方式"), method="bookable",
        choices=[("timed", gettext_lazy("按时预约")), ("commissioned", gettext_lazy("委托预约"))],
    )  # fmt: skip
    complete = django_filters.ChoiceFilter(
        label=gettext_lazy("登记资料"), method="as_complete",
        choices=[("no", gettext_lazy("不完整")), ("yes", gettext_lazy("完整"))],
    )  # fmt: skip
    photo = django_filters.ChoiceFilter(
        label=gettext_lazy("照片"), method="with_photo",
        choices=[("no", gettext_lazy("没有照片")), ("yes", gettext_lazy("有照片"))],
    )  # fmt: skip
    platform = django_filters.ChoiceFilter(
        label=gettext_lazy("创新平台"), method="of_platform",
        choices=[
            ("yes", gettext_lazy("已选平台")), ("none", gettext_lazy("无所属创新平台")), ("open", gettext_lazy("还没有选")),
        ],
    )  # fmt: skip
    original_value = AmountFilter(label=gettext_lazy("原值（元）"))
    purchased_on = PeriodFilter(label=gettext_lazy("购置时间"))

    class Meta:
        model = Instrument
        fields = [
            "q", "status", "kind", "organization", "department", "running_status", "sharing_mode", "booking", "complete", "photo",
            "platform", "original_value", "purchased_on",
        ]  # fmt: skip
        main = ["q", "status", "kind", "department", "complete"]

    def of_class(self, queryset, name, chosen):
        return queryset.filter(instrument_class__code__startswith=chosen.code[:4])

    def bookable(self, queryset, name, value):
        return queryset.filter(**{f"{value}_booking": True})

    def as_complete(self, queryset, name, value):
        return queryset.filter(incomplete()) if value == "no" else queryset.exclude(incomplete())

    def with_photo(self, queryset, name, value):
        return queryset.filter(without_photo()) if value == "no" else queryset.exclude(without_photo())

    def of_platform(self, queryset, name, value):
        chosen = Exists(Instrument.innovation_platforms.through.objects.filter(instrument=OuterRef("pk")))
        if value == "none":
            return queryset.filter(no_platform=True)
        return queryset.filter(chosen) if value == "yes" else queryset.filter(~chosen, no_platform=False)


class SynonymFilter(FilterSet):
    """Groups that contain a word, or a part of one."""

    q = SearchFilter(fields=["terms"], placeholder=gettext_lazy("词或词的一部分"))

    class Meta:
        model = Synonym
        fields = ["q"]
        main = ["q"]
