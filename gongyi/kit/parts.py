"""The page /kit/ that shows every component once in every state, and the switch between light and dark."""

from django.conf import settings
from django.http import HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST
from django.views.generic import TemplateView

YEAR = 365 * 24 * 3600


class PartsPage(TemplateView):
    template_name = "kit/parts.html"


@require_POST
def choose_theme(request):
    """Store light or dark in a cookie; without a value in the form the shown one is swapped. Goes back to `next`."""
    theme = request.POST.get("theme")
    if theme not in {"light", "dark"}:
        theme = "light" if request.COOKIES.get("theme") == "dark" else "dark"
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    response = HttpResponseRedirect(back)
    response.set_cookie("theme", theme, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
    return response
