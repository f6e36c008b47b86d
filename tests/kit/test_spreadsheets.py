"""Reading what people upload, however it was made, and writing what they download."""

import io
import zipfile
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from python_calamine import load_workbook

from gongyi.kit.spreadsheets import (
    Column,
    archive,
    open_grid,
    read_row,
    read_rows,
    write_corrections,
    write_template,
    write_workbook,
)
from gongyi.kit.spreadsheets.columns import Wrong, convert

COLUMNS = (
    Column("code", "编号", required=True, max_length=20, aliases=("仪器编号",)),
    Column("name", "名称", required=True, max_length=50),
    Column("value", "原值（元）", kind="money", minimum=0),
    Column("bought_on", "购置日期", kind="day"),
    Column("count", "数量", kind="integer"),
    Column("is_open", "是否开放", kind="yes_no"),
    Column("mode", "预约方式", kind="choice", choices={"按时预约": "self", "委托预约": "entrust"}),
)


def workbook(rows, **options) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "yyyy-mm-dd", **options})
    sheet = book.add_worksheet()
    for at, row in enumerate(rows):
        for place, value in enumerate(row):
            sheet.write(at, place, value)
    book.close()
    return buffer.getvalue()


def repacked(content: bytes, changes: dict[str, bytes], *, compression=zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", compression) as new:
        for name in old.namelist():
            new.writestr(name, changes.get(name, old.read(name)))
        for name in changes.keys() - set(old.namelist()):
            new.writestr(name, changes[name])
    return buffer.getvalue()


HEADER = ["编号", "名称", "原值（元）", "购置日期", "数量", "是否开放", "预约方式"]


def test_rows_are_read_with_their_types_and_their_place_in_the_file():
    sheet = read_rows(workbook([HEADER, ["A-1", "电镜", 1450000.5, date(2026, 9, 30), 2, "是", "委托预约"]]), COLUMNS)
    assert sheet.is_clean
    assert sheet.rows[0].number == 2
    assert sheet.rows[0] == {
        "code": "A-1",
        "name": "电镜",
        "value": Decimal("1450000.50"),
        "bought_on": date(2026, 9, 30),
        "count": 2,
        "is_open": True,
        "mode": "entrust",
    }


def test_order_further_columns_stars_blanks_and_notes_above_do_not_matter():
    rows = [["某单位仪器表"], [], ["备注", "名 称", "原值(万元)", " 仪器编号 *"], ["旧", "电镜", 5, "A-1"]]
    sheet = read_rows(workbook(rows), COLUMNS)
    assert sheet.is_clean
    assert sheet.rows[0]["code"] == "A-1"
    assert sheet.rows[0].number == 4
    assert sheet.ignored == ["备注"]


def test_full_width_digits_and_dates_as_text_are_understood():
    row = ["Ａ-1", "电镜", "￥１，４５０．５０", "２０２６年９月３０日", "３", "√", "按时 预约"]
    values = read_rows(workbook([HEADER, row]), COLUMNS).rows[0]
    assert (values["value"], values["bought_on"], values["count"]) == (Decimal("1450.50"), date(2026, 9, 30), 3)
    assert (values["code"], values["is_open"], values["mode"]) == ("Ａ-1", True, "self")


@pytest.mark.parametrize(
    "text", ["2026-9-30", "2026/09/30", "2026.9.30", "20260930", 20260930, 46295, "2026-09-30 00:00:00"]
)
def test_a_day_may_be_written_in_any_usual_way(text):
    assert convert(COLUMNS[3], text) == date(2026, 9, 30)


def test_every_problem_names_its_row_and_column_and_says_what_to_do():
    rows = [
        HEADER,
        ["A-1", "电镜", "贵", "去年", "2.5", "也许", "电话预约"],
        ["", "光谱仪", -5, "2026-02-30", 1, "否", "按时预约"],
        ["A-3", "好的", 1, "", "", "", ""],
    ]
    sheet = read_rows(workbook(rows), COLUMNS)
    assert [str(p) for p in sheet.problems] == [
        "第 2 行「原值（元）」：「贵」不是数字，请只填数字。",
        "第 2 行「购置日期」：「去年」不是日期，请写成 2026-11-21。",
        "第 2 行「数量」：应填整数。",
        "第 2 行「是否开放」：请填「是」或「否」。",
        "第 2 行「预约方式」：「电话预约」不在可选项中，可填：按时预约、委托预约。",
        "第 3 行「编号」：必填，请补上。",
        "第 3 行「原值（元）」：不能小于 0。",
        "第 3 行「购置日期」：没有「2026-02-30」这一天，请核对。",
    ]
    assert [row["code"] for row in sheet.rows] == ["A-3"]


def test_numbers_that_lost_their_last_digits_are_not_taken_for_codes():
    with pytest.raises(Wrong, match="设为文本格式"):
        convert(COLUMNS[0], 91320100123456789.0)
    assert convert(COLUMNS[0], 1024.0) == "1024"


def test_a_formula_error_is_said():
    with pytest.raises(Wrong, match="公式错误"):
        convert(COLUMNS[2], "#N/A")


def test_a_check_of_the_column_is_asked_last():
    column = Column("code", "编号", check=lambda value: "已被占用，请换一个。" if value == "A" else None)
    with pytest.raises(Wrong, match="已被占用"):
        convert(column, "A")
    assert convert(column, "B") == "B"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "文件是空的"),
        (b"PK\x03\x04 broken", "文件已损坏"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "旧版 .xls"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "不是表格"),
        (workbook([]), "没有找到表头"),
        (workbook([["甲", "乙"], [1, 2]]), "没有找到表头"),
        (workbook([HEADER]), "没有数据"),
        (workbook([["名称"], ["电镜"]]), "缺少列：编号"),
        (workbook([["编号", "名称", "名称"], ["1", "a", "b"]]), "有两列都叫这个名字"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_a_sentence(content, sentence):
    sheet = read_rows(content, COLUMNS)
    assert sheet.rows == []
    assert sentence in str(sheet.problems[0])


def test_a_file_with_another_archive_inside_is_no_spreadsheet():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as bundle:
        bundle.writestr("word/document.xml", "<w/>")
    assert "不是 Excel 表格" in str(read_rows(buffer.getvalue(), COLUMNS).problems[0])


def test_too_large_and_too_long_files_are_refused_before_they_are_read():
    content = workbook([HEADER, *[[f"A-{n}", "电镜"] for n in range(30)]])
    assert "一次最多 20 行" in str(read_rows(content, COLUMNS, max_rows=20).problems[0])
    assert "MB" in str(read_rows(content, COLUMNS, max_bytes=1000).problems[0])


def test_a_bomb_is_refused_by_what_it_really_unpacks_to(monkeypatch):
    monkeypatch.setattr(archive, "MAX_UNPACKED", 5_000_000)
    bomb = repacked(workbook([HEADER]), {"xl/media/big.bin": bytes(6_000_000)})
    assert len(bomb) < 20_000
    assert "解压后过大" in str(read_rows(bomb, COLUMNS).problems[0])


def test_a_bomb_that_lies_about_its_size_is_refused_too(monkeypatch):
    monkeypatch.setattr(archive, "MAX_UNPACKED", 5_000_000)
    honest = repacked(workbook([HEADER]), {"xl/media/big.bin": bytes(6_000_000)})
    size = (6_000_000).to_bytes(4, "little")
    lying = honest.replace(size, (100).to_bytes(4, "little"))
    assert lying != honest
    assert read_rows(lying, COLUMNS).problems


def test_overlapping_entries_are_refused():
    content = bytearray(workbook([HEADER, ["A-1", "电镜"]]))
    first = content.find(b"PK\x01\x02")
    second = content.find(b"PK\x01\x02", first + 4)
    content[second + 20 : second + 24] = len(content).to_bytes(
        4, "little"
    )  # its packed size, so the sum exceeds the file
    assert read_rows(bytes(content), COLUMNS).problems


@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_far_away_cell_does_not_fill_the_memory(quote):
    content = workbook([HEADER, ["A-1", "电镜"]])
    name = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        xml = bundle.read(name)
    far = f"<row r={quote}1048576{quote}><c r = {quote}XFD1048576{quote}><v>1</v></c></row></sheetData>".encode()
    sheet = read_rows(repacked(content, {name: xml.replace(b"</sheetData>", far)}), COLUMNS)
    assert "表格范围太大" in str(sheet.problems[0])


def test_an_encrypted_entry_is_refused():
    content = bytearray(workbook([HEADER]))
    at = content.find(b"PK\x01\x02")
    content[at + 8] |= 1
    assert "密码" in str(read_rows(bytes(content), COLUMNS).problems[0])


@given(some.binary(max_size=400))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_bytes_break_the_reader(content):
    sheet = read_rows(content, COLUMNS)
    assert sheet.rows or sheet.problems


@given(some.integers(0, 10**6), some.binary(min_size=1, max_size=4))
@settings(max_examples=80, deadline=None)
def test_no_damage_to_a_good_file_breaks_the_reader(at, damage):
    content = bytearray(GOOD)
    at %= len(content)
    content[at : at + len(damage)] = damage
    sheet = read_rows(bytes(content), COLUMNS)
    assert sheet.rows or sheet.problems


GOOD = workbook([HEADER, ["A-1", "电镜", 1, date(2026, 9, 30), 2, "是", "委托预约"]])


@given(
    some.one_of(
        some.text(max_size=30),
        some.floats(allow_nan=True),
        some.integers(),
        some.booleans(),
        some.datetimes(),
        some.none(),
    )
)
@settings(max_examples=150, deadline=None)
def test_no_cell_breaks_a_column(value):
    for column in COLUMNS:
        with suppress(Wrong):
            convert(column, value)


def test_a_csv_from_any_usual_program_is_read():
    text = "编号,名称\nA-1,电镜\n"
    for content in (text.encode(), b"\xef\xbb\xbf" + text.encode(), text.encode("gb18030")):
        assert read_rows(content, COLUMNS).rows == [
            {
                "code": "A-1",
                "name": "电镜",
                "value": None,
                "bought_on": None,
                "count": None,
                "is_open": None,
                "mode": None,
            }
        ]


def test_what_is_written_reads_back():
    rows = [
        {
            "code": "A-1",
            "name": "电镜",
            "value": Decimal("1450.50"),
            "bought_on": date(2026, 9, 30),
            "is_open": True,
            "mode": "按时预约",
        }
    ]
    sheet = read_rows(write_workbook(COLUMNS, rows), COLUMNS)
    assert sheet.is_clean
    assert sheet.rows[0]["value"] == Decimal("1450.50")
    assert sheet.rows[0]["bought_on"] == date(2026, 9, 30)
    assert sheet.rows[0]["is_open"] is True


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1+1", "@SUM(A1)", '=HYPERLINK("http://x")', "{=1}", "http://x.cn"])
def test_text_never_becomes_a_formula_or_a_link(text):
    content = write_workbook(["甲"], [[text]])
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        xml = bundle.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in xml
    assert b"hyperlink" not in xml
    assert load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python() == [["甲"], [text]]


@given(some.lists(some.text(max_size=20), min_size=1, max_size=5))
@settings(max_examples=40, deadline=None)
def test_any_text_can_be_written(texts):
    assert write_workbook(["甲"], [[t] for t in texts])[:2] == b"PK"


def test_moments_are_written_in_the_sites_time(settings):
    from django.utils import timezone

    moment = timezone.make_aware(datetime(2026, 11, 21, 14, 0))
    content = write_workbook(["时间"], [[moment]])
    assert load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()[1] == [datetime(2026, 11, 21, 14, 0)]


def test_a_template_offers_lists_and_explains_every_column():
    many = Column("subject", "学科", kind="choice", choices=[f"学科{n:03d}" for n in range(120)])
    content = write_template([*COLUMNS, many], examples=[{"code": "例 1", "name": "电镜"}], notes=["请先核对。"])
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        xml = bundle.read("xl/worksheets/sheet1.xml").decode()
    assert xml.count("<dataValidation ") == 3
    book = load_workbook(io.BytesIO(content))
    assert book.sheet_names[:2] == ["填写", "填写说明"]
    explained = [row[0] for row in book.get_sheet_by_name("填写说明").to_python()]
    assert {"编号", "预约方式", "学科", "请先核对。"} <= set(explained)
    assert read_rows(content, COLUMNS).rows[0]["code"] == "例 1"


def test_several_words_in_one_cell_become_a_list():
    column = Column("roles", "角色", kind="choices", choices={"单位管理员": "admin", "审核人员": "reviewer"})
    assert convert(column, "审核人员、单位管理员，审核人员") == ["reviewer", "admin"]
    with pytest.raises(Wrong, match="「校长」不在可选项中"):
        convert(column, "审核人员 校长")
    assert read_rows(workbook([["角色", "名"], ["", "甲"]]), [column, Column("n", "名")]).rows[0]["roles"] == []


@pytest.mark.parametrize(
    "text", ["=1+1", '=HYPERLINK("http://x")', "@SUM(A1)", "+cmd|'/C calc'!A0", "-2+3+cmd|' /C calc'!A0", "  =A1"]
)
def test_text_that_would_run_as_a_formula_elsewhere_is_refused(text):
    with pytest.raises(Wrong, match="像是公式"):
        convert(COLUMNS[1], text)


@pytest.mark.parametrize(
    "text", ["-", "—", "+86 571 87951234", "+86(0571)87951234", "@材料学院", "-20℃冰箱", "A=B", "a@b.cn"]
)
def test_text_that_only_begins_like_one_is_not(text):
    assert convert(COLUMNS[1], text) == text


def test_the_sheet_with_the_list_is_found_among_others():
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.add_worksheet("封面").write(0, 0, "某单位仪器表")
    half = book.add_worksheet("名称")
    half.write_row(0, 0, ["名称", "别的"])
    sheet = book.add_worksheet("清单")
    sheet.write_row(0, 0, ["编号", "名称"])
    sheet.write_row(1, 0, ["A-1", "电镜"])
    book.close()
    assert [row["code"] for row in read_rows(buffer.getvalue(), COLUMNS).rows] == ["A-1"]


def test_a_mapping_wins_over_what_the_headers_say():
    content = workbook([["代号", "名称", "备注"], ["A-1", "旧名", "新名"]])
    grid = open_grid(content, COLUMNS, mapping={"代号": "code", "名称": "", "备注": "name"})
    row, problems = read_row(next(iter(grid.body))[1], 2, COLUMNS, grid.places)
    assert (row["code"], row["name"], problems, grid.ignored) == ("A-1", "新名", [], ["名称"])


def test_a_grid_says_which_headers_it_lacks_and_which_it_does_not_know():
    grid = open_grid(workbook([["名称", "代号"], ["电镜", "A-1"]]), COLUMNS)
    assert [column.name for column in grid.missing] == ["code"]
    assert grid.ignored == ["代号"]
    assert [str(problem) for problem in grid.problems] == ["第 1 行：缺少列：编号。请下载模板对照。"]


def test_macros_are_refused():
    content = repacked(workbook([HEADER, ["A-1", "电镜"]]), {"xl/vbaProject.bin": b"1"})
    assert "宏" in str(read_rows(content, COLUMNS).problems[0])


def test_a_file_with_a_password_is_told_from_an_old_one():
    ole = b"\xd0\xcf\x11\xe0" + bytes(600)
    assert "旧版" in str(read_rows(ole, COLUMNS).problems[0])
    assert "设有密码" in str(read_rows(ole + "EncryptedPackage".encode("utf-16-le"), COLUMNS).problems[0])


def test_a_web_page_named_xls_is_said_to_be_one():
    assert "网页格式" in str(read_rows(b"<html><table></table></html>", COLUMNS).problems[0])


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_what_excel_calls_unicode_text_is_read(delimiter):
    text = f"编号{delimiter}名称\nA-1{delimiter}电镜\n"
    for encoding in ("utf-16", "utf-8", "gb18030"):
        assert read_rows(text.encode(encoding), COLUMNS).rows[0]["name"] == "电镜"


def test_corrections_keep_what_was_typed_and_mark_what_is_wrong():
    rows = [
        (["A-1", "=1+1", Decimal("2.50"), datetime(2026, 9, 30), True], {1: "像是公式。"}, "「名称」像是公式。"),
        (["A-2", None, 3.5, datetime(1, 1, 1), -1], {1: "必填。", 9: "没有这一格。"}, "「名称」必填。"),
    ]
    content = write_corrections(HEADER[:5], rows)
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        xml, notes = bundle.read("xl/worksheets/sheet1.xml"), bundle.read("xl/comments1.xml").decode()
    assert b"<f>" not in xml
    assert {"像是公式。", "必填。"} <= {note for note in ("像是公式。", "必填。") if note in notes}
    read = load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert [row[:6] for row in read] == [
        [*HEADER[:5], "导入问题"],
        ["A-1", "=1+1", 2.5, date(2026, 9, 30), "是", "「名称」像是公式。"],
        ["A-2", "", 3.5, "0001-01-01T00:00:00", -1.0, "「名称」必填。"],
    ]
