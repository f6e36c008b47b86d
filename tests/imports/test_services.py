"""From the file into the data and back: verdicts, both ways to import, what overtakes a list, columns, the error file."""

import io

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob
from python_calamine import load_workbook

from gongyi.audit.queries import history_of
from gongyi.files.models import StoredFile
from gongyi.imports import queries, services
from gongyi.imports.models import ColumnMapping, ImportRow, ImportRun
from gongyi.imports.registry import IMPORTERS, register_importer
from gongyi.imports.workflow import ImportFlow
from gongyi.kit.refusal import Refused
from gongyi.kit.spreadsheets import read_rows, write_corrections
from gongyi.notifications.models import Notification
from tests.factories.accounts import person, platform_admin
from tests.imports.conftest import done, imported, start

pytestmark = pytest.mark.django_db
MIXED = [["甲", 2], ["旧一", ""], ["错", 1], ["甲", 3], ["", 1], ["乙", 99], ["丙", "三"], ["丁", ""]]


def jobs():
    return [(job.task_name, job.lock) for job in ProcrastinateJob.objects.order_by("id")]


def problems(run):
    return {row.number: row.problems for row in run.rows.exclude(problems=[])}


def test_every_row_gets_a_verdict_and_every_problem_its_place(checked):
    run = checked(MIXED)
    assert run.status == "checked"
    assert list(run.rows.values_list("number", "verdict")) == [
        (2, "new"), (3, "same"), (4, "wrong"), (5, "duplicate"), (6, "wrong"), (7, "wrong"), (8, "wrong"), (9, "new"),
    ]  # fmt: skip
    assert problems(run) == {
        4: [["title", "标题", "这个标题不行，请换一个。"]],
        5: [["title", "标题", "这个标题写了两次。"]],
        6: [["title", "标题", "必填，请补上。"]],
        7: [["copies", "份数", "不能大于 9。"]],
        8: [["copies", "份数", "「三」不是数字，请只填数字。"]],
    }
    counts = (run.row_count, run.new_count, run.changed_count, run.same_count, run.duplicate_count, run.wrong_count)
    assert counts == (8, 2, 0, 1, 1, 4)
    assert imported() == []


def test_an_upload_keeps_the_file_privately_and_queues_one_check(upload, actor):
    run = upload([["甲", 1]])
    assert jobs() == [("imports.check", None)]
    assert run.file.purpose == "import"
    assert not StoredFile.objects.visible_to(person("别人")).exists()
    assert [entry.label for entry in history_of(run)] == ["上传"]


def test_only_the_good_rows_are_imported(checked):
    run = done(checked(MIXED))
    assert (run.status, run.imported_count, imported()) == ("done", 2, ["甲", "丁"])
    assert run.progress_done == run.progress_total == 2
    assert Notification.objects.get(kind="imports.importrun").title == "消息批量导入完成：2 行"


def test_all_or_nothing_is_not_offered_while_rows_are_wrong(checked):
    run = checked(MIXED)
    form = ImportFlow.start.bind(run, run.actor, {"mode": "all"})
    assert form.errors["mode"] == ["还有 5 行有问题，不能全部导入。请更正后重新上传，或选择只导入没有问题的行。"]
    assert ImportFlow.start.bind(run, run.actor, {"mode": "good"}).is_valid()


def test_without_a_good_row_nothing_can_be_started(checked):
    run = checked([["错", 1]])
    with pytest.raises(Refused, match="没有可以导入的行"):
        start(run)
    run = checked([["旧", 1]])
    with pytest.raises(Refused, match="每一行都与现有数据相同"):
        start(run)


def test_a_step_taken_twice_happens_once(checked):
    run = checked([["甲", 1]])
    start(run)
    with pytest.raises(Refused, match="开始导入，无需重复操作"):
        start(run)
    assert services.carry_out(run.pk) == "done"
    assert services.carry_out(run.pk) == "nothing to do"
    assert services.check(run.pk) == "nothing to do"
    assert imported() == ["甲"]


