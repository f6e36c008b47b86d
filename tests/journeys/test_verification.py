"""Applying for verification with a refusal, a platform, a laboratory's account and a sub-user, as people click them (S4-1 … S4-7,
S2-10 … S2-12, S2-32 … S2-37, S4-74)."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gongyi.accounts import links
from gongyi.accounts.models import User
from gongyi.onboarding.models import Application, InnovationPlatform
from gongyi.organizations.models import Matter, Membership, Organization, Remit
from gongyi.organizations.rules import is_unit_admin
from gongyi.regions.models import Region
from tests.factories import catalog
from tests.factories.accounts import person
from tests.factories.joining import PDF, code
from tests.factories.organizations import department, laboratory, organization, reviewer
from tests.journeys.conftest import fits, picture, sit_down


@pytest.fixture
def scan(tmp_path) -> Path:
    file = tmp_path / "扫描件.pdf"
    file.write_bytes(PDF)
    return file


def window(new_context, live_server, user, **options) -> Page:
    context = new_context(**options)
    sit_down(context, user, live_server.url)
    return context.new_page()


def decide(page: Page, verb: str, **typed: str) -> None:
    """Take the decision on a review's page."""
    page.get_by_role("main").get_by_role("link", name=verb, exact=True).locator("visible=true").first.click()
    dialog = page.get_by_role("dialog")
    for label, text in typed.items():
        dialog.get_by_label(label).fill(text)
    dialog.get_by_role("button", name=verb).click()
    expect(dialog).to_be_hidden()


