"""The kinds of messages there are, as the apps name them; a process is a kind."""

from typing import Any

KINDS: dict[str, Any] = {}


def register_kind(kind: str, label: Any) -> None:
    """Name a kind of message, so that people can choose its channels."""
    KINDS[kind] = label
