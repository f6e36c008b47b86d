"""Who stands to a reservation in which way."""

from typing import Any

from django.contrib.auth import get_user_model
from django.utils.translation import gettext_lazy as _

from gongyi.catalog.models import Instrument
from gongyi.organizations.models import Department, Membership
from gongyi.workflow import Role


def is_manager(instrument: Instrument, user: Any) -> bool:
    """Whether a person looks after an instrument: its manager, its laboratory's account, its unit's administrator or
    the platform's.

    Remembered on the user object, which lives as long as one request: a list of reservations asks for each row.
    """
    if user is None or not user.is_authenticated:
        return False
    if user.is_staff:
        return True
    known = user.__dict__.setdefault("_managed_instruments", {})
    if "instruments" not in known:
        known["instruments"] = set(user.instrument_links.values_list("instrument_id", flat=True))
        places = list(user.memberships.filter(ended_at=None).values_list("role", "organization_id"))
        known["organizations"] = {unit for role, unit in places if role in Membership.ADMINISTERING}
        holds = any(role == Membership.Role.LABORATORY for role, _unit in places)
        kept = Department.objects.kept_by(user).values_list("pk", flat=True) if holds else ()
        known["departments"] = set(kept)
    if instrument.pk in known["instruments"]:
        return True
    if known["departments"] and instrument.department_id in known["departments"]:
        return True
    return bool(known["organizations"]) and instrument.organization_id in known["organizations"]


def _managers(reservation: Any) -> list:
    """Those who look after the instrument; its unit's administrators where nobody was named."""
    users = get_user_model().objects.filter(is_active=True)
    named = list(users.filter(instrument_links__instrument=reservation.instrument_id))
    return named or list(
        users.filter(
            memberships__organization=reservation.instrument.organization_id,
            memberships__role__in=Membership.ADMINISTERING,
            memberships__ended_at=None,
        ).distinct()
    )


booker = Role(
    _("预约人"),
    lambda reservation, user: reservation.user_id == user.pk,
    people=lambda reservation: [reservation.user],
)
manager = Role(_("仪器管理员"), lambda reservation, user: is_manager(reservation.instrument, user), people=_managers)
