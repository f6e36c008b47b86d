"""Importing lists: everything that can be stored is, everything doubtful is said, and a second run changes nothing."""

import csv
import io
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

import gongyi.config.demo
from gongyi.catalog import services
from gongyi.catalog.imports.columns import TEMPLATE
from gongyi.catalog.models import ImportRun, Instrument
from gongyi.catalog.search import Criteria, find, parse
from gongyi.kit.refusal import Refused
from gongyi.kit.spreadsheets import Column, write_template, write_workbook
from tests.factories.accounts import platform_admin
from tests.factories.organizations import department, organization, unit_admin

pytestmark = pytest.mark.django_db
REAL = Path(gongyi.config.demo.__file__).parent / "data" / "instruments_real.csv"


@pytest.fixture
def unit():
    return organization("望江大学", code="WJU")


def imported(unit, *rows, **more) -> tuple[ImportRun, list[Instrument]]:
    run = services.import_instruments(rows=rows, organization=unit, actor=None, **more)
    return run, list(Instrument.objects.filter(organization=unit).order_by("pk"))


def codes(run: ImportRun) -> list[str]:
    return [problem["code"] for problem in run.problems if problem["row"]]


def sheet(*rows: dict) -> bytes:
    heads = list(rows[0])
    return write_workbook([Column(head, head) for head in heads], rows)


def test_the_real_list_comes_in_whole_with_every_doubt_said(unit, django_assert_max_num_queries):
    with REAL.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    other = organization("云麓理工大学", code="YLU")
    with django_assert_max_num_queries(60):
        run = services.import_instruments(
            rows=rows,
            file_name=REAL.name,
            organization_for=lambda row: unit if int(row["id"]) % 3 else other,
            actor=None,
        )
    assert (run.row_count, run.created_count, run.updated_count, run.refused_count) == (1260, 1260, 0, 0)
    assert Instrument.objects.count() == 1260
    assert {"foreign_name", "class_guessed", "number_in_note", "calibration_expired", "condition_in_name", "model_in_name",
            "status_unknown", "country_guessed", "maybe_twice", "note", "into_specs", "said_twice"} <= set(codes(run))  # fmt: skip
    assert {"model_only", "class_suggested", "status_missing", "fields_guessed"} <= {p["code"] for p in run.problems}
    assert all(problem["problem"] and problem["action"] for problem in run.problems)
    assert not Instrument.objects.filter(tsv=None).exists()
    assert not Instrument.objects.filter(instrument_class=None).exists()
    assert find(Criteria(words=parse("SEM"))).total >= 2
    again = services.import_instruments(
        rows=rows, organization_for=lambda row: unit if int(row["id"]) % 3 else other, actor=None
    )
    assert (again.created_count, again.updated_count, Instrument.objects.count()) == (0, 1260, 1260)


def test_a_clean_row_needs_no_word(unit):
    department(unit, "分析测试中心")
    run, [made] = imported(
        unit,
        {
            "仪器名称": "场发射扫描电子显微镜", "规格型号": "GeminiSEM 360", "所在单位仪器编号": "20180012S", "仪器分类": "010102",
            "院系/实验室": "分析测试中心", "原值（元）": "2,860,000.00", "购置时间": "2018-05-20", "运行状态": "离线",
            "服务领域": "新材料、电子信息", "校内机时费（元/小时）": "300", "校外科研机时费（元/小时）": "600", "委托预约": "是",
        },
    )  # fmt: skip
    assert run.problems == []
    assert (made.number, made.internal_no, made.instrument_class_id) == ("WJU-EM-0001", "20180012S", "010102")
    assert (made.original_value, made.purchased_on, made.running_status) == (
        Decimal(2860000),
        date(2018, 5, 20),
        "offline",
    )
    assert (made.timed_booking, made.commissioned_booking, made.department.name) == (True, True, "分析测试中心")
    assert sorted(field.name for field in made.service_fields.all()) == ["新材料", "电子信息"]
    assert {price.tier: price.hourly_rate for price in made.prices.all()} == {"internal": 300, "external": 600}
    assert made.listed_rate == 600


