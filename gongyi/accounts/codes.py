"""Codes that prove somebody reads an address: six digits by text message or e-mail, good once, for minutes, for few tries."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.db import connection, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from procrastinate.contrib.django import app

from gongyi.accounts.models import PHONE, User, VerificationCode
from gongyi.kit.refusal import Refused
from gongyi.notifications.services import text

CODE_DIGITS = 6
VALID_MINUTES = 5
TRIES = 5
RESEND_SECONDS = 60
CODES_PER_ADDRESS_AND_DAY = 10
CODES_PER_CLIENT_AND_DAY = 200  # a campus shares one address
CAPTCHA_AFTER_CODES = 5  # asked for by one client …
CAPTCHA_MINUTES = 10  # … within these minutes
KEEP_DAYS = 2
CODE_MAIL = "accounts.send_code_mail"  # the task of tasks.py, by name
SIGN_UP, RECOVER, CHANGE = "accounts.sign_up", "accounts.recover", "accounts.change"  # purposes of this app
_CLIENT_LOCK, _ADDRESS_LOCK = 7301, 7302


class TooSoon(Refused):
    """A code was sent a moment ago; `seconds` until the next one."""

    def __init__(self, seconds: int):
        self.seconds = seconds
        super().__init__(_("请 %s 秒后再获取。刚才发出的验证码仍然有效。") % seconds, code="too_soon")


@dataclass(frozen=True)
class Purpose:
    """What a code is for. `label` stands in the message; `note` may add a sentence for whoever owns the address;
    where `reaches` says no, nothing is sent, and nobody is told so."""

    key: str
    label: Any
    note: Callable[[str], str] | None = None
    reaches: Callable[[str], bool] | None = None


PURPOSES: dict[str, Purpose] = {}


def register_purpose(
    key: str, label: Any, *, note: Callable[[str], str] | None = None, reaches: Callable[[str], bool] | None = None
) -> None:
    """Name a purpose, in an app's `ready()` or at import. Only named ones can be asked for from a page."""
    PURPOSES[key] = Purpose(key, label, note, reaches)


def normalised(address: str) -> str:
    """The address as it is kept: half-width, without blanks; e-mail in lower case."""
    half = "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in address or "")
    return "".join(half.split()).lower()


def is_phone(address: str) -> bool:
    return "@" not in address


def check_address(address: str) -> None:
    """Refuse what is neither a mobile number nor an e-mail address."""
    try:
        PHONE(address) if is_phone(address) else validate_email(address)
    except ValidationError as problem:
        sentence = _("请填写 11 位手机号，或完整的邮箱地址。") if not is_phone(address) else problem.messages[0]
        raise Refused(sentence, code="no_address") from problem
    if len(address) > 100:
        raise Refused(_("邮箱地址最多 100 个字符。"), code="no_address")


def shown(address: str) -> str:
    """The address with its middle hidden, for sentences."""
    if is_phone(address):
        return f"{address[:3]}****{address[-4:]}"
    name, _at, host = address.partition("@")
    return f"{name[:2]}***@{host}"


def send_code(address: str, purpose: str, *, client: str | None = None) -> VerificationCode:
    """Send six new digits to a mobile number or an e-mail address; an earlier code for the same purpose is void.

    Refuses, with a sentence, what is no address, within 60 seconds of the last code (TooSoon), and after 10 codes for
    one address or 200 for one `client` (network address) in 24 hours. Valid 5 minutes, 5 tries, good once (S3-31).
    `purpose` must be registered. Several at once for one address: one is sent, the others are too soon.
    """
    kind = PURPOSES[purpose]
    address = normalised(address)
    check_address(address)
    with transaction.atomic():
        _one_at_a_time(client, address)
        now = timezone.now()
        _check_limits(address, purpose, client)
        VerificationCode.objects.filter(created_at__lt=now - timedelta(days=KEEP_DAYS)).delete()
        row = VerificationCode.objects.create(
            address=address,
            purpose=purpose,
            seed=secrets.token_urlsafe(24),
            client=client,
            created_at=now,
            expires_at=now + timedelta(minutes=VALID_MINUTES),
            tries_left=TRIES,
        )
        if kind.reaches is None or kind.reaches(address):
            _deliver(row)
    return row


def _one_at_a_time(client: str | None, address: str) -> None:
    """Let requests of one client, and for one address, follow one another until the transaction ends."""
    with connection.cursor() as cursor:
        if client:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_CLIENT_LOCK, client])
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_ADDRESS_LOCK, address])


