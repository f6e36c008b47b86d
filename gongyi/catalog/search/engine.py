"""One statement that finds a page of instruments, their number and every facet count."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection, models, transaction
from django.utils.translation import gettext_lazy as _

from gongyi.catalog.models import FacetCount, Instrument
from gongyi.catalog.search import facets
from gongyi.catalog.search.facets import STEP, Kind
from gongyi.catalog.search.words import Parsed

TOTAL_LIMIT = 20_000  # what matches beyond is not counted: 20,000+
CANDIDATES = 400  # how many matches are ranked by their words; the most used ones when there are more
MAX_DEPTH = 2_000  # nobody reads further; so no page costs more than the first
WEIGHTS = "{0.05, 0.2, 0.5, 1.0}"  # D, C, B, A


class Sort(models.TextChoices):
    RELEVANCE = "relevance", _("相关程度")
    SERVICES = "services", _("服务次数")
    PURCHASE = "purchase", _("购置时间")
    PRICE = "price", _("价格从低到高")
    PRICE_DOWN = "-price", _("价格从高到低")


ORDER = {
    Sort.RELEVANCE: "service_count DESC, id",
    Sort.SERVICES: "service_count DESC, id",
    Sort.PURCHASE: "purchased_on DESC NULLS LAST, id",
    Sort.PRICE: "listed_rate ASC NULLS LAST, id",
    Sort.PRICE_DOWN: "listed_rate DESC NULLS LAST, id DESC",
}


@dataclass(frozen=True)
class Criteria:
    """What is asked for: values of one kind are alternatives, kinds are conditions.

    `chosen` maps a kind to its values (class and region codes as integers, see `facets`); `only` and `without` are
    primary keys a higher app knows of, such as the instruments a person is qualified for.
    """

    words: Parsed = Parsed()
    chosen: dict[Kind, tuple[int, ...]] = field(default_factory=dict)
    rate_from: Decimal | None = None
    rate_to: Decimal | None = None
    only: Sequence[int] | None = None
    without: Sequence[int] | None = None
    sort: str = Sort.RELEVANCE

    @property
    def empty(self) -> bool:
        """Nothing is asked for, so the counts of the job will do."""
        narrowed = (self.words.tsquery, self.rate_from, self.rate_to)
        return not any(self.chosen.values()) and narrowed == ("", None, None) and self.only is None and self.without is None


@dataclass(frozen=True)
class Found:
    """A page of primary keys in order, how many there are (`more` when that is only the limit), and counts by facet.

    The counts of a kind leave the person's own choice in that kind aside, so they say what another choice would find.
    """

    ids: list[int]
    total: int
    more: bool
    counts: dict[Kind, dict[int, int]]

    @property
    def reachable(self) -> int:
        return min(self.total, MAX_DEPTH)


def find(criteria: Criteria, *, offset: int = 0, limit: int = 20, count: bool = True) -> Found:
    """Find published instruments; beyond MAX_DEPTH the page is empty. At most two statements.

    `count=False` leaves facet counts out, for callers that only page.
    """
    limit = max(0, min(limit, MAX_DEPTH - offset))
    with transaction.atomic(), connection.cursor() as cursor:
        # The planner does not know how few rows a page needs; parallel workers and JIT cost more than they bring here.
        cursor.execute("SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL work_mem = '32MB'")
        stored = _stored_counts() if criteria.empty else None
        if stored is not None:
            total, counts = stored
            return Found(_walk(cursor, criteria, offset, limit), min(total, TOTAL_LIMIT), total > TOTAL_LIMIT, counts)
        ids, total, counts = _gather(cursor, criteria, offset, limit, count)
        more = total > TOTAL_LIMIT
        if more:  # the gathered ones are any of the matches; the first of all are found along the index of the order
            ids = _walk(cursor, criteria, offset, limit)
        return Found(ids, min(total, TOTAL_LIMIT), more, counts)


def facet_counts_of_all() -> dict[Kind, dict[int, int]]:
    """Counts over every published instrument: from the job's table on large sites, fresh on small ones."""
    return find(Criteria(), limit=0).counts


