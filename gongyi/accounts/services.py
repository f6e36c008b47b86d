"""Ways to change an account: keys for the API, passwords, the login log, opening and closing accounts."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from procrastinate.contrib.django import app

from gongyi.accounts import codes, devices, duties, links, lockout
from gongyi.accounts.codes import redeem_code as redeem_code
from gongyi.accounts.codes import send_code as send_code
from gongyi.accounts.models import ApiToken, LoginRecord, ReportProfile, User
from gongyi.audit.services import record
from gongyi.kit.refusal import Refused
from gongyi.notifications.services import notify, register_kind, text

SECURITY = "accounts.security"
RESET_MAIL = "accounts.send_reset_mail"  # the task of tasks.py, by name
NOTICE_MAIL = "accounts.send_notice_mail"  # to an address that is nobody's any more
TOKEN_MARK = "gy_"
TOKEN_PREFIX_LENGTH = 10
TOKENS_PER_PERSON = 20
USE_NOTED_EVERY = timedelta(minutes=1)
Outcome = LoginRecord.Outcome
SUCCESSES = {Outcome.PASSWORD, Outcome.DEMO, Outcome.SIGN_UP, Outcome.ACTIVATED}

register_kind(SECURITY, gettext_lazy("账号安全"))


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


def use_link(kind: links.Kind, *, user: User, token: str, password: str) -> User:
    """Set the password behind a one-time link. Refuses a link that is old or was used; of several at once one counts."""
    with transaction.atomic():
        row = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if not row.is_active or not kind.tokens.check_token(row, token):
            raise Refused(_("链接已过期，或已经用过。请重新获取。"), code="stale")
        if row.has_usable_password():
            change_password(row, password)
        else:
            row.set_password(password)
            row.save(update_fields=["password"])
    return row


def queue_reset_mail(user: User | None, *, welcome: bool = False, opening: str = "") -> None:
    """Have the link mailed in the background; for nobody the same job is queued, so that the answer is as quick."""
    app.configure_task(RESET_MAIL).defer(user_pk=user.pk if user else 0, welcome=welcome, opening=opening)


def send_reset_mail(user_pk: int, *, welcome: bool = False, opening: str = "") -> bool:
    """Mail the link that sets a password; False when there is no such person, or they have no address or are closed.

    The link works once, until the password changes or the person signs in: two hours long, with `welcome` seven days.
    """
    user = User.objects.filter(pk=user_pk, is_active=True).exclude(email=None).first()
    if user is None:
        return False
    context = {
        "user": user,
        "site_name": settings.SITE_NAME,
        "link": (links.ACTIVATION if welcome else links.RESET).address(user),
        "hours": settings.PASSWORD_RESET_TIMEOUT // 3600,
        "days": links.ACTIVATION_DAYS,
        "welcome": welcome,
        "opening": opening,
    }
    subject = _("%s 账号已开通，请设置密码") if welcome else _("重置 %s 的登录密码")
    send_mail(subject % settings.SITE_NAME, render_to_string("accounts/reset_mail.txt", context), None, [user.email])
    return True


def send_activation(user: User, *, by_phone: bool, body_prefix: str = "") -> list[str]:
    """Send the one-time link that sets the first password: by mail where there is an address, with `by_phone` also by SMS.

    Returns where it went, for the sentence that says so; `body_prefix` opens the message (「您的机构入驻申请已通过。」). No
    password is ever sent (S3-33). May be repeated: earlier links stay good until one was used. Refuses a person who
    set a password already, whose account is closed, or who can't be reached.
    """
    if not user.is_active:
        raise Refused(_("%s 的账号已停用，不能发送激活链接。") % user.name, code="inactive")
    if user.has_usable_password():
        raise Refused(_("%s 已设置过密码，可直接登录，忘记时可自行找回。") % user.name, code="already_done")
    if not user.email and not (by_phone and user.phone):
        raise Refused(
            _("%s 没有登记可用的邮箱或手机号，链接无处可发。请先补充联系方式。") % user.name, code="no_address"
        )
    reached = []
    if user.email:
        queue_reset_mail(user, welcome=True, opening=body_prefix)
        reached.append(user.email)
    if by_phone and user.phone:
        sentence = _(
            "%(site)s账号 %(username)s 已开通，请在 %(days)s 天内打开链接设置密码：%(link)s 。链接只能用一次。"
        ) % {
            "site": settings.SITE_NAME,
            "username": user.username,
            "days": links.ACTIVATION_DAYS,
            "link": links.ACTIVATION.address(user),
        }
        ends = timezone.now() + timedelta(days=links.ACTIVATION_DAYS)
        text(user.phone, f"{body_prefix[:200]}{sentence}", purpose=_("激活账号"), secret=True, useless_after=ends)
        reached.append(codes.shown(user.phone))
    return reached


# people


def create_person(*, actor: Any, name: str, username: str, email: str | None = None, phone: str | None = None) -> User:
    """Open an account without a password; its owner sets one by the link mailed to them. Refuses a taken identifier."""
    for identifier in (username, email, phone):
        if identifier and (taken := User.objects.by_identifier(identifier)):
            raise Refused(_("「%(text)s」已由用户 %(user)s 使用。") % {"text": identifier, "user": taken}, code="taken")
    with transaction.atomic():
        user = User(name=name, username=username, email=email, phone=phone)
        user.set_unusable_password()
        user.save()
        record(actor, user, _("开通账号"), after={"username": username, "name": name})
    return user


def _keys_that_end(user: User) -> list[str]:
    keys = ApiToken.objects.filter(user=user).usable(timezone.now()).count()
    return [_("您的 %s 个访问令牌立即失效。") % keys] if keys else []


duties.register_consequence(_keys_that_end)


def confirm_profile(user: User) -> None:
    """Note that a person checked their e-mail and phone (S0-9); the first time counts."""
    User.objects.filter(pk=user.pk, profile_confirmed_at=None).update(profile_confirmed_at=timezone.now())


def tell_of_new_address(user: User, *, before: set[str]) -> None:
    """Tell a person, and by mail the address they had until now, that their e-mail or phone changed."""
    after = {address for address in (user.email, user.phone) if address}
    if not (new := sorted(after - before)):
        return
    what = _("账号登记的联系方式改为 %s。若非本人操作，请立即修改密码并联系平台管理员。") % "、".join(
        codes.shown(address) for address in new
    )
    notify([user], title=_("联系方式已修改"), body=what, url=reverse("accounts:profile"), kind=SECURITY)
    for address in before - after:
        if codes.is_phone(address):
            text(address, _("您的%s") % settings.SITE_NAME + what, purpose=_("账号安全"))
        else:
            app.configure_task(NOTICE_MAIL).defer(address=address, title=_("联系方式已修改"), body=what)


def save_report_profile(user: User, **fields: Any) -> ReportProfile:
    """Keep what is reported by default (S0-63 … S0-65); bookings already made keep what they were given."""
    profile, _created = ReportProfile.objects.update_or_create(user=user, defaults=fields)
    vars(user).pop("report_profile_or_empty", None)
    return profile


def sign_up(*, name: str, username: str, password: str, address: str) -> User:
    """Open one's own account with an address that was proved (S2-3, S2-4). Refuses an identifier somebody has already."""
    taken = _("用户名或联系方式刚刚被其他账号使用，请换一个，或直接登录。")
    if User.objects.by_identifier(username) or User.objects.by_identifier(address):
        raise Refused(taken, code="taken")
    fields = {"phone": address} if codes.is_phone(address) else {"email": address}
    try:
        with transaction.atomic():
            user = User.objects.create_user(username, password, name=name, **fields)
            record(user, user, _("注册账号"), after={"username": username, "name": name})
    except IntegrityError as collision:
        raise Refused(taken, code="taken") from collision
    return user


