"""Telling people: `notify()` writes to their centre, and the outbox carries it to other channels after commit."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from gongyi.kit.inserts import insert
from gongyi.notifications.channels import CHANNELS
from gongyi.notifications.kinds import KINDS, register_kind
from gongyi.notifications.models import Choice, Notification
from gongyi.notifications.sms import text

__all__ = ["KINDS", "choose_reception", "mark_read", "notify", "register_kind", "text"]


def notify(users: Iterable[Any], *, title: Any, body: Any = "", url: str = "", kind: str = "") -> None:
    """Put one message in the centre of each user: a single insert, in the caller's transaction, nothing sent here.

    E-mail and later channels follow once the transaction has committed (`outbox.serve`).
    """
    text, more = str(title)[:200], str(body)
    messages = [Notification(user=user, kind=kind, title=text, body=more, url=url) for user in users]
    if len(messages) == 1:  # most have one reader, and one comes with every booking
        insert(messages[0])
    else:
        Notification.objects.bulk_create(messages)


def mark_read(user: Any, pks: list[int] | None = None) -> int:
    """Mark these messages of the person, or all, as read; return how many were unread until now."""
    unread = Notification.objects.visible_to(user).unread()
    if pks is not None:
        unread = unread.filter(pk__in=pks)
    return unread.update(read_at=timezone.now())


def choose_reception(user: Any, wanted: set[tuple[str, str]]) -> None:
    """Keep, for every known pair of channel and kind, whether it is wanted where that differs from the default."""
    said = [
        Choice(user=user, channel=name, kind=kind, wanted=(name, kind) in wanted)
        for name, channel in CHANNELS.items()
        for kind in KINDS
        if ((name, kind) in wanted) != channel.wanted_by_default
    ]
    with transaction.atomic():
        Choice.objects.filter(user=user, channel__in=CHANNELS, kind__in=KINDS).delete()
        Choice.objects.bulk_create(said, ignore_conflicts=True)
