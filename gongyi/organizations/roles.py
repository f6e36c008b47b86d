"""Who may see and do what, read from the process tables and the menu, so that no list of it can be out of date."""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from gongyi.organizations.models import Membership
from gongyi.workflow.flow import SYSTEM, WORKFLOWS, Step, Workflow

HEADER = "<!-- Made from the code by `gongyi role_docs`; do not edit. -->\n"


@dataclass(frozen=True)
class Act:
    """One step a role may take: what the button says, and from which status to which."""

    label: str
    change: str


@dataclass
class Sheet:
    """Everything one role sees and does. `sees` are the menu's (group, entries); `does` the objects with their acts."""

    label: str
    sees: list[tuple[str, list[str]]] = field(default_factory=list)
    does: list[tuple[str, list[Act]]] = field(default_factory=list)


@dataclass(frozen=True)
class Sight:
    """What the menu shows to somebody in a role, as (group, entries)."""

    label: str
    groups: list[tuple[str, list[str]]]


_menu: list[Callable[[], Iterable[Sight]]] = []


def register_menu(read: Callable[[], Iterable[Sight]]) -> None:
    """Let the top app say what its menu shows to each role; roles are joined by their label."""
    _menu[:] = [read]


def processes() -> list[type[Workflow]]:
    """The product's processes, by name."""
    return [flow for _name, flow in sorted(WORKFLOWS.items()) if flow.__module__.startswith("gongyi.")]


def sheets() -> list[Sheet]:
    """A sheet for every role: everybody's, those of a unit in their order there, then those that come from an object."""
    found: dict[str, Sheet] = {}

    def of(label: Any) -> Sheet:
        return found.setdefault(str(label), Sheet(str(label)))

    for read in _menu:
        for sight in read():
            of(sight.label).sees = sight.groups
    for role in Membership.Role:
        of(role.label)
    for flow in processes():
        acts: dict[str, list[Act]] = {}
        for step in flow.steps.values():
            for part in step.by.parts:
                if part is not SYSTEM:
                    acts.setdefault(str(part.label), []).append(Act(str(step.label), _change(flow, step)))
        for label, those in acts.items():
            of(label).does.append((str(flow.title), those))
    return list(found.values())


def steps_of_the_clock() -> list[tuple[str, list[Act]]]:
    """What happens by itself."""
    found = []
    for flow in processes():
        if acts := [Act(str(s.label), _change(flow, s)) for s in flow.steps.values() if SYSTEM in s.by.parts]:
            found.append((str(flow.title), acts))
    return found


def _change(flow: type[Workflow], step: Step) -> str:
    """「待审核 → 已通过」; for a step that leaves the status, where it is offered."""
    sources = "、".join(flow.status_label(source) for source in step.sources)
    return f"{sources} → {flow.status_label(step.target)}" if step.target is not None else sources


def document() -> str:
    """docs/roles.md."""
    with override("zh-hans"):
        lines = [
            HEADER,
            "# Roles\n",
            "What each role sees in the menu and may do, from the steps of all processes (`by=`) and `config/menu.py`. A role"
            " of a unit is given in 人员与角色; the others come with an object: who booked, who leads, who looks after it.\n",
        ]
        for sheet in sheets():
            lines.append(f"## {sheet.label}\n")
            lines += [f"- Sees under {group}: {'、'.join(entries)}" for group, entries in sheet.sees]
            if sheet.sees and sheet.does:
                lines.append("")
            if sheet.does:
                lines += ["| object | step | when |", "|---|---|---|"]
                lines += [f"| {name} | {act.label} | {act.change} |" for name, acts in sheet.does for act in acts]
            if not (sheet.sees or sheet.does):
                lines.append("Nothing beyond what everybody sees.")
            lines.append("")
        lines.append(f"## {_('系统')}\n\n| object | step | when |\n|---|---|---|")
        lines += [f"| {name} | {act.label} | {act.change} |" for name, acts in steps_of_the_clock() for act in acts]
        lines += ["", "## Who sees an object\n", "| object | seen by |", "|---|---|"]
        for model in dict.fromkeys(flow.model for flow in processes()):
            lines.append(f"| {model._meta.verbose_name} (`{model.__name__}`) | {_seen_by(model)} |")
        return "\n".join(lines) + "\n"


def _seen_by(model: Any) -> str:
    """The docstring of its `visible_to`."""
    doc = inspect.getdoc(type(model._default_manager.all()).visible_to)
    return " ".join(doc.split()) if doc else "see `visible_to`"
