"""Attacks on the yearly update and on letters: reminders of many workers, a letter published while it is changed.

Each has a twin without the guard that does the damage, so that we know the attack is one.
"""

import threading
from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection
from django.utils import timezone

from gongyi.audit.queries import events_of
from gongyi.notifications.models import Notification
from gongyi.onboarding.models import CommitmentLetter, RefreshReminder
from gongyi.onboarding.services import refresh
from gongyi.onboarding.services.letters import change_letter, draft_letter, publish_letter
from gongyi.onboarding.services.refresh import REMINDER, remind
from gongyi.organizations.models import Capacity
from tests.concurrency.crowd import at_once
from tests.factories.accounts import platform_admin
from tests.factories.organizations import organization, unit_admin

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS = 8
DUE_IN = 358  # days since the update: a week is left, so that two thresholds are due at once


@pytest.fixture
def unit():
    made = organization("砺锋仪表有限公司", info_confirmed_at=timezone.now() - timedelta(days=DUE_IN))
    unit_admin(made)
    return made


def told() -> int:
    return Notification.objects.filter(kind=REMINDER).count()


def test_reminders_of_eight_workers_at_once_go_out_once(unit):
    assert at_once(*[remind] * WORKERS) == ["done"] * WORKERS
    assert (told(), RefreshReminder.objects.count()) == (1, 2)


def test_twin_looking_first_and_noting_it_later_reminds_several_times(unit):
    all_have_looked = threading.Barrier(WORKERS)

    def careless():
        noted = RefreshReminder.objects.filter(organization=unit).exists()
        all_have_looked.wait()
        if not noted:
            refresh._tell(unit, timezone.localdate(), 7)

    at_once(*[careless] * WORKERS)
    assert told() == WORKERS


@pytest.fixture
def draft():
    fields = {"capacity": Capacity.NETWORK, "version": "2.0", "title": "入网承诺书", "text": "原来的全文"}
    return draft_letter(actor=platform_admin(), **fields)


def test_a_letter_changed_and_published_at_once_is_the_one_that_was_published(draft):
    admins = [platform_admin() for _ in range(WORKERS)]
    changes = [
        lambda a=admin, n=n: change_letter(letter=draft, actor=a, text=f"第 {n} 稿") for n, admin in enumerate(admins)
    ]
    results = at_once(*changes, lambda: publish_letter(letter=draft, actor=admins[0]))
    assert set(results) <= {"done", "published"}
    draft.refresh_from_db()
    published = next(event for event in events_of(draft) if event.what == "发布承诺书")
    assert draft.text == published.after["text"]


def test_of_eight_publications_at_once_one_counts(draft):
    admin = platform_admin()
    results = at_once(*[lambda: publish_letter(letter=draft, actor=admin)] * WORKERS)
    assert sorted(results) == ["done"] + ["published"] * (WORKERS - 1)


@pytest.fixture
def unguarded():
    """Without the trigger that keeps published letters."""
    trigger = "ALTER TABLE onboarding_commitmentletter %s TRIGGER pgtrigger_published_for_good_71109"
    with connection.cursor() as cursor:
        cursor.execute(trigger % "DISABLE")
    yield
    with connection.cursor() as cursor:
        cursor.execute(trigger % "ENABLE")


def test_even_without_the_lock_the_database_keeps_a_published_letter(draft):
    publish_letter(letter=draft, actor=platform_admin())
    with pytest.raises(ProgrammingError, match="Cannot update or delete"):
        CommitmentLetter.objects.filter(pk=draft.pk).update(text="偷换的全文")


def test_twin_without_the_lock_and_the_trigger_a_published_letter_changes(draft, unguarded):
    admin = platform_admin()
    looked, out = threading.Event(), threading.Event()

    def careless():
        row = CommitmentLetter.objects.get(pk=draft.pk)
        assert row.published_at is None
        looked.set()
        out.wait()
        CommitmentLetter.objects.filter(pk=row.pk).update(text="偷换的全文")

    def publish():
        looked.wait()
        publish_letter(letter=draft, actor=admin)
        out.set()

    assert at_once(careless, publish) == ["done", "done"]
    draft.refresh_from_db()
    published = next(event for event in events_of(draft) if event.what == "发布承诺书")
    assert draft.text != published.after["text"]
