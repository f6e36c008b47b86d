"""The public pages of instruments and institutions as search engines read them (schema.org); only what the pages show."""

from collections.abc import Iterable

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from gongyi.catalog.models import Instrument
from gongyi.kit.seo import Data, absolute, breadcrumbs, item_list
from gongyi.offerings.structured import provider
from gongyi.organizations.models import Certificate, Organization
from gongyi.portal.rows import Row


def site() -> list[Data]:
    """The site with its search box."""
    target = f"{absolute(reverse('portal:search'))}?q={{search_term_string}}"
    return [
        {
            "@type": "WebSite",
            "name": settings.SITE_NAME,
            "url": absolute(reverse("portal:home")),
            "inLanguage": "zh-CN",
            "potentialAction": {
                "@type": "SearchAction",
                "target": target,
                "query-input": "required name=search_term_string",
            },
        },
        {"@type": "Organization", "name": settings.SITE_NAME, "url": absolute(reverse("portal:home"))},
    ]


def instrument_list(rows: Iterable[Row], first: int) -> Data:
    return item_list(((row.instrument.name, row.instrument.get_absolute_url()) for row in rows), first=first or 1)


def instrument(found: Instrument, description: str) -> list[Data]:
    """An instrument one can book: what it is, whose, and where."""
    photo = next(iter(found.photos.all()), None)
    places = [(_("仪器设备"), reverse("portal:instruments"))]
    if found.instrument_class:
        places.append((found.instrument_class.name, f"{places[0][1]}?class={found.instrument_class_id}"))
    return [
        {
            "@type": "Product",
            "name": found.name,
            "alternateName": found.name_en,
            "model": found.model,
            "sku": found.number,
            "brand": {"@type": "Brand", "name": found.manufacturer},
            "category": found.instrument_class.name if found.instrument_class else "",
            "description": description,
            "url": absolute(found.get_absolute_url()),
            "image": absolute(photo.file.get_absolute_url()) if photo else "",
            "isRelatedTo": {
                "@type": "Service", "name": _("%s 使用与检测服务") % found.name, "provider": provider(found.organization),
            },
        },
        breadcrumbs(*places, (found.name, found.get_absolute_url())),
    ]  # fmt: skip


def organization_list(units: Iterable[tuple[Organization, int]]) -> Data:
    return item_list((unit.name, unit.get_absolute_url()) for unit, _count in units)


def organization(unit: Organization, certificates: Iterable[Certificate], name_en: str) -> list[Data]:
    """An institution with how to reach it and the certificates valid today."""
    return [
        {
            "@type": "Organization",
            "name": unit.name,
            "alternateName": [name for name in (unit.short_name, name_en) if name and name != unit.name],
            "url": absolute(unit.get_absolute_url()),
            "sameAs": unit.website,
            "description": unit.introduction[:300],
            "telephone": unit.phone,
            "email": unit.email,
            "address": {
                "@type": "PostalAddress",
                "addressCountry": "CN",
                "addressRegion": unit.region.label if unit.region else "",
                "streetAddress": unit.address,
            },
            "image": absolute(unit.cover.get_absolute_url()) if unit.cover else "",
            "hasCredential": [
                {
                    "@type": "EducationalOccupationalCredential", "credentialCategory": row.get_nature_display(),
                    "identifier": row.number, "recognizedBy": {"@type": "Organization", "name": row.issuer},
                }
                for row in certificates
            ],
        },
        breadcrumbs((_("机构"), reverse("portal:organizations")), (unit.name, unit.get_absolute_url())),
    ]  # fmt: skip
