"""From a visitor's shortlist to two bookings at once: put aside, sign in, book, delete, restore, clear (S1-51, S1-85 … S1-89)."""

import re

import pytest
from playwright.sync_api import Page, expect

from gongyi.catalog.models import Instrument
from gongyi.catalog.services import index
from gongyi.reservations.models import Qualification, Reservation
from tests.browser import PHONE
from tests.factories.catalog import instrument, price
from tests.factories.organizations import organization
from tests.factories.reservations import ALWAYS, qualified, rules
from tests.journeys.conftest import fits, picture


@pytest.fixture
def offered(world):
    """Two instruments of the world's unit on which the student may book, and one of another unit."""
    second = instrument("拉曼光谱仪", unit=world.unit, managers=(world.manager,), department=world.department)
    price(second, 100, "group", "internal", "external", "enterprise")
    rules(second, hours=ALWAYS, min_notice_minutes=0)
    qualified(second, world.student, Qualification.Level.SENIOR, by=world.manager)
    third = instrument("质谱仪", unit=organization("滨澜大学"), hourly_rate=300)
    index(Instrument.objects.all())
    world.student.set_password("gongyi-demo-1")
    world.student.save()
    return world.instrument, second, third


def row(page: Page, name: str):
    return page.get_by_role("article").filter(has=page.get_by_role("link", name=name, exact=True))


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
def test_a_visitor_shortlists_signs_in_and_books_two_at_once(enter, world, offered, options):
    page = enter(None, **options)
    first, second, third = offered
    page.goto("/instruments/")
    fits(page)
    count = page.locator("#shortlist-float .n")
    row(page, first.name).get_by_role("button", name="加入预选").click()
    expect(count).to_have_text(re.compile("^1"))
    for other in (second, third):
        page.get_by_label(f"选择 {other.name}").check()
    expect(page.get_by_text("已选 2 台")).to_be_visible()
    page.locator("#pick").get_by_role("button", name="加入预选").click()
    expect(count).to_have_text(re.compile("^3"))

    page.locator("#pick").get_by_role("button", name="比较").click()
    expect(page.get_by_role("heading", name="仪器比较")).to_be_visible()
    fits(page)
    page.go_back()
    expect(page.get_by_role("heading", name="仪器设备")).to_be_visible()

    page.goto("/shortlist/")
    fits(page)
    expect(page.get_by_text("2 家单位，共 3 台")).to_be_visible()
    ours = page.get_by_role("region", name=world.unit.name)
    ours.get_by_label(f"选择{world.unit.name}的全部仪器").check()
    ours.get_by_role("button", name="立即预约 2 台").click()

    page.locator("input[name=username]").fill(world.student.username)
    page.locator("input[name=password]").fill("gongyi-demo-1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="批量预约")).to_be_visible()
    fits(page)
    page.get_by_label("实验内容").fill("薄膜截面形貌")
    start = page.locator(f"#start-{second.pk}")
    start.select_option(index=3)
    expect(page.get_by_text("最近的共同空闲")).to_be_visible()
    expect(page.get_by_label("实验内容")).to_have_value("薄膜截面形貌")
    picture(page, "batch-phone" if options else "batch")
    page.get_by_role("button", name="提交预约").locator("visible=true").first.click()
    expect(page.get_by_role("heading", name="预约成功 2 台")).to_be_visible()
    fits(page)
    made = Reservation.objects.filter(purpose="薄膜截面形貌")
    assert {r.instrument_id for r in made} == {first.pk, second.pk}

    page.goto("/shortlist/")
    expect(page.get_by_text("1 家单位，共 1 台")).to_be_visible()  # the booked ones left it
    row(page, third.name).get_by_role("button", name="移除").click()
    expect(page.get_by_text("预选清单是空的")).to_be_visible()
    page.get_by_role("button", name="恢复").click()
    expect(row(page, third.name)).to_be_visible()

    Instrument.objects.filter(pk=third.pk).update(status="disabled")
    page.reload()
    expect(page.get_by_text("已停用", exact=True)).to_be_visible()
    page.get_by_role("button", name="清除停用仪器").click()
    expect(page.get_by_text("预选清单是空的")).to_be_visible()


def test_ticking_two_units_offers_one_of_them(enter, world, offered):
    page = enter("student")
    first, _second, third = offered
    page.goto("/instruments/")
    for made in (first, third):
        page.get_by_label(f"选择 {made.name}").check()
    page.get_by_role("button", name="批量预约").click()
    expect(page.get_by_text(f"所选仪器属于 {world.unit}、{third.organization}")).to_be_visible()
    page.get_by_role("region", name=str(third.organization)).get_by_role("link", name="预约这 1 台").click()
    expect(page.get_by_role("heading", name="批量预约")).to_be_visible()
