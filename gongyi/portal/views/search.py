"""One box over everything that is public, with suggestions while typing; what was searched before, for this session only."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from gongyi.kit.refusal import Refused
from gongyi.offerings.search import Question, ask
from gongyi.portal import everywhere

SEARCHED = "searched"
MOST_REMEMBERED = 8


def search(request: HttpRequest) -> HttpResponse:
    """Everyone may look: instruments, institutions, plans and capabilities side by side, the first few of each."""
    q = request.GET.get("q", "").strip()[:100]
    refusal = ""
    try:
        question = ask(q)
    except Refused as refused:
        question, refusal = Question(), str(refused)
    found = everywhere.found(question, request.user)
    near, instead = [], ""
    if question.text and found:
        _remember(request, q)
    elif question.text:
        near = everywhere.nearest(q, question)
        instead = near[0][0] if near else ""
        found = everywhere.found(ask(instead), request.user)
    context = {
        "q": q,
        "refusal": refusal,
        "sections": found,
        "total": sum(section.total for section in found),
        "more": any(section.more for section in found),
        "near": near,
        "instead": instead,
        "searched": request.session.get(SEARCHED, []),
    }
    return render(request, "portal/search.html", context)


def suggest(request: HttpRequest) -> HttpResponse:
    """The list below the box; of an empty box what was searched before."""
    q = request.GET.get("q", "").strip()[:100]
    try:
        groups = everywhere.suggestions(ask(q), request.user)
    except Refused:
        groups = []
    searched = request.session.get(SEARCHED, []) if not q else []
    return render(request, "portal/_suggestions.html", {"groups": groups, "searched": searched})


@require_POST
def forget_searches(request: HttpRequest) -> HttpResponse:
    """Forget what was searched in this session."""
    request.session.pop(SEARCHED, None)
    return redirect("portal:search")


def _remember(request: HttpRequest, q: str) -> None:
    """The latest first, each once."""
    before = [text for text in request.session.get(SEARCHED, []) if text != q]
    if request.session.get(SEARCHED, [None])[0] != q:
        request.session[SEARCHED] = [q, *before][:MOST_REMEMBERED]
