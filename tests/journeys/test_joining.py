"""A person joins by themselves: registers with a code from the phone, loses the password and gets a new one (S1-21, S2-1 … S2-4)."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from gongyi.accounts import codes, links
from gongyi.accounts.models import User
from gongyi.notifications.models import Choice
from tests.browser import PHONE as PHONE_WINDOW
from tests.journeys.conftest import fits, picture

PASSWORD, OTHER = "xin-de-mi-ma-26", "ling-yi-ge-mi-ma-27"
NUMBER = "13700001111"


@pytest.fixture(autouse=True)
def _demo(settings):
    settings.DEMO = True
    settings.DEMO_PEOPLE = []


def code_from_inbox(page: Page) -> str:
    """What a visitor of the demo reads in the inbox that the page leads to."""
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="打开演示短信箱").click()
    inbox = opened.value
    expect(inbox.get_by_role("heading", name="演示短信箱")).to_be_visible()
    digits = re.search(r"验证码 (\d{6})", inbox.get_by_role("listitem").first.inner_text())
    picture(inbox, "demo-inbox")
    inbox.close()
    assert digits
    return digits.group(1)


def field(page: Page, label: str) -> Locator:
    """The field of exactly this label, whether or not it wears a star."""
    return page.get_by_label(re.compile(rf"^{label}\s*\*?$"))


def ask_for_code(page: Page) -> None:
    page.get_by_role("button", name="获取验证码").click()
    expect(page.get_by_text("验证码已发往")).to_be_visible()


@pytest.mark.parametrize("window", [{}, PHONE_WINDOW], ids=["desktop", "phone"])
def test_s2_3_somebody_registers_and_goes_on_where_they_were_going(enter, world, window):
    page = enter(**window)
    page.goto("/accounts/sign-in/?next=/organizations/")
    page.get_by_role("link", name="注册账号").click()
    ask = page.get_by_role("button", name="获取验证码")
    ask.click()
    expect(page.get_by_text("请先填写接收验证码的手机号或邮箱。")).to_be_visible()

    page.get_by_label("姓名").fill("何晓阳")
    page.get_by_label("用户名").fill("hexiaoyang")
    page.get_by_label("手机号或邮箱").fill(NUMBER)
    ask_for_code(page)
    expect(page.get_by_role("button", name="秒后可重新获取")).to_have_attribute("aria-disabled", "true")
    fits(page)
    picture(page, "sign-up-code")
    field(page, "验证码").fill(code_from_inbox(page))
    field(page, "密码").fill(PASSWORD)
    page.get_by_label("再输一次密码").fill(PASSWORD + "x")
    page.get_by_role("main").get_by_role("button", name="注册").click()

    expect(page.get_by_text("两次输入的密码不一样")).to_be_visible()
    expect(page.get_by_text("已验证，无需再填")).to_be_visible()
    picture(page, "sign-up-wrong")
    field(page, "密码").fill(PASSWORD)
    page.get_by_label("再输一次密码").fill(PASSWORD)
    page.get_by_label("我已阅读并同意用户协议").check()
    page.get_by_role("main").get_by_role("button", name="注册").click()

    expect(page).to_have_url(re.compile("/organizations/$"))
    expect(page.get_by_text("账号 hexiaoyang 已注册，您已登录。")).to_be_visible()
    made = User.objects.get(username="hexiaoyang")
    assert (made.phone, made.check_password(PASSWORD)) == (NUMBER, True)


def test_s1_21_a_lost_password_comes_back_by_phone(enter, world):
    User.objects.filter(pk=world.student.pk).update(phone=NUMBER)
    page = enter()
    page.goto("/accounts/sign-in/")
    page.get_by_role("link", name="登录遇到问题").click()
    picture(page, "help-recovery")
    page.get_by_role("link", name="用手机号找回").click()
    page.get_by_label("账号登记的手机号").fill(NUMBER)
    ask_for_code(page)
    field(page, "验证码").fill("000000")
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_text("验证码不正确，还可以再试 4 次。")).to_be_visible()
    page.get_by_role("button", name="获取验证码").click()
    expect(page.get_by_text(re.compile(r"请 \d+ 秒后再获取"))).to_be_visible()
    newest = codes.VerificationCode.objects.latest("pk")
    field(page, "验证码").fill(codes.code_of(newest))
    page.get_by_role("button", name="下一步").click()
    field(page, "新密码").fill(OTHER)
    page.get_by_label("再输一次新密码").fill(OTHER)
    picture(page, "recovered")
    page.get_by_role("button", name="设置密码").click()
    page.get_by_label("用户名、邮箱或手机号").fill(NUMBER)
    field(page, "密码").fill(OTHER)
    page.get_by_role("main").get_by_role("button", name="登录").click()
    expect(page.get_by_role("button", name="设置密码")).to_be_hidden()
    expect(page.get_by_text("林知远").first).to_be_visible()
    assert User.objects.get(pk=world.student.pk).last_login is not None


def test_s3_35_an_activation_link_sets_the_first_password(enter, world):
    page = enter()
    page.goto(links.ACTIVATION.path(world.newcomer))
    expect(page.get_by_role("heading", name="激活账号")).to_be_visible()
    picture(page, "activation")
    field(page, "新密码").fill(PASSWORD)
    page.get_by_label("再输一次新密码").fill(PASSWORD)
    page.get_by_role("button", name="设置密码并登录").click()
    expect(page.get_by_text("密码已设置，账号已激活。")).to_be_visible()


def test_a_new_phone_is_proved_in_the_profile_and_may_get_text_messages(enter, world):
    page = enter("student")
    page.goto("/accounts/edit/")
    expect(page.get_by_label("新手机号的验证码")).to_be_hidden()
    field(page, "手机号").fill(NUMBER)
    expect(page.get_by_label("新手机号的验证码")).to_be_visible()
    ask_for_code(page)
    page.get_by_label("新手机号的验证码").fill(code_from_inbox(page))
    picture(page, "new-phone")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("基本信息已保存。")).to_be_visible()
    assert User.objects.get(pk=world.student.pk).phone == NUMBER

    page.goto("/notifications/reception/")
    page.get_by_role("group", name="短信").get_by_label("预约", exact=True).check()
    page.get_by_role("button", name="保存接收方式").click()
    expect(page.get_by_text("接收方式已保存。")).to_be_visible()
    assert Choice.objects.filter(user=world.student, channel="sms", wanted=True).count() == 1


def test_s4_7_somebody_closes_their_account(enter, world):
    world.outsider.set_password(PASSWORD)
    world.outsider.save()
    page = enter("outsider")
    page.goto("/accounts/")
    page.get_by_role("link", name="注销账号").click()
    picture(page, "close-account")
    page.get_by_label("登录密码").fill(PASSWORD)
    page.get_by_label("我已了解以上后果").check()
    page.get_by_role("button", name="注销账号").click()
    expect(page.get_by_text("账号已注销。")).to_be_visible()
    expect(page.get_by_role("link", name="登录", exact=True)).to_be_visible()
    assert not User.objects.get(pk=world.outsider.pk).is_active
