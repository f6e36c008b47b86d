"""Taking in a list, checking it, and importing it: each in one transaction, so that nothing is ever half done."""

import hashlib
import json
import logging
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.files.acceptance import safe_name
from gongyi.files.models import StoredFile
from gongyi.files.services import attach, store
from gongyi.imports.cells import packed, unpacked
from gongyi.imports.copying import copy_rows
from gongyi.imports.models import PURPOSE, ColumnMapping, ImportRow, ImportRun
from gongyi.imports.progress import Progress
from gongyi.imports.registry import IMPORTERS, Imported, Importer, Plan, Planned, Scope, Verdict
from gongyi.imports.workflow import ImportFlow, name_of_lock, queue_check
from gongyi.kit.refusal import Refused
from gongyi.kit.spreadsheets import Column, Grid, Row, Unreadable, read_row
from gongyi.workflow import SYSTEM

BATCH = 500
NAMED = 5
SILENT_MINUTES = 10  # between two statements of one import
COLUMNS = ("run_id", "number", "cells", "verdict", "label", "problems", "changes", "notes", "data")
LABEL_LENGTH = 200
S = ImportRun.Status
log = logging.getLogger(__name__)


class Overtaken(Exception):
    """Rows that no longer are what was looked at; its text is the sentence for the person who imports."""


# uploading


def upload(*, importer: Importer, context_id: int | None, upload: UploadedFile, actor: Any) -> ImportRun:
    """Keep a list and queue its check. Refuses, keeping nothing, what can't be read as a list of this kind.

    A list that lacks a required column is kept as not completed: its headers can be matched by hand.
    """
    if not importer.may_use(actor, context_id):
        raise Refused(_("您不能在这里批量导入。"), code="not_allowed")
    name = safe_name(upload.name or "")
    remembered = remembered_mapping(importer.name, context_id)
    try:
        grid = importer.open(upload, context_id, remembered)
        rows = len(grid.body)
    except Unreadable as refusal:
        raise Refused(str(refusal), code="unreadable") from None
    return _begun(importer, context_id, upload, name, grid, rows, remembered, actor)


@transaction.atomic
def _begun(
    importer: Importer, context_id: int | None, upload: UploadedFile, name: str, grid: Grid, rows: int,
    remembered: Mapping[str, str], actor: Any,
) -> ImportRun:  # fmt: skip
    run = ImportRun(
        importer=importer.name, context_id=context_id, context_label=importer.context_label(context_id)[:150],
        actor=actor, file=_keep(upload, name, importer, actor), file_name=name, headers=grid.headers,
        places=grid.places, row_count=rows, beat_at=timezone.now(),
        mapping={header: remembered[header] for header in grid.headers if header in remembered},
    )  # fmt: skip
    run.save()
    attach(run.file, run)
    ImportFlow.opened(run, _("上传"), actor=actor, rows=rows, file=name)
    if grid.problems:
        return ImportFlow.fire(run, "fail", actor=SYSTEM, reason=_headers_wrong(grid))
    queue_check(run)
    return run


def _keep(upload: UploadedFile, name: str, importer: Importer, actor: Any) -> StoredFile:
    upload.seek(0)
    is_archive = upload.read(2) == b"PK"
    upload.seek(0)
    if is_archive and importer.is_table:
        upload.name = name if name.lower().endswith(".xlsx") else f"{name}.xlsx"
        return store(upload, actor=actor, purpose=PURPOSE, max_bytes=importer.max_bytes, kinds=("xlsx",))
    # A text file has no signature to be known by, and an archive is judged file by file; that it is a list of this kind the
    # importer has just found out.
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    stored = StoredFile(
        owner=actor, purpose=PURPOSE, name=name, media_type="text/csv" if importer.is_table else "application/zip",
        size=upload.size or 0, sha256=digest.hexdigest(),
    )  # fmt: skip
    stored.content.save(name, upload, save=False)
    stored.save()
    return stored


def _headers_wrong(grid: Grid) -> str:
    unknown = "、".join(grid.ignored[:NAMED])
    hint = _("没有认出的列：%s。可以在「对应列」里指明。") % unknown if unknown and grid.missing else ""
    return "".join(str(problem) for problem in grid.problems) + hint


