"""Lists of instruments: what a row becomes, what is refused and what is only noted, importing, importing again, taking back
(S1-42, S2-15)."""

import csv
import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from python_calamine import load_workbook

import gongyi.config.demo
from gongyi.audit.models import AuditEvent
from gongyi.catalog import services
from gongyi.catalog.importing import INSTRUMENTS
from gongyi.catalog.importing.columns import TEMPLATE
from gongyi.catalog.models import Instrument
from gongyi.catalog.search import Criteria, find, index, parse
from gongyi.imports import queries
from gongyi.imports import services as imports
from gongyi.imports.models import ColumnMapping, ImportRun
from gongyi.imports.workflow import ImportFlow
from gongyi.kit.spreadsheets import write_corrections, write_workbook
from gongyi.organizations.models import Department
from tests.factories.accounts import person, platform_admin
from tests.factories.organizations import department, join, organization, unit_admin
from tests.factories.reviews import innovation_platform

pytestmark = pytest.mark.django_db
REAL = Path(gongyi.config.demo.__file__).parent / "data" / "instruments_real.csv"
S = Instrument.Status
WHOLE = {
    "所在单位仪器编号": "20180012S", "仪器名称": "场发射扫描电子显微镜", "英文名称": "FE-SEM", "规格型号": "GeminiSEM 360", "生产制造商": "Carl Zeiss",
    "产地国别": "德国", "出厂编号": "8214003127", "仪器分类": "010102", "仪器类型": "仪器", "服务领域": "新材料、电子信息", "主要学科领域": "430 材料科学、150",
    "院系/实验室": "分析测试中心", "所属创新平台": "无", "所属资源载体类型": "4", "设备来源": "1", "仪器设备类别": "2.通用", "原值（元）": "2,860,000.00",
    "主要购置经费来源": "1、地方财政资金", "购置时间": "2018-05-20", "建账日期": "2018/6/11", "启用日期": "20180701", "是否二次开发": "否",
    "主要功能": "形貌观察", "主要技术指标": "分辨率 0.7 nm", "主要附件": "能谱仪", "仪器认证情况": "CNAS", "服务内容": "形貌", "用户须知": "先培训",
    "样品要求": "干燥", "参考收费标准": "面议", "开放机时安排": "工作日", "年运行机时": "1800", "年对外服务机时": "600", "年有效工作机时基准": "1600",
    "运行状态（上报）": "1", "共享模式": "外部共享", "运行状态": "离线", "按时预约": "是", "委托预约": "是", "预约服务网址": "https://example.cn/sem",
    "所在地区": "浙江省杭州市西湖区", "安放地址": "余杭塘路 866 号", "安放地点": "材料楼 B106", "楼层": "1 层", "联系人": "林知远", "联系电话": "0571-87951234",
    "电子邮箱": "lin@example.cn", "通讯地址": "余杭塘路 866 号", "邮政编码": "310058", "是否在海关监管年限内": "是", "进口报关单编号": "223320181000123456",
    "进口报关单项号": "01", "海关放行日期": "2018-05-01", "报关单上名称": "扫描电镜", "国家平台仪器编号": "N1", "校内机时费（元/小时）": "300",
    "校外科研机时费（元/小时）": "600",
}  # fmt: skip


@pytest.fixture
def unit():
    return organization("望江大学", code="WJU", region_id="330106")


@pytest.fixture
def admin(unit):
    return unit_admin(unit)


@pytest.fixture
def checked(unit, admin):
    """Upload rows (header → text), or a file's bytes, and have them judged."""

    def make(*rows, actor=admin, name="清单.xlsx") -> ImportRun:
        if len(rows) == 1 and isinstance(rows[0], bytes):
            content = rows[0]
        else:
            heads = list(dict.fromkeys(head for row in rows for head in row))
            content = write_workbook(heads, [[row.get(head, "") for head in heads] for row in rows])
        file = SimpleUploadedFile(name, content)
        run = imports.upload(importer=INSTRUMENTS, context_id=unit.pk, upload=file, actor=actor)
        imports.check(run.pk)
        run.refresh_from_db()
        return run

    return make


