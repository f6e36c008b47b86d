"""Steps for people: one dialog for every step of every process, and the page an object's process is shown on."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gongyi.kit.dialogs import show_dialog, stay
from gongyi.kit.refusal import Refused
from gongyi.workflow.flow import WORKFLOWS, Step, Workflow


@login_required
@require_http_methods(["GET", "POST"])
def take_step(request: HttpRequest, flow: str, pk: int, step: str) -> HttpResponse:
    """Show what a step asks (GET) or take it (POST); refusals (409) and wrong input (422) are shown in the dialog."""
    table, row = find(flow, step)
    rows: Any = table.model._default_manager
    obj = get_object_or_404(rows.visible_to(request.user), pk=pk)
    if not table.applies(obj):
        raise Http404
    if refusal := table.refusal(obj, row, request.user):
        return _dialog(request, table, obj, row, refusal=refusal)
    if request.method == "GET":
        return _dialog(request, table, obj, row, form=row.bind(obj, request.user))
    form = row.bind(obj, request.user, request.POST, request.FILES)
    if form is not None and not form.is_valid():
        return _dialog(request, table, obj, row, form=form)
    try:
        acting_for = getattr(request, "acting_for", None)
        data = form.cleaned_data if form is not None else {}
        done = table.fire(obj, step, actor=request.user, acting_for=acting_for, **data)
    except Refused as refusal:
        return _dialog(request, table, obj, row, form=form, refusal=refusal)
    messages.success(request, _("%(object)s：已%(step)s。") % {"object": done, "step": row.label})
    return stay(request, done.get_absolute_url())


def find(flow: str, step: str) -> tuple[type[Workflow], Step]:
    """The table and the row of an address; 404 when there is none."""
    table = WORKFLOWS.get(flow)
    if table is None or step not in table.steps:
        raise Http404
    return table, table.steps[step]


def step_url(flow: type[Workflow], obj: Any, step: Step) -> str:
    return reverse("workflow:step", args=[flow.name, obj.pk, step.name])


def _dialog(
    request: HttpRequest,
    flow: type[Workflow],
    obj: Any,
    step: Step,
    *,
    form: Any = None,
    refusal: Refused | None = None,
) -> HttpResponse:
    context = {
        "flow": flow,
        "object": obj,
        "step": step,
        "form": form,
        "refusal": refusal,
        "confirm": step.confirm(obj) if callable(step.confirm) else step.confirm,
    }
    status = 409 if refusal else 422 if form is not None and form.errors else 200
    return show_dialog(request, "workflow/step.html", context, status=status)
