"""Opening one's own account, and ending it."""

from django.contrib import messages
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from gongyi.accounts import duties, services
from gongyi.accounts.forms import CloseAccountForm, SignUpForm
from gongyi.accounts.identities import IDENTITIES
from gongyi.accounts.models import LoginRecord, User
from gongyi.accounts.views.personal import HOME, ComesBack
from gongyi.accounts.views.sign_in import BACKEND
from gongyi.kit.views import Crumb, FormPage, Section


@method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")
class SignUp(ComesBack, FormPage):
    """个人注册 (S2-1 … S2-4): afterwards one is signed in and goes to `next`, to what the identity leads to, or the desk."""

    template_name = "accounts/sign_up.html"
    title = gettext_lazy("注册账号")
    layout = "public"
    sign_in_required = False
    form_class = SignUpForm
    submit_label = gettext_lazy("注册")

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            return redirect(self.get_success_url(request.user))
        return super().dispatch(request, *args, **kwargs)

    @property
    def identity(self):
        """What one registers as (S2-2), None for a person without further plans."""
        return IDENTITIES.get(self.request.GET.get("identity", ""))

    @property
    def sign_in_url(self) -> str:
        after = self.get_success_url(None) if self.next_url or self.identity else ""
        return f"{reverse('accounts:sign_in')}?{urlencode({'next': after})}" if after else reverse("accounts:sign_in")

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "request": self.request}

    def save(self, form):
        data = form.cleaned_data
        user = services.sign_up(
            name=data["name"], username=data["username"], password=data["new_password"], address=data["address"]
        )
        login(self.request, user, backend=BACKEND)
        services.record_attempt(self.request, user.username, LoginRecord.Outcome.SIGN_UP, user)
        messages.success(self.request, _("账号 %s 已注册，您已登录。") % user.username)
        return user

    def get_success_url(self, saved):
        if not self.next_url and self.identity and self.identity.next_url_name:
            return reverse(self.identity.next_url_name)
        return self.later_url


@require_safe
def agreement(request: HttpRequest) -> HttpResponse:
    """What one agrees to when one registers."""
    return render(request, "accounts/agreement.html")


@method_decorator(sensitive_post_parameters(), name="dispatch")
class CloseAccount(FormPage):
    """自行注销账号 (S4-7): what it means stands above the password; what stands in the way, instead of it."""

    template_name = "accounts/close_account.html"
    title = gettext_lazy("注销账号")
    crumbs = (HOME, Crumb(gettext_lazy("注销账号")))
    form_class = CloseAccountForm
    sections = (Section(gettext_lazy("确认是您本人"), ["old_password", "understood"]),)
    submit_label = gettext_lazy("注销账号")
    submit_tone = "bad"
    cancel_url = reverse_lazy("accounts:profile")

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "request": self.request}

    def get_context_data(self, **kwargs):
        user = self.request.user
        return super().get_context_data(
            obstacles=services.obstacles_to_closing(user), consequences=duties.consequences_of(user), **kwargs
        )

    def save(self, form):
        services.close_account(user=User.objects.get(pk=self.request.user.pk))
        logout(self.request)
        messages.info(self.request, _("账号已注销。感谢您的使用，需要时可以重新注册。"))

    def get_success_url(self, saved):
        return reverse("portal:home")
