"""Imports for tests."""

from django.core.files.base import ContentFile

from gongyi.files.models import StoredFile
from gongyi.imports.models import PURPOSE, ImportRow, ImportRun


def list_import(actor, *, importer: str = "organizations.units", **fields) -> ImportRun:
    """A checked list of units with one wrong row."""
    stored = StoredFile(owner=actor, purpose=PURPOSE, name="单位.csv", media_type="text/csv", size=1, sha256="0" * 64)
    stored.content.save("单位.csv", ContentFile(b"1"), save=False)
    stored.save()
    fields = {
        "status": "checked",
        "row_count": 1,
        "wrong_count": 1,
        "headers": ["单位名称"],
        "places": {"name": 0},
    } | fields
    run = ImportRun.objects.create(importer=importer, actor=actor, file=stored, file_name=stored.name, **fields)
    rows_of(run, start=2, count=1)
    return run


def rows_of(run: ImportRun, *, start: int, count: int) -> None:
    problems = [["name", "单位名称", "必填，请补上。"]]
    ImportRow.objects.bulk_create(
        ImportRow(run=run, number=number + 1000 * (start != 2), cells=[""], verdict="wrong", problems=problems)
        for number in range(start, start + count)
    )
