"""One list, imported by many at once, and by a process that is killed in the middle: it is imported once and whole, or not."""

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from gongyi.imports import services
from gongyi.imports.models import ImportRun
from gongyi.imports.workflow import ImportFlow
from gongyi.kit.spreadsheets import write_workbook
from gongyi.organizations.importing import UNITS
from gongyi.organizations.models import Organization
from gongyi.workflow import Refused
from tests.factories.accounts import person, platform_admin
from tests.imports.conftest import actor, checked, imported, kind, start, upload  # noqa: F401  fixtures

WORKERS = 6
pytestmark = pytest.mark.django_db(transaction=True)


def together(act, clients=WORKERS):
    """What each thread got from `act(number)`, begun at the same time; refusals as text."""
    gate = threading.Barrier(clients)

    def client(number):
        try:
            gate.wait(timeout=30)
            return act(number)
        except Refused as refusal:
            return str(refusal)
        finally:
            connection.close()

    with ThreadPoolExecutor(clients) as pool:
        return [answer.result(timeout=60) for answer in [pool.submit(client, n) for n in range(clients)]]


# one run, started and carried out by many


def test_of_many_clicks_one_starts_the_import(checked):  # noqa: F811
    run = checked([["甲", 1]])
    answers = together(lambda number: start(ImportRun.objects.get(pk=run.pk)).status)
    assert answers.count("importing") == 1
    assert ProcrastinateJob.objects.filter(task_name="imports.carry_out").count() == 1


def test_of_many_workers_one_imports(checked, kind, monkeypatch):  # noqa: F811
    run = checked([[f"第{n}条", 1] for n in range(20)])
    start(run)
    others, left = threading.Event(), [WORKERS - 1]
    apply = kind.apply

    def slow(rows, scope):
        assert others.wait(timeout=30)  # all others have had their answer while this one is in the middle
        return apply(rows, scope)

    def work(number):
        answer = services.carry_out(run.pk)
        left[0] -= answer == "busy"
        if left[0] == 0:
            others.set()
        return answer

    monkeypatch.setattr(kind, "apply", slow)
    assert sorted(together(work)) == ["busy"] * (WORKERS - 1) + ["done"]
    assert len(imported()) == 20


def test_twin_without_the_lock_and_the_question_at_the_end_all_import(checked, kind, monkeypatch):  # noqa: F811
    run = checked([[f"第{n}条", 1] for n in range(20)])
    start(run)
    inside = threading.Barrier(WORKERS)
    apply = kind.apply

    def met(rows, scope):
        inside.wait(timeout=30)
        return apply(rows, scope)

    class Careless:
        """Writes the status without asking what it is."""

        @staticmethod
        def fire(run, step, **data):
            ImportRun.objects.filter(pk=run.pk).update(status="done")

    monkeypatch.setattr(kind, "apply", met)
    monkeypatch.setattr(services, "alone", lambda name: True)
    monkeypatch.setattr(services, "ImportFlow", Careless)
    assert together(lambda number: services.carry_out(run.pk)) == ["done"] * WORKERS
    assert len(imported()) == 20 * WORKERS


def test_without_the_lock_the_question_at_the_end_still_lets_one_import(checked, kind, monkeypatch):  # noqa: F811
    run = checked([["甲", 1]])
    start(run)
    inside = threading.Barrier(2)
    apply = kind.apply

    def met(rows, scope):
        inside.wait(timeout=30)
        return apply(rows, scope)

    monkeypatch.setattr(kind, "apply", met)
    monkeypatch.setattr(services, "alone", lambda name: True)
    answers = together(lambda number: services.carry_out(run.pk), clients=2)
    assert answers.count("done") == 1
    assert imported() == ["甲"]