def _stored_counts() -> tuple[int, dict[Kind, dict[int, int]]] | None:
    """What the job counted; None on a site small enough to count now."""
    rows = dict(FacetCount.objects.values_list("facet", "count"))
    total = rows.pop(0, 0)
    return (total, facets.grouped(rows.items())) if total > TOTAL_LIMIT else None


def _where(criteria: Criteria, without_kind: Kind | None = None) -> tuple[str, list[Any]]:
    parts, params = ["status = %s"], [Instrument.Status.PUBLISHED.value]
    indexed = False

    def also(sql: str, value: Any) -> None:
        parts.append(sql)
        params.append(value)

    if criteria.words.tsquery:
        also("tsv @@ %s::tsquery", criteria.words.tsquery)
        indexed = True
    for kind, values in criteria.chosen.items():
        if not values or kind == without_kind:
            continue
        if kind == Kind.STATUS:
            also("running_status = ANY(%s)", [facets.RUNNING_BY_NUMBER[value] for value in values])
        else:
            also("facets && %s::integer[]", [facets.encode(kind, value) for value in values])
            indexed = True
    if not indexed:
        parts.append("tsv IS NOT NULL")
    if criteria.rate_from is not None:
        also("listed_rate >= %s", criteria.rate_from)
    if criteria.rate_to is not None:
        also("listed_rate <= %s", criteria.rate_to)
    if criteria.only is not None:
        also("id = ANY(%s::bigint[])", list(criteria.only))
    if criteria.without:
        also("NOT id = ANY(%s::bigint[])", list(criteria.without))
    return " AND ".join(parts), params


_COLUMNS = "id, facets, running_status, service_count, purchased_on, listed_rate"


def _gather(
    cursor: Any, criteria: Criteria, offset: int, limit: int, count: bool
) -> tuple[list[int], int, dict[Kind, dict[int, int]]]:
    """Materialize up to the limit of matches once; count, group and sort those."""
    table = Instrument._meta.db_table
    ctes, params, selects = [], [], []

    def gather(name: str, without_kind: Kind | None) -> None:
        where, values = _where(criteria, without_kind)
        ctes.append(f"{name} AS MATERIALIZED (SELECT {_COLUMNS} FROM {table} WHERE {where} LIMIT {TOTAL_LIMIT + 1})")
        params.extend(values)

    chosen = [kind for kind, values in criteria.chosen.items() if values] if count else []
    gather("hits", None)
    for kind in chosen:
        gather(f"hits_{kind.value}", kind)
    selects.append("SELECT 0 AS key, count(*) AS n FROM hits")
    if count:
        selects.append(_counts("hits", [kind for kind in Kind if kind not in chosen]))
        selects += [_counts(f"hits_{kind.value}", [kind]) for kind in chosen]
    ctes.append(_page(criteria, offset, limit))
    if criteria.sort == Sort.RELEVANCE and criteria.words.tsquery:
        params += _score_params(criteria.words)
    selects.append("SELECT -place, id FROM page")
    cursor.execute(f"WITH {', '.join(ctes)} {' UNION ALL '.join(selects)}", params)
    rows = cursor.fetchall()
    total = next(n for key, n in rows if key == 0)
    ids = [pk for _place, pk in sorted((-key, pk) for key, pk in rows if key < 0)]
    return ids, total, facets.grouped((key, n) for key, n in rows if key > 0)


def _counts(source: str, kinds: list[Kind]) -> str:
    """Count the facets of these kinds; the running status is counted from its column."""
    stored = [kind for kind in kinds if kind != Kind.STATUS]
    parts = []
    if len(stored) == len(Kind) - 1:
        parts.append(f"SELECT facet, count(*) FROM {source}, unnest(facets) AS facet GROUP BY facet")
    elif stored:
        ranges = " OR ".join(f"facet BETWEEN {kind * STEP} AND {(kind + 1) * STEP - 1}" for kind in stored)
        parts.append(f"SELECT facet, count(*) FROM {source}, unnest(facets) AS facet WHERE {ranges} GROUP BY facet")
    if Kind.STATUS in kinds:
        number = " ".join(f"WHEN '{value}' THEN {facets.encode(Kind.STATUS, n)}" for value, n in facets.RUNNING.items())
        parts.append(f"SELECT CASE running_status {number} END, count(*) FROM {source} GROUP BY running_status")
    return " UNION ALL ".join(parts)


