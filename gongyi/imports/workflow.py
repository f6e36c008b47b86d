"""The way of a list from the file into the data, and back."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from procrastinate.contrib.django import app

from gongyi.imports.forms import StartForm
from gongyi.imports.models import ImportRow, ImportRun
from gongyi.imports.registry import Verdict
from gongyi.imports.rules import has_good_rows, importing_person, stands_still
from gongyi.workflow import SYSTEM, Step, Workflow
from gongyi.workflow.forms import ReasonForm

CHECK = "imports.check"  # the tasks of tasks.py, by name
CARRY_OUT = "imports.carry_out"
TAKE_BACK = "imports.take_back"
S = ImportRun.Status


class ImportFlow(Workflow):
    """A list is checked in the background, looked at, imported in one transaction, and can be taken back as a whole."""

    model = ImportRun
    title = gettext_lazy("批量导入")
    related = ("actor",)
    main_path = (S.UPLOADED, S.CHECKED, S.IMPORTING, S.DONE)

    check = Step(gettext_lazy("检查完成"), S.UPLOADED, S.CHECKED, by=SYSTEM)
    start = Step(
        gettext_lazy("开始导入"),
        S.CHECKED,
        S.IMPORTING,
        by=importing_person,
        form=StartForm,
        needs=has_good_rows,
        tone="success",
    )
    finish = Step(gettext_lazy("导入完成"), S.IMPORTING, S.DONE, by=SYSTEM, tell=importing_person)
    fail = Step(gettext_lazy("未完成"), (S.UPLOADED, S.IMPORTING), S.FAILED, by=SYSTEM, tell=importing_person)
    resume = Step(gettext_lazy("继续"), (S.UPLOADED, S.IMPORTING, S.UNDOING), by=importing_person, needs=stands_still)
    recheck = Step(gettext_lazy("重新检查"), (S.CHECKED, S.FAILED), S.UPLOADED, by=importing_person)
    undo = Step(
        gettext_lazy("撤销导入"), S.DONE, S.UNDOING, by=importing_person, form=ReasonForm, tone="danger",
        confirm=gettext_lazy("撤销后，这次导入新增的会删除，更新的会恢复原值；有一行已被改动或使用，就一行也不撤销。"),
    )  # fmt: skip
    taken_back = Step(gettext_lazy("撤销完成"), S.UNDOING, S.UNDONE, by=SYSTEM, tell=importing_person)
    keep = Step(gettext_lazy("未能撤销"), S.UNDOING, S.DONE, by=SYSTEM, tell=importing_person)
    discard = Step(
        gettext_lazy("放弃"), (S.CHECKED, S.FAILED), S.DISCARDED, by=importing_person, tone="danger",
        confirm=gettext_lazy("放弃后，这份检查结果不再保留；数据没有任何变化。"),
    )  # fmt: skip

    @classmethod
    def message(cls, obj: Any, label: Any, actor: Any, comment: str) -> tuple[str, str]:
        """What became of the list."""
        words = {"kind": obj.kind_label, "file": obj.file_name, "count": f"{obj.imported_count:,}"}
        if obj.status == S.DONE and obj.problem:
            return _("%(kind)s批量导入没有撤销") % words, f"{obj.file_name}：{obj.problem}"
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
    app.configure_task(CARRY_OUT, lock=name_of_lock(run)).defer(run_pk=run.pk)


def queue_undo(run: ImportRun) -> None:
    """Have it taken back, in its turn."""
    app.configure_task(TAKE_BACK, lock=name_of_lock(run)).defer(run_pk=run.pk)


def name_of_lock(run: ImportRun) -> str:
    """What imports into one context, and their taking back, share."""
    return f"imports:{run.importer}:{run.context_id}"


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
    {S.UPLOADED: queue_check, S.IMPORTING: queue_import, S.UNDOING: queue_undo}[S(run.status)](run)


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
def begin_undo(run: ImportRun, *, actor: Any, reason: str) -> None:
    """Queue the taking back, in the name of the one who asked for it."""
    run.undone_by, run.problem = actor, ""
    run.progress_done, run.progress_total, run.beat_at = 0, run.imported_count, timezone.now()
    queue_undo(run)


@ImportFlow.keep.does
def note_obstacles(run: ImportRun, *, actor: Any, reason: str) -> dict:
    """Keep the sentence that names the rows in the way; nothing was taken back."""
    run.problem = reason
    return {"reason": reason}
