"""Carries committed messages to the channels: decided once, sent at least once, retried with growing pauses, logged."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from gongyi.notifications import gateway, sms
from gongyi.notifications.channels import CHANNELS, Undeliverable
from gongyi.notifications.models import Choice, Delivery, Notification, Outgoing, TextMessage

logger = logging.getLogger(__name__)

DISPATCH_MESSAGES = 500
SEND_MESSAGES = 20
MAX_ATTEMPTS = 8
FIRST_PAUSE_MINUTES = 1  # doubled after each failure: about two hours until a delivery is given up
LEASE_MINUTES = 10  # longer than SEND_MESSAGES time-outs: after it, another worker takes over what a dead one left


Row = TypeVar("Row", bound=Outgoing)
Status = Outgoing.Status


def serve(now: datetime | None = None) -> int:
    """Dispatch and send everything that is due; return how many messages were sent.

    Several may run at once: no message is taken by two. One that dies while sending is followed up after the lease.
    """
    while dispatch(now or timezone.now()):
        continue
    sent = 0
    while batch := claim(Delivery.objects.select_related("notification"), now or timezone.now()):
        sent += sum(send(delivery, _through_channel, now or timezone.now()) for delivery in batch)
    return sent + serve_texts(now)


def serve_texts(now: datetime | None = None) -> int:
    """Hand due text messages to the gateway; without a usable one they stay as they are, and no attempt is counted."""
    sms.give_up_useless(now or timezone.now())
    try:
        way = gateway.configured()
    except gateway.Misconfigured as problem:
        logger.warning("text messages wait: %s", problem)
        return 0
    if way is None:
        return 0

    def through_gateway(message: TextMessage) -> None:
        way.send(phone=message.phone, body=message.body, number=message.pk)

    sent = 0
    while batch := claim(TextMessage.objects.all(), now or timezone.now()):
        sent += sum(send(message, through_gateway, now or timezone.now()) for message in batch)
    sms.give_up_useless(now or timezone.now())
    return sent


def dispatch(now: datetime) -> int:
    """Queue a delivery per channel for the oldest new messages; return how many messages were looked at."""
    with transaction.atomic():
        new = Notification.objects.filter(dispatched_at=None).select_related("user").order_by("pk")
        messages = list(new.select_for_update(of=("self",), skip_locked=True)[:DISPATCH_MESSAGES])
        chosen = {
            (choice.user_id, choice.channel, choice.kind): choice.wanted
            for choice in Choice.objects.filter(user__in={m.user_id for m in messages})
        }
        Delivery.objects.bulk_create(
            Delivery(notification=message, channel=name, address=address, due_at=now)
            for message in messages
            for name, channel in CHANNELS.items()
            if message.user.is_active
            and chosen.get((message.user_id, name, message.kind), channel.wanted_by_default)
            and (address := channel.address_of(message.user))
        )
        Notification.objects.filter(pk__in=[m.pk for m in messages]).update(dispatched_at=now)
    return len(messages)


def claim(rows: QuerySet[Row], now: datetime) -> list[Row]:
    """Take the next due rows for sending and count the attempt before it is made, so that a crash counts too."""
    with transaction.atomic():
        due = rows.model._default_manager.filter(state__in=[Status.QUEUED, Status.SENDING], due_at__lte=now)
        taken = list(
            due.order_by("due_at", "pk")
            .select_for_update(skip_locked=True)
            .values_list("pk", flat=True)[:SEND_MESSAGES]
        )
        mine = rows.filter(pk__in=taken)
        mine.filter(attempts__gte=MAX_ATTEMPTS).update(state=Status.FAILED)
        mine.filter(attempts__lt=MAX_ATTEMPTS).update(
            state=Status.SENDING, attempts=F("attempts") + 1, due_at=now + timedelta(minutes=LEASE_MINUTES)
        )
        return list(mine.filter(state=Status.SENDING).order_by("pk"))


def send(row: Row, hand_over: Callable[[Row], None], now: datetime) -> bool:
    """Hand one claimed row over and log what came of it; never raises for a channel's fault."""
    mine = type(row)._default_manager.filter(pk=row.pk)
    try:
        hand_over(row)
    except Exception as fault:  # whatever a channel raises must not keep the other messages from being sent
        logger.warning("%s %s failed: %r", type(row).__name__, row.pk, fault)
        final = isinstance(fault, Undeliverable) or row.attempts >= MAX_ATTEMPTS
        pause = timedelta(minutes=FIRST_PAUSE_MINUTES * 2 ** (row.attempts - 1))
        mine.update(state=Status.FAILED if final else Status.QUEUED, due_at=now + pause, last_error=repr(fault)[:1000])
        return False
    mine.update(state=Status.SENT, sent_at=now, last_error="")
    return True


def _through_channel(delivery: Delivery) -> None:
    CHANNELS[delivery.channel].send(delivery)
