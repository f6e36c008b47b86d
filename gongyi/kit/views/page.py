"""What all pages share: title, way back, actions in the head, who may come in."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import resolve_url
from django.views.generic.base import ContextMixin, TemplateResponseMixin, View

from gongyi.kit.dialogs import is_htmx


@dataclass(frozen=True)
class Crumb:
    label: object
    url: str = ""


@dataclass(frozen=True)
class Action:
    """A button in a page's head. `tone` is "" | "primary" | "quiet" | "bad"; `dialog` opens the address as a dialog.

    With a `refusal` the button is grey and says why. `post` sends a form instead of following a link.
    """

    label: object
    url: str
    icon: str = ""
    tone: str = ""
    dialog: bool = False
    post: bool = False
    refusal: object = ""


class Page(ContextMixin, TemplateResponseMixin, View):
    """A screen. `layout` is "desk" (sidebar), "public", or None: desk for people who signed in, else public.

    `sign_in_required` sends visitors to the sign-in page; `allowed()` answers False with 404, as what one may not see
    does not exist.
    """

    title: object = ""
    fact: object = ""
    layout: str | None = "desk"
    sign_in_required = True
    crumbs: Sequence[Crumb] = ()
    actions: Sequence[Action] = ()

    def dispatch(self, request, *args, **kwargs):
        if self.sign_in_required and not request.user.is_authenticated:
            return self.ask_to_sign_in()
        if not self.allowed():
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def ask_to_sign_in(self):
        if is_htmx(self.request):
            return HttpResponse(status=204, headers={"HX-Redirect": resolve_url(settings.LOGIN_URL)})
        return redirect_to_login(self.request.get_full_path())

    def allowed(self) -> bool:
        return True

    def get_title(self) -> object:
        return self.title

    def get_fact(self) -> object:
        """One fact beside the title, such as 「共 1,026 台」."""
        return self.fact

    def get_crumbs(self) -> Sequence[Crumb]:
        return self.crumbs

    def get_actions(self) -> Sequence[Action]:
        """Buttons at the right of the head; the primary one last."""
        return self.actions

    def get_context_data(self, **kwargs):
        layouts = {"desk": "kit/desk.html", "public": "kit/public.html"}
        found = layouts["desk" if self.request.user.is_authenticated else "public"]
        return super().get_context_data(
            **{
                "page": self,
                "layout": layouts.get(self.layout or "", found),
                "title": self.get_title(),
                "fact": self.get_fact(),
                "crumbs": self.get_crumbs(),
                "actions": self.get_actions(),
                **kwargs,
            }
        )

    def get(self, request, *args, **kwargs):
        return self.render_to_response(self.get_context_data())
