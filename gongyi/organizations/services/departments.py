"""Changing how a unit is divided. The unit's row is locked first, every time."""

from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from gongyi.accounts.models import User
from gongyi.audit.services import record
from gongyi.kit.refusal import Refused
from gongyi.organizations.models import Department, Membership, Organization
from gongyi.organizations.queries import attached_to, inside
from gongyi.organizations.services.units import lock


def add_department(
    *, organization: Organization, actor: User, parent: Department | None = None, **fields: Any
) -> Department:
    """Add a department or laboratory under `parent`. Refuses a second one of the same name there, and under a laboratory."""
    with transaction.atomic(), _same_name(fields.get("name", "")):
        lock(organization)
        _check_parent(organization, None, parent)
        department = Department.objects.create(organization=organization, parent=parent, **fields)
        record(actor, organization, _("新增院系"), after={"name": department.name, "parent": parent and parent.name})
    return department


def change_department(*, department: Department, actor: User, parent: Department | None, **fields: Any) -> Department:
    """Rename or move a department with everything below it. Refuses a place below itself or under a laboratory."""
    organization = department.organization
    with transaction.atomic(), _same_name(fields.get("name", department.name)):
        lock(organization)
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
            lock(organization)
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
