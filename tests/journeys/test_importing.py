"""A unit administrator imports lists with mistakes, of people and of instruments: preview, error file, corrected upload, only
the good rows, undo; photos in one archive, and handing in what is complete (S1-42, S1-43)."""

import io

from playwright.sync_api import expect
from python_calamine import load_workbook

from gongyi.accounts.models import User
from gongyi.catalog.models import Instrument
from gongyi.imports.models import ImportRun
from gongyi.kit.spreadsheets import write_workbook
from gongyi.organizations.models import Membership
from tests.browser import PHONE
from tests.catalog.test_photo_archive import jpeg, zipped
from tests.journeys.conftest import fits, picture
from tests.notifications.test_tasks import work_once

HEADERS = ["姓名", "工号", "邮箱", "部门", "角色"]
ROWS = [
    ["江知白", "j001", "j001@example.cn", "分析测试中心", "审核人员"],
    ["", "j002", "j002@example.cn", "", ""],
    ["许多鱼", "j003", "不是邮箱", "没有的中心", ""],
    ["江知白", "j001", "j004@example.cn", "", ""],
    ["苏问", "j005", "j005@example.cn", "", ""],
]


def upload(page, address: str, content: bytes, name: str) -> None:
    page.goto(address)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": kind, "buffer": content})
    page.get_by_role("button", name="上传并检查").click()
    expect(page.get_by_role("progressbar", name="进度")).to_be_visible()
    work_once()


def test_a_list_with_mistakes_is_corrected_imported_and_taken_back(enter, world):
    page = enter("unit_admin")
    page.goto(f"/organizations/manage/{world.unit.pk}/people/")
    page.get_by_role("link", name="批量导入").last.click()
    expect(page.get_by_role("heading", name="批量导入人员")).to_be_visible()
    address = page.url
    fits(page)
    picture(page, "import-upload")
    with page.expect_download() as template:
        page.get_by_role("link", name="下载模板").click()
    assert template.value.suggested_filename == "人员导入模板.xlsx"

    upload(page, address, write_workbook(HEADERS, ROWS), "名单.xlsx")
    expect(page.get_by_text("2 行可以导入，3 行有问题")).to_be_visible()
    table = page.get_by_role("region", name="名单.xlsx")
    expect(table.get_by_role("row").filter(has_text="不是邮箱地址")).to_contain_text("本单位没有「没有的中心」")
    picture(page, "import-checked")
    page.get_by_role("navigation", name="按结果筛选").get_by_role("link", name="重复").click()
    expect(table.get_by_role("row").nth(1)).to_contain_text("与第 2 行相同")

    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载问题行").click()
    head, *wrong = load_workbook(str(waiting.value.path())).get_sheet_by_index(0).to_python()
    assert [row[1] for row in wrong] == ["j002", "j003", "j001"]
    corrected = [
        ["江流", *wrong[0][1:]],
        ["许多鱼", "j003", "j003@example.cn", "分析测试中心", "", wrong[1][-1]],
        wrong[2],
    ]
    upload(page, address, write_workbook(head, corrected), "更正.xlsx")
    expect(page.get_by_text("2 行可以导入，1 行有问题").or_(page.get_by_text("3 行都没有问题"))).to_be_visible()

    page.goto(ImportRun.objects.get(file_name="名单.xlsx").get_absolute_url())
    page.get_by_role("link", name="开始导入").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("全部导入").check()
    dialog.get_by_role("button", name="开始导入").click()
    expect(dialog.get_by_text("还有 3 行有问题，不能全部导入")).to_be_visible()
    dialog.get_by_label("只导入没有问题的 2 行").check()
    dialog.get_by_role("button", name="开始导入").click()
    expect(page.get_by_text("可以离开本页")).to_be_visible()
    work_once()
    expect(page.get_by_text("导入 2 行")).to_be_visible()
    picture(page, "import-done")
    assert set(User.objects.filter(username__startswith="j0").values_list("username", flat=True)) == {"j001", "j005"}
    page.get_by_role("link", name="查看人员").click()
    expect(page.get_by_text("江知白").first).to_be_visible()

    page.goto(ImportRun.objects.get(file_name="名单.xlsx").get_absolute_url())
    page.get_by_role("link", name="撤销导入").click()
    dialog.get_by_label("原因").fill("名单有误")
    dialog.get_by_role("button", name="撤销导入").click()
    expect(page.get_by_text("可以离开本页")).to_be_visible()
    work_once()
    expect(page.get_by_text("这次导入的 2 行已整次撤销")).to_be_visible()
    assert not User.objects.filter(username__startswith="j0").exists()
    assert not Membership.objects.filter(user__username__startswith="j0").exists()
    page.goto("/imports/")
    expect(page.get_by_role("row").filter(has_text="名单.xlsx")).to_contain_text("已撤销")

    phone = enter("unit_admin", **PHONE)
    for run in ImportRun.objects.filter(importer="organizations.people"):
        phone.goto(run.get_absolute_url())
        fits(phone)
    phone.goto(address)
    fits(phone)
    phone.goto("/imports/")
    fits(phone)


