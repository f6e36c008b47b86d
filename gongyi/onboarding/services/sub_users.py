"""Sub-users: people who work with the rights of their unit's main account, each under their own name (S4-74, S4-85)."""

import secrets
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.accounts import services as accounts
from gongyi.accounts.models import User
from gongyi.audit.services import record
from gongyi.kit.refusal import Refused
from gongyi.notifications.services import notify
from gongyi.organizations.models import Membership, Organization
from gongyi.organizations.rules import holds_main_account, may_keep_accounts
from gongyi.organizations.services import MEMBERSHIP, lock

SUB_USER = Membership.Role.SUB_USER


def places_left(organization: Organization) -> int:
    """How many more sub-users the unit may have now (`SUB_USERS_PER_UNIT`)."""
    return settings.SUB_USERS_PER_UNIT - _places(organization).filter(ended_at=None).count()


@transaction.atomic
def open_sub_user(*, organization: Organization, actor: User, name: str, phone: str) -> User:
    """Let the person with this mobile number work as a sub-user, who signs in with it (S4-74).

    Somebody new gets an account and, by text message, the link that sets a password; somebody with an account gets the role
    where the name agrees. Refuses more than the unit may have, an administrator, and the phone of somebody else.
    """
    _lock(organization, actor)
    _refuse_one_more(organization)
    user = User.objects.by_address(phone)
    if user is None:
        user = accounts.create_person(actor=actor, name=name, username=_free_username(), phone=phone)
    elif user.name != name or not user.is_active:
        raise Refused(
            _("手机号 %s 已由另一个账号使用，姓名与您填写的不一致或账号已停用。") % phone,
            code="taken",
            remedy=_("请核对姓名和手机号。"),
        )
    _appoint(organization, user)
    record(actor, organization, _("新增子用户"), after=_words(user))
    if user.has_usable_password():
        _tell(user, organization, _("您现在是%s的子用户，与主账号权限相同。"), actor)
    else:
        accounts.send_activation(user, by_phone=True, body_prefix=_("您已成为%s的子用户。") % organization.name)
    return user


@transaction.atomic
def disable(*, organization: Organization, user: User, actor: User, reason: str) -> None:
    """End a sub-user's rights at once; what they did stays under their name. Refuses who is none."""
    _lock(organization, actor)
    if not _places(organization).filter(user=user, ended_at=None).update(ended_at=timezone.now()):
        raise Refused(_("%s 已不是子用户，无需重复操作。") % user, code="already_done")
    record(actor, organization, _("停用子用户"), before=_words(user), reason=reason)
    _tell(user, organization, _("您在%s的子用户权限已停用。"), actor, reason)


@transaction.atomic
def reopen(*, organization: Organization, user: User, actor: User) -> None:
    """Give somebody who was a sub-user the rights again. Refuses who never was, and more than the unit may have."""
    _lock(organization, actor)
    if not _places(organization).filter(user=user).exists():
        raise Refused(_("%s 没有做过本单位的子用户。") % user, code="never_opened")
    if not user.is_active:
        raise Refused(_("%s 的登录账号已停用，不能恢复。") % user, code="inactive")
    _refuse_one_more(organization)
    _appoint(organization, user)
    record(actor, organization, _("恢复子用户"), after=_words(user))
    _tell(user, organization, _("您在%s的子用户权限已恢复。"), actor)


def text_link(*, organization: Organization, user: User, actor: User) -> list[str]:
    """Send the link that sets the first password once more; returns where it went."""
    _refuse_others(organization, actor)
    if not _places(organization).filter(user=user, ended_at=None).exists():
        raise Refused(_("%s 已不是子用户。") % user, code="gone")
    reached = accounts.send_activation(user, by_phone=True, body_prefix=_("您已成为%s的子用户。") % organization.name)
    record(actor, organization, _("重发子用户激活短信"), after=_words(user))
    return reached


def _places(organization: Organization) -> Any:
    return Membership.objects.filter(organization=organization, role=SUB_USER)


def _lock(organization: Organization, actor: User) -> None:
    _refuse_others(organization, actor)
    lock(organization)


def _refuse_others(organization: Organization, actor: User) -> None:
    if not may_keep_accounts(actor, organization):
        raise Refused(_("只有主账号（单位管理员）可以管理子用户。"), code="not_allowed")


def _refuse_one_more(organization: Organization) -> None:
    if places_left(organization) <= 0:
        raise Refused(
            _("每个单位最多 %s 个子用户，已用完。") % settings.SUB_USERS_PER_UNIT,
            code="too_many",
            remedy=_("请先停用不再使用的。"),
        )


def _appoint(organization: Organization, user: User) -> None:
    if holds_main_account(user, organization):
        raise Refused(_("%s 已是单位管理员，不必再做子用户。") % user, code="main_account")
    _place, made = Membership.objects.get_or_create(organization=organization, user=user, role=SUB_USER, ended_at=None)
    if not made:
        raise Refused(_("%s 已是本单位的子用户。") % user, code="already_done")


def _free_username() -> str:
    """A user name nobody has; sub-users sign in with their mobile number."""
    while True:
        name = f"sub{secrets.randbelow(10**8):08d}"
        if not User.objects.by_identifier(name):
            return name


def _words(user: User) -> dict:
    return {"person": user.name, "username": user.username}


def _tell(user: User, organization: Organization, sentence: str, actor: User, reason: str = "") -> None:
    if user.pk != actor.pk:
        body = _("操作人：%s") % actor + (f"。{reason}" if reason else "")
        url = organization.get_absolute_url()
        notify([user], title=sentence % organization.name, body=body, url=url, kind=MEMBERSHIP)
