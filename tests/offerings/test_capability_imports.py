"""Lists of capabilities: annexes as people lay them out, real price lists, corrections, and taking it back (S3-42 … S3-44)."""

import io
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from gongyi.audit.queries import events_of, history_of
from gongyi.imports import services
from gongyi.imports.models import ImportRun
from gongyi.imports.queries import rows_to_correct
from gongyi.imports.workflow import ImportFlow
from gongyi.kit.spreadsheets import write_corrections, write_workbook
from gongyi.offerings.importing import METROLOGY, METROLOGY_OF_CERTIFICATE, TESTS, TESTS_OF_CERTIFICATE
from gongyi.offerings.models import Capability
from gongyi.offerings.search import index
from gongyi.offerings.workflow import CapabilityFlow
from tests.factories.offerings import plan

pytestmark = pytest.mark.django_db
PRICES = Path(__file__).parent / "data" / "testing_price_list.csv"
HEADERS = [
    "证书编号",
    "序号（大类）",
    "领域",
    "类别",
    "检测对象",
    "序号（参数）",
    "名称（产品/项目/参数）",
    "标准名称",
    "标准编号（含年号）",
    "限制范围",
    "参考价格",
]
TENSILE = [
    "211020143367",
    "一",
    "材料",
    "金属",
    "钢",
    "1.1",
    "抗拉强度",
    "金属材料 拉伸试验",
    "GB/T 228.1-2021",
    "",
    "200",
]


@pytest.fixture
def check(lab, keeper):
    def make(content: bytes, importer=TESTS, context=None, name="能力表.xlsx") -> ImportRun:
        file = SimpleUploadedFile(name, content)
        run = services.upload(importer=importer, context_id=context or lab.pk, upload=file, actor=keeper)
        services.check(run.pk)
        run.refresh_from_db()
        return run

    return make


def carried_out(run, mode="good") -> ImportRun:
    ImportFlow.fire(run, "start", actor=run.actor, mode=mode)
    services.carry_out(run.pk)
    run.refresh_from_db()
    assert run.status == "done", run.problem
    return run


def taken_back(run) -> ImportRun:
    ImportFlow.fire(run, "undo", actor=run.actor, reason="名单有误")
    services.take_back(run.pk)
    run.refresh_from_db()
    return run


def verdicts(run):
    return list(run.rows.values_list("verdict", flat=True))


def said(run):
    return [f"{name}：{sentence}" for row in run.rows.all() for name, _header, sentence in row.problems]


def noted(run):
    return [sentence for row in run.rows.all() for _name, _header, sentence in row.notes]


def sheet(write) -> bytes:
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(buffer)
    write(workbook.add_worksheet("附表"))
    workbook.close()
    return buffer.getvalue()


def test_a_list_by_the_template_is_imported_and_is_the_same_the_second_time(check, lab, keeper, cma):
    content = write_workbook(HEADERS, [TENSILE])
    run = carried_out(check(content), "all")
    line = Capability.objects.get()
    assert (line.organization, line.certificate, line.parameter, line.standard_no, line.price) == (
        lab, cma, "抗拉强度", "GB/T 228.1-2021", Decimal(200),
    )  # fmt: skip
    assert [record.label for record in history_of(line)] == ["新增"]
    assert line.tsv
    assert run.imported_count == 1
    assert verdicts(check(content)) == ["same"]


def test_what_changed_is_updated_and_an_empty_cell_leaves_what_stands(check, cma):
    carried_out(check(write_workbook(HEADERS, [TENSILE])))
    dearer = [*TENSILE[:-2], "最大力 600 kN", "260"]
    assert verdicts(check(write_workbook(HEADERS, [dearer]))) == ["new"]  # another range is another capability
    run = check(write_workbook(HEADERS, [[*TENSILE[:-1], "260"]]))
    assert verdicts(run) == ["changed"]
    assert run.rows.get().changes == [["参考价格", "¥200.00", "¥260.00"]]
    carried_out(run)
    line = Capability.objects.get()
    assert line.price == Decimal(260)
    assert [event.what for event in events_of(line)] == ["批量导入"]
    assert verdicts(check(write_workbook(HEADERS, [[*TENSILE[:-1], ""]]))) == ["same"]


