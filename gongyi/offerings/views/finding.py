"""Public: who can test or measure what, to which standard; and everything about one line (S3-45, S3-58)."""

from dataclasses import replace
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from gongyi.offerings import structured
from gongyi.offerings.filters.finding import Filters, groups
from gongyi.offerings.filters.nearest import nearest
from gongyi.offerings.models import Capability, ServicePlan
from gongyi.offerings.search import Kind, Question, find
from gongyi.offerings.search.facets import BY_NATURE, NATURES
from gongyi.organizations.models import ContactPerson, Organization

PER_PAGE = 20
MOST_PAGES = 500
SIMILAR_SHOWN = 6
SHOWN_OF_UNIT = settings.CAPABILITIES_ON_INSTITUTION_PAGE
TESTS = (NATURES[Capability.Nature.TEST],)
METROLOGY = tuple(NATURES[nature] for nature in Capability.METROLOGY)
PUBLIC_CONTACT = ContactPerson.Duty.SALES


def capabilities(request: HttpRequest) -> HttpResponse:
    """Everyone may look; what is suspended, expired or withdrawn is found only when asked for, and says so."""
    context = results(request)
    fragment = request.headers.get("HX-Target") == "find"
    template = "offerings/finding/_find.html" if fragment else "offerings/finding/capabilities.html"
    response = render(request, template, context)
    patch_vary_headers(response, ("HX-Request", "HX-Target"))
    return response


def results(request: HttpRequest) -> dict[str, Any]:
    filters = Filters(request.GET)
    number = page_number(request)
    found = find(filters.criteria(), offset=(number - 1) * PER_PAGE, limit=PER_PAGE)
    pages = max(1, -(-found.reachable // PER_PAGE))
    shown = loaded(found.ids)
    first = (number - 1) * PER_PAGE + 1
    return {
        "filters": filters,
        "found": found,
        "institutions": by_institution(shown),
        "groups": groups(filters, found),
        "condition_count": sum(1 for chip in filters.chips if chip.param != "q"),
        "offers": nearest(filters) if not found.total else None,
        "number": number,
        "pages": page_list(number, pages),
        "has_next": number < pages,
        "first": first if shown else 0,
        "last": first + len(shown) - 1 if shown else 0,
        "total": f"{found.total:,}{'+' if found.more else ''}",
        "capped": found.more and number >= pages,
        "depth": found.reachable,
    }


def shown_lines() -> QuerySet[Capability]:
    """Capabilities with what a line of them shows: three queries for any number."""
    contacts = Prefetch("organization__contacts", asked_first(), to_attr="asked_first")
    return (
        Capability.objects.select_related("certificate", "organization", "organization__region")
        .prefetch_related(contacts)
        .defer("tsv", "facets")
    )


def asked_first() -> QuerySet[ContactPerson]:
    """Whom an institution names for business, as on its page."""
    return ContactPerson.objects.current().filter(duty=PUBLIC_CONTACT)


def loaded(ids: list[int]) -> list[Capability]:
    """The capabilities in the order of `ids`, each with its standing of today."""
    rows = shown_lines().filter(pk__in=ids).in_bulk()
    return stand([rows[pk] for pk in ids if pk in rows])


def stand(lines: list[Any]) -> list[Capability]:
    """Write on each line what it is worth today."""
    today = timezone.localdate()
    for line in lines:
        line.standing = line.standing_on(today)
        line.is_orderable = line.standing == Capability.Standing.VALID
    return lines


def by_institution(lines: list[Capability]) -> list[tuple[Organization, list[Capability]]]:
    """Neighbouring lines of one institution stand under its name, which is written once."""
    return [
        (members[0].organization, members)
        for _unit, group in groupby(lines, key=lambda line: line.organization_id)
        for members in [list(group)]
    ]


def of_institution(unit: Organization, params: QueryDict) -> dict[str, Any] | None:
    """The first lines of an institution's tests or metrology, or those that answer its own search `cq` (S3-45).

    None where it has none. What ended is shown too, and says so. Four queries.
    """
    filters = Filters(QueryDict(urlencode({"q": params.get("cq", "").strip(), "organization": unit.pk, "all": "1"})))
    criteria = filters.criteria()
    counts = find(replace(criteria, words=Question()), limit=0).counts[Kind.NATURE]
    if not counts:
        return None
    found_of = find(criteria, limit=0).counts[Kind.NATURE] if filters.words.tsquery else counts
    tabs = []
    for kind, label, natures in (("test", _("检测能力"), TESTS), ("metrology", _("计量能力"), METROLOGY)):
        if any(counts.get(nature) for nature in natures):
            tabs.append((kind, label, sum(found_of.get(nature, 0) for nature in natures), natures))
    # What is asked for may stand in the other class only.
    asked = [tab for tab in tabs if tab[2] and tab[0] == params.get("kind")] or [tab for tab in tabs if tab[2]] or tabs
    kind, _label, total, natures = asked[0]
    found = find(replace(criteria, chosen={**criteria.chosen, Kind.NATURE: natures}), limit=SHOWN_OF_UNIT, count=False)
    everything = {"organization": unit.pk, "nature": [BY_NATURE[n] for n in natures], "all": "1", "q": filters.q}
    return {
        "unit": unit,
        "q": filters.q,
        "refusal": filters.refusal,
        "tabs": [(name, label, number, name == kind) for name, label, number, _natures in tabs],
        "kind": kind,
        "lines": loaded(found.ids),
        "total": total,
        "is_more": total > len(found.ids),
        "all_url": f"{reverse('offerings:capabilities')}?{urlencode(everything, doseq=True)}",
    }


def page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return max(1, min(int(text), MOST_PAGES)) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def page_list(number: int, pages: int) -> list[int | None]:
    """Numbers for the pager; None is a gap."""
    near = sorted({1, *range(number - 2, number + 3), pages} & set(range(1, pages + 1)))
    result: list[int | None] = []
    for page in near:
        if result and result[-1] is not None and page > result[-1] + 1:
            result.append(None)
        result.append(page)
    return result


def capability(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about one line, its institution, its certificate and the plans that include it.

    A cancelled one, or one of an institution that is not active, exists only for those who keep it; for others it is 404.
    """
    line: Any = get_object_or_404(
        shown_lines().filter(pk__in=Capability.objects.visible_to(request.user).values("pk")), pk=pk
    )
    stand([line])
    plans = ServicePlan.objects.shown_to_all().filter(capabilities=line).order_by("name").defer("tsv", "description")
    others = (
        Capability.objects.orderable_on(timezone.localdate())
        .filter(organization=line.organization, subject=line.subject, nature=line.nature)
        .exclude(pk=line.pk)
        .order_by("parameter", "standard_no", "pk")
    )
    keeps = Capability.objects.kept_by(request.user).filter(pk=line.pk).exists()
    context = {
        "line": line,
        "unit": line.organization,
        "certificate": line.certificate,
        "plans": list(plans[:SIMILAR_SHOWN]),
        "others": list(others[:SIMILAR_SHOWN]),
        "keeps": keeps,
        "json_ld": structured.capability_data(line, orderable=line.is_orderable),
    }
    return render(request, "offerings/finding/capability.html", context)
