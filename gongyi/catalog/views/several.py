"""Taking back the last change of many instruments, and making a draft that is like another."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from gongyi.catalog.models import Instrument
from gongyi.catalog.services import bulk
from gongyi.catalog.services.copying import copy_instrument, not_copied_by
from gongyi.kit.dialogs import go, show_dialog
from gongyi.kit.refusal import Refused

NAMED_AT_MOST = 5  # refusals in a message


@login_required
def undo_bulk(request: HttpRequest) -> HttpResponse:
    """Asks once, then restores what the last change of many instruments by this person replaced."""
    event = bulk.last_change(request.user)
    back = reverse("catalog:list")
    if event is None:
        if request.method != "POST":
            raise Http404
        messages.warning(request, _("没有可以撤销的批量修改。"))
        return go(request, back)
    if request.method != "POST":
        context = {
            "title": _("撤销批量修改"), "event": event, "count": len(event.after or {}),
            "fields": "、".join(f"「{label}」" for label in bulk.fields_of(event)),
        }  # fmt: skip
        return show_dialog(request, "catalog/undo_bulk.html", context)
    if request.POST.get("event") != str(event.pk):
        messages.warning(request, _("之后又有新的批量修改，没有撤销。请重新核对。"))
        return go(request, back)
    try:
        outcome = bulk.undo(event=event, actor=request.user)
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return go(request, back)
    if outcome.done:
        messages.success(request, _("已恢复 %s 台仪器原来的资料。") % outcome.done)
    if outcome.refused:
        told = " ".join(f"{instrument}：{sentence}" for instrument, sentence in outcome.refused[:NAMED_AT_MOST])
        messages.warning(request, _("%s 台没有恢复。") % len(outcome.refused) + told)
    return go(request, back)


@login_required
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    """Says what comes along, then makes the draft and opens its form."""
    managed = Instrument.objects.managed_by(request.user).select_related(
        "organization", "instrument_class", "department"
    )
    instrument = get_object_or_404(managed, pk=pk)
    refusal = not_copied_by(instrument, request.user)
    if request.method == "POST" and refusal is None:
        made = copy_instrument(instrument=instrument, actor=request.user)
        messages.success(request, _("已复制为草稿 %s。请填写编号等本台的资料，再提交审核。") % made.number)
        return go(request, reverse("catalog:edit", args=[made.pk]))
    context = {"title": _("复制仪器"), "instrument": instrument, "refusal": refusal}
    return show_dialog(request, "catalog/copy.html", context, status=409 if refusal else 200)