def test_every_fault_of_a_row_is_named_with_its_column(check, cma, expired):
    def faults(**changes):
        places = dict(
            zip(
                ("certificate", "group", "domain", "category", "subject", "no", "parameter", "name", "standard"),
                range(9),
                strict=True,
            )
        )
        row = list(TENSILE)
        for name, value in changes.items():
            row[places[name]] = value
        return said(check(write_workbook(HEADERS, [row])))

    assert faults(standard="GB/T 228.1") == [
        "standard_no：「GB/T 228.1」没有年号。能力表要写明年号，请照证书附表写成「GB/T 228.1-四位年号」。"
    ]
    assert faults(certificate="999999999999") == [
        "certificate：本机构没有编号为「999999999999」的证书。请先在「资质证书」里添加，或核对编号。"
    ]
    (ended,) = faults(certificate=expired.number)
    assert "已于" in ended
    assert "不能导入" in ended
    assert faults(standard="实验室方法")[0].startswith("standard_no：「实验室方法」不是标准编号")
    assert faults(group="") == ["group_no：CMA 证书下的能力须填写这一项，请照能力附表填写。"]
    assert faults(parameter="") == ["parameter：必填，请补上。"]
    assert faults(subject="") == ["subject：必填，请补上。"]


def test_a_line_twice_in_the_file_names_the_first_row(check, cma):
    run = check(write_workbook(HEADERS, [TENSILE, [*TENSILE[:8], "ＧＢ／Ｔ228.1—2021", "", "1"]]))
    assert verdicts(run) == ["new", "duplicate"]
    assert said(run) == ["：与第 2 行相同（名称、标准、范围都一样），请只留一行或写明区别。"]


def test_strangers_and_ended_certificates_take_no_list(lab, stranger, keeper, expired):
    assert not TESTS.may_use(stranger, lab.pk)
    assert TESTS.may_use(keeper, lab.pk)
    assert not TESTS_OF_CERTIFICATE.may_use(stranger, expired.pk)
    assert not TESTS.may_use(keeper, None)


def test_an_annex_with_merged_cells_two_header_rows_and_group_headings_is_understood(check, lab, cma):
    def annex(ws):
        ws.merge_range(0, 0, 0, 6, "检验检测机构资质认定证书附表")
        for place, word in enumerate(
            [
                "序号",
                "类别（产品/项目/参数）",
                "产品/项目/参数",
                "",
                "依据的标准（方法）名称及编号（含年号）",
                "限制范围",
                "说明",
            ]
        ):
            ws.write(2, place, word)
        ws.merge_range(2, 2, 2, 3, "产品/项目/参数")
        ws.write(3, 2, "序号")
        ws.write(3, 3, "名称")
        ws.merge_range(4, 0, 4, 6, "一、水和废水")
        ws.merge_range(5, 0, 7, 0, "1")
        ws.merge_range(5, 1, 7, 1, "地表水")
        for row, (number, name, standard) in enumerate(
            [("1.1", "化学需氧量", "《水质 化学需氧量的测定 重铬酸盐法》HJ 828-2017"),
             ("1.2", "氨氮", "《水质 氨氮的测定》HJ 535-2009\n《水质 氨氮的测定 水杨酸》HJ 536-2009"),
             ("1.3", "总磷", "《水质 总磷的测定》GB/T 11893-1989")], start=5,
        ):  # fmt: skip
            ws.write(row, 2, number)
            ws.write(row, 3, name)
            ws.write(row, 4, standard)
        ws.write(8, 0, "二")
        ws.write(8, 1, "噪声")
        for place, word in enumerate(["2", "环境噪声", "2.1", "厂界噪声", "《厂界环境噪声排放标准》GB 12348-2008"]):
            ws.write(9, place, word)

    run = check(sheet(annex), TESTS_OF_CERTIFICATE, cma.pk)
    assert run.status == "checked", run.problem
    assert said(run) == []
    assert "「序号（大类）」「类别（产品/项目/参数）」是合并单元格，取自第 6 行" in noted(run)
    assert "「领域」取自第 5 行的分组标题" in noted(run)
    assert "一格里有 2 行，每行按一个标准读。" in noted(run)
    carried_out(run, "all")
    lines = Capability.objects.order_by("pk")
    assert [
        (x.group_no, x.domain, x.category, x.subject, x.parameter_no, x.parameter, x.standard_no) for x in lines
    ] == [
        ("1", "水和废水", "地表水", "地表水", "1.1", "化学需氧量", "HJ 828-2017"),
        ("1", "水和废水", "地表水", "地表水", "1.2", "氨氮", "HJ 535-2009、HJ 536-2009"),
        ("1", "水和废水", "地表水", "地表水", "1.3", "总磷", "GB/T 11893-1989"),
        ("2", "噪声", "环境噪声", "环境噪声", "2.1", "厂界噪声", "GB 12348-2008"),
    ]
    assert lines[0].standard_name == "水质 化学需氧量的测定 重铬酸盐法"


