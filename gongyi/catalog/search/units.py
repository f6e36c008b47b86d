"""The most used instruments of several units under the same conditions, in one statement (S1-48, 按单位)."""

from collections import defaultdict
from collections.abc import Sequence

from django.db import connection, transaction

from gongyi.catalog.models import Instrument
from gongyi.catalog.search.engine import ORDER, Criteria, Sort, _where
from gongyi.catalog.search.facets import Kind


def top_of_units(criteria: Criteria, units: Sequence[int], each: int) -> dict[int, list[int]]:
    """Primary keys by unit, at most `each`, in the criteria's order; a unit chosen in the criteria is set aside."""
    if not units:
        return {}
    where, params = _where(criteria, Kind.ORGANIZATION)
    order = ORDER[Sort(criteria.sort)]
    found: dict[int, list[int]] = defaultdict(list)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0")
        cursor.execute(
            f"SELECT u.id, top.id FROM unnest(%s::bigint[]) WITH ORDINALITY AS u (id, place) CROSS JOIN LATERAL ("
            # The unit's rows first, by its index: walking along the order's index would pass everybody else's.
            f" SELECT id, row_number() OVER (ORDER BY {order}) AS n FROM ("
            f" SELECT * FROM {Instrument._meta.db_table} WHERE organization_id = u.id OFFSET 0) AS own"
            f" WHERE {where} ORDER BY {order} LIMIT %s) AS top ORDER BY u.place, top.n",
            [list(units), *params, each],
        )
        for unit, pk in cursor.fetchall():
            found[unit].append(pk)
    return dict(found)
