"""Accounts of laboratories: the unit's list of them (S2-35 … S2-37), and the laboratory as its own account sees it (S2-33)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from gongyi.accounts.models import User
from gongyi.audit.queries import events_of
from gongyi.kit.refusal import Refused
from gongyi.kit.templatetags.gongyi import badge
from gongyi.kit.views import Action, Crumb, Field, FieldGroup, FlowEntry, FormPage, ListPage, Panel, ProcessPage
from gongyi.kit.when import format_when
from gongyi.onboarding.filters.accounts import LaboratoryFilter, LaboratoryPeopleFilter
from gongyi.onboarding.forms.accounts import HandOverForm, LaboratoryAccountForm, LaboratoryDataForm
from gongyi.onboarding.queries.accounts import laboratories_of, people_of_laboratory
from gongyi.onboarding.services import laboratory as services
from gongyi.onboarding.tables.accounts import STATES, LaboratoryPeopleTable, LaboratoryTable
from gongyi.onboarding.views.of_unit import OfUnit
from gongyi.organizations.models import Department
from gongyi.organizations.rules import managed_organizations
from gongyi.workflow.forms import ReasonForm


class LaboratoryAccounts(OfUnit, ListPage):
    """Which laboratories and departments have an account, whose it is, and which have none yet."""

    title = gettext_lazy("实验室（院系）账号")
    model = Department
    table_class = LaboratoryTable
    filter_class = LaboratoryFilter
    noun = gettext_lazy("实验室（院系）")
    measure = gettext_lazy("个")
    empty_text = gettext_lazy("先在「院系和实验室」中添加，再为它们开通账号。每个实验室（院系）只能建立 1 个账号。")

    def get_queryset(self):
        return laboratories_of(self.organization)

    def get_actions(self):
        url = reverse("onboarding:open_laboratory_account", args=[self.organization.pk])
        return [Action(_("新增账号"), url, icon="plus", tone="primary", dialog=True)]

    @property
    def empty_action(self):
        url = reverse("organizations:departments", args=[self.organization.pk])
        return Action(_("添加院系和实验室"), url, tone="primary")


class AccountDialog(OfUnit, FormPage):
    """What the dialogs about laboratories' accounts share."""

    dialog_name = "accounts/plain_dialog.html"

    @cached_property
    def department(self) -> Department:
        found = Department.objects.filter(organization=self.organization).select_related("organization", "parent")
        return get_object_or_404(found, pk=self.kwargs["department_pk"])

    def allowed(self):
        return super().allowed() and bool("department_pk" not in self.kwargs or self.department)

    def get_object(self):
        return None

    @property
    def list_url(self):
        return reverse("onboarding:laboratory_accounts", args=[self.organization.pk])

    def get_cancel_url(self):
        if "department_pk" not in self.kwargs:
            return self.list_url
        return reverse("onboarding:laboratory_account", args=[self.organization.pk, self.department.pk])

    def get_success_url(self, saved):
        return self.get_cancel_url()

    def get_crumbs(self):
        *before, here = super().get_crumbs()
        return (*before, Crumb(_("实验室（院系）账号"), self.list_url), here)


class OpenLaboratoryAccount(AccountDialog):
    """A new account for a laboratory that has none (S2-35, S2-36)."""

    title = gettext_lazy("新增实验室（院系）账号")
    form_class = LaboratoryAccountForm
    submit_note = gettext_lazy("保存后，设置密码的邮件立即发给账号管理员；其只能查看和维护所选实验室（院系）。")

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "organization": self.organization}

    def get_initial(self):
        chosen = self.request.GET.get("department", "")
        return {"department": int(chosen)} if chosen.isdecimal() and len(chosen) < 19 else {}

    def save(self, form):
        services.open_account(actor=self.request.user, **form.cleaned_data)
        data = form.cleaned_data
        messages.success(
            self.request,
            _("「%(laboratory)s」的账号已开通，设置密码的邮件已发往 %(email)s。")
            % {"laboratory": data["department"].name, "email": data["email"]},
        )


