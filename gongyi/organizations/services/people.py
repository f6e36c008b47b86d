"""Changing who belongs to a unit in which role. The unit's row is locked first, every time."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.accounts.models import User
from gongyi.audit.services import record
from gongyi.kit.refusal import Refused
from gongyi.notifications.services import notify, register_kind
from gongyi.organizations.models import Department, Membership, Organization
from gongyi.organizations.services.units import lock, still_here

MEMBERSHIP = "organizations.membership"
Role = Membership.Role
ACCOUNTS = {Role.LABORATORY, Role.SUB_USER}  # opened and ended as accounts of the unit, on screens of their own
MAIN = {Role.UNIT_ADMIN, Role.SUB_USER}  # what only main accounts may give and take

register_kind(MEMBERSHIP, gettext_lazy("单位角色变动"))


@transaction.atomic
def add_member(
    *,
    organization: Organization,
    user: User,
    actor: User,
    roles: Iterable[str] = (),
    department: Department | None = None,
) -> None:
    """Make `user` a member of the unit, and whatever else `roles` says. Refuses who is one already, and a sub-user who
    would appoint an administrator."""
    still_here(lock(organization))
    if _held(organization, user):
        raise Refused(_("%s 已是本单位成员。要调整角色，请在人员列表中点开其姓名。") % user, code="already_member")
    after = {Role.MEMBER, *roles} - ACCOUNTS
    _main_account_only(organization, actor, after)
    _write(organization, user, after, department)
    _note(organization, user, actor, set(), after, _("加入单位"))


@transaction.atomic
def set_roles(
    *, organization: Organization, user: User, actor: User, roles: Iterable[str], department: Department | None = None
) -> None:
    """Let `user` hold exactly `roles` besides being a member, and belong to `department`; the account of a laboratory
    and that of a sub-user stay as they are.

    Refuses to take the role from the last administrator who can sign in, to set roles of somebody who has left, and a
    sub-user who would appoint or dismiss an administrator (S4-74).
    """
    lock(organization)
    before = _held(organization, user)
    after = ({Role.MEMBER, *roles} - ACCOUNTS) | (before & ACCOUNTS)
    if not before:
        raise Refused(_("%s 已不在本单位。") % user, code="gone")
    _main_account_only(organization, actor, before ^ after)
    if Role.UNIT_ADMIN not in after:
        _keep_an_administrator(organization, user, before)
    _write(organization, user, after, department)
    if before != after:
        _note(organization, user, actor, before, after, _("调整角色"))


@transaction.atomic
def remove_member(*, organization: Organization, user: User, actor: User, asked: bool = False) -> None:
    """End every role of `user` in the unit; what they did there stays. Refuses the last administrator, and a sub-user
    who would remove a main account or another sub-user. Who `asked` to go is told they are released, not put out (S1-18)."""
    lock(organization)
    before = _held(organization, user)
    if not before:
        raise Refused(_("%s 已不在本单位，无需重复操作。") % user, code="already_done")
    _main_account_only(organization, actor, before)
    _keep_an_administrator(organization, user, before)
    _write(organization, user, set(), None)
    _note(organization, user, actor, before, set(), _("同意解除绑定") if asked else _("移出单位"))


def _held(organization: Organization, user: User) -> set[str]:
    return set(Membership.objects.current().filter(organization=organization, user=user).values_list("role", flat=True))


def _main_account_only(organization: Organization, actor: User, roles: set[str]) -> None:
    """A sub-user has the rights of the main account but over the main accounts and sub-users themselves (S4-74)."""
    if not roles & MAIN or actor is None or actor.is_staff:
        return
    own = _held(organization, actor)
    if Role.SUB_USER in own and Role.UNIT_ADMIN not in own:
        raise Refused(_("子用户不能调整单位管理员和子用户。请由主账号办理。"), code="main_account_only")


def _keep_an_administrator(organization: Organization, user: User, held: set[str]) -> None:
    if Role.UNIT_ADMIN not in held:
        return
    others = Membership.objects.current().filter(organization=organization, role=Role.UNIT_ADMIN, user__is_active=True)
    if not others.exclude(user=user).exists():
        raise Refused(
            _("%(user)s 是%(unit)s唯一的单位管理员。请先为另一人勾选「单位管理员」。")
            % {"user": user, "unit": organization},
            code="last_administrator",
        )


def _write(organization: Organization, user: User, roles: set[str], department: Department | None) -> None:
    current = Membership.objects.current().filter(organization=organization, user=user)
    current.exclude(role__in=roles).update(ended_at=timezone.now())
    missing = roles - set(current.values_list("role", flat=True))
    Membership.objects.bulk_create(
        Membership(organization=organization, user=user, role=role) for role in sorted(missing)
    )
    if roles:  # the account of a laboratory stays with its laboratory
        current.exclude(role=Role.LABORATORY).update(department=department)


def _note(organization: Organization, user: User, actor: User, before: set[str], after: set[str], what: str) -> None:
    record(actor, organization, what, before=_words(user, before), after=_words(user, after))
    if user.pk == actor.pk:
        return
    sentence = _("您现在的角色：%s。") % "、".join(_labels(after)) if after else _("您在该单位的角色已全部结束。")
    notify(
        [user],
        title=_("%(unit)s：%(what)s") % {"unit": organization.name, "what": what},
        body=_("%(who)s：%(what)s") % {"who": actor, "what": sentence},
        url=organization.get_absolute_url(),
        kind=MEMBERSHIP,
    )


def _words(user: User, roles: set[str]) -> dict:
    return {"person": user.name, "username": user.username, "roles": _labels(roles)}


def _labels(roles: set[str]) -> list[str]:
    return [str(role.label) for role in Role if role in roles]
