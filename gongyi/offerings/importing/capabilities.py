"""A list of an institution's capabilities for its administrator: every row judged as the form judges it, none twice (S3-42 … S3-44)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any, BinaryIO, ClassVar

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.audit.services import record
from gongyi.imports.registry import Imported, Importer, Plan, Planned, Scope, Verdict, used_by
from gongyi.kit.spreadsheets import Column, Grid, Row, open_grid
from gongyi.offerings.importing.layout import PARTED, UNDERSTOOD, Shape, arrange
from gongyi.offerings.lines import Line, label_of, read
from gongyi.offerings.models import IDENTIFYING, Capability, key_of
from gongyi.offerings.queries.capabilities import why_not
from gongyi.offerings.services.capabilities import fields_of, in_words
from gongyi.offerings.services.lists import add_lines, change_lines, fill, told
from gongyi.organizations.certificate_numbers import regular
from gongyi.organizations.models import Certificate, Organization
from gongyi.organizations.rules import may_manage
from gongyi.organizations.services import lock, still_here

CHUNK = 500
MOST_ROWS = 50_000
MOST_BYTES = 20 * 1024 * 1024
LONGEST_WORKDAYS = 3650
Nature = Capability.Nature


class LineImporter(Importer):
    """Into a unit's library; the context is the unit, or the certificate under which the whole list stands."""

    measure = gettext_lazy("项")
    max_rows, max_bytes = MOST_ROWS, MOST_BYTES
    streams = True
    library: ClassVar[str]
    is_test: ClassVar[bool]
    shape: ClassVar[Shape]

    def __init__(self, *, of_certificate: bool) -> None:
        self.of_certificate = of_certificate
        self.name = f"offerings.{self.library}{'_of_certificate' if of_certificate else ''}"

    # context

    def unit(self, context_id: int | None) -> Organization | None:
        rows = Organization.objects
        if self.of_certificate:
            return rows.filter(certificates=context_id).first() if context_id else None
        return rows.filter(pk=context_id).first() if context_id else None

    def may_use(self, user: Any, context_id: int | None) -> bool:
        unit = self.unit(context_id)
        if unit is None or not user.is_active or not may_manage(user, unit):
            return False
        return unit.status != Organization.Status.EXITED

    def context_label(self, context_id: int | None) -> str:
        unit = self.unit(context_id)
        if not self.of_certificate or unit is None:
            return str(unit or "")
        certificate = Certificate.objects.get(pk=context_id or 0)
        return _("%(unit)s · 证书 %(number)s") % {"unit": unit, "number": certificate.number}

    def home_url(self, context_id: int | None) -> str:
        unit = self.unit(context_id)
        return reverse(f"offerings:{self.library}", args=[unit.pk if unit else 0])

    def upload_url(self, context_id: int | None) -> str:
        unit = self.unit(context_id)
        chosen = f"?certificate={context_id}" if self.of_certificate else ""
        return reverse(f"offerings:import_{self.library}", args=[unit.pk if unit else 0]) + chosen

    # the list

    def own_columns(self) -> Sequence[Column]:
        raise NotImplementedError

    def columns(self, context_id: int | None) -> Sequence[Column]:
        certificate = Column(
            "certificate",
            _("证书编号"),
            required=True,
            max_length=60,
            aliases=("资质证书编号", "证书号", "certificate"),
            width=22,
            choices=self._numbers(context_id),
            help=_("本机构资质证书的编号；整份表格同属一张证书的，可在上传时选定。"),
            example="211020143367",
        )
        return (
            *([] if self.of_certificate else [certificate]),
            *self.own_columns(),
            Column(
                "price",
                _("参考价格"),
                kind="money",
                aliases=("价格", "单价", "收费标准", "费用", "unit_price_cny", "price"),
                minimum=0,
                help=_("单位元；不填或填 0 显示为面议。"),
                example="200",
            ),
            Column(
                "lead_days",
                _("周期"),
                kind="integer",
                aliases=("周期（工作日）", "检测周期", "工作日", "lead_days"),
                minimum=1,
                maximum=LONGEST_WORKDAYS,
                help=_("工作日数。"),
                example="5",
            ),
            Column(UNDERSTOOD, _("导入说明"), max_length=2000),
        )

    def template_columns(self, context_id: int | None) -> Sequence[Column]:
        return [column for column in self.columns(context_id) if column.name != UNDERSTOOD]

    def _numbers(self, context_id: int | None) -> list[str]:
        if self.of_certificate or not context_id:
            return []
        valid = Certificate.objects.filter(organization=context_id).valid_on(timezone.localdate())
        return list(valid.values_list("number", flat=True))

    def notes(self, context_id: int | None) -> Sequence[str]:
        return (
            _("可以直接用证书的能力附表：合并单元格、两行表头、表头上方的标题行、「一、水和废水」这样的分组标题行都能读懂，怎样理解的会写在检查结果里。"),
            _("标准编号要含年号，如 GB/T 228.1-2021；一格里几个标准用「、」「；」或换行隔开。"),
            _("能力库里已有的（证书、名称、标准、范围都相同）不会重复添加：价格、周期等有变化的更新，空着的保持原样。"),
        )  # fmt: skip

    def open(self, file: BinaryIO | bytes, context_id: int | None, mapping: Mapping[str, str]) -> Grid:
        columns = list(self.columns(context_id))
        grid = open_grid(file, columns, max_rows=self.max_rows, max_bytes=self.max_bytes, mapping=mapping)
        return arrange(grid, columns, self.shape)

    # judging

    def lock(self, scope: Scope) -> None:
        unit = self.unit(scope.context_id)
        assert unit is not None
        still_here(lock(unit))

    def prepare(self, rows: Iterable[Row], scope: Scope) -> Iterator[Plan]:
        unit = self.unit(scope.context_id)
        assert unit is not None
        judge = _Judge(self, unit, scope.context_id if self.of_certificate else None)
        waiting = iter(rows)
        while chunk := list(islice(waiting, CHUNK)):
            yield from judge.plans(chunk)

    def said(self, row: Row) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """What a row says by field, and what was understood about it."""
        notes = [("", words) for words in row[UNDERSTOOD].split(PARTED) if words]
        fields: dict[str, Any] = {}
        for name in fields_of(Nature.TEST if self.is_test else Nature.VERIFICATION):
            value = row.get(name)
            if isinstance(value, str) and "\n" in value:
                lines = len([line for line in value.splitlines() if line.strip()])
                if lines > 1 and name != "standard_no":
                    notes.append((name, _("一格里有 %s 行，已合成一行。") % lines))
                elif lines > 1:
                    notes.append((name, _("一格里有 %s 行，每行按一个标准读。") % lines))
            fields[name] = value
        if fields.get("price") == 0:
            fields["price"] = None
            notes.append(("price", _("价格为 0，按面议处理。")))
        return fields, notes

    def nature_of(self, row: Row) -> str:
        return Nature.TEST

    # doing

    def apply(self, rows: Sequence[Planned], scope: Scope) -> Sequence[Mapping]:
        unit = self.unit(scope.context_id)
        assert unit is not None
        new = [row for row in rows if row.verdict == Verdict.NEW]
        made = add_lines(
            organization=unit, lines=[(row.data["certificate"], row.data["fields"]) for row in new], actor=scope.actor
        )
        created = {row.number: one.pk for row, one in zip(new, made, strict=True)}
        changed = [row for row in rows if row.verdict == Verdict.CHANGED]
        known = Capability.objects.in_bulk([row.data["line"] for row in changed])
        change_lines(
            changes=[(known[row.data["line"]], row.data["after"]) for row in changed],
            actor=scope.actor,
            what=_("批量导入"),
        )
        return [
            {"created": created[row.number], "fields": row.data["fields"], "certificate": row.data["certificate"]}
            if row.number in created
            else {"changed": row.data["line"], "before": row.data["before"], "after": row.data["after"]}
            for row in rows
        ]

    def obstacles(self, rows: Sequence[Imported], scope: Scope) -> Mapping[int, str]:
        keys = [_key_of(row) for row in rows]
        there = Capability.objects.select_for_update(no_key=True, of=("self",)).order_by("pk").in_bulk(keys)
        used = used_by(Capability, [row.effect["created"] for row in rows if "created" in row.effect])
        found: dict[int, str] = {}
        for row in rows:
            line, left = there.get(_key_of(row)), row.effect.get("fields") or row.effect["after"]
            if line is None:
                found[row.number] = _("已不存在")
                continue
            wanted = Capability(nature=line.nature)
            fill(wanted, left)
            names = [name for name in fields_of(line.nature) if name in left]
            altered = [label_of(n, line.nature) for n in names if getattr(line, n) != getattr(wanted, n)]
            if "certificate" in row.effect and line.certificate_id != row.effect["certificate"]:
                altered.append(_("证书编号"))
            if altered:
                found[row.number] = _("%s 已修改") % "、".join(altered)
            elif "created" in row.effect and line.status != Capability.Status.VALID:
                found[row.number] = _("已%s") % line.get_status_display()
            elif line.pk in used:
                found[row.number] = _("已有%s") % "、".join(used[line.pk])
        return found

    def undo(self, rows: Sequence[Imported], scope: Scope) -> None:
        created = [row.effect["created"] for row in rows if "created" in row.effect]
        Capability.objects.filter(pk__in=created).delete()
        back = [row for row in rows if "changed" in row.effect]
        known = Capability.objects.in_bulk([row.effect["changed"] for row in back])
        change_lines(
            changes=[(known[row.effect["changed"]], row.effect["before"]) for row in back], actor=scope.actor,
            what=_("撤销批量导入"),
        )  # fmt: skip
        unit = self.unit(scope.context_id)
        assert unit is not None
        record(scope.actor, unit, _("撤销批量导入能力项"), before={"created": len(created), "changed": len(back)})


