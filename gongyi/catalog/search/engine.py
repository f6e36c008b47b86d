"""One statement that finds a page of instruments, their number and every facet count."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.db import connection, models, transaction
from django.utils.translation import gettext_lazy as _

from gongyi.catalog.models import FacetCount, Instrument
from gongyi.catalog.search import facets
from gongyi.catalog.search.facets import STEP, Kind
from gongyi.catalog.search.words import Parsed

TOTAL_LIMIT = 10_000  # what matches beyond is not counted: 10,000+
SIDE_LIMIT = (
    5_000  # the same for the other options of a kind somebody has chosen from; beyond it they go without a number
)
CANDIDATES = 200  # how many matches are ranked by their words; the most used ones when there are more
POPULAR = 600  # the most used instruments of all, among which matches are looked for when there are very many
DEPTH_OF_MANY = 200  # how far one may page when not even counting reaches the end
NEAR_LIMIT = 1_000  # where the counts beside what is offered instead stop
DEPTH_OF_ALL = 10_000  # the same where nothing was asked for
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
    def ranked(self) -> bool:
        """Whether the words decide the order."""
        return self.sort == Sort.RELEVANCE and bool(self.words.tsquery)

    @property
    def empty(self) -> bool:
        """Nothing is asked for, so the counts of the job will do."""
        narrowed = (self.words.tsquery, self.rate_from, self.rate_to)
        return (
            not any(self.chosen.values())
            and narrowed == ("", None, None)
            and self.only is None
            and self.without is None
        )


@dataclass(frozen=True)
class Found:
    """A page of primary keys in order, how many there are (`more` when that is only the limit), and counts by facet.

    The counts of a kind leave the person's own choice in that kind aside, so they say what another choice would find. Of a
    kind in `partial` they are where counting stopped, and 0 for what was not counted. `reachable` is how far one may page.
    """

    ids: list[int]
    total: int
    more: bool
    counts: dict[Kind, dict[int, int]]
    reachable: int
    partial: frozenset[Kind] = frozenset()


def find(criteria: Criteria, *, offset: int = 0, limit: int = 20, count: bool = True) -> Found:
    """Find published instruments; a page beyond what is reachable is empty.

    `count=False` leaves facet counts out, for callers that only page.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        # The planner does not know how few rows a page needs, nor what a look into a stored tsvector costs; parallel workers
        # and JIT cost more than they bring here.
        cursor.execute(
            "SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL work_mem = '32MB'"
            + ("" if criteria.empty else "; SET LOCAL enable_seqscan = off")
        )
        stored = _stored_counts() if criteria.empty or any(criteria.chosen.values()) else None
        if criteria.empty and stored is not None:
            reachable = min(stored[0], DEPTH_OF_ALL)
            ids = _walk(cursor, criteria, offset, min(limit, reachable - offset))
            return Found(ids, TOTAL_LIMIT, True, stored[1], reachable)
        gathered = _gather(cursor, criteria, offset, limit, count, stored[1] if stored else None)
        ids, total, counts = gathered.ids, gathered.total, gathered.counts
        more = total > TOTAL_LIMIT
        reachable = DEPTH_OF_MANY if more else total
        if more:  # what was gathered are any of the matches, not the first of all
            limit = max(0, min(limit, reachable - offset))
            if criteria.ranked:
                ids = _popular(cursor, criteria, gathered.candidates, offset, limit)
            else:
                ids = _walk(cursor, criteria, offset, limit)
        return Found(ids, min(total, TOTAL_LIMIT), more, counts, reachable, gathered.partial if more else frozenset())


def facet_counts_of_all() -> dict[Kind, dict[int, int]]:
    """Counts over every published instrument: from the job's table on large sites, fresh on small ones."""
    return find(Criteria(), limit=0).counts


def _stored_counts() -> tuple[int, dict[Kind, dict[int, int]]] | None:
    """What the job counted; None on a site small enough to count now."""
    rows = dict(FacetCount.objects.filter(facet__lt=SIDE).values_list("facet", "count"))
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
            also("facets && %s::integer[]", [facets.encode(kind, value) for value in values if 0 <= value < STEP])
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


# Keys in the rows of the gathering statement: 0 the total, facets as they are, facets of a kind without its own choice from
# SIDE on, −kind its total; below PLACES the page, below RANKS the candidates for the page.
SIDE = STEP * 100
PLACES = -1_000
RANKS = -1_000_000