def test_a_blank_object_goes_on_with_the_row_above_but_a_blank_category_beside_an_object_stays_blank(check, other):
    rows = [["金属", "钢", "抗拉强度"], ["", "", "屈服强度"], ["", "铜", "电导率"]]
    run = check(write_workbook(["类别", "检测对象", "参数"], rows), TESTS_OF_CERTIFICATE, other.pk)
    carried_out(run, "all")
    assert list(Capability.objects.order_by("pk").values_list("category", "subject", "parameter")) == [
        ("金属", "钢", "抗拉强度"), ("金属", "钢", "屈服强度"), ("", "铜", "电导率"),
    ]  # fmt: skip
    assert noted(run) == ["「类别（产品/项目/参数）」空着，沿用第 2 行", "「检测对象」空着，沿用第 2 行"]


def test_metrology_takes_words_or_numbers_for_its_classes(check, lab, other):
    headers = [
        "项目类型",
        "项目名称",
        "测量范围",
        "准确度等级/不确定度",
        "依据检定规程编号",
        "授权区域",
        "类别",
        "证书编号",
    ]
    rows = [
        ["1", "电子天平", "1 mg～30 kg", "Ⅰ级", "JJG 1036-2022", "广东省", "1.法定计量检定机构", other.number],
        ["校准", "温度计", "(0～100) ℃", "U=0.1 ℃", "JJF（粤）12-2020", "全国", "专项授权机构", other.number],
        ["9", "砝码", "1 kg", "F1", "JJG 99-2022", "全国", "企业内部", other.number],
        ["检定", "压力表", "1 MPa", "1 级", "厂内方法", "全国", "企业内部", other.number],
    ]
    run = check(write_workbook(headers, rows), METROLOGY)
    assert verdicts(run) == ["new", "new", "wrong", "wrong"]
    assert said(run)[0] == "nature：「9」不在可选项中，可填数字或文字：1.检定、2.校准、3.检验、4.评价。"
    carried_out(run)
    assert list(Capability.objects.order_by("pk").values_list("nature", "authorization_category", "standard_no")) == [
        ("verification", "legal", "JJG 1036-2022"), ("calibration", "special", "JJF(粤) 12-2020"),
    ]  # fmt: skip
    assert METROLOGY_OF_CERTIFICATE.context_label(other.pk) == f"澄湖质检中心 · 证书 {other.number}"


