"""The record: complete, readable in one query, and out of reach of everybody who would change it."""

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.utils import Error
from django.utils import timezone

from gongyi.audit.models import AuditEvent, FlowRecord
from gongyi.audit.queries import events_of, history_of
from gongyi.audit.services import record, record_step

ATTACKS = ["UPDATE {} SET actor_name = '别人'", "DELETE FROM {}"]


@pytest.fixture
def li(db):
    return get_user_model().objects.create(username="li", name="李明")


@pytest.fixture
def step(li):
    thing = get_user_model().objects.create(username="thing")
    return record_step(
        thing, flow="f", step="go", label="走", from_status="a", to_status="b", actor=li, at=timezone.now()
    )


@pytest.fixture
def event(li):
    return record(li, li, "修改姓名", before={"name": "李"}, after={"name": "李明"}, reason="补全")


def test_an_event_keeps_who_what_before_after_and_why(event, li):
    kept = events_of(li).get()
    assert (kept.who, kept.object_label, kept.what, kept.before, kept.after, kept.reason) == (
        "李明", "李明", "修改姓名", {"name": "李"}, {"name": "李明"}, "补全",
    )  # fmt: skip


def test_a_name_changed_later_stands_in_old_records_as_it_was(event, li):
    get_user_model().objects.filter(pk=li.pk).update(name="李晓明")
    assert events_of(li).get().who == "李明"


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("model", [FlowRecord, AuditEvent])
def test_not_even_raw_sql_changes_or_deletes_the_record(step, event, model, attack):
    with pytest.raises(Error, match="append_only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attack.format(model._meta.db_table))
    assert model.objects.get().actor_name == "李明"


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("model", [FlowRecord, AuditEvent])
def test_twin_without_the_trigger_the_same_attacks_succeed(step, event, model, attack):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # nothing pending: else the table cannot be altered
        cursor.execute(f"ALTER TABLE {model._meta.db_table} DISABLE TRIGGER USER")
        cursor.execute(attack.format(model._meta.db_table))
        assert cursor.rowcount == 1


def test_whoever_acted_cannot_be_deleted_from_under_the_record(event, li):
    with pytest.raises(Error):
        li.delete()


def test_the_history_of_an_object_is_one_query_however_long_it_is(li, django_assert_num_queries):
    for i in range(20):
        record_step(li, flow="f", step=f"s{i}", label="走", from_status="a", to_status="b", actor=li, at=timezone.now())
    with django_assert_num_queries(1):
        assert [(r.step, r.who) for r in history_of(li)] == [(f"s{i}", "李明") for i in range(20)]


def test_the_log_as_a_whole_is_for_the_platform_administrator(event, li):
    admin = get_user_model()(is_staff=True)
    assert (list(AuditEvent.objects.visible_to(admin)), list(AuditEvent.objects.visible_to(li))) == ([event], [])