@dataclass(frozen=True)
class _Gathered:
    ids: list[int]
    total: int
    counts: dict[Kind, dict[int, int]]
    partial: frozenset[Kind]
    candidates: list[int]


def _gather(
    cursor: Any, criteria: Criteria, offset: int, limit: int, count: bool, stored: dict[Kind, dict[int, int]] | None
) -> _Gathered:
    """Materialize up to the limit of matches once; count, group and sort those."""
    table = Instrument._meta.db_table
    ctes, params, selects = [], [], []

    def gather(name: str, without_kind: Kind | None, most: int) -> None:
        where, values = _where(criteria, without_kind)
        if without_kind:  # without one condition there are no fewer: what is too many already need not be looked for
            where += f" AND (SELECT count(*) FROM hits) <= {SIDE_LIMIT}"
        ctes.append(f"{name} AS MATERIALIZED (SELECT {_COLUMNS} FROM {table} WHERE {where} LIMIT {most + 1})")
        params.extend(values)

    chosen = [kind for kind, values in criteria.chosen.items() if values] if count else []
    known = {
        kind: stored[kind] for kind in chosen if stored and replace(criteria, chosen={}).empty and len(chosen) == 1
    }
    gather("hits", None, TOTAL_LIMIT)
    for kind in chosen:
        if kind not in known:
            gather(f"hits_{kind.value}", kind, SIDE_LIMIT)
            selects.append(f"SELECT {-kind.value}::bigint, count(*) FROM hits_{kind.value}")
            selects.append(_counts(f"hits_{kind.value}", [kind], SIDE))
    if count:
        selects.append(_counts("hits", list(Kind)))
    ctes.append(_page(criteria, offset, limit))
    selects.append(f"SELECT {PLACES} - place, id FROM page")
    if criteria.ranked:
        selects.append(f"SELECT {RANKS} - rank, id FROM popular")
        params += _score_params(criteria.words) if offset < CANDIDATES else []
    cursor.execute(
        f"WITH {', '.join(ctes)} SELECT 0::bigint, count(*) FROM hits UNION ALL {' UNION ALL '.join(selects)}", params
    )
    answers = dict(cursor.fetchall())
    down = sorted((key for key in answers if key < PLACES), reverse=True)
    counts = facets.grouped((key, n) for key, n in answers.items() if 0 < key < SIDE)
    for kind in chosen:
        if kind in known:
            counts[kind] = known[kind]
        elif answers[0] <= answers[-kind.value] <= SIDE_LIMIT:
            counts[kind] = facets.grouped((key - SIDE, n) for key, n in answers.items() if key > SIDE)[kind]
        else:  # too many: what else there is, without saying how much of it
            counts[kind] = dict.fromkeys(stored[kind] if stored else (), 0) | counts[kind]
    return _Gathered(
        ids=[answers[key] for key in down if key > RANKS],
        total=answers[0],
        counts=counts,
        partial=frozenset(kind for kind in Kind if kind not in known),
        candidates=[answers[key] for key in down if key < RANKS],
    )


def _counts(source: str, kinds: list[Kind], offset: int = 0) -> str:
    """Count the facets of these kinds; the running status is counted from its column."""
    stored = [kind for kind in kinds if kind != Kind.STATUS]
    parts = []
    if stored:
        ranges = " OR ".join(f"facet BETWEEN {kind * STEP} AND {(kind + 1) * STEP - 1}" for kind in stored)
        where = f" WHERE {ranges}" if len(stored) < len(Kind) - 1 else ""
        parts.append(
            f"SELECT {offset} + facet, count(*) FROM (SELECT unnest(facets) AS facet FROM {source}) AS f{where} GROUP BY facet"
        )
    if Kind.STATUS in kinds:
        number = " ".join(f"WHEN '{value}' THEN {facets.encode(Kind.STATUS, n)}" for value, n in facets.RUNNING.items())
        parts.append(
            f"SELECT {offset} + CASE running_status {number} END, count(*) FROM {source} GROUP BY running_status"
        )
    return " UNION ALL ".join(parts)


