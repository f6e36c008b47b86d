"""Views of lists and searches a person keeps under a name: each list and finder offers its own (issue 4, S1-37)."""

from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpRequest
from django.urls import Resolver404, ResolverMatch, resolve, reverse
from django.utils.translation import gettext as _

from gongyi.accounts.models import SavedView, User
from gongyi.kit.refusal import Refused
from gongyi.kit.saved import Keeping, Kept, normal

VIEWS_PER_PAGE = 30
QUERY_LENGTH = 4_000  # characters, well below what a server takes as an address


def keeping(request: HttpRequest, query: str, title: str) -> Keeping:
    """What this person kept for this page; a visitor is led to sign in."""
    here = urlencode({"path": request.path, "query": query, "title": title[:60]})
    save_url = f"{reverse('accounts:save_view')}?{here}"
    if not request.user.is_authenticated:
        return Keeping((), f"{reverse('accounts:sign_in')}?{urlencode({'next': f'{request.path}?{query}'})}")
    match = request.resolver_match
    stored = SavedView.objects.visible_to(request.user).filter(page=match.view_name, args=arguments(match))
    return Keeping(
        [
            Kept(
                view.name,
                view.query,
                view.is_default,
                reverse("accounts:rename_view", args=[view.pk]),
                reverse("accounts:remove_view", args=[view.pk]),
                reverse("accounts:default_view", args=[view.pk]),
                view.query == query,
            )
            for view in stored.order_by("name", "pk")
        ],
        save_url,
        reverse("accounts:saved_views"),
    )


def arguments(match: ResolverMatch) -> dict[str, str]:
    return {name: str(value) for name, value in match.kwargs.items()}


def page_at(path: str) -> ResolverMatch | None:
    """The page with this address, None when the site has none with a name."""
    try:
        match = resolve(path)
    except Resolver404:
        return None
    return match if match.url_name and not match.args else None


def opens_with_a_view(match: ResolverMatch) -> bool:
    """Whether the page can open with a view of one's own; finders start empty for everybody."""
    return getattr(getattr(match.func, "view_class", None), "keeps_views", False)


@transaction.atomic
def save_view(*, user: User, path: str, query: str, name: str, title: str = "", is_default: bool = False) -> SavedView:
    """Keep the query of the page under the name; refuses a name used there, a query beyond 4,000 characters, a 31st."""
    match = page_at(path)
    if match is None:
        raise Refused(_("没有这个页面，不能保存。"), code="no_page", remedy=_("请从列表页保存。"))
    query = normal(query)
    if len(query) > QUERY_LENGTH:
        raise Refused(_("条件太多，不能保存。"), code="too_long", remedy=_("请去掉一些条件或列再保存。"))
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    there = SavedView.objects.visible_to(user).filter(page=match.view_name, args=arguments(match))
    _refuse_twin(there, name)
    if there.count() >= VIEWS_PER_PAGE:
        raise Refused(_("一个页面最多保存 %s 个。") % VIEWS_PER_PAGE, code="too_many", remedy=_("请先删除不再使用的。"))
    is_default = is_default and opens_with_a_view(match)
    if is_default:
        there.filter(is_default=True).update(is_default=False)
    return SavedView.objects.create(
        user=user, page=match.view_name, args=arguments(match), title=title[:60], name=name, query=query,
        is_default=is_default,
    )  # fmt: skip


@transaction.atomic
def rename_view(*, view: SavedView, name: str) -> None:
    """Give it another name; refuses one that is used on the same page."""
    User.objects.select_for_update(no_key=True).get(pk=view.user_id)
    _refuse_twin(_beside(view), name)
    view.name = name
    view.save(update_fields=["name"])


@transaction.atomic
def open_with(*, view: SavedView, is_default: bool) -> None:
    """Let its page open with this view, and with no other; or with none."""
    User.objects.select_for_update(no_key=True).get(pk=view.user_id)
    match = page_at(view.get_absolute_url().partition("?")[0])
    if is_default and (match is None or not opens_with_a_view(match)):
        raise Refused(_("这个页面不能设默认视图。"), code="no_default")
    if is_default:
        _beside(view).filter(is_default=True).update(is_default=False)
    view.is_default = is_default
    view.save(update_fields=["is_default"])


def _beside(view: SavedView) -> Any:
    return SavedView.objects.filter(user=view.user_id, page=view.page, args=view.args).exclude(pk=view.pk)


def _refuse_twin(views: Any, name: str) -> None:
    if views.filter(name=name).exists():
        raise Refused(_("这个页面已有名为「%s」的保存。") % name, code="name_taken", remedy=_("请换一个名称。"))
