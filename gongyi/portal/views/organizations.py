"""Who shares: the list of organizations and the page of one (S1-48: by unit)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from gongyi.catalog.models import Instrument
from gongyi.catalog.search import Criteria, Kind, facet_counts_of_all, find
from gongyi.organizations.models import Organization, OrganizationKind
from gongyi.portal import facets, rows

SHOWN = 12
MOST = 500


def organizations(request: HttpRequest) -> HttpResponse:
    """Public: active organizations, filtered by name and kind, those with most instruments first."""
    q, kind = request.GET.get("q", "").strip()[:50], request.GET.get("kind", "")
    found = Organization.objects.visible_to(request.user).active().select_related("region")
    if q:
        found = found.filter(name__icontains=q) | found.filter(short_name__icontains=q)
    if kind in OrganizationKind.values:
        found = found.filter(kind=kind)
    counts = facet_counts_of_all()[Kind.ORGANIZATION]
    units = sorted(
        ((unit, counts.get(unit.pk, 0)) for unit in found[:MOST]), key=lambda pair: (-pair[1], pair[0].name_key)
    )
    context = {"units": units, "q": q, "kind": kind, "kinds": OrganizationKind.choices}
    return render(request, "portal/organizations.html", context)


def organization(request: HttpRequest, pk: int) -> HttpResponse:
    """Public: what a unit is, where, whom to call, its departments and its most used instruments."""
    visible = Organization.objects.visible_to(request.user).select_related("region")
    unit = get_object_or_404(visible, pk=pk)
    result = find(Criteria(chosen={Kind.ORGANIZATION: (unit.pk,)}, sort="services"), limit=SHOWN)
    departments = list(unit.departments.all())
    context: dict[str, Any] = {
        "unit": unit,
        "departments": departments,
        "rows": rows.rows(rows.loaded(result.ids), request.user),
        "total": f"{result.total:,}{'+' if result.more else ''}",
        "more": result.total > len(result.ids),
        "classes": facets.headline(result.counts, Kind.CLASS, 2, 8),
        "manages": Instrument.objects.managed_by(request.user).filter(organization=unit).exists()
        if request.user.is_authenticated
        else False,
    }
    return render(request, "portal/organization.html", context)
