"""Who stands to a unit in which way, for rules and processes of every higher app."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gongyi.accounts.models import User
from gongyi.organizations.models import Department, Matter, Membership, Organization, OrganizationKind
from gongyi.workflow import Role

Place = Membership.Role


def member_of(user: Any, organization: Organization) -> bool:
    """Whether `user` belongs to the organization now, in whatever role."""
    return _holds(user, organization)


def is_unit_admin(user: Any, organization: Organization) -> bool:
    """单位管理员 of this organization, or a sub-user of theirs (S4-74); being platform administrator is not the same."""
    return _holds(user, organization, *Membership.ADMINISTERING)


def holds_main_account(user: Any, organization: Organization) -> bool:
    """单位管理员 in their own right, who alone keep the main accounts and the sub-users (S4-74)."""
    return _holds(user, organization, Place.UNIT_ADMIN)


def may_keep_accounts(user: Any, organization: Organization) -> bool:
    """Whether `user` opens and ends the unit's main accounts and sub-users."""
    return bool(user.is_authenticated) and (user.is_staff or holds_main_account(user, organization))


def is_finance(user: Any, organization: Organization) -> bool:
    """付款账户管理员 of this organization (S0-102)."""
    return _holds(user, organization, Place.FINANCE)


def is_reviewer(user: Any, organization: Organization | None = None) -> bool:
    """审核人员 of this organization; without one, of any."""
    return _holds(user, organization, Place.REVIEWER)


def may_manage(user: Any, organization: Organization) -> bool:
    """Whether `user` keeps the unit's people, departments and data: its own administrator, or the platform's."""
    return bool(user.is_authenticated) and (user.is_staff or is_unit_admin(user, organization))


def administered_organizations(user: Any) -> QuerySet[Organization]:
    """The units whose administrator `user` is, by pinyin; in one query, for lists."""
    return Organization.objects.filter(pk__in=Membership.objects.administering(user).values("organization"))


def managed_organizations(user: Any) -> QuerySet[Organization]:
    """The units whose data `user` keeps: all for the platform administrator, else the administered ones."""
    if not user.is_authenticated:
        return Organization.objects.none()
    return Organization.objects.all() if user.is_staff else administered_organizations(user)


def managed_departments(user: Any) -> QuerySet[Department]:
    """The departments whose data `user` keeps: all of managed units, else those whose account they hold, with their
    parts (S2-33). Of another laboratory there is nothing."""
    if not user.is_authenticated:
        return Department.objects.none()
    own = Department.objects.kept_by(user)
    return own | Department.objects.filter(organization__in=managed_organizations(user))


def keeps_department(user: Any, department_pk: int | None) -> bool:
    """Whether `user` holds the account of this department or of one above it."""
    if department_pk is None or user is None or not user.pk:
        return False
    return Department.objects.kept_by(user).filter(pk=department_pk).exists()


def remit_refusal(organization: Organization, matter: str) -> str | None:
    """A statutory metrology institute decides about mandatory verification and nothing else (S4-6, S4-86)."""
    if organization.kind == OrganizationKind.METROLOGY and matter != Matter.MEASURING:
        return gettext("%s是计量技术机构，只能负责「强制检定」。其他职责请选择主管部门。") % organization.name
    return None


def people_in(organization: Organization, *roles: str) -> list:
    """The active people who hold one of these roles there."""
    held = Membership.objects.current().filter(organization=organization, role__in=roles, user__is_active=True)
    return [membership.user for membership in held.select_related("user").order_by("user_id").distinct("user_id")]


def _holds(user: Any, organization: Organization | None, *roles: str) -> bool:
    if user is None or not user.pk:
        return False
    held = Membership.objects.current().filter(user_id=user.pk)
    if organization is not None:
        held = held.filter(organization_id=organization.pk)
    return (held.filter(role__in=roles) if roles else held).exists()


platform_admin = Role(
    _("平台管理员"),
    lambda organization, user: user.is_staff,
    people=lambda organization: User.objects.filter(is_staff=True, is_active=True),
)
unit_admin = Role(
    _("单位管理员"),
    lambda organization, user: is_unit_admin(user, organization),
    people=lambda organization: people_in(organization, *Membership.ADMINISTERING),
)
