"""The rules that hold for instruments, and people's levels on them."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import connection

from gongyi.catalog.models import Instrument
from gongyi.reservations.models import Qualification, Reservation
from gongyi.reservations.rules import EffectiveRules, Span, is_manager, open_spans, resolve


def effective_rules(instrument: Instrument) -> EffectiveRules:
    """The rules of one instrument with nothing left to inherit."""
    return effective_rules_of([instrument])[instrument.pk]


_RULES = """
SELECT to_json(r), (SELECT json_agg(json_build_array(h.weekday, h.opens_minute, h.closes_minute))
                      FROM reservations_openinghours h WHERE h.rules_id = r.id)
  FROM reservations_bookingrules r
 WHERE r.instrument_id = ANY (%(instruments)s) OR r.organization_id = ANY (%(organizations)s)
    OR (r.instrument_id IS NULL AND r.organization_id IS NULL)
"""


def effective_rules_of(instruments: Iterable[Instrument]) -> dict[int, EffectiveRules]:
    """The same for many instruments: one query, however many they are."""
    wanted = list(instruments)
    with connection.cursor() as cursor:
        cursor.execute(
            _RULES,
            {
                "instruments": [instrument.pk for instrument in wanted],
                "organizations": list({instrument.organization_id for instrument in wanted}),
            },
        )
        rows = cursor.fetchall()
    by_scope: dict[tuple[int | None, int | None], tuple[Any, Any]] = {
        (row["instrument_id"], row["organization_id"]): (row, hours or ()) for row, hours in rows
    }
    nothing = (None, ())

    def of(instrument: Instrument) -> EffectiveRules:
        chain = [
            by_scope.get((instrument.pk, None), nothing),
            by_scope.get((None, instrument.organization_id), nothing),
            by_scope.get((None, None), nothing),
        ]
        return resolve([row for row, _hours in chain], [hours for _row, hours in chain])

    return {instrument.pk: of(instrument) for instrument in wanted}


def open_ranges(
    instrument: Instrument, first_day: date, last_day: date, rules: EffectiveRules | None = None
) -> list[Span]:
    """When an instrument is open from `first_day` to `last_day`, both included; closures are not taken off."""
    return open_spans((rules or effective_rules(instrument)).opening_hours, first_day, last_day)


def qualification_levels(user: Any, instruments: Sequence[Instrument]) -> dict[int, Qualification.Level]:
    """The person's present level on each instrument (S0-20); who looks after an instrument is 资深 on it.

    One query for levels, and one or two to know what the person manages.
    """
    levels = {instrument.pk: Qualification.Level.NONE for instrument in instruments}
    if not getattr(user, "is_authenticated", False):
        return levels
    rows = Qualification.objects.current().filter(user=user, instrument__in=list(levels))
    levels |= {pk: Qualification.Level(level) for pk, level in rows.values_list("instrument", "level")}
    return levels | {
        instrument.pk: Qualification.Level.SENIOR for instrument in instruments if is_manager(instrument, user)
    }


def rules_of(reservation: Reservation) -> EffectiveRules:
    """The rules of the reservation's instrument, read once for one object."""
    if not hasattr(reservation, "_rules"):
        reservation._rules = effective_rules(reservation.instrument)  # type: ignore[attr-defined]  # remembered on the row
    return reservation._rules  # type: ignore[attr-defined]


def with_rules(reservations: Iterable[Reservation]) -> list[Reservation]:
    """The same rows, each knowing its instrument's rules: for lists that offer steps, one query however long they are."""
    rows = list(reservations)
    rules = effective_rules_of({row.instrument_id: row.instrument for row in rows}.values())
    for row in rows:
        row._rules = rules[row.instrument_id]  # type: ignore[attr-defined]  # remembered on the row
    return rows
