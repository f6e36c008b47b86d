"""The desk: a row of figures that each lead somewhere, and cards."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gongyi.kit.views.page import Page


@dataclass(frozen=True)
class Stat:
    """A key figure. `tone` colours the dot before its label; `value` is shown as given; `note` says what stands behind it."""

    label: object
    value: object
    note: object = ""
    url: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Panel:
    """A card made from a template with its own context. `bare` leaves out the card's padding, for tables and timelines."""

    title: object
    template: str
    context: dict = field(default_factory=dict)
    note: object = ""
    link: tuple[object, str] | None = None
    side: bool = False
    bare: bool = False


class DashboardPage(Page):
    """Declare `get_stats()` and `get_panels()`; panels with `side=True` stand in the narrow column at the right."""

    template_name = "kit/dashboard.html"

    def get_stats(self) -> Sequence[Stat]:
        return ()

    def get_panels(self) -> Sequence[Panel]:
        return ()

    def get_context_data(self, **kwargs):
        panels = list(self.get_panels())
        return super().get_context_data(
            **{
                "stats": self.get_stats(),
                "panels": [p for p in panels if not p.side],
                "side_panels": [p for p in panels if p.side],
                **kwargs,
            }
        )