@pytest.mark.parametrize(
    ("row", "code", "field", "value"),
    [
        ({"购置时间": "去年"}, "date_unreadable", "purchased_on", None),
        ({"购置时间": "2030-01-01"}, "date_impossible", "purchased_on", None),
        ({"购置时间": "2007-02-30"}, "date_unreadable", "purchased_on", None),
        ({"购置时间": "2007年11月"}, "date_partial", "purchased_on", date(2007, 11, 1)),
        ({"购置时间": "39395"}, "date_partial", "purchased_on", date(2007, 11, 9)),
        ({"原值": "12.5万"}, "amount_converted", "original_value", Decimal(125000)),
        ({"原值": "面议"}, "amount_unreadable", "original_value", None),
        ({"原值": "-5"}, "amount_impossible", "original_value", None),
        ({"运行状态": "PrepHPLC"}, "status_unknown", "running_status", "online"),
        ({"仪器分类": "0101"}, None, "instrument_class_id", "010100"),
        ({"仪器分类": "扫描电镜"}, None, "instrument_class_id", "010102"),
        ({"仪器分类": "777777"}, "class_unknown", "instrument_class_id", "010201"),
        ({"仪器分类": "990000"}, "class_guessed", "instrument_class_id", "010201"),
        ({"按时预约": "也许"}, "yes_no", "timed_booking", True),
        ({"所在地区": "999999"}, "region_unknown", "region_id", None),
        ({"服务领域": "占星"}, "field_unknown", "name", "气质联用仪"),
        ({"院系/实验室": "不存在"}, "department_unknown", "department", None),
        ({"备注": "SB-002"}, "number_in_note", "internal_no", "SB-002"),
        ({"备注": "hours/day 10"}, "note", "internal_no", ""),
        ({"仪器名称": "元素分析仪（Vario EL cube）"}, "model_in_name", "model", "Vario EL cube"),
        ({"仪器名称": "高压灭菌锅HG-80", "规格型号": "HG-80"}, "model_in_name", "name", "高压灭菌锅"),
        ({"仪器名称": "测试系统【仅可以使用1号通道】"}, "condition_in_name", "user_notice", "仅可以使用1号通道"),
        ({"仪器名称": "Tektronix DPO70000", "仪器分类": "040103"}, "foreign_name", "name", "示波器 Tektronix DPO70000"),
        ({"仪器名称": "Keysight 34934A", "仪器分类": "990000"}, "foreign_name", "name", "Keysight 34934A"),
        ({"生产制造商": "美国戴安公司"}, "country_guessed", "origin_country", "美国"),
        ({"仪器名称": "电" * 120}, "too_long", "name", "电" * 100),
        ({"颜色": "红"}, "no_field", "name", "气质联用仪"),
    ],
)  # fmt: skip
def test_each_kind_of_dirt_is_said_and_mended(unit, row, code, field, value):
    run, [made] = imported(unit, {"仪器名称": "气质联用仪", "仪器分类": "010201", **row})
    assert getattr(made, field) == value
    assert codes(run)[:1] == ([code] if code else []) or code in codes(run)


def test_rows_without_a_name_stay_out_and_are_named(unit):
    run, made = imported(unit, {"仪器名称": "", "规格型号": "X"}, {"仪器名称": "摇床"})
    assert (run.created_count, run.refused_count, len(made)) == (1, 1, 1)
    assert [(p["row"], p["code"]) for p in run.problems if p["row"]][0] == (2, "no_name")


def test_rows_without_a_unit_stay_out():
    run = services.import_instruments(rows=[{"name": "摇床"}], organization_for=lambda row: None, actor=None)
    assert (run.created_count, run.refused_count, codes(run)[-1]) == (0, 1, "no_organization")


def test_the_same_serial_number_or_asset_number_is_one_instrument(unit):
    same = {"仪器名称": "离心机", "规格型号": "H2050R", "出厂编号": "S1"}
    run, made = imported(unit, same, {**same, "安放地点": "B106"}, {**same, "出厂编号": "S2"})
    assert (run.created_count, run.refused_count) == (2, 1)
    assert "repeated" in codes(run)
    assert [item.location for item in made] == ["B106", ""]


def test_alike_without_numbers_are_kept_apart_and_marked(unit):
    run, made = imported(unit, {"仪器名称": "冰箱"}, {"仪器名称": "冰箱"})
    assert (len(made), codes(run).count("maybe_twice")) == (2, 1)


def test_one_asset_number_for_two_instruments_is_given_to_the_first(unit):
    run, made = imported(unit, {"仪器名称": "冰箱", "资产编号": "A1"}, {"仪器名称": "摇床", "资产编号": "A1"})
    assert ([item.internal_no for item in made], "number_twice" in codes(run)) == (["A1", ""], True)


def test_importing_again_updates_what_is_filled_in_and_keeps_the_rest(unit):
    imported(unit, {"仪器名称": "摇床", "资产编号": "A1", "安放地点": "B106", "运行状态": "离线"})
    run, [made] = imported(unit, {"仪器名称": "恒温摇床", "资产编号": "A1", "安放地点": ""})
    assert (run.created_count, run.updated_count) == (0, 1)
    assert (made.name, made.location, made.running_status) == ("恒温摇床", "B106", "offline")
    assert find(Criteria(words=parse("恒温"))).ids == [made.pk]


def test_numbers_go_on_where_they_ended(unit):
    imported(unit, {"仪器名称": "扫描电镜"}, {"仪器名称": "透射电镜"})
    _run, made = imported(unit, {"仪器名称": "扫描电镜二"})
    assert [item.number for item in made] == ["WJU-EM-0001", "WJU-EM-0002", "WJU-EM-0003"]


def test_a_dry_run_stores_nothing_and_says_the_same(unit):
    row = {"仪器名称": "气质联用仪", "购置时间": "去年"}
    dry = services.import_instruments(rows=[row], organization=unit, actor=None, dry_run=True)
    assert (Instrument.objects.count(), ImportRun.objects.count()) == (0, 0)
    wet, _made = imported(unit, row)
    assert (dry.problems, dry.created_count) == (wet.problems, wet.created_count)
    assert dry.preview[0]["name"] == "气质联用仪"


