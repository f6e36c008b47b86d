"""Bringing in whole lists of instruments: everything that can be stored is, and everything doubtful is said."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.audit.services import record
from gongyi.catalog import search
from gongyi.catalog.imports import columns
from gongyi.catalog.imports.classes import ClassGuesser
from gongyi.catalog.imports.cleaning import Cleaned, Cleaner, Doubt, same
from gongyi.catalog.models import ImportRun, Instrument, Price
from gongyi.catalog.services.numbers import Numbers
from gongyi.kit.pinyin import sort_key
from gongyi.kit.refusal import Refused
from gongyi.kit.spreadsheets import Column, Row, read_rows
from gongyi.kit.spreadsheets.columns import header_key
from gongyi.organizations.models import Department, Organization
from gongyi.regions.models import Region

BATCH = 500
MAX_ROWS = 20_000
MAX_BYTES = 20 * 1024 * 1024
PREVIEWED = 20
LOST = {"unknown_column", "unreadable_cell"}
OrganizationOf = Callable[[Mapping[str, Any]], Organization | None]


@dataclass
class Source:
    """The rows of a list, and what its file already lost: columns nobody asked for, rows with cells that can't be read."""

    rows: list[Mapping[str, Any]]
    lost: list[Doubt] = field(default_factory=list)

    @property
    def lost_rows(self) -> int:
        return len({doubt.row for doubt in self.lost if doubt.row is not None})


def import_instruments(
    *,
    rows: Iterable[Mapping[str, Any]] | None = None,
    file: BinaryIO | bytes | None = None,
    file_name: str = "",
    organization: Organization | None = None,
    organization_for: OrganizationOf | None = None,
    actor: Any,
    dry_run: bool = False,
) -> ImportRun:
    """Import the rows (or the first sheet of an .xlsx or .csv) as instruments of one organization, or of what
    `organization_for(row)` names; all or nothing in one transaction, batch by batch.

    A row that names an instrument the unit already has updates it with the values that are filled in. The run's `problems`
    say for every doubtful value what was wrong and what was done; only rows without a name, without an organization, with a
    cell that can't be read, or exactly repeated are left out. `dry_run` stores nothing and returns the same run unsaved, with
    `preview` rows. Refuses a file that cannot be read, with the reason.
    """
    source = Source(list(rows)) if rows is not None else read(file)
    return _run(source, file_name, organization, organization_for, actor, dry_run)


@transaction.atomic
def preview_import(*, file: BinaryIO | bytes, file_name: str, organization: Organization, actor: Any) -> ImportRun:
    """Keep an uploaded list and what its import would do, until it is confirmed or discarded; nothing is imported yet.

    An earlier preview of the same person is dropped.
    """
    source = read(file)
    run = _run(source, file_name, organization, None, actor, dry_run=True)
    ImportRun.objects.filter(actor=actor, imported_at=None).delete()
    run.organization = organization
    run.rows = [{**row, "": row.number} for row in source.rows]  # type: ignore[attr-defined]
    run.save()
    return run


@transaction.atomic
def confirm_import(*, run: ImportRun, actor: Any) -> ImportRun:
    """Import what was previewed, by what is stored now; refuses a run that was imported already."""
    run = ImportRun.objects.select_for_update(of=("self",)).select_related("organization").get(pk=run.pk)
    if run.imported_at is not None or run.organization is None:
        raise Refused(_("这份清单已经导入过了。"), code="already_done")
    rows: list[Mapping[str, Any]] = [Row({k: v for k, v in row.items() if k}, row[""]) for row in run.rows]
    lost = [Doubt(**problem) for problem in run.problems if problem["code"] in LOST]
    done = _run(Source(rows, lost), run.file_name, run.organization, None, actor, dry_run=False)
    run.delete()
    return done


def discard_import(*, run: ImportRun) -> None:
    """Forget a previewed list; refuses one that was imported, since it is part of the record."""
    if run.imported_at is not None:
        raise Refused(_("已经导入的记录不能删除。"), code="already_done")
    run.delete()


