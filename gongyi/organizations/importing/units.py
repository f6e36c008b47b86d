"""A list of units for the platform administrator: new ones are added, known ones get what the list says."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.audit.models import FlowRecord
from gongyi.imports.registry import Imported, Importer, Plan, Planned, Scope, Verdict, used_by
from gongyi.kit.pinyin import sort_key
from gongyi.kit.spreadsheets import Column, Row
from gongyi.kit.spreadsheets.columns import plain
from gongyi.organizations import uscc
from gongyi.organizations.importing import checks
from gongyi.organizations.importing.places import Regions
from gongyi.organizations.models import Organization, OrganizationKind
from gongyi.organizations.workflow import OrganizationFlow

FIELDS = (
    "name", "short_name", "code", "kind", "uscc", "region_id", "address", "phone", "email", "website", "introduction",
)  # fmt: skip
FORM_NAMES = {"region_id": "region"}


class UnitImporter(Importer):
    """Units are known again by credit code, else by name; an empty cell leaves what stands there."""

    name = "organizations.units"
    label = gettext_lazy("单位")
    measure = gettext_lazy("家")

    def may_use(self, user: Any, context_id: int | None) -> bool:
        return bool(user.is_authenticated and user.is_staff and user.is_active) and context_id is None

    def home_url(self, context_id: int | None) -> str:
        return reverse("organizations:list")

    def upload_url(self, context_id: int | None) -> str:
        return reverse("organizations:import_units")

    def columns(self, context_id: int | None) -> Sequence[Column]:
        regions = Regions()
        kinds = {str(kind.label): kind.value for kind in OrganizationKind}
        return (
            Column("name", _("单位名称"), required=True, max_length=150, aliases=("名称", "单位全称", "机构名称"), width=32, example="望江大学"),
            Column("short_name", _("简称"), max_length=30, aliases=("单位简称",), example="望大"),
            Column(
                "code", _("编号前缀"), required=True, max_length=40, aliases=("单位编号", "前缀"), check=checks.unit_code,
                help=_("2–12 位大写字母和数字，以字母开头；用在仪器编号前，之后不宜再改。"), example="WJU",
            ),
            Column("kind", _("单位性质"), kind="choice", required=True, choices=kinds, aliases=("性质", "单位类型"), example="高校"),
            Column(
                "uscc", _("统一社会信用代码"), max_length=40, aliases=("信用代码", "社会信用代码"), check=checks.credit_code, width=24,
                help=_("18 位；没有的单位留空。"), example="12330000470003281W",
            ),
            Column(
                "region", _("所在地区"), aliases=("地区", "行政区划", "行政区划代码", "所在地"), max_length=80, width=26, check=regions.fault,
                help=_("六位行政区划代码，或省市区全称；新增的单位必填。"), example="浙江省杭州市西湖区",
            ),
            Column("address", _("地址"), max_length=200, aliases=("通讯地址", "单位地址"), width=32, example="望江路 1 号"),
            Column("phone", _("联系电话"), max_length=30, aliases=("电话",), check=checks.landline, example="0571-87951234"),
            Column("email", _("邮箱"), max_length=100, aliases=("电子邮箱", "E-mail", "电子邮件"), check=checks.e_mail, width=24, example="office@example.cn"),
            Column("website", _("网址"), max_length=140, aliases=("网站", "官网"), check=checks.website, width=24, example="https://www.example.cn"),
            Column("introduction", _("简介"), max_length=1000, aliases=("单位简介",), width=40, example="综合性大学。"),
        )  # fmt: skip

    def notes(self, context_id: int | None) -> Sequence[str]:
        return (
            _("已有的单位按统一社会信用代码认出，没有代码的按单位名称；填了的更新，空着的保持原样。"),
            _("单位管理员导入后在各单位的「人员」里指定。"),
        )

    def prepare(self, rows: Sequence[Row], scope: Scope) -> Iterator[Plan]:
        wanted = [(row, _cleaned(row)) for row in rows]
        known = _Known([values for _row, values in wanted])
        regions = Regions()
        for row, values in wanted:
            yield self._plan(row, values, known, regions)

    def _plan(self, row: Row, values: dict[str, Any], known: "_Known", regions: Regions) -> Plan:
        label = values["name"]
        if problems := known.said_before(row.number, values):
            return Plan(Verdict.DUPLICATE, label, problems=problems)
        if row["region"]:
            values["region_id"] = regions.find(row["region"])
        unit, problems = known.meant_by(values)
        if not (values["region_id"] or (unit and unit.region_id)):
            problems.append(("region", _("请填写所在地区：六位行政区划代码，或省市区全称。")))
        if problems:
            return Plan.wrong(label, *problems)
        if unit is None:
            return Plan(Verdict.NEW, label, data={"fields": values})
        before = {name: getattr(unit, name) for name, value in values.items() if value and value != getattr(unit, name)}
        if not before:
            return Plan(Verdict.SAME, label)
        if unit.status not in OrganizationFlow.edit.sources:
            return Plan.wrong(
                label, ("", _("该单位%s，不能修改。请先恢复，或删去这一行。") % unit.get_status_display())
            )
        after = {name: values[name] for name in before}
        return Plan(
            Verdict.CHANGED, label, data={"unit": unit.pk, "before": before, "after": after},
            changes=[(_title(name), _words(name, before[name], regions), _words(name, after[name], regions)) for name in before],
        )  # fmt: skip

    def apply(self, rows: Sequence[Planned], scope: Scope) -> Sequence[Mapping]:
        changed = Organization.objects.in_bulk([row.data["unit"] for row in rows if row.verdict == Verdict.CHANGED])
        added = iter(_add([row.data["fields"] for row in rows if row.verdict == Verdict.NEW], scope))
        effects: list[Mapping] = []
        for row in rows:
            if row.verdict == Verdict.NEW:
                effects.append({"created": next(added).pk, "fields": row.data["fields"]})
            else:
                _edit(changed[row.data["unit"]], row.data["after"], scope)
                effects.append({"changed": row.data["unit"], "before": row.data["before"], "after": row.data["after"]})
        return effects

    def obstacles(self, rows: Sequence[Imported], scope: Scope) -> Mapping[int, str]:
        keys = [_key_of(row) for row in rows]
        units = Organization.objects.select_for_update(no_key=True, of=("self",)).order_by("pk").in_bulk(keys)
        used = used_by(Organization, [row.effect["created"] for row in rows if "created" in row.effect])
        found = {}
        for row in rows:
            unit = units.get(_key_of(row))
            left = row.effect["fields"] if "created" in row.effect else row.effect["after"]
            if unit is None:
                found[row.number] = _("已不存在")
            elif altered := [_title(name) for name, value in left.items() if getattr(unit, name) != value]:
                found[row.number] = _("%s 已修改") % "、".join(altered)
            elif "created" in row.effect and unit.pk in used:
                found[row.number] = _("已有%s") % "、".join(used[unit.pk])
        return found

    def undo(self, rows: Sequence[Imported], scope: Scope) -> None:
        Organization.objects.filter(pk__in=[row.effect["created"] for row in rows if "created" in row.effect]).delete()
        changed = [row for row in rows if "changed" in row.effect]
        units = Organization.objects.in_bulk([row.effect["changed"] for row in changed])
        for row in changed:
            _edit(units[row.effect["changed"]], row.effect["before"], scope)


class _Known:
    """The units the list may mean, and what of it was said in an earlier row."""

    def __init__(self, wanted: Sequence[Mapping[str, Any]]) -> None:
        found = Organization.objects.filter(
            Q(name__in=[w["name"] for w in wanted])
            | Q(code__in=[w["code"] for w in wanted])
            | Q(uscc__in=[w["uscc"] for w in wanted if w["uscc"]])
        )
        self.units: dict[tuple[str, str], Organization] = {}
        for unit in found:
            for name in ("name", "code", "uscc"):
                if value := getattr(unit, name):
                    self.units[name, value] = unit
        self.rows: dict[tuple[str, str], int] = {}

    def said_before(self, number: int, values: Mapping[str, Any]) -> list[tuple[str, str]]:
        problems = []
        for name in ("name", "code", "uscc"):
            if not values[name]:
                continue
            first = self.rows.setdefault((name, values[name]), number)
            if first != number:
                problems.append((name, _("与第 %s 行相同，请只留一行或更正。") % first))
        return problems

    def meant_by(self, values: Mapping[str, Any]) -> tuple[Organization | None, list[tuple[str, str]]]:
        """The unit a row is about, and what contradicts that."""
        by_code = self.units.get(("uscc", values["uscc"] or ""))
        by_name = self.units.get(("name", values["name"]))
        prefix = self.units.get(("code", values["code"]))
        unit = by_code or by_name
        problems = []
        if by_code and by_name and by_code.pk != by_name.pk:
            problems.append(("uscc", _("这个代码属于「%s」，与单位名称不符，请核对。") % by_code.name))
        elif by_name and values["uscc"] and by_name.uscc and by_name.uscc != values["uscc"]:
            problems.append(("uscc", _("「%s」登记的是另一个代码，请核对。") % by_name.name))
        if prefix and (unit is None or prefix.pk != unit.pk):
            problems.append(
                (
                    "code",
                    _("编号前缀 %(code)s 已由「%(unit)s」使用，请换一个。")
                    % {"code": values["code"], "unit": prefix.name},
                )
            )
        return unit, problems


def _cleaned(row: Row) -> dict[str, Any]:
    return {
        "name": row["name"],
        "short_name": row["short_name"],
        "code": uscc.normalised(row["code"]),
        "kind": row["kind"],
        "uscc": uscc.normalised(row["uscc"]) or None,
        "region_id": None,
        "address": row["address"],
        "phone": plain(row["phone"]),
        "email": plain(row["email"]),
        "website": checks.web_address(row["website"]),
        "introduction": row["introduction"],
    }


def _add(wanted: Sequence[Mapping[str, Any]], scope: Scope) -> list[Organization]:
    """New units and their first records, as services.add_organization writes them, many at once."""
    units = Organization.objects.bulk_create(
        Organization(**fields, name_key=sort_key(fields["name"])) for fields in wanted
    )
    kind, now, label = ContentType.objects.get_for_model(Organization), timezone.now(), _("新增单位")
    FlowRecord.objects.bulk_create(
        FlowRecord(
            content_type=kind, object_id=unit.pk, actor=scope.actor, actor_name=str(scope.actor)[:50], at=now,
            flow=OrganizationFlow.name, label=label, to_status=unit.status,
        )
        for unit in units
    )  # fmt: skip
    return units


def _edit(unit: Organization, fields: Mapping[str, Any], scope: Scope) -> None:
    """Change fields by the unit's own step, which records who did it; what its form also asks for stays as it is."""
    data = {name: getattr(unit, name) for name in OrganizationFlow.edit.fields if hasattr(unit, name)}
    for name, value in fields.items():
        setattr(unit, name, value)
        data[FORM_NAMES.get(name, name)] = getattr(unit, FORM_NAMES.get(name, name))
    OrganizationFlow.fire(unit, "edit", actor=scope.actor, **data)


def _key_of(row: Imported) -> int:
    return row.effect.get("created") or row.effect["changed"]


def _title(name: str) -> str:
    field: Any = Organization._meta.get_field(FORM_NAMES.get(name, name))
    return str(field.verbose_name)


def _words(name: str, value: Any, regions: Regions) -> str:
    if name == "region_id":
        return regions.labels.get(value, "")
    if name == "kind":
        return str(OrganizationKind(value).label)
    return str(value or "")
