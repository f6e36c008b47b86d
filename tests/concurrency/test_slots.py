"""Attacks on time: many people at one slot, at overlapping slots, and at one booking, all in the same moment.

Each attack has a twin without the guard (lock or constraint) that does the damage, so that we know the attack is one.
"""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Sum
from django.db.utils import OperationalError
from django.utils import timezone

from gongyi.ledger.models import Entry, Hold, PaymentAccount
from gongyi.reservations import queries, services
from gongyi.reservations.models import Occupancy, Reservation
from gongyi.reservations.queries import booking
from gongyi.reservations.services import NotBookable
from gongyi.reservations.workflow import ReservationFlow
from gongyi.workflow import Refused
from tests.factories.reservations import another, at, place

AT_ONCE = 16
S = Reservation.Status
fire = ReservationFlow.fire
pytestmark = pytest.mark.django_db(transaction=True)

ADD_CONSTRAINT = """
ALTER TABLE reservations_occupancy ADD CONSTRAINT occupancy_never_overlaps EXCLUDE USING gist
    (int8range(instrument_id, instrument_id, '[]') WITH &&, during WITH &&) WHERE (holds)
"""


@pytest.fixture
def set_clock(monkeypatch):
    """`set_clock(moment)`: from now on it is that moment, in every thread."""
    return lambda moment: monkeypatch.setattr(timezone, "now", lambda: moment)


@pytest.fixture
def _without_the_constraint(_enough_connections):
    """The exclusion constraint dropped; the test empties the table before it is put back."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE reservations_occupancy DROP CONSTRAINT occupancy_never_overlaps")
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE reservations_occupancy")
        cursor.execute(ADD_CONSTRAINT)


@pytest.fixture
def _without_the_lock(_enough_connections, monkeypatch):
    """Everybody has read the instrument's state before anybody writes, and nobody waits for anybody."""
    everyone_has_read = Barrier(AT_ONCE)
    load = booking.load_case

    def read_together(**arguments):
        case = load(**arguments | {"lock": False})
        everyone_has_read.wait()
        return case

    monkeypatch.setattr(queries, "load_case", read_together)


def all_at_once(acts: list[Callable]) -> list:
    """What each act brought when they begin together: its result, or the refusal."""
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


def done(results: list) -> list:
    return [result for result in results if isinstance(result, Reservation)]


def overlaps() -> int:
    """Pairs of rows that hold the same time of one instrument."""
    rows = list(Occupancy.objects.filter(holds=True).order_by("pk"))
    return sum(
        a.instrument_id == b.instrument_id and a.during.lower < b.during.upper and b.during.lower < a.during.upper
        for number, a in enumerate(rows)
        for b in rows[number + 1 :]
    )


def money_adds_up(account: PaymentAccount) -> bool:
    """What is held is what open holds say, and every transaction sums to zero."""
    account.refresh_from_db()
    held = Hold.objects.filter(account=account, settled_at=None).aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    return (
        account.held == held
        and not Entry.objects.values("transaction").annotate(sum=Sum("amount")).exclude(sum=0).exists()
    )


def crowd(here) -> list:
    return [another(here, f"人员{number}") for number in range(AT_ONCE)]


# ── one slot ──


def test_sixteen_people_at_one_slot_one_gets_it():
    here = place(buffer_after_minutes=15)
    results = all_at_once(
        [lambda user=user: here.reserve(at(3, "14:00"), user=user, actor=user) for user in crowd(here)]
    )
    assert len(done(results)) == 1
    refusals = [result for result in results if isinstance(result, NotBookable)]
    assert len(refusals) == AT_ONCE - 1
    assert {answer.rule for refusal in refusals for answer in refusal.standing} == {"free"}
    assert all("最近空闲：" in str(refusal) for refusal in refusals)
    assert (Reservation.objects.count(), Occupancy.objects.count(), Hold.objects.count()) == (1, 1, 1)
    assert money_adds_up(here.account)


@pytest.mark.usefixtures("_without_the_lock")
def test_twin_without_the_lock_the_constraint_still_lets_one_through():
    """Two guards: without the lock the rules see free time sixteen times, and the database refuses fifteen."""
    here = place()
    results = all_at_once(
        [lambda user=user: here.reserve(at(3, "14:00"), user=user, actor=user) for user in crowd(here)]
    )
    assert (len(done(results)), overlaps()) == (1, 0)
    refusals = [result for result in results if isinstance(result, NotBookable)]
    assert {refusal.code for refusal in refusals} == {"taken"}
    assert all("这个时段刚刚被别人约走了。最近空闲：" in str(refusal) for refusal in refusals)


