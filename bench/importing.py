"""How long lists take from the upload to the last row, checked, imported and taken back, without HTTP; and the memory it takes."""

import csv
import random
import resource
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile

from bench.report import Row
from bench.seed import REAL
from gongyi.accounts.models import User
from gongyi.catalog.importing import INSTRUMENTS
from gongyi.catalog.importing.columns import TEMPLATE
from gongyi.imports import services
from gongyi.imports.registry import Importer
from gongyi.imports.workflow import ImportFlow
from gongyi.kit.spreadsheets import write_workbook
from gongyi.organizations.importing import PEOPLE, UNITS
from gongyi.organizations.models import Organization

LIST_ROWS = 5_000
LIST_SECONDS = 60
INSTRUMENT_ROWS = 50_000
INSTRUMENT_SECONDS = 180
MEGABYTES = 500


def everything(rows: int = LIST_ROWS, instruments: int = INSTRUMENT_ROWS) -> list[Row]:
    """A list of people into one unit, one of units, and one of instruments; all are taken back, so that the next run finds
    none of them."""
    admin, _made = User.objects.get_or_create(username="bench-importer", defaults={"name": "导入员", "is_staff": True})
    fields = {"code": "BENCHIMP", "kind": "other"}
    unit, _made = Organization.objects.get_or_create(name="批量导入测量单位", defaults=fields)
    people = [["姓名", "用户名", "邮箱"], *(_person(number) for number in range(rows))]
    units = [["单位名称", "编号前缀", "单位性质", "所在地区", "地址"], *(_unit(number) for number in range(rows))]
    found = list_of_instruments(instruments)
    return [
        _of(INSTRUMENTS, unit.pk, found, instruments, admin, INSTRUMENT_SECONDS),
        _of(PEOPLE, unit.pk, _file(people), rows, admin, LIST_SECONDS),
        _of(UNITS, None, _file(units), rows, admin, LIST_SECONDS),
    ]


def _person(number: int) -> list:
    return [f"测量{number}", f"bench-import-{number}", f"bench-import-{number}@example.cn"]


def _unit(number: int) -> list:
    return [f"测量单位{number}", f"BI{number}", "企业", "浙江省杭州市西湖区", f"路 {number} 号"]


def _file(table: list[list]) -> bytes:
    head, *rows = table
    return write_workbook(head, rows)


def list_of_instruments(count: int) -> bytes:
    """A workbook with every column of the template, made of real names, models and texts, different in each row."""
    return write_workbook([column.header for column in TEMPLATE], _instruments(count))


def _instruments(count: int) -> Iterator[list]:
    dice = random.Random(7)
    with Path(REAL).open(encoding="utf-8-sig", newline="") as file:
        real = [row for row in csv.DictReader(file) if row["status"] != "PrepHPLC"]
    texts = [text for row in real if (text := row["function"].strip("=")) and len(text) < 250] or ["形貌观察"]
    for number in range(count):
        row, day = dice.choice(real), date(2005, 1, 1) + timedelta(days=dice.randint(0, 7000))
        cells = {
            "internal_no": f"SB-{number:06d}", "name": f"{row['name'][:80]}{number}", "model": f"{row['model'][:100]}-{dice.randint(1, 900)}",
            "manufacturer": row["manufacturer"] or "测量仪器有限公司", "origin_country": dice.choice(["美国", "德国", "日本", "中国"]),
            "serial_no": f"S{number:08d}", "instrument_class": row["nrii_class_suggested"], "resource_type": "仪器",
            "subject_codes": dice.choice(["430 材料科学", "150、180", "210"]), "carrier_type": "4", "acquisition_source": "购置",
            "generality": dice.choice(["1", "通用"]), "original_value": f"{dice.randint(100_000, 9_000_000):,}", "funding_sources": "1、2",
            "innovation_platforms": "无", "purchased_on": day.isoformat(), "booked_on": f"{day:%Y/%m/%d}", "commissioned_on": f"{day:%Y%m%d}",
            "secondary_development": "否", "functions": dice.choice(texts), "technical_specs": f"分辨率 0.{dice.randint(1, 9)} nm；{dice.choice(texts)}",
            "accessories": "能谱仪、样品台", "service_content": "形貌观察、元素分析", "user_notice": "使用前请先参加培训，取得资格。",
            "reference_fee": "600 元/小时",
            "annual_run_hours": 1800, "annual_external_hours": 600, "reported_status": "正常", "sharing_mode": "外部共享", "running_status": "在线",
            "timed_booking": "是", "commissioned_booking": "否", "region": "330106", "street": f"余杭塘路 {number % 900} 号", "location": "材料楼 B106",
            "floor": "1 层", "contact_name": "林知远", "contact_phone": "0571-87951234", "contact_email": "lin@example.cn",
            "contact_address": "余杭塘路 866 号", "postcode": "310058", "under_customs_supervision": "否", "price_internal": 300, "price_external": 600,
        }  # fmt: skip
        yield [cells.get(column.name, "") for column in TEMPLATE]


def _of(kind: Importer, context_id: int | None, content: bytes, rows: int, admin: User, limit: int) -> Row:
    file = SimpleUploadedFile("list.xlsx", content)
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
    assert run.imported_count == rows, run.problem
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    ImportFlow.fire(run, "undo", actor=admin, reason="bench")
    timed("undo", services.take_back, run.pk)
    run.refresh_from_db()
    assert run.status == "undone", run.problem
    whole = seconds["upload"] + seconds["check"] + seconds["import"]
    parts = ", ".join(f"{what} {took:.1f} s" for what, took in seconds.items())
    return Row(
        f"import a list of {rows:,} ({kind.name})", rows / whole, ratio=f"{parts}; the process at most {memory} MB",
        goal=f"≤ {limit} s end to end, ≤ {MEGABYTES} MB", met=whole <= limit and memory <= MEGABYTES,
    )  # fmt: skip
