"""What the lists of a unit's accounts can be narrowed by."""

import django_filters
from django.utils.translation import gettext_lazy as _

from gongyi.accounts.models import User
from gongyi.kit.filters import FilterSet, SearchFilter
from gongyi.organizations.models import Department

STATES = [("open", _("正常")), ("disabled", _("已停用")), ("none", _("未开通"))]


class LaboratoryFilter(FilterSet):
    q = SearchFilter(fields=["name", "name_key"], placeholder=_("实验室或院系名称"))
    level = django_filters.ChoiceFilter(label=_("层级"), choices=Department.Level.choices)
    state = django_filters.ChoiceFilter(label=_("账号"), choices=STATES)

    class Meta:
        model = Department
        fields = ["q", "level", "state"]


class SubUserFilter(FilterSet):
    q = SearchFilter(fields=["name", "phone", "name_key"], placeholder=_("姓名、手机号"))

    class Meta:
        model = User
        fields = ["q"]


class LaboratoryPeopleFilter(FilterSet):
    q = SearchFilter(fields=["name", "username", "email", "phone", "name_key"], placeholder=_("姓名、邮箱、手机号"))

    class Meta:
        model = User
        fields = ["q"]
