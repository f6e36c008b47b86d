"""What decides over a booking, as pure functions: effective rules, open and free time, and one answer for each rule."""

from gongyi.reservations.rules.answers import Answer, NotBookable, waived_among
from gongyi.reservations.rules.booking import BOOKING, MOVING, WALK_UP, Advice, Booking, evaluate, review_needed
from gongyi.reservations.rules.effective import LIMITS, EffectiveRules, Limit, resolve
from gongyi.reservations.rules.people import booker, is_manager, manager
from gongyi.reservations.rules.time import Span, first_fit, grid_ceil, merge, open_spans, subtract

__all__ = [
    "BOOKING", "LIMITS", "MOVING", "WALK_UP", "Advice", "Answer", "Booking", "EffectiveRules", "Limit", "NotBookable", "Span", "booker",
    "evaluate", "first_fit", "grid_ceil", "is_manager", "manager", "merge", "open_spans", "resolve", "review_needed",
    "subtract", "waived_among",
]  # fmt: skip