def _check_limits(address: str, purpose: str, client: str | None) -> None:
    now = timezone.now()
    today = VerificationCode.objects.filter(created_at__gt=now - timedelta(days=1))
    of_address = today.filter(address=address)
    if last := of_address.order_by("-created_at").values_list("created_at", flat=True).first():
        seconds = RESEND_SECONDS - int((now - last).total_seconds())
        if seconds > 0:
            raise TooSoon(seconds)
    if of_address.count() >= CODES_PER_ADDRESS_AND_DAY:
        raise Refused(
            _("发往 %(address)s 的验证码 24 小时内已达 %(limit)s 次，请明天再试，或换一个手机号、邮箱。")
            % {"address": shown(address), "limit": CODES_PER_ADDRESS_AND_DAY},
            code="too_many",
        )
    if client and today.filter(client=client).count() >= CODES_PER_CLIENT_AND_DAY:
        raise Refused(_("从这个网络地址获取的验证码过多，请明天再试，或换一个网络。"), code="too_many")


def needs_captcha(client: str | None) -> bool:
    """Whether this client asked so often that it should read a picture first."""
    since = timezone.now() - timedelta(minutes=CAPTCHA_MINUTES)
    return VerificationCode.objects.filter(client=client, created_at__gt=since).count() >= CAPTCHA_AFTER_CODES


def redeem_code(address: str, purpose: str, code: str) -> None:
    """Use up the newest code sent to this address for this purpose, or refuse with a sentence.

    Refuses a wrong one (and says how many tries are left), a stale one, a used one, and when none was sent. A wrong try
    counts whatever the caller does next: so this must not be called inside a transaction (RuntimeError), which could
    take the count back. Of several right ones at once one is good; of many guesses at once five count.
    """
    address = normalised(address)
    with transaction.atomic(durable=True):
        refusal = _use_up(address, purpose, digits_of(code))
    if refusal is not None:
        raise refusal


def _use_up(address: str, purpose: str, digits: str) -> Refused | None:
    rows = VerificationCode.objects.filter(address=address, purpose=purpose)
    row = rows.select_for_update().order_by("-pk").first()
    if row is None:
        return Refused(_("还没有向 %s 发送验证码，请先点「获取验证码」。") % shown(address), code="no_code")
    if row.used_at is not None:
        return Refused(_("这个验证码已经用过，请重新获取。"), code="used")
    if row.expires_at <= timezone.now():
        return Refused(_("验证码已超过 %s 分钟，请重新获取。") % VALID_MINUTES, code="stale")
    if row.tries_left == 0:
        return Refused(_("这个验证码已输错 %s 次，不能再用，请重新获取。") % TRIES, code="no_tries")
    if constant_time_compare(code_of(row), digits):
        rows.filter(pk=row.pk).update(used_at=timezone.now())
        return None
    rows.filter(pk=row.pk).update(tries_left=row.tries_left - 1)
    if row.tries_left == 1:
        return Refused(_("验证码不正确，已输错 %s 次，请重新获取。") % TRIES, code="wrong")
    return Refused(_("验证码不正确，还可以再试 %s 次。") % (row.tries_left - 1), code="wrong")


def digits_of(code: str) -> str:
    """What was typed, without blanks and in half-width digits."""
    return normalised(code)


def code_of(row: VerificationCode) -> str:
    """The digits of a code: they follow from its seed and the site's secret key."""
    digest = salted_hmac("gongyi.accounts.codes", f"{row.seed}:{row.address}", algorithm="sha256").digest()
    return f"{int.from_bytes(digest[:8], 'big') % 10**CODE_DIGITS:0{CODE_DIGITS}d}"


def _deliver(row: VerificationCode) -> None:
    if is_phone(row.address):
        label = PURPOSES[row.purpose].label
        text(row.address, message_of(row), purpose=label, secret=True, useless_after=row.expires_at)
    else:
        app.configure_task(CODE_MAIL).defer(code_pk=row.pk)


def message_of(row: VerificationCode) -> str:
    """The sentence that is sent."""
    purpose = PURPOSES[row.purpose]
    sentence = _("验证码 %(code)s，用于%(purpose)s，%(minutes)s 分钟内有效。请勿告诉他人。") % {
        "code": code_of(row),
        "purpose": purpose.label,
        "minutes": VALID_MINUTES,
    }
    return sentence + (purpose.note(row.address) if purpose.note else "")


def send_code_mail(code_pk: int) -> bool:
    """Mail a code whose address is an e-mail address; False when it is stale or used by now."""
    row = VerificationCode.objects.filter(pk=code_pk, used_at=None, expires_at__gt=timezone.now()).first()
    if row is None:
        return False
    subject = _("%(site)s验证码：%(purpose)s") % {"site": settings.SITE_NAME, "purpose": PURPOSES[row.purpose].label}
    send_mail(subject, message_of(row), None, [row.address])
    return True


def _already_known(address: str) -> str:
    """Only who reads an address learns that it has an account (S2-4)."""
    if User.objects.by_address(address) is None:
        return ""
    return _("这个联系方式已注册过账号，可直接登录或找回密码，无需再注册。")


def _is_of_somebody(address: str) -> bool:
    return User.objects.by_address(address, active=True) is not None


register_purpose(SIGN_UP, gettext_lazy("注册账号"), note=_already_known)
register_purpose(RECOVER, gettext_lazy("找回密码"), reaches=_is_of_somebody)
register_purpose(CHANGE, gettext_lazy("修改联系方式"))
