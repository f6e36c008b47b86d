"""Telling people: `notify()` writes to their centre, and the outbox carries it to other channels after commit."""

from collections.abc import Iterable
from typing import Any

from gongyi.notifications.models import Notification

KINDS: dict[str, Any] = {}


def register_kind(kind: str, label: Any) -> None:
    """Name a kind of message, so that people can choose its channels."""
    KINDS[kind] = label


def notify(users: Iterable[Any], *, title: Any, body: Any = "", url: str = "", kind: str = "") -> None:
    """Put one message in the centre of each user: a single insert, in the caller's transaction, nothing sent here.

    E-mail and later channels follow once the transaction has committed (`tasks.serve_outbox`).
    """
    text, more = str(title)[:200], str(body)
    Notification.objects.bulk_create(
        Notification(user=user, kind=kind, title=text, body=more, url=url) for user in users
    )
