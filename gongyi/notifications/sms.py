"""Text messages: written in the caller's transaction, handed to the gateway by the outbox, kept while there is none."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from gongyi.notifications.models import Outgoing, TextMessage

KEEP_TEXT_DAYS = 30  # afterwards the row says only when something was sent, what for, and whether it worked
LONGEST = 500


def text(
    phone: str,
    body: str,
    *,
    purpose: str = "",
    secret: bool = False,
    useless_after: datetime | None = None,
    key: str | None = None,
) -> TextMessage:
    """Write a text message in the caller's transaction; it leaves once that has committed (S3-33).

    `purpose` tells the administrator's list what it was about. A `secret` text is wiped when it was sent or is useless.
    After `useless_after` it is no longer sent. A second message with the same `key` is not written; the first is returned.
    """
    fields = {
        "phone": phone,
        "body": f"【{settings.SITE_NAME}】{body}"[:LONGEST],
        "purpose": str(purpose)[:80],
        "secret": secret,
        "useless_after": useless_after,
    }
    if key is None:
        return TextMessage.objects.create(**fields)
    return TextMessage.objects.get_or_create(key=key, defaults=fields)[0]


def give_up_useless(now: datetime) -> int:
    """Close what came too late, and forget secrets that are done; return how many were closed."""
    late = TextMessage.objects.waiting().filter(useless_after__lte=now)
    closed = late.update(state=Outgoing.Status.FAILED, last_error="not sent while it was of use")
    if not settings.DEMO:  # a demo's visitors read their codes in its inbox
        done = TextMessage.objects.filter(secret=True, state__in=[Outgoing.Status.SENT, Outgoing.Status.FAILED])
        done.exclude(body="").update(body="")
    return closed


def forget_old(now: datetime) -> int:
    """Forget the texts of more than KEEP_TEXT_DAYS days ago, but not that they were sent; return how many."""
    old = TextMessage.objects.filter(created_at__lt=now - timedelta(days=KEEP_TEXT_DAYS))
    return old.exclude(body="").exclude(pk__in=TextMessage.objects.waiting().values("pk")).update(body="")


def latest(limit: int) -> list[TextMessage]:
    """The newest messages, for the demo's inbox."""
    return list(TextMessage.objects.order_by("-pk")[:limit])


def waiting_count() -> int:
    """How many messages wait for the gateway."""
    return TextMessage.objects.waiting().filter(Q(useless_after=None) | Q(useless_after__gt=timezone.now())).count()
