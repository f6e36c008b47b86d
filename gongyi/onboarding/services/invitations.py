"""Inviting people into a unit by link or by mail, and accepting; a link takes in exactly as many as it says."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db import models, transaction
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from procrastinate.contrib.django import app

from gongyi.accounts.models import User
from gongyi.audit.services import record
from gongyi.kit.refusal import Refused
from gongyi.kit.when import format_when
from gongyi.notifications.services import notify, register_kind
from gongyi.onboarding.models import Invitation
from gongyi.organizations.models import Department, Membership, Organization
from gongyi.organizations.rules import may_manage
from gongyi.organizations.services import add_member, set_roles

INVITATION = "onboarding.invitation"
INVITATION_MAIL = "onboarding.send_invitation"  # the task of tasks.py, by name
Role = Membership.Role
INVITED_AS = (Role.UNIT_ADMIN, Role.FINANCE, Role.REVIEWER)  # besides being a member

register_kind(INVITATION, gettext_lazy("单位邀请"))


class State(models.TextChoices):
    """What a link is good for now."""

    USABLE = "usable", gettext_lazy("有效")
    USED_UP = "used_up", gettext_lazy("已用完")
    EXPIRED = "expired", gettext_lazy("已过期")
    REVOKED = "revoked", gettext_lazy("已撤销")


TONES = {State.USABLE: "ok", State.USED_UP: "done", State.EXPIRED: "idle", State.REVOKED: "idle sq"}


def state_of(invitation: Invitation, now: datetime | None = None) -> State:
    """Revoked stays revoked; used up comes before expired, because it did what it was for."""
    if invitation.revoked_at is not None:
        return State.REVOKED
    if invitation.uses_left == 0:
        return State.USED_UP
    return State.EXPIRED if invitation.expires_at <= (now or timezone.now()) else State.USABLE


def in_state(state: str, now: datetime) -> Q:
    """The condition of a list's filter."""
    return {
        State.REVOKED: Q(revoked_at__isnull=False),
        State.USED_UP: Q(revoked_at=None, uses_left=0),
        State.EXPIRED: Q(revoked_at=None, uses_left__gt=0, expires_at__lte=now),
        State.USABLE: Q(revoked_at=None, uses_left__gt=0, expires_at__gt=now),
    }[State(state)]


def why_unusable(invitation: Invitation) -> str:
    """The sentence for whoever opens a link that is no longer good; "" for one that is."""
    unit = invitation.organization
    sentences = {
        State.REVOKED: _("这份邀请已由%s撤销。") % unit,
        State.USED_UP: _("这份邀请的名额已经用完。"),
        State.EXPIRED: _("这份邀请已于 %s 过期。") % format_when(invitation.expires_at, full=True),
    }
    if unit.status != Organization.Status.ACTIVE:
        return _("「%(unit)s」%(status)s，暂时不能加入。") % {"unit": unit, "status": unit.get_status_display()}
    return sentences.get(state_of(invitation), "")


def link_of(invitation: Invitation) -> str:
    """What is handed out."""
    return f"{settings.SITE_URL}{reverse('onboarding:invited', args=[invitation.secret])}"


@transaction.atomic
def invite(
    *, organization: Organization, actor: User, days: int, uses: int = 1, roles: Iterable[str] = (),
    department: Department | None = None, email: str = "",
) -> Invitation:  # fmt: skip
    """Make a link that takes `uses` people into the unit within `days` days, each in `roles`.

    Refuses who may not manage the unit's people, a sub-user who would appoint an administrator, and such a link for more
    than one person.
    """
    roles = [role for role in INVITED_AS if role in set(roles)]
    _check(organization, actor, roles, uses)
    if department is not None and department.organization_id != organization.pk:
        raise Refused(_("「%s」不属于这个单位，请重新选择。") % department, code="no_department")
    made = Invitation.objects.create(
        organization=organization, department=department, roles=roles, email=email, invited_by=actor, uses_left=uses,
        expires_at=timezone.now() + timedelta(days=days),
    )  # fmt: skip
    record(actor, made, _("发出邀请"), after={"uses": uses, "days": days, "roles": roles, "email": email})
    return made


@transaction.atomic
def invite_by_mail(
    *, organization: Organization, actor: User, emails: Iterable[str], days: int, roles: Iterable[str] = (),
    department: Department | None = None,
) -> list[Invitation]:  # fmt: skip
    """Mail each address a link of its own, good once; an earlier one to the same address is revoked."""
    emails = list(dict.fromkeys(emails))
    now = timezone.now()
    earlier = Invitation.objects.usable(now).filter(organization=organization, email__in=emails)
    earlier.update(revoked_at=now)
    made = [
        invite(organization=organization, actor=actor, days=days, roles=roles, department=department, email=email)
        for email in emails
    ]
    for invitation in made:
        app.configure_task(INVITATION_MAIL).defer(invitation_pk=invitation.pk)
    return made


