"""Parts of a unit's own pages that apps above fill: cards on a tab, and ways on in its head."""

from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest

from gongyi.kit.views import Action, Panel
from gongyi.organizations.models import Organization

DATA, ATTACHMENTS, REVIEWS = "data", "attachments", "reviews"
Panels = Callable[[HttpRequest, Organization], Iterable[Panel]]
Actions = Callable[[HttpRequest, Organization], Iterable[Action]]
_PANELS: dict[str, list[Panels]] = {}
_ACTIONS: dict[str, list[Actions]] = {}


def register_panels(tab: str, panels: Panels) -> None:
    """Show these cards on the tab of every unit's pages; the function asks `visible_to` itself."""
    _PANELS.setdefault(tab, []).append(panels)


def register_actions(tab: str, actions: Actions) -> None:
    """Offer these buttons in the head of the tab."""
    _ACTIONS.setdefault(tab, []).append(actions)


def panels_of(tab: str, request: HttpRequest, organization: Organization) -> list[Any]:
    return [panel for panels in _PANELS.get(tab, ()) for panel in panels(request, organization)]


def actions_of(tab: str, request: HttpRequest, organization: Organization) -> list[Any]:
    return [action for actions in _ACTIONS.get(tab, ()) for action in actions(request, organization)]
