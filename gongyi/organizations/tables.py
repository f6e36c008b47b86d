"""Columns of the lists of units and of a unit's people."""

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from gongyi.accounts.models import User
from gongyi.kit import tables
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


class PeopleTable(tables.Table):
    """The people of one unit; what they are there stands in `places`."""

    name = tables.LinkColumn(_("姓名"), linkify=False, order_by=("name_key", "pk"))
    username = tables.Column(_("用户名"))
    roles = tables.Column(_("角色"), accessor="places", orderable=False, phone="status")
    department = tables.Column(_("院系/实验室"), accessor="places", orderable=False, phone="sub")
    title = tables.Column(_("职务/职称"), shown=False)
    phone = tables.Column(_("手机号"), css="num")
    email = tables.Column(_("邮箱"))
    is_active = tables.YesNoColumn(_("账号"), yes=_("正常"), no=_("已停用"), phone="more", shown=False)

    class Meta:
        model = User
        fields = ("name", "username", "roles", "department", "title", "phone", "email", "is_active")
        order_by = ("name",)

    def __init__(self, *args, organization: Organization, **kwargs):
        self.organization = organization
        super().__init__(*args, **kwargs)

    def render_name(self, value, record):
        url = reverse("organizations:person", args=[self.organization.pk, record.pk])
        return format_html('<a href="{}" data-dialog>{}</a>', url, value)

    def render_roles(self, value):
        return format_html_join(" ", '<span class="tag">{}</span>', ((label,) for label in role_labels(value)))

    def value_roles(self, value):
        return "、".join(role_labels(value))

    def render_department(self, value):
        return next((place.department.name for place in value if place.department), "—")


def role_labels(places: list[Membership]) -> list[str]:
    """What somebody is in a unit, in words; 「成员」 only where there is nothing more to say."""
    held = {place.role for place in places}
    special = [str(role.label) for role in Membership.Role if role in held and role != Membership.Role.MEMBER]
    return special or [str(Membership.Role.MEMBER.label)]
