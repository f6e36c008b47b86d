"""A keeper's list: columns, a view to come back to, many at once and back, labels (S1-37)."""

import re

from playwright.sync_api import expect

from gongyi.catalog.models import Instrument
from tests.factories.catalog import instrument
from tests.journeys.conftest import fits, picture


def test_a_keeper_saves_a_view_changes_many_takes_it_back_and_prints_labels(enter, world):
    for number in range(3):
        instrument(f"离心机{number}", unit=world.unit, contact_name="王敏", location="材料楼 B106")
    page = enter("unit_admin")
    page.goto("/catalog/?q=离心机")
    page.locator("#gy-columns summary").click()
    page.get_by_label("找一列").fill("联系人")
    page.get_by_label("联系人", exact=True).check()
    expect(page.locator("#gy-list thead")).to_contain_text("联系人")
    page.keyboard.press("Escape")
    page.locator("#gy-views summary").click()
    page.get_by_role("link", name="保存当前视图").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("名称").fill("离心机的联系人")
    dialog.get_by_role("button", name="保存").click()
    expect(page.locator("#gy-views summary")).to_contain_text("离心机的联系人")

    page.get_by_label("全选本页").check()
    page.locator("#gy-bulk").get_by_role("button", name=re.compile("批量修改")).click()
    dialog.locator("input[name=change][value=contact_name]").check()
    dialog.locator("input[name=contact_name]").fill("李工")
    dialog.get_by_role("button", name="下一步：核对").click()
    expect(dialog).to_contain_text("将修改 3 台仪器")
    picture(page, "change-many")
    dialog.get_by_role("button", name="修改 3 台").click()
    expect(page.locator("#gy-list")).to_contain_text("李工")
    page.get_by_role("link", name="撤销批量修改").click()
    dialog.get_by_role("button", name="撤销修改").click()
    expect(page.get_by_text("已恢复 3 台仪器原来的资料。")).to_be_visible()
    assert Instrument.objects.filter(contact_name="王敏").count() == 3

    page.goto("/catalog/?q=离心机")
    page.get_by_label("全选本页").check()
    page.locator("#gy-bulk").get_by_role("button", name=re.compile("打印标签")).click()
    expect(page.locator(".lab-qr svg")).to_have_count(3)
    page.emulate_media(media="print")
    expect(page.locator(".lab-set")).to_be_hidden()
    place = page.locator(".lab").first.bounding_box()
    assert place is not None
    assert abs(place["width"] - 70 * 96 / 25.4) < 1  # as wide as the label that is sold
    assert place["x"] < 1
    page.emulate_media(media="screen")
    picture(page, "labels")


def test_on_a_phone_the_list_and_its_views_fit(enter, world):
    page = enter("unit_admin", viewport={"width": 375, "height": 812})
    page.goto("/catalog/")
    fits(page)
    page.locator("#gy-views summary").click()
    expect(page.get_by_role("link", name="保存当前视图")).to_be_visible()
    fits(page)
    page.goto(f"/catalog/labels/?pk={world.instrument.pk}")
    fits(page)


def test_the_menu_of_the_only_row_is_seen_whole(enter, world):
    """A table that scrolls sideways clips what hangs out of it; the panel floats over the page instead."""
    instrument("离心机", unit=world.unit)
    page = enter("unit_admin")
    page.goto("/catalog/?q=离心机")
    page.locator("#gy-list td.acts summary").click()
    items = page.locator("#gy-list td.acts .pop-i")
    expect(items.last).to_be_visible()
    seen = "link => { const r = link.getBoundingClientRect(); return link.contains(document.elementFromPoint(r.x + 20, r.y + 5)); }"
    assert [item.evaluate(seen) for item in items.all()] == [True] * items.count()