def test_an_applicant_is_refused_corrects_and_joins(new_context, world, live_server, scan):
    institute = organization("南浦计量院", kind="metrology_institute")
    Remit.objects.create(organization=institute, matter=Matter.MEASURING, region=Region.objects.get(pk="440300"))
    judge, applicant = reviewer(institute, "裴正衡"), person("梁以诚")
    page = window(new_context, live_server, applicant)
    page.goto("/join/new/verification_applicant/")
    page.get_by_label("个人", exact=True).check()
    page.get_by_role("button", name=re.compile("开始")).click()
    expect(page.get_by_role("alert")).to_contain_text("须以「企业/单位」注册")
    picture(page, "verification-individual")
    page.get_by_label("企业/单位").check()
    page.get_by_role("button", name=re.compile("开始")).click()
    page.get_by_label("申请方名称").fill("润衡仪表（深圳）有限公司")
    page.get_by_label("统一社会信用代码").fill(code())
    page.get_by_label("单位性质").select_option("enterprise")
    page.get_by_role("combobox", name="省").select_option(label="广东省")
    page.get_by_role("combobox", name="市", exact=True).select_option(label="深圳市")
    page.get_by_role("combobox", name="区县").select_option(label="南山区")
    page.get_by_role("textbox", name="详细地址").fill("南海大道 2263 号")
    page.get_by_label("已核对").check()
    page.get_by_role("button", name="下一步", exact=True).locator("visible=true").last.click()
    page.get_by_label("法定代表人").fill("黄景行")
    page.get_by_label("手机").fill("13805710009")
    page.get_by_role("button", name="下一步", exact=True).locator("visible=true").last.click()
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("下载模板")).click()
    assert download.value.suggested_filename == "法人授权书-润衡仪表（深圳）有限公司.docx"
    for number in range(2):
        page.locator("input[type=file]").nth(number).set_input_files(scan)
        expect(page.get_by_role("link", name="扫描件.pdf")).to_have_count(number + 1)
    page.get_by_role("button", name=re.compile("核对")).locator("visible=true").last.click()
    picture(page, "verification-overview")
    page.get_by_role("button", name=re.compile("提交")).locator("visible=true").first.click()
    expect(page.get_by_text("申请已提交。")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("南浦计量院")

    application = Application.objects.get(capacity="verification_applicant")
    desk = window(new_context, live_server, judge)
    desk.goto("/reviews/")
    review = application_review(application)
    desk.goto(f"/reviews/{review.pk}/")
    picture(desk, "verification-review")
    decide(desk, "退回", 原因="地址与执照不一致，请改正")

    page.goto(f"/join/applications/{application.pk}/")
    page.goto(f"/join/draft/{application.secret}/state/")
    expect(page.get_by_role("main")).to_contain_text("地址与执照不一致，请改正")
    expect(page.get_by_role("link", name="注销账号")).to_be_visible()
    picture(page, "verification-returned")
    page.goto(f"/join/draft/{application.secret}/parts/unit/")
    page.get_by_role("textbox", name="详细地址").fill("高新南九道 12 号")
    page.get_by_role("button", name="下一步", exact=True).locator("visible=true").last.click()
    page.goto(f"/join/draft/{application.secret}/overview/")
    page.get_by_role("button", name=re.compile("提交")).locator("visible=true").first.click()
    expect(page.get_by_text("申请已提交。")).to_be_visible()
    desk.goto(f"/reviews/{application_review(application).pk}/")
    decide(desk, "通过")
    unit = Organization.objects.get(name="润衡仪表（深圳）有限公司")
    assert (unit.address, is_unit_admin(applicant, unit)) == ("高新南九道 12 号", True)
    page.goto(f"/join/draft/{application.secret}/state/")
    expect(page.get_by_text("审核已通过。")).to_be_visible()


def application_review(application):
    from gongyi.reviews.rules import turn_open

    return turn_open(application)


def test_a_platform_is_drafted_handed_in_returned_and_published(enter, world):
    authority = world.reviewer.memberships.first().organization
    if world.unit.region_id is None:
        Organization.objects.filter(pk=world.unit.pk).update(region_id="330106")
    Remit.objects.get_or_create(matter=Matter.PLATFORMS, region_id="330000", defaults={"organization": authority})
    page = enter("unit_admin")
    page.goto(f"/join/units/{world.unit.pk}/platforms/")
    page.get_by_role("link", name="新增", exact=True).first.click()
    page.get_by_label("平台名称").fill("表面分析检测中心")
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_role("main")).to_contain_text("草稿")
    page.get_by_role("link", name="编辑").first.click()
    page.get_by_role("button", name="提交审核").click()
    expect(page.get_by_text(re.compile("需要修改"))).to_be_visible()
    page.get_by_label("平台类型").select_option("质量检验检测中心")
    page.get_by_label("级别").select_option("provincial")
    page.get_by_label("创新平台简介").fill("面向社会开放。")
    page.get_by_label(re.compile("统一社会信用代码")).fill("91110000600037341L")
    page.get_by_label(re.compile("依托法人单位（组建单位）名称")).fill("望江大学")
    page.get_by_label("联系人", exact=False).first.fill("周敏")
    page.get_by_label("联系电话").fill("13900000001")
    picture(page, "platform-form")
    page.get_by_role("button", name="提交审核").click()
    expect(page.get_by_role("region", name="审核进度")).to_contain_text("东湾省科技厅")
    platform = InnovationPlatform.objects.get(name="表面分析检测中心")
    judge = enter("reviewer")
    judge.goto(f"/reviews/{application_review(platform).pk}/")
    decide(judge, "退回", 原因="请补充批文")
    page.goto(f"/join/platforms/{platform.pk}/edit/")
    expect(page.get_by_text("请补充批文")).to_be_visible()
    page.get_by_label("批准文号").fill("东科发〔2021〕40 号")
    page.get_by_role("button", name="提交审核").click()
    judge.goto(f"/reviews/{application_review(platform).pk}/")
    decide(judge, "通过")
    visitor = enter()
    visitor.goto(f"/join/platforms/{platform.pk}/about/")
    expect(visitor.get_by_role("heading", name="表面分析检测中心")).to_be_visible()
    picture(visitor, "platform-public")


