"""The small world in a real Chromium: people who sign in, and a picture of every page a journey stops at."""

import re
from pathlib import Path

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import BrowserContext, Page, expect

from gongyi.accounts.models import User
from gongyi.catalog.models import Instrument
from gongyi.catalog.services import index
from gongyi.reservations.models import Ban, BookingRules, Closure, Reservation
from gongyi.reservations.services import reopen
from tests import world as worlds
from tests.browser import wait_until_still
from tests.factories.catalog import price
from tests.factories.reservations import at

PICTURES = Path(__file__).parent / "screenshots"
BACKEND = "gongyi.accounts.backends.AnyIdentifierBackend"


@pytest.fixture
def world(transactional_db):
    """The world of all roles with the calendar of its instrument clear, and check-in allowed a day early."""
    made = worlds.build()
    reopen(closure=made.closure, actor=made.manager)
    Closure.objects.all().delete()
    Ban.objects.all().delete()
    BookingRules.objects.filter(instrument=made.instrument).update(early_check_in_minutes=7 * 24 * 60)
    price(made.instrument, 200, "group", "internal", "external", "enterprise", startup_fee=50, minimum_fee=80)
    index(Instrument.objects.all())
    return made


@pytest.fixture
def enter(new_context, world, live_server):
    """Open a window as one of the world's people; what the browser complains about fails the journey."""
    complaints: list[str] = []

    def make(role: str | None = None, **options) -> Page:
        context = new_context(**options)
        person = world.people.get(role) if role else None
        if person:
            sit_down(context, person, live_server.url)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if "Content Security Policy" in m.text else None)
        return page

    yield make
    assert complaints == []


def sit_down(context: BrowserContext, person: User, address: str) -> None:
    """Let the windows of `context` be the person's, signed in."""
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(person.pk), BACKEND
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    context.add_cookies([{"name": "sessionid", "value": session.session_key, "url": address}])


def picture(page: Page, name: str) -> None:
    """Keep what the page looks like now, for the user guide."""
    wait_until_still(page)
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


def fits(page: Page) -> None:
    """No page is wider than its window."""
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"], f"{page.url} is {width} wide"


def choose(page: Page, day: int, start: str, end: str) -> None:
    """Choose a time with the selects beside the calendar: the keyboard's way; `day` days from today."""
    form = page.locator("form#booking-choice, form#booking-form").first
    first, last = at(day, start), at(day, end)
    form.get_by_label("日期").select_option(first.date().isoformat())
    expect(form.get_by_label("开始").locator(f'option[value="{first:%Y-%m-%dT%H:%M}"]')).to_have_count(1)
    form.get_by_label("开始").select_option(f"{first:%Y-%m-%dT%H:%M}")
    expect(form.get_by_label("结束").locator(f'option[value="{last:%Y-%m-%dT%H:%M}"]')).to_have_count(1)
    form.get_by_label("结束").select_option(f"{last:%Y-%m-%dT%H:%M}")


def book(
    page: Page, world, day: int = 2, start: str = "10:00", end: str = "12:00", purpose: str = "薄膜截面形貌"
) -> Reservation:
    """Book from the instrument's page to 预约成功; returns the reservation."""
    page.goto(f"/instruments/{world.instrument.pk}/")
    choose(page, day, start, end)
    page.locator("[data-booking-go]:visible").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="填写预约单").click()
    page.get_by_label("实验内容").fill(purpose)
    page.get_by_role("button", name=re.compile("提交预约|保存")).first.click()
    expect(page.get_by_role("heading", name="预约成功")).to_be_visible()
    return Reservation.objects.latest("pk")


def step(page: Page, label: str, **typed: str) -> None:
    """Take a step of the object's page: the button, then its dialog with what is typed by label."""
    page.get_by_role("main").get_by_text(label, exact=True).locator("visible=true").first.click()
    dialog = page.get_by_role("dialog")
    for field, text in typed.items():
        dialog.get_by_label(field).fill(text)
    dialog.get_by_role("button", name=label).click()
    expect(dialog).to_be_hidden()
