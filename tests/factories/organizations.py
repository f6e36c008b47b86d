"""Organizations, departments and their people for tests."""

from itertools import count

from gongyi.accounts.models import User
from gongyi.organizations.models import Department, Membership, Organization, OrganizationKind
from tests.factories.accounts import person

_numbers = count(1)
Role = Membership.Role


def organization(name: str = "", *, kind: str = OrganizationKind.UNIVERSITY, **fields) -> Organization:
    number = next(_numbers)
    fields = {"code": f"T{number:03d}", "short_name": name or f"大学{number}"} | fields
    return Organization.objects.create(name=name or f"测试大学{number}", kind=kind, **fields)


def department(
    unit: Organization, name: str = "分析测试中心", *, parent: Department | None = None, **fields
) -> Department:
    return Department.objects.create(organization=unit, name=name, parent=parent, **fields)


def laboratory(parent: Department, name: str = "电镜实验室", **fields) -> Department:
    level = Department.Level.LABORATORY
    return Department.objects.create(organization=parent.organization, parent=parent, name=name, level=level, **fields)


def join(user: User, unit: Organization, *roles: str, department: Department | None = None) -> User:
    """Make `user` a member of `unit`, and whatever else `roles` says; returns the user."""
    for role in dict.fromkeys([Role.MEMBER, *roles]):
        Membership.objects.create(user=user, organization=unit, role=role, department=department)
    return user


def member(unit: Organization, name: str = "", *roles: str, department: Department | None = None, **fields) -> User:
    return join(person(name, **fields), unit, *roles, department=department)


def unit_admin(unit: Organization, name: str = "顾明远", **fields) -> User:
    return member(unit, name, Role.UNIT_ADMIN, **fields)


def finance(unit: Organization, name: str = "许清和", **fields) -> User:
    return member(unit, name, Role.FINANCE, **fields)


def reviewer(unit: Organization, name: str = "沈知衡", **fields) -> User:
    return member(unit, name, Role.REVIEWER, **fields)
