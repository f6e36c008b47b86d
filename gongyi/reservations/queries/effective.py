"""The rules that hold for instruments, and people's levels on them."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import Q

from gongyi.catalog.models import Instrument
from gongyi.reservations.models import BookingRules, OpeningHours, Qualification, Reservation
from gongyi.reservations.rules import EffectiveRules, Span, is_manager, open_spans, resolve


def effective_rules(instrument: Instrument) -> EffectiveRules:
    """The rules of one instrument with nothing left to inherit."""
    return effective_rules_of([instrument])[instrument.pk]


def effective_rules_of(instruments: Iterable[Instrument]) -> dict[int, EffectiveRules]:
    """The same for many instruments: two queries, however many they are."""
    wanted = list(instruments)
    scopes = Q(instrument=None, organization=None)
    scopes |= Q(organization__in={instrument.organization_id for instrument in wanted})
    scopes |= Q(instrument__in=[instrument.pk for instrument in wanted])
    rows = list(BookingRules.objects.filter(scopes).values())
    weeks: dict[int, list[tuple[int, int, int]]] = {}
    hours = OpeningHours.objects.filter(rules__in=[row["id"] for row in rows])
    for rules_id, *day in hours.values_list("rules", "weekday", "opens_minute", "closes_minute"):
        weeks.setdefault(rules_id, []).append((day[0], day[1], day[2]))
    by_scope: dict[tuple[int | None, int | None], Any] = {
        (row["instrument_id"], row["organization_id"]): row for row in rows
    }

    def of(instrument: Instrument) -> EffectiveRules:
        chain: list[Any] = [
            by_scope.get((instrument.pk, None)),
            by_scope.get((None, instrument.organization_id)),
            by_scope.get((None, None)),
        ]
        return resolve(chain, [weeks.get(row["id"], []) if row else [] for row in chain])

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
    """The same rows, each knowing its instrument's rules: for lists that offer steps, two queries however long they are."""
    rows = list(reservations)
    rules = effective_rules_of({row.instrument_id: row.instrument for row in rows}.values())
    for row in rows:
        row._rules = rules[row.instrument_id]  # type: ignore[attr-defined]  # remembered on the row
    return rows