def test_the_template_itself_can_be_imported(unit):
    example = {column.name: column.example for column in TEMPLATE if column.name not in ("department", "region")}
    run = services.import_instruments(
        file=write_template(TEMPLATE, examples=[example]), file_name="模板.xlsx", organization=unit, actor=None
    )
    assert (run.created_count, run.problems) == (1, [])


def test_a_csv_and_unknown_columns_are_read(unit):
    run = services.import_instruments(file="仪器名称,颜色\n摇床,红\n".encode("gb18030"), organization=unit, actor=None)
    assert run.created_count == 1
    assert [p["column"] for p in run.problems if p["code"] == "unknown_column"] == ["颜色"]


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"PK\x03\x04rubbish",
        b"\xd0\xcf\x11\xe0old",
        "仪器名称\n".encode(),
        "别的,列\n1,2\n".encode(),
        b"\x00\x01\x02",
        None,
    ],
)
def test_bad_files_are_refused_with_a_sentence(unit, file):
    with pytest.raises(Refused) as refusal:
        services.import_instruments(file=file, organization=unit, actor=None)
    assert len(str(refusal.value)) > 5
    assert Instrument.objects.count() == 0


# on the screen: upload, look, import


@pytest.fixture
def administrator(unit, client):
    user = unit_admin(unit)
    client.force_login(user)
    return user


def upload(client, unit, content: bytes, name: str = "清单.xlsx"):
    file = io.BytesIO(content)
    file.name = name
    return client.post("/catalog/imports/new/", {"organization": unit.pk, "file": file})


def test_an_upload_is_looked_at_first_and_imported_when_confirmed(client, unit, administrator):
    answer = upload(
        client, unit, sheet({"仪器名称": "摇床", "购置时间": "去年"}, {"仪器名称": "冰箱", "购置时间": "2018-05-20"})
    )
    run = ImportRun.objects.get()
    assert (answer.status_code, answer.url, run.imported_at) == (302, f"/catalog/imports/{run.pk}/", None)
    page = client.get(answer.url).content.decode()
    assert "还没有导入任何仪器" in page
    assert "不是能识别的日期" in page
    assert Instrument.objects.count() == 0
    assert "清单.xlsx" not in client.get("/catalog/imports/").content.decode()
    done = client.post(f"/catalog/imports/{run.pk}/confirm/", follow=True)
    assert "新增 2 台" in done.content.decode()
    assert Instrument.objects.count() == 2
    assert "清单.xlsx" in client.get("/catalog/imports/").content.decode()
    report = client.get(f"{done.redirect_chain[-1][0]}?export=xlsx")
    assert report.content[:2] == b"PK"
    only = client.get(f"{done.redirect_chain[-1][0]}?code=date_unreadable").content.decode()
    assert only.count("不是能识别的日期") == 1


def test_confirming_twice_imports_once(client, unit, administrator):
    upload(client, unit, sheet({"仪器名称": "摇床"}))
    run = ImportRun.objects.get()
    client.post(f"/catalog/imports/{run.pk}/confirm/")
    assert client.post(f"/catalog/imports/{run.pk}/confirm/").status_code == 404
    assert Instrument.objects.count() == 1


def test_discarding_forgets_the_list_and_a_new_upload_replaces_an_old_one(client, unit, administrator):
    upload(client, unit, sheet({"仪器名称": "摇床"}))
    upload(client, unit, sheet({"仪器名称": "冰箱"}))
    run = ImportRun.objects.get()
    client.post(f"/catalog/imports/{run.pk}/discard/")
    assert (ImportRun.objects.count(), Instrument.objects.count()) == (0, 0)


def test_a_bad_upload_comes_back_with_the_reason(client, unit, administrator):
    answer = upload(client, unit, b"PK\x03\x04rubbish")
    assert answer.status_code == 422
    assert "已损坏" in answer.content.decode()


def test_nobody_imports_into_a_unit_they_do_not_administer(client, unit, administrator):
    other = organization()
    assert upload(client, other, sheet({"仪器名称": "摇床"})).status_code == 422
    upload(client, unit, sheet({"仪器名称": "摇床"}))
    run = ImportRun.objects.get()
    client.force_login(unit_admin(other, "别人"))
    assert client.get(f"/catalog/imports/{run.pk}/").status_code == 404
    assert client.post(f"/catalog/imports/{run.pk}/confirm/").status_code == 404
    client.force_login(platform_admin())
    assert client.get(f"/catalog/imports/{run.pk}/").status_code == 200


def test_the_template_is_handed_out_to_those_who_keep_instruments(client, unit, administrator):
    assert client.get("/catalog/imports/template/").content[:2] == b"PK"


def test_the_kinds_of_doubt_all_have_a_name():
    from gongyi.catalog.views.imports import KINDS

    source = (Path(services.__file__).parent / "importing.py").read_text() + (
        Path(services.__file__).parent.parent / "imports" / "cleaning.py"
    ).read_text()
    used = set(re.findall(r'(?:\.doubt|Doubt)\(\s*"(\w+)"', source))
    assert used - KINDS.keys() == set()
