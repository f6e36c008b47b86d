"""What the menu shows to somebody in a role, asked of the menu itself, for the page of roles."""

from collections.abc import Iterator
from functools import cached_property
from types import SimpleNamespace
from typing import Any, cast

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from gongyi.config import menu
from gongyi.config.standing import NOBODYS_FACTS, Standing
from gongyi.organizations.models import Membership
from gongyi.organizations.roles import Sight

EVERYBODY = _("登录的人")


class Supposed(Standing):
    """The standing of nobody in particular who is in one role: nothing of it is looked up."""

    def __init__(self, *, is_staff: bool = False, **facts: Any):
        super().__init__(SimpleNamespace(pk=None, is_authenticated=True, is_staff=is_staff))
        self.__dict__["_facts"] = NOBODYS_FACTS | facts

    @cached_property
    def reviews_units(self) -> bool:
        return self._has(Membership.Role.REVIEWER)

    @property
    def request(self) -> HttpRequest:
        return cast(HttpRequest, SimpleNamespace(user=self.user, _standing=self))


def supposed() -> Iterator[tuple[object, Supposed]]:
    """Somebody in each role the menu may tell apart; the roles that come from an object are called as in its process."""
    yield EVERYBODY, Supposed()
    for role in Membership.Role:
        yield role.label, Supposed(duties=[role.value])
    yield _("仪器管理员"), Supposed(looks_after=True)
    yield _("课题组负责人"), Supposed(leads=True)
    yield _("课题组管理员"), Supposed(manages_group=True)
    yield _("提交人"), Supposed(hands_in=True)
    yield _("平台管理员"), Supposed(is_staff=True)


def sights() -> Iterator[Sight]:
    """The menu of each, without what everybody sees in any case."""
    common = set(_entries(Supposed()))
    for label, somebody in supposed():
        entries = _entries(somebody)
        if label is not EVERYBODY:
            entries = [entry for entry in entries if entry not in common]
        groups: dict[str, list[str]] = {}
        for group, entry in entries:
            groups.setdefault(group, []).append(entry)
        yield Sight(str(label), list(groups.items()))


def _entries(somebody: Supposed) -> list[tuple[str, str]]:
    request = somebody.request
    return [
        (str(group.label), str(item.label))
        for group in menu.MENU
        if group.shown_to(request)
        for item in group.items
        if item.shown_to(request)
    ]
