"""Whether a unit may ask for innovation vouchers: four conditions, each of which says by itself whether it holds (S1-31)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from gongyi.organizations.models import OrganizationKind, UnitRules
from gongyi.regions.models import Region, stem


@dataclass(frozen=True)
class Condition:
    """One of the four. `state` is ok, bad, or wait while the answer it needs is missing; `why` says what fails."""

    name: str
    label: str
    state: str
    why: str = ""

    @property
    def holds(self) -> bool:
        return self.state == "ok"


def conditions(
    *,
    kind: str,
    region: Region | None,
    employees: int | None,
    revenue_wan: Decimal | None,
    rules: UnitRules,
) -> list[Condition]:
    """All four, in the manual's order. 「以下」 includes the number itself (民法典第一千二百五十九条)."""
    return [
        _province(region, rules.voucher_province),
        _limit("employees", _("企业人数不超过 %s 人"), employees, rules.voucher_most_employees, _("人")),
        _limit("revenue", _("上年营业收入不超过 %s 万元"), revenue_wan, rules.voucher_most_revenue_wan, _("万元")),
        _enterprise(kind),
    ]


def fulfilled(found: Iterable[Condition]) -> bool:
    return all(condition.holds for condition in found)


def sentence(found: Iterable[Condition]) -> str:
    """Why vouchers cannot be asked for, or an empty string: what fails, else what is still to be filled in."""
    rows = list(found)
    failing = [row.why for row in rows if row.state == "bad"] or [row.why for row in rows if row.state == "wait"]
    return _("不能申请创新券：%s。") % "；".join(failing) if failing else ""


def _province(region: Region | None, province: Region | None) -> Condition:
    label = _("所在地在%s") % province.name if province else _("所在地不限省份")
    if province is None:
        return Condition("province", label, "ok")
    if region is None:
        return Condition("province", label, "wait", _("请先选择所在地区"))
    if region.code.startswith(stem(province.code)):
        return Condition("province", label, "ok")
    return Condition(
        "province", label, "bad", _("所在地%(here)s不在%(province)s") % {"here": region, "province": province.name}
    )


def _limit(name: str, label: str, value: Any, most: Any, unit: str) -> Condition:
    label = label % plain_number(most)
    if value is None:
        missing = _("请先填写企业人数") if name == "employees" else _("请先填写上年营业收入")
        return Condition(name, label, "wait", missing)
    if value <= most:
        return Condition(name, label, "ok")
    what = _("企业人数") if name == "employees" else _("上年营业收入")
    words = {"what": what, "value": plain_number(value), "most": plain_number(most), "unit": unit}
    return Condition(name, label, "bad", _("%(what)s %(value)s %(unit)s，超过 %(most)s %(unit)s") % words)


def _enterprise(kind: str) -> Condition:
    label = _("单位性质为企业")
    if not kind:
        return Condition("enterprise", label, "wait", _("请先选择单位性质"))
    if kind == OrganizationKind.ENTERPRISE:
        return Condition("enterprise", label, "ok")
    return Condition("enterprise", label, "bad", _("单位性质为%s，不是企业") % OrganizationKind(kind).label)


def plain_number(number: Any) -> str:
    """20,000 and not 20,000.00; 20,000.01 as it is."""
    text = f"{Decimal(number):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