def _administrators() -> set[int]:
    """Lock all administrators, in one order, and return those who may sign in: two who act on each other at once would
    else both be gone."""
    rows = User.objects.select_for_update(no_key=True).filter(is_staff=True).order_by("pk")
    return {row.pk for row in rows if row.is_active}


def _check_another_remains(administrators: set[int], user: User) -> None:
    if administrators == {user.pk}:
        raise Refused(
            _("%s 是唯一的平台管理员，平台不能没有管理员。请先指定另一位平台管理员。") % user.name,
            code="last_administrator",
        )


def deactivate(*, user: User, actor: User, reason: str) -> None:
    """Close an account: sessions and keys stop working at once. Refuses one's own, so that one administrator remains."""
    with transaction.atomic():
        still_active = _administrators()
        if user.pk == actor.pk:
            raise Refused(_("不能停用自己的账号。请由另一位平台管理员操作。"), code="own_account")
        if actor.pk not in still_active:
            raise Refused(_("您的账号已停用，不能再停用他人。"), code="not_allowed")
        if not User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
            raise Refused(_("该账号已经停用，无需重复操作。"), code="already_done")
        record(actor, user, _("停用账号"), before={"is_active": True}, after={"is_active": False}, reason=reason)
    user.is_active = False


def grant_administration(*, user: User, actor: User, reason: str) -> None:
    """Make a person a platform administrator. Refuses a closed account and one who is one already."""
    with transaction.atomic():
        if actor.pk not in _administrators():
            raise Refused(_("您已不是平台管理员，不能再指定他人。"), code="not_allowed")
        row = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if not row.is_active:
            raise Refused(_("%s 的账号已停用，请先启用。") % user.name, code="inactive")
        if row.is_staff:
            raise Refused(_("%s 已经是平台管理员。") % user.name, code="already_done")
        User.objects.filter(pk=user.pk).update(is_staff=True)
        record(actor, user, _("授予平台管理员"), before={"is_staff": False}, after={"is_staff": True}, reason=reason)
        notify([user], title=_("您已成为平台管理员"), body=reason, url=reverse("accounts:profile"), kind=SECURITY)
    user.is_staff = True


