"""How long a list of 5,000 takes from the upload to the last row, checked, imported and taken back, without HTTP."""

import time
from collections.abc import Callable

from django.core.files.uploadedfile import SimpleUploadedFile

from bench.report import Row
from gongyi.accounts.models import User
from gongyi.imports import services
from gongyi.imports.registry import Importer
from gongyi.imports.workflow import ImportFlow
from gongyi.kit.spreadsheets import write_workbook
from gongyi.organizations.importing import PEOPLE, UNITS
from gongyi.organizations.models import Organization

LIST_ROWS = 5_000
LIST_SECONDS = 60


def everything(rows: int = LIST_ROWS) -> list[Row]:
    """A list of people into one unit, and one of units; both are taken back, so that the next run finds none of them."""
    admin, _made = User.objects.get_or_create(username="bench-importer", defaults={"name": "导入员", "is_staff": True})
    fields = {"code": "BENCHIMP", "kind": "other"}
    unit, _made = Organization.objects.get_or_create(name="批量导入测量单位", defaults=fields)
    people = [["姓名", "用户名", "邮箱"], *(_person(number) for number in range(rows))]
    units = [["单位名称", "编号前缀", "单位性质", "所在地区", "地址"], *(_unit(number) for number in range(rows))]
    return [*_of(PEOPLE, unit.pk, people, admin), *_of(UNITS, None, units, admin)]


def _person(number: int) -> list:
    return [f"测量{number}", f"bench-import-{number}", f"bench-import-{number}@example.cn"]


def _unit(number: int) -> list:
    return [f"测量单位{number}", f"BI{number}", "企业", "浙江省杭州市西湖区", f"路 {number} 号"]


def _of(kind: Importer, context_id: int | None, table: list[list], admin: User) -> list[Row]:
    head, *rows = table
    file = SimpleUploadedFile("list.xlsx", write_workbook(head, rows))
    seconds: dict[str, float] = {}

    def timed(what: str, act: Callable, *args, **more):
        started = time.monotonic()
        done = act(*args, **more)
        seconds[what] = time.monotonic() - started
        return done

    run = timed("upload", services.upload, importer=kind, context_id=context_id, upload=file, actor=admin)
    timed("check", services.check, run.pk)
    run.refresh_from_db()
    ImportFlow.fire(run, "start", actor=admin, mode="all")
    timed("import", services.carry_out, run.pk)
    run.refresh_from_db()
    assert run.imported_count == len(rows), run.problem
    ImportFlow.fire(run, "undo", actor=admin, reason="bench")
    timed("undo", services.take_back, run.pk)
    whole = seconds["upload"] + seconds["check"] + seconds["import"]
    parts = ", ".join(f"{what} {took:.1f} s" for what, took in seconds.items())
    return [
        Row(
            f"import a list of {len(rows):,} ({kind.name})", len(rows) / whole, ratio=parts,
            goal=f"≤ {LIST_SECONDS} s end to end", met=whole <= LIST_SECONDS,
        )
    ]  # fmt: skip
