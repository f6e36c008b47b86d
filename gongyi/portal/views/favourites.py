"""Favourites: marking an instrument on its page (S0-21) and the list of those marked (S0-22)."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from gongyi.catalog.models import Instrument
from gongyi.catalog.queries import favourite_ids
from gongyi.catalog.services import set_favourite
from gongyi.portal import rows


@login_required
def favourites(request: HttpRequest) -> HttpResponse:
    """Own favourites that can still be seen, the latest first."""
    shown = rows.rows(rows.loaded(favourite_ids(request.user)), request.user)
    return render(request, "portal/favourites.html", {"rows": shown})


@login_required
@require_POST
def favourite(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark or unmark (`on` = 1 or 0); answers with the new button to HTMX, else goes back to the instrument."""
    found = get_object_or_404(Instrument.objects.visible_to(request.user), pk=pk)
    marked = set_favourite(instrument=found, actor=request.user, on=request.POST.get("on") == "1")
    if request.headers.get("HX-Request"):
        return render(request, "portal/_favourite.html", {"instrument": found, "is_favourite": marked})
    return redirect(found)
