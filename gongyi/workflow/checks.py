"""Faults in a process table that can be seen without running it, found at start-up."""

import inspect
from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.utils.functional import Promise

from gongyi.workflow.flow import SYSTEM, WORKFLOWS, Step, Workflow


@register("gongyi")
def check_workflows(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [fault for flow in WORKFLOWS.values() for fault in faults_of(flow)]


def faults_of(flow: type[Workflow]) -> Iterator[Error]:
    """Every fault of one table, as errors whose hint says what to change."""
    known = {value for value, _label in flow.status_field().flatchoices}
    yield from _model_faults(flow)
    for status in sorted(known - reachable(flow)):
        yield _error(1, flow, f"no step leads to the status {status!r}", "Add a step, or name it in `initial`.")
    for status in {*flow.initial, *flow.main_path} - known:
        yield _error(2, flow, f"{status!r} in `initial` or `main_path` is no status of {flow.model.__name__}")
    for step in flow.steps.values():
        for status in {*step.sources, step.target or step.sources[0]} - known:
            yield _error(2, flow, f"step {step.name}: {status!r} is no status of {flow.model.__name__}")
        yield from _step_faults(flow, step)


def reachable(flow: type[Workflow]) -> set[str]:
    """The statuses that can be arrived at from those an object may be created in."""
    found = set(flow.initial)
    while more := {
        step.target
        for step in flow.steps.values()
        if step.target is not None and step.target not in found and found & set(step.sources)
    }:
        found |= more
    return found


def _model_faults(flow: type[Workflow]) -> Iterator[Error]:
    if not hasattr(flow.model._default_manager, "visible_to"):
        yield _error(
            3, flow, f"{flow.model.__name__}.objects has no visible_to(user)", "Its dialogs could fetch anything."
        )
    if not hasattr(flow.model, "get_absolute_url"):
        yield _error(4, flow, f"{flow.model.__name__} has no get_absolute_url()", "Messages link to it.")


def _step_faults(flow: type[Workflow], step: Step) -> Iterator[Error]:
    if not isinstance(step.label, Promise):
        yield _error(5, flow, f"step {step.name}: the label is not translatable", "Use gettext_lazy.")
    if step.tell and not step.tell.lists_people:
        yield _error(6, flow, f"step {step.name}: a role that is told cannot list its people", "Give it `people=`.")
    if step.by is SYSTEM and step.form:
        yield _error(7, flow, f"step {step.name}: the clock fills in no form")
    for function in step.effects + step.followers:
        parameters = inspect.signature(function).parameters.values()
        names = {parameter.name for parameter in parameters}
        takes_all = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)
        if "actor" not in names or not (takes_all or step.fields.keys() <= names):
            yield _error(8, flow, f"step {step.name}: {function.__name__} must take actor and the fields of the form")
    for need in step.needs:
        if not (need.__doc__ or "").strip():
            yield _error(9, flow, f"step {step.name}: the need {need.__name__} has no docstring", "The docs print it.")


def _error(number: int, flow: type[Workflow], text: str, hint: str | None = None) -> Error:
    return Error(f"{flow.__name__}: {text}.", hint=hint, obj=flow.model, id=f"workflow.E{number:03}")
