"""One booking somebody wants, and everything the rules look at: plain values, loaded by `queries.booking`."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from gongyi.catalog.models import RunningStatus
from gongyi.reservations.models import Qualification
from gongyi.reservations.rules.effective import EffectiveRules
from gongyi.reservations.rules.time import Span

ZERO = Decimal(0)


@dataclass(frozen=True)
class Advice:
    """What remedies name and only refusals need."""

    managers: tuple[tuple[str, str], ...] = ()  # name, telephone
    nearest_free: Span | None = None
    faulty_until: date | None = None


@dataclass(frozen=True)
class Taken:
    """A time somebody else holds, buffers included; `shown` is the reservation's own time."""

    kind: str
    span: Span
    shown: Span
    reason: str = ""
    closure_kind: str = ""


@dataclass(frozen=True)
class Payer:
    """The payment account as far as a booking depends on it; `known_price` is false without a price for its tier."""

    name: str
    active: bool
    of_the_unit: bool
    usable: bool
    spendable: Decimal
    tier_label: str = ""
    known_price: bool = True


@dataclass(frozen=True)
class Booking:
    """One booking somebody wants, and everything the rules look at."""

    now: datetime
    starts_at: datetime
    ends_at: datetime
    rules: EffectiveRules
    published: bool = True
    unit_active: bool = True
    timed_booking: bool = True
    running_status: str = RunningStatus.ONLINE
    instrument_name: str = ""
    level: int = Qualification.Level.NONE
    level_expires_on: date | None = None
    for_myself: bool = True
    by_manager: bool = False  # who looks after the instrument books for somebody: that is the review
    bans: tuple[tuple[str, datetime | None], ...] = ()
    taken: tuple[Taken, ...] = ()
    used: dict[tuple[str, str], tuple[Decimal, int]] = field(default_factory=dict)  # (whose, period) → hours, bookings
    payer: Payer | None = None
    free_of_charge: bool = False
    estimate: Decimal = ZERO
    already_held: Decimal = ZERO  # by this same booking, when it is moved
    advice: Advice | None = None

    @property
    def length(self) -> timedelta:
        return self.ends_at - self.starts_at

    @property
    def minutes(self) -> int:
        return int(self.length.total_seconds() // 60)
