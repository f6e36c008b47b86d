"""Comparing up to four instruments; the address says which, so that it can be shared."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gongyi.catalog.models import Instrument
from gongyi.catalog.search import Criteria, Sort, find, parse
from gongyi.kit.refusal import Refused
from gongyi.portal.comparison import MOST, compare
from gongyi.portal.shortlist import Shortlist
from gongyi.portal.views.shortlist import numbers

SUGGESTED = 6  # instruments offered for one question


@require_safe
def comparing(request: HttpRequest) -> HttpResponse:
    """Public: `id` (repeated) says which, `diff=1` only what differs, `q` looks for one more."""
    asked = numbers(request.GET.getlist("id"))
    ids = asked[:MOST]
    visible = Instrument.objects.visible_to(request.user).filter(pk__in=ids).defer("tsv", "facets")
    by_pk = {
        i.pk: i
        for i in visible.select_related("organization", "department", "instrument_class", "region").prefetch_related(
            "prices", "photos__file", "service_fields"
        )
    }
    shown = [by_pk[pk] for pk in ids if pk in by_pk]
    present = [i.pk for i in shown]
    context: dict[str, Any] = {
        "ids": present,
        "most": MOST,
        "full": len(shown) >= MOST,
        "q": request.GET.get("q", "").strip()[:100],
        "only_diff": request.GET.get("diff") == "1",
        **_found(request, present),
    }
    if request.headers.get("HX-Target") == "compare-found":
        response = render(request, "portal/_compare_found.html", context)
    else:
        context |= {
            "columns": [
                (i, next(iter(i.photos.all()), None), _address(p for p in present if p != i.pk)) for i in shown
            ],
            "sections": compare(shown, request.user) if shown else [],
            "too_many": len(asked) > MOST,
            "missing": len(ids) - len(shown),
            "shortlist": Shortlist.of(request),
            "share": request.build_absolute_uri(_address(present)),
            "title": _("仪器比较") if not shown else _("比较：%s") % "、".join(i.name for i in shown),
        }
        response = render(request, "portal/compare.html", context)
    patch_vary_headers(response, ("HX-Request", "HX-Target"))
    return response


def _found(request: HttpRequest, present: list[int]) -> dict[str, Any]:
    """What could be added, for the question in `q`."""
    q = request.GET.get("q", "").strip()[:100]
    try:
        words = parse(q)
    except Refused as refused:
        return {"found": [], "refusal": str(refused)}
    if not words.tsquery or len(present) >= MOST:
        return {"found": [], "refusal": ""}
    hits = find(Criteria(words=words, sort=Sort.RELEVANCE), limit=SUGGESTED + MOST, count=False).ids
    ids = [pk for pk in hits if pk not in present][:SUGGESTED]
    by_pk = Instrument.objects.shown_to_all().select_related("organization").only(
        "name", "model", "organization__name"
    ).in_bulk(ids)  # fmt: skip
    return {"found": [(by_pk[pk], _address([*present, pk])) for pk in ids if pk in by_pk], "refusal": ""}


def _address(ids: Any) -> str:
    return f"?{urlencode({'id': list(ids)}, doseq=True)}"
