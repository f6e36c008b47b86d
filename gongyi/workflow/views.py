"""Steps for people: one dialog for every step of every process, and the page an object's process is shown on."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gongyi.audit.models import FlowRecord
from gongyi.audit.queries import history_of
from gongyi.kit.choices import status_choices_of
from gongyi.kit.dialogs import show_dialog, stay
from gongyi.kit.refusal import Refused
from gongyi.kit.views import FlowEntry, ProcessPage, StepButton, StepNode
from gongyi.workflow.flow import WORKFLOWS, Step, Workflow, flows_of


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


class WorkflowPage(ProcessPage):
    """The page of an object in a process: buttons, step bar and flow record come from its table.

    Set `workflow` (and `status_field`) where several tables govern the model; `icons` maps steps to icons; override `url_of` for a step with
    a dialog of its own, `get_path` and `note_of` to shape the step bar.
    """

    workflow: type[Workflow] | None = None
    icons: Mapping[str, str] = {}

    @cached_property
    def table(self) -> type[Workflow]:
        return self.workflow or flows_of(self.object)[0]

    @cached_property
    def history(self) -> list[FlowRecord]:
        return list(history_of(self.object))

    def get_buttons(self) -> list[StepButton]:
        return [
            StepButton(
                offer.step.label,
                self.url_of(offer.step),
                offer.step.tone,
                str(offer.refusal or ""),
                self.icons.get(offer.step.name, ""),
            )
            for offer in self.table.offered(self.object, self.request.user)
        ]

    def url_of(self, step: Step) -> str:
        return step_url(self.table, self.object, step)

    def get_path(self) -> list[str]:
        """The statuses the step bar shows when all goes well."""
        return [str(status) for status in self.table.path()]

    def get_nodes(self) -> list[StepNode]:
        """The path with the times of arrival; an object that left it shows how far it came and where it is."""
        arrived = {record.to_status: record.at for record in self.history if record.flow == self.table.name}
        status, path = getattr(self.object, self.table.field), self.get_path()
        if status not in path:
            path = [passed for passed in path if passed in arrived] + [status]
        here = path.index(status)
        closed = not any(
            status in step.sources and step.target not in (None, status) for step in self.table.steps.values()
        )
        return [
            StepNode(
                self.table.status_label(value),
                "ahead" if place > here else "current" if place == here and not closed else "done",
                arrived.get(value) if place <= here else None,
                self.note_of(value, place - here),
            )
            for place, value in enumerate(path)
        ]

    def note_of(self, status: str, distance: int) -> str:
        """A few words under a station; `distance` is 0 for where the object is, 1 for the next one."""
        return ""

    def get_flow(self) -> list[FlowEntry]:
        """The newest first: node, person and time (S3-77)."""
        return [
            FlowEntry(
                record.label,
                f"{record.who} · {record.acting_for_name}" if record.acting_for_name else record.who,
                record.at,
                record.comment,
                self.tone_of(record),
            )
            for record in reversed(self.history)
        ]

    def tone_of(self, record: FlowRecord) -> str:
        """The colour of the status a step led to; none for one that left it as it was."""
        choices = status_choices_of(self.table.status_field())
        if choices is None or record.from_status == record.to_status:
            return ""
        return next((choice.tone for choice in choices if choice == record.to_status), "")


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
        "title": step.label,
        "back_url": obj.get_absolute_url(),
        "flow": flow,
        "object": obj,
        "step": step,
        "form": form,
        "refusal": refusal,
        "confirm": step.confirm(obj) if callable(step.confirm) else step.confirm,
    }
    status = 409 if refusal else 422 if form is not None and form.errors else 200
    return show_dialog(request, "workflow/step.html", context, status=status)
