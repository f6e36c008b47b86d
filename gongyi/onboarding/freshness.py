"""When a unit's information falls due: a year after its last update or confirmation, counted in days in Shanghai (S1-36).

The due day is the last one on which everything works; from 0:00 of the next one the unit must update first.
"""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.kit.refusal import Refused
from gongyi.organizations.models import Organization, UnitRules


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


def refusal(unit: Organization, rules: UnitRules) -> Refused:
    """What everybody is told who wants to do something for an overdue unit."""
    words = {"unit": unit.name, "days": rules.refresh_after_days}
    return Refused(
        _("「%(unit)s」的单位信息已超过 %(days)s 天没有更新，更新前不能进行其他操作。") % words,
        code="update_first",
        remedy=_("请单位管理员登录网站，在「单位基本信息」中确认或更新。"),
    )


def refused_to(user: Any) -> Refused | None:
    """Why `user` may write nothing through a program: every unit they belong to is overdue. Programs choose no unit, so
    one that is up to date suffices; who belongs to none is never refused, nor is a platform administrator.
    """
    if user.is_staff:
        return None
    own = Organization.objects.active().filter(memberships__user_id=user.pk, memberships__ended_at=None).distinct()
    units = list(own.only("name", "info_confirmed_at"))
    if not units or any(unit.info_confirmed_at is None for unit in units):
        return None
    rules = UnitRules.current()
    limit = confirmed_before(timezone.localdate(), rules)
    return refusal(units[0], rules) if all(unit.info_confirmed_at < limit for unit in units) else None
