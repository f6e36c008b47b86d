"""An institution joins (S3-6 … S3-35): three steps without an account, returned, handed in again, approved, activated, signed in."""

import re

import pytest
from playwright.sync_api import Page, expect

from gongyi.accounts.codes import code_of
from gongyi.accounts.models import User, VerificationCode
from gongyi.notifications.models import TextMessage
from gongyi.onboarding.models import Application
from gongyi.reviews.rules import turn_open
from tests.browser import PHONE as PHONE_WINDOW
from tests.factories.applications import CONTACT_PHONE, PDF, new_code, units_authority
from tests.factories.applications import picture as small_picture
from tests.journeys.conftest import fits, picture

PASSWORD = "ji-gou-mi-ma-2026"


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    }


@pytest.fixture
def judge(world):
    world.people["judge"] = units_authority()
    return world.people["judge"]


def field(page: Page, label: str):
    return page.get_by_label(re.compile(rf"^{label}\s*\*?$"))


def hand_over(page: Page, label: str, name: str, content: bytes, media: str = "image/png") -> None:
    """Choose a file in a slot and wait until it is there."""
    slot = page.locator("[data-slot]", has=page.locator("b", has_text=re.compile(rf"^{re.escape(label)}")))
    slot.locator("input[type=file]").set_input_files({"name": name, "mimeType": media, "buffer": content})
    expect(slot.get_by_role("link", name=name).last).to_be_visible()


