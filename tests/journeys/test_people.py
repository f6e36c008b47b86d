"""People move between units, are invited, and hand over what they looked after (S1-15 … S1-20)."""

import re

import pytest
from playwright.sync_api import Page, expect

from gongyi.accounts.models import User
from gongyi.catalog.models import InstrumentManager
from gongyi.onboarding.models import Invitation
from gongyi.organizations.models import Membership
from tests.browser import PHONE
from tests.factories.organizations import unit_admin
from tests.journeys.conftest import fits, picture
from tests.journeys.test_joining import PASSWORD, ask_for_code, code_from_inbox, field


@pytest.fixture(autouse=True)
def _demo(settings, live_server):
    settings.DEMO = True
    settings.DEMO_PEOPLE = []
    settings.SITE_URL = live_server.url


def roles(user: User, unit) -> list[str]:
    return sorted(Membership.objects.current().filter(user=user, organization=unit).values_list("role", flat=True))


def decide(page: Page, verb: str, words: str = "") -> None:
    """Open the newest request on the review desk, from the people page, and decide."""
    page.get_by_role("link", name=re.compile("待审核 1 人")).click()
    expect(page.get_by_role("heading", name="审核台")).to_be_visible()
    if words:
        page.get_by_label("审核意见").fill(words)
    page.get_by_role("button", name=verb, exact=True).click()
    expect(page.get_by_role("heading", name="没有符合条件的待审事项")).to_be_visible()


def test_s1_18_somebody_moves_from_one_unit_to_another(enter, world):
    person, new = world.outsider, world.unit
    old = person.memberships.get().organization
    world.people["old_keeper"] = unit_admin(old, "路明")
    mine, theirs, keeper = enter("outsider"), enter("unit_admin"), enter("old_keeper")

    mine.goto(f"/join/bind/{new.pk}/")
    expect(mine.get_by_text("换单位请先申请解除")).to_be_visible()
    mine.get_by_role("link", name="返回我的单位").click()
    mine.get_by_role("link", name="申请解除绑定").click()
    expect(mine.get_by_text("先由原单位审核解除，再申请绑定新单位")).to_be_visible()
    mine.get_by_label("说明").fill("调往望江大学")
    mine.get_by_role("button", name="提交解除申请").click()
    expect(mine.get_by_text("由单位管理员 路明 审核")).to_be_visible()
    expect(mine.get_by_text("尚未有人认领")).to_be_visible()
    picture(mine, "release-waits")

    keeper.goto(f"/organizations/manage/{old.pk}/people/")
    picture(keeper, "people-waiting")
    decide(keeper, "通过")
    assert roles(person, old) == []

    mine.goto("/desk/")
    expect(mine.get_by_role("heading", name="我的单位")).to_be_visible()
    expect(mine.get_by_text("未绑定单位")).to_be_visible()
    mine.get_by_label("单位名称").press_sequentially("wjdx", delay=20)
    mine.get_by_role("link", name=re.compile("望江大学")).click()
    mine.get_by_label("所在院系/实验室").select_option(label="分析测试中心")
    mine.get_by_role("button", name="提交申请").click()
    expect(mine.get_by_text("待审核").first).to_be_visible()

    theirs.goto(f"/organizations/manage/{new.pk}/people/")
    decide(theirs, "退回", "请写明工号。")
    mine.reload()
    expect(mine.get_by_text("请写明工号。").first).to_be_visible()
    mine.get_by_role("main").get_by_text("修改申请", exact=True).locator("visible=true").first.click()
    dialog = mine.get_by_role("dialog")
    dialog.get_by_label("说明").fill("工号 2026007")
    dialog.get_by_role("button", name="修改申请").click()
    expect(dialog).to_be_hidden()
    mine.get_by_role("main").get_by_text("提交审核", exact=True).locator("visible=true").first.click()
    mine.get_by_role("dialog").get_by_role("button", name="提交审核").click()
    expect(mine.get_by_role("dialog")).to_be_hidden()

    theirs.goto(f"/organizations/manage/{new.pk}/people/")
    decide(theirs, "通过")
    assert roles(person, new) == ["member"]
    mine.goto("/join/bind/")
    expect(mine.locator(".gy-user")).to_contain_text("望江大学")
    expect(mine.get_by_role("region", name="我所属的单位")).to_contain_text("分析测试中心")
    picture(mine, "bound")