# which header means which column


def remembered_mapping(importer: str, context_id: int | None) -> dict[str, str]:
    """What somebody said headers of such lists mean: header → column name, or "" for none."""
    known = ColumnMapping.objects.filter(importer=importer, context_id=context_id)
    return dict(known.values_list("header", "column"))


@transaction.atomic
def map_columns(*, run: ImportRun, mapping: Mapping[str, str], actor: Any) -> ImportRun:
    """Read the file's headers as `mapping` says, remember it for the next list of this kind, and check the list again."""
    ColumnMapping.objects.bulk_create(
        [
            ColumnMapping(importer=run.importer, context_id=run.context_id, header=header, column=column)
            for header, column in mapping.items()
        ],
        update_conflicts=True,
        unique_fields=["importer", "context_id", "header"],
        update_fields=["column"],
    )
    ImportRun.objects.filter(pk=run.pk).update(mapping=dict(mapping))
    return ImportFlow.fire(run, "recheck", actor=actor)


# checking


def check(run_pk: int) -> str:
    """Judge every row of an uploaded list and say what it was: "checked", "failed", "busy" or "nothing to do".

    One transaction: a check that was killed leaves no rows, and is simply begun again.
    """
    return _guarded(run_pk, S.UPLOADED, _check, lambda run: f"check:{run.pk}")


def _check(run: ImportRun, kind: Importer) -> str:
    scope = Scope(run.context_id, run.actor, run.file)
    columns = kind.columns(run.context_id)
    old = ImportRow.objects.filter(run=run)
    old._raw_delete(old.db)
    counts: Counter[str] = Counter()
    noted = 0
    headers = {column.name: column.header for column in columns}
    with run.file.content.open("rb") as file:
        grid = _opened(file, kind, run)
        with Progress(run.pk, len(grid.body)) as progress:
            rows = _judged(grid, columns, kind, scope)
            while batch := list(islice(rows, BATCH)):
                copy_rows(ImportRow, COLUMNS, (_as_stored(run.pk, *row, headers) for row in batch))
                counts.update(plan.verdict for _number, _cells, plan in batch)
                noted += sum(1 for _number, _cells, plan in batch if plan.notes)
                progress.advance(len(batch))
    ImportFlow.fire(
        run, "check", actor=SYSTEM, headers=grid.headers, places=grid.places, row_count=len(grid.body), noted_count=noted,
        **{f"{verdict}_count": counts[verdict] for verdict in Verdict.values},
    )  # fmt: skip
    return "checked"


def _opened(file: Any, kind: Importer, run: ImportRun) -> Grid:
    grid = kind.open(file, run.context_id, run.mapping)
    if grid.problems:
        raise Unreadable(_headers_wrong(grid))
    return grid


def _judged(grid: Grid, columns: Sequence[Column], kind: Importer, scope: Scope) -> Iterator[tuple[int, list, Plan]]:
    """Number, cells and plan of each row, in their order; rows with unreadable cells never reach the importer."""
    names = {column.header: column.name for column in columns}
    read = ((number, cells, *read_row(cells, number, columns, grid.places)) for number, cells in grid.body)
    for (number, cells, row, problems), plan in _planned(read, kind, scope):
        if plan is None:
            faults = [(names.get(p.column or "", ""), p.sentence) for p in problems]
            plan = Plan.wrong(_first_text(row), *faults)
        yield number, cells, plan


def _planned(read: Iterable[tuple], kind: Importer, scope: Scope) -> Iterator[tuple[tuple, Plan | None]]:
    """What was read of each row (its last two parts: the row, its problems), with its plan; None where it has problems.

    Rows are handed to an importer that streams as it asks for them, to others all at once, and all their plans are made
    before the first is given out.
    """
    waiting: deque[tuple] = deque()

    def good() -> Iterator[Row]:
        for item in read:
            waiting.append(item)
            if not item[-1]:
                yield item[-2]

    plans = kind.prepare(good(), scope) if kind.streams else list(kind.prepare(list(good()), scope))
    for plan in plans:
        while waiting[0][-1]:
            yield waiting.popleft(), None
        yield waiting.popleft(), plan
    for _row in good():
        raise RuntimeError(f"{kind.name} left rows without a plan")
    for item in waiting:
        yield item, None