def _page(criteria: Criteria, offset: int, limit: int) -> str:
    """The wanted page among the gathered: by words for the candidates, else by a column."""
    order = ORDER[Sort(criteria.sort)]
    if criteria.sort != Sort.RELEVANCE or not criteria.words.tsquery:
        return (
            f"page AS (SELECT id, row_number() OVER (ORDER BY {order}) AS place FROM hits"
            f" ORDER BY {order} OFFSET {offset} LIMIT {limit})"
        )
    return (
        f"popular AS (SELECT id, row_number() OVER (ORDER BY {order}) AS rank FROM hits),"
        f" ranked AS (SELECT p.id, p.rank, CASE WHEN p.rank <= {CANDIDATES} THEN {_SCORE} ELSE -1 END AS score"
        f" FROM popular p JOIN {Instrument._meta.db_table} i USING (id)),"
        f" page AS (SELECT id, row_number() OVER (ORDER BY score DESC, rank) AS place FROM ranked"
        f" ORDER BY score DESC, rank OFFSET {offset} LIMIT {limit})"
    )


# The words' rank, which stays below 0.5; more for whole words than for beginnings, for a name that contains the question
# as it was typed, and most for one that is just that.
_SCORE = (
    "ts_rank(%s::float4[], i.tsv, %s::tsquery, 1) + 0.5 * (i.tsv @@ %s::tsquery)::int"
    " + (strpos(lower(i.name), %s) > 0)::int + (lower(i.name) = %s)::int"
)


def _score_params(words: Parsed) -> list[str]:
    # Inside Latin words the same letters mean nothing: SEM does not ask for a semiconductor analyser.
    phrase = words.text if words.has_han else "\uffff"
    return [WEIGHTS, words.tsquery, words.whole, phrase, words.text]


def _walk(cursor: Any, criteria: Criteria, offset: int, limit: int) -> list[int]:
    """The page among very many matches: along the order's own index until enough match, ranked by words at the top."""
    where, params = _where(criteria)
    table = Instrument._meta.db_table
    order = ORDER[Sort(criteria.sort)]
    cursor.execute("SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = off")
    if criteria.sort == Sort.RELEVANCE and criteria.words.tsquery and offset < CANDIDATES // 4:
        first = CANDIDATES // 4
        cursor.execute(
            f"WITH popular AS MATERIALIZED (SELECT id, row_number() OVER (ORDER BY {order}) AS rank FROM {table}"
            f" WHERE {where} ORDER BY {order} LIMIT {first})"
            f" SELECT i.id FROM popular p JOIN {table} i USING (id) ORDER BY {_SCORE} DESC, p.rank OFFSET {offset} LIMIT {limit}",
            [*params, *_score_params(criteria.words)],
        )
    else:
        cursor.execute(f"SELECT id FROM {table} WHERE {where} ORDER BY {order} OFFSET {offset} LIMIT {limit}", params)
    return [pk for (pk,) in cursor.fetchall()]


def refresh_facet_counts() -> int:
    """Count every facet of all findable instruments anew (a job does, every few minutes); return the total."""
    table = Instrument._meta.db_table
    source = f"(SELECT facets, running_status FROM {table} WHERE status = 'published' AND tsv IS NOT NULL) AS hits"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT 0, count(*) FROM {source} UNION ALL {_counts(source, list(Kind))}")
        rows = cursor.fetchall()
        FacetCount.objects.all().delete()
        FacetCount.objects.bulk_create([FacetCount(facet=facet, count=count) for facet, count in rows])
    return rows[0][1]
