"""Changing who belongs to a unit in which role, and how it is divided. The unit's row is locked first, every time."""

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.accounts.models import User
from gongyi.audit.services import record
from gongyi.kit.refusal import Refused
from gongyi.notifications.services import notify, register_kind
from gongyi.organizations.models import Department, Membership, Organization
from gongyi.organizations.queries import attached_to, inside
from gongyi.organizations.workflow import OrganizationFlow

MEMBERSHIP = "organizations.membership"
Role = Membership.Role

register_kind(MEMBERSHIP, gettext_lazy("单位角色变动"))


@transaction.atomic
def add_organization(*, actor: User, **fields: Any) -> Organization:
    """Take a unit onto the platform; its process begins as in use."""
    organization = Organization.objects.create(**fields)
    OrganizationFlow.opened(organization, _("新增单位"), actor=actor)
    return organization


# people


@transaction.atomic
def add_member(
    *,
    organization: Organization,
    user: User,
    actor: User,
    roles: Iterable[str] = (),
    department: Department | None = None,
) -> None:
    """Make `user` a member of the unit, and whatever else `roles` says. Refuses who is one already."""
    _lock(organization)
    if _held(organization, user):
        raise Refused(_("%s 已是本单位成员。要调整角色，请在人员列表中点开其姓名。") % user, code="already_member")
    _write(organization, user, {Role.MEMBER, *roles}, department)
    _note(organization, user, actor, set(), {Role.MEMBER, *roles}, _("加入单位"))


@transaction.atomic
def set_roles(
    *, organization: Organization, user: User, actor: User, roles: Iterable[str], department: Department | None = None
) -> None:
    """Let `user` hold exactly `roles` besides being a member, and belong to `department`.

    Refuses to take the role from the last administrator who can sign in, and to set roles of somebody who has left.
    """
    _lock(organization)
    before, after = _held(organization, user), {Role.MEMBER, *roles}
    if not before:
        raise Refused(_("%s 已不在本单位。") % user, code="gone")
    if Role.UNIT_ADMIN not in after:
        _keep_an_administrator(organization, user, before)
    _write(organization, user, after, department)
    if before != after:
        _note(organization, user, actor, before, after, _("调整角色"))


@transaction.atomic
def remove_member(*, organization: Organization, user: User, actor: User) -> None:
    """End every role of `user` in the unit; what they did there stays. Refuses the last administrator."""
    _lock(organization)
    before = _held(organization, user)
    if not before:
        raise Refused(_("%s 已不在本单位，无需重复操作。") % user, code="already_done")
    _keep_an_administrator(organization, user, before)
    _write(organization, user, set(), None)
    _note(organization, user, actor, before, set(), _("移出单位"))


def _lock(organization: Organization) -> None:
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)


def _held(organization: Organization, user: User) -> set[str]:
    return set(Membership.objects.current().filter(organization=organization, user=user).values_list("role", flat=True))


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
    if roles:
        current.update(department=department)


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


# departments


def add_department(
    *, organization: Organization, actor: User, parent: Department | None = None, **fields: Any
) -> Department:
    """Add a department or laboratory under `parent`. Refuses a second one of the same name there, and under a laboratory."""
    with transaction.atomic(), _same_name(fields.get("name", "")):
        _lock(organization)
        _check_parent(organization, None, parent)
        department = Department.objects.create(organization=organization, parent=parent, **fields)
        record(actor, organization, _("新增院系"), after={"name": department.name, "parent": parent and parent.name})
    return department


def change_department(*, department: Department, actor: User, parent: Department | None, **fields: Any) -> Department:
    """Rename or move a department with everything below it. Refuses a place below itself or under a laboratory."""
    organization = department.organization
    with transaction.atomic(), _same_name(fields.get("name", department.name)):
        _lock(organization)
        _check_parent(organization, department, parent)
        row = Department.objects.get(pk=department.pk)
        if fields.get("level") == Department.Level.LABORATORY and row.children.exists():
            raise Refused(_("「%s」还有下属，不能改为实验室。请先移走下属。") % row.name, code="has_parts")
        before = {"name": row.name, "parent": row.parent and row.parent.name}
        for name, value in fields.items():
            setattr(row, name, value)
        row.parent = parent
        row.save()
        record(
            actor,
            organization,
            _("修改院系"),
            before=before,
            after={"name": row.name, "parent": parent and parent.name},
        )
    return row


def delete_department(*, department: Department, actor: User) -> None:
    """Delete an empty department. Refuses while people, instruments, accounts or parts hang on it, and names them."""
    organization = department.organization
    try:
        with transaction.atomic():
            _lock(organization)
            if found := attached_to(department):
                words = "、".join(_("%(count)s 个%(what)s") % {"what": what, "count": count} for what, count in found)
                raise Refused(
                    _("「%(name)s」还有 %(words)s，不能删除。请先移到别处。")
                    % {"name": department.name, "words": words},
                    code="in_use",
                )
            Membership.objects.filter(department=department).update(department=None)
            name = department.name
            Department.objects.filter(pk=department.pk).delete()
            record(actor, organization, _("删除院系"), before={"name": name})
            with connection.cursor() as cursor:  # what was attached meanwhile is found now, not at the commit
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except IntegrityError:
        raise Refused(_("「%s」刚刚有了新的人员或仪器，不能删除。") % department.name, code="in_use") from None


def _check_parent(organization: Organization, department: Department | None, parent: Department | None) -> None:
    if parent is None:
        return
    fresh = Department.objects.filter(pk=parent.pk, organization=organization).first()
    if fresh is None:
        raise Refused(_("上级不存在或属于别的单位，请重新选择。"), code="no_parent")
    if fresh.level == Department.Level.LABORATORY:
        raise Refused(_("「%s」是实验室，下面不能再设下属。") % fresh.name, code="under_laboratory")
    if department is not None and fresh.pk in inside(department.pk):
        raise Refused(
            _("「%(parent)s」在「%(name)s」之下，不能作为它的上级。") % {"parent": fresh.name, "name": department.name},
            code="cycle",
        )


class _same_name:
    """Turns the database's word for two of one name into a sentence."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if isinstance(error, IntegrityError) and "department_name_once" in str(error):
            raise Refused(_("这一级下已有「%s」。请换一个名称。") % self.name, code="taken") from None
