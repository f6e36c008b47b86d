"""Ways to change an account: keys for the API, passwords, the login log, opening and closing accounts."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.db import transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from procrastinate.contrib.django import app

from gongyi.accounts import devices, lockout
from gongyi.accounts.codes import redeem_code as redeem_code
from gongyi.accounts.codes import register_purpose
from gongyi.accounts.codes import send_code as send_code
from gongyi.accounts.models import ApiToken, LoginRecord, ReportProfile, User
from gongyi.audit.services import record
from gongyi.kit.refusal import Refused
from gongyi.notifications.services import notify, register_kind

SECURITY = "accounts.security"
RESET_MAIL = "accounts.send_reset_mail"  # the task of tasks.py, by name
TOKEN_MARK = "gy_"
TOKEN_PREFIX_LENGTH = 10
TOKENS_PER_PERSON = 20
USE_NOTED_EVERY = timedelta(minutes=1)
Outcome = LoginRecord.Outcome
SUCCESSES = {Outcome.PASSWORD, Outcome.DEMO, Outcome.SIGN_UP, Outcome.ACTIVATED}

register_kind(SECURITY, gettext_lazy("账号安全"))
SIGN_UP, RECOVER, CHANGE = "accounts.sign_up", "accounts.recover", "accounts.change"  # what codes are sent for


def _already_known(address: str) -> str:
    """Only the owner of an address reads that it has an account (S2-4)."""
    if User.objects.by_address(address) is None:
        return ""
    return _("您已有用它注册的账号，可直接登录或找回密码，无需再注册。")


register_purpose(SIGN_UP, gettext_lazy("注册账号"), note=_already_known)
register_purpose(
    RECOVER, gettext_lazy("找回密码"), reaches=lambda a: User.objects.by_address(a, active=True) is not None
)
register_purpose(CHANGE, gettext_lazy("修改联系方式"))


def record_attempt(request: HttpRequest, identifier: str, outcome: str, user: User | None = None) -> LoginRecord:
    """Note one attempt to sign in, with address and device (S0-51, S0-53); `user` None when the name means nobody."""
    return LoginRecord.objects.create(
        user=user,
        identifier=identifier[:100],
        ip=lockout.client_address(request),
        device=devices.describe(request.headers.get("User-Agent", "")),
        succeeded=outcome in SUCCESSES,
        outcome=outcome,
    )


# keys for the API


def create_token(user: User, name: str, expires_at: datetime | None = None) -> tuple[ApiToken, str]:
    """Make a personal key and return it with its raw text, which is shown this once: only its digest is kept.

    Refuses more than 20 usable keys, and an end that has passed.
    """
    now = timezone.now()
    if expires_at is not None and expires_at <= now:
        raise Refused(_("有效期应晚于现在。"), code="expired")
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if ApiToken.objects.filter(user=user).usable(now).count() >= TOKENS_PER_PERSON:
            raise Refused(_("每人最多 %s 个可用令牌。请先撤销不再使用的。") % TOKENS_PER_PERSON, code="too_many")
        raw = TOKEN_MARK + secrets.token_urlsafe(32)
        token = ApiToken.objects.create(
            user=user, name=name[:50], prefix=raw[:TOKEN_PREFIX_LENGTH], digest=_digest(raw), expires_at=expires_at
        )
    return token, raw


def authenticate_token(raw: str) -> User | None:
    """The person whose usable key this is, or None. When it was last used is written at most once a minute."""
    if not raw.startswith(TOKEN_MARK) or len(raw) > 100:
        return None
    now = timezone.now()
    token = ApiToken.objects.usable(now).select_related("user").filter(digest=_digest(raw)).first()
    if token is None:
        return None
    if token.last_used_at is None or token.last_used_at < now - USE_NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token.user


def revoke_token(token: ApiToken) -> None:
    """Make a key useless from now on; doing it twice changes nothing."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())


def _digest(raw: str) -> str:
    return hashlib.sha256(raw.encode()).hexdigest()


# passwords


def change_password(user: User, password: str) -> None:
    """Set a new password, lift a lock-out, and tell the person, who may not have done it. Other sessions end."""
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        lockout.forgive(user)
        notify(
            [user],
            title=_("密码已修改"),
            body=_("您的登录密码已修改，其他设备上的登录已退出。若非本人操作，请立即重置密码。"),
            url=reverse("accounts:logins"),
            kind=SECURITY,
        )


