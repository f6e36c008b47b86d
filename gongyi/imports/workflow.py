"""The way of a list from the file into the data, and back."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from procrastinate.contrib.django import app

from gongyi.imports.forms import StartForm
from gongyi.imports.models import ImportRow, ImportRun
from gongyi.imports.registry import Imported, Scope, Verdict
from gongyi.imports.rules import has_good_rows, importing_person, stands_still
from gongyi.kit.refusal import Refused
from gongyi.workflow import SYSTEM, Step, Workflow
from gongyi.workflow.forms import ReasonForm

CHECK = "imports.check"  # the tasks of tasks.py, by name
CARRY_OUT = "imports.carry_out"
NAMED = 5  # rows that stand in the way are named up to here, the others counted
S = ImportRun.Status


def undo_warning(run: ImportRun) -> str:
    return _("撤销后，这次导入新增的会删除，更新的会恢复原值；已被改动或使用的，一行也不撤销。")


class ImportFlow(Workflow):
    """A list is checked in the background, looked at, imported in one transaction, and can be taken back as a whole."""

    model = ImportRun
    title = gettext_lazy("批量导入")
    related = ("actor",)
    main_path = (S.UPLOADED, S.CHECKED, S.IMPORTING, S.DONE)

    check = Step(gettext_lazy("检查完成"), S.UPLOADED, S.CHECKED, by=SYSTEM)
    start = Step(
        gettext_lazy("导入"),
        S.CHECKED,
        S.IMPORTING,
        by=importing_person,
        form=StartForm,
        needs=has_good_rows,
        tone="success",
    )
    finish = Step(gettext_lazy("导入完成"), S.IMPORTING, S.DONE, by=SYSTEM, tell=importing_person)
    fail = Step(gettext_lazy("未完成"), (S.UPLOADED, S.IMPORTING), S.FAILED, by=SYSTEM, tell=importing_person)
    resume = Step(gettext_lazy("继续"), (S.UPLOADED, S.IMPORTING), by=importing_person, needs=stands_still)
    recheck = Step(gettext_lazy("重新检查"), (S.CHECKED, S.FAILED), S.UPLOADED, by=importing_person)
    undo = Step(
        gettext_lazy("整次撤销"), S.DONE, S.UNDONE, by=importing_person, form=ReasonForm, tell=importing_person,
        tone="danger", confirm=undo_warning,
    )  # fmt: skip
    discard = Step(
        gettext_lazy("放弃"), (S.CHECKED, S.FAILED), S.DISCARDED, by=importing_person, tone="danger",
        confirm=gettext_lazy("放弃后，这份检查结果不再保留；数据没有任何变化。"),
    )  # fmt: skip

    @classmethod
    def message(cls, obj: Any, label: Any, actor: Any, comment: str) -> tuple[str, str]:
        """What became of the list."""
        words = {"kind": obj.kind_label, "file": obj.file_name, "count": f"{obj.imported_count:,}"}
        if obj.status == S.DONE:
            return _("%(kind)s批量导入完成：%(count)s 行") % words, obj.file_name
        if obj.status == S.UNDONE:
            return _("%(kind)s批量导入已整次撤销：%(count)s 行") % words, obj.file_name
        return _("%(kind)s批量导入没有完成") % words, f"{obj.file_name}：{obj.problem or comment}"


def queue_check(run: ImportRun) -> None:
    """Have the list checked in the background, once the caller's transaction has committed."""
    app.configure_task(CHECK).defer(run_pk=run.pk)


def queue_import(run: ImportRun) -> None:
    """Have it imported; imports into one context follow one another."""
    app.configure_task(CARRY_OUT, lock=f"imports:{run.importer}:{run.context_id}").defer(run_pk=run.pk)


@ImportFlow.check.does
def count_rows(run: ImportRun, *, actor: Any, **found: Any) -> None:
    """Note what the check found: counts by verdict, headers and where the columns stand."""
    run.problem = ""
    for name, value in found.items():
        setattr(run, name, value)


@ImportFlow.start.does
def begin(run: ImportRun, *, actor: Any, mode: str) -> dict:
    """Queue the import of what was looked at."""
    run.mode, run.problem = mode, ""
    run.progress_done, run.progress_total, run.beat_at = 0, run.good_count, timezone.now()
    queue_import(run)
    return {"mode": mode, "rows": run.good_count}


@ImportFlow.finish.does
def note_result(run: ImportRun, *, actor: Any, imported_count: int, overtaken: Mapping[str, int]) -> dict:
    """Note how much was imported; rows overtaken by other changes (how many of each verdict) count as wrong now."""
    run.imported_count, run.finished_at = imported_count, timezone.now()
    run.new_count -= overtaken.get(Verdict.NEW, 0)
    run.changed_count -= overtaken.get(Verdict.CHANGED, 0)
    run.wrong_count += sum(overtaken.values())
    run.progress_done = run.progress_total
    return {"imported": imported_count, "left_out": sum(overtaken.values())}


@ImportFlow.fail.does
def note_failure(run: ImportRun, *, actor: Any, reason: str) -> dict:
    """Keep the sentence; the transaction of the attempt has been rolled back, so nothing was written."""
    run.problem = reason
    return {"reason": reason}


@ImportFlow.resume.does
def queue_again(run: ImportRun, *, actor: Any) -> None:
    """Queue the same work once more; where the first job comes to life again, the later one finds nothing to do."""
    run.beat_at = timezone.now()
    if run.status == S.UPLOADED:
        queue_check(run)
    else:
        queue_import(run)


@ImportFlow.recheck.does
def check_again(run: ImportRun, *, actor: Any) -> None:
    """Judge the same file against the data as they are now."""
    run.problem, run.progress_done, run.progress_total, run.beat_at = "", 0, 0, timezone.now()
    queue_check(run)


@ImportFlow.discard.does
def forget_rows(run: ImportRun, *, actor: Any) -> None:
    """What was typed is not kept."""
    rows = ImportRow.objects.filter(run=run)
    rows._raw_delete(rows.db)


@ImportFlow.undo.does
def take_back(run: ImportRun, *, actor: Any, reason: str) -> dict:
    """Take back everything the import did, or nothing: rows changed or used since are named."""
    kind, scope = run.kind, Scope(run.context_id, actor)
    kind.lock(scope)
    done = ImportRow.objects.filter(run=run).exclude(effect=None).order_by("number")
    rows = [Imported(*row) for row in done.values_list("number", "label", "effect")]
    if obstacles := kind.obstacles(rows, scope):
        labels = {row.number: row.label for row in rows}
        named = [
            _("第 %(row)s 行 %(label)s：%(why)s") % {"row": number, "label": labels.get(number, ""), "why": why}
            for number, why in sorted(obstacles.items())[:NAMED]
        ]
        more = _("；另有 %s 行") % (len(obstacles) - NAMED) if len(obstacles) > NAMED else ""
        raise Refused(
            _("不能整次撤销，没有撤销任何一行。%(rows)s%(more)s。") % {"rows": "；".join(named), "more": more},
            code="changed_since",
            remedy=_("请改为逐个处理。"),
        )
    kind.undo(rows, scope)
    return {"rows": len(rows)}
