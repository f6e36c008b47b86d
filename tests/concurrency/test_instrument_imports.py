"""A list of instruments whose process is killed in the middle: numbers, prices, search entries and records come whole or not."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from gongyi.audit.models import AuditEvent
from gongyi.catalog.importing import INSTRUMENTS
from gongyi.catalog.models import Instrument, Price
from gongyi.imports import services
from gongyi.imports.workflow import ImportFlow
from gongyi.kit.spreadsheets import write_workbook
from tests.concurrency.test_imports import free, halfway, kill
from tests.factories.accounts import platform_admin
from tests.factories.organizations import organization

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_killed_import_of_instruments_leaves_nothing_and_is_taken_up_again():
    unit = organization("望江大学", code="WJU")
    rows = [[f"SB-{n}", f"离心机{n}", "300"] for n in range(700)]
    file = SimpleUploadedFile("清单.xlsx", write_workbook(["资产编号", "仪器名称", "校内机时费"], rows))
    run = services.upload(importer=INSTRUMENTS, context_id=unit.pk, upload=file, actor=platform_admin())
    assert services.check(run.pk) == "checked"
    run.refresh_from_db()
    ImportFlow.fire(run, "start", actor=run.actor, mode="all")
    process = halfway("carry_out", run.pk)
    run.refresh_from_db()
    assert (run.status, run.progress_done) == ("importing", 500)
    kill(process)
    assert not Instrument.objects.exists()
    assert not Price.objects.exists()
    assert not AuditEvent.objects.filter(what="批量导入").exists()
    assert free(run.pk, services.carry_out) == "done"
    assert (Instrument.objects.published().count(), Price.objects.count()) == (700, 700)
    numbers = set(Instrument.objects.values_list("number", flat=True))
    assert len(numbers) == 700
    assert not Instrument.objects.filter(tsv=None).exists()