def queue_reset_mail(user: User | None, *, welcome: bool = False) -> None:
    """Have the link mailed in the background; for nobody the same job is queued, so that the answer is as quick."""
    app.configure_task(RESET_MAIL).defer(user_pk=user.pk if user else 0, welcome=welcome)


def send_reset_mail(user_pk: int, *, welcome: bool = False) -> bool:
    """Mail the link that sets a new password; False when there is no such person, or they have no address or are closed.

    The link works once, for PASSWORD_RESET_TIMEOUT seconds, and until the password changes or the person signs in.
    """
    user = User.objects.filter(pk=user_pk, is_active=True).exclude(email=None).first()
    if user is None:
        return False
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    path = reverse("accounts:reset_confirm", args=[uid, default_token_generator.make_token(user)])
    context = {
        "user": user,
        "site_name": settings.SITE_NAME,
        "link": f"{settings.SITE_URL}{path}",
        "hours": settings.PASSWORD_RESET_TIMEOUT // 3600,
        "welcome": welcome,
    }
    subject = _("%s 账号已开通，请设置密码") if welcome else _("重置 %s 的登录密码")
    send_mail(subject % settings.SITE_NAME, render_to_string("accounts/reset_mail.txt", context), None, [user.email])
    return True


# people


def create_person(*, actor: Any, name: str, username: str, email: str | None = None, phone: str | None = None) -> User:
    """Open an account without a password; its owner sets one by the link mailed to them. Refuses a taken identifier."""
    for text in (username, email, phone):
        if text and (taken := User.objects.by_identifier(text)):
            raise Refused(_("「%(text)s」已由用户 %(user)s 使用。") % {"text": text, "user": taken}, code="taken")
    with transaction.atomic():
        user = User(name=name, username=username, email=email, phone=phone)
        user.set_unusable_password()
        user.save()
        record(actor, user, _("开通账号"), after={"username": username, "name": name})
    return user


def confirm_profile(user: User) -> None:
    """Note that a person checked their e-mail and phone (S0-9); the first time counts."""
    User.objects.filter(pk=user.pk, profile_confirmed_at=None).update(profile_confirmed_at=timezone.now())


def save_report_profile(user: User, **fields: Any) -> ReportProfile:
    """Keep what is reported by default (S0-63 … S0-65); bookings already made keep what they were given."""
    profile, _created = ReportProfile.objects.update_or_create(user=user, defaults=fields)
    vars(user).pop("report_profile_or_empty", None)
    return profile


def deactivate(*, user: User, actor: User, reason: str) -> None:
    """Close an account: sessions and keys stop working at once. Refuses one's own, so that one administrator remains."""
    with transaction.atomic():
        # All administrators in one order: two who close each other's account at once would both be gone.
        administrators = User.objects.select_for_update(no_key=True).filter(is_staff=True).order_by("pk")
        still_active = {row.pk for row in administrators if row.is_active}
        if user.pk == actor.pk:
            raise Refused(_("不能停用自己的账号。请由另一位平台管理员操作。"), code="own_account")
        if actor.pk not in still_active:
            raise Refused(_("您的账号已停用，不能再停用他人。"), code="not_allowed")
        if not User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
            raise Refused(_("该账号已经停用，无需重复操作。"), code="already_done")
        record(actor, user, _("停用账号"), before={"is_active": True}, after={"is_active": False}, reason=reason)
    user.is_active = False


def activate(*, user: User, actor: User, reason: str = "") -> None:
    """Open a closed account again; a lock-out is lifted with it."""
    with transaction.atomic():
        if not User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
            raise Refused(_("该账号可以正常登录，无需启用。"), code="already_done")
        lockout.forgive(user)
        record(actor, user, _("启用账号"), before={"is_active": False}, after={"is_active": True}, reason=reason)
    user.is_active = True


def unlock(*, user: User, actor: User) -> None:
    """Let a person who mistyped ten times try again at once."""
    with transaction.atomic():
        lockout.forgive(user)
        record(actor, user, _("解除登录锁定"))
