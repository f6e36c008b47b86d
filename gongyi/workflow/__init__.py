"""Processes as tables: what may happen to an object, who may do it, and the one door through which it happens."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gongyi.workflow.flow import SYSTEM, Offer, Refused, Role, Step, Workflow

__all__ = ["SYSTEM", "Offer", "Refused", "Role", "Step", "Workflow"]


def __getattr__(name: str) -> Any:
    # Read on first use, because this package is itself an installed app and is imported before any model may be.
    if name in __all__:
        from gongyi.workflow import flow

        return getattr(flow, name)
    raise AttributeError(name)
