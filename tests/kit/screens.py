"""Toy screens over people, one of each of the five pages, and the kit's own."""

import django_filters
from django import forms
from django.urls import include, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongyi.accounts.models import User
from gongyi.kit import errors, filters, tables, views
from gongyi.kit.money import MoneyFormField
from gongyi.kit.refusal import Refused


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("原因"), max_length=200)


class PersonTable(tables.Table):
    name = tables.LinkColumn(_("姓名"), note="title", linkify=lambda record: f"/toy/{record.pk}/")
    username = tables.Column(_("用户名"), phone="sub")
    is_staff = tables.YesNoColumn(_("管理员"))
    pk = tables.MoneyColumn(_("金额"))
    joined_at = tables.WhenColumn(_("注册时间"))
    phone_number = tables.Column(_("手机"), accessor="phone", shown=False)
    actions = tables.ActionsColumn('<a href="/toy/{{ record.pk }}/">查看</a>')


class PersonFilter(filters.FilterSet):
    q = filters.SearchFilter(fields=["username", "name"])
    role = django_filters.ChoiceFilter(
        label=_("角色"), choices=[("staff", _("管理员")), ("other", _("其他"))], method="by_role"
    )
    joined = filters.PeriodFilter(field_name="joined_at", label=_("注册时间"))

    class Meta:
        model = User
        fields = ()
        main = ("q", "role")

    def by_role(self, queryset, name, value):
        return queryset.filter(is_staff=value == "staff")


class People(views.ListPage):
    model = User
    table_class = PersonTable
    filter_class = PersonFilter
    title = _("人员")
    noun = _("人员")
    measure = _("人")
    empty_text = _("人员注册后出现在这里。")
    bulk_actions = (
        views.BulkAction("praise", _("表扬"), tone="primary"),
        views.BulkAction("dismiss", _("停用"), tone="bad", effect=_("停用后不能登录。"), form_class=ReasonForm),
    )

    def bulk_praise(self, people):
        def praise(person):
            if not person.is_staff:
                raise Refused(_("不是管理员。"), remedy=_("请先设为管理员。"))

        return views.BulkResult.of(people, praise)

    def bulk_dismiss(self, people, reason):
        return views.BulkResult(done=people.update(title=reason))


class PriceForm(forms.Form):
    name = forms.CharField(label=_("名称"), max_length=20)
    price = MoneyFormField(label=_("单价"), suffix=_("每小时"))
    bought_on = forms.DateField(label=_("购置日期"), required=False)


class NewPrice(views.FormPage):
    title = _("登记单价")
    form_class = PriceForm
    sections = (views.Section(_("基本信息"), ["name", "bought_on"]), views.Section(_("价格"), ["price"]))
    success_message = _("已登记。")

    def save(self, form):
        if form.cleaned_data["name"] == "重名":
            raise Refused(_("已有同名单价。"), remedy=_("请换一个名称。"))
        return

    def get_success_url(self, saved):
        return "/toy/"


class EditPerson(views.FormPage):
    model = User
    title = _("修改人员")
    form_class = forms.modelform_factory(User, fields=["name", "title"])

    def get_success_url(self, saved):
        return f"/toy/{saved.pk}/"


class Person(views.ProcessPage):
    model = User
    status_field = None
    list_crumb = views.Crumb(_("人员"), "/toy/")

    def get_groups(self):
        return [views.FieldGroup(_("基本信息"), [views.Field(_("姓名"), self.object.name), views.Field(_("职务"), "")])]

    def get_buttons(self):
        return [
            views.StepButton(_("退回"), "/toy/new/", tone="danger"),
            views.StepButton(_("签到"), "/steps/check-in", refusal=_("11-24 起可签到。")),
            views.StepButton(_("通过"), "/toy/new/", tone="success"),
            views.StepButton(_("加急通过"), "/toy/new/", tone="success"),
        ]

    def get_nodes(self):
        return [
            views.StepNode(_("待提交"), "done", timezone.now()),
            views.StepNode(_("待审核"), "current"),
            views.StepNode(_("已完成")),
        ]

    def get_flow(self):
        return [views.FlowEntry(_("提交"), self.object.name, timezone.now(), _("第一次"))]


class Desk(views.DashboardPage):
    title = _("工作台")

    def get_stats(self):
        return [views.Stat(_("待审核"), 3, _("最早 2 小时前"), "/toy/", "wait"), views.Stat(_("机时"), "18.5")]

    def get_panels(self):
        entry = views.FlowEntry(_("提交"), _("顾文清"), timezone.now())
        return [
            views.Panel(_("经过"), "kit/flow.html", {"flow": [entry]}),
            views.Panel(_("旁"), "kit/art_empty.html", side=True),
        ]


class Secret(views.Page):
    template_name = "kit/dashboard.html"

    def allowed(self):
        return self.request.user.username == "tang"


def broken(request):
    raise RuntimeError("on purpose")


def nul_from_database(request):
    User.objects.filter(name="a\0b").exists()


urlpatterns = [
    path("", Desk.as_view()),
    path("toy/", People.as_view(), name="toy_people"),
    path("toy/new/", NewPrice.as_view(), name="toy_new"),
    path("toy/desk/", Desk.as_view(), name="toy_desk"),
    path("toy/secret/", Secret.as_view(), name="toy_secret"),
    path("toy/broken/", broken, name="toy_broken"),
    path("toy/nul/", nul_from_database, name="toy_nul"),
    path("toy/<int:pk>/", Person.as_view(), name="toy_person"),
    path("toy/<int:pk>/edit/", EditPerson.as_view(), name="toy_edit"),
    path("kit/", include("gongyi.kit.urls")),
    path("accounts/", include("gongyi.accounts.urls")),
]
handler400, handler403 = errors.bad_request, errors.permission_denied
handler404, handler500 = errors.page_not_found, errors.server_error
