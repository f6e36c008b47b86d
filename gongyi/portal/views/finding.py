"""The list of instruments: words and conditions in the address, a page of results, counts beside every condition."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from gongyi.catalog.filters import Chip, Filters
from gongyi.catalog.search import Sort, find
from gongyi.portal import facets, rows
from gongyi.reservations.models import Qualification

PER_PAGE = 20
MOST_PAGES = 500
LEVELS = {"none": Qualification.Level.NONE, "normal": Qualification.Level.NORMAL, "senior": Qualification.Level.SENIOR}


def instruments(request: HttpRequest) -> HttpResponse:
    """Everyone may look; who is signed in also sees and filters by their qualification (S0-11, S0-20, S1-48 … S1-51)."""
    context = results(request)
    fragment = request.headers.get("HX-Target") == "find"
    response = render(request, "portal/_find.html" if fragment else "portal/instruments.html", context)
    patch_vary_headers(response, ("HX-Request", "HX-Target"))
    return response


def results(request: HttpRequest) -> dict[str, Any]:
    filters = Filters(request.GET)
    levels = _levels(request)
    only, without = _qualified(request.user, levels)
    number = _page_number(request)
    found = find(filters.criteria(only=only, without=without), offset=(number - 1) * PER_PAGE, limit=PER_PAGE)
    pages = max(1, -(-found.reachable // PER_PAGE))
    shown = rows.rows(rows.loaded(found.ids), request.user)
    chips = [*filters.chips, *(Chip(str(LEVELS[level].label), "level", level) for level in levels)]
    first = (number - 1) * PER_PAGE + 1
    return {
        "filters": filters,
        "found": found,
        "rows": shown,
        "groups": facets.groups(filters, found.counts, found.partial),
        "levels": _level_options(levels) if request.user.is_authenticated else [],
        "chips": chips,
        "condition_count": sum(1 for chip in chips if chip.param != "q"),
        "sorts": _sorts(filters),
        "number": number,
        "pages": _page_list(number, pages),
        "has_next": number < pages,
        "first": first if shown else 0,
        "last": first + len(shown) - 1 if shown else 0,
        "total": f"{found.total:,}{'+' if found.more else ''}",
        "capped": found.more and number >= pages,
        "depth": found.reachable,
    }


def _sorts(filters: Filters) -> list[tuple[str, str, bool]]:
    """Value, label, chosen; what is usual for the question has no value, so that another question gets its own usual one."""
    offered = [sort for sort in Sort if sort != Sort.RELEVANCE or filters.words.tsquery]
    return [
        ("" if sort == filters.usual_sort else sort.value, str(sort.label), sort == filters.sort) for sort in offered
    ]


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return max(1, min(int(text), MOST_PAGES)) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _page_list(number: int, pages: int) -> list[int | None]:
    """Numbers for the pager; None is a gap."""
    near = sorted({1, *range(number - 2, number + 3), pages} & set(range(1, pages + 1)))
    result: list[int | None] = []
    for page in near:
        if result and result[-1] is not None and page > result[-1] + 1:
            result.append(None)
        result.append(page)
    return result


def _levels(request: HttpRequest) -> list[str]:
    if not request.user.is_authenticated:
        return []
    return [level for level in LEVELS if level in request.GET.getlist("level")]


def _qualified(user: Any, levels: list[str]) -> tuple[list[int] | None, list[int] | None]:
    """The instruments on which the person has one of the levels: to keep (`only`) or, for 未授权, to leave out."""
    if not levels or len(levels) == len(LEVELS):
        return None, None
    held = dict(Qualification.objects.current().filter(user=user).values_list("instrument", "level"))
    if "none" in levels:
        return None, [pk for pk, level in held.items() if not any(LEVELS[name] == level for name in levels)]
    return [pk for pk, level in held.items() if any(LEVELS[name] == level for name in levels)], None


def _level_options(levels: list[str]) -> list[facets.Option]:
    words = {"senior": _("资深"), "normal": _("普通"), "none": _("未授权")}
    return [facets.Option(value, label, 0, value in levels) for value, label in words.items()]
