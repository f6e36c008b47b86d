"""Choosing for which of one's organizations one acts."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from gongyi.organizations import queries


@login_required
@require_POST
def act_for(request: HttpRequest) -> HttpResponse:
    """Work for another of one's own organizations from now on; 404 for any other."""
    own = {str(organization.pk): organization for organization in queries.organizations_of(request.user)}
    chosen = own.get(request.POST.get("organization", ""))
    if chosen is None:
        raise Http404
    request.session[queries.SESSION_ACTING_FOR] = chosen.pk
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return redirect(wanted if safe else resolve_url("portal:desk"))
