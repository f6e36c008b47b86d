"""Taking in a list, checking it, and importing it: each in one transaction, so that nothing is ever half done."""

import hashlib
import json
import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.files.acceptance import safe_name
from gongyi.files.models import StoredFile
from gongyi.files.services import attach, store
from gongyi.imports.cells import packed, unpacked
from gongyi.imports.models import PURPOSE, ColumnMapping, ImportRow, ImportRun
from gongyi.imports.progress import Progress
from gongyi.imports.registry import IMPORTERS, Imported, Importer, Plan, Planned, Scope, Verdict
from gongyi.imports.workflow import ImportFlow, name_of_lock, queue_check
from gongyi.kit.refusal import Refused
from gongyi.kit.spreadsheets import Column, Grid, Row, Unreadable, open_grid, read_row
from gongyi.workflow import SYSTEM

BATCH = 500
NAMED = 5
COLUMNS = ("run_id", "number", "cells", "verdict", "label", "problems", "changes", "data")
LABEL_LENGTH = 200
S = ImportRun.Status
log = logging.getLogger(__name__)


class Overtaken(Exception):
    """Rows that no longer are what was looked at; its text is the sentence for the person who imports."""


# uploading


@transaction.atomic
def upload(*, importer: Importer, context_id: int | None, upload: UploadedFile, actor: Any) -> ImportRun:
    """Keep a list and queue its check. Refuses, keeping nothing, what can't be read as a list of this kind.

    A list that lacks a required column is kept as not completed: its headers can be matched by hand.
    """
    if not importer.may_use(actor, context_id):
        raise Refused(_("您不能在这里批量导入。"), code="not_allowed")
    name = safe_name(upload.name or "")
    content = upload.read(importer.max_bytes + 1)
    remembered = remembered_mapping(importer.name, context_id)
    try:
        grid = _open(content, importer, context_id, remembered)
    except Unreadable as refusal:
        raise Refused(str(refusal), code="unreadable") from None
    run = ImportRun(
        importer=importer.name, context_id=context_id, context_label=importer.context_label(context_id)[:150],
        actor=actor, file=_keep(upload, content, name, importer, actor), file_name=name, headers=grid.headers,
        places=grid.places, row_count=len(grid.body), beat_at=timezone.now(),
        mapping={header: remembered[header] for header in grid.headers if header in remembered},
    )  # fmt: skip
    run.save()
    attach(run.file, run)
    ImportFlow.opened(run, _("上传"), actor=actor, rows=len(grid.body), file=name)
    if grid.problems:
        return ImportFlow.fire(run, "fail", actor=SYSTEM, reason=_headers_wrong(grid))
    queue_check(run)
    return run