def test_a_real_price_list_is_imported_corrected_and_then_all_the_same(check, other, lab):
    """523 real tests with prices, as a laboratory keeps them, under a certificate that is neither CMA nor CNAS."""
    run = check(PRICES.read_bytes(), TESTS_OF_CERTIFICATE, other.pk, "testing_price_list.csv")
    assert run.row_count == 523
    faults = said(run)
    assert len([f for f in faults if f.startswith("parameter：必填")]) == 3
    assert len([f for f in faults if "没有年号" in f]) > 5
    assert len([f for f in faults if "相同" in f]) == 5
    assert run.bad_count == len({row.pk for row in run.rows.bad()})
    carried_out(run)
    assert Capability.objects.count() == 523 - run.bad_count
    assert Capability.objects.filter(price=0).count() == 0  # a zero price is none
    line = Capability.objects.get(parameter_no="LMT02")
    assert (line.subject, line.site, line.category, line.price, line.standard) == (
        "金属室温拉伸（T）", "力学性能测试实验室", "力学测试", Decimal(200), "机构自定方法",
    )  # fmt: skip

    corrected = []
    for number, (cells, faulty, _sentences) in enumerate(rows_to_correct(run)):
        cells = list(cells)
        for place in faulty:
            header = run.headers[place]
            if header == "standard":
                cells[place] = cells[place].replace("GB/T 228.1", "GB/T 228.1-2021").replace("ASTM E8", "ASTM E8-22")
                cells[place] = (
                    cells[place].replace("ASTM D 3528", "ASTM D 3528-96").replace("GB/T 2567", "GB/T 2567-2021")
                )
                cells[place] = cells[place].replace("GB/T 7314", "GB/T 7314-2017").replace("ASTM E139", "ASTM E139-11")
                cells[place] = (
                    cells[place].replace("GB/T 2039", "GB/T 2039-2012").replace("GB/T 33047.2", "GB/T 33047.2-2016")
                )
        if "与第" in _sentences:
            cells[run.places["parameter"]] = f"{cells[run.places['parameter']]}（{number}）"
        if not cells[run.places["parameter"]]:
            cells[run.places["parameter"]] = "加工"
        corrected.append((cells, {}, ""))
    again = check(write_corrections(run.headers, corrected), TESTS_OF_CERTIFICATE, other.pk)
    assert said(again) == []
    carried_out(again, "all")
    assert Capability.objects.count() == 523
    same = check(PRICES.read_bytes(), TESTS_OF_CERTIFICATE, other.pk, "testing_price_list.csv")
    assert set(verdicts(same)) <= {"same", "wrong", "duplicate"}
    assert same.same_count == 523 - run.bad_count
    assert set(verdicts(check(write_corrections(run.headers, corrected), TESTS_OF_CERTIFICATE, other.pk))) == {"same"}


def test_an_import_is_taken_back_unless_something_hangs_on_it_or_was_changed(check, lab, keeper, cma):
    first = carried_out(check(write_workbook(HEADERS, [TENSILE])))
    second = carried_out(check(write_workbook(HEADERS, [[*TENSILE[:-1], "260"]])))
    line = Capability.objects.get()
    assert taken_back(first).status == "done"
    first.refresh_from_db()
    assert "已修改" in first.problem or first.status == "done"
    assert taken_back(second).status == "undone"
    line.refresh_from_db()
    assert line.price == Decimal(200)
    made = plan(lab, lines=(line,))
    assert taken_back(first).status == "done"
    made.delete()
    CapabilityFlow.fire(line, "suspend", actor=keeper, reason="送检")
    assert taken_back(first).status == "done"
    CapabilityFlow.fire(line, "resume", actor=keeper)
    assert taken_back(first).status == "undone"
    assert not Capability.objects.exists()


def test_a_long_list_asks_the_database_by_the_chunk_and_not_by_the_row(check, cma):
    def queries(rows):
        content = write_workbook(HEADERS, [[*TENSILE[:6], f"参数 {rows}-{n}", *TENSILE[7:]] for n in range(rows)])
        with CaptureQueriesContext(connection) as captured:
            run = check(content)
            assert run.new_count == rows
            carried_out(run)
        return len(captured)

    queries(3)
    assert queries(203) <= queries(13) + 40
    assert index(Capability.objects.values_list("pk", flat=True)) == 0  # everything was indexed as it was written


def test_the_upload_page_offers_the_certificates_that_are_valid_and_the_template(lab, keeper, cma, expired):
    browser = Client()
    browser.force_login(keeper, backend="gongyi.accounts.backends.AnyIdentifierBackend")
    address = reverse("offerings:import_tests", args=[lab.pk])
    page = browser.get(address).content.decode()
    assert cma.number in page
    assert expired.number not in page
    assert browser.get(address, {"template": "xlsx"}).headers["Content-Disposition"].startswith("attachment")
    answer = browser.post(
        address,
        {"certificate": cma.pk, "file": SimpleUploadedFile("a.xlsx", write_workbook(HEADERS[1:], [TENSILE[1:]]))},
    )
    assert answer.status_code == 302
    assert ImportRun.objects.get().importer == TESTS_OF_CERTIFICATE.name
