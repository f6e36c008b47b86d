"""The kit's script in a real Chromium: selection, dialogs, filters, menus, days, theme; and axe on every kind of page."""

from pathlib import Path

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import expect

from tests.browser import PHONE, wait_until_still
from tests.factories import accounts as people

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
ADDRESSES = ("/kit/", "/toy/", "/toy/?q=nobody", "/toy/new/", "/toy/desk/", "/toy/{pk}/", "/nothing/")


@pytest.fixture
def person(transactional_db):
    for number in range(24):
        people.person(f"人{number:03d}", username=f"u{number:03d}", title="工程师")
    return people.platform_admin("唐颖", username="tang")


@pytest.fixture
def open_page(person, new_context, live_server):
    """Open a page as the person; whatever the browser complains about fails the test."""
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "gongyi.accounts.backends.AnyIdentifierBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    complaints = []

    def make(address, **options):
        context = new_context(**options)
        context.add_cookies([{"name": "sessionid", "value": session.session_key, "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if "Content Security Policy" in m.text else None)
        page.goto(address.format(pk=person.pk))
        wait_until_still(page)
        return page

    yield make
    assert complaints == []


def test_rows_are_selected_across_pages_and_the_dialog_keeps_its_errors(open_page):
    page = open_page("/toy/")
    bar = page.locator("#gy-bulk")
    expect(bar).to_be_hidden()
    page.get_by_label("全选本页").check()
    expect(bar).to_contain_text("已选本页 20 人")
    page.get_by_role("button", name="选择全部 25 人符合条件的人员").click()
    expect(bar).to_contain_text("已选全部 25 人")
    page.get_by_role("button", name="停用 25 人").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("停用后不能登录。")
    expect(dialog.get_by_label("原因")).to_be_focused()
    dialog.get_by_role("button", name="停用 25 人").click()
    expect(dialog).to_contain_text("请填写这一项。")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator("button[value=dismiss]")).to_be_focused()
    page.get_by_role("button", name="停用 25 人").click()
    dialog.get_by_label("原因").fill("毕业")
    dialog.get_by_role("button", name="停用 25 人").click()
    expect(page.get_by_role("status").filter(has_text="已停用 25 人。")).to_be_visible()


def test_filtering_keeps_the_order_and_the_address(open_page):
    page = open_page("/toy/")
    page.get_by_role("link", name="用户名").click()
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("用户名")
    page.get_by_placeholder("搜索").fill("u00")
    expect(page.locator("#gy-list")).to_contain_text("共 10 人")
    assert "sort=username" in page.url
    assert "q=u00" in page.url
    assert "role=" not in page.url
    page.get_by_role("link", name="清除").click()
    expect(page.locator("#gy-list")).to_contain_text("共 25 人")
    page.go_back()
    expect(page.locator("#gy-list")).to_contain_text("共 10 人")


def test_columns_are_moved_and_hidden_by_keyboard_and_kept(open_page):
    page = open_page("/toy/")
    page.locator("#gy-columns summary").press("Enter")
    page.get_by_role("button", name="移动「金额」").press("ArrowUp")
    expect(page.locator("thead th").nth(3)).to_have_text("金额")
    page.get_by_label("用户名", exact=True).uncheck()
    expect(page.locator("thead")).not_to_contain_text("用户名")
    page.reload()
    expect(page.locator("thead")).not_to_contain_text("用户名")
    page.locator("#gy-columns summary").click()
    page.get_by_role("button", name="恢复默认").click()
    expect(page.locator("thead")).to_contain_text("用户名")


def test_a_refused_step_explains_itself_and_leads_nowhere(open_page):
    page = open_page("/toy/{pk}/")
    refused = page.get_by_role("button", name="签到")
    refused.focus()
    expect(page.get_by_role("tooltip", name="11-24 起可签到。")).to_be_visible()
    address = page.url
    refused.click(force=True)
    assert page.url == address
    page.locator(".act").get_by_role("link", name="退回").click()
    expect(page.get_by_role("dialog").get_by_role("heading", name="登记单价")).to_be_visible()


def test_a_day_is_picked_by_mouse_or_keyboard(open_page):
    page = open_page("/toy/new/")
    field = page.get_by_label("购置日期")
    field.fill("2026-11-30")
    field.click()
    page.get_by_role("button", name="2026-11-12").click()
    expect(field).to_have_value("2026-11-12")
    field.press("Alt+ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(field).to_have_value("2026-11-19")
    field.press("Alt+ArrowDown")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="选择日期")).to_have_count(0)


def test_a_wrong_form_puts_the_focus_on_its_summary(open_page):
    page = open_page("/toy/new/")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("alert").get_by_role("link", name="单价").click()
    expect(page.get_by_label("单价")).to_be_focused()


def test_the_theme_is_switched_at_once_and_rendered_by_the_server_afterwards(open_page):
    page = open_page("/toy/desk/", color_scheme="light")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")
    page.get_by_role("button", name="切换深浅外观").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    assert 'data-bs-theme="dark"' in page.request.get(page.url).text()


def test_the_menu_of_a_phone_opens_and_closes(open_page):
    page = open_page("/toy/desk/", **PHONE)
    page.get_by_role("button", name="打开菜单").click()
    menu = page.get_by_role("dialog", name="菜单")
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()


def test_no_page_is_wider_than_a_phone(open_page, person):
    page = open_page("/kit/", **PHONE)
    for address in ADDRESSES:
        page.goto(address.format(pk=person.pk))
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address


@pytest.mark.parametrize(("scheme", "size"), [("light", {}), ("dark", PHONE)], ids=["light-desktop", "dark-phone"])
def test_axe_finds_nothing_on_any_kind_of_page(open_page, person, scheme, size):
    found = {}
    page = open_page("/kit/", color_scheme=scheme, bypass_csp=True, **size)
    for address in ADDRESSES:
        page.goto(address.format(pk=person.pk))
        page.evaluate(AXE.read_text())
        rules = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']}"
        for violation in page.evaluate(f"axe.run(document, {rules})")["violations"]:
            found[address, violation["id"]] = [node["html"][:200] for node in violation["nodes"]]
    assert found == {}


def test_a_printed_page_leaves_out_header_sidebar_and_buttons(open_page):
    page = open_page("/toy/")
    page.emulate_media(media="print")
    for part in (".gy-head", ".gy-side", ".flt", ".gy-toasts"):
        expect(page.locator(part)).to_be_hidden()
