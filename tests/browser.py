"""The browser of the journey tests: a real Chromium at desktop and phone size, speaking Chinese in Shanghai's time."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from tools import chromium

PLACE = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
DESKTOP = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 375, "height": 812}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
PATIENCE_MILLISECONDS = 10_000
expect.set_options(timeout=PATIENCE_MILLISECONDS)  # else half as patient as everything else
TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"

_under_way: dict[BrowserContext, set] = {}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all journeys of this process."""
    program = chromium.find()
    if program is None:
        pytest.fail("there is no Chromium; `make test` gets one")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=str(program),
            args=list(chromium.ARGUMENTS),
            env=chromium.environment(program),
            headless=False,  # the arguments ask for the new headless mode; Playwright's own flag would add the old one
        )
        yield running
        running.close()


@pytest.fixture
def new_context(browser: Browser, live_server) -> Iterator:
    """Make contexts, one per person who acts in a journey; relative addresses lead to the live server."""
    opened: list[BrowserContext] = []

    def make(**options) -> BrowserContext:
        context = browser.new_context(base_url=live_server.url, **(PLACE | DESKTOP | options))
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        requests = _under_way[context] = set()
        context.on("request", lambda one: requests.add(one))
        context.on("requestfinished", lambda one: requests.discard(one))
        context.on("requestfailed", lambda one: requests.discard(one))
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()
        del _under_way[context]


def wait_until_still(page: Page) -> None:
    """Wait until the page is loaded, asks for nothing and has been drawn since; "networkidle" takes half a second more for every
    page, and does not wait at all for what is asked after it was reached once."""
    deadline = time.monotonic() + PATIENCE_MILLISECONDS / 1000
    still = 0
    while still < 2:
        under_way = _under_way[page.context]
        assert time.monotonic() < deadline, f"{page.url} still waits for {[one.url for one in under_way]}"
        page.wait_for_load_state("load")
        try:
            page.evaluate(TWO_FRAMES)
        except Error:  # it was just left for the next page
            still = 0
        else:
            still = 0 if under_way else still + 1


@pytest.fixture
def page(new_context) -> Page:
    """A desktop window of 1440 × 900."""
    return new_context().new_page()


@pytest.fixture
def phone(new_context) -> Page:
    """A phone of 375 × 812 with a touch screen."""
    return new_context(**PHONE).new_page()
