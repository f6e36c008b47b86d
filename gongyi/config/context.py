"""Gives every template the `site`: names, links and counts of header, sidebar and footer, each computed when asked for."""

from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from gongyi.config import menu


@dataclass(frozen=True)
class Link:
    label: object
    url: str
    icon: str
    current: bool
    count: int
    hot: bool


@dataclass(frozen=True)
class LinkGroup:
    label: object
    items: list[Link]


def address(url_name: str, *args) -> str:
    """Return the address of a screen, or an empty string when the site has no such screen."""
    try:
        return reverse(url_name, args=args)
    except NoReverseMatch:
        return ""


class Site:
    """What header, sidebar and footer show for one request; nothing is fetched until a template asks."""

    def __init__(self, request):
        self.request = request
        self.name = settings.SITE_NAME

    @cached_property
    def user(self):
        return getattr(self.request, "user", None)

    @cached_property
    def is_signed_in(self) -> bool:
        return bool(self.user and self.user.is_authenticated)

    @property
    def layout(self) -> str:
        return "kit/desk.html" if self.is_signed_in else "kit/public.html"

    @property
    def theme(self) -> str:
        theme = self.request.COOKIES.get("theme", "")
        return theme if theme in {"light", "dark"} else ""

    @cached_property
    def nav(self) -> list[Link]:
        return self.links(menu.NAV)

    @cached_property
    def menu(self) -> list[LinkGroup]:
        if not self.is_signed_in:
            return []
        groups = [LinkGroup(g.label, self.links(g.items)) for g in menu.MENU if g.shown_to(self.request)]
        return [group for group in groups if group.items]

    @cached_property
    def person_menu(self) -> list[Link]:
        return self.links(menu.PERSON)

    @cached_property
    def footer(self) -> list[Link]:
        return self.links(menu.FOOTER)

    def links(self, items) -> list[Link]:
        match = self.request.resolver_match
        here = match.view_name if match else ""
        found = []
        for item in items:
            if not item.shown_to(self.request):
                continue
            url = address(item.url_name, *(item.args(self.request) if item.args else ()))
            if url:
                current = here == item.url_name or here in item.also
                count = item.count(self.request) if item.count else 0
                url = f"{url}?{item.query}" if item.query else url
                found.append(Link(item.label, url, item.icon, current, count, item.hot))
        return found

    @cached_property
    def acting_for(self):
        return getattr(self.request, "acting_for", None)

    @cached_property
    def organizations(self) -> list:
        """The organizations this person may act for, by pinyin."""
        if not self.is_signed_in:
            return []
        from gongyi.organizations.models import Organization

        mine = Organization.objects.filter(memberships__user=self.user, memberships__ended_at=None)
        return list(Organization.objects.filter(pk__in=mine.values("pk")))

    @cached_property
    def unread_count(self) -> int:
        if not self.is_signed_in:
            return 0
        from gongyi.notifications.models import Notification

        return Notification.objects.visible_to(self.user).unread()[:100].count()

    @property
    def unread_count_text(self) -> str:
        return "99+" if self.unread_count > 99 else str(self.unread_count)

    @cached_property
    def todo_count(self) -> int:
        return menu.todo_count(self.request) if self.is_signed_in else 0

    @property
    def todo_count_text(self) -> str:
        return "99+" if self.todo_count > 99 else str(self.todo_count)

    @property
    def search_text(self) -> str:
        match = self.request.resolver_match
        return self.request.GET.get("q", "")[:100] if match and match.view_name == "portal:search" else ""

    home_url = property(lambda self: address("portal:home") or "/")
    search_url = property(lambda self: address("portal:search"))
    suggest_url = property(lambda self: address("portal:suggest"))
    theme_url = property(lambda self: address("kit:theme"))
    todo_url = property(lambda self: address("portal:desk"))
    notifications_url = property(lambda self: address("notifications:list"))
    bind_url = property(lambda self: address("onboarding:my_units"))
    act_for_url = property(lambda self: address("organizations:act_for"))
    sign_in_url = property(lambda self: address("accounts:sign_in"))
    sign_up_url = property(lambda self: address("onboarding:choose"))
    sign_out_url = property(lambda self: address("accounts:sign_out"))


def site(request) -> dict:
    return {"site": Site(request)}
