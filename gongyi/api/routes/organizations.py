"""Organizations: the public list and page of one with its certificates valid today; one's own unit as its people read it."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router

from gongyi.api.authentication import PUBLIC
from gongyi.api.paging import page_of
from gongyi.organizations.models import Certificate, ContactPerson, Organization, OrganizationKind, UnitRules
from gongyi.organizations.models.profile import BusinessType, Capacity
from gongyi.organizations.queries import find_units
from gongyi.organizations.rules import may_manage

router = Router(tags=["organizations"])


def organization_body(unit: Organization) -> dict:
    return {
        "id": unit.pk,
        "name": unit.name,
        "short_name": unit.short_name,
        "kind": unit.kind,
        "kind_label": unit.get_kind_display(),
        "region_code": unit.region_id,
        "address": unit.address,
        "phone": unit.phone,
        "website": unit.website,
        "url": unit.get_absolute_url(),
    }


def certificate_body(certificate: Certificate) -> dict:
    return {
        "id": certificate.pk,
        "nature": certificate.nature,
        "nature_label": certificate.get_nature_display(),
        "grade": certificate.grade,
        "number": certificate.number,
        "issuer": certificate.issuer,
        "issued_on": certificate.issued_on and certificate.issued_on.isoformat(),
        "expires_on": certificate.expires_on and certificate.expires_on.isoformat(),
    }


@router.get(
    "/organizations", auth=PUBLIC, summary="Public organizations by name, kind, region, business type and capacity"
)
def organizations(
    request,
    q: str = Query("", max_length=50),
    kind: OrganizationKind | None = None,
    region_code: str = Query("", pattern=r"^(\d{6})?$", description="GB/T 2260 code; everything inside it is found"),
    business_type: BusinessType | None = None,
    capacity: Capacity | None = None,
    page: int = 1,
    page_size: int = 20,
):
    found = find_units(
        request.user, q=q.strip(), kind=kind or "", region=region_code, business_type=business_type or "",
        capacity=capacity or "",
    )  # fmt: skip
    return page_of(found.order_by("name_key", "pk"), page, page_size, organization_body)


@router.get("/organizations/{int:organization_id}", auth=PUBLIC, summary="One public organization (S3-55)")
def organization(request, organization_id: int):
    """A suspended unit answers its own people only; certificates are those valid today."""
    unit = get_object_or_404(
        Organization.objects.visible_to(request.user).select_related("profile"), pk=organization_id
    )
    profile = getattr(unit, "profile", None)
    return organization_body(unit) | {
        "name_en": profile.name_en if profile else "",
        "business_types": profile.business_types if profile else [],
        "introduction": unit.introduction,
        "certificates": [certificate_body(row) for row in _valid(unit)],
    }


@router.get(
    "/organizations/{int:organization_id}/certificates",
    auth=PUBLIC,
    summary="Its certificates valid today, for everyone",
)
def certificates(request, organization_id: int):
    unit = get_object_or_404(Organization.objects.visible_to(request.user), pk=organization_id)
    return {"on": timezone.localdate().isoformat(), "items": [certificate_body(row) for row in _valid(unit)]}


@router.get(
    "/organizations/{int:organization_id}/profile", summary="A unit's own data, for its people and its authority"
)
def profile(request, organization_id: int):
    """With every certificate and what it is worth today, contacts, and what the unit takes part as; bank data stay on the
    pages."""
    units = Organization.objects.open_inside_to(request.user).select_related("profile", "parent")
    unit = get_object_or_404(units, pk=organization_id)
    warn_days = max(UnitRules.current().certificate_warn_days, default=0)
    today = timezone.localdate()
    rows = Certificate.objects.visible_to(request.user).filter(organization=unit)
    contacts = ContactPerson.objects.visible_to(request.user).current().filter(organization=unit)
    return organization_body(unit) | {
        "code": unit.code,
        "uscc": unit.uscc,
        "status": unit.status,
        "parent_id": unit.parent_id,
        "may_change": may_manage(request.user, unit),
        "capacities": [
            {
                "capacity": part.capacity,
                "since": part.since.isoformat(),
                "ended_at": part.ended_at and part.ended_at.isoformat(),
            }
            for part in unit.participations.all()
        ],
        "certificates": [
            certificate_body(row) | {"standing": row.standing_on(today, warn_days), "days_left": row.days_left}
            for row in rows
        ],
        "contacts": [
            {
                "duty": row.duty,
                "duty_label": row.get_duty_display(),
                "name": row.name,
                "phone": row.phone,
                "email": row.email,
            }
            for row in contacts
        ],
    }


def _valid(unit: Organization) -> QuerySet[Certificate]:
    return Certificate.objects.filter(organization=unit).valid_on(timezone.localdate())
