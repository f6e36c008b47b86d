"""Changing a password, getting a new one by e-mail or phone when it is forgotten, and setting the first one."""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from gongyi.accounts import links, lockout, services
from gongyi.accounts.forms import AskResetForm, ChangePasswordForm, NewPasswordForm, RecoverForm
from gongyi.accounts.models import LoginRecord, User
from gongyi.accounts.views.personal import HOME
from gongyi.accounts.views.sign_in import BACKEND, after_sign_in
from gongyi.kit.refusal import Refused
from gongyi.kit.views import Crumb, FormPage, Section

RESET_MINUTES = 30
MAILS_PER_ACCOUNT = 3
ASKED_PER_ADDRESS = 30
IN_SESSION = "set"  # stands for the token in the address, so that it is not passed on as a referrer


@method_decorator(sensitive_post_parameters(), name="dispatch")
class ChangePassword(FormPage):
    """修改密码 (S0-54). Other sessions of the person end; this one goes on."""

    title = gettext_lazy("修改密码")
    crumbs = (HOME, Crumb(gettext_lazy("修改密码")))
    form_class = ChangePasswordForm
    sections = (Section("", ["old_password", "new_password", "repeated"]),)
    submit_label = gettext_lazy("修改密码")
    success_message = gettext_lazy("密码已修改，其他设备上的登录已退出。")
    cancel_url = reverse_lazy("accounts:profile")

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "request": self.request}

    def save(self, form):
        user = User.objects.get(pk=self.request.user.pk)
        services.change_password(user, form.cleaned_data["new_password"])
        update_session_auth_hash(self.request, user)
        return user

    def get_success_url(self, saved):
        return reverse("accounts:profile")


@never_cache
@require_http_methods(["GET", "POST"])
def reset_password(request: HttpRequest) -> HttpResponse:
    """Ask for the link by any identifier. The answer is the same, and as quick, whether or not anybody is meant."""
    form = AskResetForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else 422
        return render(request, "accounts/reset_password.html", {"form": form}, status=status)
    lately = LoginRecord.objects.filter(
        outcome=LoginRecord.Outcome.RESET_ASKED, at__gte=timezone.now() - timedelta(minutes=RESET_MINUTES)
    )
    if lately.filter(ip=lockout.client_address(request)).count() >= ASKED_PER_ADDRESS:
        form.add_error(None, _("从这个网络地址申请的次数过多，请 %s 分钟后再试。") % RESET_MINUTES)
        return render(request, "accounts/reset_password.html", {"form": form}, status=429)
    identifier = form.cleaned_data["identifier"]
    user = User.objects.by_identifier(identifier)
    mails = lately.filter(user=user).count() if user else 0
    services.record_attempt(request, identifier, LoginRecord.Outcome.RESET_ASKED, user)
    services.queue_reset_mail(user if mails < MAILS_PER_ACCOUNT else None)
    return redirect("accounts:reset_sent")


@require_safe
def reset_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/reset_sent.html", {"minutes": RESET_MINUTES})


@never_cache
@require_http_methods(["GET", "POST"])
def recover(request: HttpRequest) -> HttpResponse:
    """A new password by a code to the account's phone (S1-21). A phone without an account gets no code and the same words."""
    form = RecoverForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        phone = form.cleaned_data["phone"]
        user = User.objects.by_address(phone, active=True)
        if user is not None:
            services.record_attempt(request, phone, LoginRecord.Outcome.RESET_ASKED, user)
            request.session[links.RESET.url_name] = links.RESET.tokens.make_token(user)
            return redirect(links.RESET.url_name, links.uid(user), IN_SESSION)
        form.add_error("phone", _("这个手机号没有可用的账号。"))
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/recover.html", {"form": form}, status=status)


@require_safe
def help_recovery(request: HttpRequest) -> HttpResponse:
    """What to do when one can't sign in (S1-21)."""
    digits = "".join(c for c in settings.HOTLINE if c.isdigit() or c == "-")
    return render(request, "accounts/help_recovery.html", {"hotline": settings.HOTLINE, "digits": digits})


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def reset_confirm(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """Set the new password behind the link; the link works once and not after its time."""
    return _set_password(request, links.RESET, uid, token)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def activate(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """Set the first password behind the link that opens an account, and be signed in (S3-33, S3-35)."""
    return _set_password(request, links.ACTIVATION, uid, token)


def _set_password(request: HttpRequest, kind: links.Kind, uid: str, token: str) -> HttpResponse:
    is_first = kind is links.ACTIVATION
    given = request.session.get(kind.url_name, "") if token == IN_SESSION else token
    user = links.owner(uid)
    if user is None or not kind.tokens.check_token(user, given):
        return render(request, "accounts/reset_stale.html", {"is_first": is_first}, status=410)
    if token != IN_SESSION:
        request.session[kind.url_name] = token
        return redirect(kind.url_name, uid, IN_SESSION)
    form = NewPasswordForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            user = services.use_link(kind, user=user, token=given, password=form.cleaned_data["new_password"])
        except Refused:
            return render(request, "accounts/reset_stale.html", {"is_first": is_first}, status=410)
        del request.session[kind.url_name]
        return _let_in(request, user) if is_first else _ask_to_sign_in(request)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "person": user, "is_first": is_first}
    return render(request, "accounts/reset_confirm.html", context, status=status)


def _let_in(request: HttpRequest, user: User) -> HttpResponse:
    login(request, user, backend=BACKEND)
    services.record_attempt(request, user.username, LoginRecord.Outcome.ACTIVATED, user)
    messages.success(request, _("密码已设置，账号已激活。今后用用户名 %s 登录。") % user.username)
    return redirect(after_sign_in(request, user))


def _ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    messages.success(request, _("新密码已设置，请用它登录。"))
    return redirect("accounts:sign_in")
