"""Carries committed messages to the channels: decided once, sent at least once, retried with growing pauses, logged."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from gongyi.notifications.channels import CHANNELS, Undeliverable
from gongyi.notifications.models import Delivery, Mute, Notification

logger = logging.getLogger(__name__)

DISPATCH_MESSAGES = 500
SEND_MESSAGES = 20
MAX_ATTEMPTS = 8
FIRST_PAUSE_MINUTES = 1  # doubled after each failure: about two hours until a delivery is given up
LEASE_MINUTES = 10  # longer than SEND_MESSAGES time-outs: after it, another worker takes over what a dead one left


def serve(now: datetime | None = None) -> int:
    """Dispatch and send everything that is due; return how many messages were sent.

    Several may run at once: no message is taken by two. One that dies while sending is followed up after the lease.
    """
    while dispatch(now or timezone.now()):
        continue
    sent = 0
    while batch := claim(now or timezone.now()):
        sent += sum(send(delivery, now or timezone.now()) for delivery in batch)
    return sent


def dispatch(now: datetime) -> int:
    """Queue a delivery per channel for the oldest new messages; return how many messages were looked at."""
    with transaction.atomic():
        new = Notification.objects.filter(dispatched_at=None).select_related("user").order_by("pk")
        messages = list(new.select_for_update(of=("self",), skip_locked=True)[:DISPATCH_MESSAGES])
        muted = set(Mute.objects.filter(user__in={m.user_id for m in messages}).values_list("user", "channel", "kind"))
        Delivery.objects.bulk_create(
            Delivery(notification=message, channel=name, address=address, due_at=now)
            for message in messages
            for name, channel in CHANNELS.items()
            if message.user.is_active
            and (message.user_id, name, message.kind) not in muted
            and (address := channel.address_of(message.user))
        )
        Notification.objects.filter(pk__in=[m.pk for m in messages]).update(dispatched_at=now)
    return len(messages)


def claim(now: datetime) -> list[Delivery]:
    """Take the next due deliveries for sending and count the attempt before it is made, so that a crash counts too."""
    with transaction.atomic():
        due = Delivery.objects.filter(state__in=[Delivery.Status.QUEUED, Delivery.Status.SENDING], due_at__lte=now)
        taken = list(
            due.order_by("due_at", "pk")
            .select_for_update(skip_locked=True)
            .values_list("pk", flat=True)[:SEND_MESSAGES]
        )
        rows = Delivery.objects.filter(pk__in=taken)
        rows.filter(attempts__gte=MAX_ATTEMPTS).update(state=Delivery.Status.FAILED)
        rows.filter(attempts__lt=MAX_ATTEMPTS).update(
            state=Delivery.Status.SENDING, attempts=F("attempts") + 1, due_at=now + timedelta(minutes=LEASE_MINUTES)
        )
        return list(rows.filter(state=Delivery.Status.SENDING).select_related("notification").order_by("pk"))


def send(delivery: Delivery, now: datetime) -> bool:
    """Hand one claimed delivery to its channel and log what came of it; never raises for a channel's fault."""
    row = Delivery.objects.filter(pk=delivery.pk)
    try:
        CHANNELS[delivery.channel].send(delivery)
    except Exception as fault:  # whatever a channel raises must not keep the other messages from being sent
        logger.warning("delivery %s through %s failed: %r", delivery.pk, delivery.channel, fault)
        final = isinstance(fault, Undeliverable) or delivery.attempts >= MAX_ATTEMPTS
        pause = timedelta(minutes=FIRST_PAUSE_MINUTES * 2 ** (delivery.attempts - 1))
        row.update(
            state=Delivery.Status.FAILED if final else Delivery.Status.QUEUED,
            due_at=now + pause,
            last_error=repr(fault)[:1000],
        )
        return False
    row.update(state=Delivery.Status.SENT, sent_at=now, last_error="")
    return True