def test_a_file_that_is_no_list_is_refused_where_it_was_chosen(enter, world):
    page = enter("unit_admin")
    page.goto(f"/organizations/manage/{world.unit.pk}/people/import/")
    page.locator("input[type=file]").set_input_files(
        {"name": "旧.xls", "mimeType": "application/vnd.ms-excel", "buffer": b"\xd0\xcf\x11\xe0" + bytes(600)}
    )
    page.get_by_role("button", name="上传并检查").click()
    expect(page.get_by_text("另存为不设密码的 .xlsx")).to_be_visible()
    assert not ImportRun.objects.filter(importer="organizations.people").exists()


def test_the_template_fills_in_and_comes_back(enter, world):
    """What the template offers is what the reader takes."""
    page = enter("admin")
    page.goto("/organizations/manage/import/")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载模板").click()
    book = load_workbook(io.BytesIO(waiting.value.path().read_bytes()))
    headers = [text for text in book.get_sheet_by_index(0).to_python()[0] if text]
    typed = {"单位名称": "新近大学", "编号前缀": "XJU", "单位性质": "高校", "所在地区": "浙江省杭州市西湖区"}
    row = [typed.get(header.rstrip(" *"), "") for header in headers]
    upload(page, "/organizations/manage/import/", write_workbook(headers, [row]), "单位.xlsx")
    expect(page.get_by_text("1 行都没有问题")).to_be_visible()


