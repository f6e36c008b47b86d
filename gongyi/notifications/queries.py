"""What the header and the settings ask about a person's messages."""

from typing import Any

from gongyi.notifications.models import Mute, Notification


def unread_count(user: Any) -> int:
    """How many messages the person has not read; counting stops at 100, which is shown as 99+."""
    return Notification.objects.visible_to(user).unread()[:100].count()


def muted_by(user: Any) -> set[tuple[str, str]]:
    """The pairs of channel and kind this person does not want."""
    return set(Mute.objects.filter(user=user).values_list("channel", "kind"))
