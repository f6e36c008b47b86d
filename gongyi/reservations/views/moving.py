"""Moving a booking (改期): the same rules as a new one, answered before anything changes, in one dialog."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gongyi.kit.dialogs import is_htmx, show_dialog, stay
from gongyi.reservations.services import NotBookable
from gongyi.reservations.views.drafts import Draft
from gongyi.reservations.views.mine import own_or_managed
from gongyi.reservations.workflow import ReservationFlow
from gongyi.workflow import Refused


@login_required
@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Show every rule's answer about another time (GET), or take it (POST; refused with 409 and the sentences)."""
    reservation = own_or_managed(request, pk)
    data = request.POST if request.method == "POST" else request.GET
    draft = Draft.read(request, reservation.instrument, data, moving=reservation)
    if refusal := ReservationFlow.refusal(reservation, ReservationFlow.step("move"), request.user):
        return _dialog(request, draft, refusal=refusal)
    if request.method == "GET":
        return _dialog(request, draft)
    reason = data.get("waive_reason", "").strip()[:200]
    try:
        ReservationFlow.fire(
            reservation, "move", actor=request.user, acting_for=getattr(request, "acting_for", None),
            starts_at=draft.starts_at, ends_at=draft.ends_at, waive_reason=reason,
        )  # fmt: skip
    except NotBookable as refused:
        return _dialog(request, draft, answers=refused.answers, status=409)
    except Refused as refused:
        return _dialog(request, draft, refusal=refused)
    messages.success(request, _("%s：已改期。") % reservation)
    return stay(request, reservation.get_absolute_url())


def _dialog(
    request: HttpRequest,
    draft: Draft,
    *,
    answers: list | None = None,
    refusal: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    context = draft.context(answers) | {
        "reservation": draft.moving,
        "refusal": refusal,
        "waive_reason": request.POST.get("waive_reason", request.GET.get("waive_reason", "")),
        "unchanged": (draft.starts_at, draft.ends_at) == (draft.moving.starts_at, draft.moving.ends_at),
    }
    if is_htmx(request) and request.headers.get("HX-Target") == "booking-check" and request.method == "GET":
        return render(request, "reservations/_move_recheck.html", context)
    return show_dialog(request, "reservations/move.html", context, status=409 if refusal else status)
