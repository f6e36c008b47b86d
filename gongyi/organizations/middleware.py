"""Which organization a person works for in this request; they choose among their own, the first is the default."""

from collections.abc import Callable

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse

from gongyi.organizations import queries

PROGRAMS = "/api/"


class ActingFor:
    """Sets `request.acting_for` and `request.user.acting_for` (an Organization or None); visitors cost no query.

    Programs act for nobody but themselves: the API's addresses are left out.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.acting_for = None  # type: ignore[attr-defined]
        if request.path_info.startswith(PROGRAMS):
            return self.get_response(request)
        if SESSION_KEY in request.session and request.user.is_authenticated:
            chosen = request.session.get(queries.SESSION_ACTING_FOR)
            request.acting_for = queries.acting_for(request.user, chosen)  # type: ignore[attr-defined]
            request.user.acting_for = request.acting_for  # type: ignore[union-attr,attr-defined]
        return self.get_response(request)
