"""How a screen opens as a dialog over the page it belongs to, and how it closes: HTMX where there is script, pages where not."""

import json

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse


def is_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-History-Restore-Request") != "true"


def show_dialog(request: HttpRequest, template: str, context: dict, *, status: int = 200) -> TemplateResponse:
    """Render a dialog. `template` extends `dialog_layout` and fills the blocks title, lead, body and buttons.

    Asked for by HTMX it is the content of the open `<dialog>`; else a page of its own. Errors go out with status 422.
    """
    layout = "kit/dialog.html" if is_htmx(request) else "kit/dialog_page.html"
    return TemplateResponse(request, template, {"dialog_layout": layout, **context}, status=status)


def go(request: HttpRequest, url: str) -> HttpResponse:
    """Leave the dialog (or form) for a page; messages set before are shown there."""
    if is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def stay(request: HttpRequest, fallback: str) -> HttpResponse:
    """Close the dialog and show the page below it anew; without script go to `fallback`."""
    if is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return HttpResponseRedirect(fallback)


def toast(response: HttpResponse, text: str, tone: str = "info") -> HttpResponse:
    """Let a fragment's answer show a message: tone is info, success, warning or error."""
    response.headers["HX-Trigger"] = json.dumps({"gy:toast": {"text": str(text), "tone": tone}})
    return response
