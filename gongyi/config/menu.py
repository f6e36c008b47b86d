"""What stands in the header, the sidebar and the footer, and for whom; an address that does not exist is left out."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from gongyi.config.standing import standing
from gongyi.onboarding.queries.accounts import laboratory_of


def everyone(request: HttpRequest) -> bool:
    return True


def signed_in(request: HttpRequest) -> bool:
    return request.user.is_authenticated


def platform_admin(request: HttpRequest) -> bool:
    return request.user.is_authenticated and request.user.is_staff


@dataclass(frozen=True)
class Item:
    """One link. `count` gives the number beside it, red when `hot`; `also` are further URL names that mark it current;
    `query` opens a list filtered, so that it shows what the number counts."""

    label: object
    url_name: str
    icon: str = ""
    shown_to: Callable[[HttpRequest], bool] = everyone
    count: Callable[[HttpRequest], int] | None = None
    hot: bool = False
    also: tuple[str, ...] = ()
    args: Callable[[HttpRequest], tuple] | None = None
    query: str = ""


@dataclass(frozen=True)
class Group:
    label: object
    items: tuple[Item, ...]
    shown_to: Callable[[HttpRequest], bool] = signed_in


NAV = (
    Item(_("仪器设备"), "portal:instruments", also=("portal:instrument",)),
    Item(_("检测服务"), "offerings:plans", also=("offerings:plan", "offerings:topics", "offerings:topic")),
    Item(_("检测能力"), "offerings:capabilities", also=("offerings:capability",)),
    Item(_("供需对接"), "matching:list"),
    Item(_("机构"), "portal:organizations", also=("portal:organization",)),
    Item(_("公告"), "portal:notices"),
)


def _unit(request: HttpRequest) -> tuple:
    """The unit this person administers and acts for, else the first one they administer."""
    acting = getattr(request, "acting_for", None)
    administered = standing(request).administered
    return ((acting if acting in administered else administered[0]).pk,)


def _laboratory(request: HttpRequest) -> tuple:
    """The laboratory whose account this person holds, of the unit they act for first."""
    own = laboratory_of(request.user, getattr(request, "acting_for", None))
    return (own.pk,) if own else ()


DESK = ("reviews:case", "reviews:waiting", "reviews:phrases")

MENU = (
    Group(
        _("审核"),
        (
            Item(_("审核概览"), "reviews:overview", "layout-dashboard"),
            Item(
                _("审核台"),
                "reviews:desk",
                "clipboard-check",
                also=DESK,
                count=lambda r: standing(r).pending_reviews,
                hot=True,
            ),
            Item(_("审核记录"), "reviews:history", "history", also=("reviews:review", "reviews:submission")),
            Item(
                _("单位信息更新"),
                "onboarding:due_units",
                "calendar-due",
                lambda r: not platform_admin(r) and standing(r).reviews_units,
            ),
            Item(
                _("审核职责"),
                "reviews:remits",
                "map-search",
                platform_admin,
                also=(
                    "reviews:add_remit",
                    "reviews:remove_remit",
                    "reviews:coverage",
                    "reviews:policies",
                    "reviews:edit_policy",
                ),
            ),
        ),
        lambda r: signed_in(r) and (standing(r).is_reviewer or platform_admin(r)),
    ),
    Group(
        _("我的业务"),
        (
            Item(_("工作台"), "reservations:my_desk", "layout-dashboard"),
            Item(
                _("我的预约"),
                "reservations:mine",
                "calendar",
                also=(
                    "reservations:reservation",
                    "reservations:booked",
                    "reservations:move",
                    "reservations:subscription",
                ),
            ),
            Item(_("使用记录"), "reservations:usage", "clock"),
            Item(_("我的收藏"), "portal:favourites", "star"),
            Item(_("我提交的"), "reviews:mine", "send", lambda r: standing(r).hands_in),
            Item(
                _("付款账户"),
                "ledger:accounts",
                "wallet",
                also=("ledger:account", "ledger:records", "ledger:statement", "ledger:holds"),
            ),
            Item(
                _("我的课题组"), "ledger:led_groups", "users", lambda r: standing(r).leads_group, also=("ledger:apply",)
            ),
            Item(_("我管理的课题组"), "ledger:managed_groups", "users", lambda r: standing(r).manages_group),
            Item(_("我所在的课题组"), "ledger:joined_groups", "users"),
        ),
    ),
    Group(
        _("仪器管理"),
        (
            Item(_("仪器工作台"), "reservations:manager_desk", "clipboard-list"),
            Item(
                _("预约审核"),
                "reservations:managed",
                "clipboard-check",
                query="status=pending",
                count=lambda r: standing(r).pending_reservations,
                hot=True,
            ),
            Item(_("机时日历"), "reservations:timeline", "calendar-time"),
            Item(
                _("我的仪器"),
                "catalog:list",
                "microscope",
                also=("catalog:instrument", "catalog:edit", "catalog:prices", "catalog:add", "catalog:drafts"),
            ),
            Item(_("国家平台上报"), "catalog:exchange", "building-bank"),
            Item(
                _("资格管理"),
                "reservations:people",
                "certificate",
                also=("reservations:grant", "reservations:extend", "reservations:withdraw"),
            ),
            Item(
                _("规则与开放时间"),
                "reservations:ruled",
                "adjustments",
                also=("reservations:instrument_rules", "reservations:instrument_hours"),
            ),
            Item(
                _("停机"),
                "reservations:closures",
                "calendar-off",
                also=("reservations:close", "reservations:reopen"),
            ),
            Item(_("故障"), "reservations:faults", "tool", also=("reservations:resolve_fault",)),
        ),
        lambda r: signed_in(r) and standing(r).manages_instruments,
    ),
    Group(
        _("实验室"),
        (
            Item(
                _("实验室资料"),
                "onboarding:laboratory",
                "flask",
                args=_laboratory,
                also=("onboarding:edit_laboratory",),
            ),
            Item(_("实验室人员"), "onboarding:laboratory_people", "users", args=_laboratory),
            Item(
                _("实验室仪器"), "catalog:list", "microscope", lambda r: not standing(r).manages_instruments
            ),  # else it stands under 仪器管理
        ),
        lambda r: signed_in(r) and standing(r).keeps_laboratory,
    ),
    Group(
        _("单位管理"),
        (
            Item(
                _("待我审核"),
                "reviews:desk",
                "clipboard-check",
                lambda r: standing(r).is_unit_admin and not standing(r).is_reviewer,
                also=DESK,
                count=lambda r: standing(r).pending_reviews,
                hot=True,
            ),
            Item(
                _("人员与角色"),
                "organizations:people",
                "users",
                lambda r: standing(r).is_unit_admin,
                args=_unit,
                also=("organizations:person",),
            ),
            Item(
                _("院系和实验室"),
                "organizations:departments",
                "building",
                lambda r: standing(r).is_unit_admin,
                args=_unit,
            ),
            Item(
                _("单位基本信息"),
                "onboarding:my_unit",
                "building-community",
                lambda r: standing(r).is_unit_admin,
                also=("onboarding:refresh",),
            ),
            Item(
                _("单位资料"),
                "organizations:organization",
                "id",
                lambda r: standing(r).is_unit_admin,
                args=_unit,
                also=(
                    "organizations:edit_contact",
                    "organizations:edit_profile",
                    "organizations:contacts",
                    "organizations:attachments",
                    "organizations:reviews",
                ),
            ),
            Item(
                _("资质证书"),
                "organizations:certificates",
                "certificate",
                lambda r: standing(r).is_unit_admin,
                args=_unit,
                also=("organizations:add_certificate", "organizations:edit_certificate"),
            ),
            Item(
                _("能力库信息"),
                "offerings:tests",
                "list-check",
                lambda r: standing(r).is_unit_admin and standing(r).offers_tests,
                args=_unit,
                also=("offerings:add_test", "offerings:import_tests", "offerings:move_capabilities"),
            ),
            Item(
                _("计量能力库"),
                "offerings:metrology",
                "ruler-measure",
                lambda r: standing(r).is_unit_admin and standing(r).offers_tests,
                args=_unit,
                also=("offerings:add_metrology", "offerings:import_metrology"),
            ),
            Item(
                _("服务方案"),
                "offerings:kept_plans",
                "package",
                lambda r: standing(r).is_unit_admin,
                args=_unit,
                also=("offerings:add_plan", "offerings:edit_plan"),
            ),
            Item(
                _("主页展示"),
                "organizations:showcase",
                "photo",
                lambda r: standing(r).is_unit_admin,
                args=_unit,
                also=("organizations:add_case", "organizations:edit_case"),
            ),
            Item(
                _("实验室（院系）账号"),
                "onboarding:laboratory_accounts",
                "flask",
                lambda r: standing(r).is_unit_admin,
                args=_unit,
                also=("onboarding:laboratory_account",),
            ),
            Item(
                _("子用户"),
                "onboarding:sub_users",
                "user-shield",
                lambda r: standing(r).holds_main_account,
                args=_unit,
            ),
            Item(
                _("创新平台/检测机构"),
                "onboarding:platforms",
                "building-factory-2",
                lambda r: standing(r).is_unit_admin,
                args=_unit,
                also=("onboarding:platform", "onboarding:add_platform", "onboarding:edit_platform"),
            ),
            Item(_("账户工作台"), "portal:finance_desk", "layout-dashboard", lambda r: standing(r).keeps_accounts),
            Item(
                _("单位付款账户"),
                "ledger:unit_accounts",
                "wallet",
                lambda r: standing(r).keeps_accounts,
                count=lambda r: standing(r).pending_accounts,
                hot=True,
            ),
            Item(_("金额记录"), "ledger:unit_records", "receipt", lambda r: standing(r).keeps_accounts),
            Item(_("黑名单"), "reservations:bans", "user-off", lambda r: standing(r).is_unit_admin),
            Item(
                _("批量导入"),
                "imports:list",
                "table-import",
                lambda r: standing(r).is_unit_admin,
                also=(
                    "imports:run",
                    "imports:columns",
                    "organizations:import_people",
                    "catalog:import",
                    "catalog:import_into",
                    "catalog:import_photos",
                ),  # fmt: skip
            ),
        ),
        lambda r: signed_in(r) and standing(r).keeps_accounts and not platform_admin(r),
    ),
    Group(
        _("平台管理"),
        (
            Item(_("平台概况"), "portal:platform_desk", "chart-bar"),
            Item(_("单位"), "organizations:list", "building", also=("organizations:organization",)),
            Item(_("单位信息更新"), "onboarding:due_units", "calendar-due"),
            Item(_("单位规则"), "onboarding:unit_rules", "scale"),
            Item(
                _("承诺书"),
                "onboarding:letters",
                "writing-sign",
                also=(
                    "onboarding:letter",
                    "onboarding:add_letter",
                    "onboarding:edit_letter",
                    "onboarding:letter_units",
                ),
            ),
            Item(_("用户"), "accounts:users", "users", also=("accounts:user",)),
            Item(
                _("付款账户"), "ledger:unit_accounts", "wallet", count=lambda r: standing(r).pending_accounts, hot=True
            ),
            Item(_("短信"), "notifications:texts", "message"),
            Item(_("全站预约规则"), "reservations:site_rules", "adjustments"),
            Item(
                _("产业专题"), "offerings:kept_topics", "category", also=("offerings:add_topic", "offerings:edit_topic")
            ),
            Item(_("同义词"), "catalog:synonyms", "language"),
            Item(_("黑名单"), "reservations:bans", "user-off"),
            Item(
                _("批量导入"),
                "imports:list",
                "table-import",
                also=(
                    "imports:run",
                    "imports:columns",
                    "organizations:import_units",
                    "catalog:import",
                    "catalog:import_into",
                    "catalog:import_photos",
                ),  # fmt: skip
            ),
        ),
        platform_admin,
    ),
)

PERSON = (
    Item(_("工作台"), "portal:desk", "layout-dashboard"),
    Item(_("个人资料"), "accounts:profile", "user"),
    Item(_("我的单位"), "onboarding:my_units", "building"),
    Item(_("我的保存"), "accounts:saved_views", "bookmarks"),
    Item(_("我的申请"), "onboarding:mine", "file-text", also=("onboarding:application",)),
    Item(_("修改密码"), "accounts:change_password", "lock"),
    Item(_("访问令牌"), "accounts:tokens", "key"),
)

FOOTER = (
    Item(_("单位入驻"), "onboarding:choose"),
    Item(_("文件下载"), "onboarding:downloads"),
    Item(_("开放数据接口"), "api:openapi-view"),
    Item(_("组件与状态"), "kit:parts", shown_to=platform_admin),
)


def todo_count(request: HttpRequest) -> int:
    """How many things wait for this person; the sum of the sidebar's red numbers."""
    return sum(
        item.count(request)
        for group in MENU
        if group.shown_to(request)
        for item in group.items
        if item.hot and item.count and item.shown_to(request)
    )
