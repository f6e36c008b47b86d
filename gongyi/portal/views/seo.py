"""What search engines read: robots.txt and the site map."""

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import sitemap as render_sitemap
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from gongyi.catalog.models import Instrument
from gongyi.offerings.models import Capability, IndustryTopic, ServicePlan
from gongyi.organizations.models import Organization

PER_FILE = 2_000
MOST = 20_000  # the most used instruments; every page beyond can be reached from a unit's or class's list


class Pages(Sitemap):
    def items(self):
        return [
            "portal:home", "portal:instruments", "portal:organizations", "offerings:capabilities", "offerings:plans",
            "offerings:topics",
        ]  # fmt: skip

    def location(self, item):
        return reverse(item)


class Instruments(Sitemap):
    limit = PER_FILE

    def items(self):
        return Instrument.objects.shown_to_all().only("pk", "updated_at").order_by("-service_count", "pk")[:MOST]

    def lastmod(self, item):
        return item.updated_at


class Organizations(Sitemap):
    def items(self):
        return Organization.objects.active().only("pk").order_by("pk")


class Plans(Sitemap):
    limit = PER_FILE

    def items(self):
        return ServicePlan.objects.shown_to_all().only("pk", "updated_at").order_by("-published_at", "pk")[:MOST]

    def lastmod(self, item):
        return item.updated_at


class Topics(Sitemap):
    def items(self):
        return IndustryTopic.objects.published().only("pk").order_by("pk")


class Capabilities(Sitemap):
    """Those that can be ordered today; of a million only the newest, the rest is reached from the institutions."""

    limit = PER_FILE

    def items(self):
        return Capability.objects.orderable_on(timezone.localdate()).only("pk", "updated_at").order_by("-pk")[:MOST]

    def lastmod(self, item):
        return item.updated_at


SECTIONS = {
    "pages": Pages,
    "instruments": Instruments,
    "organizations": Organizations,
    "plans": Plans,
    "topics": Topics,
    "capabilities": Capabilities,
}


def sitemap(request: HttpRequest) -> HttpResponse:
    """Public; `?p=2` gives further pages."""
    return render_sitemap(request, SECTIONS)


def robots(request: HttpRequest) -> HttpResponse:
    """Public: everything that needs sign-in stays out."""
    closed = (
        "/accounts/", "/catalog/", "/reservations/", "/ledger/", "/notifications/", "/steps/", "/api/", "/desk/", "/reviews/",
        "/join/", "/imports/", "/organizations/manage/", "/institutions/", "/topics/manage/", "/search/",
    )  # fmt: skip
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in closed),
        f"Sitemap: {settings.SITE_URL}{reverse('portal:sitemap')}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
