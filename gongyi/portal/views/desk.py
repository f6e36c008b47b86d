"""After sign-in: each role lands where something waits for it."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from gongyi.catalog.models import Instrument


@login_required
def desk(request: HttpRequest) -> HttpResponse:
    """Managers of instruments to the manager's desk, everybody else to their reservations."""
    if Instrument.objects.managed_by(request.user).exists():
        return redirect("reservations:manager_desk")
    return redirect("reservations:mine")
