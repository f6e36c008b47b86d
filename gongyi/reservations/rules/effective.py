"""The booking rules that hold for one instrument: its own, else its organization's, else the site's, field by field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from gongyi.reservations.models import BookingRules
from gongyi.reservations.rules.time import Hours


class Limit(NamedTuple):
    """How much one person or one paying group may have booked in one period on one instrument."""

    name: str
    whose: str  # person | group
    what: str  # hours | bookings
    period: str  # day | week | month
    label: Any


_WHOSE = {"person": _("每人"), "group": _("每课题组")}
_PERIODS = {"day": _("每天"), "week": _("每周"), "month": _("每月")}
LIMITS = tuple(
    Limit(f"{whose}_{what}_per_{period}", whose, what, period, (_WHOSE[whose], _PERIODS[period]))
    for whose in ("person", "group")
    for what in ("hours", "bookings")
    for period in ("day", "week", "month")
)
SCOPES = ("instrument", "organization", "site")


@dataclass(frozen=True)
class EffectiveRules:
    """Every booking rule of one instrument with nothing left to inherit; a limit that is None does not limit.

    `sources` names the scope each value came from (instrument, organization, site, or default).
    """

    slot_minutes: int
    min_minutes: int
    max_minutes: int
    horizon_days: int
    min_notice_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    cancel_deadline_minutes: int
    late_cancel_percent: int
    review_normal: bool
    review_senior: bool
    pending_expires_minutes: int
    early_check_in_minutes: int
    no_show_after_minutes: int
    walk_up: bool
    minimum_bill_minutes: int
    offline_after_minutes: int
    person_hours_per_day: Decimal | None = None
    person_hours_per_week: Decimal | None = None
    person_hours_per_month: Decimal | None = None
    person_bookings_per_day: int | None = None
    person_bookings_per_week: int | None = None
    person_bookings_per_month: int | None = None
    group_hours_per_day: Decimal | None = None
    group_hours_per_week: Decimal | None = None
    group_hours_per_month: Decimal | None = None
    group_bookings_per_day: int | None = None
    group_bookings_per_week: int | None = None
    group_bookings_per_month: int | None = None
    opening_hours: tuple[Hours, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict, compare=False)

    def limits(self, whose: str) -> bool:
        """Whether any limit is set for each `person` or paying `group`."""
        return any(getattr(self, limit.name) is not None for limit in LIMITS if limit.whose == whose)

    @property
    def before(self) -> timedelta:
        return timedelta(minutes=self.buffer_before_minutes)

    @property
    def after(self) -> timedelta:
        return timedelta(minutes=self.buffer_after_minutes)


RULE_FIELDS = (*BookingRules.DEFAULTS, *(limit.name for limit in LIMITS))
_HOURS_FIELDS = frozenset(limit.name for limit in LIMITS if limit.what == "hours")


def resolve(rows: Sequence[Mapping[str, Any] | None], hours: Sequence[Sequence[Hours]]) -> EffectiveRules:
    """The rules that hold, from the rows of instrument, organization and site (None: no row) and their opening hours.

    Field by field the narrowest scope that says something decides; the opening hours are taken whole from the narrowest
    scope that has any.
    """
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for name in RULE_FIELDS:
        for scope, row in zip(SCOPES, rows, strict=True):
            if row is not None and row[name] is not None:
                value = row[name]
                values[name] = Decimal(str(value)) if name in _HOURS_FIELDS else value
                sources[name] = scope
                break
        else:
            values[name] = BookingRules.DEFAULTS.get(name)
            sources[name] = "default"
    open_hours: tuple[Hours, ...] = ()
    for scope, week in zip(SCOPES, hours, strict=True):
        if week:
            open_hours = tuple(sorted((int(d), int(a), int(b)) for d, a, b in week))
            sources["opening_hours"] = scope
            break
    return EffectiveRules(**values, opening_hours=open_hours, sources=sources)
