"""What lists of sign-ins and people can be narrowed by."""

import django_filters
from django.utils.translation import gettext_lazy as _

from gongyi.accounts.models import LoginRecord, SavedView, User
from gongyi.kit.filters import FilterSet, PeriodFilter, SearchFilter


class LoginFilter(FilterSet):
    q = SearchFilter(fields=["ip", "device", "identifier"], placeholder=_("IP、设备、登录名"))
    outcome = django_filters.ChoiceFilter(label=_("结果"), choices=LoginRecord.Outcome.choices)
    at = PeriodFilter(label=_("登录时间"))

    class Meta:
        model = LoginRecord
        fields = ["q", "outcome", "at"]


class UserFilter(FilterSet):
    q = SearchFilter(
        fields=["name", "username", "email", "phone", "name_key"], placeholder=_("姓名、用户名、邮箱、手机号")
    )
    is_active = django_filters.ChoiceFilter(label=_("状态"), choices=[("1", _("正常")), ("0", _("已停用"))])
    is_staff = django_filters.ChoiceFilter(label=_("身份"), choices=[("1", _("平台管理员")), ("0", _("普通用户"))])
    joined_at = PeriodFilter(label=_("注册时间"))

    class Meta:
        model = User
        fields = ["q", "is_active", "is_staff", "joined_at"]
        main = ["q", "is_active", "is_staff"]


class SavedFilter(FilterSet):
    q = SearchFilter(fields=["name", "title"], placeholder=_("名称、页面"))

    class Meta:
        model = SavedView
        fields = ["q"]