def _page(criteria: Criteria, offset: int, limit: int) -> str:
    """The wanted page among the gathered: by words for the candidates, else by a column."""
    order = ORDER[Sort(criteria.sort)]
    if not criteria.ranked:
        return (
            f"page AS (SELECT id, row_number() OVER (ORDER BY {order}) AS place FROM hits"
            f" ORDER BY {order} OFFSET {offset} LIMIT {limit})"
        )
    if offset >= CANDIDATES:  # beyond those ranked by their words the most used come first
        return (
            "popular AS (SELECT id, 0 AS rank FROM hits LIMIT 0),"
            f" page AS (SELECT id, row_number() OVER (ORDER BY {order}) AS place FROM hits"
            f" ORDER BY {order} OFFSET {offset} LIMIT {limit})"
        )
    return (
        f"popular AS MATERIALIZED (SELECT id, row_number() OVER (ORDER BY {order}) AS rank FROM hits"
        f" ORDER BY {order} LIMIT {CANDIDATES}),"
        f" page AS (SELECT i.id, row_number() OVER (ORDER BY {_SCORE} DESC, p.rank) AS place FROM popular p"
        f" JOIN {Instrument._meta.db_table} i USING (id)"
        f" WHERE (SELECT count(*) FROM hits) <= {TOTAL_LIMIT} ORDER BY place OFFSET {offset} LIMIT {limit})"
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


def _popular(cursor: Any, criteria: Criteria, gathered: list[int], offset: int, limit: int) -> list[int]:
    """The page among very many matches by their words: of those gathered and of the most used instruments of all."""
    where, params = _where(criteria)
    table = Instrument._meta.db_table
    order = ORDER[Sort.RELEVANCE]
    cursor.execute(
        f"WITH most AS MATERIALIZED (SELECT * FROM {table} WHERE status = 'approved' ORDER BY {order} LIMIT {POPULAR}),"
        f" candidates AS ((SELECT id FROM most WHERE {where} ORDER BY {order} LIMIT {CANDIDATES})"
        f" UNION SELECT unnest(%s::bigint[])),"
        f" popular AS (SELECT i.* FROM candidates JOIN {table} i USING (id) ORDER BY i.service_count DESC, i.id LIMIT {CANDIDATES})"
        f" SELECT i.id FROM popular i ORDER BY {_SCORE} DESC, i.service_count DESC, i.id OFFSET {offset} LIMIT {limit}",
        [*params, gathered, *_score_params(criteria.words)],
    )
    return [pk for (pk,) in cursor.fetchall()]


def _walk(cursor: Any, criteria: Criteria, offset: int, limit: int) -> list[int]:
    """The page among very many matches by a column: along that column's index until enough match."""
    if limit <= 0:
        return []
    where, params = _where(criteria)
    order = ORDER[Sort(criteria.sort)]
    cursor.execute("SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    cursor.execute(
        f"SELECT id FROM {Instrument._meta.db_table} WHERE {where} ORDER BY {order} OFFSET {offset} LIMIT {limit}",
        params,
    )
    return [pk for (pk,) in cursor.fetchall()]


def refresh_facet_counts() -> int:
    """Count every facet of all findable instruments anew (a job does, every few minutes); return the total."""
    table = Instrument._meta.db_table
    source = f"(SELECT facets, running_status FROM {table} WHERE status = 'approved' AND tsv IS NOT NULL) AS hits"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT 0, count(*) FROM {source} UNION ALL {_counts(source, list(Kind))}")
        rows = cursor.fetchall()
        FacetCount.objects.filter(facet__lt=SIDE).delete()  # beyond stand those of other things that are found
        FacetCount.objects.bulk_create([FacetCount(facet=facet, count=count) for facet, count in rows])
    return rows[0][1]


def count_near(variants: Sequence[Criteria]) -> list[int]:
    """How many each of several questions would find, up to a limit, in one statement."""
    if not variants:
        return []
    parts, params = [], []
    for number, criteria in enumerate(variants):
        where, values = _where(criteria)
        parts.append(
            f"SELECT {number}, count(*) FROM (SELECT 1 FROM {Instrument._meta.db_table} WHERE {where}"
            f" LIMIT {NEAR_LIMIT}) AS near_{number}"
        )
        params += values
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL enable_seqscan = off"
        )
        cursor.execute(" UNION ALL ".join(parts), params)
        answers = dict(cursor.fetchall())
    return [answers[number] for number in range(len(variants))]
