"""Service plans, topics and institutions as search engines read them (schema.org); only what their public pages show."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from gongyi.kit import rich_text
from gongyi.kit.seo import Data, absolute, breadcrumbs, item_list
from gongyi.offerings.models import Capability, IndustryTopic, ServicePlan
from gongyi.organizations.models import Organization

DESCRIBED = 300  # characters


def provider(organization: Organization) -> Data:
    """The institution in few words, for what it offers."""
    return {
        "@type": "Organization",
        "name": organization.name,
        "url": absolute(organization.get_absolute_url()),
        "telephone": organization.phone,
        "address": organization.address,
    }


def plan_data(plan: ServicePlan) -> list[Data]:
    """A service with its price; 面议 has none."""
    price: Data = {}
    if plan.price is not None and not plan.is_negotiable:
        name = "minPrice" if plan.price_kind == ServicePlan.PriceKind.FROM else "price"
        price = {
            "@type": "Offer",
            "url": absolute(plan.get_absolute_url()),
            "availability": "https://schema.org/InStock",
            "priceSpecification": {
                "@type": "UnitPriceSpecification", name: str(plan.price), "priceCurrency": "CNY", "unitText": plan.price_unit,
            },
        }  # fmt: skip
    service = {
        "@type": "Service",
        "name": plan.name,
        "url": absolute(plan.get_absolute_url()),
        "serviceType": plan.get_business_type_display(),
        "description": plan.summary or rich_text.text_of(plan.description)[:DESCRIBED],
        "image": absolute(plan.cover.get_absolute_url()) if plan.cover else "",
        "provider": provider(plan.organization),
        "areaServed": plan.organization.region.label if plan.organization.region else "",
        "offers": price,
    }
    return [
        service,
        breadcrumbs(
            (_("服务方案"), reverse("offerings:plans")),
            (plan.organization.name, plan.organization.get_absolute_url()),
            (plan.name, plan.get_absolute_url()),
        ),
    ]


def plans_data(plans: Sequence[ServicePlan], *, first: int = 1) -> Data:
    return item_list(((plan.name, plan.get_absolute_url()) for plan in plans), first=first)


def topic_data(topic: IndustryTopic, plans: Sequence[ServicePlan]) -> list[Data]:
    page = {
        "@type": "CollectionPage",
        "name": topic.name,
        "description": topic.summary or topic.introduction[:DESCRIBED],
        "url": absolute(topic.get_absolute_url()),
        "image": absolute(topic.cover.get_absolute_url()) if topic.cover else "",
        "mainEntity": plans_data(plans),
    }
    return [
        page,
        breadcrumbs((_("产业专题"), reverse("offerings:topics")), (topic.name, topic.get_absolute_url())),
    ]


def capability_data(line: Capability, *, orderable: bool) -> list[Data]:
    """A test or measurement an institution may do; what fell is not on offer."""
    price: Data = {}
    if orderable and line.price is not None:
        price = {"@type": "Offer", "price": str(line.price), "priceCurrency": "CNY"}
    service = {
        "@type": "Service",
        "name": str(line),
        "url": absolute(line.get_absolute_url()),
        "serviceType": line.get_nature_display(),
        "description": _("依据 %s") % line.standard_no if line.standard_no else "",
        "provider": provider(line.organization),
        "offers": price,
    }
    return [
        service,
        breadcrumbs(
            (_("检测与计量能力"), reverse("offerings:capabilities")),
            (line.organization.name, line.organization.get_absolute_url()),
            (str(line), line.get_absolute_url()),
        ),
    ]
