"""Sixteen people click one button in the same moment: one step, fifteen sentences, one record."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from gongyi.audit.queries import history_of
from gongyi.kit.when import format_when
from gongyi.notifications.models import Notification
from gongyi.workflow import Refused
from tests.workflow.toy import Leave, LeaveFlow

CLICKS = 16
pytestmark = pytest.mark.django_db(transaction=True)


def click_together(pending, zhou):
    """What each click brought: the new status, or the sentence of the refusal."""
    together = Barrier(CLICKS)
    rows = [Leave.objects.get(pk=pending.pk) for _ in range(CLICKS)]  # each has seen it pending

    def click(leave):
        try:
            connection.ensure_connection()
            together.wait()
            return LeaveFlow.fire(leave, "approve", actor=zhou, grade=1).status
        except Refused as refusal:
            return str(refusal)
        finally:
            connection.close()

    with ThreadPoolExecutor(CLICKS) as pool:
        return sorted(pool.map(click, rows))


@pytest.fixture
def enough_connections(settings, monkeypatch):
    """Threads of one process share a pool of eight; here all sixteen shall be inside at once."""
    connection.close()
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "pool", False)
    yield
    connection.close()


def test_of_sixteen_simultaneous_clicks_one_is_done(pending, zhou, enough_connections):
    answers = click_together(pending, zhou)
    record = history_of(pending).get()
    sentence = f"该请假已由周敏于 {format_when(record.at)} 通过，无需重复操作。"
    assert answers == ["approved"] + [sentence] * 15
    assert (Notification.objects.count(), Leave.objects.get().note) == (1, "1")


def test_twin_without_the_lock_several_clicks_are_done(pending, zhou, enough_connections, monkeypatch):
    """The attack is real: the same clicks without the row lock leave more than one record."""
    everyone_has_read = Barrier(CLICKS)

    def read_only(obj):
        row = Leave.objects.get(pk=obj.pk)
        everyone_has_read.wait()
        return row

    monkeypatch.setattr(LeaveFlow, "_lock", read_only)
    answers = click_together(pending, zhou)
    assert (answers, history_of(pending).count()) == (["approved"] * CLICKS, CLICKS)