def test_what_overtook_a_row_leaves_it_out(checked, actor):
    run = checked([["甲", 1], ["乙", 1]])
    Notification.objects.create(user=actor, title="甲", kind="taken")
    run = done(run, "good")
    assert imported() == ["乙"]
    assert (run.imported_count, run.new_count, run.wrong_count) == (1, 1, 1)
    assert problems(run) == {2: [["", "", "检查之后数据有了变化，没有导入。刚刚被别人用了。"]]}


def test_what_overtook_a_row_stops_an_import_of_all(checked, actor):
    run = checked([["甲", 1], ["乙", 1]])
    Notification.objects.create(user=actor, title="甲", kind="taken")
    run = done(run, "all")
    assert (run.status, imported()) == ("failed", [])
    assert run.problem == "检查之后，第 2 行 甲 的数据有了变化。请重新检查。"
    ImportFlow.fire(run, "recheck", actor=actor)
    services.check(run.pk)
    run.refresh_from_db()
    assert (run.status, run.new_count, run.wrong_count, run.problem) == ("checked", 1, 1, "")


def test_a_plan_that_differs_from_the_one_looked_at_is_not_carried_out(checked, kind, monkeypatch):
    run = checked([["甲", 1]])
    prepare = kind.prepare
    monkeypatch.setattr(
        kind,
        "prepare",
        lambda rows, scope: (type(p)(p.verdict, p.label, {"title": "别的"}) for p in prepare(rows, scope)),
    )
    assert done(run, "all").status == "failed"
    assert imported() == []


def test_a_fault_of_an_importer_leaves_nothing_and_says_so(checked, kind, monkeypatch):
    run = checked([[f"第{n}条", 1] for n in range(1200)])
    apply, calls = kind.apply, []

    def breaks(rows, scope):
        calls.append(len(rows))
        if len(calls) == 3:
            raise ZeroDivisionError
        return apply(rows, scope)

    monkeypatch.setattr(kind, "apply", breaks)
    run = done(run)
    assert calls == [500, 500, 200]
    assert (run.status, imported()) == ("failed", [])
    assert run.problem.startswith("处理时出错，本次没有改动任何内容")
    assert not run.rows.exclude(effect=None).exists()


def test_who_may_no_longer_import_there_imports_nothing(checked, kind, monkeypatch):
    run = checked([["甲", 1]])
    start(run)
    monkeypatch.setattr(kind, "may_use", lambda user, context_id: False)
    services.carry_out(run.pk)
    run.refresh_from_db()
    assert (run.status, run.problem, imported()) == ("failed", "顾明远 现在不能在这里批量导入。", [])


def test_an_import_is_taken_back_as_a_whole(checked):
    run = done(checked([["甲", 1], ["乙", 1]]))
    ImportFlow.fire(run, "undo", actor=run.actor, reason="名单有误")
    assert services.take_back(run.pk) == "taken back"
    run.refresh_from_db()
    assert (run.status, imported()) == ("undone", [])
    assert services.take_back(run.pk) == "nothing to do"


def test_what_was_used_since_is_named_and_nothing_is_taken_back(checked):
    run = done(checked([[f"第{n}条", 1] for n in range(9)]))
    Notification.objects.filter(kind="imported").exclude(title="第0条").update(read_at=run.created_at)
    ImportFlow.fire(run, "undo", actor=run.actor, reason="名单有误")
    assert services.take_back(run.pk) == "kept"
    run.refresh_from_db()
    assert run.status == "done"
    assert run.problem == (
        "不能整次撤销，一行也没有撤销。第 3 行 第1条：已读；第 4 行 第2条：已读；第 5 行 第3条：已读；第 6 行 第4条：已读；"
        "第 7 行 第5条：已读；另有 3 行。请改为逐个处理。"
    )
    assert len(imported()) == 9


def test_discarding_forgets_what_was_typed(checked, actor):
    run = checked(MIXED)
    ImportFlow.fire(run, "discard", actor=actor)
    assert (run.status, ImportRow.objects.count()) == ("discarded", 0)


