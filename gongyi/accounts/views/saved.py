"""Views of lists and searches one keeps: saving the present one, renaming, choosing the one a list opens with, removing."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse, reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from gongyi.accounts import saving
from gongyi.accounts.filters import SavedFilter
from gongyi.accounts.forms import SavedNameForm, SaveViewForm
from gongyi.accounts.models import SavedView
from gongyi.accounts.tables import SavedTable
from gongyi.accounts.views.personal import HOME
from gongyi.kit.dialogs import show_dialog
from gongyi.kit.refusal import Refused
from gongyi.kit.views import Crumb, FormPage, ListPage

LIST = reverse_lazy("accounts:saved_views")


class SavedViews(ListPage):
    """我的保存: all one's views and searches, each a link."""

    title = gettext_lazy("我的保存")
    crumbs = (HOME, Crumb(gettext_lazy("我的保存")))
    model = SavedView
    table_class = SavedTable
    filter_class = SavedFilter
    noun = gettext_lazy("保存的视图和搜索")
    measure = gettext_lazy("个")
    exportable = False
    keeps_views = False
    empty_text = gettext_lazy("在列表的「视图」里保存当前视图，或在查找页保存当前搜索，之后从这里一点就到。")


class SaveView(FormPage):
    """Name what the page one comes from shows now; `path`, `query` and `title` say which page and what it shows."""

    title = gettext_lazy("保存")
    form_class = SaveViewForm
    dialog_name = "accounts/plain_dialog.html"
    submit_label = gettext_lazy("保存")
    cancel_url = LIST

    @property
    def match(self):
        return saving.page_at(self.request.GET.get("path", ""))

    def allowed(self):
        return self.match is not None

    def get_title(self):
        return _("保存当前视图") if saving.opens_with_a_view(self.match) else _("保存当前搜索")

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"may_open": saving.opens_with_a_view(self.match)}

    def get_initial(self):
        """The words that were searched are the name somebody would give it."""
        asked = QueryDict(self.request.GET.get("query", "")).get("q", "").strip()
        return {"name": asked[: SavedView._meta.get_field("name").max_length]}

    def save(self, form):
        asked = self.request.GET
        return saving.save_view(
            user=self.request.user, path=asked["path"], query=asked.get("query", ""), title=asked.get("title", ""),
            **form.cleaned_data,
        )  # fmt: skip

    def get_success_url(self, saved):
        messages.success(self.request, _("已保存「%s」。") % saved.name)
        return saved.get_absolute_url()


class RenameView(FormPage):
    title = gettext_lazy("重命名")
    model = SavedView
    form_class = SavedNameForm
    dialog_name = "accounts/plain_dialog.html"
    submit_label = gettext_lazy("保存")
    cancel_url = LIST

    def get_initial(self):
        return {"name": self.object.name}

    def save(self, form):
        saving.rename_view(view=self.object, name=form.cleaned_data["name"])

    def get_success_url(self, saved):
        return way_back(self.request)


@login_required
@require_POST
def default_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Let its list open with this view, or (`off`) as it is for everybody."""
    view = get_object_or_404(SavedView.objects.visible_to(request.user), pk=pk)
    is_default = "off" not in request.POST
    try:
        saving.open_with(view=view, is_default=is_default)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        said = _("以后打开这个列表，先用「%s」。") if is_default else _("打开这个列表时不再用「%s」。")
        messages.success(request, said % view.name)
    return HttpResponseRedirect(way_back(request))


@login_required
def remove_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks once, then forgets the name; what the list shows stays. A menu inside a finder's own form can only link here."""
    view = get_object_or_404(SavedView.objects.visible_to(request.user), pk=pk)
    if request.method != "POST":
        context = {"title": _("删除「%s」？") % view.name, "address": request.get_full_path()}
        return show_dialog(request, "accounts/remove_saved.html", context)
    view.delete()
    messages.success(request, _("已删除「%s」。") % view.name)
    return HttpResponseRedirect(way_back(request))


def way_back(request: HttpRequest) -> str:
    """The page one came from, else the list of all."""
    back = request.POST.get("next") or request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return back if safe else reverse("accounts:saved_views")
