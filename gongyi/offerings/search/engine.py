"""One statement that finds a page of capabilities, their number and every facet count."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongyi.catalog.models import FacetCount
from gongyi.offerings.models import Capability
from gongyi.offerings.search import facets
from gongyi.offerings.search.facets import STEP, Kind
from gongyi.offerings.search.question import Question
from gongyi.organizations.models import Certificate, Organization

TOTAL_LIMIT = 5_000  # what matches beyond is not counted: 5,000+
SIDE_LIMIT = 2_500  # the same for the other options of a kind somebody has chosen from
CANDIDATES = 1_000  # how many matches are ranked by their words
DEPTH_OF_MANY = 200  # how far one may page when not even counting reaches the end
NEAR_LIMIT = 1_000  # where the counts beside what is offered instead stop
WEIGHTS = "{0.05, 0.2, 0.5, 1.0}"  # D, C, B, A
SHELF = STEP * 100  # where the job's counts of capabilities stand in the table it shares with those of instruments


class Sort(models.TextChoices):
    RELEVANCE = "relevance", _("相关程度")
    PRICE = "price", _("价格从低到高")
    PRICE_DOWN = "-price", _("价格从高到低")
    REGION = "region", _("地区")


ORDER = {
    Sort.RELEVANCE: "organization_id, id",
    Sort.PRICE: "price ASC NULLS LAST, id",
    Sort.PRICE_DOWN: "price DESC NULLS LAST, id DESC",
    Sort.REGION: "region, organization_id, id",
}


@dataclass(frozen=True)
class Criteria:
    """What is asked for: values of one kind are alternatives, kinds are conditions.

    `domains` are words, which stand in the facets as their digests. `orderable` leaves out what cannot be ordered on `day`:
    suspended lines, and those whose certificate or authorisation has ended.
    """

    words: Question = Question()
    chosen: dict[Kind, tuple[int, ...]] = field(default_factory=dict)
    domains: tuple[str, ...] = ()
    orderable: bool = True
    day: date = field(default_factory=timezone.localdate)
    sort: str = Sort.RELEVANCE

    @property
    def ranked(self) -> bool:
        """Whether the words decide the order."""
        return self.sort == Sort.RELEVANCE and bool(self.words.tsquery)

    @property
    def kinds(self) -> list[Kind]:
        """The kinds somebody has chosen from."""
        found: list[Kind] = [kind for kind, values in self.chosen.items() if values and kind != Kind.DOMAIN]
        return [*found, Kind.DOMAIN] if self.domains else found

    @property
    def empty(self) -> bool:
        return not (self.words.tsquery or self.kinds)

    def without(self, kind: Kind) -> "Criteria":
        if kind == Kind.DOMAIN:
            return replace(self, domains=())
        return replace(self, chosen={other: values for other, values in self.chosen.items() if other != kind})


@dataclass(frozen=True)
class Found:
    """A page of primary keys in order, how many there are (`more` when that is only the limit), and counts by facet.

    The counts of a kind leave the person's own choice in that kind aside, so they say what another choice would find. Of a
    kind in `partial` they are where counting stopped. `domains` are counts by the domain's words. `reachable` is how far
    one may page.
    """

    ids: list[int]
    total: int
    more: bool
    counts: dict[Kind, dict[int, int]]
    domains: dict[str, int]
    reachable: int
    partial: frozenset[Kind] = frozenset()


def find(criteria: Criteria, *, offset: int = 0, limit: int = 20, count: bool = True) -> Found:
    """Find capabilities; a page beyond what is reachable is empty. `count=False` leaves facet counts out."""
    ended = _ended(criteria)
    with transaction.atomic(), connection.cursor() as cursor:
        _settle(cursor, criteria)
        rows = _gathered(cursor, criteria, ended, offset, limit, count)
        totals = {name[6:]: number for name, number, _text in rows if name.startswith("total_")}
        total = totals["hits"]
        more = total > TOTAL_LIMIT
        reachable = DEPTH_OF_MANY if more else total
        ids = [pk for _place, pk in sorted((int(text), pk) for name, pk, text in rows if name == "page")]
        if offset + limit > reachable:
            ids = ids[: max(0, reachable - offset)]
        if more and criteria.sort in (Sort.PRICE, Sort.PRICE_DOWN):
            ids = _walk(cursor, criteria, ended, offset, max(0, min(limit, reachable - offset)))
        counts, domains = _counted(rows, "hits")
        partial = set(Kind) if more else set()
        for kind in criteria.kinds if count else ():
            side, side_domains = _counted(rows, f"side_{kind.value}")
            if kind == Kind.DOMAIN:
                domains = side_domains or domains
            else:
                counts[kind] = side[kind] or counts[kind]
            if totals.get(f"side_{kind.value}", 0) > SIDE_LIMIT:
                partial.add(kind)
        if more and criteria.empty and count and (stored := _stored(criteria)):
            counts, partial = stored, {Kind.DOMAIN}
    return Found(ids, min(total, TOTAL_LIMIT), more, counts, domains, reachable, frozenset(partial))


def count_near(variants: list[Criteria]) -> list[int]:
    """How many each of several questions would find, up to a limit, in one statement."""
    if not variants:
        return []
    parts, params = [], []
    ended = _ended(replace(variants[0], orderable=True))
    for number, criteria in enumerate(variants):
        where, values = _where(criteria, ended)
        parts.append(
            f"SELECT {number}, count(*) FROM (SELECT 1 FROM {_TABLE} WHERE {where} LIMIT {NEAR_LIMIT}) AS near_{number}"
        )
        params += values
    with transaction.atomic(), connection.cursor() as cursor:
        _settle(cursor, variants[0])
        cursor.execute(" UNION ALL ".join(parts), params)
        answers = dict(cursor.fetchall())
    return [answers[number] for number in range(len(variants))]


def _settle(cursor: Any, criteria: Criteria) -> None:
    """The planner does not know how few rows a page needs; parallel workers and JIT cost more than they bring here."""
    cursor.execute(
        "SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL work_mem = '32MB'"
        + ("" if criteria.empty else "; SET LOCAL enable_seqscan = off")
    )


_TABLE = Capability._meta.db_table
_ORGANIZATIONS = Organization._meta.db_table
_COLUMNS = "id, facets, domain, price, organization_id"


def _ended(criteria: Criteria) -> list[int]:
    """The certificates that are worth nothing on the day; as a list, because a query inside the search's own misleads the
    planner about what an index costs."""
    if not criteria.orderable:
        return []
    held = Certificate.objects.valid_on(criteria.day).order_by().values("pk")
    return list(Certificate.objects.exclude(pk__in=held).order_by().values_list("pk", flat=True))


def _where(criteria: Criteria, ended: Sequence[int]) -> tuple[str, list[Any]]:
    parts: list[str] = []
    params: list[Any] = []
    indexed = False

    def also(sql: str, *values: Any) -> None:
        parts.append(sql)
        params.extend(values)

    if criteria.words.tsquery:
        also("tsv @@ %s::tsquery", criteria.words.tsquery)
        indexed = True
    for kind, values in criteria.chosen.items():
        if values and kind != Kind.DOMAIN:
            also("facets && %s::integer[]", [facets.encode(kind, value) for value in values if 0 <= value < STEP])
            indexed = True
    if criteria.domains:
        codes = [facets.encode(Kind.DOMAIN, facets.domain_code(domain)) for domain in criteria.domains]
        also("facets && %s::integer[] AND domain = ANY(%s)", codes, list(criteria.domains))
        indexed = True
    if not indexed:
        parts.append("tsv IS NOT NULL")
    if criteria.orderable:
        also(
            "status = %s AND (valid_until IS NULL OR valid_until >= %s) AND NOT certificate_id = ANY(%s::bigint[])",
            Capability.Status.VALID.value, criteria.day, list(ended),
        )  # fmt: skip
    return " AND ".join(parts), params


def orderable_today() -> tuple[str, list[Any]]:
    """The condition that is put where nothing is asked, with its values: in the index, and of use to somebody today."""
    criteria = Criteria()
    return _where(criteria, _ended(criteria))


def _gathered(
    cursor: Any, criteria: Criteria, ended: Sequence[int], offset: int, limit: int, count: bool
) -> list[tuple[str, int, str]]:
    """Rows of a name, a number and a text: totals, counts by facet and by domain, the page's primary keys by place.

    Up to the limit of matches are read once; those are counted, grouped and sorted.
    """
    ctes, selects = [], []
    params: list[Any] = []

    def gather(name: str, asked: Criteria, most: int) -> None:
        where, values = _where(asked, ended)
        ctes.append(f"{name} AS MATERIALIZED (SELECT {_COLUMNS} FROM {_TABLE} WHERE {where} LIMIT {most + 1})")
        selects.append(f"SELECT 'total_{name}', count(*)::bigint, '' FROM {name}")
        params.extend(values)

    gather("hits", criteria, TOTAL_LIMIT)
    for kind in criteria.kinds if count else ():
        gather(f"side_{kind.value}", criteria.without(kind), SIDE_LIMIT)
    if count:
        selects += _counts("hits", list(Kind))
        for kind in criteria.kinds:
            selects += _counts(f"side_{kind.value}", [kind])
    page, values = _page(criteria, offset, limit)
    ctes.append(page)
    selects.append("SELECT 'page', id, place::text FROM page")
    cursor.execute(f"WITH {', '.join(ctes)} {' UNION ALL '.join(selects)}", params + values)
    return cursor.fetchall()


def _counts(source: str, kinds: list[Kind]) -> list[str]:
    """Facets are counted from the array, domains by their words."""
    found = []
    ranges = " OR ".join(
        f"facet BETWEEN {kind * STEP} AND {(kind + 1) * STEP - 1}" for kind in kinds if kind != Kind.DOMAIN
    )
    if ranges:
        found.append(
            f"SELECT '{source}', count(*), facet::text FROM (SELECT unnest(facets) AS facet FROM {source}) AS f"
            f" WHERE {ranges} GROUP BY facet"
        )
    if Kind.DOMAIN in kinds:
        found.append(f"SELECT '{source}_domain', count(*), domain FROM {source} WHERE domain <> '' GROUP BY domain")
    return found


def _counted(rows: list[tuple[str, int, str]], source: str) -> tuple[dict[Kind, dict[int, int]], dict[str, int]]:
    counts: dict[Kind, dict[int, int]] = {kind: {} for kind in Kind}
    for name, number, text in rows:
        if name == source:
            kind, value = divmod(int(text), STEP)
            counts[Kind(kind)][value] = number
    return counts, {text: number for name, number, text in rows if name == f"{source}_domain"}


# The words' rank, which stays below 0.5; more for whole words than for beginnings, for the standard itself, for a subject or
# parameter that contains the question as it was typed, and most for one that is just that.
_SCORE = (
    "ts_rank(%s::float4[], c.tsv, %s::tsquery, 1) + 0.5 * (c.tsv @@ %s::tsquery)::int + (c.tsv @@ %s::tsquery)::int"
    " + (strpos(lower(c.subject || ' ' || c.parameter), %s) > 0)::int"
    " + (lower(c.subject) = %s OR lower(c.parameter) = %s)::int"
)


def _page(criteria: Criteria, offset: int, limit: int) -> tuple[str, list[Any]]:
    """The wanted page among the gathered: by words for the candidates, else by a column. Lines of one institution that
    answer equally well stand together."""
    if criteria.ranked and offset < CANDIDATES:
        words = criteria.words
        # Inside Latin words the same letters mean nothing.
        phrase = words.text if words.has_han else "\uffff"
        params = [WEIGHTS, words.tsquery, words.whole, words.exact or "'§'", phrase, words.text, words.text]
        return (
            f"ranked AS (SELECT h.id, h.organization_id, h.price, {_SCORE} AS score"
            f" FROM (SELECT * FROM hits ORDER BY id LIMIT {CANDIDATES}) AS h JOIN {_TABLE} AS c USING (id)),"
            " page AS (SELECT id, row_number() OVER (ORDER BY round(score::numeric, 1) DESC, organization_id,"
            f" score DESC, id) AS place FROM ranked ORDER BY place OFFSET {offset} LIMIT {limit})",
            params,
        )
    order = ORDER[Sort(criteria.sort)]
    source = "hits"
    if criteria.sort == Sort.REGION:
        source = (
            "(SELECT hits.*, o.region_id AS region FROM hits"
            f" JOIN {_ORGANIZATIONS} AS o ON o.id = hits.organization_id) AS placed"
        )
    return (
        f"page AS (SELECT id, row_number() OVER (ORDER BY {order}) AS place FROM {source}"
        f" ORDER BY place OFFSET {offset} LIMIT {limit})",
        [],
    )


def _walk(cursor: Any, criteria: Criteria, ended: Sequence[int], offset: int, limit: int) -> list[int]:
    """The page among very many matches by price: along the price's index until enough match."""
    if limit <= 0:
        return []
    where, params = _where(criteria, ended)
    order = ORDER[Sort(criteria.sort)]
    cursor.execute("SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    cursor.execute(
        f"SELECT id FROM {_TABLE} WHERE {where} ORDER BY {order} OFFSET {offset} LIMIT {limit}",
        params,
    )
    return [pk for (pk,) in cursor.fetchall()]


