"""What higher apps put beside the list of a unit's people: ways in, and what waits for a decision."""

from collections.abc import Callable
from typing import Any

from gongyi.kit.views import Action
from gongyi.organizations.models import Organization

Ways = Callable[[Any, Organization], list[Action]]

_ways: list[Ways] = []


def register_people_actions(find: Ways) -> Ways:
    """`find(user, organization)` returns buttons for the head of the people list; call it in the app's `ready()`."""
    if find not in _ways:
        _ways.append(find)
    return find


def people_actions(user: Any, organization: Organization) -> list[Action]:
    return [action for find in _ways for action in find(user, organization)]
