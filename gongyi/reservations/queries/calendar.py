"""What calendars and timelines draw: bookings as far as the viewer may know them, buffers, closures and closed hours."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.catalog.models import Instrument
from gongyi.reservations.models import Closure, Occupancy, Reservation
from gongyi.reservations.queries.effective import effective_rules_of
from gongyi.reservations.rules import is_manager, open_spans, subtract
from gongyi.reservations.rules.time import local_date

_EVENTS = """
SELECT i.id, t.id, t.kind, extract(epoch FROM lower(t.during))::float8, extract(epoch FROM upper(t.during))::float8,
       r.id, r.user_id, r.status, extract(epoch FROM r.starts_at)::float8,
       extract(epoch FROM coalesce(least(r.ended_at, r.ends_at), r.ends_at))::float8, u.name,
       coalesce(d.name, nullif(o.short_name, ''), o.name), c.id, c.kind, c.reason
  FROM unnest(%(instruments)s::int8[]) AS i (id)
 CROSS JOIN LATERAL (
       SELECT id, kind, during, reservation_id, closure_id FROM reservations_occupancy
        WHERE holds AND int8range(instrument_id, instrument_id, '[]') && int8range(i.id, i.id, '[]')
          AND during && tstzrange(%(start)s, %(end)s) OFFSET 0) t  -- a fence: else one scan of everybody's week is preferred
  LEFT JOIN reservations_reservation r ON r.id = t.reservation_id
  LEFT JOIN accounts_user u ON u.id = r.user_id
  LEFT JOIN ledger_paymentaccount a ON a.id = r.account_id
  LEFT JOIN organizations_department d ON d.id = a.department_id
  LEFT JOIN organizations_organization o ON o.id = a.payer_id
  LEFT JOIN reservations_closure c ON c.id = t.closure_id
 ORDER BY i.id, lower(t.during)
"""
LONGEST = timedelta(days=93)


def calendar_events(instrument: Instrument, start: datetime, end: datetime, viewer: Any) -> list[dict]:
    """What the calendar of one instrument draws from `start` to `end`; see `timeline` for the keys."""
    return timeline([instrument], start, end, viewer)


def timeline(instruments: Iterable[Instrument], start: datetime, end: datetime, viewer: Any) -> list[dict]:
    """What takes the time of instruments between two moments, as dictionaries; a constant number of queries.

    Every event has `id`, `kind`, `instrument` (pk), `start`, `end` (local, without zone, as calendars want them) and `title`.
    `kind` is `own`, `own_pending`, `other`, `other_pending`, `training`, `hold`, `closure`, `buffer` or `shut` (outside the
    opening hours). Bookings also have `status`, `status_label` and, for those who may open them, `reservation` and `url`.
    Names of others are shown to the instrument's managers; anybody else reads the unit and the surname (`材料学院 孙＊`).
    Spans longer than three months are cut.
    """
    wanted = list(instruments)
    end = min(end, start + LONGEST)
    managed = frozenset(i.pk for i in wanted if viewer is not None and is_manager(i, viewer))
    drawing = _Drawing(viewer.pk if viewer is not None else None, managed)
    rules_of = effective_rules_of(wanted)
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS, {"instruments": [i.pk for i in wanted], "start": start, "end": end})
        events = [event for row in cursor.fetchall() for event in drawing.events_of(*row)]
    first, last = local_date(start), local_date(end)
    for instrument in wanted:
        open_time = open_spans(rules_of[instrument.pk].opening_hours, first, last)
        events += [
            drawing.event(
                f"shut-{instrument.pk}-{number}", "shut", instrument.pk, a.timestamp(), b.timestamp(), drawing.shut
            )
            for number, (a, b) in enumerate(subtract([(start, end)], open_time))
        ]
    return events


class _Drawing:
    """Turns rows into events for one viewer. A week of twenty instruments has thousands: words and zone are looked up once."""

    def __init__(self, viewer: int | None, managed: frozenset[int]) -> None:
        self.viewer, self.managed = viewer, managed
        self.zone = timezone.get_current_timezone()
        self.mine, self.buffer, self.shut, self.closed = _("我的预约"), _("缓冲"), _("未开放"), _("停机")
        self.labels = {status.value: str(status.label) for status in Reservation.Status}
        url = reverse("reservations:reservation", args=[0])
        self.url_before, self.url_after = url.rsplit("0", 1)

    def events_of(
        self, instrument: int, pk: int, kind: str, lower: float, upper: float, reservation: int | None, user: int, status: str,
        starts: float, ends: float, name: str, unit: str, closure: int | None, closure_kind: str, reason: str,
    ) -> Iterator[dict]:  # fmt: skip
        """The events of one row: a booking with its buffers, a closure, or whatever else holds the time."""
        if kind == Occupancy.Kind.CLOSURE:
            title = f"{Closure.Kind(closure_kind).label}：{reason}" if closure else self.closed
            yield self.event(f"closure-{pk}", "closure", instrument, lower, upper, title) | {"closure": closure}
            return
        if reservation is None:
            yield self.event(f"{kind}-{pk}", kind, instrument, lower, upper, str(Occupancy.Kind(kind).label))
            return
        own, managed = user == self.viewer, instrument in self.managed
        title = self.mine if own else f"{unit or ''} {name if managed else masked(name)}".strip()
        shown_as = ("own" if own else "other") + ("_pending" if status == "pending" else "")
        event = self.event(f"reservation-{reservation}", shown_as, instrument, starts, ends, title)
        event["status"], event["status_label"] = status, self.labels[status]
        if own or managed:
            event["reservation"], event["url"] = reservation, f"{self.url_before}{reservation}{self.url_after}"
        yield event
        if lower < starts:
            yield self.event(f"before-{reservation}", "buffer", instrument, lower, starts, self.buffer)
        if ends < upper:
            yield self.event(f"after-{reservation}", "buffer", instrument, ends, upper, self.buffer)

    def event(self, name: str, kind: str, instrument: int, start: float, end: float, title: str) -> dict:
        zone, at = self.zone, datetime.fromtimestamp
        return {
            "id": name, "kind": kind, "instrument": instrument, "title": title,
            "start": at(start, zone).isoformat()[:19], "end": at(end, zone).isoformat()[:19],
        }  # fmt: skip


def masked(name: str) -> str:
    """`孙＊`: how others' names stand in a public calendar (DESIGN §15)."""
    return f"{name[:1]}＊"
