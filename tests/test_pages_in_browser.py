"""Every page of every role in a real Chromium: readable for everybody, as wide as its window, in Chinese, without dead links.

Each address is opened once, as the first role that may see it; the desk of each role besides.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page

from tests import world as worlds
from tests.browser import PHONE
from tests.journeys.conftest import BACKEND, sit_down
from tests.test_screens import EXPECTED, addresses, arguments

AXE = Path(__file__).resolve().parents[1] / "node_modules" / "axe-core" / "axe.min.js"
SEEN_AS = ("visitor", "student", "manager", "finance", "unit_admin", "leader", "admin")
AT_ONCE = 24  # pages; each portion builds a world and asks after its links
BUSY_MACHINE_MILLISECONDS = 30_000
DESK = "portal:desk"
SERIOUS = """axe.run(document, {runOnly: ['wcag2a', 'wcag2aa'], resultTypes: ['violations']}).then(found => found.violations
  .filter(one => ['serious', 'critical'].includes(one.impact))
  .map(one => one.id + ': ' + one.nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join(' | ')))"""
LINKS = "Array.from(document.querySelectorAll('a[href]'), link => link.getAttribute('href'))"
NOWHERE = """Array.from(document.querySelectorAll('a[href^="#"]'), link => link.hash)
  .filter(hash => hash && !document.getElementById(hash.slice(1))).map(hash => hash + ' leads nowhere')"""
TEMPLATE_LEFTOVERS = re.compile(r"\{\{|\}\}|\{%|%\}|\bNone\b|\bundefined\b|\bNaN\b|\[object ")
ENGLISH = re.compile(r"\b[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}\b")
IN_ENGLISH = {"kit:parts"}  # shows component names as they are written in code


def errands() -> list:
    """(role, names of addresses), in portions small enough to be spread over processes."""
    portions: list = []
    left = dict(EXPECTED)
    for role in SEEN_AS:
        place = worlds.ROLES.index(role)
        names = [name for name, line in left.items() if line.split()[place] == "200"]
        for name in names:
            del left[name]
        if role != "visitor":
            names.append(DESK)
        for start in range(0, len(names), AT_ONCE):
            portions.append(pytest.param(role, names[start : start + AT_ONCE], id=f"{role}-{start // AT_ONCE + 1}"))
    return portions


@dataclass
class Findings:
    """What is wrong, by address; empty when all is well."""

    wrong: dict = field(default_factory=dict)
    links: dict = field(default_factory=dict)

    def add(self, address: str, *what: str) -> None:
        if what:
            self.wrong.setdefault(address, []).extend(what)


def is_page(answer) -> bool:
    """A whole page of HTML; neither a download nor a part of a page."""
    return answer.headers.get("Content-Type", "").startswith("text/html") and b"<html" in answer.content


@pytest.mark.parametrize(("role", "names"), errands())
def test_pages_are_sound(role, names, transactional_db, new_context, live_server):
    world = worlds.build()
    person, reader = world.people[role], Client(raise_request_exception=False)
    desktop, phone = new_context(color_scheme="light"), new_context(color_scheme="dark", **PHONE)
    if person:
        reader.force_login(person, backend=BACKEND)
        for context in (desktop, phone):
            sit_down(context, person, live_server.url)
    parameters = dict(addresses())
    targets = [(name, reverse(name, kwargs=arguments(world, name, parameters[name]))) for name in names]
    targets = [(name, path) for name, path in targets if is_page(reader.get(path, follow=name == DESK))]
    assert targets or role == "visitor"  # one of the visitors' portions holds downloads only
    found = Findings()
    for size, context in (("desktop", desktop), ("phone", phone)):
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error, into=complaints: into.append(str(error)))
        page.on("console", lambda m, into=complaints: into.append(m.text) if m.type == "error" else None)
        for name, path in targets:
            where = f"{name} {size}"
            page.goto(path, timeout=BUSY_MACHINE_MILLISECONDS)
            page.wait_for_load_state("load")
            found.add(where, *faults_of(page, english=name in IN_ENGLISH))
            found.add(where, *complaints)
            complaints.clear()
            for link in page.evaluate(LINKS):
                found.links.setdefault(urljoin(page.url, link), where)
    follow_links(reader, found, urlsplit(live_server.url).netloc)
    assert found.wrong == {}


def faults_of(page: Page, *, english: bool = False) -> list[str]:
    """What is wrong with the page as it stands: barriers, width, leftovers of templates, English words, anchors of nothing."""
    page.evaluate(AXE.read_text())
    faults = page.evaluate(SERIOUS) + page.evaluate(NOWHERE)
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > page.viewport_size["width"]:
        faults.append(f"{width} px wide")
    text = page.evaluate("document.body.innerText")
    return faults + TEMPLATE_LEFTOVERS.findall(text) + ([] if english else ENGLISH.findall(text))


def follow_links(reader: Client, found: Findings, host: str) -> None:
    """GET every address of ours that was linked, once; an error is noted where the link was seen first."""
    asked = set()
    for address, where in found.links.items():
        parts = urlsplit(address)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        if parts.netloc != host or path in asked or path.startswith("/static/"):
            continue
        asked.add(path)
        answer = reader.get(path)
        if answer.status_code >= 400:
            found.add(where, f"{path} answers {answer.status_code}")


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<p style="color:#ddd;background:#fff">看不清</p>', "color-contrast"),
        ("<button></button>", "button-name"),
        ('<div style="width:500px">宽</div>', "px wide"),
        ("<p>负责人 None</p>", "None"),
        ("<p>{{ name }}</p>", "{{"),
        ("<p>This field is required.</p>", "This field is"),
        ('<a href="#specs">技术指标</a>', "#specs leads nowhere"),
    ],
)
def test_a_fault_would_be_seen(phone, body, fault):
    frame = '<html lang="zh"><head><title>页</title><meta name="viewport" content="width=device-width"></head><body>{}</body>'
    phone.set_content(frame.format("<p>好的一页</p>"))
    assert faults_of(phone) == []
    phone.set_content(frame.format(body))
    assert fault in " ".join(faults_of(phone))


def test_a_dead_link_would_be_seen(client, db):
    found = Findings(links={"http://here/nothing-here/": "page", "http://elsewhere/x": "page", "http://here/": "page"})
    follow_links(client, found, "here")
    assert found.wrong == {"page": ["/nothing-here/ answers 404"]}
