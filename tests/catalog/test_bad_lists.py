"""Two hundred workbooks nobody should get into the catalog: each is refused or reported with a sentence, and nothing is written."""

import csv
import io
from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from gongyi.catalog.importing import INSTRUMENTS
from gongyi.catalog.models import Instrument
from gongyi.imports import services
from gongyi.imports.forms import UploadForm
from gongyi.imports.models import ImportRun
from gongyi.kit.refusal import Refused
from tests.factories.organizations import organization, unit_admin
from tests.imports.bad_workbooks import book, everything

pytestmark = pytest.mark.django_db
GOOD = {"资产编号": "SB-001", "仪器名称": "气质联用仪", "规格型号": "7890B"}
CELLS = {
    "仪器名称": ("", "　", "电" * 101, "=HYPERLINK(1)", "#REF!"),
    "资产编号": ("号" * 151, "=A1", "@SUM(A1)"),
    "规格型号": ("型" * 301, "#N/A"),
    "购置时间": ("去年", "2018-13-01", "2018-02-30", "1890-01-01", "2999-01-01", "18", "５月"),
    "建账日期": ("不详", "2018/00/10", "2090-01-01"),
    "原值（元）": ("面议", "-1", "1e99", "十万", "1.2.3", "NaN", "Infinity"),
    "原值（万元）": ("约", "-3", "99999999999999"),
    "年运行机时": ("8785", "-1", "全年", "NaN"),
    "年对外服务机时": ("9000", "很多"),
    "运行状态": ("坏了吗", "9"),
    "运行状态（上报）": ("0", "8", "好"),
    "共享模式": ("4", "共享", "0"),
    "设备来源": ("5", "租"),
    "仪器设备类别": ("3", "万能"),
    "所属资源载体类型": ("3", "5", "楼"),
    "仪器类型": ("软件",),
    "主要学科领域": ("999", "炼金术", "110、120、130、140、150"),
    "主要购置经费来源": ("5", "彩票"),
    "服务领域": ("占星",),
    "院系/实验室": ("不存在的中心", "甲/乙/丙"),
    "所属创新平台": ("没有的平台",),
    "是否二次开发": ("也许", "2"),
    "按时预约": ("看情况",),
    "委托预约": ("-1",),
    "是否在海关监管年限内": ("不知道",),
    "所在地区": ("999999", "火星", "中关村"),
    "电子邮箱": ("不是邮箱", "a@b", "a b@example.cn"),
    "邮政编码": ("1234", "12345a", "一二三四五六"),
    "预约服务网址": ("example.cn", "javascript:alert(1)", "ftp://example.cn"),
    "进口报关单编号": ("123", "A" * 18),
    "进口报关单项号": ("1", "123"),
    "海关放行日期": ("明天",),
    "校内机时费（元/小时）": ("免费", "-30"),
    "联系人": ("名" * 51,),
    "服务内容": ("服" * 201,),
    "报关单上名称": ("名" * 31,),
    "楼层": ("层" * 21,),
}  # fmt: skip
Made = tuple[str, str, bytes]


def as_csv(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("gb18030")


def cells() -> Iterator[Made]:
    """One cell that can't be right, in a workbook and in a text file."""
    for header, values in CELLS.items():
        for value in values:
            row = {**GOOD, header: value}
            table = [list(row), list(row.values())]
            yield f"{header}: {value[:12]!r}", "清单.xlsx", book(table)
            if value.strip():
                yield f"{header}: {value[:12]!r} as text", "清单.csv", as_csv(table)


def repeated() -> Iterator[Made]:
    head = ["仪器名称", "规格型号", "资产编号", "出厂编号", "备注"]
    same = {
        "the same number": [["摇床", "A", "1", "", ""], ["冰箱", "B", "1", "", ""]],
        "the same row": [["摇床", "A", "1", "S", ""], ["摇床", "A", "1", "S", ""]],
        "the same serial number": [["摇床", "A", "1", "S", ""], ["摇床", "A", "2", "S", ""]],
        "the same number, wider": [["摇床", "A", "A1", "", ""], ["摇床", "A", "Ａ１", "", ""]],
    }
    for what, rows in same.items():
        yield what, "清单.xlsx", book([head, *rows])


BAD = [*cells(), *repeated(), *((f"of people: {what}", name, content) for what, name, content in everything())]


def said_about(name: str, content: bytes, unit, actor) -> list[str]:
    """What a person reads who uploads this for their unit; [] when everything is to be imported."""
    form = UploadForm(files={"file": SimpleUploadedFile(name, content)}, data={}, importer=INSTRUMENTS)
    if not form.is_valid():
        return [str(sentence) for sentence in form.errors["file"]]
    file = form.cleaned_data["file"]
    try:
        run = services.upload(importer=INSTRUMENTS, context_id=unit.pk, upload=file, actor=actor)
    except Refused as refusal:
        return [str(refusal)]
    if run.status == ImportRun.Status.UPLOADED:
        services.check(run.pk)
        run.refresh_from_db()
    if run.status == ImportRun.Status.FAILED:
        return [run.problem]
    return [sentence for row in run.rows.bad() for _name, _header, sentence in row.problems]


def test_there_are_two_hundred():
    assert len(BAD) >= 200
    assert len({what for what, _name, _content in BAD}) == len(BAD)


@pytest.mark.parametrize(("name", "content"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD])
def test_a_bad_list_is_answered_with_a_sentence_and_nothing_is_written(name, content):
    unit = organization("望江大学")
    said = said_about(name, content, unit, unit_admin(unit))
    assert said, "it would be imported"
    assert all(sentence.strip().endswith(("。", "？")) for sentence in said), said
    assert not any(word in "".join(said) for word in ("处理时出错", "Traceback", "Error"))
    assert not Instrument.objects.exists()


def test_the_good_one_they_are_made_from_would_be_imported():
    unit = organization("望江大学")
    assert said_about("清单.xlsx", book([list(GOOD), list(GOOD.values())]), unit, unit_admin(unit)) == []
    assert ImportRun.objects.get().new_count == 1