def _stored(criteria: Criteria) -> dict[Kind, dict[int, int]] | None:
    """What the job counted of everything; None on a site small enough to count now."""
    rows = FacetCount.objects.filter(facet__gt=SHELF).values_list("facet", "count")
    counts: dict[Kind, dict[int, int]] = {kind: {} for kind in Kind}
    for facet, number in rows:
        kind, value = divmod(facet - SHELF, STEP)
        counts[Kind(kind)][value] = number
    return counts if any(counts.values()) else None


def refresh_facet_counts() -> int:
    """Count every facet of all capabilities that can be ordered today anew (a job does, every few minutes); return the
    total. On a small site nothing is kept, because searching counts them as well."""
    everything = Criteria()
    where, params = _where(everything, _ended(everything))
    kinds: list[Kind] = [kind for kind in Kind if kind != Kind.DOMAIN]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM {_TABLE} WHERE {where} LIMIT {TOTAL_LIMIT + 1}) AS counted", params
        )
        (total,) = cursor.fetchone()
        rows = []
        if total > TOTAL_LIMIT:
            source = f"(SELECT facets FROM {_TABLE} WHERE {where}) AS hits"
            (statement,) = _counts(source, kinds)
            cursor.execute(statement.replace(f"SELECT '{source}', ", "SELECT ", 1), params)
            rows = cursor.fetchall()
        FacetCount.objects.filter(facet__gte=SHELF).delete()
        FacetCount.objects.bulk_create([FacetCount(facet=SHELF + int(facet), count=number) for number, facet in rows])
    return total
