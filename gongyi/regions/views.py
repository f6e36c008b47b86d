"""The parts of a region, for the cascading select."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from gongyi.regions.queries import children_of

DAY_SECONDS = 24 * 3600


@require_safe
@cache_control(max_age=DAY_SECONDS, public=True)
def children(request: HttpRequest) -> JsonResponse:
    """`?parent=330000` → its cities; without parent the provinces. An unknown code has no parts."""
    return JsonResponse({"regions": children_of(request.GET.get("parent", "")[:6])})