def _first_text(row: Row) -> str:
    return next((str(value) for value in row.values() if value not in (None, "", [])), "")


def _as_stored(run_pk: int, number: int, cells: list, plan: Plan, headers: Mapping[str, str]) -> tuple:
    changes = [[str(part) for part in change] for change in plan.changes]
    return (
        run_pk, number, _json(packed(cells)), str(plan.verdict), plan.label[:LABEL_LENGTH], _json(_said(plan.problems, headers)),
        _json(changes), _json(_said(plan.notes, headers)), _json(plan.data),
    )  # fmt: skip


def _said(sentences: Sequence[tuple[str, str]], headers: Mapping[str, str]) -> list[list[str]]:
    return [[name, headers.get(name, ""), str(sentence)] for name, sentence in sentences]


def _json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)


# importing


def carry_out(run_pk: int) -> str:
    """Import what was looked at and say what it was: "done", "failed", "busy" or "nothing to do".

    Everything, with the run's own status, is one transaction: kill -9 leaves nothing half written, and the run can be taken
    up again. Every row is judged anew under the importer's lock; one that is no longer what was looked at is not imported
    (mode "good"), or nothing is (mode "all").
    """
    return _guarded(run_pk, S.IMPORTING, _carry_out, name_of_lock)


def _carry_out(run: ImportRun, kind: Importer) -> str:
    scope = Scope(run.context_id, run.actor, run.file)
    kind.lock(scope)
    if not kind.may_use(run.actor, run.context_id):
        raise Overtaken(_("%s 现在不能在这里批量导入。") % run.actor)
    late: list[ImportRow] = []
    imported = 0
    with Progress(run.pk, run.good_count) as progress:
        good = _judged_again(run, kind, scope, late)
        while batch := list(islice(good, BATCH)):
            if not (late and run.mode == ImportRun.Mode.ALL):  # then nothing is imported; the rest is only judged
                effects = kind.apply([planned for _pk, planned in batch], scope)
                _note_effects([pk for pk, _planned in batch], effects)
            imported += len(batch)
            progress.advance(len(batch))
    if late and run.mode == ImportRun.Mode.ALL:
        named = "、".join(_("第 %(row)s 行 %(label)s") % {"row": r.number, "label": r.label} for r in late[:NAMED])
        more = _(" 等 %s 行") % len(late) if len(late) > NAMED else ""
        raise Overtaken(_("检查之后，%(rows)s%(more)s 的数据有了变化。请重新检查。") % {"rows": named, "more": more})
    overtaken = _note_late(late)
    ImportFlow.fire(run, "finish", actor=SYSTEM, imported_count=imported, overtaken=overtaken)
    return "done"


def _judged_again(run: ImportRun, kind: Importer, scope: Scope, late: list[ImportRow]) -> Iterator[tuple[int, Planned]]:
    """The rows to import, with their keys; those overtaken by other changes since the check are put into `late`."""
    columns = kind.columns(run.context_id)
    read = ((row, *read_row(unpacked(row.cells), row.number, columns, run.places)) for row in _stored(run))
    for (row, _values, problems), plan in _planned(read, kind, scope):
        if plan and plan.verdict == row.verdict and json.loads(_json(plan.data)) == row.data:
            yield row.pk, Planned(row.number, row.verdict, row.label, row.data)
        else:
            why = "；".join(str(s) for _name, s in plan.problems) if plan else str(problems[0].sentence)
            row.problems = [["", "", _("检查之后数据有了变化，没有导入。%s") % why]]
            late.append(row)


def _stored(run: ImportRun) -> Iterator[ImportRow]:
    """The good rows in their order, some at a time: what is written meanwhile does not disturb them."""
    last = 0
    rows = run.rows.good().order_by("number").only("run", "number", "cells", "verdict", "label", "data")
    while batch := list(rows.filter(number__gt=last)[:BATCH]):
        yield from batch
        last = batch[-1].number


