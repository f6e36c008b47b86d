"""One instrument from an empty form to its public page: draft, handed in, returned, corrected, approved (S1-37 … S1-41)."""

import re
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from gongyi.catalog.models import Instrument
from gongyi.organizations.models import Remit
from gongyi.reviews.rules import turn_open
from gongyi.reviews.workflow import ReviewFlow
from tests.journeys.conftest import fits, picture, step

pytestmark = pytest.mark.django_db(transaction=True)
TYPED = {
    "所在单位仪器编号": "2026-0412", "原值": "1450000", "生产制造商": "卡尔·蔡司公司", "建账日期": "2024-05-20", "规格型号": "GeminiSEM 300",
    "主要技术指标": "分辨率：0.7 nm（15 kV）", "主要功能": "微观形貌观察和成分分析。", "服务内容": "形貌观察、能谱分析",
    "用户须知": "首次使用须经培训。", "安放地址（街道门牌）": "余杭塘路 866 号", "安放地点": "材料楼 B106", "楼层": "1 层",
    "联系人": "周敏", "联系电话": "0571-87951234", "电子邮箱": "zhoumin@example.com", "通讯地址": "杭州市余杭塘路 866 号", "邮政编码": "310058",
}  # fmt: skip
CHOSEN = {
    "仪器分类": "010102", "仪器设备类别": "general", "运行状态（上报）": "normal", "所属资源载体类型": "none", "设备来源": "purchase",
    "产地国别": "德国", "共享模式": "external",
}  # fmt: skip


def field(page: Page, label: str):
    """The input of a label, its star aside."""
    named = page.get_by_label(re.compile(rf"^{re.escape(label)}\*?$"))
    return named.and_(page.locator("input, select, textarea")).first


def fill_the_rest(page: Page, world) -> None:
    for label, text in TYPED.items():
        field(page, label).fill(text)
    for label, value in CHOSEN.items():
        field(page, label).select_option(value)
    field(page, "院系/实验室").select_option(str(world.department.pk))
    page.locator("[name=subject_codes]").first.select_option("430")
    page.get_by_label("中央财政资金").check()
    page.locator("[name=secondary_development][value=False]").check()
    page.get_by_label("无所属创新平台").check()
    page.get_by_label("面议").check()
    expect(field(page, "参考收费标准")).to_have_value("面议")


def photo() -> dict:
    out = BytesIO()
    Image.new("RGB", (1600, 1200), "#35598f").save(out, "PNG")
    return {"name": "正面.png", "mimeType": "image/png", "buffer": out.getvalue()}


def test_from_an_empty_form_to_the_public_page(enter, world):
    world.unit.region_id = "330106"
    world.unit.save(update_fields=["region"])
    authority = world.reviewer.memberships.get(role="reviewer").organization
    Remit.objects.create(organization=authority, matter="instruments", region_id="330000")
    page = enter("unit_admin")
    page.goto("/catalog/")
    page.goto("/catalog/new/")
    field(page, "仪器名称").fill("冷冻透射电镜")
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_text("草稿已保存。")).to_be_visible()
    expect(page.get_by_role("heading", name="还缺什么")).to_be_visible()

    page.get_by_role("link", name="编辑资料").click()
    page.get_by_role("button", name="提交审核").click()
    expect(page.locator("[data-error-summary]")).to_contain_text("处需要修改")
    expect(page.get_by_text("请填写「规格型号」。")).to_be_visible()
    picture(page, "登记仪器-缺项")

    fill_the_rest(page, world)
    expect(page.get_by_label("进口报关单编号")).to_be_hidden()
    expect(page.get_by_label("设施类别")).to_be_hidden()
    page.locator("[name=photos]").set_input_files([photo()])
    page.get_by_label(re.compile("^人员类别")).select_option("operator")
    page.locator("[name=staff-n1-name]").fill("郑一帆")
    page.locator("[name=staff-n1-phone]").fill("13900000002")
    page.get_by_role("button", name="增加一人").click()
    page.locator("[name=staff-n2-role]").select_option("maintainer")
    page.locator("[name=staff-n2-name]").fill("多余的人")
    page.get_by_role("button", name="删除此人").nth(1).click()
    expect(page.locator("[name=staff-n2-name]")).to_have_count(0)
    page.get_by_role("button", name="提交审核").click()
    expect(page.get_by_text("已提交，等待审核。")).to_be_visible()
    made = Instrument.objects.get(name="冷冻透射电镜")
    assert (made.status, made.staff.get().name, made.reference_fee) == ("pending", "郑一帆", "面议")
    picture(page, "仪器-待审核")

    ReviewFlow.fire(turn_open(made), "send_back", actor=world.reviewer, reason="楼层请写准确")
    page.reload()
    expect(page.get_by_text("楼层请写准确").first).to_be_visible()
    page.get_by_role("link", name="编辑资料").click()
    field(page, "楼层").fill("2 层")
    page.get_by_role("button", name="提交审核").click()
    expect(page.get_by_text("已提交，等待审核。")).to_be_visible()

    desk = enter("reviewer")
    desk.goto(turn_open(made).get_absolute_url())
    expect(desk.get_by_text("2 层").first).to_be_visible()
    picture(desk, "仪器-审核")
    ReviewFlow.fire(turn_open(made), "approve", actor=world.reviewer)

    visitor = enter()
    visitor.goto(made.get_absolute_url())
    expect(visitor.get_by_role("heading", name="冷冻透射电镜")).to_be_visible()
    expect(visitor.get_by_text("形貌观察、能谱分析")).to_be_visible()
    expect(visitor.get_by_text("13900000002")).to_have_count(0)
    picture(visitor, "仪器-公开页")

    page.reload()
    step(page, "停用", 原因="实验室搬迁")
    expect(page.get_by_text("已停用").first).to_be_visible()
    assert visitor.goto(made.get_absolute_url()).status == 404


def test_the_phone_opens_and_fills_the_form(enter, world):
    page = enter("unit_admin", viewport={"width": 375, "height": 812})
    page.goto("/catalog/new/")
    fits(page)
    field(page, "仪器名称").fill("便携式拉曼")
    page.get_by_label("设施", exact=True).check()
    expect(page.get_by_label("设施类别")).to_be_visible()
    page.locator("[name=under_customs_supervision][value=True]").check()
    field(page, "进口报关单编号").fill("1" * 18)
    fits(page)
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_text("草稿已保存。")).to_be_visible()
    fits(page)
    made = Instrument.objects.get(name="便携式拉曼")
    assert (made.resource_type, made.customs_declaration_no) == ("facility", "1" * 18)
