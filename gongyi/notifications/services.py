"""Telling people: `notify()` writes to their centre, and the outbox carries it to other channels after commit."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from gongyi.kit.inserts import insert
from gongyi.notifications.channels import CHANNELS
from gongyi.notifications.kinds import KINDS, register_kind
from gongyi.notifications.models import Mute, Notification

__all__ = ["KINDS", "choose_reception", "mark_read", "notify", "register_kind"]


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
    """Keep as muted every known pair of channel and kind that is not wanted."""
    unwanted = {(channel, kind) for channel in CHANNELS for kind in KINDS} - wanted
    with transaction.atomic():
        Mute.objects.filter(user=user, channel__in=CHANNELS, kind__in=KINDS).delete()
        Mute.objects.bulk_create(
            [Mute(user=user, channel=channel, kind=kind) for channel, kind in sorted(unwanted)], ignore_conflicts=True
        )