def _key_of(row: Imported) -> int:
    return row.effect.get("created") or row.effect["changed"]


class _Judge:
    """Plans for one list: its certificates found once, what the library has looked up chunk by chunk."""

    def __init__(self, importer: LineImporter, unit: Organization, certificate_id: int | None) -> None:
        self.importer, self.unit, self.today = importer, unit, timezone.localdate()
        self.certificates: dict[str, list[Certificate]] = {}
        for row in Certificate.objects.filter(organization=unit).order_by("pk"):
            self.certificates.setdefault(row.number, []).append(row)
        self.chosen = next((c for rows in self.certificates.values() for c in rows if c.pk == certificate_id), None)
        self.rows: dict[tuple[int, str, str], int] = {}

    def plans(self, chunk: Sequence[Row]) -> Iterator[Plan]:
        judged = [self._judged(row) for row in chunk]
        known = self._known(judged)
        for row, (certificate, line, notes, key) in zip(chunk, judged, strict=True):
            yield self._plan(row, certificate, line, notes, key, known)

    def _judged(self, row: Row) -> tuple[Certificate | None, Line, list[tuple[str, str]], str]:
        fields, notes = self.importer.said(row)
        certificate, fault = (self.chosen, "") if self.chosen else self._certificate(row.get("certificate") or "")
        if certificate and self.chosen and (reason := why_not(certificate, self.today)):
            fault = _("证书「%(number)s」%(reason)s，请另选有效的证书。") % {
                "number": certificate.number,
                "reason": reason,
            }
        line = read({**fields, "nature": self.importer.nature_of(row)}, certificate=certificate, today=self.today)
        if fault:
            line.problems.insert(0, ("" if self.chosen else "certificate", fault))
        return certificate, line, notes, key_of(*(line.fields.get(name) or "" for name in IDENTIFYING))

    def _certificate(self, text: str) -> tuple[Certificate | None, str]:
        rows = self.certificates.get(regular(text), [])
        for row in rows:
            if not why_not(row, self.today):
                return row, ""
        if rows:
            words = {"number": rows[-1].number, "reason": why_not(rows[-1], self.today)}
            return rows[-1], _("证书「%(number)s」%(reason)s，不能导入。请改用有效的证书，或先更新资质证书。") % words
        return None, _("本机构没有编号为「%s」的证书。请先在「资质证书」里添加，或核对编号。") % text

    def _known(self, judged: Sequence[tuple]) -> dict[tuple[int, str, str], Capability]:
        keys = {key for _certificate, _line, _notes, key in judged}
        certificates = {certificate.pk for certificate, *_rest in judged if certificate}
        found = Capability.objects.filter(organization=self.unit, certificate__in=certificates, key__in=keys)
        rows = found.exclude(status=Capability.Status.CANCELLED).defer("tsv", "facets")
        return {(row.certificate_id, row.nature, row.key): row for row in rows}

    def _plan(
        self, row: Row, certificate: Certificate | None, line: Line, notes: list, key: str, known: Mapping
    ) -> Plan:
        fields = line.fields
        label = " · ".join(str(part) for part in (fields["subject"], fields.get("parameter")) if part)
        if line.problems or certificate is None:
            return Plan(Verdict.WRONG, label, problems=line.problems, notes=notes)
        where = (certificate.pk, fields["nature"], key)
        first = self.rows.setdefault(where, row.number)
        if first != row.number:
            same = _("与第 %s 行相同（名称、标准、范围都一样），请只留一行或写明区别。") % first
            return Plan(Verdict.DUPLICATE, label, problems=[("", same)], notes=notes)
        notes = [*notes, *line.doubts]
        said = {name: _json(fields.get(name)) for name in fields_of(fields["nature"])} | {"nature": fields["nature"]}
        there = known.get(where)
        if there is None:
            return Plan(Verdict.NEW, label, data={"certificate": certificate.pk, "fields": said}, notes=notes)
        wanted = Capability(nature=there.nature)
        fill(wanted, said)
        after = {
            name: value for name, value in said.items()
            if value not in (None, "") and name not in IDENTIFYING and getattr(wanted, name) != getattr(there, name)
        }  # fmt: skip
        if not after:
            return Plan(Verdict.SAME, label, notes=notes)
        before = {name: _json(getattr(there, name)) for name in after}
        was, becomes = told(there, after), {label_of(n, there.nature): in_words(wanted, n) for n in after}
        return Plan(
            Verdict.CHANGED, label, data={"line": there.pk, "before": before, "after": after},
            changes=[(name, was[name], becomes[name]) for name in was], notes=notes,
        )  # fmt: skip


def _json(value: Any) -> Any:
    if value is None or isinstance(value, str | int):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)
