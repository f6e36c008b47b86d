"""What stands in the header, the sidebar and the footer, and for whom; an address that does not exist is left out."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


def everyone(request: HttpRequest) -> bool:
    return True


def signed_in(request: HttpRequest) -> bool:
    return request.user.is_authenticated


def platform_admin(request: HttpRequest) -> bool:
    return request.user.is_authenticated and request.user.is_staff


@dataclass(frozen=True)
class Item:
    """One link. `count` gives the number beside it, red when `hot`; `also` are further URL names that mark it current."""

    label: object
    url_name: str
    icon: str = ""
    shown_to: Callable[[HttpRequest], bool] = everyone
    count: Callable[[HttpRequest], int] | None = None
    hot: bool = False
    also: tuple[str, ...] = ()
    args: Callable[[HttpRequest], tuple] | None = None


@dataclass(frozen=True)
class Group:
    label: object
    items: tuple[Item, ...]
    shown_to: Callable[[HttpRequest], bool] = signed_in


NAV = (
    Item(_("仪器设备"), "portal:instruments", also=("portal:instrument",)),
    Item(_("检测服务"), "services:list"),
    Item(_("供需对接"), "matching:list"),
    Item(_("机构"), "portal:organizations", also=("portal:organization",)),
    Item(_("公告"), "portal:notices"),
)

MENU = (
    Group(
        _("我的业务"),
        (
            Item(_("工作台"), "portal:desk", "layout-dashboard"),
            Item(_("我的预约"), "reservations:mine", "calendar"),
            Item(_("我的收藏"), "portal:favourites", "star"),
            Item(_("付款账户"), "ledger:accounts", "wallet"),
            Item(_("消息"), "notifications:list", "bell"),
        ),
    ),
)

PERSON = (
    Item(_("工作台"), "portal:desk", "layout-dashboard"),
    Item(_("个人资料"), "accounts:profile", "user"),
    Item(_("修改密码"), "accounts:change_password", "lock"),
    Item(_("访问令牌"), "accounts:tokens", "key"),
)

FOOTER = (
    Item(_("开放数据接口"), "api:openapi-view"),
    Item(_("组件与状态"), "kit:parts", shown_to=platform_admin),
)


def todo_count(request: HttpRequest) -> int:
    """How many things wait for this person; the sum of the sidebar's red numbers."""
    return sum(item.count(request) for group in MENU for item in group.items if item.hot and item.count)
