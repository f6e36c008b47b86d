"""Reads about people: their sign-ins, and what a demo would have sent them."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet

from gongyi.accounts import codes
from gongyi.accounts.models import LoginRecord, VerificationCode
from gongyi.notifications import sms

RECENT = 5


def recent_logins(user: AbstractBaseUser, limit: int = RECENT) -> QuerySet[LoginRecord]:
    """The latest sign-ins and attempts on this account, newest first: time and address (最近登录日志, S0-51)."""
    return LoginRecord.objects.filter(user_id=user.pk).order_by("-at", "-pk")[:limit]


def last_login_before(user: AbstractBaseUser) -> LoginRecord | None:
    """The sign-in before the present one, for "last time you were here"."""
    return LoginRecord.objects.filter(user_id=user.pk, succeeded=True).order_by("-at", "-pk")[1:2].first()


@dataclass(frozen=True)
class Sent:
    """One message of a demo's inbox."""

    address: str
    purpose: str
    body: str
    at: datetime


def demo_inbox(limit: int) -> list[Sent]:
    """The newest text messages, and the codes that went to e-mail addresses, newest first."""
    texts = [Sent(text.phone, text.purpose, text.body, text.created_at) for text in sms.latest(limit)]
    mailed = VerificationCode.objects.filter(address__contains="@", purpose__in=codes.PURPOSES).order_by("-pk")[:limit]
    mails = [
        Sent(code.address, str(codes.PURPOSES[code.purpose].label), codes.message_of(code), code.created_at)
        for code in mailed
    ]
    return sorted(texts + mails, key=lambda sent: sent.at, reverse=True)[:limit]
