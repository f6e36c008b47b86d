"""Who can measure this, to this standard? From the one box to the institution's page, by keyboard and on a phone."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from gongyi.catalog.models import Instrument
from gongyi.catalog.services import index
from gongyi.organizations.models import ContactPerson
from tests.browser import PHONE
from tests.factories.catalog import instrument
from tests.factories.offerings import capability, certificate, plan
from tests.factories.organizations import organization
from tests.journeys.conftest import fits, picture


@pytest.fixture
def offered(world):
    """Two institutions test to GB/T 3075.1; the certificate of one has expired."""
    unit = organization("澄湖产品质量检验中心", short_name="澄湖质检中心", kind="inspection", region_id="320508")
    other = organization("启衡检测技术有限公司", kind="inspection", region_id="440106")
    ContactPerson.objects.create(organization=unit, duty="sales", name="范成", phone="13900000001")
    line = capability(
        unit, standard_no="GB/T 3075.1-2021", standard_name="金属材料 拉伸试验 第1部分：室温试验方法", price=350,
        certificate=certificate(unit, "211020143367"),
    )  # fmt: skip
    ended = certificate(other, expires_on=timezone.localdate() - timedelta(days=1))
    capability(other, standard_no="GB/T 3075.1-2021", certificate=ended)
    capability(unit, "电子天平", nature="calibration", standard_no="JJG 1036-2008", certificate=line.certificate)
    plan(unit, "金属拉伸套餐", lines=(line,))
    return line


def test_a_standard_typed_in_the_header_leads_to_the_institution_that_tests_to_it(page, world, offered):
    page.goto("/")
    box = page.get_by_role("combobox", name="全站搜索")
    box.click()
    box.press_sequentially("gbt3075")
    options = page.get_by_role("listbox", name="全站搜索")
    expect(options.get_by_role("option", name="GB/T 3075.1-2021")).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    box.press("Escape")
    expect(options).to_be_hidden()
    box.press("ArrowDown")
    expect(options).to_be_visible()
    box.press("ArrowDown")
    expect(options.get_by_role("option", name="GB/T 3075.1-2021")).to_have_attribute("aria-selected", "true")
    picture(page, "finding-suggestions")
    box.press("Enter")

    expect(page.get_by_role("heading", name="检测与计量能力")).to_be_visible()
    hit = page.get_by_role("article").filter(has_text="金属材料 · 抗拉强度")
    expect(hit).to_have_count(1)
    expect(hit).to_contain_text("211020143367")
    page.get_by_label("也显示今天不能委托的").check()
    expect(page.get_by_role("article")).to_have_count(2)
    expect(page.get_by_role("article").filter(has_text="证书已过期")).to_have_count(1)
    page.get_by_label("也显示今天不能委托的").uncheck()
    expect(page.get_by_role("article")).to_have_count(1)
    page.get_by_role("group").filter(has=page.get_by_text("向该机构咨询")).first.locator("summary").click()
    expect(page.get_by_text("13900000001")).to_be_visible()
    picture(page, "finding-capabilities")
    page.keyboard.press("Escape")

    hit.get_by_role("link", name="金属材料 · 抗拉强度").click()
    expect(page.get_by_role("link", name="金属拉伸套餐")).to_be_visible()
    page.get_by_role("link", name="澄湖产品质量检验中心").click()
    expect(page.get_by_role("heading", name="澄湖产品质量检验中心", level=1)).to_be_visible()
    part = page.get_by_role("region", name="检测与计量能力")
    expect(part).to_contain_text("GB/T 3075.1-2021")
    part.get_by_role("searchbox").fill("1036")
    part.get_by_role("button", name="查找").click()
    expect(part).to_contain_text("电子天平")
    expect(part).not_to_contain_text("抗拉强度")


def test_another_year_is_offered_and_the_one_box_groups_what_it_finds_on_a_phone(phone, world, offered):
    phone.goto("/capabilities/?q=GB/T 3075.1-2010")
    expect(phone.get_by_text("没有符合条件的能力项")).to_be_visible()
    fits(phone)
    phone.get_by_role("link", name="GB/T 3075.1，不限年份").click()
    expect(phone.get_by_role("article")).to_have_count(1)
    fits(phone)
    phone.get_by_role("link", name="全站搜索").click()
    box = phone.get_by_role("combobox", name="仪器、机构、服务方案、检测能力或标准编号")
    box.fill("拉伸")
    box.press("Enter")
    for name in ("服务方案", "检测与计量能力"):
        expect(phone.get_by_role("region", name=name)).to_be_visible()
    fits(phone)
    picture(phone, "finding-everything")
    phone.goto("/search/")
    box = phone.get_by_role("combobox", name="仪器、机构、服务方案、检测能力或标准编号")
    box.click()
    expect(phone.get_by_role("option", name="拉伸")).to_be_visible()
    phone.get_by_role("option", name="拉伸").click()
    expect(phone).to_have_url(phone.url.split("?")[0] + "?q=%E6%8B%89%E4%BC%B8")


def test_enter_searches_in_the_list_of_instruments_and_a_typo_is_one_tap_from_what_was_meant(enter):
    instrument("扫描电镜")
    instrument("质谱仪")
    index(Instrument.objects.all())
    page = enter(None, **PHONE)
    page.goto("/instruments/")
    box = page.locator("#q")
    box.fill("扫描电竟")
    box.press("Enter")
    expect(page.get_by_text("没有符合条件的仪器")).to_be_visible()
    page.get_by_role("link", name=re.compile("^扫描电镜")).click()
    expect(page.get_by_role("link", name="扫描电镜", exact=True)).to_be_visible()
    page.go_back()
    expect(page.locator("#q")).to_have_value("扫描电竟")
