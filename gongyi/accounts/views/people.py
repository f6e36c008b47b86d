"""The platform administrator's view of everybody: find, open, close, unlock."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse, reverse_lazy
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from gongyi.accounts import duties, lockout, queries, services
from gongyi.accounts.filters import UserFilter
from gongyi.accounts.forms import NewPersonForm, PersonalDataForm
from gongyi.accounts.models import User
from gongyi.accounts.tables import UserTable
from gongyi.accounts.views.personal import personal_facts
from gongyi.audit.queries import events_of
from gongyi.audit.services import record
from gongyi.kit.refusal import Refused
from gongyi.kit.templatetags.gongyi import badge
from gongyi.kit.views import (
    Action,
    BulkAction,
    BulkResult,
    Crumb,
    Field,
    FieldGroup,
    FormPage,
    ListPage,
    Panel,
    ProcessPage,
)
from gongyi.kit.when import format_when
from gongyi.workflow.forms import CommentForm, ReasonForm

LIST = Crumb(gettext_lazy("用户"), reverse_lazy("accounts:users"))


class ForPlatformAdministrators:
    def allowed(self) -> bool:
        return self.request.user.is_staff


class Users(ForPlatformAdministrators, ListPage):
    title = gettext_lazy("用户")
    model = User
    table_class = UserTable
    filter_class = UserFilter
    noun = gettext_lazy("用户")
    measure = gettext_lazy("人")
    bulk_actions = (
        BulkAction(
            "deactivate", gettext_lazy("停用"), tone="bad", form_class=ReasonForm,
            effect=gettext_lazy("停用后立即退出登录，令牌失效；预约和账目保留。"),
        ),
    )  # fmt: skip

    def get_actions(self):
        return [Action(_("新建用户"), reverse("accounts:add_user"), icon="plus", tone="primary", dialog=True)]

    def bulk_deactivate(self, users, reason):
        actor = self.request.user
        return BulkResult.of(users, lambda user: services.deactivate(user=user, actor=actor, reason=reason))


class AddUser(ForPlatformAdministrators, FormPage):
    title = gettext_lazy("新建用户")
    crumbs = (LIST, Crumb(gettext_lazy("新建用户")))
    dialog_name = "accounts/plain_dialog.html"
    submit_note = gettext_lazy("激活链接会立即发到邮箱；填了手机号的，也发短信。")
    form_class = NewPersonForm
    submit_label = gettext_lazy("开通账号")
    cancel_url = reverse_lazy("accounts:users")

    def save(self, form):
        user = services.create_person(actor=self.request.user, **form.cleaned_data)
        reached = services.send_activation(user, by_phone=bool(user.phone))
        messages.success(self.request, _("账号已开通，激活链接已发往 %s。") % "、".join(reached))
        return user

    def get_success_url(self, saved):
        return reverse("accounts:user", args=[saved.pk])


class OneUser(ForPlatformAdministrators, ProcessPage):
    model = User
    status_field = ""
    list_crumb = LIST

    @cached_property
    def locked_until(self):
        return lockout.locked_until(self.object.username)

    def get_actions(self):
        user, pk = self.object, [self.object.pk]
        found = [Action(_("修改资料"), reverse("accounts:edit_user", args=pk), icon="edit")]
        if user.is_active:
            if self.locked_until:
                found.append(
                    Action(_("解除锁定"), reverse("accounts:unlock_user", args=pk), icon="lock-open", post=True)
                )
            found.append(self._send_link())
            found.append(self._administration())
            own = _("不能停用自己的账号。请由另一位平台管理员操作。") if user.pk == self.request.user.pk else ""
            found.append(
                Action(_("停用"), reverse("accounts:deactivate_user", args=pk), tone="bad", dialog=True, refusal=own)
            )
        else:
            refusal = _("本人已注销，不能恢复。本人可以重新注册。") if user.closed_at else ""
            address = reverse("accounts:activate_user", args=pk)
            found.append(Action(_("启用"), address, tone="primary", dialog=True, refusal=refusal))
        return found

    def _send_link(self):
        user = self.object
        address = reverse("accounts:mail_user", args=[user.pk])
        if not user.has_usable_password():
            refusal = (
                "" if user.email or user.phone else _("没有登记邮箱和手机号，链接无处可发。请先在「修改资料」里填写。")
            )
            return Action(_("发送激活链接"), address, icon="mail", post=True, refusal=refusal)
        refusal = (
            "" if user.email else _("没有登记邮箱，邮件无处可发。登记了手机号的，本人可在登录页用短信验证码找回密码。")
        )
        return Action(_("发送重置密码邮件"), address, icon="mail", post=True, refusal=refusal)

    def _administration(self):
        user, pk = self.object, [self.object.pk]
        if not user.is_staff:
            return Action(_("设为平台管理员"), reverse("accounts:grant_administration", args=pk), dialog=True)
        others = User.objects.filter(is_staff=True, is_active=True).exclude(pk=user.pk)
        refusal = "" if others.exists() else _("平台不能没有管理员。请先指定另一位平台管理员。")
        address = reverse("accounts:withdraw_administration", args=pk)
        return Action(_("撤销平台管理员"), address, tone="bad", dialog=True, refusal=refusal)

    def get_groups(self):
        user = self.object
        ended = badge(_("已注销"), "idle sq") if user.closed_at else badge(_("已停用"), "idle")
        state = badge(_("正常"), "ok") if user.is_active else ended
        if user.is_active and self.locked_until:
            state = badge(_("输错密码过多，锁定到 %s") % format_when(self.locked_until), "wait")
        account = [
            Field(_("状态"), state),
            Field(_("身份"), _("平台管理员") if user.is_staff else _("普通用户")),
            Field(_("注册时间"), format_when(user.joined_at, full=True)),
            Field(_("最近登录"), format_when(user.last_login) if user.last_login else _("从未登录")),
            Field(
                _("资料核对"), format_when(user.profile_confirmed_at) if user.profile_confirmed_at else _("尚未核对")
            ),
            Field(_("密码"), _("已设置") if user.has_usable_password() else _("尚未设置")),
        ]
        if user.closed_at:
            account.append(Field(_("注销时间"), format_when(user.closed_at, full=True)))
        return [FieldGroup(_("基本信息"), personal_facts(user)), FieldGroup(_("账号"), account)]

    def get_panels(self):
        events = events_of(self.object)[:20]
        return [Panel(_("变更记录"), "accounts/events.html", {"events": events}, bare=True)] if events else []

    def get_side_panels(self):
        logins = queries.recent_logins(self.object, 10)
        return [Panel(_("最近登录日志"), "accounts/recent_logins.html", {"logins": logins}, bare=True)]


class EditUser(ForPlatformAdministrators, FormPage):
    title = gettext_lazy("修改用户资料")
    model = User
    form_class = PersonalDataForm
    success_message = gettext_lazy("用户资料已保存。")

    def get_crumbs(self):
        return (LIST, Crumb(self.object.name, self.get_cancel_url()), Crumb(_("修改资料")))

    def get_cancel_url(self):
        return reverse("accounts:user", args=[self.kwargs["pk"]])

    def save(self, form):
        before = {name: form.initial.get(name) for name in form.changed_data}
        user = form.save()
        if before:
            after = {name: getattr(user, name) for name in before}
            record(self.request.user, user, _("修改用户资料"), before=before, after=after)
        return user

    def get_success_url(self, saved):
        return self.get_cancel_url()


class AboutUser(ForPlatformAdministrators, FormPage):
    """A dialog about one person's account, beside their page."""

    model = User
    dialog_name = "accounts/plain_dialog.html"
    form_class = ReasonForm

    def get_crumbs(self):
        return (LIST, Crumb(self.object.name, self.get_cancel_url()), Crumb(self.title))

    def get_cancel_url(self):
        return reverse("accounts:user", args=[self.kwargs["pk"]])

    def get_success_url(self, saved):
        return self.get_cancel_url()


