"""Describes every process from its table, as a diagram and a list, so that the documentation cannot be out of date."""

import inspect
from collections.abc import Iterator
from typing import Any

from gongyi.workflow.flow import SYSTEM, WORKFLOWS, Step, Workflow

HEADER = "<!-- Made from the code by `gongyi workflow_docs`; do not edit. -->\n"


def pages() -> dict[str, str]:
    """File name → Markdown of every process of the product."""
    ours = {name: flow for name, flow in sorted(WORKFLOWS.items()) if flow.__module__.startswith("gongyi.")}
    return {f"{name.replace('.', '-')}.md": page(flow) for name, flow in ours.items()}


def page(flow: type[Workflow]) -> str:
    return "\n".join([HEADER, *_page(flow)]) + "\n"


def _page(flow: type[Workflow]) -> Iterator[str]:
    yield f"# {flow.title} (`{flow.name}`)\n"
    if flow.__doc__ and flow.__doc__ != Workflow.__doc__:
        yield inspect.cleandoc(flow.__doc__) + "\n"
    yield f"Table: `{flow.__module__}.{flow.__name__}`, field `{flow.model.__name__}.{flow.field}`.\n"
    yield "```mermaid\nstateDiagram-v2"
    for value, label in flow.status_field().flatchoices:
        yield f'    state "{label}" as {value}'
    for value in flow.initial:
        yield f"    [*] --> {_value(value)}"
    for step in flow.steps.values():
        for source in step.sources:
            yield f"    {_value(source)} --> {_value(step.target or source)}: {step.label}"
    yield "```\n"
    yield "| step | button | from → to | by | input | if | then | tells |"
    yield "|---|---|---|---|---|---|---|---|"
    for step in flow.steps.values():
        yield "| " + " | ".join(_row(flow, step)) + " |"


def _row(flow: type[Workflow], step: Step) -> Iterator[str]:
    sources = "、".join(flow.status_label(source) for source in step.sources)
    yield f"`{step.name}`"
    yield "—" if step.by is SYSTEM else str(step.label)
    yield f"{sources} → {flow.status_label(step.target)}" if step.target is not None else f"{sources} (stays)"
    yield str(step.by.label)
    yield _input(step)
    yield "<br>".join(_said(need) for need in step.needs) or "—"
    yield "<br>".join(_said(effect) for effect in (*step.effects, *step.followers)) or "—"
    yield str(step.tell.label) if step.tell else "—"


def _input(step: Step) -> str:
    shown = [f"{field.label or name}{'*' if field.required else ''}" for name, field in step.fields.items()]
    return "、".join(shown) or "—"


def _said(function: Any) -> str:
    """The first sentence of a docstring, or the function's name as words."""
    doc = inspect.getdoc(function)
    return doc.split("\n\n")[0].replace("\n", " ") if doc else function.__name__.replace("_", " ")


def _value(status: Any) -> str:
    return str(getattr(status, "value", status))