def test_a_new_person_signs_up_from_an_invitation_and_belongs(enter, world):
    admin = enter("unit_admin")
    admin.goto(f"/organizations/manage/{world.unit.pk}/people/")
    admin.get_by_role("link", name="邀请", exact=True).click()
    admin.get_by_role("link", name="生成邀请链接").first.click()
    admin.get_by_label("院系/实验室").select_option(label="分析测试中心")
    admin.get_by_label("付款账户管理员").check()
    admin.get_by_role("button", name="生成链接").click()
    link = admin.get_by_label("邀请链接", exact=True).input_value()
    picture(admin, "invitation")

    page = enter(**PHONE)
    page.goto(link)
    expect(page.get_by_text("成员、付款账户管理员")).to_be_visible()
    fits(page)
    picture(page, "invited")
    page.get_by_role("link", name="注册账号").click()
    page.get_by_label("姓名").fill("吴越")
    page.get_by_label("用户名").fill("wuyue")
    page.get_by_label("手机号或邮箱").fill("13700002222")
    ask_for_code(page)
    field(page, "验证码").fill(code_from_inbox(page))
    field(page, "密码").fill(PASSWORD)
    page.get_by_label("再输一次密码").fill(PASSWORD)
    page.get_by_label("我已阅读并同意用户协议").check()
    page.get_by_role("main").get_by_role("button", name="注册").click()
    page.get_by_role("button", name="接受邀请").click()
    expect(page.get_by_text("您已加入望江大学。")).to_be_visible()
    expect(page.get_by_role("region", name="我所属的单位")).to_contain_text("付款账户管理员")
    fits(page)
    wu = User.objects.get(username="wuyue")
    assert (roles(wu, world.unit), Invitation.objects.get(secret=link.rstrip("/").rsplit("/", 1)[1]).uses_left) == (
        ["finance", "member"],
        0,
    )

    page.goto(link)
    expect(page.get_by_text("这份邀请的名额已经用完。")).to_be_visible()
    admin.reload()
    expect(admin.get_by_text("这份邀请已用完")).to_be_visible()
    expect(admin.get_by_text("吴越")).to_be_visible()


def test_what_somebody_looked_after_is_handed_over_when_they_are_removed(enter, world):
    page = enter("unit_admin")
    page.goto(f"/organizations/manage/{world.unit.pk}/people/")
    page.get_by_role("link", name="周敏").click()
    page.get_by_role("dialog").get_by_role("link", name="移出单位").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("场发射扫描电镜")
    picture(page, "remove-with-duties")
    dialog.get_by_role("link", name="先交接职责").click()
    expect(page.get_by_role("heading", name="交接 周敏 的职责")).to_be_visible()
    page.get_by_role("combobox", name="接手人").fill("何晓")
    picture(page, "hand-over")
    page.get_by_role("button", name="交接").click()
    expect(page.get_by_text("没有需要交接的职责")).to_be_visible()
    links = InstrumentManager.objects.filter(instrument=world.instrument)
    assert [link.user for link in links] == [world.newcomer]
    page.get_by_role("main").get_by_role("link", name="移出单位").click()
    page.get_by_role("dialog").get_by_role("button", name="移出 周敏").click()
    expect(page.get_by_text("周敏 已移出本单位。")).to_be_visible()
    page.goto("/organizations/manage/roles/")
    expect(page.get_by_role("region", name="单位管理员", exact=True)).to_be_visible()
    picture(page, "roles")