@pytest.mark.usefixtures("_without_the_lock", "_without_the_constraint")
def test_twin_without_lock_and_constraint_all_sixteen_get_it():
    """The attack is real: with neither guard everybody is told that the slot is theirs."""
    here = place()
    results = all_at_once(
        [lambda user=user: here.reserve(at(3, "14:00"), user=user, actor=user) for user in crowd(here)]
    )
    assert (len(done(results)), overlaps()) == (AT_ONCE, AT_ONCE * (AT_ONCE - 1) // 2)


@pytest.mark.usefixtures("_without_the_constraint")
def test_the_lock_alone_lets_one_through_as_well():
    here = place()
    results = all_at_once(
        [lambda user=user: here.reserve(at(3, "14:00"), user=user, actor=user) for user in crowd(here)]
    )
    assert (len(done(results)), overlaps()) == (1, 0)


# ── overlapping slots ──


def test_overlapping_slots_never_overlap_afterwards():
    here = place(buffer_before_minutes=10, buffer_after_minutes=20)
    users, dice = crowd(here), random.Random(7)
    for _round in range(4):
        wishes = [(at(3) + timedelta(minutes=30 * dice.randrange(30)), 30 * dice.randrange(1, 9)) for _ in users]
        all_at_once(
            [
                lambda user=user, wish=wish: here.reserve(*wish, user=user, actor=user)
                for user, wish in zip(users, wishes, strict=True)
            ]
        )
    assert overlaps() == 0
    assert Reservation.objects.count() > 4
    assert Reservation.objects.count() == Occupancy.objects.filter(holds=True).count() == Hold.objects.count()
    assert money_adds_up(here.account)


@pytest.mark.usefixtures("_without_the_lock", "_without_the_constraint")
def test_twin_overlapping_slots_overlap_without_the_guards():
    here = place()
    users = crowd(here)
    acts = [
        lambda user=user, n=number: here.reserve(at(3, "8:00") + timedelta(minutes=30 * n), 120, user=user, actor=user)
        for number, user in enumerate(users)
    ]
    all_at_once(acts)
    assert overlaps() > 0


def test_limits_hold_against_many_windows_of_one_person():
    here = place(person_hours_per_day=3)
    results = all_at_once(
        [lambda hour=hour: here.reserve(at(3) + timedelta(hours=hour), 60) for hour in range(AT_ONCE)]
    )
    assert len(done(results)) == 3


@pytest.mark.usefixtures("_without_the_lock")
def test_twin_limits_are_broken_without_the_lock():
    here = place(person_hours_per_day=3)
    results = all_at_once(
        [lambda hour=hour: here.reserve(at(3) + timedelta(hours=hour), 60) for hour in range(AT_ONCE)]
    )
    assert len(done(results)) == AT_ONCE


def test_the_balance_holds_against_many_instruments():
    """One account, sixteen instruments, money for five bookings: the account's row is locked by the hold."""
    here = place(balance=1500)
    places = [place() for _ in range(AT_ONCE)]
    for there in places:
        type(there.instrument).objects.filter(pk=there.instrument.pk).update(organization=here.instrument.organization)
        there.instrument.organization = here.instrument.organization
        here.account.members.create(user=there.user)
        there.account = here.account
    results = all_at_once([lambda there=there: there.reserve(at(3, "8:00"), 60) for there in places])
    assert len(done(results)) == 5
    assert money_adds_up(here.account)
    assert here.account.available == Decimal("0.00")


# ── one booking ──


def test_cancelling_and_checking_in_at_once_is_one_of_the_two():
    here = place(early_check_in_minutes=600, min_notice_minutes=0)
    for _round in range(4):
        row = here.reserve(queries.nearest_free(here.instrument, timedelta(hours=1), timezone.now())[0], 60)
        copies = [Reservation.objects.get(pk=row.pk) for _ in range(8)]
        steps = ["cancel", "check_in"] * 4
        results = all_at_once(
            [
                lambda copy=copy, step=step: fire(copy, step, actor=here.user)
                for copy, step in zip(copies, steps, strict=True)
            ]
        )
        assert len(done(results)) == 1
        row.refresh_from_db()
        assert row.status in (S.CANCELLED, S.IN_USE)
        assert row.occupancy.holds == (row.status == S.IN_USE)
        assert money_adds_up(here.account)
        if row.status == S.IN_USE:
            fire(row, "check_out", actor=here.user)


def test_moving_onto_a_slot_while_others_book_it():
    here = place()
    row = here.reserve(at(3, "8:00"), 60)
    users = crowd(here)[: AT_ONCE - 1]
    target = {"starts_at": at(5, "8:00"), "ends_at": at(5, "9:00")}
    acts = [lambda: fire(row, "move", actor=here.user, **target)]
    acts += [lambda user=user: here.reserve(at(5, "8:00"), 60, user=user, actor=user) for user in users]
    results = all_at_once(acts)
    assert (len(done(results)), overlaps()) == (1, 0)
    assert money_adds_up(here.account)


def test_moving_away_while_others_wait_for_the_place():
    """Whoever comes after the move gets the place it left; nobody gets a place that is still held."""
    here = place()
    row = here.reserve(at(5, "8:00"), 60)
    users = crowd(here)[: AT_ONCE - 1]
    acts = [lambda: fire(row, "move", actor=here.user, starts_at=at(6, "8:00"), ends_at=at(6, "9:00"))]
    acts += [lambda user=user: here.reserve(at(5, "8:00"), 60, user=user, actor=user) for user in users]
    results = all_at_once(acts)
    assert isinstance(results[0], Reservation)
    assert len(done(results)) in (1, 2)
    assert overlaps() == 0


def test_two_bookings_that_swap_places_do_not_wait_for_each_other_forever():
    here = place()
    first, second = here.reserve(at(5, "8:00"), 60), here.reserve(at(5, "9:00"), 60)
    acts = [
        lambda: fire(first, "move", actor=here.user, starts_at=at(5, "9:00"), ends_at=at(5, "10:00")),
        lambda: fire(second, "move", actor=here.user, starts_at=at(5, "8:00"), ends_at=at(5, "9:00")),
    ]
    results = all_at_once(acts)
    assert [type(result) for result in results] == [NotBookable, NotBookable]
    assert overlaps() == 0


def test_closing_while_people_book_and_check_in():
    """A closure takes the whole time: what was booked before is displaced, what comes after is refused; no deadlock."""
    here = place(early_check_in_minutes=100000)
    booked = [here.reserve(at(3) + timedelta(hours=hour), 60) for hour in range(8)]
    users = crowd(here)[:7]
    during = DateTimeTZRange(at(3), at(4))
    acts = [lambda: services.close(instrument=here.instrument, during=during, reason="漏水", actor=here.manager)]
    acts += [
        lambda user=user, hour=hour: here.reserve(at(3) + timedelta(hours=hour), 60, user=user, actor=user)
        for hour, user in enumerate(users, 10)
    ]
    acts += [lambda row=row: fire(row, "cancel", actor=here.user) for row in booked]
    results = all_at_once(acts)
    assert not [result for result in results if isinstance(result, OperationalError)]
    assert Occupancy.objects.filter(holds=True).get().kind == "closure"
    assert not Reservation.objects.holding().exists()
    assert overlaps() == 0
    assert money_adds_up(here.account)
    assert here.account.held == 0


def test_steps_bookings_and_charges_of_one_account_and_two_instruments_do_not_deadlock():
    """Everything at once for a while: what is left is consistent, and nobody was thrown out by the database."""
    here = place(early_check_in_minutes=100000, balance=100000)
    rows = [here.reserve(at(3) + timedelta(hours=hour), 60) for hour in range(AT_ONCE)]
    steps = ["cancel", "move", "check_in", "reserve"] * 4

    def act(row, step):
        if step == "reserve":
            return here.reserve(row.starts_at + timedelta(days=2), 60)
        if step == "move":
            start = row.starts_at + timedelta(days=3)
            return fire(row, "move", actor=here.user, starts_at=start, ends_at=start + timedelta(hours=1))
        moved = fire(row, step, actor=here.user)
        return fire(moved, "check_out", actor=here.user) if step == "check_in" else moved

    results = all_at_once([lambda row=row, step=step: act(row, step) for row, step in zip(rows, steps, strict=True)])
    assert not [result for result in results if isinstance(result, OperationalError)]
    assert overlaps() == 0
    assert money_adds_up(here.account)


def test_the_sweep_and_a_check_in_at_once_are_one_of_the_two(set_clock):
    here = place()
    rows = [here.reserve(at(1) + timedelta(hours=2 * hour), 60) for hour in range(4)]
    for row in rows:
        set_clock(row.starts_at + timedelta(minutes=30))
        results = all_at_once([services.mark_no_shows, lambda row=row: fire(row, "check_in", actor=here.user)])
        row.refresh_from_db()
        assert (results[0], row.status) in [(1, S.NO_SHOW), (0, S.IN_USE)]
        assert row.occupancy.holds == (row.status == S.IN_USE)
        if row.status == S.IN_USE:
            fire(row, "check_out", actor=here.user)
    assert money_adds_up(here.account)