def test_headers_are_matched_by_hand_once_and_remembered(upload, checked, actor):
    run = upload([["甲", 2]], headers=["题目", "份数"])
    assert run.status == "failed"
    assert run.problem == "第 1 行：缺少列：标题。请下载模板对照。没有认出的列：题目。可以在「对应列」里指明。"
    services.map_columns(run=run, mapping={"题目": "title", "份数": "copies"}, actor=actor)
    services.check(run.pk)
    run.refresh_from_db()
    assert (run.status, run.new_count, run.places) == ("checked", 1, {"title": 0, "copies": 1})
    again = checked([["乙", 2]], headers=["题目", "份数"])
    assert (again.status, again.new_count) == ("checked", 1)
    assert upload([["乙", 2]], headers=["题目", "份数"], context_id=8).status == "failed"
    assert ColumnMapping.objects.count() == 2


def test_a_column_can_be_left_out_by_hand(checked, actor):
    run = checked([["甲", "很多"]])
    assert run.wrong_count == 1
    services.map_columns(run=run, mapping={"标题": "title", "份数": ""}, actor=actor)
    services.check(run.pk)
    run.refresh_from_db()
    assert (run.new_count, run.places) == (1, {"title": 0})


def test_the_error_file_gives_the_bad_rows_back_as_typed(checked):
    run = checked([["说明", ""], *MIXED], headers=["标题", "份数"])
    content = write_corrections(run.headers, queries.rows_to_correct(run))
    cells = load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert cells == [
        ["标题", "份数", "导入问题"],
        ["错", 1, "「标题」这个标题不行，请换一个。"],
        ["甲", 3, "「标题」这个标题写了两次。"],
        ["", 1, "「标题」必填，请补上。"],
        ["乙", 99, "「份数」不能大于 9。"],
        ["丙", "三", "「份数」「三」不是数字，请只填数字。"],
    ]
    assert read_rows(content, IMPORTERS[run.importer].columns(None)).ignored == []


def test_a_corrected_error_file_can_be_uploaded_again(checked):
    run = checked([["错", 1], ["甲", 2]])
    rows = [(["对", *cells[1:]], {}, "") for cells, _faults, _sentence in queries.rows_to_correct(run)]
    again = done(checked(write_corrections(run.headers, rows)), "all")
    assert (again.row_count, imported()) == (1, ["对"])


def test_a_csv_is_a_list_too(checked):
    run = checked("标题,份数\n甲,2\n".encode("gb18030"), name="消息.csv")
    assert (run.new_count, run.file.media_type) == (1, "text/csv")


def test_imports_into_one_context_share_a_lock_and_wait_for_each_other(checked, actor):
    first, second, elsewhere = checked([["甲", 1]]), checked([["乙", 1]]), checked([["丙", 1]], context_id=8)
    for run in (first, second, elsewhere):
        start(run)
    assert [lock for task, lock in jobs() if task == "imports.carry_out"] == [
        "imports:tests.messages:7", "imports:tests.messages:7", "imports:tests.messages:8",
    ]  # fmt: skip
    assert queries.under_way("tests.messages", 7) == first
    assert queries.under_way("tests.messages", 7, before=second) == first
    assert queries.under_way("tests.messages", 7, before=first) is None


def test_a_run_that_stands_still_can_be_taken_up_again(checked, actor):
    run = checked([["甲", 1]])
    start(run)
    with pytest.raises(Refused, match="后台正在处理"):
        ImportFlow.fire(run, "resume", actor=actor)
    ImportRun.objects.filter(pk=run.pk).update(beat_at=None)
    ImportFlow.fire(run, "resume", actor=actor)
    assert [task for task, _lock in jobs()] == ["imports.check", "imports.carry_out", "imports.carry_out"]


def test_nobody_else_sees_a_list(checked):
    run = checked(MIXED)
    assert not ImportRun.objects.visible_to(person("别人")).exists()
    assert ImportRun.objects.visible_to(run.actor).get() == run
    assert ImportRun.objects.visible_to(platform_admin()).get() == run
    assert not ImportRow.objects.visible_to(person("别人")).exists()


def test_who_may_not_import_there_uploads_nothing(upload):
    with pytest.raises(Refused, match="不能在这里批量导入"):
        upload([["甲", 1]], actor=person("停用", is_active=False))
    assert not ImportRun.objects.exists()


def test_a_name_is_given_to_one_importer(kind):
    with pytest.raises(ValueError, match="registered already"):
        register_importer(type(kind)())
