"""What approvals of applications have in common: the unit, what it says of itself, its contacts, capacity and administrator.

All run inside the step that approves, so that all of it happens or nothing; each may raise Refused with a sentence.
"""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.accounts.models import User
from gongyi.accounts.services import send_activation
from gongyi.audit.services import record
from gongyi.kit.pinyin import initials
from gongyi.kit.refusal import Refused
from gongyi.onboarding.models import Application
from gongyi.organizations.models import ContactPerson, Membership, Organization, Participation, UnitProfile
from gongyi.organizations.queries import place_of
from gongyi.organizations.rules import is_unit_admin
from gongyi.organizations.services import add_member, add_organization, set_roles

CODE_MOST, CODE_FROM_NAME = 12, 6  # characters of a unit's code prefix; how many of them come from its name
FALLBACK_CODE = "DW"  # for a name without a Chinese character or Latin letter


def code_prefix(name: str) -> str:
    """A free prefix for the numbers of a unit's instruments: pinyin initials, a digit behind them where taken."""
    letters = "".join(c for c in initials(name).upper() if c.isascii() and c.isalpha())[:CODE_FROM_NAME]
    stem = letters if len(letters) > 1 else FALLBACK_CODE
    taken = set(Organization.objects.filter(code__startswith=stem).values_list("code", flat=True))
    number, code = 1, stem
    while code in taken:
        number += 1
        code = f"{stem}{number}"[:CODE_MOST]
    return code


def unit_with(uscc: str) -> Organization | None:
    """The unit on the platform that has this code."""
    return Organization.objects.filter(uscc=uscc).first() if uscc else None


def create_or_update_organization(application: Application, *, actor: Any, **fields: Any) -> Organization:
    """Create the unit an application is about, or bring its own unit up to date; `fields` are columns of Organization.

    `fields` must have name, uscc and kind (which only a new unit takes over). The unit of the application is changed;
    else one that has the code is used only if the applicant administers it (it joins in one more capacity), and refused
    otherwise: somebody else joined with the code meanwhile. A name another unit has is refused.
    """
    uscc, name = fields["uscc"], fields["name"]
    existing = application.organization or unit_with(uscc)
    if existing is not None:
        existing = Organization.objects.select_for_update(no_key=True).get(pk=existing.pk)
        if application.organization_id is None and not is_unit_admin(application.applicant, existing):
            raise Refused(
                _("统一社会信用代码 %(uscc)s 已由「%(unit)s」使用，不能再以同一代码入网。")
                % {"uscc": uscc, "unit": existing.name},
                code="code_taken",
                remedy=_("请退回，由该单位的管理员办理，或申请绑定该单位。"),
            )
    try:
        with transaction.atomic():
            if existing is None:
                return add_organization(actor=actor, code=code_prefix(name), **fields)
            return _change(existing, actor, fields)
    except IntegrityError as clash:
        raise Refused(
            _("单位名称「%(name)s」或统一社会信用代码 %(uscc)s 已由另一家单位使用。") % {"name": name, "uscc": uscc},
            code="name_taken",
            remedy=_("请退回，核对后重新提交。"),
        ) from clash


def _change(organization: Organization, actor: Any, fields: dict[str, Any]) -> Organization:
    fields = {name: value for name, value in fields.items() if name != "kind"}  # the platform administrator's to change
    before = {name: getattr(organization, name) for name in fields}
    changed = [name for name, value in fields.items() if before[name] != value]
    if changed:
        for name in changed:
            setattr(organization, name, fields[name])
        organization.save(update_fields=changed)
        record(
            actor, organization, _("变更单位资料"), before={n: _plain(before[n]) for n in changed},
            after={n: _plain(fields[n]) for n in changed},
        )  # fmt: skip
    return organization


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | bool | list | None) else str(value)


def update_profile(organization: Organization, **fields: Any) -> UnitProfile:
    """Write these columns of the unit's profile and leave the others, which another way in may have filled."""
    profile, _created = UnitProfile.objects.update_or_create(organization=organization, defaults=fields)
    return profile


def set_contact(
    organization: Organization, duty: str, *, name: str, phone: str = "", email: str = "", position: str = ""
) -> ContactPerson | None:
    """Make this person the contact for `duty` from now on; the one before stays in the history. No name: nobody any more."""
    told = {"name": name, "phone": phone, "email": email, "position": position}
    present = ContactPerson.objects.filter(organization=organization, duty=duty, until=None).first()
    if present and all(getattr(present, field) == value for field, value in told.items()):
        return present
    now = timezone.now()
    if present:
        present.until = now
        present.save(update_fields=["until"])
    return ContactPerson.objects.create(organization=organization, duty=duty, since=now, **told) if name else None


def join_capacity(organization: Organization, capacity: str) -> Participation:
    """Let the unit take part in this capacity from now on, unless it does already."""
    participation, _created = Participation.objects.get_or_create(
        organization=organization, capacity=capacity, ended_at=None, defaults={"since": timezone.now()}
    )
    return participation


def make_administrator(organization: Organization, user: User, *, actor: Any, opening: str = "") -> None:
    """Make `user` administrator of the unit, beside the roles they hold there. An account opened by a visitor's
    application becomes usable now: a link to set the first password goes out by text message and mail, never a
    password (S3-33); `opening` begins that message."""
    places = place_of(user, organization)
    held = {place.role for place in places}
    if not held:
        add_member(organization=organization, user=user, actor=actor, roles=[Membership.Role.UNIT_ADMIN])
    elif Membership.Role.UNIT_ADMIN not in held:
        roles = {*held, Membership.Role.UNIT_ADMIN}
        set_roles(organization=organization, user=user, actor=actor, roles=roles, department=places[0].department)
    if not user.is_active and not user.has_usable_password():
        User.objects.filter(pk=user.pk).update(is_active=True)
        user.is_active = True
        record(actor, user, _("开通账号"), before={"is_active": False}, after={"is_active": True})
        send_activation(user, by_phone=True, body_prefix=opening)
