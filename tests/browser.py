"""The browser of the journey tests: a real Chromium at desktop and phone size, speaking Chinese in Shanghai's time."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tools import chromium

PLACE = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
DESKTOP = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 375, "height": 812}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
PATIENCE_MILLISECONDS = 10_000


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
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()


@pytest.fixture
def page(new_context) -> Page:
    """A desktop window of 1440 × 900."""
    return new_context().new_page()


@pytest.fixture
def phone(new_context) -> Page:
    """A phone of 375 × 812 with a touch screen."""
    return new_context(**PHONE).new_page()
