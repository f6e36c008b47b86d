"""Which organization a person works for in this request; they choose among their own, the first is the default."""

from collections.abc import Callable

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse

from gongyi.organizations import queries


class ActingFor:
    """Sets `request.acting_for` and `request.user.acting_for` (an Organization or None); visitors cost no query."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.acting_for = None  # type: ignore[attr-defined]
        if SESSION_KEY in request.session and request.user.is_authenticated:
            chosen = request.session.get(queries.SESSION_ACTING_FOR)
            request.acting_for = queries.acting_for(request.user, chosen)  # type: ignore[attr-defined]
            request.user.acting_for = request.acting_for  # type: ignore[union-attr,attr-defined]
        return self.get_response(request)
