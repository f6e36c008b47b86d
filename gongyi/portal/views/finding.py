"""The list of instruments: words and conditions in the address, a page of results, counts beside every condition.

By instrument or by unit (S1-48); wished times and 今日空闲优先 look among a bounded number of candidates and say so.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from gongyi.catalog.filters import Chip, Filters
from gongyi.catalog.nearest import nearest
from gongyi.catalog.search import Kind, Sort, find
from gongyi.portal import facets, rows, structured
from gongyi.portal.shortlist import Shortlist
from gongyi.portal.units import by_units
from gongyi.portal.wishes import FREE_FIRST, Wish, clock_choices, day_choices, free_among
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
    levels, wish = _levels(request), Wish.read(request.GET)
    only, without = _qualified(request.user, levels)
    criteria = filters.criteria(only=only, without=without)
    number, unit_mode = _page_number(request), request.GET.get("by") == "unit"
    offset = (number - 1) * PER_PAGE
    chips = [*filters.chips, *(Chip(str(LEVELS[level].label), "level", level) for level in levels)]
    context: dict[str, Any] = {}
    if unit_mode:
        found = find(criteria, limit=0)
        context = by_units(criteria, found, filters.chosen[Kind.ORGANIZATION], number, request.user)
        reachable, total, shown, per_page = context["unit_count"], found.total, [], context["per_page"]
    elif wish.asks or _free_first(request):
        found, among = free_among(criteria, wish, first=_free_first(request))
        reachable = total = len(among.ids)
        shown, per_page = rows.rows(rows.loaded(among.ids[offset : offset + PER_PAGE]), request.user), PER_PAGE
        context = {"among": among}
    else:
        found = find(criteria, offset=offset, limit=PER_PAGE)
        reachable, total, per_page = found.reachable, found.total, PER_PAGE
        shown = rows.rows(rows.loaded(found.ids), request.user)
    pages = max(1, -(-reachable // per_page))
    if wish.asks and not unit_mode:
        chips.append(Chip(wish.label, "day", wish.value))
    more = found.more and "among" not in context
    return context | {
        "json_ld": structured.instrument_list(shown, offset + 1),
        "filters": filters,
        "found": found,
        "rows": shown,
        "groups": facets.groups(filters, found.counts, found.partial),
        "levels": _level_options(levels) if request.user.is_authenticated else [],
        "chips": chips,
        "condition_count": sum(1 for chip in chips if chip.param != "q"),
        "sorts": _sorts(filters, _free_first(request), unit_mode),
        "unit_mode": unit_mode,
        "wish": wish,
        "wish_days": day_choices(),
        "wish_clocks": clock_choices(),
        "shortlist": Shortlist.of(request),
        "number": number,
        "pages": _page_list(number, pages),
        "has_next": number < pages,
        "first": offset + 1 if shown else 0,
        "last": offset + len(shown) if shown else 0,
        "total": f"{total:,}{'+' if more else ''}",
        "offers": None if total or wish.asks or levels else nearest(filters),
        "capped": more and not unit_mode and number >= pages,
        "depth": found.reachable,
    }


def _free_first(request: HttpRequest) -> bool:
    return request.GET.get("sort") == FREE_FIRST


def _sorts(filters: Filters, free_first: bool, unit_mode: bool) -> list[tuple[str, str, bool]]:
    """Value, label, chosen; what is usual for the question has no value, so that another question gets its own usual one."""
    offered = [sort for sort in Sort if sort != Sort.RELEVANCE or filters.words.tsquery]
    sorts = [
        ("" if sort == filters.usual_sort else sort.value, str(sort.label), sort == filters.sort and not free_first)
        for sort in offered
    ]
    return sorts if unit_mode else [*sorts, (FREE_FIRST, _("今日空闲优先"), free_first)]


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