class DeactivateUser(AboutUser):
    """What it means elsewhere is said before it is confirmed."""

    title = gettext_lazy("停用账号")
    template_name = "accounts/deactivate.html"
    dialog_name = "accounts/deactivate_dialog.html"
    submit_label = gettext_lazy("停用")
    submit_tone = "bad"
    submit_note = gettext_lazy("立即退出登录，令牌失效；预约和账目保留。")

    def get_context_data(self, **kwargs):
        user = self.object
        found = duties.obstacles_of(user) + duties.consequences_of(user)
        told = [duties.told_to_another(sentence, user) for sentence in found]
        return super().get_context_data(consequences=told, **kwargs)

    def save(self, form):
        services.deactivate(user=self.object, actor=self.request.user, reason=form.cleaned_data["reason"])
        messages.success(self.request, _("%s 的账号已停用。") % self.object.name)


class ActivateUser(AboutUser):
    title = gettext_lazy("启用账号")
    form_class = CommentForm
    submit_label = gettext_lazy("启用")
    submit_note = gettext_lazy("用原来的密码即可登录。")

    def save(self, form):
        services.activate(user=self.object, actor=self.request.user, reason=form.cleaned_data["comment"])
        messages.success(self.request, _("%s 的账号已启用。") % self.object.name)


