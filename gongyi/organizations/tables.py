"""Columns of the lists of units and of a unit's people."""

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from gongyi.accounts.models import User
from gongyi.kit import tables
from gongyi.kit.templatetags.gongyi import badge
from gongyi.organizations.models import Membership, Organization


class OrganizationTable(tables.Table):
    name = tables.LinkColumn(
        _("单位名称"), note="code", linkify=lambda record: record.manage_url, order_by=("name_key", "pk")
    )
    status = tables.StatusColumn(_("状态"))
    kind = tables.Column(_("单位性质"), phone="sub")
    region = tables.Column(_("所在地区"))
    people = tables.NumberColumn(_("人员"))
    uscc = tables.Column(_("统一社会信用代码"), css="num", shown=False)
    joined_at = tables.WhenColumn(_("入网时间"), shown=False)

    class Meta:
        model = Organization
        fields = ("name", "status", "kind", "region", "people", "uscc", "joined_at")
        order_by = ("name",)


class ColleagueTable(tables.Table):
    """The people of one unit for each other: who is here, and as what, from `places`; addresses are for who keeps the unit."""

    name = tables.LinkColumn(_("姓名"), linkify=False, order_by=("name_key", "pk"))
    username = tables.Column(_("用户名"))
    roles = tables.Column(_("角色"), accessor="places", orderable=False, phone="status")
    department = tables.Column(_("院系/实验室"), accessor="places", orderable=False, phone="sub")
    title = tables.Column(_("职务/职称"), shown=False)

    class Meta:
        model = User
        fields: tuple[str, ...] = ("name", "username", "roles", "department", "title")
        order_by = ("name",)

    def __init__(self, *args, organization: Organization, **kwargs):
        self.organization = organization
        super().__init__(*args, **kwargs)

    def render_roles(self, value):
        if not value:
            return "—"
        return format_html_join(" ", '<span class="tag">{}</span>', ((label,) for label in role_labels(value)))

    def value_roles(self, value):
        return "、".join(role_labels(value))

    def render_department(self, value):
        return next((place.department.name for place in value if place.department), "—")


class PeopleTable(ColleagueTable):
    """The same people for those who keep the unit: how to reach them, whether they may sign in, and the way to each."""

    phone = tables.Column(_("手机号"), css="num")
    email = tables.Column(_("邮箱"))
    is_active = tables.Column(_("账号"), phone="status")

    class Meta(ColleagueTable.Meta):
        fields = (*ColleagueTable.Meta.fields, "phone", "email", "is_active")

    def render_name(self, value, record):
        key = [self.organization.pk, record.pk]
        if not record.places:  # who left: what they looked after may still be without anybody
            return format_html('<a href="{}">{}</a>', reverse("organizations:hand_over", args=key), value)
        return format_html('<a href="{}" data-dialog>{}</a>', reverse("organizations:person", args=key), value)

    def render_is_active(self, value, record):
        return badge(account_words(record), "ok" if record.places and value else "idle")

    def value_is_active(self, value, record):
        return str(account_words(record))


def account_words(person: User) -> object:
    """Whether somebody of a unit may sign in, or has left it."""
    if not person.places:  # type: ignore[attr-defined]
        return _("已离开")
    return _("正常") if person.is_active else _("已停用")


def role_labels(places: list[Membership]) -> list[str]:
    """What somebody is in a unit, in words; 「成员」 only where there is nothing more to say."""
    held = {place.role for place in places}
    special = [str(role.label) for role in Membership.Role if role in held and role != Membership.Role.MEMBER]
    return special or [str(Membership.Role.MEMBER.label)]