def carried_out(run, mode="good") -> ImportRun:
    ImportFlow.fire(run, "start", actor=run.actor, mode=mode)
    imports.carry_out(run.pk)
    run.refresh_from_db()
    assert run.status == "done", run.problem
    return run


def taken_back(run) -> ImportRun:
    ImportFlow.fire(run, "undo", actor=run.actor, reason="有误")
    imports.take_back(run.pk)
    run.refresh_from_db()
    return run


def verdicts(run) -> list[str]:
    return list(run.rows.order_by("number").values_list("verdict", flat=True))


def said(run, kind="problems") -> str:
    return " ".join(
        f"{row.number}「{header}」{text}" for row in run.rows.all() for _name, header, text in getattr(row, kind)
    )


def test_every_field_of_the_form_is_read_by_name_or_by_the_platforms_number(checked, unit):
    department(unit, "分析测试中心")
    run = checked(WHOLE)
    assert (verdicts(run), said(run), said(run, "notes")) == (["new"], "", "")
    carried_out(run)
    made = Instrument.objects.get()
    assert {column.header for column in TEMPLATE} - set(WHOLE) == {
        "所属资源载体内部编号", "所属资源载体名称", "组内机时费（元/小时）", "企业机时费（元/小时）",
    }  # fmt: skip
    expected = {
        "number": "WJU-EM-0001", "internal_no": "20180012S", "instrument_class_id": "010102", "carrier_type": "none",
        "acquisition_source": "purchase", "generality": "general", "original_value": Decimal(2860000), "subject_codes": ["430", "150"],
        "funding_sources": ["central", "local"], "purchased_on": date(2018, 5, 20), "booked_on": date(2018, 6, 11),
        "commissioned_on": date(2018, 7, 1), "secondary_development": False, "annual_run_hours": Decimal(1800),
        "reported_status": "normal", "sharing_mode": "external", "running_status": "offline", "commissioned_booking": True,
        "region_id": "330106", "under_customs_supervision": True, "customs_release_on": date(2018, 5, 1), "no_platform": True,
        "customs_item_no": "01", "floor": "1 层", "listed_rate": Decimal(600), "status": S.DRAFT,
    }  # fmt: skip
    assert {name: getattr(made, name) for name in expected} == expected
    assert sorted(field.name for field in made.service_fields.all()) == ["新材料", "电子信息"]
    assert {price.tier: price.hourly_rate for price in made.prices.all()} == {"internal": 300, "external": 600}
    assert AuditEvent.objects.filter(object_id=made.pk, what="批量导入").count() == 1
    assert verdicts(checked(WHOLE)) == ["same"]


