"""Taking units onto the platform, and holding one while something about it changes."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gongyi.accounts.models import User
from gongyi.kit.refusal import Refused
from gongyi.organizations.models import Organization
from gongyi.organizations.workflow import OrganizationFlow


@transaction.atomic
def add_organization(*, actor: User, **fields: Any) -> Organization:
    """Take a unit onto the platform; its process begins as in use."""
    organization = Organization.objects.create(**fields)
    OrganizationFlow.opened(organization, _("新增单位"), actor=actor)
    return organization


def lock(organization: Organization) -> Organization:
    """The unit's row as it stands now, held until the transaction ends; the first lock of every change inside a unit."""
    return Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)


def still_here(organization: Organization) -> Organization:
    """The unit itself; refuses one that left the platform, where nothing changes any more."""
    if organization.status == Organization.Status.EXITED:
        raise Refused(_("%s已退出平台，资料不再修改。需要时请平台管理员先恢复该单位。") % organization, code="left")
    return organization