def _keep(upload: UploadedFile, content: bytes, name: str, importer: Importer, actor: Any) -> StoredFile:
    upload.seek(0)
    if content[:2] == b"PK":
        if not name.lower().endswith(".xlsx"):
            name = f"{name}.xlsx"
        upload.name = name
        return store(upload, actor=actor, purpose=PURPOSE, max_bytes=importer.max_bytes, kinds=("xlsx",))
    # A text file has no signature to be known by; that it is a table of this kind the reader has just found out.
    stored = StoredFile(
        owner=actor, purpose=PURPOSE, name=name, media_type="text/csv", size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip
    stored.content.save(name, ContentFile(content), save=False)
    stored.save()
    return stored


def _open(content: bytes, importer: Importer, context_id: int | None, mapping: Mapping[str, str]) -> Grid:
    columns = importer.columns(context_id)
    return open_grid(content, columns, max_rows=importer.max_rows, max_bytes=importer.max_bytes, mapping=mapping)


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
    scope = Scope(run.context_id, run.actor)
    with run.file.content.open("rb") as file:
        content = file.read()
    columns = kind.columns(run.context_id)
    grid = _open(content, kind, run.context_id, run.mapping)
    if grid.problems:
        raise Unreadable(_headers_wrong(grid))
    old = ImportRow.objects.filter(run=run)
    old._raw_delete(old.db)
    counts: Counter[str] = Counter()
    headers = {column.name: column.header for column in columns}
    with Progress(run.pk, len(grid.body)) as progress:
        rows = _judged(grid, columns, kind, scope)
        while batch := list(islice(rows, BATCH)):
            _copy(run.pk, batch, headers)
            counts.update(plan.verdict for _row, _cells, plan in batch)
            progress.advance(len(batch))
    ImportFlow.fire(
        run, "check", actor=SYSTEM, headers=grid.headers, places=grid.places, row_count=len(grid.body),
        **{f"{verdict}_count": counts[verdict] for verdict in Verdict.values},
    )  # fmt: skip
    return "checked"


def _judged(grid: Grid, columns: Sequence[Column], kind: Importer, scope: Scope) -> Iterator[tuple[int, list, Plan]]:
    """Number, cells and plan of each row, in their order; rows with unreadable cells never reach the importer."""
    read = [(number, cells, *read_row(cells, number, columns, grid.places)) for number, cells in grid.body]
    names = {column.header: column.name for column in columns}
    plans = iter(kind.prepare([row for _number, _cells, row, problems in read if not problems], scope))
    for number, cells, row, problems in read:
        if problems:
            faults = [(names.get(p.column or "", ""), p.sentence) for p in problems]
            yield number, cells, Plan.wrong(_first_text(row), *faults)
        else:
            yield number, cells, next(plans)


def _first_text(row: Row) -> str:
    return next((str(value) for value in row.values() if value not in (None, "", [])), "")


def _copy(run_pk: int, batch: Iterable[tuple[int, list, Plan]], headers: Mapping[str, str]) -> None:
    """COPY is five times as fast as inserts; decision 10 has the figures."""
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {ImportRow._meta.db_table} ({', '.join(COLUMNS)}) FROM STDIN") as out,
    ):
        for number, cells, plan in batch:
            problems = [[name, headers.get(name, ""), str(sentence)] for name, sentence in plan.problems]
            changes = [[str(part) for part in change] for change in plan.changes]
            out.write_row(
                (
                    run_pk, number, _json(packed(cells)), str(plan.verdict), plan.label[:LABEL_LENGTH],
                    _json(problems), _json(changes), _json(plan.data),
                )
            )  # fmt: skip


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
    scope = Scope(run.context_id, run.actor)
    kind.lock(scope)
    if not kind.may_use(run.actor, run.context_id):
        raise Overtaken(_("%s 现在不能在这里批量导入。") % run.actor)
    good, late = _judged_again(run, kind, scope)
    if late and run.mode == ImportRun.Mode.ALL:
        named = "、".join(_("第 %(row)s 行 %(label)s") % {"row": r.number, "label": r.label} for r in late[:NAMED])
        more = _(" 等 %s 行") % len(late) if len(late) > NAMED else ""
        raise Overtaken(_("检查之后，%(rows)s%(more)s 的数据有了变化。请重新检查。") % {"rows": named, "more": more})
    with Progress(run.pk, len(good)) as progress:
        for start in range(0, len(good), BATCH):
            batch = good[start : start + BATCH]
            effects = kind.apply([planned for _pk, planned in batch], scope)
            _note_effects([pk for pk, _planned in batch], effects)
            progress.advance(len(batch))
    overtaken = _note_late(late)
    ImportFlow.fire(run, "finish", actor=SYSTEM, imported_count=len(good), overtaken=overtaken)
    return "done"


def _judged_again(run: ImportRun, kind: Importer, scope: Scope) -> tuple[list[tuple[int, Planned]], list[ImportRow]]:
    """The rows to import, with their keys, and those that were overtaken by other changes since the check."""
    columns = kind.columns(run.context_id)
    stored = list(run.rows.good().order_by("number"))
    read = [read_row(unpacked(row.cells), row.number, columns, run.places) for row in stored]
    plans = iter(kind.prepare([row for row, problems in read if not problems], scope))
    good, late = [], []
    for row, (_values, problems) in zip(stored, read, strict=True):
        plan = None if problems else next(plans)
        if plan and plan.verdict == row.verdict and json.loads(_json(plan.data)) == row.data:
            good.append((row.pk, Planned(row.number, row.verdict, row.label, row.data)))
        else:
            why = "；".join(str(s) for _name, s in plan.problems) if plan else str(problems[0].sentence)
            row.problems = [["", "", _("检查之后数据有了变化，没有导入。%s") % why]]
            late.append(row)
    return good, late


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
    scope = Scope(run.context_id, run.undone_by)
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


def alone(name: str) -> bool:
    """Whether this transaction is the only one doing the named work; the database forgets it with the transaction."""
    key = int.from_bytes(hashlib.sha256(f"imports:{name}".encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [key])
        return cursor.fetchone()[0]