@pytest.mark.parametrize(
    ("cell", "header", "sentence"),
    [
        ({"购置时间": "去年"}, "购置时间", "不是日期"),
        ({"购置时间": "2007-02-30"}, "购置时间", "不是日期"),
        ({"建账日期": "2090-01-01"}, "建账日期", "今天以后"),
        ({"原值": "不详"}, "原值（元）", "不是金额"),
        ({"原值": "-5"}, "原值（元）", "金额为负"),
        ({"年运行机时": "9999"}, "年运行机时", "8784"),
        ({"年运行机时": "10", "年对外服务机时": "20"}, "年对外服务机时", "不能超过年运行机时"),
        ({"运行状态": "PrepHPLC"}, "运行状态", "不是运行状态"),
        ({"共享模式": "9"}, "共享模式", "不在可选项中"),
        ({"设备来源": "捡的"}, "设备来源", "购置"),
        ({"主要学科领域": "999"}, "主要学科领域", "学科代码"),
        ({"主要学科领域": "110、120、130、140、150"}, "主要学科领域", "最多 4"),
        ({"主要购置经费来源": "彩票"}, "主要购置经费来源", "不在可选项中"),
        ({"按时预约": "也许"}, "按时预约", "是"),
        ({"所在地区": "999999"}, "所在地区", "地区"),
        ({"服务领域": "占星"}, "服务领域", "不在可选项中"),
        ({"院系/实验室": "不存在"}, "院系/实验室", "院系与实验室"),
        ({"所属创新平台": "没有的平台"}, "所属创新平台", "创新平台"),
        ({"仪器分类": "777777", "仪器名称": "某物"}, "仪器分类", "分类表里没有"),
        ({"仪器名称": ""}, "仪器名称", "必填"),
        ({"仪器名称": "电" * 120}, "仪器名称", "最多 100"),
        ({"电子邮箱": "不是"}, "电子邮箱", "不是邮箱"),
        ({"邮政编码": "31005"}, "邮政编码", "6 位"),
        ({"进口报关单编号": "123"}, "进口报关单编号", "18 位"),
        ({"预约服务网址": "example"}, "预约服务网址", "http"),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_refuses_the_row_and_names_the_column(checked, cell, header, sentence):
    run = checked({"仪器名称": "气质联用仪", "规格型号": "X", **cell})
    assert verdicts(run) == ["wrong"]
    assert f"「{header}」" in said(run)
    assert sentence in said(run)
    assert not Instrument.objects.exists()


@pytest.mark.parametrize(
    ("cell", "header", "field", "value"),
    [
        ({"购置时间": "2007年11月"}, "购置时间", "purchased_on", date(2007, 11, 1)),
        ({"购置时间": "39395"}, "购置时间", "purchased_on", date(2007, 11, 9)),
        ({"原值": "12.5万"}, "原值（元）", "original_value", Decimal(125000)),
        ({"仪器分类": "777777"}, "仪器分类", "instrument_class_id", "010201"),
        ({"仪器分类": "990000"}, "仪器分类", "instrument_class_id", "010201"),
        ({"备注": "SB-002"}, "备注", "internal_no", "SB-002"),
        ({"备注": "hours/day 10"}, "备注", "internal_no", ""),
        ({"仪器名称": "元素分析仪（Vario EL cube）"}, "仪器名称", "model", "Vario EL cube"),
        ({"仪器名称": "高压灭菌锅HG-80", "规格型号": "HG-80"}, "仪器名称", "name", "高压灭菌锅"),
        ({"仪器名称": "测试系统【仅可以使用1号通道】"}, "仪器名称", "user_notice", "仅可以使用1号通道"),
        ({"仪器名称": "Tektronix DPO70000", "仪器分类": "040103"}, "仪器名称", "name", "示波器 Tektronix DPO70000"),
        ({"生产制造商": "美国戴安公司"}, "生产制造商", "origin_country", "美国"),
        ({"产地国别": "瓦坎达"}, "产地国别", "origin_country", "瓦坎达"),
        ({"主要功能": "能" * 301}, "主要功能", "functions", "能" * 301),
    ],
)  # fmt: skip
def test_what_is_understood_by_a_guess_is_imported_and_noted(checked, cell, header, field, value):
    run = checked({"仪器名称": "气质联用仪", "仪器分类": "010201", **cell})
    assert (verdicts(run), run.noted_count) == (["new"], 1)
    assert f"「{header}」" in said(run, "notes")
    carried_out(run)
    assert getattr(Instrument.objects.get(), field) == value


def test_the_names_that_unit_lists_use_are_understood_and_an_empty_remark_is_not_noted(checked):
    cells = {
        "资产编码": "A1",
        "设备名称": "离心机",
        "型号规格": "H1",
        "生产厂商": "湘仪",
        "仪器分类": "011023",
        "存放位置": "3 号楼",
        "备注": "无",
    }
    run = checked(cells)
    assert (verdicts(run), run.noted_count) == (["new"], 0)
    carried_out(run)
    made = Instrument.objects.get()
    assert (made.internal_no, made.model, made.manufacturer, made.location) == ("A1", "H1", "湘仪", "3 号楼")


def test_ten_thousands_of_yuan_are_read_by_the_header_and_running_states_of_the_platform_too(checked):
    carried_out(checked({"仪器名称": "离心机", "原值（万元）": "286.5", "运行状态": "待机"}))
    made = Instrument.objects.get()
    assert (made.original_value, made.reported_status, made.running_status) == (
        Decimal(2865000),
        "standby",
        "online",
    )


def test_a_title_above_the_header_another_order_and_full_width_digits_do_not_matter(checked):
    rows = [
        ["2025 年仪器台账", "", "", ""], ["填表人：林知远", "", "", ""], ["颜色", "购置日期 ", "＊设备名称", "资产编号"],
        ["红", "２０１８－０５－２０", "离心机", "Ａ１"],
    ]  # fmt: skip
    run = checked(write_workbook(rows[0], rows[1:]))
    carried_out(run)
    made = Instrument.objects.get()
    assert (made.internal_no, made.purchased_on) == ("A1", date(2018, 5, 20))


def test_a_column_somebody_matched_is_remembered(checked, unit, admin):
    run = checked({"器械": "离心机", "型号": "H1"})
    assert run.status == "failed"
    imports.map_columns(run=run, mapping={"器械": "name", "型号": "model"}, actor=admin)
    imports.check(run.pk)
    assert ColumnMapping.objects.filter(importer=INSTRUMENTS.name, context_id=unit.pk, header="器械").exists()
    assert verdicts(checked({"器械": "摇床", "型号": "H2"})) == ["new"]


def test_repeated_rows_are_named(checked):
    same = {"仪器名称": "离心机", "规格型号": "H2050R", "出厂编号": "S1"}
    run = checked(
        {**same, "资产编号": "A1"}, {**same, "资产编号": ""}, {**same, "资产编号": "A1"},
        {"仪器名称": "摇床", "资产编号": "A1"}, {**same, "出厂编号": "S2"},
    )  # fmt: skip
    assert verdicts(run) == ["new", "duplicate", "duplicate", "duplicate", "new"]
    assert "4「所在单位仪器编号」与第 2 行是同一台" in said(run)
    assert "5「所在单位仪器编号」与第 2 行的编号相同，但名称、型号不同" in said(run)


def test_alike_without_numbers_are_two_and_stay_two_when_the_list_comes_again(checked):
    fridges = ({"仪器名称": "冰箱"}, {"仪器名称": "冰箱"})
    run = carried_out(checked(*fridges))
    assert "与第 2 行同名同型号" in said(run, "notes")
    assert verdicts(checked(*fridges)) == ["same", "same"]
    assert Instrument.objects.count() == 2


def test_a_known_instrument_gets_what_is_filled_in_and_keeps_the_rest(checked):
    carried_out(checked({"仪器名称": "摇床", "资产编号": "A1", "安放地点": "B106", "运行状态": "离线"}))
    run = checked({"仪器名称": "恒温摇床", "资产编号": "A1", "安放地点": "", "校内机时费": "30"})
    assert [change[0] for change in run.rows.get().changes] == ["仪器名称", "校内机时费（元/小时）"]
    carried_out(run)
    made = Instrument.objects.get()
    assert (made.name, made.location, made.running_status) == ("恒温摇床", "B106", "offline")
    event = AuditEvent.objects.filter(object_id=made.pk).latest("pk")
    assert (event.before["仪器名称"], event.after["仪器名称"]) == ("摇床", "恒温摇床")


def test_without_a_number_it_is_known_again_by_name_model_and_serial_number(checked):
    carried_out(checked({"仪器名称": "离心机", "规格型号": "H1", "出厂编号": "S1", "资产编号": "A1"}))
    run = checked({"仪器名称": "离心机", "规格型号": "H1", "出厂编号": "S1", "安放地点": "B2"})
    assert verdicts(run) == ["changed"]


def test_what_is_under_review_or_scrapped_is_not_changed_by_a_list(checked, unit):
    carried_out(checked({"仪器名称": "摇床", "资产编号": "A1"}, {"仪器名称": "冰箱", "资产编号": "A2"}))
    Instrument.objects.filter(internal_no="A1").update(status=S.PENDING)
    Instrument.objects.filter(internal_no="A2").update(status=S.SCRAPPED)
    run = checked({"仪器名称": "新摇床", "资产编号": "A1"}, {"仪器名称": "新冰箱", "资产编号": "A2"})
    assert verdicts(run) == ["wrong", "wrong"]
    assert "正在审核" in said(run)
    assert "已报废" in said(run)


def test_the_platform_administrators_list_publishes_at_once_and_is_found_like_any_other(checked):
    run = carried_out(checked({"仪器名称": "扫描电子显微镜", "资产编号": "A1"}, actor=platform_admin()))
    made = Instrument.objects.get()
    assert made.status == S.PUBLISHED
    assert find(Criteria(words=parse("SEM"))).ids == [made.pk]
    assert index([made.pk]) == 0  # the entry the import wrote is the one indexing would write
    assert run.imported_count == 1


def test_an_innovation_platform_of_the_unit_is_found_by_its_name(checked, unit):
    platform = innovation_platform(unit, status="approved")
    carried_out(checked({"仪器名称": "摇床", "所属创新平台": platform.name}))
    made = Instrument.objects.get()
    assert (list(made.innovation_platforms.all()), made.no_platform) == ([platform], False)


def test_a_whole_import_is_taken_back(checked):
    first = carried_out(checked({"仪器名称": "摇床", "资产编号": "A1", "安放地点": "B1", "校内机时费": "30"}))
    second = carried_out(
        checked(
            {"仪器名称": "摇床", "资产编号": "A1", "安放地点": "B2", "校内机时费": "40"},
            {"仪器名称": "冰箱", "资产编号": "A2"},
        )
    )
    assert taken_back(second).status == "undone"
    made = Instrument.objects.get()
    assert (made.location, made.prices.get().hourly_rate) == ("B1", 30)
    assert taken_back(first).status == "undone"
    assert not Instrument.objects.exists()


@pytest.mark.parametrize(
    ("use", "why"),
    [
        (lambda i: i.save(), "资料已修改"),
        (lambda i: Instrument.objects.filter(pk=i.pk).update(status=S.PENDING), "已待审核"),
        (lambda i: i.prices.create(tier="internal", hourly_rate=9), "价格已修改"),
        (lambda i: i.managers.add(person()), "仪器管理员"),
        (lambda i: i.delete(), "已不存在"),
    ],
)
def test_an_import_whose_instruments_were_used_since_is_not_taken_back(checked, use, why):
    run = carried_out(checked({"仪器名称": "摇床", "资产编号": "A1"}, {"仪器名称": "冰箱", "资产编号": "A2"}))
    use(Instrument.objects.get(internal_no="A2"))
    assert taken_back(run).status == "done"
    assert "第 3 行" in run.problem
    assert why in run.problem
    assert Instrument.objects.filter(internal_no="A1").exists()


def test_the_template_offers_words_and_comes_back(checked, unit, client, admin):
    department(unit, "分析测试中心")
    client.force_login(admin)
    answer = client.get(f"/catalog/import/{unit.pk}/?template=xlsx")
    book = load_workbook(io.BytesIO(answer.content))
    head = [text.rstrip(" *") for text in book.get_sheet_by_index(0).to_python()[0]]
    assert head == [column.header for column in TEMPLATE]
    explained = str(book.get_sheet_by_index(1).to_python())
    assert "1 正常、2 待机" in explained
    assert "提交审核前必填" in explained
    rows = [[column.example for column in TEMPLATE]]
    run = checked(write_workbook(head, rows))
    assert (verdicts(run), said(run), said(run, "notes")) == (["new"], "", "")


def test_only_who_keeps_the_unit_imports_into_it(client, unit, admin):
    other = organization()
    member = join(person(), unit)
    for user, expected in ((admin, 200), (unit_admin(other), 404), (member, 404), (platform_admin(), 200)):
        client.force_login(user)
        assert client.get(f"/catalog/import/{unit.pk}/").status_code == expected


def test_who_keeps_one_unit_goes_straight_to_it_others_choose(client, unit, admin):
    client.force_login(admin)
    assert client.get("/catalog/import/").url == f"/catalog/import/{unit.pk}/"
    organization("另一家")
    client.force_login(platform_admin())
    assert client.get("/catalog/import/").status_code == 200
    assert client.post("/catalog/import/", {"organization": unit.pk}).url == f"/catalog/import/{unit.pk}/"


# the real list, with its dirt


def real() -> list[dict]:
    with REAL.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_real_list_is_corrected_from_its_error_file_and_comes_in_whole(checked, unit):
    run = carried_out(checked(REAL.read_bytes(), name="instruments_real.csv"))
    assert (run.row_count, run.imported_count, run.wrong_count) == (1260, 1254, 6)
    assert "不是运行状态" in said(run)
    assert "像是公式" in said(run)
    for note in (
        "没有中文名称",
        "备注里是设备编号",
        "检定已过期",
        "使用条件",
        "写着型号",
        "推定为",
        "重复",
        "同名同型号",
    ):
        assert note in said(run, "notes")
    assert not Instrument.objects.filter(instrument_class=None).exists()

    errors = write_corrections(run.headers, queries.rows_to_correct(run))
    head, *wrong = load_workbook(io.BytesIO(errors)).get_sheet_by_index(0).to_python()
    rows = [dict(zip(head, row, strict=True)) for row in wrong]
    for row in rows:
        row |= {"function": row["function"].strip("="), "status": "在线"}
    again = checked(write_workbook(head, [list(row.values()) for row in rows]))
    assert verdicts(again) == ["new"] * 6
    carried_out(again)
    assert Instrument.objects.count() == 1260
    whole = checked(REAL.read_bytes(), name="instruments_real.csv")
    assert (whole.same_count, whole.new_count, whole.changed_count) == (1254, 0, 0)
    assert Instrument.objects.count() == 1260


def test_the_service_imports_for_several_units_with_few_queries(unit, django_assert_max_num_queries):
    other = organization("云麓理工大学", code="YLU")
    rows = real()
    with django_assert_max_num_queries(130):
        report = services.import_instruments(
            rows=rows, organization_for=lambda row: unit if int(row["id"]) % 3 else other, actor=None
        )
    assert (report.count("new"), report.count("wrong")) == (1255, 5)
    assert Instrument.objects.published().count() == 1255
    assert not Instrument.objects.filter(tsv=None).exists()
    again = services.import_instruments(
        rows=rows, organization_for=lambda row: unit if int(row["id"]) % 3 else other, actor=None
    )
    assert (again.count("same"), Instrument.objects.count()) == (1255, 1255)


def test_the_service_leaves_out_rows_without_a_unit_and_all_of_them_when_asked(unit):
    report = services.import_instruments(rows=[{"name": "摇床"}], organization_for=lambda row: None, actor=None)
    assert (report.count("wrong"), report.problems[0][1]) == (1, "owner_unit")
    rows = [{"name": "摇床"}, {"name": ""}]
    report = services.import_instruments(rows=rows, organization=unit, actor=None, all_or_nothing=True)
    assert (report.count("new"), report.count("wrong"), Instrument.objects.count()) == (1, 1, 0)


def test_numbers_go_on_where_they_ended(unit):
    services.import_instruments(rows=[{"name": "扫描电镜"}, {"name": "透射电镜"}], organization=unit, actor=None)
    services.import_instruments(rows=[{"name": "扫描电镜二"}], organization=unit, actor=None)
    made = Instrument.objects.order_by("pk").values_list("number", flat=True)
    assert list(made) == ["WJU-EM-0001", "WJU-EM-0002", "WJU-EM-0003"]


def test_departments_of_another_unit_are_not_found(checked, unit):
    Department.objects.create(organization=organization(), name="别人的中心")
    assert verdicts(checked({"仪器名称": "摇床", "院系": "别人的中心"})) == ["wrong"]
