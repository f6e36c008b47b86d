"""Accounts of laboratories and departments: one each, opened, handed on, ended and opened again (S2-32 … S2-37)."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.accounts import services as accounts
from gongyi.accounts.models import User
from gongyi.audit.services import record
from gongyi.kit.refusal import Refused
from gongyi.notifications.services import notify
from gongyi.organizations.models import Department, Membership
from gongyi.organizations.rules import keeps_department, may_manage, member_of
from gongyi.organizations.services import MEMBERSHIP, change_department, lock

LABORATORY = Membership.Role.LABORATORY


def account_of(department: Department) -> Membership | None:
    """The laboratory's current account: whose it is, since when."""
    return _accounts(department).filter(ended_at=None).select_related("user").first()


def holders_of(department: Department) -> list[Membership]:
    """Everybody who ever held the laboratory's account, the last one first."""
    return list(_accounts(department).select_related("user").order_by("-pk"))


@transaction.atomic
def open_account(
    *, department: Department, actor: User, name: str, username: str, email: str, phone: str | None = None
) -> User:
    """Open an account for one laboratory and send its holder the link that sets the password (S2-36).

    It sees and writes this laboratory and nothing else. Refuses a second one (S2-34), and a taken user name, address or phone.
    """
    _lock(department, actor)
    _refuse_a_second(department)
    user = accounts.create_person(actor=actor, name=name, username=username, email=email, phone=phone)
    _appoint(department, user)
    record(actor, department, _("开通实验室账号"), after=_words(user))
    accounts.send_activation(
        user, by_phone=bool(phone), body_prefix=_("您是「%s」的实验室账号管理员。") % department.name
    )
    return user


@transaction.atomic
def hand_over(*, department: Department, actor: User, user: User) -> None:
    """Give the laboratory's account to somebody else of the unit; the one before keeps their name and past.

    Refuses somebody who is not of the unit or holds the account of a laboratory there already.
    """
    _lock(department, actor)
    if not user.is_active or not member_of(user, department.organization):
        raise Refused(_("%s 不是本单位人员。请先在「人员与角色」中加入。") % user, code="not_member")
    before = account_of(department)
    if before is not None and before.user_id == user.pk:
        raise Refused(_("%s 已是这个实验室的账号管理员。") % user, code="already_done")
    _end(before)
    _appoint(department, user)
    record(actor, department, _("移交实验室账号"), before=_words(before.user) if before else None, after=_words(user))
    _tell(user, department, _("您现在负责「%s」的实验室账号。"), actor)
    if before is not None:
        _tell(before.user, department, _("「%s」的实验室账号已移交他人。"), actor)


@transaction.atomic
def disable(*, department: Department, actor: User, reason: str) -> None:
    """End the laboratory's account; the person's own sign-in and what was entered stay. Refuses when there is none."""
    _lock(department, actor)
    account = account_of(department)
    if account is None:
        raise Refused(_("「%s」没有正在使用的账号，无需重复操作。") % department.name, code="already_done")
    _end(account)
    record(actor, department, _("停用实验室账号"), before=_words(account.user), reason=reason)
    _tell(account.user, department, _("「%s」的实验室账号已停用。"), actor, reason)


@transaction.atomic
def reopen(*, department: Department, actor: User) -> None:
    """Give the laboratory's account back to who held it last. Refuses when there is one, or its person cannot sign in."""
    _lock(department, actor)
    _refuse_a_second(department)
    last = next(iter(holders_of(department)), None)
    if last is None:
        raise Refused(_("「%s」还没有开通过账号，请用「开通账号」。") % department.name, code="never_opened")
    if not last.user.is_active:
        raise Refused(_("%s 的登录账号已停用，请另开一个账号或移交给他人。") % last.user, code="inactive")
    _appoint(department, last.user)
    record(actor, department, _("恢复实验室账号"), after=_words(last.user))
    _tell(last.user, department, _("「%s」的实验室账号已恢复。"), actor)


def mail_link(*, department: Department, actor: User) -> str:
    """Mail the holder the link that sets the password (the envelope of S2-37); returns the address it goes to."""
    _refuse_others(department, actor)
    account = account_of(department)
    if account is None:
        raise Refused(_("「%s」没有正在使用的账号，请先开通或恢复。") % department.name, code="no_account")
    user = account.user
    if not user.email:
        raise Refused(
            _("%s 没有登记邮箱，邮件无处可发。") % user, code="no_address", remedy=_("请本人登录后补充邮箱。")
        )
    if user.has_usable_password():
        accounts.queue_reset_mail(user)
    else:
        accounts.send_activation(user, by_phone=False)
    record(actor, department, _("发送重置密码邮件"), after=_words(user))
    return user.email


def change_data(*, department: Department, actor: User, location: str, phone: str) -> Department:
    """Where a laboratory is and how it is reached, kept by its own account; names and places in the tree are the unit's."""
    if not (keeps_department(actor, department.pk) or may_manage(actor, department.organization)):
        raise Refused(_("只能修改自己的实验室。"), code="not_allowed")
    return change_department(
        department=department, actor=actor, parent=department.parent, location=location, phone=phone
    )


def _accounts(department: Department) -> Any:
    return Membership.objects.filter(department=department, role=LABORATORY)


def _lock(department: Department, actor: User) -> None:
    _refuse_others(department, actor)
    lock(department.organization)


def _refuse_others(department: Department, actor: User) -> None:
    if not may_manage(actor, department.organization):
        raise Refused(_("只有单位管理员可以管理实验室账号。"), code="not_allowed")


def _refuse_a_second(department: Department) -> None:
    if account := account_of(department):
        raise Refused(
            _("「%(laboratory)s」已有账号（%(who)s），每个实验室（院系）只能建立 1 个。")
            % {"laboratory": department.name, "who": account.user},
            code="second_account",
            remedy=_("换人请用「移交」。"),
        )


def _appoint(department: Department, user: User) -> None:
    """Make `user` the laboratory's account; the database refuses a second one, of the laboratory or of the person."""
    try:
        with transaction.atomic():
            Membership.objects.create(
                user=user, organization=department.organization, department=department, role=LABORATORY
            )
    except IntegrityError as clash:
        if "laboratory_account_once" in str(clash):
            raise Refused(
                _("「%s」已有账号，每个实验室（院系）只能建立 1 个。") % department.name, code="second_account"
            ) from clash
        if "membership_role_once" in str(clash):
            raise Refused(
                _("%s 已负责本单位另一个实验室的账号，一人只能负责一个。") % user, code="other_laboratory"
            ) from clash
        raise


def _end(account: Membership | None) -> None:
    if account is not None:
        Membership.objects.filter(pk=account.pk, ended_at=None).update(ended_at=timezone.now())


def _words(user: User) -> dict:
    return {"person": user.name, "username": user.username}


def _tell(user: User, department: Department, sentence: str, actor: User, reason: str = "") -> None:
    if user.pk != actor.pk:
        title = sentence % department.name
        body = _("操作人：%s") % actor + (f"。{reason}" if reason else "")
        notify([user], title=title, body=body, url=department.organization.get_absolute_url(), kind=MEMBERSHIP)