def withdraw_administration(*, user: User, actor: User, reason: str) -> None:
    """Make an administrator an ordinary person again, oneself too. Refuses the last one: one always remains."""
    with transaction.atomic():
        administrators = _administrators()
        if actor.pk not in administrators:
            raise Refused(_("您已不是平台管理员，不能再撤销他人。"), code="not_allowed")
        _check_another_remains(administrators, user)
        if not User.objects.filter(pk=user.pk, is_staff=True).update(is_staff=False, is_superuser=False):
            raise Refused(_("%s 不是平台管理员。") % user.name, code="already_done")
        record(actor, user, _("撤销平台管理员"), before={"is_staff": True}, after={"is_staff": False}, reason=reason)
        notify([user], title=_("您的平台管理员身份已撤销"), body=reason, url=reverse("accounts:profile"), kind=SECURITY)
    user.is_staff = False


def obstacles_to_closing(user: User) -> list[str]:
    """Everything for which this person may not close their account now, each with its remedy."""
    others = User.objects.filter(is_staff=True, is_active=True).exclude(pk=user.pk)
    last = [_("您是唯一的平台管理员，请先指定另一位平台管理员。")] if user.is_staff and not others.exists() else []
    return last + duties.obstacles_of(user)


def close_account(*, user: User) -> None:
    """注销: end one's own account for good (S4-7). Refuses with every obstacle that other apps name (`accounts.duties`).

    E-mail, phone and user name become free for a new registration and vanish from the login log; the name stays in
    the records of what the person did.
    """
    with transaction.atomic():
        _check_another_remains(_administrators(), user)
        row = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if row.closed_at is not None:
            raise Refused(_("这个账号已经注销。"), code="already_done")
        if obstacles := obstacles_to_closing(row):
            raise Refused(" ".join(obstacles), code="obstacle")
        now = timezone.now()
        ApiToken.objects.filter(user=row, revoked_at=None).update(revoked_at=now)
        record(row, row, _("注销账号"), before={"username": row.username}, after={"username": closed_name(row)})
        lockout.forgive(row)
        LoginRecord.objects.filter(user=row).update(identifier=closed_name(row))
        row.username = closed_name(row)
        row.email = row.phone = None
        row.office_phone = ""
        row.is_active = row.is_staff = row.is_superuser = False
        row.closed_at = now
        row.set_unusable_password()
        row.save()
    user.refresh_from_db()


def closed_name(user: User) -> str:
    """The user name of an account that ended: nobody can choose one with a colon."""
    return f"closed:{user.pk}"


def activate(*, user: User, actor: User, reason: str = "") -> None:
    """Open an account again that was deactivated; a lock-out is lifted with it. Refuses one its owner ended for good."""
    with transaction.atomic():
        if User.objects.filter(pk=user.pk).exclude(closed_at=None).exists():
            raise Refused(_("该账号已由本人注销，不能恢复。本人可以重新注册。"), code="closed")
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
