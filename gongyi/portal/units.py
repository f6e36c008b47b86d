"""The list of instruments by unit (S1-48): how many each has under the same conditions, and its first few."""

from dataclasses import dataclass
from typing import Any

from gongyi.catalog.queries import counted_organizations
from gongyi.catalog.search import Criteria, Found, Kind, top_of_units
from gongyi.organizations.models import Organization
from gongyi.portal import rows

UNITS_PER_PAGE = 10
SHOWN = 3  # instruments of a unit in sight; the others unfold
EACH = 8


@dataclass
class UnitHits:
    """A unit, how many of its instruments meet the conditions, and the first of them."""

    unit: Organization
    count: int
    shown: list[rows.Row]
    rest: list[rows.Row]

    @property
    def more(self) -> int:
        return self.count - len(self.shown) - len(self.rest)


def by_units(criteria: Criteria, found: Found, chosen: tuple[int, ...], number: int, user: Any) -> dict[str, Any]:
    """One page of units, the largest first; where very many match, the counts are where counting stopped."""
    counts = found.counts[Kind.ORGANIZATION]
    if chosen:
        counts = {unit: n for unit, n in counts.items() if unit in chosen}
    units = counted_organizations({unit: n for unit, n in counts.items() if n})
    page = units[(number - 1) * UNITS_PER_PAGE : number * UNITS_PER_PAGE]
    tops = top_of_units(criteria, [unit.pk for unit, _n in page], EACH)
    loaded = rows.loaded([pk for ids in tops.values() for pk in ids])
    by_unit: dict[int, list[rows.Row]] = {}
    for row in rows.rows(loaded, user):
        by_unit.setdefault(row.instrument.organization_id, []).append(row)
    hits = [
        UnitHits(unit, max(n, len(by_unit.get(unit.pk, ()))), by_unit.get(unit.pk, [])[:SHOWN], by_unit.get(unit.pk, [])[SHOWN:])
        for unit, n in page
    ]  # fmt: skip
    return {
        "units": hits,
        "unit_count": len(units),
        "per_page": UNITS_PER_PAGE,
        "unit_partial": Kind.ORGANIZATION in found.partial,
    }
