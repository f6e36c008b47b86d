"""Attacks on a unit's exit: somebody books, or pays in, in the very moment the unit leaves; nothing may be left behind.

The twin without the second look shows that the attack is one.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from gongyi.kit.refusal import Refused
from gongyi.organizations.models import Organization
from gongyi.organizations.workflow import OrganizationFlow
from gongyi.reservations import consequences as about_bookings
from gongyi.reservations import services
from gongyi.reservations.models import Reservation
from tests.factories.accounts import platform_admin
from tests.factories.organizations import unit_admin
from tests.factories.reservations import at, place

pytestmark = pytest.mark.django_db(transaction=True)
HOLDING = ("pending", "valid", "in_use")


@pytest.fixture
def here():
    found = place(horizon_days=30, min_notice_minutes=0, slot_minutes=30, balance=0)
    found.account.credit_line = 10_000
    found.account.save(update_fields=["credit_line"])
    unit_admin(found.instrument.organization)
    return found


def attack(here, admin, monkeypatch):
    """The booking is made after the exit looked for bookings, and before it ends; what each of the two was answered."""
    looked, booked = Barrier(2), Barrier(2)
    flow_needs = OrganizationFlow.leave.needs

    def look_then_wait(organization, *, actor):
        answer = flow_needs[0](organization, actor=actor)
        looked.wait(10)
        booked.wait(10)
        return answer

    monkeypatch.setattr(OrganizationFlow.leave, "needs", (look_then_wait,))

    def leave():
        try:
            OrganizationFlow.fire(here.instrument.organization, "leave", actor=admin, reason="合并")
            return "left"
        except Refused as refusal:
            return refusal.code
        finally:
            connection.close()

    def book():
        try:
            looked.wait(10)
            start = at(3, "14:00")
            services.reserve(
                instrument=here.instrument, user=here.user, actor=here.user, account=here.account, starts_at=start,
                ends_at=start + timedelta(hours=2), purpose="形貌观察",
            )  # fmt: skip
            return "booked"
        except Refused as refusal:
            return refusal.code
        finally:
            booked.wait(10)
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        leaving, booking = pool.submit(leave), pool.submit(book)
        return leaving.result(), booking.result()


def left_behind(here):
    unit = Organization.objects.get(pk=here.instrument.organization_id)
    held = Reservation.objects.filter(instrument=here.instrument, status__in=HOLDING).count()
    return unit.status == "exited" and held > 0


def test_a_unit_does_not_leave_past_a_booking_made_in_that_moment(here, monkeypatch):
    assert attack(here, platform_admin(), monkeypatch) == ("blocked", "booked")
    assert not left_behind(here)


def test_without_the_second_look_the_booking_is_left_behind(here, monkeypatch):
    from gongyi.ledger import consequences as about_money

    second_looks = (about_bookings.nothing_was_booked_meanwhile, about_money.no_money_came_meanwhile)
    others = [follower for follower in OrganizationFlow.leave.followers if follower not in second_looks]
    monkeypatch.setattr(OrganizationFlow.leave, "followers", others)

    assert attack(here, platform_admin(), monkeypatch) == ("left", "booked")
    assert left_behind(here)
