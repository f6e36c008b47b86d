"""Ways to reach a person besides the centre on the site: e-mail and SMS; others join behind the same interface."""

import smtplib
from typing import TYPE_CHECKING, Any, Protocol

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.notifications import sms

if TYPE_CHECKING:
    from gongyi.notifications.models import Delivery

PERMANENT_SMTP_CODE = 500


class Undeliverable(Exception):
    """This message will never arrive (a refused address): trying again is of no use."""


class Channel(Protocol):
    """One way to reach people. `send` either has handed the message over or raises; it may be called again later."""

    label: Any
    wanted_by_default: bool  # whether people who said nothing are reached this way

    def address_of(self, user: Any) -> str:
        """Where this person is reached, or an empty string."""
        ...

    def send(self, delivery: "Delivery") -> None:
        """Hand over one message; raises Undeliverable when trying again is of no use, anything else to be retried."""
        ...


class EmailChannel:
    label = gettext_lazy("邮件")
    wanted_by_default = True

    def address_of(self, user: Any) -> str:
        return user.email or ""

    def send(self, delivery: "Delivery") -> None:
        message = delivery.notification
        link = f"{settings.SITE_URL}{message.get_absolute_url()}" if message.url else ""
        why = _("您收到这封邮件，因为您是%(site)s的用户。在「消息 › 接收方式」中可以关闭。") % {
            "site": settings.SITE_NAME
        }
        paragraphs = [message.title, message.body, link, f"——\n{why}"]
        mail = EmailMessage(
            subject=f"[{settings.SITE_NAME}] {' '.join(message.title.split())}",
            body="\n\n".join(part for part in paragraphs if part),
            to=[delivery.address],
            # Stays the same when a crash makes us send again, so that mail programs show it once.
            headers={
                "Message-ID": f"<delivery-{delivery.pk}@{settings.DEFAULT_FROM_EMAIL.rpartition('@')[2].strip('>')}>"
            },
        )
        try:
            mail.send()
        except smtplib.SMTPRecipientsRefused as refused:
            if all(code >= PERMANENT_SMTP_CODE for code, _reply in refused.recipients.values()):
                raise Undeliverable(str(refused)) from refused
            raise


class SmsChannel:
    """Writes a text message, which has an outbox of its own; so a message is handed over when it is written."""

    label = gettext_lazy("短信")
    wanted_by_default = False

    def address_of(self, user: Any) -> str:
        return user.phone or ""

    def send(self, delivery: "Delivery") -> None:
        message = delivery.notification
        words = " ".join(part for part in (message.title, message.body) if part)
        link = f" {settings.SITE_URL}{message.get_absolute_url()}" if message.url else ""
        body = " ".join(words.split())[: sms.LONGEST - len(link) - 20]
        # The key keeps a crash between the two writes from sending it twice.
        sms.text(delivery.address, body + link, purpose=message.kind, key=f"delivery-{delivery.pk}")


CHANNELS: dict[str, Channel] = {"email": EmailChannel(), "sms": SmsChannel()}
