"""Personal keys for the API: made and shown once, listed, withdrawn."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from gongyi.accounts import services
from gongyi.accounts.forms import TokenForm
from gongyi.accounts.models import ApiToken
from gongyi.accounts.tables import TokenTable
from gongyi.accounts.views.personal import HOME
from gongyi.kit.dialogs import show_dialog
from gongyi.kit.refusal import Refused
from gongyi.kit.views import Action, Crumb, FormPage, ListPage


class Tokens(ListPage):
    title = gettext_lazy("访问令牌")
    crumbs = (HOME, Crumb(gettext_lazy("访问令牌")))
    model = ApiToken
    table_class = TokenTable
    noun = gettext_lazy("令牌")
    measure = gettext_lazy("个")
    exportable = False
    empty_text = gettext_lazy("令牌让您自己的程序代替您调用开放接口，权限与您登录时相同。")

    @property
    def empty_action(self):
        return self.get_actions()[0]

    def get_actions(self):
        return [Action(_("新建令牌"), reverse("accounts:create_token"), icon="plus", tone="primary", dialog=True)]


@method_decorator(never_cache, name="dispatch")
class CreateToken(FormPage):
    """The raw key is in the answer to this one request and nowhere else."""

    title = gettext_lazy("新建访问令牌")
    crumbs = (HOME, Crumb(gettext_lazy("访问令牌"), reverse_lazy("accounts:tokens")), Crumb(gettext_lazy("新建")))
    form_class = TokenForm
    dialog_name = "accounts/plain_dialog.html"
    submit_label = gettext_lazy("创建令牌")
    cancel_url = reverse_lazy("accounts:tokens")

    def post(self, request, *args, **kwargs):
        form = self.get_form()
        if not form.is_valid():
            return self.show(form, status=422)
        try:
            token, raw = services.create_token(request.user, form.cleaned_data["name"], form.expires_at)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            return self.show(form, status=422)
        context = {
            "title": _("令牌已创建"),
            "token": token,
            "raw": raw,
            "back_url": self.get_cancel_url(),
            "layout": "kit/desk.html",
        }
        return show_dialog(request, "accounts/token_shown.html", context)


@login_required
@require_POST
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken.objects.visible_to(request.user), pk=pk)
    services.revoke_token(token)
    messages.success(request, _("令牌「%s」已撤销，使用它的程序不能再访问。") % token.name)
    return redirect("accounts:tokens")
