"""Who stands to an application, a platform or a binding in which way."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from gongyi.onboarding.models import Application, InnovationPlatform
from gongyi.organizations.models import Membership
from gongyi.organizations.rules import is_unit_admin, people_in
from gongyi.workflow import Role


def is_applicant(application: Application, user: Any) -> bool:
    """Who filled it in, and whoever administers the unit it is about."""
    if application.applicant_id == user.pk:
        return True
    return application.organization is not None and is_unit_admin(user, application.organization)


def applicants(application: Application) -> list:
    unit = application.organization
    people = people_in(unit, Membership.Role.UNIT_ADMIN) if unit else []
    return people + [application.applicant] if application.applicant else people


def _keepers(platform: InnovationPlatform) -> list:
    return people_in(platform.organization, Membership.Role.UNIT_ADMIN, Membership.Role.SUB_USER)


applicant = Role(_("申请人"), is_applicant, people=applicants)
platform_keeper = Role(
    _("单位管理员"), lambda platform, user: is_unit_admin(user, platform.organization), people=_keepers
)
binder = Role(_("申请人"), lambda binding, user: binding.person_id == user.pk, people=lambda binding: [binding.person])
