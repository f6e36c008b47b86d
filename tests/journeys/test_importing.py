"""A unit administrator imports a list with mistakes: preview, error file, corrected upload, only the good rows, undo."""

import io

from playwright.sync_api import expect
from python_calamine import load_workbook

from gongyi.accounts.models import User
from gongyi.imports.models import ImportRun
from gongyi.kit.spreadsheets import write_workbook
from gongyi.organizations.models import Membership
from tests.browser import PHONE
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
    page.get_by_role("link", name="开始撤销").click()
    dialog.get_by_label("原因").fill("名单有误")
    dialog.get_by_role("button", name="开始撤销").click()
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
