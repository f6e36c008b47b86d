"""Who shares: the list of organizations, and the public home page of one (S1-48: by unit; S3-52, S3-55)."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from gongyi.catalog.models import Instrument
from gongyi.catalog.search import Criteria, Kind, facet_counts_of_all, find
from gongyi.offerings.views.finding import of_institution
from gongyi.offerings.views.plans import plans_of
from gongyi.onboarding.panels import platforms_panel
from gongyi.organizations.models import (
    BusinessType,
    Capacity,
    CasePicture,
    Certificate,
    ContactPerson,
    Organization,
    OrganizationKind,
)
from gongyi.organizations.queries import find_units
from gongyi.portal import facets, rows, structured
from gongyi.regions.models import Region

SHOWN = 12
MOST = 500
INTRODUCTION_SHOWN = 150  # characters before 查看更多
CASE_SHOWN = 220
PUBLIC_DUTIES = (ContactPerson.Duty.SALES, ContactPerson.Duty.COMPLAINTS)


@dataclass(frozen=True)
class Choice:
    """A select of the search: its parameter, its name, what it offers, what is chosen."""

    param: str
    label: Any
    everything: Any
    options: list[tuple[str, Any]]
    chosen: str


def organizations(request: HttpRequest) -> HttpResponse:
    """Public: active organizations, filtered by name, kind, region, business type and capacity, those with most instruments
    first."""
    q = request.GET.get("q", "").strip()[:50]
    choices = _choices(request)
    chosen = {choice.param: choice.chosen for choice in choices}
    found = find_units(
        request.user, q=q, kind=chosen["kind"], region=chosen["region"], business_type=chosen["type"],
        capacity=chosen["capacity"],
    )  # fmt: skip
    counts = facet_counts_of_all()[Kind.ORGANIZATION]
    units = sorted(
        ((unit, counts.get(unit.pk, 0)) for unit in found[:MOST]), key=lambda pair: (-pair[1], pair[0].name_key)
    )
    narrowed = bool(q or any(choice.chosen for choice in choices))
    listed = structured.organization_list(units)
    context = {"units": units, "q": q, "choices": choices, "narrowed": narrowed, "json_ld": listed}
    return render(request, "portal/organizations.html", context)


def _choices(request: HttpRequest) -> list[Choice]:

    used = Organization.objects.active().filter(region=OuterRef("pk"))
    inside = Region.objects.filter(Exists(used)).values_list("pk", flat=True)
    provinces = Region.objects.filter(pk__in={f"{code[:2]}0000" for code in inside})
    offered = (
        ("kind", _("单位性质"), _("全部性质"), OrganizationKind.choices),
        ("region", _("所在地区"), _("全部地区"), [(place.code, place.name) for place in provinces]),
        ("type", _("业务类型"), _("全部业务"), BusinessType.choices),
        ("capacity", _("入网身份"), _("全部身份"), Capacity.choices),
    )
    return [
        Choice(param, label, everything, list(options), value if value in dict(options) else "")
        for param, label, everything, options in offered
        for value in [request.GET.get(param, "")]
    ]


def organization(request: HttpRequest, pk: int) -> HttpResponse:
    """Public: what a unit is, where, whom to call, what it shows of itself, and its most used instruments.

    A suspended unit or one that left exists here for its own people and the platform only; for others it is 404.
    """
    visible = Organization.objects.visible_to(request.user).select_related("region", "cover", "parent", "profile")
    unit = get_object_or_404(visible, pk=pk)
    offered = of_institution(unit, request.GET)
    if request.headers.get("HX-Target") == "capabilities" and offered is not None:
        response = render(request, "offerings/finding/_of_unit.html", {"offered": offered})
        patch_vary_headers(response, ("HX-Request", "HX-Target"))
        return response
    result = find(Criteria(chosen={Kind.ORGANIZATION: (unit.pk,)}, sort="services"), limit=SHOWN)
    context: dict[str, Any] = {
        "unit": unit,
        "offered": offered,
        "departments": list(unit.departments.all()),
        "rows": rows.rows(rows.loaded(result.ids), request.user),
        "total": f"{result.total:,}{'+' if result.more else ''}",
        "count": result.total,
        "more": result.total > len(result.ids),
        "classes": facets.headline(result.counts, Kind.CLASS, 2, 8),
        "manages": Instrument.objects.managed_by(request.user).filter(organization=unit).exists()
        if request.user.is_authenticated
        else False,
        "inside": Organization.objects.open_inside_to(request.user).filter(pk=unit.pk).exists(),
        "description": unit.introduction
        or " · ".join(filter(None, (unit.name, unit.get_kind_display(), unit.address))),
        **shown(unit),
        **plans_of(request, unit),
    }
    if unit.status == Organization.Status.ACTIVE:
        name_en = context["profile"].name_en if context["profile"] else ""
        context["json_ld"] = structured.organization(unit, context["certificates"], name_en)
    return render(request, "portal/organization.html", context)


def shown(unit: Organization) -> dict[str, Any]:
    """What the unit shows of itself; of certificates only those that are valid today, and never their files (S3-53)."""
    profile = getattr(unit, "profile", None)
    types = [BusinessType(value).label for value in profile.business_types] if profile else []
    current = Certificate.objects.filter(organization=unit).valid_on(timezone.localdate())
    pictures = Prefetch("pictures", CasePicture.objects.select_related("stored"))
    return {
        "profile": profile,
        "business_types": types,
        "introduction_shown": INTRODUCTION_SHOWN,
        "case_shown": CASE_SHOWN,
        "qualifications": list(unit.qualification_pictures.select_related("stored")),
        "cases": list(unit.success_cases.prefetch_related(pictures)),
        "certificates": list(current),
        "contacts": list(ContactPerson.objects.current().filter(organization=unit, duty__in=PUBLIC_DUTIES)),
        "platforms": platforms_panel(unit),
    }
