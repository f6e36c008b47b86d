"""Management and network units join, are returned and corrected; the yearly update stops everything until it is done."""

import io
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from docx import Document
from playwright.sync_api import Page, expect

from gongyi.onboarding.models import Application
from gongyi.organizations.models import Organization, Participation, UnitProfile, UnitRules
from gongyi.organizations.rules import is_unit_admin
from gongyi.regions.models import Region
from gongyi.reviews.models import ReviewedStatus
from gongyi.reviews.rules import turn_open
from tests.browser import PHONE as PHONE_WINDOW
from tests.factories.joining import PDF, approved, authority, code, network_draft
from tests.factories.organizations import member
from tests.journeys.conftest import fits, picture, step

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_storage(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    }


@pytest.fixture
def judge(world):
    world.people["judge"] = authority("330000", "浙江省科技厅（演示）", "裴知秋")
    return world.people["judge"]


def field(page: Page, label: str):
    return page.get_by_label(re.compile(rf"^{label}\s*\*?$"))


def fill(page: Page, **words: str) -> None:
    for label, text in words.items():
        field(page, label).fill(text)


def choose_region(page: Page, *names: str) -> None:
    for place, name in zip(("省", "市", "区县"), names, strict=True):
        select = page.get_by_label(place, exact=True)
        expect(select.locator("option", has_text=name)).to_have_count(1)
        select.select_option(label=name)


def forward(page: Page, label: str = "下一步") -> None:
    page.get_by_role("button", name=re.compile(f"^{label}")).locator("visible=true").last.click()


def begin(page: Page, way: str) -> None:
    page.goto("/join/")
    page.get_by_role("region", name=way).get_by_role("link", name="开始申请").click()
    page.get_by_role("button", name="开始填写").click()


def hand_over(page: Page, name: str) -> None:
    slot = page.locator("[data-slot]")
    slot.locator("input[type=file]").set_input_files({"name": name, "mimeType": "application/pdf", "buffer": PDF})
    expect(slot.get_by_role("link", name=name).last).to_be_visible()


def decide(page: Page, application: Application, label: str, **words: str) -> None:
    """Open the turn that waits and decide."""
    page.goto(turn_open(application).get_absolute_url())
    step(page, label, **words)


def words_of(download) -> str:
    document = Document(io.BytesIO(download.path().read_bytes()))
    return "\n".join(cell.text for table in document.tables for row in table.rows for cell in row.cells)


def test_s2_a_management_unit_joins_after_a_return(enter, world, judge):
    """S2-1 … S2-9: identity, unit data, form filled in and downloaded, stamped and uploaded, returned, approved, published."""
    page = enter("newcomer")
    begin(page, "管理单位注册")
    uscc = code()
    fill(page, 单位名称="衡山科学研究院", 代码=uscc, 仪器管理部门="条件保障处", 联系人="沈南", 联系电话="0571-87951234",
         电子邮箱="lab@example.cn")  # fmt: skip
    field(page, "单位性质").select_option(label="科研院所")
    choose_region(page, "浙江省", "杭州市", "西湖区")
    forward(page)
    expect(page.get_by_text("有 1 处需要修改").or_(page.locator(".invalid-feedback:visible")).first).to_be_visible()
    fill(page, **{"加入平台理由、拟开展的工作": "拥有 50 万元以上仪器 42 台。"})
    picture(page, "management-unit-data")
    forward(page)
    forward(page)  # no platform of its own
    field(page, "姓名").fill("沈南")
    field(page, "性别").select_option(label="女")
    fill(page, 手机="13805710009", 电子邮箱="admin@example.cn")
    forward(page)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载已填好的申请书", exact=True).click()
    text = words_of(waiting.value)
    assert "衡山科学研究院" in text
    assert uscc in text
    assert "☑科研院所" in text
    picture(page, "management-unit-form")
    hand_over(page, "申请书-盖章.pdf")
    forward(page)
    picture(page, "management-unit-overview")
    page.get_by_role("button", name="提交审核").click()
    expect(page.get_by_text("申请已提交。")).to_be_visible()
    expect(page.get_by_text("浙江省科技厅（演示）").first).to_be_visible()
    application = Application.objects.get(name="衡山科学研究院")
    assert application.status == ReviewedStatus.PENDING

    reviewer = enter("judge")
    decide(reviewer, application, "退回", 原因="公章不清楚，请重新扫描")
    page.goto(application.resume_url)
    expect(page.get_by_text("公章不清楚，请重新扫描").first).to_be_visible()
    page.goto(f"{application.resume_url}parts/application/")
    hand_over(page, "申请书-重新盖章.pdf")
    forward(page)
    page.get_by_role("button", name="提交审核").click()
    expect(page.get_by_text("申请已提交。")).to_be_visible()
    decide(reviewer, application, "通过")
    unit = Organization.objects.get(name="衡山科学研究院")
    assert is_unit_admin(world.newcomer, unit)
    visitor = enter()
    visitor.goto(unit.get_absolute_url())
    expect(visitor.get_by_role("heading", name="衡山科学研究院").first).to_be_visible()


