"""Taking units onto the platform, and holding one while something about it changes."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gongyi.accounts.models import User
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
