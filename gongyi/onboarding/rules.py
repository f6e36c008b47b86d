"""Who stands to an application, a platform or a binding in which way."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gongyi.kit.refusal import Refused
from gongyi.onboarding.models import Application, Binding, InnovationPlatform
from gongyi.organizations.models import Membership, Organization
from gongyi.organizations.rules import is_unit_admin, member_of, people_in
from gongyi.workflow import Role


def is_applicant(application: Application, user: Any) -> bool:
    """Who filled it in, and whoever administers the unit it is about."""
    if application.applicant_id == user.pk:
        return True
    return application.organization is not None and is_unit_admin(user, application.organization)


def may_open(application: Application, user: Any) -> bool:
    """Who fills an application in by its link: anybody who has it where a visitor began it, else only its own people."""
    return application.opens_by_link or (user.is_authenticated and is_applicant(application, user))


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


# people and their units


def decides_on_people(binding: Binding) -> Organization | None:
    """Who decides: the unit, while it is active and somebody who may sign in administers it; else the platform (None)."""
    unit = binding.organization
    is_active = unit.status == Organization.Status.ACTIVE
    return unit if is_active and people_in(unit, *Membership.ADMINISTERING) else None


def may_ask(binding: Binding, *, actor: Any) -> Refused | None:
    """Joining: an active unit, and no other one yet. Leaving: one belongs there, and is not its last administrator."""
    person, unit = binding.person, binding.organization
    if binding.wish == Binding.Wish.RELEASE:
        return _may_leave(person, unit)
    own = list(Organization.objects.filter(pk__in=_places(person).values("organization")))
    if unit in own:
        return Refused(gettext("您已是「%s」的成员，不需要再申请。") % unit, code="already_member")
    if unit.status != Organization.Status.ACTIVE:
        return Refused(
            gettext("「%(unit)s」%(status)s，不能申请绑定。") % {"unit": unit, "status": unit.get_status_display()}, code="suspended",
            remedy=gettext("请选择其他单位，或联系平台管理员。"),
        )  # fmt: skip
    if own:
        return Refused(
            gettext("您已绑定「%s」。") % own[0], code="bound",
            remedy=gettext("换单位请先申请解除；同时在几个单位任职的，请新单位邀请您加入。"),
        )  # fmt: skip
    waiting = Binding.objects.filter(person=person, wish=Binding.Wish.BIND, status=Binding.Status.PENDING)
    if other := waiting.exclude(pk=binding.pk).select_related("organization").first():
        return Refused(
            gettext("您向「%s」的申请正在审核。") % other.organization, code="waiting",
            remedy=gettext("请等待结果，或先撤回那份申请。"),
        )  # fmt: skip
    return None


def _may_leave(person: Any, unit: Organization) -> Refused | None:
    if not member_of(person, unit):
        return Refused(gettext("您已不在「%s」，不需要再申请解除。") % unit, code="gone")
    administrators = people_in(unit, Membership.Role.UNIT_ADMIN)
    if [user.pk for user in administrators] == [person.pk]:
        return Refused(
            gettext("您是「%s」唯一的单位管理员，单位不能没有管理员。") % unit, code="last_administrator",
            remedy=gettext("请先在「人员与角色」中为另一人勾选「单位管理员」。"),
        )  # fmt: skip
    return None


def _places(person: Any) -> QuerySet[Membership]:
    return Membership.objects.current().filter(user_id=person.pk)