@pytest.mark.parametrize("window", [{}, PHONE_WINDOW], ids=["desktop", "phone"])
def test_s1_a_network_unit_reads_fills_in_and_is_told_which_voucher_condition_fails(enter, world, judge, window):
    """S1-22 … S1-34: letter to its end, instructions, five sections, conditions while typing, 待审核, 入网成功."""
    UnitRules.objects.create(pk=1, voucher_province=Region.objects.get(pk="330000"))
    page = enter("newcomer", **window)
    begin(page, "入网单位注册")
    tick = page.get_by_label("我已阅读承诺书全文")
    letter = page.get_by_role("region", name="承诺书正文")
    expect(letter).to_contain_text("示例文本")
    forward(page)
    expect(page.get_by_text("请阅读承诺书全文并勾选").first).to_be_visible()
    letter.evaluate("box => box.scrollTo(0, box.scrollHeight)")
    expect(tick).not_to_have_attribute("aria-disabled", "true")
    tick.check()
    fits(page)
    picture(page, f"network-letter-{len(window)}")
    forward(page)
    expect(page.get_by_role("heading", name="填写说明")).to_be_visible()
    forward(page, "开始填写")

    fill(page, 单位名称="砺锋仪表有限公司", 统一社会信用代码=code(), 详细地址="文三路 90 号", 单位电话="0571-87950000",
         法定代表人="郑川", 业务范围="传感器研发", 联络员姓名="许晴", 联络员电话="13805710001", 联络员邮箱="xu@example.cn")  # fmt: skip
    field(page, "单位性质").select_option(label="企业")
    choose_region(page, "江苏省", "苏州市", "虎丘区")
    fill(page, 企业人数="501", 上年营业收入="20000.01")
    conditions = page.locator("#voucher-choice")
    expect(conditions).to_contain_text("企业人数 501 人，超过 500 人")
    expect(conditions).to_contain_text("上年营业收入 20,000.01 万元，超过 20,000 万元")
    expect(conditions).to_contain_text("江苏省苏州市虎丘区不在浙江省")
    expect(page.get_by_label("四项条件都符合")).to_have_count(0)
    conditions.scroll_into_view_if_needed()
    picture(page, f"network-voucher-no-{len(window)}")
    fill(page, 企业人数="500", 上年营业收入="20000")
    choose_region(page, "浙江省", "杭州市", "西湖区")
    page.get_by_label("四项条件都符合").check()
    fits(page)
    page.get_by_role("button", name="保存草稿").locator("visible=true").click()
    expect(page.get_by_label("四项条件都符合")).to_be_checked()
    forward(page)
    page.get_by_role("button", name="提交审核").click()
    expect(page.get_by_text("申请已提交。")).to_be_visible()
    application = Application.objects.get(name="砺锋仪表有限公司")
    assert application.status == ReviewedStatus.PENDING

    reviewer = enter("judge")
    decide(reviewer, application, "通过")
    unit = Organization.objects.get(name="砺锋仪表有限公司")
    assert UnitProfile.objects.get(organization=unit).wants_voucher
    page.goto(f"/join/unit/{unit.pk}/")
    expect(page.get_by_text("入网成功")).to_be_visible()
    fits(page)
    picture(page, f"network-unit-{len(window)}")


def test_s1_36_nothing_else_is_possible_until_an_overdue_unit_confirmed_or_changed_its_data(enter, world, judge):
    """The clock is moved by a year: blocked, colleagues learn whom to ask, confirmed in one click, or edited."""
    admin = world.people["overdue"] = world.outsider
    Participation.objects.all().delete()
    unit = approved(network_draft(admin, name="澜石电子有限公司"), judge)
    world.people["colleague"] = member(unit, "何芳")
    admin.memberships.exclude(organization=unit).delete()
    year = timedelta(days=366)
    Organization.objects.filter(pk=unit.pk).update(info_confirmed_at=timezone.now() - year)

    page, colleague = enter("overdue"), enter("colleague")
    for name in ("portal:instruments", "portal:desk", "ledger:accounts", "onboarding:choose"):
        page.goto(reverse(name))
        expect(page.get_by_text("单位信息已超过 365 天没有更新")).to_be_visible()
    fits(page)
    picture(page, "overdue")
    page.goto("/accounts/")
    expect(page.get_by_role("heading", name="个人中心")).to_be_visible()
    colleague.goto("/instruments/")
    expect(colleague.get_by_text("请联系单位管理员更新")).to_contain_text(admin.name)
    expect(colleague.get_by_role("button", name="信息无变化，确认更新")).to_have_count(0)

    page.goto("/instruments/")
    page.get_by_role("button", name="信息无变化，确认更新").click()
    expect(page.get_by_text("单位信息已确认").first).to_be_visible()
    for window in (page, colleague):
        window.goto("/instruments/")
        expect(window.get_by_role("heading", level=1)).not_to_have_text("单位基本信息")

    Organization.objects.filter(pk=unit.pk).update(info_confirmed_at=timezone.now() - year)
    page.goto("/instruments/")
    page.get_by_role("link", name="编辑单位信息").click()
    page.get_by_role("button", name=re.compile("开始|变更|填写")).last.click()
    forward(page)
    forward(page, "开始填写")
    field(page, "详细地址").fill("创新大道 8 号")
    forward(page)
    page.get_by_role("button", name="保存并生效").click()
    expect(page.get_by_text("创新大道 8 号").first).to_be_visible()
    unit.refresh_from_db()
    assert unit.address == "创新大道 8 号"
    colleague.goto("/instruments/")
    expect(colleague.get_by_role("heading", level=1)).not_to_have_text("单位基本信息")