def read(file: BinaryIO | bytes | None) -> Source:
    """Read the first sheet; refuses what is no table or names no instruments."""
    if file is None:
        raise Refused(_("没有选择文件。"), code="no_file")
    # Everything is read as text: what is wrong with a value is said in the report, not a reason to leave out its row.
    texts = [Column(c.name, c.header, aliases=c.aliases) for c in columns.ALL]
    sheet = read_rows(file, texts, max_rows=MAX_ROWS, max_bytes=MAX_BYTES)
    if not sheet.rows:
        raise Refused(" ".join(map(str, sheet.problems)), code="unreadable")
    if not any(row.get("name") for row in sheet.rows):
        raise Refused(_("没有「仪器名称」这一列，或整列是空的。请下载模板对照。"), code="no_names")
    lost = [
        Doubt("unknown_column", _("「%s」列没有对应的字段。") % header, _("整列未导入。"), column=header)
        for header in sheet.ignored
        if header_key(header) not in columns.PROVENANCE
    ]
    lost += [
        Doubt("unreadable_cell", p.sentence, _("这一行未导入。"), row=p.row, column=p.column or "")
        for p in sheet.problems
    ]
    return Source(list(sheet.rows), lost)


def _run(
    source: Source, file_name: str, organization: Organization | None, organization_for: OrganizationOf | None, actor: Any,
    dry_run: bool,
) -> ImportRun:  # fmt: skip
    whose = organization_for or (lambda row: organization)
    run = ImportRun(file_name=file_name[:200] or _("表格"), actor=actor, row_count=len(source.rows) + source.lost_rows)
    with transaction.atomic():
        job = _Job(source.rows, whose)
        job.general += [doubt for doubt in source.lost if doubt.row is None]
        job.left_out += [doubt for doubt in source.lost if doubt.row is not None]
        job.refused += source.lost_rows
        job.sort_out()
        if not dry_run:
            job.store()
        run.created_count, run.updated_count, run.refused_count = len(job.new), len(job.old), job.refused
        run.problems = [doubt.as_json() for doubt in job.doubts()]
        run.problem_count = len(run.problems)
        run.preview = job.preview()  # type: ignore[attr-defined]
        if not dry_run:
            run.organization, run.imported_at = organization, timezone.now()
            run.save()
            record(actor, run, _("导入仪器"), after={"created": run.created_count, "updated": run.updated_count})
    return run


