"""Sub-users of a unit, kept by its main accounts (S4-74)."""

from django import forms
from django.conf import settings
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
from gongyi.kit.refusal import Refused
from gongyi.kit.views import Action, Crumb, FormPage, ListPage
from gongyi.onboarding.filters.accounts import SubUserFilter
from gongyi.onboarding.forms.accounts import SubUserForm
from gongyi.onboarding.queries.accounts import sub_users_of
from gongyi.onboarding.services import sub_users as services
from gongyi.onboarding.tables.accounts import SubUserTable
from gongyi.onboarding.views.of_unit import OfUnit
from gongyi.organizations.models import Organization
from gongyi.organizations.rules import may_keep_accounts
from gongyi.workflow.forms import ReasonForm


class OfMainAccount(OfUnit):
    """A screen for the unit's main accounts; sub-users have every other right, but not this one."""

    @cached_property
    def organization(self) -> Organization:
        found = super().organization
        if not may_keep_accounts(self.request.user, found):
            raise Http404
        return found


class SubUsers(OfMainAccount, ListPage):
    title = gettext_lazy("子用户")
    model = User
    table_class = SubUserTable
    filter_class = SubUserFilter
    noun = gettext_lazy("子用户")
    measure = gettext_lazy("人")
    empty_text = gettext_lazy("子用户用手机号登录，与主账号权限相同，各自的操作记在自己名下；只有主账号能管理子用户。")

    def get_queryset(self):
        return sub_users_of(self.organization)

    def get_fact(self):
        left = services.places_left(self.organization)
        return _("还可新增 %(left)s 人，每单位最多 %(most)s 人") % {
            "left": max(left, 0),
            "most": settings.SUB_USERS_PER_UNIT,
        }

    def get_actions(self):
        url = reverse("onboarding:open_sub_user", args=[self.organization.pk])
        refusal = "" if services.places_left(self.organization) > 0 else _("名额已用完，请先停用不再使用的子用户。")
        return [Action(_("新增子用户"), url, icon="plus", tone="primary", dialog=True, refusal=refusal)]

    @property
    def empty_action(self):
        return self.get_actions()[0]


class SubUserDialog(OfMainAccount, FormPage):
    """What the dialogs about sub-users share."""

    dialog_name = "accounts/plain_dialog.html"

    @cached_property
    def person(self) -> User:
        return get_object_or_404(sub_users_of(self.organization), pk=self.kwargs["user_pk"])

    def allowed(self):
        return super().allowed() and bool("user_pk" not in self.kwargs or self.person)

    def get_object(self):
        return None

    def get_cancel_url(self):
        return reverse("onboarding:sub_users", args=[self.organization.pk])

    def get_success_url(self, saved):
        return self.get_cancel_url()

    def get_crumbs(self):
        *before, here = super().get_crumbs()
        return (*before, Crumb(_("子用户"), self.get_cancel_url()), here)


class OpenSubUser(SubUserDialog):
    title = gettext_lazy("新增子用户")
    form_class = SubUserForm
    submit_note = gettext_lazy("保存后立即发送激活短信。子用户与主账号权限相同，但不能管理主账号和子用户。")

    def save(self, form):
        user = services.open_sub_user(organization=self.organization, actor=self.request.user, **form.cleaned_data)
        if user.has_usable_password():
            messages.success(self.request, _("%s 已是子用户，用原来的密码登录。") % user.name)
        else:
            messages.success(self.request, _("%s 的子用户已开通，设置密码的短信已发出。") % user.name)


class DisableSubUser(SubUserDialog):
    form_class = ReasonForm
    submit_label = gettext_lazy("停用")
    submit_tone = "bad"
    submit_note = gettext_lazy("立即失去本单位的管理权限；以往的操作仍记在其名下，可随时恢复。")

    def get_title(self):
        return _("停用子用户 %s") % self.person.name

    def save(self, form):
        services.disable(organization=self.organization, user=self.person, actor=self.request.user, **form.cleaned_data)
        messages.success(self.request, _("%s 的子用户权限已停用。") % self.person.name)


class ReopenSubUser(SubUserDialog):
    form_class = forms.Form
    submit_label = gettext_lazy("恢复")
    submit_note = gettext_lazy("恢复后立即与主账号权限相同。")

    def get_title(self):
        return _("恢复子用户 %s") % self.person.name

    def get_form_kwargs(self):
        return {"data": self.request.POST} if self.request.method == "POST" else {}

    def save(self, form):
        services.reopen(organization=self.organization, user=self.person, actor=self.request.user)
        messages.success(self.request, _("%s 的子用户权限已恢复。") % self.person.name)


@login_required
@require_POST
def text_sub_user(request: HttpRequest, pk: int, user_pk: int) -> HttpResponse:
    """Send the link that sets the first password once more."""
    organization = get_object_or_404(Organization.objects.visible_to(request.user), pk=pk)
    if not may_keep_accounts(request.user, organization):
        raise Http404
    person = get_object_or_404(sub_users_of(organization), pk=user_pk)
    try:
        reached = services.text_link(organization=organization, user=person, actor=request.user)
        messages.success(request, _("激活链接已发往 %s。") % "、".join(reached))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("onboarding:sub_users", pk)
