"""Changing a password, and getting a new one by e-mail when it is forgotten."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.tokens import default_token_generator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import urlsafe_base64_decode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from gongyi.accounts import lockout, services
from gongyi.accounts.forms import AskResetForm, ChangePasswordForm, NewPasswordForm
from gongyi.accounts.models import LoginRecord, User
from gongyi.accounts.views.personal import HOME
from gongyi.kit.views import Crumb, FormPage, Section

RESET_MINUTES = 30
MAILS_PER_ACCOUNT = 3
ASKED_PER_ADDRESS = 30
SESSION_KEY = "reset_token"
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


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def reset_confirm(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """Set the new password behind the link; the link works once and not after its time."""
    if token != IN_SESSION:
        if (user := _owner(uid)) is None or not default_token_generator.check_token(user, token):
            return render(request, "accounts/reset_stale.html", status=410)
        request.session[SESSION_KEY] = token
        return redirect("accounts:reset_confirm", uid, IN_SESSION)
    user = _owner(uid)
    if user is None or not default_token_generator.check_token(user, request.session.get(SESSION_KEY, "")):
        return render(request, "accounts/reset_stale.html", status=410)
    form = NewPasswordForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        services.change_password(user, form.cleaned_data["new_password"])
        del request.session[SESSION_KEY]
        messages.success(request, _("新密码已设置，请用它登录。"))
        return redirect("accounts:sign_in")
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/reset_confirm.html", {"form": form, "person": user}, status=status)


def _owner(uid: str) -> User | None:
    try:
        pk = int(urlsafe_base64_decode(uid))
    except (ValueError, OverflowError):
        return None
    return User.objects.filter(pk=pk, is_active=True).first() if pk < 2**63 else None
