"""Lets nobody work for a unit whose information was not updated for a year, until it is (S1-36)."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch, reverse

from gongyi.kit.dialogs import go
from gongyi.onboarding.freshness import is_overdue

# What stays possible: one's own account and messages, signing out, another unit, and all that the update itself needs.
OPEN_SPACES = {"accounts", "regions", "files", "notifications", "kit"}
OPEN_SCREENS = {
    "healthz", "readyz", "organizations:act_for",
    *(
        f"onboarding:{name}"
        for name in (
            "refresh", "confirm_unchanged", "voucher_check", "change", "application", "resume", "part", "upload", "remove_file",
            "file", "overview", "state", "submit", "withdraw", "discard", "my_units", "binding",
        )
    ),
}  # fmt: skip
OPEN_PROCESSES = {"onboarding.application", "onboarding.binding"}


class UpdateFirst:
    """Sends people who act for an overdue unit to its page of the update; platform administrators are never stopped.

    Stands after ActingFor, whose organization it reads: for everybody else it asks the database nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict) -> HttpResponse | None:
        unit = getattr(request, "acting_for", None)
        if unit is None or request.user.is_staff or stays_open(request.resolver_match) or not is_overdue(unit):
            return None
        return go(request, reverse("onboarding:refresh", args=[unit.pk]))


def stays_open(match: ResolverMatch | None) -> bool:
    """Whether an address works for people of an overdue unit too."""
    if match is None or match.view_name in OPEN_SCREENS:
        return True
    if match.view_name == "workflow:step":
        return match.kwargs.get("flow") in OPEN_PROCESSES
    return bool(match.namespaces) and match.namespaces[0] in OPEN_SPACES
