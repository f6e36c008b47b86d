"""What the clock does: lets go what nobody reviewed, and marks those who did not come. Each sweep may run at any time, twice."""

import logging
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from gongyi.reservations.models import BookingRules, Reservation
from gongyi.reservations.services.instruments import mark_silent_offline
from gongyi.reservations.workflow import ReservationFlow
from gongyi.workflow import SYSTEM, Refused

logger = logging.getLogger(__name__)
BATCH = 500

# Candidates only; the step asks again under the lock.
_MISSED = """
SELECT r.id FROM reservations_reservation r JOIN catalog_instrument i ON i.id = r.instrument_id
  LEFT JOIN reservations_bookingrules ri ON ri.instrument_id = i.id
  LEFT JOIN reservations_bookingrules ro ON ro.organization_id = i.organization_id
  LEFT JOIN reservations_bookingrules rs ON rs.instrument_id IS NULL AND rs.organization_id IS NULL
 WHERE r.status = 'valid' AND r.starts_at <= %(now)s
   AND least(r.ends_at, r.starts_at + make_interval(mins => coalesce(
         ri.no_show_after_minutes, ro.no_show_after_minutes, rs.no_show_after_minutes, %(default)s))) <= %(now)s
 ORDER BY r.starts_at LIMIT %(batch)s
"""


def expire_pending(now: datetime | None = None) -> int:
    """Cancel pending bookings whose time for review ran out, giving time and money back; returns how many."""
    due = Reservation.objects.filter(status=Reservation.Status.PENDING, expires_at__lte=now or timezone.now())
    return _fire_each(due.order_by("expires_at")[:BATCH], "expire")


def mark_no_shows(now: datetime | None = None) -> int:
    """Mark 失约 the valid bookings nobody checked in to in time; returns how many."""
    default = BookingRules.DEFAULTS["no_show_after_minutes"]
    with connection.cursor() as cursor:
        cursor.execute(_MISSED, {"now": now or timezone.now(), "default": default, "batch": BATCH})
        ids = [pk for (pk,) in cursor.fetchall()]
    return _fire_each(Reservation.objects.filter(pk__in=ids).order_by("starts_at"), "miss")


def sweep() -> dict[str, int]:
    """Everything the clock does every minute; one failing booking does not hold up the others."""
    return {"expired": expire_pending(), "missed": mark_no_shows(), "offline": mark_silent_offline()}


def _fire_each(reservations: Any, step: str) -> int:
    done = 0
    for reservation in reservations:
        try:
            ReservationFlow.fire(reservation, step, actor=SYSTEM)
            done += 1
        except Refused:
            continue  # somebody was quicker
        except Exception:
            logger.exception("%s of reservation %s failed", step, reservation.pk)
    return done