def send_invitation(invitation_pk: int) -> bool:
    """Mail the link to its address; False when it is no longer good."""
    invitation = Invitation.objects.select_related("organization", "invited_by").filter(pk=invitation_pk).first()
    if invitation is None or not invitation.email or why_unusable(invitation):
        return False
    context = {
        "invitation": invitation,
        "as_what": roles_in_words(invitation.roles),
        "link": link_of(invitation),
        "until": format_when(invitation.expires_at, full=True),
        "site_name": settings.SITE_NAME,
    }
    subject = _("%(unit)s邀请您加入%(site)s") % {"unit": invitation.organization.name, "site": settings.SITE_NAME}
    send_mail(subject, render_to_string("onboarding/invitation_mail.txt", context), None, [invitation.email])
    return True


def roles_in_words(roles: Iterable[str]) -> str:
    """「成员、单位管理员」"""
    held = set(roles)
    return "、".join(str(role.label) for role in Role if role == Role.MEMBER or role in held)


@transaction.atomic
def revoke(*, invitation: Invitation, actor: User) -> None:
    """Make the link worthless; who came in by it stays. Refuses one that is worthless already."""
    now = timezone.now()
    if not Invitation.objects.usable(now).filter(pk=invitation.pk).update(revoked_at=now):
        invitation.refresh_from_db()
        raise Refused(_("这份邀请%s，无需撤销。") % state_of(invitation, now).label, code="already_done")
    record(actor, invitation, _("撤销邀请"))
    invitation.revoked_at = now


@transaction.atomic
def accept(*, invitation: Invitation, user: User) -> None:
    """Take `user` into the unit as the invitation says, and use it up by one.

    Refuses a link that is expired, revoked or used up, also when others were faster by a moment, and people who are all
    of it already: nothing is used up then. Who belongs to the unit gets the roles they lack.
    """
    Organization.objects.select_for_update(no_key=True).get(pk=invitation.organization_id)
    taken = Invitation.objects.usable(timezone.now()).filter(pk=invitation.pk).update(uses_left=F("uses_left") - 1)
    row = Invitation.objects.select_related("organization", "department", "invited_by").get(pk=invitation.pk)
    if not taken or row.organization.status != Organization.Status.ACTIVE:
        raise Refused(why_unusable(row), code="unusable", remedy=_("可以申请绑定该单位，由单位管理员审核。"))
    _take_in(row, user)
    record(user, row, _("接受邀请"), after={"person": user.name, "username": user.username})
    if row.invited_by_id != user.pk:
        notify(
            [row.invited_by],
            title=_("%(name)s 接受邀请，已加入%(unit)s") % {"name": user.name, "unit": row.organization.name},
            body=_("角色：%s。") % roles_in_words(row.roles),
            url=reverse("organizations:people", args=[row.organization_id]),
            kind=INVITATION,
        )


def _take_in(invitation: Invitation, user: User) -> None:
    unit = invitation.organization
    places = Membership.objects.current().filter(organization=unit, user=user)
    held = {place.role: place.department for place in places.select_related("department")}
    if not held:
        add_member(organization=unit, user=user, actor=user, roles=invitation.roles, department=invitation.department)
        return
    if set(invitation.roles) <= set(held):
        raise Refused(
            _("您已是「%(unit)s」的%(roles)s，无需再接受。") % {"unit": unit, "roles": roles_in_words(held)},
            code="already_member",
        )
    department = next((place for place in held.values() if place), invitation.department)
    set_roles(organization=unit, user=user, actor=user, roles={*held, *invitation.roles}, department=department)


def _check(organization: Organization, actor: User, roles: list[str], uses: int) -> None:
    if not may_manage(actor, organization):
        raise Refused(_("只有单位管理员可以邀请人员。"), code="not_allowed")
    if Role.UNIT_ADMIN not in roles:
        return
    held = Membership.objects.current().filter(organization=organization, user=actor, role=Role.UNIT_ADMIN)
    if not (actor.is_staff or held.exists()):
        raise Refused(_("子用户不能任命单位管理员。请由主账号办理。"), code="main_account_only")
    if uses > 1:
        raise Refused(_("含「单位管理员」的邀请只能用 1 次。"), code="too_many_uses")
