"""The fields of an instrument as the national platform asks for them, in its order, with its codes and limits."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db.models import Q, Value
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThan
from django.utils.translation import gettext as _

from gongyi.catalog.countries import FILE
from gongyi.catalog.importing.words import ENUMS, LISTS
from gongyi.catalog.models import CarrierType, Instrument

WAN = Decimal(10_000)  # yuan
CENTS = Decimal("0.01")


@dataclass(frozen=True)
class Field:
    """A column of the national table.

    `name` is the field of Instrument it is read from; `limit` the most characters it may have. A required field is missing
    when it is empty and `when` holds.
    """

    key: str
    header: str
    name: str
    required: bool = False
    limit: int | None = None
    when: Q | None = None
    asked: Callable[[Instrument], bool] | None = None
    value: Callable[[Instrument], Any] | None = None
    unverified: bool = False

    @property
    def title(self) -> str:
        return _("%s（未核实）") % self.header if self.unverified else self.header

    def read(self, instrument: Instrument) -> Any:
        """What the platform is told."""
        if self.value is not None:
            return self.value(instrument)
        return getattr(instrument, self.name)


@lru_cache
def country_keys() -> dict[str, str]:
    """The platform's own keys of countries and regions by their names."""
    with FILE.open(encoding="utf-8-sig", newline="") as file:
        return {row["name"]: row["nrii_key"] for row in csv.DictReader(file)}


def _code(name: str) -> Callable[[Instrument], Any]:
    return lambda instrument: ENUMS[name].codes.get(getattr(instrument, name), "")


def _wan(instrument: Instrument) -> Any:
    value = instrument.original_value
    return "" if value is None else (value / WAN).quantize(CENTS)


def _yes_no(name: str) -> Callable[[Instrument], Any]:
    return lambda instrument: 1 if getattr(instrument, name) else 0


def _funding(instrument: Instrument) -> str:
    codes = LISTS["funding_sources"].codes
    return ",".join(str(codes[value]) for value in instrument.funding_sources if value in codes)


def _place(instrument: Instrument) -> str:
    return "".join(filter(None, (instrument.street, instrument.location, instrument.floor)))


def _department(instrument: Instrument) -> str:
    return instrument.department.name if instrument.department else ""


def _photos(instrument: Instrument) -> int:
    return instrument.photo_count  # type: ignore[attr-defined]  # annotated by `to_report`


_CARRIED = ~Q(carrier_type__in=("", CarrierType.NONE))
_CUSTOMS = Q(under_customs_supervision=True)


def _carried(instrument: Instrument) -> bool:
    return instrument.carrier_type not in ("", CarrierType.NONE)


def _watched(instrument: Instrument) -> bool:
    return instrument.under_customs_supervision


FIELDS = (
    Field("nrii_code", "仪器编号", "nrii_code", limit=50),
    Field("innerId", "所在单位仪器编号", "internal_no", True, 150),
    Field("name_zh", "仪器设备名称", "name", True, 100),
    Field("name_en", "英文名称", "name_en", limit=100),
    Field("carrier_type", "所属资源载体类型", "carrier_type", True, value=_code("carrier_type")),
    Field(
        "carrier_internal_no", "所属资源载体内部编号", "carrier_internal_no", True, 150, when=_CARRIED, asked=_carried
    ),
    Field("carrier_name", "所属资源载体名称", "carrier_name", True, 150, when=_CARRIED, asked=_carried),
    Field("department", "所属单位内部门", "department", True, value=_department),
    Field("class_code", "仪器分类编码", "instrument_class", True, value=lambda i: i.instrument_class_id or ""),
    Field("acquisition_source", "设备来源", "acquisition_source", True, value=_code("acquisition_source")),
    Field(
        "under_customs_supervision", "是否在海关监管年限内", "under_customs_supervision", unverified=True,
        value=_yes_no("under_customs_supervision"),
    ),
    Field("original_value_wan", "原值（万元）", "original_value", True, value=_wan),
    Field("origin_country", "产地国别", "origin_country", True, value=lambda i: country_keys().get(i.origin_country, ""), unverified=True),
    Field("manufacturer", "生产制造商", "manufacturer", True, 100),
    Field("booked_on", "建账日期", "booked_on", True),
    Field("generality", "仪器设备类别", "generality", True, value=_code("generality")),
    Field("model", "规格型号", "model", True, 300),
    Field("technical_specs", "主要技术指标", "technical_specs", True, 500),
    Field("functions", "主要功能", "functions", True, 300),
    Field("subject_codes", "主要学科领域", "subject_codes", True, value=lambda i: ",".join(i.subject_codes)),
    Field("funding_sources", "主要购置经费来源", "funding_sources", True, value=_funding),
    Field("service_content", "服务内容", "service_content", True, 200),
    Field("photos", "图片数", "photos", True, value=_photos),
    Field("user_notice", "用户须知", "user_notice", True, 500),
    Field("reference_fee", "参考收费标准", "reference_fee", True, 500),
    Field("booking_url", "预约服务网址", "booking_url", limit=150),
    Field("annual_run_hours", "年运行机时", "annual_run_hours"),
    Field("annual_external_hours", "年对外服务机时", "annual_external_hours"),
    Field("location_region", "安放地址-省/市/区县", "region", True, value=lambda i: i.region_id or ""),
    Field("location_street", "安放地址-街道", "street", True, 500, value=_place),
    Field("run_status", "运行状态", "reported_status", True, value=_code("reported_status")),
    Field("sharing_mode", "共享模式", "sharing_mode", True, value=_code("sharing_mode")),
    Field("contact_name", "联系人", "contact_name", True, 50),
    Field("contact_phone", "电话", "contact_phone", True, 20),
    Field("contact_email", "电子邮箱", "contact_email", True, 50),
    Field("contact_address", "通讯地址", "contact_address", True, 300),
    Field("postcode", "邮政编码", "postcode", True, 6),
    Field("customs_declaration_no", "进口报关单编号", "customs_declaration_no", True, 18, when=_CUSTOMS, asked=_watched),
    Field("customs_item_no", "进口报关单项号", "customs_item_no", True, 2, when=_CUSTOMS, asked=_watched),
    Field("customs_release_on", "海关放行日期", "customs_release_on", True, when=_CUSTOMS, asked=_watched),
    Field("customs_form_name", "报关单上名称", "customs_form_name", True, 30, when=_CUSTOMS, asked=_watched),
)  # fmt: skip
BY_KEY = {field.key: field for field in FIELDS}


def model_field(name: str) -> Any:
    return Instrument._meta.get_field(name)


def empty(field: Field) -> Q:
    """The instruments on which the field is empty, as a condition of a query."""
    name = field.name
    if name == "photos":
        return Q(photo_count=0)
    if name == "original_value":
        return Q(original_value=None) | Q(original_value__lt=CENTS * WAN / 2)
    kind = model_field(name)
    if kind.null:
        return Q(**{f"{name}__isnull": True})
    return Q(**{name: [] if name in ("subject_codes", "funding_sources") else ""})


def too_long(field: Field) -> Q | None:
    """Those on which it is longer than the platform takes; None where the table does not hold more."""
    limit = field.limit
    if (
        limit is None
        or field.value is not None
        or (getattr(model_field(field.name), "max_length", None) or limit + 1) <= limit
    ):
        return None
    return Q(GreaterThan(Length(field.name), Value(limit)))
