"""When a unit's information falls due: a year after its last update or confirmation, counted in days in Shanghai (S1-36).

The due day is the last one on which everything works; from 0:00 of the next one the unit must update first.
"""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from gongyi.organizations.models import Membership, Organization, UnitRules


def due_on(organization: Organization, rules: UnitRules) -> date | None:
    """The last day before the update is forced; None for a unit without this duty."""
    if organization.info_confirmed_at is None:
        return None
    return timezone.localdate(organization.info_confirmed_at) + timedelta(days=rules.refresh_after_days)


def days_left(organization: Organization, rules: UnitRules, today: date) -> int | None:
    """Days until the due day, 0 on it, negative when it is over."""
    due = due_on(organization, rules)
    return (due - today).days if due else None


def is_overdue(organization: Organization | None) -> bool:
    """Whether an active unit must update before anything else; no query for units without the duty."""
    if organization is None or organization.info_confirmed_at is None:
        return False
    if organization.status != Organization.Status.ACTIVE:
        return False
    left = days_left(organization, UnitRules.current(), timezone.localdate())
    return left is not None and left < 0


def confirmed_before(today: date, rules: UnitRules, *, days: int = 0) -> datetime:
    """Units whose last update lies before this moment have fewer than `days` days left (0: are overdue) on `today`."""
    day = today + timedelta(days=days) - timedelta(days=rules.refresh_after_days)
    return timezone.make_aware(datetime.combine(day, time.min))


def bound() -> QuerySet[Organization]:
    """The units with the duty that take part now."""
    return Organization.objects.active().filter(info_confirmed_at__isnull=False)


def overdue(today: date, rules: UnitRules) -> QuerySet[Organization]:
    """The units that are blocked on `today`."""
    return bound().filter(info_confirmed_at__lt=confirmed_before(today, rules))


def keeps_up_for(user: Any) -> bool:
    """Whether `user` may write for at least one unit, or belongs to none: what a program without a choice of unit asks."""
    held = Membership.objects.current().filter(user_id=user.pk, organization__status=Organization.Status.ACTIVE)
    dates = set(held.values_list("organization", "organization__info_confirmed_at").distinct())
    if not dates or any(confirmed is None for _unit, confirmed in dates):
        return True
    limit = confirmed_before(timezone.localdate(), UnitRules.current())
    return any(confirmed >= limit for _unit, confirmed in dates)
