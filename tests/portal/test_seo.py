"""What search engines read: every public page with its data, whole addresses, nothing private, nothing that breaks out."""

import json
import re

import pytest
from django.conf import settings
from django.urls import reverse

from gongyi.catalog.services import index
from gongyi.kit import seo
from gongyi.organizations.models import Certificate, ContactPerson, UnitProfile
from tests.factories import catalog, offerings
from tests.factories.organizations import organization

pytestmark = pytest.mark.django_db
SCRIPT = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
EVIL = '</script><script>alert(1)</script><!-- & "x"'


@pytest.fixture
def unit():
    unit = organization(
        "澄湖质检中心", kind="testing_institution", region_id="320508", phone="0512-68704400", uscc="91320508MA1XXXXX0X"
    )
    UnitProfile.objects.create(
        organization=unit, business_types=["inspection"], bank_account_no="6222021234", legal_representative="苏文渊"
    )
    ContactPerson.objects.create(
        organization=unit, duty="liaison", name="暗线", phone="13912345678", since="2026-01-01T00:00:00Z"
    )
    return unit


@pytest.fixture
def pages(unit):
    """Addresses of all kinds of public pages, with something on each."""
    instrument = catalog.instrument("场发射扫描电镜", unit=unit)
    index([instrument])
    line = offerings.capability(unit)
    plan = offerings.plan(unit, lines=(line,), summary="抗拉与硬度")
    topic = offerings.topic(plans=(plan,))
    names = ("portal:home", "portal:instruments", "portal:organizations", "offerings:plans", "offerings:topics")
    things = (instrument, unit, line, plan, topic)
    return {name: reverse(name) for name in names} | {type(one).__name__: one.get_absolute_url() for one in things}


def data_of(client, address):
    """The things a page tells search engines."""
    return [json.loads(text) for text in SCRIPT.findall(client.get(address).content.decode())]


KINDS = {
    "portal:home": {"WebSite", "Organization"},
    "portal:instruments": {"ItemList"},
    "portal:organizations": {"ItemList"},
    "offerings:plans": {"ItemList"},
    "offerings:topics": {"ItemList"},
    "Instrument": {"Product", "BreadcrumbList"},
    "Organization": {"Organization", "BreadcrumbList"},
    "Capability": {"Service", "BreadcrumbList"},
    "ServicePlan": {"Service", "BreadcrumbList"},
    "IndustryTopic": {"CollectionPage", "BreadcrumbList"},
}


@pytest.mark.parametrize("name", KINDS)
def test_every_public_page_has_its_data_title_description_and_address(client, pages, name):
    page = client.get(pages[name]).content.decode()
    things = data_of(client, pages[name])
    assert {thing["@type"] for thing in things} == KINDS[name]
    assert all(thing["@context"] == "https://schema.org" for thing in things)
    assert f'<link rel="canonical" href="{settings.SITE_URL}{pages[name]}">' in page
    assert page.count('rel="canonical"') == 1
    assert re.search(r'<meta name="description" content="[^"]{4,}">', page)
    assert f'<meta property="og:url" content="{settings.SITE_URL}{pages[name]}">' in page
    assert len(re.findall(r"<title>[^<]{4,}</title>", page)) == 1


@pytest.mark.parametrize("name", KINDS)
def test_no_data_names_what_the_page_does_not_show(client, pages, name):
    told = json.dumps(data_of(client, pages[name]), ensure_ascii=False)
    for private in ("6222021234", "13912345678", "暗线", "苏文渊", "91320508MA1XXXXX0X"):
        assert private not in told


def test_addresses_in_the_data_are_whole(client, pages):
    told = json.dumps([data_of(client, address) for address in pages.values()])
    for address in re.findall(r'"(?:url|item|image)": "([^"]+)"', told):
        assert address.startswith(f"{settings.SITE_URL}/")


@pytest.mark.parametrize("kind", ["ServicePlan", "Organization", "Capability", "IndustryTopic", "Instrument"])
def test_a_name_cannot_break_out_of_the_data(client, unit, kind):
    """The escaped text means the same to a reader of JSON, and nothing to a reader of HTML."""
    line = offerings.capability(unit, EVIL) if kind == "Capability" else offerings.capability(unit)
    made = {
        "ServicePlan": lambda: offerings.plan(unit, EVIL),
        "Organization": lambda: organization(EVIL, short_name="质检"),
        "Capability": lambda: line,
        "IndustryTopic": lambda: offerings.topic(EVIL[:50]),
        "Instrument": lambda: catalog.instrument(EVIL, unit=unit),
    }[kind]()
    page = client.get(made.get_absolute_url()).content.decode()
    assert "<script>alert(1)" not in page
    assert "</script><script" not in SCRIPT.sub("", page).replace("</script><script src=", "")
    first = data_of(client, made.get_absolute_url())[0]
    assert first["name"].startswith(EVIL[:50])


def test_what_is_empty_is_left_out():
    assert seo.filled({"a": "", "b": None, "c": [], "d": {"@type": "Brand", "name": ""}, "e": 0}) == {"e": 0}
    assert seo.json_ld(None) == ""


def test_prices_are_told_as_they_are(client, unit):
    fixed, floor, open_ = (
        offerings.plan(unit, "甲", price=800, price_unit="件"),
        offerings.plan(unit, "乙", price_kind="from", price=300),
        offerings.plan(unit, "丙", price_kind="negotiable", price=None),
    )
    price = data_of(client, fixed.get_absolute_url())[0]["offers"]["priceSpecification"]
    assert (price["price"], price["priceCurrency"], price["unitText"]) == ("800.00", "CNY", "件")
    assert data_of(client, floor.get_absolute_url())[0]["offers"]["priceSpecification"]["minPrice"] == "300.00"
    assert "offers" not in data_of(client, open_.get_absolute_url())[0]


def test_a_capability_that_fell_is_on_no_offer(client, unit):
    line = offerings.capability(unit, price=90)
    assert data_of(client, line.get_absolute_url())[0]["offers"]["price"] == "90.00"
    Certificate.objects.filter(pk=line.certificate_id).update(expires_on="2020-01-01")
    assert "offers" not in data_of(client, line.get_absolute_url())[0]


def test_searches_and_narrowed_lists_stay_out_of_search_engines(client, pages):
    for address in (f"{reverse('portal:search')}?q=电镜", f"{reverse('offerings:plans')}?q=拉伸"):
        assert '<meta name="robots" content="noindex">' in client.get(address).content.decode()


def test_the_site_map_names_what_is_public_and_nothing_else(client, pages, unit):
    draft = offerings.plan(unit, "草稿", status="draft")
    closed = offerings.topic("旧专题", status="closed")
    page = client.get("/sitemap.xml").content.decode()
    for address in pages.values():
        assert f"{address}</loc>" in page
    for hidden in (draft, closed):
        assert f"{hidden.get_absolute_url()}</loc>" not in page
    robots = client.get("/robots.txt").content.decode()
    for closed_path in ("/institutions/", "/topics/manage/", "/search/", "/organizations/manage/"):
        assert f"Disallow: {closed_path}\n" in robots
