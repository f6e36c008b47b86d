"""What the header and the settings ask about a person's messages."""

from typing import Any

from gongyi.notifications.models import Choice, Notification


def unread_count(user: Any) -> int:
    """How many messages the person has not read; counting stops at 100, which is shown as 99+."""
    return Notification.objects.visible_to(user).unread()[:100].count()


def choices_of(user: Any) -> dict[tuple[str, str], bool]:
    """What this person said about pairs of channel and kind; for the others the channel's default holds."""
    return {(row.channel, row.kind): row.wanted for row in Choice.objects.filter(user=user)}
