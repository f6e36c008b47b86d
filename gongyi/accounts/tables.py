"""Columns of the lists of sign-ins, keys and people."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_tables2 import A

from gongyi.accounts.models import ApiToken, LoginRecord, SavedView, User
from gongyi.kit import tables
from gongyi.kit.templatetags.gongyi import badge


class LoginTable(tables.Table):
    """个人登录日志 (S0-53): when, from where, on what, with which result."""

    at = tables.WhenColumn(_("登录时间"), full=True, phone="title")
    outcome = tables.StatusColumn(_("结果"))
    ip = tables.Column(_("登录 IP"), css="num", phone="sub")
    device = tables.Column(_("设备"), phone="side")
    identifier = tables.Column(_("登录名"))

    class Meta:
        model = LoginRecord
        fields = ("at", "outcome", "ip", "device", "identifier")
        order_by = "-at"


class TokenStateColumn(tables.Column):
    """Whether a key still opens anything; it follows from two dates and the clock."""

    phone = "status"

    def render(self, record):
        return badge(*token_state(record))

    def value(self, record):
        return str(token_state(record)[0])


def token_state(token: ApiToken) -> tuple:
    if token.revoked_at:
        return _("已撤销"), "idle"
    if token.expires_at and token.expires_at <= timezone.now():
        return _("已过期"), "idle ring"
    return _("可用"), "ok"


class TokenTable(tables.Table):
    name = tables.Column(_("用途"), phone="title")
    state = TokenStateColumn(_("状态"), accessor="pk", orderable=False)
    prefix = tables.Column(_("开头"), css="num", phone="sub")
    created_at = tables.WhenColumn(_("创建时间"))
    expires_at = tables.WhenColumn(_("有效期至"), default=_("不过期"))
    last_used_at = tables.WhenColumn(_("最近使用"), default=_("从未使用"), phone="side")
    actions = tables.ActionsColumn(template_name="accounts/token_actions.html")

    class Meta:
        model = ApiToken
        fields = ("name", "state", "prefix", "created_at", "expires_at", "last_used_at", "actions")
        order_by = "-created_at"

    def render_prefix(self, value):
        return f"{value}…"


class UserTable(tables.Table):
    """Everybody with an account, for the platform administrator."""

    name = tables.LinkColumn(_("姓名"), linkify=("accounts:user", [A("pk")]), order_by=("name_key", "pk"))
    username = tables.Column(_("用户名"), phone="sub")
    is_active = tables.YesNoColumn(_("状态"), yes=_("正常"), no=_("已停用"))
    email = tables.Column(_("邮箱"))
    phone = tables.Column(_("手机号"), css="num")
    title = tables.Column(_("职务/职称"), shown=False)
    is_staff = tables.YesNoColumn(_("平台管理员"), no="—", yes_tone="act_", no_tone="plain nodot", phone="hide")
    last_login = tables.WhenColumn(_("最近登录"), default=_("从未登录"), phone="side")
    joined_at = tables.WhenColumn(_("注册时间"), phone="hide")

    class Meta:
        model = User
        fields = ("name", "username", "is_active", "email", "phone", "title", "is_staff", "last_login", "joined_at")
        order_by = ("name",)


class DefaultColumn(tables.Column):
    """A badge on the view its list opens with, nothing on the others."""

    def render(self, value):
        return badge(_("默认"), "ok") if value else ""

    def value(self, value):
        return str(_("默认")) if value else ""


class SavedTable(tables.Table):
    name = tables.LinkColumn(_("名称"))
    title = tables.Column(_("页面"), phone="sub")
    is_default = DefaultColumn(_("打开时用"), phone="status")
    created_at = tables.WhenColumn(_("保存时间"), phone="side")
    actions = tables.ActionsColumn(template_name="accounts/saved_actions.html")

    class Meta:
        model = SavedView
        fields = ("name", "title", "is_default", "created_at", "actions")
        order_by = ("title", "name")
