"""The page of one object in a process: its facts, what can be done now, how far it has come and what happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property

from gongyi.kit.views.dashboard import Panel
from gongyi.kit.views.page import Crumb, Page


@dataclass(frozen=True)
class StepButton:
    """A step on offer. `tone` is success, primary, danger or ""; with a `refusal` the button is grey and says why."""

    label: object
    url: str
    tone: str = ""
    refusal: object = ""
    icon: str = ""

    @property
    def css(self) -> str:
        return {"success": "btn-primary", "primary": "btn-primary", "danger": "btn-bad"}.get(self.tone, "")


@dataclass(frozen=True)
class StepNode:
    """A station of the step bar: `state` is done, current or ahead; under it a time or a short note."""

    label: object
    state: str = "ahead"
    at: datetime | None = None
    note: object = ""


@dataclass(frozen=True)
class FlowEntry:
    """A line of the flow record: what was done, by whom, when; `tone` colours its dot."""

    label: object
    person: object = ""
    at: datetime | None = None
    note: object = ""
    tone: str = "ok"


@dataclass(frozen=True)
class Field:
    """A fact: label and value (text or safe HTML); a wide one takes the whole line."""

    label: object
    value: object
    wide: bool = False


@dataclass(frozen=True)
class FieldGroup:
    """A card of facts."""

    title: object
    fields: Sequence[Field]
    link: tuple[Any, str] | None = None
    note: Any = ""
    columns: int = 2


class ProcessPage(Page):
    """One object, looked up by `pk` among those `visible_to` the person, else 404.

    Override `get_groups` (facts), `get_panels` and `get_side_panels` (further cards: template and context); the workflow
    package fills `get_buttons`, `get_nodes` and `get_flow`.
    """

    template_name = "kit/process.html"
    model: Any = None
    status_field = "status"
    list_crumb: Crumb | None = None

    def get_queryset(self):
        return self.model._default_manager.visible_to(self.request.user)

    def get_object(self):
        return get_object_or_404(self.get_queryset(), pk=self.kwargs["pk"])

    @cached_property
    def object(self):
        return self.get_object()

    def get_title(self):
        return self.title or str(self.object)

    def get_subtitle(self) -> Any:
        return ""

    def get_crumbs(self):
        return (
            [*([self.list_crumb] if self.list_crumb else []), Crumb(self.get_title())]
            if self.list_crumb
            else self.crumbs
        )

    def get_groups(self) -> Sequence[FieldGroup]:
        return ()

    def get_buttons(self) -> Sequence[StepButton]:
        return ()

    def get_nodes(self) -> Sequence[StepNode]:
        return ()

    def get_flow(self) -> Sequence[FlowEntry]:
        return ()

    def get_panels(self) -> Sequence[Panel]:
        return ()

    def get_side_panels(self) -> Sequence[Panel]:
        return ()

    def get_context_data(self, **kwargs):
        buttons = list(self.get_buttons())
        nodes = list(self.get_nodes())
        place = next((i for i, n in enumerate(nodes, start=1) if n.state == "current"), 0)
        main = next((b for b in buttons if b.css == "btn-primary" and not b.refusal), None)
        return super().get_context_data(
            **{
                "object": self.object,
                "subtitle": self.get_subtitle(),
                "groups": self.get_groups(),
                # Exactly one primary button a page, at the far right; the others of its tone step back.
                "buttons": [b for b in buttons if b is not main],
                "main_button": main,
                "nodes": nodes,
                "current_node": nodes[place - 1] if place else None,
                "node_number": place,
                "next_node": nodes[place] if 0 < place < len(nodes) else None,
                "flow": self.get_flow(),
                "panels": self.get_panels(),
                "side_panels": self.get_side_panels(),
                **kwargs,
            }
        )
