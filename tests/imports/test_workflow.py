"""What may become of a list, and who may say so."""

import pytest

from gongyi.imports.models import ImportRun
from gongyi.imports.workflow import ImportFlow
from tests.factories.accounts import person, platform_admin

pytestmark = pytest.mark.django_db

OFFERED = {
    "uploaded": ["resume"],
    "checked": ["start", "recheck", "discard"],
    "importing": ["resume"],
    "done": ["undo"],
    "failed": ["recheck", "discard"],
    "undoing": ["resume"],
    "undone": [],
    "discarded": [],
}


@pytest.mark.parametrize("status", ImportRun.Status.values)
def test_what_is_offered_to_whom(checked, status):
    run = checked([["甲", 1]])
    ImportRun.objects.filter(pk=run.pk).update(status=status, mode="good")
    run.refresh_from_db()
    cast = {"uploader": run.actor, "platform_admin": platform_admin(), "stranger": person("别人")}
    offered = {name: [o.step.name for o in ImportFlow.offered(run, user)] for name, user in cast.items()}
    assert offered == {"uploader": OFFERED[status], "platform_admin": OFFERED[status], "stranger": []}


def test_who_may_no_longer_import_there_is_offered_nothing(checked, kind, monkeypatch):
    run = checked([["甲", 1]])
    monkeypatch.setattr(kind, "may_use", lambda user, context_id: False)
    assert ImportFlow.offered(run, run.actor) == []


def test_a_run_whose_importer_is_gone_is_offered_nothing(checked):
    run = checked([["甲", 1]])
    run.importer = "tests.gone"
    assert ImportFlow.offered(run, run.actor) == []
