"""What institutions offer: capabilities under a certificate, service plans."""

from typing import Any

from gongyi.offerings.models import Capability, IndustryTopic, ServicePlan
from gongyi.offerings.search import index, plans
from gongyi.organizations.models import Certificate, Organization


def certificate(unit: Organization, number: str = "", **fields: Any) -> Certificate:
    """A valid CMA certificate of the unit; with a number of its own unless one is given."""
    number = number or f"2519{Certificate.objects.count() + 1:08d}"
    return Certificate.objects.create(organization=unit, number=number, **{"nature": "cma", "grade": "other"} | fields)


def capability(unit: Organization, subject: str = "金属材料", **fields: Any) -> Capability:
    """A line that can be found and ordered; a test unless another nature is given."""
    given = {"standard_no": "GB/T 228.1-2021"} | fields
    if given.get("nature", "test") == "test":
        given.setdefault("parameter", "抗拉强度")
    given["certificate"] = given.get("certificate") or certificate(unit)
    row = Capability.objects.create(organization=unit, subject=subject, **given)
    index([row])
    return row


def plan(
    unit: Organization, name: str = "金属拉伸套餐", *, lines: tuple[Capability, ...] = (), **fields: Any
) -> ServicePlan:
    """A published plan that can be found."""
    given = {"business_type": "inspection", "price": 800, "status": ServicePlan.Status.PUBLISHED} | fields
    row = ServicePlan.objects.create(organization=unit, name=name, **given)
    row.capabilities.set(lines)
    plans([row])
    return row


def topic(name: str = "新能源汽车", *, plans: tuple[ServicePlan, ...] = (), **fields: Any) -> IndustryTopic:
    """A published topic with these plans under it."""
    given = {"introduction": "检测与校准", "status": IndustryTopic.Status.PUBLISHED} | fields
    row = IndustryTopic.objects.create(name=name, **given)
    row.service_plans.set(plans)
    return row
