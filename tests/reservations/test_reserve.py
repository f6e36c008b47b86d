"""Booking: what is written, what is held, who is told, and how few statements that takes."""

from datetime import timedelta
from decimal import Decimal

import pytest

from gongyi.reservations.models import Occupancy, Reservation
from tests.factories.reservations import at, place

pytestmark = pytest.mark.django_db


def test_a_senior_books_without_review_and_the_estimate_is_held():
    here = place(buffer_before_minutes=15, buffer_after_minutes=30)
    made = here.reserve(at(3, "14:00"), 120, purpose="薄膜截面")
    assert made.status == Reservation.Status.VALID
    assert made.estimate == Decimal("600.00")
    assert made.number.startswith("YY20")
    held = Occupancy.objects.get(reservation=made)
    assert held.during.lower == made.starts_at - timedelta(minutes=15)
    assert held.during.upper == made.ends_at + timedelta(minutes=30)
    here.account.refresh_from_db()
    assert here.account.held == Decimal("600.00")


