"""Reads that join or compute: a booking's case, effective rules, free time, calendars and the manager's desk."""

from gongyi.reservations.queries.booking import (
    Account,
    Case,
    DefaultAccount,
    answers_of,
    check_booking,
    estimate_of,
    impossible_period,
    load_case,
    managers_of,
)
from gongyi.reservations.queries.calendar import calendar_events, masked, timeline
from gongyi.reservations.queries.desk import (
    CancellationTerms,
    DeskStats,
    cancellation_terms,
    hit_by,
    late_fee,
    managed_reservations,
    overtime_minutes,
    overtime_of,
    pending_for,
    stats,
    today_of,
)
from gongyi.reservations.queries.effective import (
    effective_rules,
    effective_rules_of,
    open_ranges,
    qualification_levels,
    rules_of,
    with_rules,
)
from gongyi.reservations.queries.free import (
    common_free,
    day_scales,
    free_between,
    free_of_days,
    free_slots,
    held,
    nearest_free,
)

__all__ = [
    "Account", "CancellationTerms", "Case", "DefaultAccount", "DeskStats", "answers_of", "calendar_events", "cancellation_terms", "check_booking",
    "common_free", "day_scales", "effective_rules", "effective_rules_of", "estimate_of", "free_between", "free_of_days", "free_slots", "held",
    "hit_by", "impossible_period", "late_fee", "load_case", "managed_reservations", "managers_of", "masked", "nearest_free", "open_ranges",
    "overtime_minutes", "overtime_of", "pending_for", "qualification_levels", "rules_of", "stats", "timeline", "today_of",
    "with_rules",
]  # fmt: skip