class OneLaboratoryAccount(OfUnit, ProcessPage):
    """One laboratory's account: whose it is, what can be done with it, who held it before."""

    model = Department
    status_field = ""

    def get_object(self):
        rows = laboratories_of(self.organization).select_related("organization", "parent")
        return get_object_or_404(rows, pk=self.kwargs["department_pk"])

    def get_title(self):
        return self.object.name

    def get_crumbs(self):
        *before, here = super().get_crumbs()
        url = reverse("onboarding:laboratory_accounts", args=[self.organization.pk])
        return (*before, Crumb(_("实验室（院系）账号"), url), here)

    @cached_property
    def holders(self):
        return services.holders_of(self.object)

    def get_actions(self):
        def to(name: str) -> str:
            return reverse(f"onboarding:{name}", args=[self.organization.pk, self.object.pk])

        if self.object.state == "none":
            url = reverse("onboarding:open_laboratory_account", args=[self.organization.pk])
            return [
                Action(_("开通账号"), f"{url}?department={self.object.pk}", icon="plus", tone="primary", dialog=True)
            ]
        hand_over = Action(_("移交"), to("hand_over_laboratory_account"), icon="arrows-exchange", dialog=True)
        if self.object.state == "disabled":
            return [hand_over, Action(_("恢复"), to("reopen_laboratory_account"), tone="primary", dialog=True)]
        refusal = "" if self.holders[0].user.email else _("账号管理员没有登记邮箱，邮件无处可发。")
        return [
            Action(_("停用"), to("disable_laboratory_account"), tone="bad", dialog=True),
            hand_over,
            Action(
                _("发送重置密码邮件"), to("mail_laboratory_account"), icon="mail", tone="primary", post=True,
                refusal=refusal,
            ),
        ]  # fmt: skip

    def get_groups(self):
        row = self.object
        facts = [
            Field(_("实验室（院系）"), f"{row.parent.name} / {row.name}" if row.parent else row.name),
            Field(_("账号状态"), badge(*STATES[row.state])),
        ]
        if self.holders:
            user = self.holders[0].user
            facts += [
                Field(_("账号管理员"), user.name), Field(_("用户名"), user.username), Field(_("邮箱"), user.email or ""),
                Field(_("手机号"), user.phone or ""),
                Field(_("开通时间"), format_when(self.holders[0].since, full=True)),
                Field(_("最近登录"), format_when(user.last_login) if user.last_login else _("从未登录")),
            ]  # fmt: skip
        return [FieldGroup(_("账号"), facts, note=_("只能查看和维护本实验室（院系）"))]

    def get_panels(self):
        return [Panel(_("历任账号管理员"), "onboarding/holders.html", {"holders": self.holders}, bare=True)]

    def get_flow(self):
        return [
            FlowEntry(
                event.what, event.who, event.at,
                event.reason or "、".join(str((side or {}).get("person", "")) for side in (event.after or event.before,)),
                "",
            )
            for event in events_of(self.object)[:20]
        ]  # fmt: skip


class HandOver(AccountDialog):
    """Give the account to another person of the unit."""

    title = gettext_lazy("移交实验室账号")
    form_class = HandOverForm
    submit_label = gettext_lazy("移交")
    submit_note = gettext_lazy("移交后，原账号管理员立即不能再查看和维护这个实验室；以往的记录仍在其名下。")

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "organization": self.organization}

    def save(self, form):
        user = form.cleaned_data["user"]
        services.hand_over(department=self.department, actor=self.request.user, user=user)
        messages.success(self.request, _("账号已移交给%s。") % user.name)


class DisableLaboratoryAccount(AccountDialog):
    title = gettext_lazy("停用实验室账号")
    form_class = ReasonForm
    submit_label = gettext_lazy("停用")
    submit_tone = "bad"
    submit_note = gettext_lazy("立即不能再查看和维护这个实验室；其个人登录和以往的记录不受影响，可随时恢复。")

    def save(self, form):
        services.disable(department=self.department, actor=self.request.user, reason=form.cleaned_data["reason"])
        messages.success(self.request, _("「%s」的账号已停用。") % self.department.name)