def test_of_two_lists_of_the_same_the_later_one_finds_it_done(checked, kind):  # noqa: F811
    """Two administrators upload the same new units; both looked at them before either was imported."""
    admins = [platform_admin(), platform_admin()]
    runs = [of_units(admin, 3) for admin in admins]
    for run in runs:
        ImportFlow.fire(run, "start", actor=run.actor, mode="all")
    answers = together(lambda number: again_until_free(runs[number].pk), clients=2)
    assert sorted(answers) == ["done", "failed"]
    assert Organization.objects.count() == 3
    failed = ImportRun.objects.get(status="failed")
    assert failed.problem.startswith("检查之后，第 2 行 新单位0")


def again_until_free(run_pk):
    while (answer := services.carry_out(run_pk)) == "busy":  # as the queue tries it again
        pass
    return answer


# kill -9


def of_units(admin, count) -> ImportRun:
    rows = [[f"新单位{n}", f"N{n}", "企业", "330106"] for n in range(count)]
    file = SimpleUploadedFile("单位.xlsx", write_workbook(["单位名称", "编号前缀", "单位性质", "所在地区"], rows))
    run = services.upload(importer=UNITS, context_id=None, upload=file, actor=admin)
    assert services.check(run.pk) == "checked"
    run.refresh_from_db()
    assert run.new_count == count
    return run


STOPS_HALFWAY = """
import sys
import django
django.setup()
from gongyi.imports import progress, services
advance = progress.Progress.advance
def stop(self, rows):
    advance(self, rows)
    if rows:
        print("half", flush=True)
        sys.stdin.read()
progress.Progress.advance = stop
services.{work}({pk})
"""


def halfway(work: str, pk: int) -> subprocess.Popen:
    """A process of its own that has done the first batch and waits, with everything it wrote."""
    settings = connection.settings_dict
    user = settings["USER"] + (f":{settings['PASSWORD']}" if settings["PASSWORD"] else "")
    port = f"&port={settings['PORT']}" if settings["PORT"] else ""
    url = f"postgresql://{user}@/{settings['NAME']}?host={settings['HOST']}{port}"
    environment = os.environ | {"GONGYI_DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "gongyi.config.settings"}
    process = subprocess.Popen(
        [sys.executable, "-c", STOPS_HALFWAY.format(work=work, pk=pk)], env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout.readline() == "half\n"
    return process


def kill(process: subprocess.Popen) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)


def free(run_pk: int, work) -> str:
    """The answer once the server has noticed that the killed one is gone."""
    answers = (work(run_pk) for _try in range(1000))
    return next(answer for answer in answers if answer != "busy")


def test_a_killed_import_leaves_nothing_and_is_taken_up_again():
    run = of_units(platform_admin(), 900)
    ImportFlow.fire(run, "start", actor=run.actor, mode="all")
    process = halfway("carry_out", run.pk)
    run.refresh_from_db()
    assert (run.status, run.progress_done, run.progress_total) == ("importing", 500, 900)  # seen while it works
    assert Organization.objects.count() == 0
    assert services.carry_out(run.pk) == "busy"
    kill(process)
    assert Organization.objects.count() == 0
    assert not run.rows.exclude(effect=None).exists()
    assert free(run.pk, services.carry_out) == "done"
    run.refresh_from_db()
    assert (run.status, run.imported_count, Organization.objects.count()) == ("done", 900, 900)


def test_a_killed_check_leaves_no_rows_and_is_taken_up_again():
    run = of_units(platform_admin(), 600)
    ImportFlow.fire(run, "recheck", actor=run.actor)
    process = halfway("check", run.pk)
    kill(process)
    assert free(run.pk, services.check) == "checked"
    assert run.rows.count() == 600


def test_nobody_else_waits_for_an_import_elsewhere(checked, actor):  # noqa: F811
    run, elsewhere = checked([["甲", 1]]), checked([["乙", 1]], context_id=8, actor=person())
    start(run)
    start(elsewhere)
    assert together(lambda number: services.carry_out((run, elsewhere)[number].pk), clients=2) == ["done", "done"]