def _note_late(late: list[ImportRow]) -> Counter[str]:
    """Call them wrong, and say how many of each verdict they were."""
    was = Counter(row.verdict for row in late)
    for row in late:
        row.verdict = Verdict.WRONG
    ImportRow.objects.bulk_update(late, ["verdict", "problems"], batch_size=BATCH)
    return was


def _note_effects(keys: list[int], effects: Sequence[Mapping]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {ImportRow._meta.db_table} AS r SET effect = e.effect::jsonb"
            " FROM unnest(%s::bigint[], %s::text[]) AS e(id, effect) WHERE r.id = e.id",
            [keys, [_json(effect) for effect in effects]],
        )


# taking back


def take_back(run_pk: int) -> str:
    """Take back everything an import did and say what it was: "taken back", "kept", "busy" or "nothing to do".

    Rows changed or used since are named, and then nothing is taken back.
    """
    return _guarded(run_pk, S.UNDOING, _take_back, name_of_lock)


def _take_back(run: ImportRun, kind: Importer) -> str:
    scope = Scope(run.context_id, run.undone_by, run.file)
    kind.lock(scope)
    done = run.rows.exclude(effect=None).order_by("number")
    rows = [
        Imported(number, label, effect or {}) for number, label, effect in done.values_list("number", "label", "effect")
    ]
    if obstacles := kind.obstacles(rows, scope):
        labels = {row.number: row.label for row in rows}
        named = [
            _("第 %(row)s 行 %(label)s：%(why)s") % {"row": number, "label": labels.get(number, ""), "why": why}
            for number, why in sorted(obstacles.items())[:NAMED]
        ]
        more = _("；另有 %s 行") % (len(obstacles) - NAMED) if len(obstacles) > NAMED else ""
        raise Overtaken(
            _("不能整次撤销，一行也没有撤销。%(rows)s%(more)s。请改为逐个处理。")
            % {"rows": "；".join(named), "more": more}
        )
    kind.undo(rows, scope)
    ImportFlow.fire(run, "taken_back", actor=SYSTEM)
    return "taken back"


# both


def _guarded(run_pk: int, status: str, work: Any, lock_name: Any) -> str:
    """Run `work(run, importer)` in one transaction, alone, if the run still has that status; a fault rolls it back, and the
    run says why."""
    started = time.monotonic()
    try:
        with transaction.atomic():
            _be_patient()
            run = ImportRun.objects.select_related("actor", "undone_by", "file").get(pk=run_pk)
            if not alone(lock_name(run)):
                return "busy"
            run.refresh_from_db(fields=["status"])
            if run.status != status:
                return "nothing to do"
            kind = IMPORTERS.get(run.importer)
            if kind is None:
                raise Unreadable(_("这一种批量导入已不再提供。"))
            answer = work(run, kind)
        log.info("import %s: %s in %.1f s", run_pk, answer, time.monotonic() - started)
        return answer
    except (Unreadable, Overtaken, Refused) as refusal:
        reason = str(refusal)
    except IntegrityError:
        log.exception("import %s met other changes", run_pk)
        reason = _("同时有别人改动了这些数据，本次没有改动任何内容。请再试一次。")
    except OperationalError:
        raise  # the server restarted or a lock took too long: the job is tried again
    except Exception:
        log.exception("import %s", run_pk)
        reason = _("处理时出错，本次没有改动任何内容；错误已记录。请联系平台管理员，或再试一次。")
    step = "keep" if status == S.UNDOING else "fail"
    ImportFlow.fire(ImportRun.objects.get(pk=run_pk), step, actor=SYSTEM, reason=reason)
    return "kept" if status == S.UNDOING else "failed"


def _be_patient() -> None:
    """Reading a long list takes a while in which the transaction says nothing to the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('idle_in_transaction_session_timeout', %s, true)", [f"{SILENT_MINUTES}min"])


def alone(name: str) -> bool:
    """Whether this transaction is the only one doing the named work; the database forgets it with the transaction."""
    key = int.from_bytes(hashlib.sha256(f"imports:{name}".encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [key])
        return cursor.fetchone()[0]
