"""Columns of the accounts a unit opens: its laboratories' and its sub-users'."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gongyi.accounts.models import User
from gongyi.kit import tables
from gongyi.kit.templatetags.gongyi import badge
from gongyi.kit.when import format_when
from gongyi.organizations.models import Department

STATES = {"open": (_("正常"), "ok"), "disabled": (_("已停用"), "idle"), "none": (_("未开通"), "idle ring")}


class LaboratoryTable(tables.Table):
    """Every laboratory and department of a unit with the account it has, had or has not (`queries.laboratories_of`)."""

    name = tables.LinkColumn(
        _("实验室（院系）"), note="parent", order_by=("name_key", "pk"),
        linkify=lambda record: reverse("onboarding:laboratory_account", args=[record.organization_id, record.pk]),
    )  # fmt: skip
    level = tables.Column(_("层级"), phone="more")
    state = tables.Column(_("账号"), phone="status")
    holder_name = tables.Column(_("账号管理员"), phone="sub", default="—")
    holder_username = tables.Column(_("用户名"), phone="more", default="—")
    holder_email = tables.Column(_("邮箱"), phone="more", default="—")
    account_since = tables.WhenColumn(_("开通时间"), shown=False, default="—")
    actions = tables.ActionsColumn(template_name="onboarding/laboratory_row.html")

    class Meta:
        model = Department
        fields = (
            "name",
            "level",
            "state",
            "holder_name",
            "holder_username",
            "holder_email",
            "account_since",
            "actions",
        )
        order_by = ("name",)

    def render_state(self, value):
        return badge(*STATES[value])

    def value_state(self, value):
        return str(STATES[value][0])


class SubUserTable(tables.Table):
    """People who are or were sub-users of one unit, the newest place first in `places`."""

    name = tables.Column(_("姓名"), phone="title", order_by=("name_key", "pk"))
    phone = tables.Column(_("登录手机号"), css="num", phone="sub")
    state = tables.Column(_("状态"), accessor="places", orderable=False, phone="status")
    since = tables.Column(_("开通时间"), accessor="places", orderable=False, phone="more", css="num")
    last_login = tables.WhenColumn(_("最近登录"), default=_("从未登录"))
    actions = tables.ActionsColumn(template_name="onboarding/sub_user_row.html")

    class Meta:
        model = User
        fields = ("name", "phone", "state", "since", "last_login", "actions")
        order_by = ("name",)

    def render_state(self, value, record):
        return badge(*self._state(value, record))

    def value_state(self, value, record):
        return str(self._state(value, record)[0])

    def _state(self, places, user):
        if places[0].ended_at:
            return _("已停用"), "idle"
        return (_("正常"), "ok") if user.has_usable_password() else (_("待激活"), "wait")

    def render_since(self, value):
        return format_when(value[0].since)


class LaboratoryPeopleTable(tables.Table):
    """The people of one laboratory, to read."""

    name = tables.Column(_("姓名"), phone="title", order_by=("name_key", "pk"))
    title = tables.Column(_("职务/职称"), phone="sub")
    department = tables.Column(_("院系/实验室"), accessor="places", orderable=False, phone="more")
    phone = tables.Column(_("手机号"), css="num", phone="more")
    email = tables.Column(_("邮箱"), phone="more")

    class Meta:
        model = User
        fields = ("name", "title", "department", "phone", "email")
        order_by = ("name",)

    def render_department(self, value):
        return value[0].department.name
