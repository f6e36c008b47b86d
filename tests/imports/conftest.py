"""A small kind of list, whose rows become messages to the person who imports, and ways to upload one."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from gongyi.imports import services
from gongyi.imports.models import ImportRun
from gongyi.imports.registry import IMPORTERS, Importer, Plan, Verdict
from gongyi.imports.workflow import ImportFlow
from gongyi.kit.spreadsheets import Column, write_workbook
from gongyi.notifications.models import Notification
from tests.factories.accounts import person

HEADERS = ["标题", "份数"]


class Messages(Importer):
    """Titles that begin with 旧 are known already; 错 is never right; two of one title are one too many."""

    name = "tests.messages"
    label = "消息"
    max_rows = 2_000

    def may_use(self, user, context_id):
        return user.is_active

    def context_label(self, context_id):
        return f"第 {context_id} 处" if context_id else ""

    def home_url(self, context_id):
        return "/notifications/"

    def upload_url(self, context_id):
        return "/notifications/"

    def columns(self, context_id):
        return (
            Column("title", "标题", required=True, max_length=50),
            Column("copies", "份数", kind="integer", minimum=1, maximum=9),
        )

    def prepare(self, rows, scope):
        seen = set()
        for row in rows:
            title = row["title"]
            if title in seen:
                yield Plan(Verdict.DUPLICATE, title, problems=[("title", "这个标题写了两次。")])
            elif title.startswith("错"):
                yield Plan.wrong(title, ("title", "这个标题不行，请换一个。"))
            elif title.startswith("旧"):
                yield Plan(Verdict.SAME, title)
            elif Notification.objects.filter(title=title, kind="taken").exists():
                yield Plan.wrong(title, ("title", "刚刚被别人用了。"))
            else:
                yield Plan(Verdict.NEW, title, data={"title": title, "copies": row["copies"] or 1})
            seen.add(title)

    def apply(self, rows, scope):
        made = Notification.objects.bulk_create(
            Notification(user=scope.actor, title=row.data["title"], kind="imported") for row in rows
        )
        return [{"pk": message.pk} for message in made]

    def obstacles(self, rows, scope):
        read = Notification.objects.filter(pk__in=[r.effect["pk"] for r in rows]).exclude(read_at=None)
        keys = set(read.values_list("pk", flat=True))
        return {row.number: "已读" for row in rows if row.effect["pk"] in keys}

    def undo(self, rows, scope):
        Notification.objects.filter(pk__in=[row.effect["pk"] for row in rows]).delete()


@pytest.fixture
def kind():
    importer = Messages()
    IMPORTERS[importer.name] = importer
    yield importer
    del IMPORTERS[importer.name]


@pytest.fixture
def actor(db):
    return person("顾明远")


@pytest.fixture
def upload(kind, actor):
    """Upload rows, or the bytes of a file."""

    def make(rows, *, headers=HEADERS, name="消息.xlsx", context_id=7, actor=actor) -> ImportRun:
        content = rows if isinstance(rows, bytes) else write_workbook(headers, rows)
        file = SimpleUploadedFile(name, content)
        return services.upload(importer=kind, context_id=context_id, upload=file, actor=actor)

    return make


@pytest.fixture
def checked(upload):
    """Upload rows and have them checked."""

    def make(rows, **options) -> ImportRun:
        run = upload(rows, **options)
        services.check(run.pk)
        run.refresh_from_db()
        return run

    return make


def start(run, mode="good"):
    return ImportFlow.fire(run, "start", actor=run.actor, mode=mode)


def imported() -> list[str]:
    """The titles of what was imported, in order."""
    return list(Notification.objects.filter(kind="imported").order_by("pk").values_list("title", flat=True))


def done(run, mode="good"):
    """Start the import, carry it out and return the run as it then stands."""
    start(run, mode)
    services.carry_out(run.pk)
    run.refresh_from_db()
    return run