class GrantAdministration(AboutUser):
    """Platform administrators appoint each other."""

    title = gettext_lazy("设为平台管理员")
    submit_label = gettext_lazy("设为平台管理员")
    submit_note = gettext_lazy("可以查看和管理全站的用户、单位、仪器和账目。")

    def save(self, form):
        services.grant_administration(user=self.object, actor=self.request.user, reason=form.cleaned_data["reason"])
        messages.success(self.request, _("%s 现在是平台管理员。") % self.object.name)


class WithdrawAdministration(AboutUser):
    """The last one cannot be withdrawn."""

    title = gettext_lazy("撤销平台管理员")
    submit_label = gettext_lazy("撤销平台管理员")
    submit_tone = "bad"
    submit_note = gettext_lazy("账号保留，只失去平台管理的权限。")

    def save(self, form):
        services.withdraw_administration(user=self.object, actor=self.request.user, reason=form.cleaned_data["reason"])
        messages.success(self.request, _("%s 不再是平台管理员。") % self.object.name)

    def get_success_url(self, saved):
        own = self.object.pk == self.request.user.pk
        return reverse("accounts:profile") if own else self.get_cancel_url()


@login_required
@require_POST
def unlock_user(request: HttpRequest, pk: int) -> HttpResponse:
    user = _one(request, pk)
    services.unlock(user=user, actor=request.user)
    messages.success(request, _("%s 可以立即重新登录。") % user.name)
    return redirect("accounts:user", pk)


@login_required
@require_POST
def mail_user(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the link that sets a password: the activation link to who never had one, else the mail of a reset."""
    user = _one(request, pk)
    try:
        if user.has_usable_password():
            if not user.email:
                raise Refused(_("没有登记邮箱，邮件无处可发。"))
            services.queue_reset_mail(user)
            messages.success(request, _("重置密码的邮件已发往 %s。") % user.email)
        else:
            reached = services.send_activation(user, by_phone=True)
            messages.success(request, _("激活链接已发往 %s。") % "、".join(reached))
            if user.phone:
                messages.info(request, _("短信可能被手机的垃圾短信拦截，请提醒对方查看拦截记录或暂时关闭拦截。"))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("accounts:user", pk)


def _one(request: HttpRequest, pk: int) -> User:
    if not request.user.is_staff:
        raise Http404
    return get_object_or_404(User.objects.visible_to(request.user), pk=pk)