class ReopenLaboratoryAccount(AccountDialog):
    title = gettext_lazy("恢复实验室账号")
    submit_label = gettext_lazy("恢复")

    def get_form(self):
        return forms.Form(self.request.POST if self.request.method == "POST" else None)

    @property
    def submit_note(self):
        last = next(iter(services.holders_of(self.department)), None)
        return _("恢复后由 %s 继续负责；换人请用「移交」。") % last.user if last else ""

    def save(self, form):
        services.reopen(department=self.department, actor=self.request.user)
        messages.success(self.request, _("「%s」的账号已恢复。") % self.department.name)


@login_required
@require_POST
def mail_laboratory_account(request: HttpRequest, pk: int, department_pk: int) -> HttpResponse:
    """The envelope: mail the holder the link that sets the password (S2-37)."""
    rows = Department.objects.filter(organization__in=managed_organizations(request.user).filter(pk=pk))
    department = get_object_or_404(rows.select_related("organization"), pk=department_pk)
    try:
        address = services.mail_link(department=department, actor=request.user)
        messages.success(request, _("设置密码的邮件已发往 %s。") % address)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("onboarding:laboratory_account", pk, department_pk)


# the laboratory's own screens


class OwnLaboratory:
    """A screen of a laboratory for its own account; of another laboratory there is nothing."""

    request: Any
    kwargs: Any

    @cached_property
    def department(self) -> Department:
        if not self.request.user.is_authenticated:
            raise Http404
        own = Department.objects.kept_by(self.request.user).select_related("organization", "parent")
        return get_object_or_404(own, pk=self.kwargs["department_pk"])

    def allowed(self):
        return bool(self.department)

    @property
    def home(self):
        return reverse("onboarding:laboratory", args=[self.department.pk])


class Laboratory(OwnLaboratory, ProcessPage):
    """What is known of the laboratory: where it is, what it consists of, what was changed."""

    model = Department
    status_field = ""

    def get_object(self):
        return self.department

    def get_title(self):
        return self.department.name

    def get_actions(self):
        pk = [self.department.pk]
        return [
            Action(_("人员"), reverse("onboarding:laboratory_people", args=pk), icon="users"),
            Action(
                _("修改资料"), reverse("onboarding:edit_laboratory", args=pk), icon="edit", tone="primary", dialog=True
            ),
        ]

    def get_groups(self):
        row = self.department
        parts = row.children.all()
        facts = [
            Field(_("单位"), row.organization.name), Field(_("上级"), row.parent.name if row.parent else _("直属单位")),
            Field(_("层级"), row.get_level_display()), Field(_("联系电话"), row.phone),
            Field(_("地点"), row.location, wide=True),
            *([Field(_("下属"), "、".join(part.name for part in parts), wide=True)] if parts else []),
        ]  # fmt: skip
        return [FieldGroup(_("实验室资料"), facts, note=_("名称和层级由单位维护"))]

    def get_flow(self):
        return [FlowEntry(event.what, event.who, event.at, event.reason, "") for event in events_of(self.object)[:20]]


class EditLaboratory(OwnLaboratory, FormPage):
    title = gettext_lazy("修改实验室资料")
    form_class = LaboratoryDataForm
    dialog_name = "accounts/plain_dialog.html"
    success_message = gettext_lazy("实验室资料已保存。")

    def get_object(self):
        return self.department

    def get_cancel_url(self):
        return self.home

    def get_success_url(self, saved):
        return self.home

    def get_crumbs(self):
        return (Crumb(self.department.name, self.home), Crumb(self.get_title()))

    def save(self, form):
        stored = Department.objects.select_related("organization", "parent").get(pk=self.department.pk)
        return services.change_data(department=stored, actor=self.request.user, **form.cleaned_data)


class LaboratoryPeople(OwnLaboratory, ListPage):
    """The people of the laboratory; who belongs where is kept by the unit."""

    title = gettext_lazy("实验室人员")
    model = User
    table_class = LaboratoryPeopleTable
    filter_class = LaboratoryPeopleFilter
    noun = gettext_lazy("人员")
    measure = gettext_lazy("人")
    empty_text = gettext_lazy("单位管理员把人员归到本实验室后，会出现在这里。")

    def get_queryset(self):
        return people_of_laboratory(self.department, self.request.user)

    def get_crumbs(self):
        return (Crumb(self.department.name, self.home), Crumb(self.get_title()))
