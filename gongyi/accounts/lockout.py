"""How often a password may be wrong: three free tries, then a captcha, at ten the account rests for half an hour.

django-axes counts in the database under a row lock; this module tells it which account an identifier means (so that
name, e-mail and phone share one count) and turns its numbers into sentences.
"""

from datetime import datetime
from ipaddress import ip_address
from typing import Any

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.accounts.models import User
from gongyi.kit.when import format_when

CAPTCHA_AFTER_FAILURES = 3
CAPTCHA_AFTER_FAILURES_FROM_ADDRESS = 30  # many names tried from one address; a campus shares one, so not three


def account_name(request: HttpRequest | None, credentials: dict | None = None) -> str | None:
    """The name failures are counted under: the user name of whom the identifier means, else the identifier itself."""
    identifier = (credentials or {}).get("username")
    if identifier is None and request is not None:
        identifier = request.POST.get("username")
    return counted_name(identifier) if identifier else None


def counted_name(identifier: str) -> str:
    user = User.objects.by_identifier(identifier)
    return user.username if user else identifier.strip().lower()[:100]


def client_address(request: HttpRequest) -> str | None:
    """The address of the person; behind our own proxy the last one it reports, never one the client could invent."""
    if settings.SECURE_PROXY_SSL_HEADER and (forwarded := request.headers.get("X-Forwarded-For")):
        return _address(forwarded.split(",")[-1].strip())
    return _address(request.META.get("REMOTE_ADDR", ""))


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def failures_of(identifier: str) -> int:
    """Wrong passwords in a row for the account that `identifier` means, within the resting time."""
    return _recent().filter(username=counted_name(identifier)).aggregate(n=Sum("failures_since_start"))["n"] or 0


def tries_left(identifier: str) -> int:
    return max(0, settings.AXES_FAILURE_LIMIT - failures_of(identifier))


def needs_captcha(request: HttpRequest, identifier: str) -> bool:
    """Whether the next try must read a picture: for this account, or because this address tries many accounts."""
    if failures_of(identifier) >= CAPTCHA_AFTER_FAILURES:
        return True
    from_here = _recent().filter(ip_address=client_address(request)).aggregate(n=Sum("failures_since_start"))["n"] or 0
    return from_here >= CAPTCHA_AFTER_FAILURES_FROM_ADDRESS


def locked_until(identifier: str) -> datetime | None:
    """When the account may be tried again, or None when it may be now."""
    rows = list(_recent().filter(username=counted_name(identifier)).order_by("attempt_time"))
    total = sum(row.failures_since_start for row in rows)
    until = None
    for row in rows:
        if total < settings.AXES_FAILURE_LIMIT:
            break
        until = row.attempt_time + get_cool_off()
        total -= row.failures_since_start
    return until


def forgive(user: User) -> None:
    """Forget the failures of an account, after its password was reset by its owner or an administrator unlocked it."""
    AccessAttempt.objects.filter(username=user.username).delete()


def lock_sentence(identifier: str) -> str:
    """Why no password is checked now, until when, and what else can be done."""
    until = locked_until(identifier) or timezone.now()
    return _("密码已连续输错 %(limit)s 次，账号锁定到 %(until)s。可以到时再试，或重置密码后立即登录。") % {
        "limit": settings.AXES_FAILURE_LIMIT,
        "until": format_when(until),
    }


def locked_out(request: HttpRequest, response: HttpResponse | None = None, credentials: dict | None = None) -> Any:
    """What axes answers for a locked account: the page the sign-in view drew, or a sentence for programs; status 429."""
    if response is None or request.path.startswith("/api/"):
        identifier = (credentials or {}).get("username") or ""
        return JsonResponse({"detail": lock_sentence(identifier), "code": "locked"}, status=429)
    response.status_code = 429
    return response


def _recent():
    return AccessAttempt.objects.filter(attempt_time__gte=timezone.now() - get_cool_off())
