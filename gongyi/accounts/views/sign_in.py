"""Coming in and going out: password, captcha, lock-out, the demo's one click."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gongyi.accounts import captcha, lockout
from gongyi.accounts.demo import demo_people
from gongyi.accounts.forms import CaptchaForm, SignInForm
from gongyi.accounts.models import LoginRecord, User
from gongyi.accounts.services import record_attempt

BACKEND = "gongyi.accounts.backends.AnyIdentifierBackend"
Outcome = LoginRecord.Outcome


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """User name, e-mail or phone with the password; a captcha from the fourth wrong try, a rest after the tenth."""
    if request.user.is_authenticated:
        return redirect(_destination(request))
    if request.method == "GET":
        return _show(request, SignInForm())
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    identifier = form.cleaned_data["username"]
    if lockout.locked_until(identifier):
        record_attempt(request, identifier, Outcome.LOCKED, User.objects.by_identifier(identifier))
        return _refuse(request, form, lockout.lock_sentence(identifier), status=429, needs_captcha=False)
    if lockout.needs_captcha(request, identifier):
        asked = CaptchaForm(request.POST)
        if not asked.is_valid() or not captcha.redeem(request.session, asked.cleaned_data["captcha"]):
            if "captcha" in request.POST:
                record_attempt(request, identifier, Outcome.WRONG_CAPTCHA, User.objects.by_identifier(identifier))
            return _refuse(request, form, _captcha_sentence(request), needs_captcha=True)
    user = authenticate(request, username=identifier, password=form.cleaned_data["password"])
    if user is None:
        return _turn_away(request, form, identifier)
    captcha.forget(request.session)
    login(request, user)
    record_attempt(request, identifier, Outcome.PASSWORD, user)
    return redirect(after_sign_in(request, user))


def _captcha_sentence(request: HttpRequest) -> str:
    if request.POST.get("captcha", "").strip():
        return _("验证码不正确或已过期，已换了一张，请重新输入。密码也请再输一次。")
    return _("这个账号近期多次输错密码，请同时输入图中的验证码。密码也请再输一次。")


def _turn_away(request: HttpRequest, form: SignInForm, identifier: str) -> HttpResponse:
    """Say that it did not work and how many tries are left; the same words whether or not the account exists."""
    known = User.objects.by_identifier(identifier)
    if getattr(request, "account_is_closed", False):
        record_attempt(request, identifier, Outcome.INACTIVE, known)
        return _refuse(request, form, _("账号已停用。如需恢复，请联系本单位管理员或平台管理员。"))
    record_attempt(request, identifier, Outcome.WRONG_PASSWORD, known)
    if lockout.locked_until(identifier):
        return _refuse(request, form, lockout.lock_sentence(identifier), status=429, needs_captcha=False)
    sentence = _("用户名或密码不正确，还可以再试 %s 次。") % lockout.tries_left(identifier)
    return _refuse(request, form, sentence, needs_captcha=lockout.needs_captcha(request, identifier))


def _refuse(request: HttpRequest, form: SignInForm, sentence: str, *, status: int = 422, needs_captcha: bool = False):
    form.add_error(None, sentence)
    return _show(request, form, status=status, needs_captcha=needs_captcha)


def _show(request: HttpRequest, form: SignInForm, *, status: int = 200, needs_captcha: bool = False) -> HttpResponse:
    context = {
        "form": form,
        "captcha_form": CaptchaForm() if needs_captcha else None,
        "next": _asked_for(request),
        "query": urlencode({"next": _asked_for(request)}) if _asked_for(request) else "",
        "people": demo_people(),
    }
    return render(request, "accounts/sign_in.html", context, status=status)


@never_cache
@require_safe
def captcha_image(request: HttpRequest) -> HttpResponse:
    """A new picture for this session; the one before it is no longer good."""
    return HttpResponse(captcha.draw(captcha.issue(request.session)), content_type="image/png")


@never_cache
@require_safe
def captcha_again(request: HttpRequest) -> HttpResponse:
    """The fragment with another picture, for the button beside it."""
    return TemplateResponse(request, "accounts/captcha.html", {"again": True})


@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Be one of the demo's people with one click. 404 outside a demo, and for anybody the cast does not name."""
    chosen = request.POST.get("username", "")
    user = next((user for user, _role in demo_people() if user.username == chosen), None)
    if user is None:
        raise Http404
    login(request, user, backend=BACKEND)
    record_attempt(request, user.username, Outcome.DEMO, user)
    return redirect(_destination(request))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    messages.info(request, _("已退出登录。"))
    return redirect(settings.LOGOUT_REDIRECT_URL)


def after_sign_in(request: HttpRequest, user: User) -> str:
    """Where to: a person whose data nobody has checked yet sees them first (S0-9), then what they came for."""
    wanted = _destination(request)
    if user.profile_confirmed_at is None:
        return f"{reverse('accounts:confirm')}?{urlencode({'next': wanted})}"
    return wanted


def _destination(request: HttpRequest) -> str:
    return _asked_for(request) or resolve_url(settings.LOGIN_REDIRECT_URL)


def _asked_for(request: HttpRequest) -> str:
    """The address of this site that `next` names, or ""."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else ""
