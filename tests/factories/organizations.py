"""Organizations, departments and their people for tests."""

import io
from datetime import timedelta
from itertools import count

from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image

from gongyi.accounts.models import User
from gongyi.files.models import StoredFile
from gongyi.organizations.models import (
    CasePicture,
    Certificate,
    ContactPerson,
    Department,
    Membership,
    Organization,
    OrganizationKind,
    QualificationPicture,
    SuccessCase,
)
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


def stored_file(name: str = "证书.png", purpose: str = "certificate") -> StoredFile:
    """A small picture, on record and in the store."""
    drawn = io.BytesIO()
    Image.new("RGB", (8, 6), "#35598f").save(drawn, "PNG")
    content = ContentFile(drawn.getvalue(), name)
    return StoredFile.objects.create(
        name=name, purpose=purpose, media_type="image/png", size=content.size, sha256="0" * 64, content=content
    )


def shown(unit: Organization, number: int = 0) -> tuple[Certificate, QualificationPicture, SuccessCase]:
    """One of everything an institution keeps of itself and shows, with a contact; another `number` makes more of them."""
    certificate = Certificate.objects.create(
        organization=unit, nature="cnas", grade="national", number=f"L{2874 + number}",
        expires_on=timezone.localdate() + timedelta(days=60), picture=stored_file(),
    )  # fmt: skip
    picture = QualificationPicture.objects.create(
        organization=unit, stored=stored_file(), caption=f"营业执照副本 {number}"
    )
    case = SuccessCase.objects.create(organization=unit, title=f"失效分析 {number}", description="说明")
    CasePicture.objects.create(case=case, stored=stored_file())
    ContactPerson.objects.filter(organization=unit, until=None).update(until=timezone.now())
    ContactPerson.objects.create(
        organization=unit, duty=ContactPerson.Duty.COMPLAINTS, name="陆一帆", phone="13812345678"
    )
    return certificate, picture, case
