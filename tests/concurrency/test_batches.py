"""Attacks on batch booking: overlapping sets of instruments at the same time, in every order, beside single bookings.

Two guards: all instruments are locked first in the order of their keys (no circle of waiting), and each one's lock and
constraint (no double booking). Each attack has a twin without the guard that does the damage.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest
from django.db import connection
from django.db.utils import OperationalError

from gongyi.ledger.models import Hold
from gongyi.reservations import queries
from gongyi.reservations.models import Occupancy, Reservation
from gongyi.reservations.queries import booking
from gongyi.reservations.services import Wish, batch, reserve_together
from gongyi.workflow import Refused
from tests.concurrency.test_slots import (
    _without_the_constraint,  # noqa: F401  a fixture
    money_adds_up,
    overlaps,
)
from tests.factories import catalog
from tests.factories.reservations import ALWAYS, another, at, place, qualified, rules

AT_ONCE = 8
MEETING_SECONDS = 5  # how long those who should meet wait for each other
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("_enough_connections")]


@pytest.fixture
def crowd():
    """A place with three more instruments, and people who may book all four."""
    here = place(balance=100_000)
    here.instruments = [here.instrument]
    for number in range(3):
        made = catalog.instrument(f"仪器{number}", unit=here.instrument.organization, hourly_rate=100)
        rules(made, hours=ALWAYS)
        here.instruments.append(made)
    here.people = [another(here, f"人员{number}") for number in range(AT_ONCE)]
    for user in here.people:
        for made in here.instruments[1:]:
            qualified(made, user, 2, by=here.manager)
    return here


def at_once(acts):
    together = Barrier(len(acts))

    def run(act):
        try:
            connection.ensure_connection()
            together.wait()
            return act()
        except (Refused, OperationalError) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def batch_of(here, user, instruments, day=3, **more):
    wishes = [Wish(made, at(day, "10:00"), at(day, "11:00")) for made in instruments]
    return lambda: reserve_together(wishes=wishes, user=user, actor=user, account=here.account, **more)


def turned(items, by):
    """The same items beginning elsewhere, every second time backwards."""
    found = items[by % len(items) :] + items[: by % len(items)]
    return found[::-1] if by % 2 else found


def deadlocks(results) -> int:
    return sum(isinstance(result, OperationalError) for result in results)


def test_overlapping_batches_in_every_order_never_double_book_and_never_deadlock(crowd):
    for day in range(3, 7):
        acts = [
            batch_of(crowd, user, turned(crowd.instruments, number)[:3], day)
            for number, user in enumerate(crowd.people)
        ]
        results = at_once(acts)
        assert deadlocks(results) == 0
        booked = [result for result in results if isinstance(result, list)]
        assert len(booked) == 1  # of four instruments two sets of three always meet
        assert all(isinstance(result, (list, batch.NotAllBookable)) for result in results)
    assert overlaps() == 0
    assert Reservation.objects.count() == Hold.objects.count() == 4 * 3
    assert money_adds_up(crowd.account)


def test_batches_beside_single_bookings_of_the_same_account(crowd):
    """A single booking locks its instrument and then the account, which a batch holds while it goes on to its next instrument."""
    acts = [
        batch_of(crowd, user, turned(crowd.instruments, number)) if number % 2 else single(crowd, user, number)
        for number, user in enumerate(crowd.people)
    ]
    results = at_once(acts)
    assert deadlocks(results) == 0
    assert overlaps() == 0
    assert money_adds_up(crowd.account)


def single(here, user, number):
    made = here.instruments[number // 2]
    return lambda: here.reserve(at(3, "10:00"), 60, instrument=made, user=user, actor=user)


def test_by_choice_two_sets_are_shared_out_without_doubling(crowd):
    acts = [
        batch_of(crowd, user, turned(crowd.instruments, number), partial=True)
        for number, user in enumerate(crowd.people)
    ]
    results = at_once(acts)
    assert deadlocks(results) == 0
    assert (Reservation.objects.count(), overlaps()) == (4, 0)
    assert Occupancy.objects.filter(holds=True).count() == 4


@pytest.fixture
def _each_booked_one_before_the_next(monkeypatch):
    """Without the locks taken first, both batches hold their first instrument before either asks for its second."""
    met = Barrier(2)
    reserve = batch.reserve

    def one_then_meet(**arguments):
        made = reserve(**arguments)
        with suppress(BrokenBarrierError):  # the other one waits for an instrument, or is through
            met.wait(MEETING_SECONDS)
        return made

    monkeypatch.setattr(batch, "lock_instruments", lambda keys: None)
    monkeypatch.setattr(batch, "reserve", one_then_meet)


@pytest.mark.usefixtures("_each_booked_one_before_the_next")
def test_twin_without_the_order_of_locks_two_batches_wait_in_a_circle(crowd):
    """Each has an account of its own, so that nothing but the instruments stands between them."""
    first, second = crowd.instruments[:2]
    one, other = crowd.people[:2]
    their_own = place().account
    type(their_own).objects.filter(pk=their_own.pk).update(organization=crowd.instrument.organization)
    their_own.refresh_from_db()
    their_own.members.create(user=other)
    wishes = [Wish(made, at(3, "10:00"), at(3, "11:00")) for made in (second, first)]
    results = at_once(
        [
            batch_of(crowd, one, [first, second]),
            lambda: reserve_together(wishes=wishes, user=other, actor=other, account=their_own),
        ]
    )
    assert deadlocks(results) == 1
    assert "deadlock" in str(next(result for result in results if isinstance(result, OperationalError)))


@pytest.mark.usefixtures("_without_the_constraint")
def test_twin_without_any_lock_and_constraint_everybody_gets_everything(crowd, monkeypatch):
    everyone_has_read = Barrier(AT_ONCE)
    load = booking.load_case

    def read_together(**arguments):
        case = load(**arguments | {"lock": False})
        everyone_has_read.wait()
        return case

    monkeypatch.setattr(queries, "load_case", read_together)
    monkeypatch.setattr(batch, "lock_instruments", lambda keys: None)
    results = at_once([batch_of(crowd, user, [crowd.instrument]) for user in crowd.people])
    assert all(isinstance(result, list) for result in results)
    assert overlaps() == AT_ONCE * (AT_ONCE - 1) // 2