def test_instruments_come_in_with_their_photos_and_the_complete_ones_are_handed_in(enter, world):
    unit = world.unit.pk
    page = enter("unit_admin")
    page.goto("/catalog/")
    page.get_by_role("link", name="批量导入").last.click()
    expect(page.get_by_role("heading", name="批量导入仪器")).to_be_visible()
    expect(page.get_by_text("由单位导入的新仪器先存为草稿")).to_be_visible()
    address = page.url
    fits(page)
    picture(page, "instruments-import-upload")

    whole = {
        "资产编号": "J-001", "仪器名称": "场发射扫描电镜", "型号": "G 300", "仪器分类": "010102", "仪器设备类别": "通用", "运行状态（上报）": "1",
        "学科领域": "430", "所属资源载体类型": "不附属", "院系": world.department.name, "设备来源": "1", "原值（万元）": "286.5",
        "生产制造商": "蔡司", "产地国别": "德国", "经费来源": "中央财政资金", "建账日期": "2018-06-11", "是否二次开发": "否", "主要技术指标": "0.7 nm",
        "主要功能": "形貌", "共享模式": "外部共享", "服务内容": "形貌", "收费标准": "面议", "用户须知": "须培训", "安放地址": "路 1 号", "地点": "A 楼",
        "楼层": "1 层", "联系人": "林知远", "电话": "0571-87951234", "邮箱": "lin@example.cn", "通讯地址": "路 1 号", "邮编": "310058",
        "创新平台": "无",
    }  # fmt: skip
    rows = [
        whole,
        {"资产编号": "J-002", "仪器名称": "气质联用仪", "建账日期": "去年"},
        {"资产编号": "J-003", "仪器名称": "Tektronix DPO70000", "仪器分类": "040103"},
        {"资产编号": "J-001", "仪器名称": "离心机"},
    ]
    table = [
        ["2025 年仪器台账", *[""] * (len(whole) - 1)],
        list(whole),
        *([row.get(head, "") for head in whole] for row in rows),
    ]
    upload(page, address, write_workbook(table[0], table[1:]), "台账.xlsx")
    expect(page.get_by_text("2 行可以导入，2 行有问题")).to_be_visible()
    shown = page.get_by_role("region", name="台账.xlsx")
    expect(shown.get_by_role("row").filter(has_text="不是日期")).to_contain_text("去年")
    expect(shown.get_by_role("row").filter(has_text="没有中文名称")).to_contain_text("示波器")
    fits(page)
    picture(page, "instruments-import-checked")
    page.get_by_role("link", name="3 行有提示").first.click()
    expect(shown.get_by_role("row")).to_have_count(4)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载问题行").click()
    head, *wrong = load_workbook(str(waiting.value.path())).get_sheet_by_index(0).to_python()
    start(page, "只导入没有问题的 2 行")
    expect(page.get_by_text("导入 2 行")).to_be_visible()
    picture(page, "instruments-import-done")

    place, number = head.index("建账日期"), head.index("资产编号")
    wrong[0][place], wrong[1][number] = "2019-05-20", "J-004"
    upload(page, address, write_workbook(head, wrong), "更正.xlsx")
    expect(page.get_by_text("2 行都没有问题")).to_be_visible()
    start(page, "全部导入")
    expect(page.get_by_text("导入 2 行")).to_be_visible()
    assert Instrument.objects.filter(internal_no__startswith="J-", status="draft").count() == 4

    page.get_by_role("link", name="上传照片").first.click()
    expect(page.get_by_role("heading", name="批量导入仪器照片")).to_be_visible()
    fits(page)
    picture(page, "instruments-photos-upload")
    files = {"J-001.jpg": jpeg("teal", (400, 300)), "J-001_2.jpg": jpeg("navy", (400, 300)), "X-9.jpg": jpeg()}
    page.locator("input[type=file]").set_input_files(
        {"name": "照片.zip", "mimeType": "application/zip", "buffer": zipped(files)}
    )
    page.get_by_role("button", name="上传并检查").click()
    expect(page.get_by_role("progressbar", name="进度")).to_be_visible()
    work_once()
    expect(page.get_by_text("2 张可以导入，1 张有问题")).to_be_visible()
    expect(page.get_by_text("本单位没有编号为「X-9」的仪器")).to_be_visible()
    picture(page, "instruments-photos-checked")
    start(page, "只导入没有问题的 2 张")
    expect(page.get_by_text("导入 2 张")).to_be_visible()
    made = Instrument.objects.get(internal_no="J-001")
    assert made.photos.count() == 2

    made.staff.create(role="operator", name="郑一帆", phone="13900000002")
    page.goto("/catalog/drafts/?q=J-00")
    expect(page.get_by_role("row").filter(has_text="J-001")).to_contain_text("已填齐")
    fits(page)
    picture(page, "instruments-drafts")
    for row in page.get_by_role("row").filter(has_text="J-00").all():
        row.get_by_role("checkbox").check()
    page.get_by_role("button", name="提交审核").click()
    page.get_by_role("dialog").get_by_role("button", name="提交审核").click()
    expect(page.get_by_text("还没有填写").first).to_be_visible()
    made.refresh_from_db()
    assert made.status == "pending"
    assert Instrument.objects.filter(internal_no__startswith="J-", status="draft").count() == 3

    page.goto("/catalog/exchange/")
    expect(page.get_by_text("未核实").first).to_be_visible()
    fits(page)
    picture(page, "instruments-exchange")
    phone = enter("unit_admin", **PHONE)
    addresses = (address, f"/catalog/import/{unit}/photos/", "/catalog/drafts/", "/catalog/exchange/")
    runs = ImportRun.objects.filter(importer__startswith="catalog.")
    for here in (*addresses, *(run.get_absolute_url() for run in runs)):
        phone.goto(here)
        fits(phone)


def start(page, mode: str) -> None:
    page.get_by_role("link", name="开始导入").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(mode).check()
    dialog.get_by_role("button", name="开始导入").click()
    expect(page.get_by_text("可以离开本页")).to_be_visible()
    work_once()
