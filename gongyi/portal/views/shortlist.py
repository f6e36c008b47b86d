"""The 预选清单: its page, putting on and taking off, and what is done with several ticked instruments (S1-51, S1-85 … S1-89)."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from gongyi.catalog.models import Instrument
from gongyi.catalog.services.shortlist import SHORTLIST_LIMIT
from gongyi.kit.dialogs import is_htmx, toast
from gongyi.kit.refusal import Refused
from gongyi.portal.shortlist import Shortlist, by_unit, stopped

MOST_PICKED = SHORTLIST_LIMIT  # ids read from one request


@never_cache
@require_safe
def shortlist(request: HttpRequest) -> HttpResponse:
    """Public: what whoever is asking has put aside, grouped by unit."""
    mine = Shortlist.of(request)
    groups = by_unit(mine.ids, request.user)
    context = {
        "shortlist": mine,
        "groups": groups,
        "gone": sum(1 for group in groups for line in group.lines if line.gone),
        "removed": len(mine.removed),
        "limit": SHORTLIST_LIMIT,
    }
    return render(request, "portal/shortlist.html", context)


@never_cache
@require_POST
def picked(request: HttpRequest) -> HttpResponse:
    """What is to be done with ticked instruments (`id`, repeated): `do` is add, remove, compare or book.

    A button beside one instrument says which (`add:12`, `remove:12`); `remove-unit:5` and `remove-all` take what is on the
    list, `book-unit:5` the ticked ones of the unit, or all of it that can be booked when none is ticked.
    """
    act, _colon, number = request.POST.get("do", "").partition(":")
    chosen = _chosen(request, act, numbers([number]))
    if not chosen:
        return _answer(request, [], _("还没有选中仪器。请先勾选。"), "warning")
    query = urlencode({"id": chosen}, doseq=True)
    if act == "compare":
        return redirect(f"{resolve_url('portal:compare')}?{query}")
    if act.startswith("book"):
        return redirect(f"{resolve_url('reservations:batch')}?{query}")
    if act.startswith("remove"):
        gone = Shortlist.of(request).remove(chosen)
        return _answer(request, chosen, _("已从预选清单移除 %s 台仪器。") % len(gone), "success")
    return _add(request, chosen)


def _add(request: HttpRequest, chosen: list[int]) -> HttpResponse:
    mine = Shortlist.of(request)
    try:
        added = mine.add(chosen)
    except Refused as refused:
        return _answer(request, chosen, str(refused), "warning")
    if not added:
        return _answer(request, chosen, _("所选仪器已经在预选清单里。"), "info")
    words = {"n": len(added), "total": mine.count}
    return _answer(request, chosen, _("已加入 %(n)s 台，预选清单共 %(total)s 台。") % words, "success")


def _chosen(request: HttpRequest, act: str, named: list[int]) -> list[int]:
    ticked, mine = numbers(request.POST.getlist("id")), Shortlist.of(request)
    if act == "remove-all":
        return mine.ids
    if not act.endswith("-unit"):
        return named or ticked
    groups = [group for group in by_unit(mine.ids, request.user) if [group.unit.pk] == named]
    every = [line.instrument.pk for group in groups for line in group.lines]
    if act == "remove-unit":
        return every
    return [pk for pk in ticked if pk in every] or [pk for group in groups for pk in group.bookable]


@never_cache
@require_POST
def clear_stopped(request: HttpRequest) -> HttpResponse:
    """【清除停用仪器】 (S1-89): off with what is disabled, scrapped or of a unit that no longer shares."""
    mine = Shortlist.of(request)
    gone = mine.remove(stopped(mine.ids))
    sentence = _("已清除 %s 台停用的仪器。") % len(gone) if gone else _("预选清单里没有停用的仪器。")
    return _answer(request, [], sentence, "success" if gone else "info")


@never_cache
@require_POST
def restore(request: HttpRequest) -> HttpResponse:
    """Put back what was taken off last (恢复)."""
    try:
        back = Shortlist.of(request).restore()
    except Refused as refused:
        return _answer(request, [], str(refused), "warning")
    sentence = _("已恢复 %s 台仪器。") % len(back) if back else _("没有可以恢复的仪器：已超过时间，或不再公开。")
    return _answer(request, [], sentence, "success" if back else "info")


def numbers(values: list[str]) -> list[int]:
    """The keys among what came in, each once."""
    return list(dict.fromkeys(int(v) for v in values[:MOST_PICKED] if v.isascii() and v.isdigit() and 0 < len(v) < 19))


def _answer(request: HttpRequest, chosen: list[int], sentence: str, tone: str) -> HttpResponse:
    """The buttons and the number anew for HTMX, else the page one came from."""
    if is_htmx(request):
        shown = Instrument.objects.visible_to(request.user).filter(pk__in=chosen).only("name")
        context = {"shortlist": Shortlist.of(request), "changed": list(shown)}
        return toast(render(request, "portal/_shortlist_changed.html", context), sentence, tone)
    if sentence:
        getattr(messages, tone)(request, sentence)
    return HttpResponseRedirect(_back(request))


def _back(request: HttpRequest) -> str:
    came_from = request.POST.get("next") or ""
    safe = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure())
    return came_from if safe else resolve_url("portal:shortlist")
