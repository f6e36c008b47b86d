"""Several instruments side by side, a day or a week: compare who is free when."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from gongyi.catalog.models import Favourite, Instrument
from gongyi.catalog.search import Criteria, find, parse
from gongyi.kit.when import format_day, format_days
from gongyi.reservations import timelines

AT_MOST = 20
FOUND = 8


@never_cache
@require_GET
def timeline(request: HttpRequest) -> HttpResponse:
    """The chosen instruments (`?i=…`), else those one looks after, else one's favourites; names as far as one may know them."""
    instruments, own = _chosen(request)
    day = _day(request.GET.get("day"))
    week = request.GET.get("view") == "week"
    first = day - timedelta(days=day.weekday()) if week else day
    days = 7 if week else 1
    step = timedelta(days=days)
    context = {
        "timeline": timelines.build(instruments, first, request.user, days=days),
        "instruments": instruments,
        "own": own,
        "week": week,
        "day": day,
        "title_text": format_days(first, first + timedelta(days=6)) if week else format_day(day, full=True),
        "previous": _link(request, day=first - step),
        "next": _link(request, day=first + step),
        "today": _link(request, day=timezone.localdate()),
        "as_day": _link(request, view=None),
        "as_week": _link(request, view="week"),
        "without": [(i, _link(request, drop=i.pk, kept=instruments)) for i in instruments],
        "full": len(instruments) >= AT_MOST,
        "here": _link(request),
    }
    return render(request, "reservations/timeline.html", context)


@never_cache
@require_GET
def timeline_find(request: HttpRequest) -> HttpResponse:
    """Instruments to add, as links that add them to the present selection."""
    text = request.GET.get("q", "").strip()[:100]
    shown = _keys(request)
    found = find(Criteria(words=parse(text)), offset=0, limit=FOUND).ids if text else []
    rows = Instrument.objects.visible_to(request.user).select_related("organization").in_bulk(found)
    params = request.GET.copy()
    params.pop("q", None)
    links = []
    for pk in found:
        if pk not in rows or pk in shown:
            continue
        more = params.copy()
        more.setlist("i", [*map(str, shown), str(pk)])
        links.append((rows[pk], f"{reverse('reservations:timeline')}?{more.urlencode()}"))
    return render(request, "reservations/_timeline_found.html", {"links": links, "asked": bool(text)})


def _keys(request: HttpRequest) -> list[int]:
    keys = [int(pk) for pk in request.GET.getlist("i") if pk.isdecimal() and len(pk) < 19]
    return list(dict.fromkeys(keys))[:AT_MOST]


def _chosen(request: HttpRequest) -> tuple[list[Instrument], bool]:
    """The instruments to show, and whether they are the person's own default."""
    visible = Instrument.objects.visible_to(request.user).select_related("organization").defer("tsv", "facets")
    if "i" in request.GET:
        keys = _keys(request)
        rows = visible.in_bulk(keys)
        return [rows[pk] for pk in keys if pk in rows], False
    if request.user.is_authenticated:
        own = Instrument.objects.filter(
            pk__in=Instrument.objects.managed_by(request.user).values("pk"), timed_booking=True
        )
        found = (
            [] if request.user.is_staff else list(own.select_related("organization").defer("tsv", "facets")[:AT_MOST])
        )
        if not found:
            favourites = Favourite.objects.filter(user=request.user).values("instrument")
            found = list(visible.filter(pk__in=favourites)[:AT_MOST])
        return found, True
    return [], True


def _day(text: str | None) -> date:
    try:
        return parse_date((text or "")[:10]) or timezone.localdate()
    except ValueError:
        return timezone.localdate()


def _link(request: HttpRequest, *, drop: int | None = None, kept: Any = None, **changes: Any) -> str:
    params = request.GET.copy()
    for key, value in changes.items():
        if value is None:
            params.pop(key, None)
        else:
            params[key] = value.isoformat() if isinstance(value, date) else value
    if drop is not None:
        params.setlist("i", [str(i.pk) for i in kept if i.pk != drop] or ["0"])
    return f"?{params.urlencode()}"