class _Job:
    """One import from raw rows to stored instruments."""

    def __init__(self, source: list[Mapping[str, Any]], whose: OrganizationOf) -> None:
        self.source = source
        self.guesser = ClassGuesser()
        cleaner = Cleaner(self.guesser, set(Region.objects.values_list("code", flat=True)))
        self.rows: list[tuple[Cleaned, Organization]] = []
        self.new: list[tuple[Cleaned, Instrument]] = []
        self.old: list[tuple[Cleaned, Instrument]] = []
        self.changed: dict[int, set[str]] = defaultdict(set)
        self.refused = 0
        self.general: list[Doubt] = []
        self.left_out: list[Doubt] = []
        self.raw: dict[int, Mapping[str, Any]] = {}
        for place, raw in enumerate(source):
            row = cleaner.clean(raw, getattr(raw, "number", place + 2))
            self.raw[row.row] = raw
            owner = whose(raw)
            if not row.refused and owner is None:
                row.refused = True
                row.doubt(
                    "no_organization", "owner_unit", row.owner_unit, _("不知道属于哪个单位。"), _("这一行未导入。")
                )
            if row.refused or owner is None:
                self.refused += 1
                self.left_out += row.doubts
            else:
                self.rows.append((row, owner))
        self._speak_of_the_list()

    def _speak_of_the_list(self) -> None:
        """What holds for many rows alike is said once."""
        known = columns.headers_of(self.source)
        cells = [columns.by_column(raw)[0] for raw in self.source]
        models = sum(1 for cell in cells if cell.get("kind") == "model")
        if models:
            self.general.append(
                Doubt(
                    "model_only",
                    _("有 %s 行只是型号条目，不是某一台仪器。") % models,
                    _("每行按一台仪器导入。"),
                    column=columns.HEADERS["kind"],
                )
            )
        if any("suggested" in str(header) for raw in self.source[:1] for header in raw):
            self.general.append(
                Doubt(
                    "class_suggested",
                    _("分类一列是建议值。"),
                    _("已采用，请管理员核对。"),
                    column=columns.HEADERS["instrument_class"],
                )
            )
        silent = sum(1 for cell in cells if not cell.get("running_status"))
        if "running_status" in known and silent:
            self.general.append(
                Doubt(
                    "status_missing",
                    _("有 %s 行没有运行状态。") % silent,
                    _("按「在线」导入。"),
                    column=columns.HEADERS["running_status"],
                )
            )
        if "service_fields" not in known:
            self.general.append(
                Doubt(
                    "fields_guessed",
                    _("没有服务领域一列。"),
                    _("按仪器分类推定。"),
                    column=columns.HEADERS["service_fields"],
                )
            )
        elsewhere = sum(
            1
            for row, owner in self.rows
            if row.owner_unit and same(row.owner_unit) not in {same(owner.name), same(owner.short_name)}
        )
        if elsewhere:
            self.general.append(
                Doubt(
                    "other_owner",
                    _("有 %s 行写着别的所属单位。") % elsewhere,
                    _("仍导入到所选单位。"),
                    column=columns.HEADERS["owner_unit"],
                )
            )

    def doubts(self) -> list[Doubt]:
        rows = sorted([*self.left_out, *(d for row, _owner in self.rows for d in row.doubts)], key=lambda d: d.row or 0)
        return self.general + rows

    def preview(self) -> list[dict[str, Any]]:
        chosen = sorted([*self.new, *self.old], key=lambda pair: pair[0].row)[:PREVIEWED]
        updated = {id(instrument) for _row, instrument in self.old}
        return [
            {
                "row": row.row, "name": item.name, "model": item.model, "internal_no": item.internal_no,
                "instrument_class": self.guesser.name(item.instrument_class_id) if item.instrument_class_id else "",
                "updated": id(item) in updated,
            }
            for row, item in chosen
        ]  # fmt: skip

    def sort_out(self) -> None:
        """Decide for every row: new, an update of what the unit has, or a repetition."""
        owners = sorted({owner.pk for _row, owner in self.rows})
        # Two imports into one unit take their turns, so numbers and repetitions are judged on what is stored.
        list(Organization.objects.select_for_update(no_key=True).filter(pk__in=owners).order_by("pk"))
        self._departments(owners)
        stored = list(Instrument.objects.filter(organization__in=owners).defer("tsv", "facets").order_by("pk"))
        by_number = {(i.organization_id, same(i.internal_no)): i for i in stored if i.internal_no}
        by_look: dict[tuple, list[Instrument]] = defaultdict(list)
        for instrument in stored:
            key = [
                same(text) for text in (instrument.name, instrument.model, instrument.serial_no, instrument.internal_no)
            ]
            by_look[(instrument.organization_id, *key)].append(instrument)
        in_file: dict[tuple, Cleaned] = {}
        numbers = Numbers()
        kept: list[tuple[Cleaned, Organization]] = []
        for row, owner in self.rows:
            number = same(row.values["internal_no"])
            earlier = in_file.get((owner.pk, number)) if number else None
            look = (owner.pk, *row.key)
            if earlier is None and row.values["serial_no"]:
                earlier = in_file.get(("serial", *look))
            if earlier is not None and earlier.key == row.key:
                self._repeated(row, earlier)
                continue
            if earlier is not None:
                row.doubt(
                    "number_twice",
                    "internal_no",
                    row.values["internal_no"],
                    _("编号与第 %s 行相同，但不是同一台。") % earlier.row,
                    _("仪器导入，编号留空。"),
                )
                row.values["internal_no"] = number = ""
            twin = in_file.setdefault(("look", *look), row)
            if twin is not row and not row.values["serial_no"]:
                row.doubt(
                    "maybe_twice",
                    "name",
                    row.values["name"],
                    _("与第 %s 行同名同型号，没有出厂编号可区分。") % twin.row,
                    _("按不同的两台导入，请核对。"),
                )
            if number:
                in_file[owner.pk, number] = row
            if row.values["serial_no"]:
                in_file["serial", *look] = row
            match = by_number.get((owner.pk, number)) if number else None
            alike = by_look[(*look, number)]
            if match is None and alike:
                match = alike.pop(0)
            if match is not None:
                self._update(row, match)
            else:
                self.new.append((row, self._build(row, owner, numbers)))
            kept.append((row, owner))
        self.rows = kept

    def _repeated(self, row: Cleaned, earlier: Cleaned) -> None:
        self.refused += 1
        row.doubt(
            "repeated",
            "name",
            row.values["name"],
            _("与第 %s 行是同一台。") % earlier.row,
            _("这一行未导入；前一行没填的值由它补上。"),
        )
        for name, value in row.values.items():
            if value not in (None, "") and earlier.values.get(name) in (None, ""):
                earlier.values[name] = value
                for _row, instrument in (*self.new, *self.old):
                    if _row is earlier:
                        setattr(instrument, name, value)
                        if instrument.pk:
                            self.changed[instrument.pk].add(name.removesuffix("_id"))
        self.left_out += row.doubts

    def _departments(self, owners: list[int]) -> None:
        known = {(d.organization_id, same(d.name)): d.pk for d in Department.objects.filter(organization__in=owners)}
        for row, owner in self.rows:
            if not row.department:
                continue
            found = known.get((owner.pk, same(row.department)))
            if found is None:
                row.doubt(
                    "department_unknown", "department", row.department, _("本单位没有这个院系或实验室。"), _("留空。")
                )
            else:
                row.values["department_id"] = found

    def _build(self, row: Cleaned, owner: Organization, numbers: Numbers) -> Instrument:
        values = {"region_id": owner.region_id, **row.values}
        code = values["instrument_class_id"]
        instrument = Instrument(
            organization=owner, number=numbers.next(owner, code), status=Instrument.Status.PUBLISHED, **values
        )
        instrument.name_key = sort_key(instrument.name)
        return instrument

    def _update(self, row: Cleaned, instrument: Instrument) -> None:
        """What the list fills in replaces what is stored; what it leaves open stays."""
        cells, _rest = columns.by_column(self.raw[row.row])
        for name, value in row.values.items():
            if value in (None, "") or getattr(instrument, name) == value:
                continue
            if name in ("timed_booking", "commissioned_booking", "running_status") and name not in cells:
                continue
            setattr(instrument, name, value)
            self.changed[instrument.pk].add(name.removesuffix("_id"))
        instrument.name_key = sort_key(instrument.name)
        self.old.append((row, instrument))

    def store(self) -> None:
        Instrument.objects.bulk_create([instrument for _row, instrument in self.new], batch_size=BATCH)
        if self.changed:
            fields = {"name_key"}.union(*self.changed.values())
            altered = [instrument for _row, instrument in self.old if instrument.pk in self.changed]
            Instrument.objects.bulk_update(altered, sorted(fields), batch_size=BATCH)
        touched = [*self.new, *self.old]
        prices = [
            Price(instrument=instrument, tier=tier, hourly_rate=rate)
            for row, instrument in touched
            for tier, rate in row.prices.items()
        ]
        Price.objects.bulk_create(
            prices,
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["instrument", "tier"],
            update_fields=["hourly_rate"],
        )
        served = Instrument.service_fields.through
        links = (
            served(instrument_id=instrument.pk, servicefield_id=field)
            for row, instrument in touched
            for field in dict.fromkeys(row.service_fields)
        )
        served.objects.bulk_create(links, batch_size=BATCH, ignore_conflicts=True)
        search.index(instrument.pk for _row, instrument in touched)
