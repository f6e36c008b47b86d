"""A hundred bad workbooks, made here: each is refused or reported with a sentence, and nothing is written."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from gongyi.accounts.models import User
from gongyi.imports import services
from gongyi.imports.forms import UploadForm
from gongyi.imports.models import ImportRun
from gongyi.imports.workflow import ImportFlow
from gongyi.kit.refusal import Refused
from gongyi.organizations.importing import PEOPLE
from gongyi.organizations.models import Membership
from tests.factories.organizations import organization, unit_admin
from tests.imports.bad_workbooks import GOOD, HEAD, book, everything

BAD = everything()
pytestmark = pytest.mark.django_db


def said_about(name: str, content: bytes, unit, actor) -> list[str]:
    """What a person reads who uploads this for the people of their unit; [] when everything is to be imported."""
    form = UploadForm(files={"file": SimpleUploadedFile(name, content)}, data={}, importer=PEOPLE)
    if not form.is_valid():
        return [str(sentence) for sentence in form.errors["file"]]
    file = form.cleaned_data["file"]
    try:
        run = services.upload(importer=PEOPLE, context_id=unit.pk, upload=file, actor=actor)
    except Refused as refusal:
        return [str(refusal)]
    if run.status == ImportRun.Status.UPLOADED:
        services.check(run.pk)
        run.refresh_from_db()
    if run.status == ImportRun.Status.FAILED:
        return [run.problem]
    assert ImportFlow.refusal(run, ImportFlow.start, actor) or run.good_count
    return [sentence for row in run.rows.bad() for _name, _header, sentence in row.problems]


def test_there_are_a_hundred():
    assert len(BAD) >= 100


@pytest.mark.parametrize(("name", "content"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD])
def test_a_bad_workbook_is_answered_with_a_sentence_and_nothing_is_written(name, content):
    unit = organization("望江大学")
    actor = unit_admin(unit)
    before = (User.objects.count(), Membership.objects.count())
    said = said_about(name, content, unit, actor)
    assert said, "it would be imported"
    assert all(sentence.strip().endswith(("。", "？")) for sentence in said), said
    assert not any(word in "".join(said) for word in ("处理时出错", "Traceback", "Error"))
    assert (User.objects.count(), Membership.objects.count()) == before
    assert not ImportRun.objects.filter(new_count__gt=0).exists()


def test_the_good_one_they_are_made_from_would_be_imported():
    unit = organization("望江大学")
    actor = unit_admin(unit)
    assert said_about("人员.xlsx", book([HEAD, GOOD]), unit, actor) == []
    assert ImportRun.objects.get().new_count == 1
