"""Machine hours by week for the desk's chart and its table: used, closed, and how much of the open time was used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from gongyi.catalog.models import Instrument
from gongyi.reservations import queries
from gongyi.reservations.rules.time import day_start

WEEKS = 12

_USED = """
SELECT date_trunc('week', r.started_at AT TIME ZONE %(zone)s)::date,
       sum(extract(epoch FROM r.ended_at - r.started_at)) / 3600, count(*)
  FROM reservations_reservation r
 WHERE r.instrument_id = ANY (%(instruments)s) AND r.status = 'completed' AND r.started_at >= %(start)s AND r.started_at < %(end)s
 GROUP BY 1
"""
_CLOSED = """
SELECT w.week::date,
       sum(extract(epoch FROM least(upper(c.during), coalesce(c.lifted_at, upper(c.during)), w.until)
                              - greatest(lower(c.during), w.since))) / 3600
  FROM (SELECT g::date AS week, g AT TIME ZONE %(zone)s AS since, (g + interval '7 days') AT TIME ZONE %(zone)s AS until
          FROM generate_series(%(first)s::timestamp, %(last)s::timestamp, interval '7 days') g) w
  JOIN reservations_closure c ON c.instrument_id = ANY (%(instruments)s) AND c.during && tstzrange(w.since, w.until)
 WHERE least(upper(c.during), coalesce(c.lifted_at, upper(c.during)), w.until) > greatest(lower(c.during), w.since)
 GROUP BY 1
"""


@dataclass(frozen=True)
class Week:
    """Hours of one week (Monday) over some instruments."""

    monday: date
    used: Decimal
    uses: int
    closed: Decimal
    open: Decimal

    @property
    def percent(self) -> Decimal:
        """Share of the open time that was used; more than 100 where uses ran outside the opening hours."""
        return (self.used * 100 / self.open).quantize(Decimal("0.1")) if self.open else Decimal(0)


def by_week(instruments: Sequence[Instrument], *, weeks: int = WEEKS, today: date | None = None) -> list[Week]:
    """The last `weeks` weeks, the present one last: four queries, however many instruments."""
    today = today or timezone.localdate()
    last = today - timedelta(days=today.weekday())
    first = last - timedelta(weeks=weeks - 1)
    parameters: dict[str, Any] = {
        "instruments": [instrument.pk for instrument in instruments], "zone": timezone.get_default_timezone_name(),
        "start": day_start(first), "end": day_start(last + timedelta(weeks=1)), "first": first, "last": last,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_USED, parameters)
        used = {monday: (hours, uses) for monday, hours, uses in cursor.fetchall()}
        cursor.execute(_CLOSED, parameters)
        closed = dict(cursor.fetchall())
    rules = queries.effective_rules_of(instruments) if instruments else {}
    per_day = [Decimal(0)] * 7
    for effective in rules.values():
        for weekday, opens, closes in effective.opening_hours:
            per_day[weekday - 1] += Decimal(closes - opens) / 60
    found = []
    for n in range(weeks):
        monday = first + timedelta(weeks=n)
        days = min(7, (today - monday).days + 1)
        hours, uses = used.get(monday, (Decimal(0), 0))
        found.append(Week(monday, _round(hours), uses, _round(closed.get(monday, 0)), sum(per_day[:days], Decimal(0))))
    return found


def _round(hours: Any) -> Decimal:
    return Decimal(hours).quantize(Decimal("0.1"))
