"""What calendars and timelines draw: bookings as far as the viewer may know them, buffers, closures and closed hours."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.catalog.models import Instrument
from gongyi.reservations.models import Closure, Occupancy, Reservation
from gongyi.reservations.queries.effective import effective_rules_of
from gongyi.reservations.rules import Span, is_manager, open_spans, subtract
from gongyi.reservations.rules.time import local_date

_EVENTS = """
SELECT i.id, t.id, t.kind, lower(t.during), upper(t.during),
       r.id, r.user_id, r.status, r.starts_at, coalesce(least(r.ended_at, r.ends_at), r.ends_at), u.name,
       coalesce(d.name, nullif(o.short_name, ''), o.name), c.id, c.kind, c.reason
  FROM unnest(%(instruments)s::int8[]) AS i (id)
 CROSS JOIN LATERAL (
       SELECT id, kind, during, reservation_id, closure_id FROM reservations_occupancy
        WHERE holds AND int8range(instrument_id, instrument_id, '[]') && int8range(i.id, i.id, '[]')
          AND during && tstzrange(%(start)s, %(end)s)) t
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
    managed = {instrument.pk for instrument in wanted if viewer is not None and is_manager(instrument, viewer)}
    rules_of = effective_rules_of(wanted)
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS, {"instruments": [i.pk for i in wanted], "start": start, "end": end})
        rows = cursor.fetchall()
    events = [event for row in rows for event in _events_of(row, viewer, row[0] in managed)]
    first, last = local_date(start), local_date(end)
    for instrument in wanted:
        open_time = open_spans(rules_of[instrument.pk].opening_hours, first, last)
        events += [
            _event(f"shut-{instrument.pk}-{number}", "shut", instrument.pk, span, _("未开放"))
            for number, span in enumerate(subtract([(start, end)], open_time))
        ]
    return events


def _events_of(row: Sequence[Any], viewer: Any, managed: bool) -> Iterator[dict]:
    (
        instrument, pk, kind, lower, upper, reservation, user_id, status, starts_at, ends_at, name, unit,
        closure, closure_kind, reason,
    ) = row  # fmt: skip
    if kind == Occupancy.Kind.CLOSURE:
        title = f"{Closure.Kind(closure_kind).label}：{reason}" if closure else _("停机")
        yield {**_event(f"closure-{pk}", "closure", instrument, (lower, upper), title), "closure": closure}
        return
    if reservation is None:
        yield _event(f"{kind}-{pk}", kind, instrument, (lower, upper), str(Occupancy.Kind(kind).label))
        return
    own = viewer is not None and viewer.pk == user_id
    pending = "_pending" if status == Reservation.Status.PENDING else ""
    title = _("我的预约") if own else f"{unit or ''} {name if managed else masked(name)}".strip()
    event = _event(
        f"reservation-{reservation}", f"{'own' if own else 'other'}{pending}", instrument, (starts_at, ends_at), title
    )
    event |= {"status": status, "status_label": str(Reservation.Status(status).label)}
    if own or managed:
        event |= {"reservation": reservation, "url": reverse("reservations:reservation", args=[reservation])}
    yield event
    if lower < starts_at:
        yield _event(f"before-{reservation}", "buffer", instrument, (lower, starts_at), _("缓冲"))
    if ends_at < upper:
        yield _event(f"after-{reservation}", "buffer", instrument, (ends_at, upper), _("缓冲"))


def _event(name: str, kind: str, instrument: int, span: Span, title: str) -> dict:
    return {
        "id": name, "kind": kind, "instrument": instrument, "start": _naive(span[0]), "end": _naive(span[1]), "title": title,
    }  # fmt: skip


def _naive(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M:%S")


def masked(name: str) -> str:
    """`孙＊`: how others' names stand in a public calendar (DESIGN §15)."""
    return f"{name[:1]}＊"
