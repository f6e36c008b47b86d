"""Booked time for tests. Everything goes through the product's own doors, under a clock that stands still where asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from gongyi.accounts.models import User
from gongyi.catalog.models import Instrument
from gongyi.ledger.models import PaymentAccount
from gongyi.organizations.models import Organization
from gongyi.reservations import services
from gongyi.reservations.models import BookingRules, OpeningHours, Qualification, Reservation
from gongyi.reservations.workflow import ReservationFlow
from gongyi.workflow import SYSTEM
from tests.factories import catalog, ledger
from tests.factories.accounts import person
from tests.factories.organizations import organization

ALWAYS = tuple((weekday, 0, 1440) for weekday in range(1, 8))
Level = Qualification.Level


def at(day: date | int, clock: str = "0:00") -> datetime:
    """A local moment: `at(3, "14:00")` is 14:00 in three days."""
    if isinstance(day, int):
        day = timezone.localdate() + timedelta(days=day)
    hour, minute = map(int, clock.split(":"))
    extra = timedelta(days=1) if hour == 24 else timedelta()
    return timezone.make_aware(datetime.combine(day, time(hour % 24, minute))) + extra


@contextmanager
def clock(monkeypatch: Any, moment: datetime) -> Iterator[None]:
    """Inside, it is `moment` for everything that asks `timezone.now()`."""
    with monkeypatch.context() as patch:
        patch.setattr(timezone, "now", lambda: moment)
        yield


def rules(scope: Instrument | Organization | None = None, *, hours: tuple = (), **fields: Any) -> BookingRules:
    """Set rules of an instrument, an organization or (None) the site; `hours` are (weekday, opens, closes) in minutes."""
    key = {
        "instrument": scope if isinstance(scope, Instrument) else None,
        "organization": scope if isinstance(scope, Organization) else None,
    }
    row, _created = BookingRules.objects.update_or_create(**key, defaults=fields)
    if hours:
        row.opening_hours.all().delete()
        OpeningHours.objects.bulk_create(
            OpeningHours(rules=row, weekday=day, opens_minute=opens, closes_minute=closes)
            for day, opens, closes in hours
        )
    return row


@dataclass
class Place:
    """An instrument with its manager, a qualified person and the account that pays: what a booking needs."""

    instrument: Instrument
    manager: User
    user: User
    account: PaymentAccount

    def reserve(self, starts_at: datetime, minutes: int = 60, **fields: Any) -> Reservation:
        return services.reserve(**self.wish(starts_at, minutes) | fields)

    def wish(self, starts_at: datetime, minutes: int = 60) -> dict[str, Any]:
        """The arguments of a booking by the person themself."""
        return {
            "instrument": self.instrument,
            "user": self.user,
            "actor": self.user,
            "account": self.account,
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(minutes=minutes),
        }


def place(
    *,
    level: int = Level.SENIOR,
    balance: Any = 10000,
    hourly_rate: Any = 300,
    always_open: bool = True,
    **rule_fields: Any,
) -> Place:
    """A bookable instrument, open day and night unless told otherwise, whose qualified user books without review."""
    unit = organization()
    manager, user = person("周敏", office_phone="0571-86541234"), person("林知远")
    made = catalog.instrument("场发射透射电子显微镜", unit=unit, managers=(manager,), hourly_rate=hourly_rate)
    rules(made, hours=ALWAYS if always_open else (), **rule_fields)
    if level:
        qualified(made, user, level, by=manager)
    account = ledger.payment_account("先进储能材料课题组", unit=unit, members=(user,), balance=balance)
    return Place(made, manager, user, account)


def qualified(
    instrument: Instrument, user: User, level: int = Level.NORMAL, *, by: User, **fields: Any
) -> Qualification:
    return Qualification.objects.create(instrument=instrument, user=user, level=level, granted_by=by, **fields)


def another(place: Place, name: str = "孙悦", level: int = Level.SENIOR) -> User:
    """Another person who may book there, in the same group."""
    user = person(name)
    qualified(place.instrument, user, level, by=place.manager)
    place.account.members.create(user=user)
    return user


def reservation(
    monkeypatch: Any, place: Place, status: str, starts_at: datetime | None = None, minutes: int = 120
) -> Reservation:
    """A reservation that came to `status` the way reservations do, at a clock that was moved for each step."""
    start = starts_at or at(2, "10:00")
    end = start + timedelta(minutes=minutes)
    pending = status in ("pending", "rejected")
    rules(place.instrument, review_senior=pending)
    with clock(monkeypatch, start - timedelta(days=2)):
        made = place.reserve(start, minutes)
    rules(place.instrument, review_senior=False)
    path = {
        "pending": [],
        "valid": [],
        "rejected": [("reject", place.manager, start - timedelta(days=1), {"reason": "样品有磁性"})],
        "cancelled": [("cancel", place.user, start - timedelta(days=2), {})],
        "in_use": [("check_in", place.user, start, {})],
        "completed": [("check_in", place.user, start, {}), ("check_out", place.user, end, {})],
        "no_show": [("miss", None, end, {})],
    }[status]
    for step, actor, moment, data in path:
        with clock(monkeypatch, moment):
            ReservationFlow.fire(made, step, actor=actor or SYSTEM, **data)
    made.refresh_from_db()
    return made
