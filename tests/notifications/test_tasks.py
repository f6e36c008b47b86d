"""The outbox is swept by the job queue, and goes on after a worker was killed in the middle of a sweep."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import croniter
import pytest
from django.core import mail
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from gongyi.config.tasks import retry_stalled_jobs
from gongyi.notifications.models import Delivery
from gongyi.notifications.services import notify
from gongyi.notifications.tasks import serve_outbox

CRON = next(each.cron for each in app.periodic_registry.periodic_tasks.values() if each.task.name == serve_outbox.name)
pytestmark = pytest.mark.django_db(transaction=True)


def with_worker(work):
    """Run `work(app)` with the connection a worker uses, on the test database."""

    async def run():
        async with app.open_async():
            return await work(app)

    # In a thread of its own: a browser of other tests may keep an event loop running in this one.
    with app.replace_connector(app.connector.get_worker_connector()), ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(run())).result()


def work_once():
    with_worker(lambda app: app.run_worker_async(wait=False, install_signal_handlers=False, delete_jobs="always"))


@pytest.fixture(autouse=True)
def _quiet_queue(monkeypatch):
    """Nothing waits, and while the tests work, the clock adds nothing."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers CASCADE")
    monkeypatch.setattr(app.periodic_registry, "periodic_tasks", {})


def left_by_a_killed_worker(task, lock=None):
    """A job that is being done, as the table says, by a worker that is no more."""
    number = task.configure(lock=lock).defer(timestamp=0)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", [number])
    return number


def jobs():
    return list(ProcrastinateJob.objects.order_by("id").values_list("id", "status"))


def test_the_sweep_is_due_every_five_seconds():
    times = croniter.croniter(CRON, 1_000_000_000)
    first = times.get_next()
    assert times.get_next() - first == 5


def test_a_worker_sends_what_was_committed(li):
    notify([li], title="预约已通过")
    serve_outbox.defer(timestamp=0)
    work_once()
    assert [letter.subject for letter in mail.outbox] == ["[共仪] 预约已通过"]
    assert Delivery.objects.get().state == Delivery.Status.SENT


def test_a_sweep_whose_worker_was_killed_holds_up_no_other(li):
    left_by_a_killed_worker(serve_outbox)
    notify([li], title="预约已通过")
    serve_outbox.defer(timestamp=5)
    work_once()
    assert len(mail.outbox) == 1


def take_up_again():
    with_worker(lambda app: retry_stalled_jobs.func(SimpleNamespace(app=app), 0))


def test_a_fallen_job_is_queued_again():
    fallen = left_by_a_killed_worker(serve_outbox)
    take_up_again()
    assert jobs() == [(fallen, "todo")]


def test_a_fallen_job_with_a_lock_gives_way_to_the_same_work_that_waits_already():
    left_by_a_killed_worker(serve_outbox, lock="one-at-a-time")
    waiting = serve_outbox.configure(lock="one-at-a-time").defer(timestamp=5)
    take_up_again()
    assert jobs() == [(waiting, "todo")]
    work_once()
    assert jobs() == []
