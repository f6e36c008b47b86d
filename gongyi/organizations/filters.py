"""What the lists of units and of their people can be narrowed by."""

import django_filters
from django.utils.translation import gettext_lazy as _

from gongyi.accounts.models import User
from gongyi.kit.filters import FilterSet, SearchFilter
from gongyi.organizations.forms.people import tree_choices
from gongyi.organizations.models import Membership, Organization, OrganizationKind
from gongyi.organizations.queries import inside, without_administrator
from gongyi.regions.models import Region, stem


def provinces(request):
    return Region.objects.provinces()


def units_with_branches(request):
    return Organization.objects.filter(pk__in=Organization.objects.exclude(parent=None).values("parent"))


class OrganizationFilter(FilterSet):
    q = SearchFilter(fields=["name", "short_name", "code", "uscc", "name_key"], placeholder=_("名称、编号、信用代码"))
    kind = django_filters.ChoiceFilter(label=_("单位性质"), choices=OrganizationKind.choices)
    region = django_filters.ModelChoiceFilter(label=_("地区"), queryset=provinces, method="within")
    status = django_filters.ChoiceFilter(label=_("状态"), choices=Organization.Status.choices)
    administrator = django_filters.ChoiceFilter(
        label=_("单位管理员"), choices=[("none", _("没有可用的管理员"))], method="administered"
    )
    leaving = django_filters.ChoiceFilter(
        label=_("退出"), choices=[("asked", _("已申请退出"))], method="asked_to_leave"
    )
    parent = django_filters.ModelChoiceFilter(label=_("上级法人单位"), queryset=units_with_branches)

    class Meta:
        model = Organization
        fields = ["q", "kind", "region", "status", "administrator", "leaving", "parent"]

    def asked_to_leave(self, queryset, name, value):
        return queryset.exclude(leave_asked_at=None)

    def administered(self, queryset, name, value):
        return without_administrator(queryset)

    def within(self, queryset, name, region):
        return queryset.filter(region__code__startswith=stem(region.code))


class PeopleFilter(FilterSet):
    """`account=left` is for a list of former people, which the page asks for."""

    OPEN, CLOSED, LEFT = "open", "closed", "left"
    q = SearchFilter(
        fields=["name", "username", "email", "phone", "name_key"], placeholder=_("姓名、用户名、邮箱、手机号")
    )
    role = django_filters.ChoiceFilter(label=_("角色"), choices=Membership.Role.choices, method="in_role")
    department = django_filters.TypedChoiceFilter(label=_("院系"), choices=[], coerce=int, method="below")
    account = django_filters.ChoiceFilter(
        label=_("账号"), choices=[(OPEN, _("正常")), (CLOSED, _("账号已停用")), (LEFT, _("已离开本单位"))],
        method="in_account",
    )  # fmt: skip

    class Meta:
        model = User
        fields = ["q", "role", "department", "account"]

    def __init__(self, *args, organization: Organization, **kwargs):
        self.organization = organization
        super().__init__(*args, **kwargs)
        self.form.fields["department"].choices = [("", _("全部院系")), *tree_choices(organization)]

    def in_role(self, queryset, name, role):
        return self._where(queryset, role=role)

    def in_account(self, queryset, name, value):
        return queryset if value == self.LEFT else queryset.filter(is_active=value == self.OPEN)

    def below(self, queryset, name, department):
        return self._where(queryset, department__in=inside(department))

    def _where(self, queryset, **place):
        held = Membership.objects.current().filter(organization=self.organization, **place)
        return queryset.filter(pk__in=held.values("user"))


class ColleagueFilter(PeopleFilter):
    """For the unit's people among themselves: found by name, not by addresses they do not see."""

    q = SearchFilter(fields=["name", "username", "name_key"], placeholder=_("姓名、用户名"))
    account = None

    class Meta(PeopleFilter.Meta):
        fields = ["q", "role", "department"]
