"""What search engines read: robots.txt and the site map."""

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import sitemap as render_sitemap
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from gongyi.catalog.models import Instrument
from gongyi.organizations.models import Organization

PER_FILE = 2_000
MOST = 20_000  # the most used instruments; every page beyond can be reached from a unit's or class's list


class Pages(Sitemap):
    def items(self):
        return ["portal:home", "portal:instruments", "portal:organizations"]

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


SECTIONS = {"pages": Pages, "instruments": Instruments, "organizations": Organizations}


def sitemap(request: HttpRequest) -> HttpResponse:
    """Public; `?p=2` gives further pages."""
    return render_sitemap(request, SECTIONS)


def robots(request: HttpRequest) -> HttpResponse:
    """Public: everything that needs sign-in stays out."""
    closed = ("/accounts/", "/catalog/", "/reservations/", "/ledger/", "/notifications/", "/steps/", "/api/", "/desk/")
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in closed),
        f"Sitemap: {settings.SITE_URL}{reverse('portal:sitemap')}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
