"""The five pages every screen is one of; each is declared, not written (docs/kit.md)."""

from gongyi.kit.views.dashboard import DashboardPage, Panel, Stat
from gongyi.kit.views.form import FormPage, Section
from gongyi.kit.views.listing import BulkAction, BulkResult, ListPage, Tab
from gongyi.kit.views.page import Action, Crumb, Page
from gongyi.kit.views.process import Field, FieldGroup, FlowEntry, ProcessPage, StepButton, StepNode

__all__ = [
    "Action", "BulkAction", "BulkResult", "Crumb", "DashboardPage", "Field", "FieldGroup", "FlowEntry", "FormPage",
    "ListPage", "Page", "Panel", "ProcessPage", "Section", "Stat", "StepButton", "StepNode", "Tab",
]  # fmt: skip
