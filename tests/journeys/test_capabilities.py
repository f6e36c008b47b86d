"""An institution's libraries: a certificate picked by double click, a real price list corrected, a certificate withdrawn."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from python_calamine import load_workbook

from gongyi.imports.models import ImportRun
from gongyi.kit.spreadsheets import write_workbook
from gongyi.offerings.models import Capability
from tests.browser import PHONE
from tests.factories import offerings
from tests.journeys.conftest import fits, picture
from tests.notifications.test_tasks import work_once

PRICES = Path(__file__).parent.parent / "offerings" / "data" / "testing_price_list.csv"
YEARS = {
    "GB/T 228.1": "2021", "ASTM E8": "22", "ASTM D 3528": "96", "GB/T 2567": "2021", "GB/T 7314": "2017", "ASTM E139": "11",
    "GB/T 2039": "2012", "GB/T 33047.2": "2016",
}  # fmt: skip


@pytest.fixture
def other(world):
    return offerings.certificate(world.unit, "苏质检(2021)017", nature="other")


def saved(page: Page) -> None:
    page.get_by_role("button", name="保存", exact=True).click()


def test_a_line_is_added_with_a_certificate_picked_by_double_click_keyboard_or_thumb(enter, world, other):
    """S3-37 … S3-41."""
    Capability.objects.all().delete()
    page: Page = enter("unit_admin")
    page.goto(f"/institutions/{world.unit.pk}/capabilities/tests/")
    picture(page, "capabilities-empty")
    page.get_by_role("main").get_by_role("link", name="新增").first.click()
    page.get_by_role("link", name="选择").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("双击一张证书")).to_be_visible()
    picture(page, "capabilities-certificates")
    dialog.get_by_role("row").filter(has_text=other.number).get_by_text(other.number).first.dblclick()
    expect(dialog).to_be_hidden()
    expect(page.get_by_label("证书编号")).to_have_value(other.number)
    page.get_by_role("textbox", name="检测对象").fill("金属材料")
    page.get_by_label("名称（产品/项目/参数）").fill("抗拉强度")
    page.get_by_label("标准编号（含年号）").fill("GB/T 228.1")
    saved(page)
    expect(page.get_by_text("没有年号").first).to_be_visible()
    page.get_by_label("标准编号（含年号）").fill("GBT 228.1-2021")
    saved(page)
    expect(page.get_by_text("「金属材料 · 抗拉强度」已加入能力库。")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="抗拉强度")).to_contain_text("GB/T 228.1-2021")

    page.get_by_role("link", name="金属材料", exact=True).click()
    page.get_by_role("link", name="复制").locator("visible=true").first.click()
    expect(page.get_by_label("证书编号")).to_have_value(other.number)
    saved(page)
    expect(page.get_by_text("这项能力已在能力库中").first).to_be_visible()
    picture(page, "capabilities-duplicate")
    page.get_by_label("证书编号").fill("")
    page.get_by_role("link", name="选择").click()
    row = dialog.locator("[data-pick]").filter(has_text="L2874")
    row.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("证书编号")).to_have_value("L2874")

    phone: Page = enter("unit_admin", **PHONE)
    phone.goto(f"/institutions/{world.unit.pk}/capabilities/tests/new/")
    fits(phone)
    phone.get_by_role("link", name="选择").click()
    phone.get_by_role("dialog").locator("[data-pick]").filter(has_text=other.number).get_by_role("button").click()
    expect(phone.get_by_label("证书编号")).to_have_value(other.number)
    for address in ("tests/", "metrology/", "metrology/new/", "tests/import/", "move/"):
        phone.goto(f"/institutions/{world.unit.pk}/capabilities/{address}")
        fits(phone)


def upload(page: Page, address: str, name: str, content: bytes, certificate: str) -> ImportRun:
    page.goto(address)
    page.get_by_label("整份表格所依据的证书").select_option(label=certificate)
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="上传并检查").click()
    expect(page.get_by_role("progressbar", name="进度")).to_be_visible()
    work_once()
    expect(page.get_by_role("navigation", name="按结果筛选")).to_be_visible(timeout=20_000)
    return ImportRun.objects.latest("pk")


def begin(page: Page, mode: str) -> None:
    page.get_by_role("link", name="开始导入").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(re.compile(mode)).check()
    dialog.get_by_role("button", name="开始导入").click()
    expect(page.get_by_text("可以离开本页")).to_be_visible()
    work_once()
    expect(page.get_by_text("可以离开本页")).to_be_hidden(timeout=20_000)


def test_a_real_price_list_is_imported_corrected_from_its_error_file_and_then_all_the_same(enter, world, other):
    """S3-42 … S3-44: 523 tests as a laboratory keeps them."""
    Capability.objects.all().delete()
    page: Page = enter("unit_admin")
    address = f"/institutions/{world.unit.pk}/capabilities/tests/import/"
    run = upload(page, address, "价格表.csv", PRICES.read_bytes(), str(other))
    assert (run.row_count, run.wrong_count + run.duplicate_count + run.new_count) == (523, 523)
    picture(page, "capabilities-price-list")
    begin(page, "只导入没有问题")
    first = Capability.objects.count()
    assert first == run.new_count

    page.goto(run.get_absolute_url())
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载问题行").click()
    head, *wrong = load_workbook(str(waiting.value.path())).get_sheet_by_index(0).to_python()
    standard, parameter = head.index("standard"), head.index("test_condition")
    for number, row in enumerate(wrong):
        for text, year in YEARS.items():
            if re.search(rf"{re.escape(text)}(?![-\d])", row[standard]):
                row[standard] = row[standard].replace(text, f"{text}-{year}")
        if "与第" in row[-1]:
            row[parameter] += f"（{number}）"
        row[parameter] = row[parameter] or "加工"
    again = upload(page, address, "更正.xlsx", write_workbook(head, wrong), str(other))
    assert again.bad_count == 0, list(again.rows.bad().values_list("problems", flat=True))
    begin(page, "全部导入")
    assert Capability.objects.count() == 523

    same = upload(page, address, "再来.xlsx", write_workbook(head, wrong), str(other))
    assert same.same_count == same.row_count
    page.goto(f"/institutions/{world.unit.pk}/capabilities/tests/")
    expect(page.get_by_role("navigation", name="按状态筛选")).to_contain_text("523")
    picture(page, "capabilities-library")


def test_a_withdrawn_certificate_takes_its_capabilities_with_it_until_they_move_to_its_successor(enter, world, other):
    line = offerings.capability(world.unit, certificate=other)
    offerings.plan(world.unit, "金属全套", lines=(line,))
    offerings.certificate(world.unit, "苏质检(2026)001", nature="other")
    page: Page = enter("unit_admin")
    page.goto(f"/organizations/manage/{world.unit.pk}/certificates/")
    page.get_by_role("region", name=str(other)).get_by_role("link", name=re.compile("^撤销")).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("其中 1 项现在可以订购")).to_be_visible()
    expect(dialog.get_by_text("已发布的服务方案")).to_be_visible()
    picture(page, "capabilities-withdrawal-preview")
    dialog.get_by_label("撤销原因").fill("换发新证，编号变更")
    dialog.get_by_role("button", name="撤销证书").click()
    expect(dialog).to_be_hidden()

    page.goto(f"/institutions/{world.unit.pk}/capabilities/tests/")
    expect(page.get_by_text("1 项能力的证书已过期或撤销")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="苏质检(2021)017")).to_contain_text("证书已撤销")
    picture(page, "capabilities-fallen")
    visitor: Page = enter()
    visitor.goto(f"/capabilities/{line.pk}/")
    expect(visitor.get_by_text(re.compile("证书已撤销")).first).to_be_visible()

    page.get_by_role("link", name="换到新证书").click()
    expect(page.locator("#id_target")).to_contain_text("苏质检(2026)001")
    page.get_by_role("button", name="换到新证书").click()
    expect(page.get_by_text("1 项能力已换到证书「苏质检(2026)001」")).to_be_visible()
    page.goto(f"/capabilities/{line.pk}/keep/")
    expect(page.get_by_text("换证")).to_be_visible()
    picture(page, "capabilities-one")