def forward(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^下一步")).locator("visible=true").last.click()


def fill_unit(page: Page, code: str) -> None:
    field(page, "机构名称").fill("钱塘检测技术研究院")
    field(page, "统一社会信用代码").fill(code)
    field(page, "法定代表人").fill("沈立人")
    for place, region in (("省", "浙江省"), ("市", "杭州市"), ("区县", "西湖区")):
        select = page.get_by_label(place, exact=True)
        expect(select.locator("option", has_text=region)).to_have_count(1)
        select.select_option(label=region)
    field(page, "注册地址").fill("文三路 100 号")
    field(page, "机构投诉业务处理人").fill("许宁")
    field(page, "处理人手机号码").fill("13812345678")
    page.get_by_label("检验检测").check()
    field(page, "机构简介").fill("面向制造业的检测机构。")
    field(page, "机构业务范围").fill("材料与电气检测。")


@pytest.mark.parametrize("window", [{}, PHONE_WINDOW], ids=["desktop", "phone"])
def test_s3_an_institution_joins_is_returned_corrects_is_approved_and_signs_in(enter, judge, window):
    page = enter(**window)
    page.goto("/join/")
    fits(page)
    picture(page, "join-choose")
    page.get_by_role("region", name="服务机构入驻").get_by_role("link", name="开始申请").click()
    fits(page)
    page.get_by_role("button", name="开始填写").click()

    # 1 机构基本信息: wrong first, and nothing typed is lost
    code = new_code()
    fill_unit(page, code[:7] + "O" + code[8:])
    forward(page)
    expect(page.get_by_text("不会出现在统一社会信用代码中，可能是「0」")).to_be_visible()
    expect(field(page, "机构简介")).to_have_value("面向制造业的检测机构。")
    expect(page.get_by_text("11/1000")).to_be_visible()
    fits(page)
    picture(page, "institution-1-wrong")
    field(page, "统一社会信用代码").fill(code)
    hand_over(page, "机构法人证书/营业执照扫描件", "营业执照副本.png", small_picture(size=(600, 400)))
    with page.expect_download() as download:
        page.get_by_role("link", name="下载模板").click()
    assert download.value.suggested_filename.endswith(".docx")
    hand_over(page, "《机构信息真实性承诺书》", "承诺书.pdf", PDF, "application/pdf")
    picture(page, "institution-1")
    forward(page)

    # 2 资质证书信息
    expect(page.get_by_role("heading", name="资质证书 1")).to_be_visible()
    page.get_by_label("证书性质").select_option("cma")
    page.get_by_label("证书资质").select_option("provincial")
    field(page, "资质证书编号").fill("231120341234")
    slot = page.locator("[data-slot]").first
    slot.locator("input[type=file]").set_input_files(
        {"name": "证书.gif", "mimeType": "image/gif", "buffer": b"GIF89a broken"}
    )
    expect(slot.get_by_role("alert")).to_contain_text("不是可接受的类型，或文件已损坏")
    hand_over(page, "资质证书", "国家CMA证书.png", small_picture())
    hand_over(page, "能力附表", "能力附表.pdf", PDF, "application/pdf")
    page.get_by_role("button", name="添加资质证书").click()
    expect(page.get_by_role("heading", name="资质证书 2")).to_be_visible()
    fits(page)
    picture(page, "institution-2")
    page.get_by_role("button", name="删除", exact=True).last.click()
    page.get_by_role("dialog").get_by_role("button", name="删除").click()
    expect(page.get_by_role("heading", name="资质证书 2")).to_be_hidden()
    expect(field(page, "资质证书编号")).to_have_value("231120341234")
    forward(page)

    # 3 机构入驻信息
    hand_over(page, "机构封面图片", "封面.png", small_picture(size=(800, 300)))
    field(page, "机构入驻联系人").fill("陆行")
    field(page, "联系人手机号码").fill(CONTACT_PHONE)
    page.get_by_role("button", name="获取验证码").click()
    expect(page.get_by_text("验证码已发往")).to_be_visible()
    field(page, "验证码").fill(code_of(VerificationCode.objects.get(address=CONTACT_PHONE)))
    fits(page)
    picture(page, "institution-3")
    forward(page)

    # 核对并提交
    expect(page.get_by_text("内容已齐全")).to_be_visible()
    fits(page)
    picture(page, "institution-overview")
    page.get_by_role("button", name="提交审核").click()
    expect(page.get_by_text("申请已提交。")).to_be_visible()
    expect(page.get_by_text("请关闭手机的短信拦截功能")).to_be_visible()
    expect(page.get_by_text("西湖区市场监督管理局").first).to_be_visible()
    fits(page)
    picture(page, "institution-state")
    draft = Application.objects.get(name="钱塘检测技术研究院")

    # returned: the reason stands on every part; corrected and handed in again, from another browser by the link
    desk = enter("judge")
    desk.goto(f"/reviews/desk/{turn_open(draft).pk}/")
    desk.get_by_label("审核意见").fill("承诺书缺少公章")
    desk.get_by_role("button", name="退回").locator("visible=true").last.click()
    expect(desk.get_by_label("审核意见")).to_be_hidden()
    draft.refresh_from_db()
    assert draft.status == "returned"
    again = enter(**window)
    again.goto(draft.resume_url)
    expect(again.get_by_text("承诺书缺少公章")).to_be_visible()
    picture(again, "institution-returned")
    again.goto(f"/join/draft/{draft.secret}/parts/unit/")
    hand_over(again, "《机构信息真实性承诺书》", "承诺书（盖章）.pdf", PDF, "application/pdf")
    expect(again.get_by_text("以前的 1 个文件")).to_be_visible()
    for _part in range(3):
        forward(again)
    again.get_by_role("button", name="提交审核").click()
    expect(again.get_by_text("申请已提交。")).to_be_visible()

    # approved: the link to activate goes out, never a password
    draft.refresh_from_db()
    desk.goto(f"/reviews/desk/{turn_open(draft).pk}/")
    desk.get_by_role("button", name=re.compile("^通过")).locator("visible=true").last.click()
    expect(desk.get_by_label("审核意见")).to_be_hidden()
    again.reload()
    expect(again.get_by_text("审核已通过。")).to_be_visible()
    message = TextMessage.objects.filter(phone=CONTACT_PHONE, body__contains="入驻申请已通过").get()
    path = re.search(r"https?://[^/]+(/\S+)", message.body).group(1)
    page.goto(path)
    field(page, "新密码").fill(PASSWORD)
    field(page, "再输一次新密码").fill(PASSWORD)
    page.get_by_role("button", name="设置密码并登录").click()
    expect(page.get_by_text("陆行").first).to_be_attached()
    contact = User.objects.get(phone=CONTACT_PHONE)
    assert contact.check_password(PASSWORD)
    draft.refresh_from_db()
    page.goto(f"/organizations/manage/{draft.organization.pk}/")
    expect(page.get_by_role("heading", name="钱塘检测").first).to_be_visible()


def test_a_draft_saves_itself_while_one_types_and_when_one_leaves_by_the_step_bar(enter, world):
    page = enter()
    page.goto("/join/new/service_institution/")
    page.get_by_role("button", name="开始填写").click()
    address = page.url
    field(page, "机构名称").fill("写了一半")
    page.get_by_role("link", name="资质证书信息").locator("visible=true").click()
    expect(page.get_by_role("heading", name="资质证书 1")).to_be_visible()
    page.goto(address)
    expect(field(page, "机构名称")).to_have_value("写了一半")
    field(page, "法定代表人").fill("沈")
    page.get_by_role("link", name="删除这份草稿").click()
    page.get_by_role("dialog").get_by_role("button", name="删除草稿").click()
    expect(page.get_by_text("草稿已删除。")).to_be_visible()
    assert not Application.objects.filter(name="写了一半").exists()


def test_an_upload_is_cancelled_and_one_that_is_too_large_is_refused_before_it_is_sent(enter, world):
    page = enter()
    page.goto("/join/new/service_institution/")
    page.get_by_role("button", name="开始填写").click()
    slot = page.locator("[data-slot]").first
    page.route("**/upload/", lambda route: None)  # an answer that never comes
    slot.locator("input[type=file]").set_input_files({"name": "a.pdf", "mimeType": "application/pdf", "buffer": PDF})
    slot.get_by_role("button", name="取消").click()
    expect(slot.get_by_role("alert")).to_contain_text("已取消上传")
    page.unroute("**/upload/")
    hand_over(page, "机构法人证书/营业执照扫描件", "执照.pdf", PDF, "application/pdf")
    page.get_by_text("在页内预览 PDF").click()
    expect(page.locator("iframe")).to_have_attribute("src", re.compile("/files/"))
    page.goto(page.url.replace("/unit/", "/entry/"))
    big = {"name": "b.png", "mimeType": "image/png", "buffer": b"x" * (2 * 1024 * 1024 + 1)}
    cover = page.locator("[data-slot]").first
    cover.locator("input[type=file]").set_input_files(big)
    expect(cover.get_by_role("alert")).to_contain_text("文件过大。可接受：图片（GIF、JPG、PNG），不超过 2 MB")
