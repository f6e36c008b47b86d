"""Attack on an instrument's last bookings: many people book while it is disabled, all in the same moment (S1-89).

Whoever came before is cancelled, whoever came after is refused: nobody is left with a valid booking of an instrument that
is out of use, or with money held for one. The twin takes the instrument's lock away and finds such a booking.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from gongyi.catalog.models import Instrument
from gongyi.catalog.workflow import InstrumentFlow
from gongyi.kit.refusal import Refused
from gongyi.ledger.models import Hold
from gongyi.reservations import endings, queries
from gongyi.reservations.models import Occupancy, Reservation
from gongyi.reservations.queries import booking
from tests.factories.reservations import another, at, place

BOOKERS = 7
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("_enough_connections")]


@pytest.fixture
def _enough_connections(monkeypatch):
    """Threads of one process share a pool of eight; here all shall be inside at once."""
    connection.close()
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "pool", False)
    yield
    connection.close()


def all_at_once(acts: list[Callable]) -> list:
    """What each act brought when they begin together: its result, or the refusal."""
    together = Barrier(len(acts))

    def run(act):
        try:
            connection.ensure_connection()
            together.wait()
            return act()
        except Refused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def attack(here) -> list:
    people = [another(here, f"人员{number}") for number in range(BOOKERS)]
    bookings = [
        lambda user=user, day=day: here.reserve(at(day, "14:00"), user=user, actor=user)
        for day, user in enumerate(people, start=2)
    ]
    disabling = lambda: InstrumentFlow.fire(here.instrument, "disable", actor=here.manager, reason="搬迁")  # noqa: E731
    return all_at_once([*bookings[:3], disabling, *bookings[3:]])


def left_over() -> tuple[int, int, int]:
    """Bookings that still hold, times still held, money still held."""
    return (
        Reservation.objects.filter(status__in=("pending", "valid")).count(),
        Occupancy.objects.filter(holds=True).count(),
        Hold.objects.filter(settled_at=None).count(),
    )


@pytest.mark.parametrize("attempt", range(3))
def test_no_booking_outlives_the_instrument(attempt):
    here = place()
    results = attack(here)
    assert Instrument.objects.get().status == "disabled"
    assert left_over() == (0, 0, 0)
    made = [result for result in results if isinstance(result, Reservation)]
    assert Reservation.objects.filter(status="cancelled").count() == len(made)
    assert len(made) + sum(isinstance(result, Refused) for result in results) == BOOKERS


def test_without_the_lock_a_booking_is_left_over(monkeypatch):
    """The twin: everybody has read that the instrument is published before it is disabled, and nobody waits for anybody."""
    here = place()
    everyone_has_read, cancelled = Barrier(BOOKERS + 1), Barrier(BOOKERS + 1)
    load, ahead = booking.load_case, endings.ahead

    def read_together(**arguments):
        case = load(**arguments | {"lock": False})
        everyone_has_read.wait()
        cancelled.wait()
        return case

    def look_before_they_book(instrument):
        if instrument.status == "disabled":
            rows = list(ahead(instrument))
            everyone_has_read.wait()
            cancelled.wait()
            return rows
        return ahead(instrument)

    monkeypatch.setattr(queries, "load_case", read_together)
    monkeypatch.setattr(endings, "ahead", look_before_they_book)
    attack(here)
    assert Instrument.objects.get().status == "disabled"
    assert left_over() != (0, 0, 0)