def test_a_laboratorys_account_sees_its_own_and_nothing_of_another(enter, new_context, world, live_server):
    college = department(world.unit, "材料学院")
    own, other = laboratory(college, "电镜实验室"), laboratory(college, "核磁实验室")
    mine = catalog.instrument("透射电镜", unit=world.unit, department=own, hourly_rate=100)
    theirs = catalog.instrument("核磁共振波谱仪", unit=world.unit, department=other, hourly_rate=100)
    page = enter("unit_admin")
    page.goto(f"/join/units/{world.unit.pk}/laboratories/")
    page.get_by_role("row", name=re.compile("电镜实验室")).get_by_role("link", name="开通账号").click()
    dialog = page.get_by_role("dialog")
    for label, text in (("姓名", "秦听澜"), ("用户名", "lab-em"), ("邮箱", "lab-em@example.cn")):
        dialog.get_by_label(label, exact=False).first.fill(text)
    picture(page, "laboratory-account-new")
    dialog.get_by_role("button", name="保存").click()
    expect(page.get_by_role("row", name=re.compile("电镜实验室"))).to_contain_text("秦听澜")
    holder = User.objects.get(username="lab-em")

    lab = window(new_context, live_server, holder)
    lab.goto(f"/join/laboratories/{own.pk}/")
    lab.get_by_role("link", name="修改资料").first.click()
    dialog = lab.get_by_role("dialog")
    dialog.get_by_label("地点").fill("材料楼 B1 层")
    dialog.get_by_role("button", name="保存").click()
    expect(lab.get_by_role("main")).to_contain_text("材料楼 B1 层")
    lab.goto("/catalog/")
    expect(lab.get_by_role("main")).to_contain_text("透射电镜")
    expect(lab.get_by_role("main")).not_to_contain_text("核磁共振波谱仪")
    picture(lab, "laboratory-instruments")
    assert lab.goto(f"/catalog/{mine.pk}/edit/").status == 200
    for address in (f"/catalog/{theirs.pk}/edit/", f"/catalog/{theirs.pk}/", f"/join/laboratories/{other.pk}/"):
        assert lab.goto(address).status == 404
    lab.set_viewport_size({"width": 375, "height": 812})
    lab.goto(f"/join/laboratories/{own.pk}/people/")
    fits(lab)

    page.goto(f"/join/units/{world.unit.pk}/laboratories/{own.pk}/")
    page.get_by_role("link", name="停用").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("原因").fill("人员调离")
    dialog.get_by_role("button", name="停用").click()
    expect(page.get_by_role("main")).to_contain_text("已停用")
    assert lab.goto(f"/join/laboratories/{own.pk}/").status == 404


def test_a_sub_user_is_texted_a_link_and_signs_in_with_the_mobile_number(enter, world, live_server):
    page = enter("unit_admin")
    page.goto(f"/join/units/{world.unit.pk}/sub-users/")
    page.get_by_role("link", name="新增子用户").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("姓名").fill("尤书瑶")
    dialog.get_by_label("手机号").fill("13800002222")
    dialog.get_by_role("button", name="保存").click()
    expect(page.get_by_role("row", name=re.compile("尤书瑶"))).to_contain_text("待激活")
    picture(page, "sub-users")
    sub = User.objects.get(phone="13800002222")

    own = enter()
    own.goto(links.ACTIVATION.path(sub))
    for field in own.locator("input[type=password]").all():
        field.fill("correct horse battery")
    own.get_by_role("button", name="设置密码并登录").click()
    own.wait_for_load_state("networkidle")
    own.context.clear_cookies()
    own.goto("/accounts/sign-in/")
    own.locator("input[name=username]").fill("13800002222")
    own.locator("input[type=password]").first.fill("correct horse battery")
    own.keyboard.press("Enter")
    own.wait_for_load_state("networkidle")
    own.goto(f"/organizations/manage/{world.unit.pk}/people/")
    expect(own.get_by_role("heading", name=re.compile("人员|望江大学")).first).to_be_visible()
    assert own.goto(f"/join/units/{world.unit.pk}/sub-users/").status == 404
    assert Membership.objects.current().filter(user=sub, role="sub_user", organization=world.unit).exists()
