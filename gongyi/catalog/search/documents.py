"""What of an instrument can be found by which words and facets, and writing it into the search index."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice

from django.db import connection

from gongyi.catalog.models import Instrument, InstrumentClass, Price, PriceTier, Synonym
from gongyi.catalog.search import facets
from gongyi.catalog.search.words import Document, initials_of, lexemes, normalize, runs

BATCH = 500
LONG_TEXT = 600  # characters of a long text that are searched
# Whose rate stands in lists: what an outside unit pays, else the next wider price there is.
LISTED_TIERS = (PriceTier.EXTERNAL, PriceTier.ENTERPRISE, PriceTier.INTERNAL, PriceTier.GROUP)


def index(instruments: Iterable[int | Instrument]) -> int:
    """Write lexemes, facets and listed rate of the given instruments where they changed; return how many did.

    Only published instruments of active organizations can be found; the others leave the index. Seven queries for every
    500 instruments.
    """
    keys = iter([item.pk if isinstance(item, Instrument) else item for item in instruments])
    thesaurus = Thesaurus()
    changed = 0
    while batch := list(islice(keys, BATCH)):
        changed += _write(batch, thesaurus)
    return changed


def _write(pks: list[int], thesaurus: "Thesaurus") -> int:
    rows = list(
        Instrument.objects.filter(pk__in=pks)
        .select_related("organization", "department", "instrument_class")
        .defer("tsv")
    )
    rates = listed_rates(pks)
    fields: dict[int, list[int]] = defaultdict(list)
    for pk, field in Instrument.service_fields.through.objects.filter(instrument__in=pks).values_list(
        "instrument", "servicefield"
    ):
        fields[pk].append(field)
    values: list[tuple[int, str | None, list[int], Decimal | None]] = []
    for row in rows:
        rate = rates.get(row.pk)
        if found(row):
            values.append((row.pk, str(document(row, thesaurus)), facets_of(row, rate, fields[row.pk]), rate))
        else:
            values.append((row.pk, None, [], rate))
    if not values:
        return 0
    table = Instrument._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE {table} AS old SET tsv = new.tsv::tsvector, facets = new.facets::integer[], listed_rate = new.rate
            FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::numeric[]) AS new (id, tsv, facets, rate)
            WHERE old.id = new.id AND (old.tsv, old.facets, old.listed_rate)
                IS DISTINCT FROM (new.tsv::tsvector, new.facets::integer[], new.rate)
            """,
            [
                [value[0] for value in values],
                [value[1] for value in values],
                ["{" + ",".join(map(str, value[2])) + "}" for value in values],
                [value[3] for value in values],
            ],
        )
        return cursor.rowcount


def found(instrument: Instrument) -> bool:
    return instrument.status == Instrument.Status.PUBLISHED and instrument.organization.status == "active"


def listed_rates(pks: list[int]) -> dict[int, Decimal]:
    """The hourly rate shown and sorted by, for the instruments that have any price."""
    best: dict[int, tuple[int, Decimal]] = {}
    order = {tier.value: rank for rank, tier in enumerate(LISTED_TIERS)}
    for pk, tier, rate in Price.objects.filter(instrument__in=pks).values_list("instrument", "tier", "hourly_rate"):
        if pk not in best or order[tier] < best[pk][0]:
            best[pk] = (order[tier], rate)
    return {pk: rate for pk, (_rank, rate) in best.items()}


def facets_of(instrument: Instrument, rate: Decimal | None, fields: Iterable[int]) -> list[int]:
    """Every facet of the instrument, sorted; see `facets` for the numbers."""
    kind = facets.Kind
    result = [facets.encode(kind.ORGANIZATION, instrument.organization_id)]
    if instrument.instrument_class_id:
        result += [facets.encode(kind.CLASS, code) for code in facets.class_codes(instrument.instrument_class_id)]
    region = instrument.region_id or instrument.organization.region_id
    if region:
        result += [facets.encode(kind.REGION, code) for code in facets.region_codes(region)]
    if instrument.timed_booking:
        result.append(facets.encode(kind.MODE, facets.TIMED))
    if instrument.commissioned_booking:
        result.append(facets.encode(kind.MODE, facets.COMMISSIONED))
    result.append(facets.encode(kind.PRICE, facets.price_band(rate)))
    result += [facets.encode(kind.FIELD, field) for field in fields]
    return sorted(result)


def document(instrument: Instrument, thesaurus: "Thesaurus") -> Document:
    """Names A, model and maker B, class, unit and place C, texts, synonyms and pinyin initials D."""
    doc = Document()
    kind = thesaurus.class_path(instrument.instrument_class)
    doc.add("A", lexemes(instrument.name))
    doc.add("A", lexemes(instrument.name_en))
    for text in (instrument.model, instrument.manufacturer, instrument.number, instrument.internal_no):
        doc.add("B", lexemes(text))
    names = f"{instrument.name} {instrument.name_en} {instrument.model} {kind.split('/')[-1]}"
    organization, department = instrument.organization, instrument.department
    for text in (
        kind,
        organization.name,
        organization.short_name,
        department.name if department else "",
        instrument.location,
    ):
        doc.add("C", lexemes(text))
    for text in (instrument.functions, instrument.technical_specs, instrument.accessories):
        doc.add("D", lexemes(text[:LONG_TEXT]))
    for term in thesaurus.synonyms(names):
        doc.add("D", lexemes(term))
        doc.add("D", initials_of(term))
    doc.add("D", initials_of(f"{instrument.name} {kind.split('/')[-1]}"))
    return doc


class Thesaurus:
    """The synonym groups and class names, read once for a whole indexing run."""

    def __init__(self) -> None:
        self._han: list[tuple[str, list[str]]] = []
        self._words: dict[str, list[list[str]]] = defaultdict(list)
        for group in Synonym.objects.values_list("terms", flat=True):
            for term in group:
                others = [other for other in group if other != term]
                plain = normalize(term)
                if any(not run.parts for run in runs(plain)):
                    self._han.append((plain, others))
                else:
                    self._words["".join(run.joined for run in runs(plain))].append(others)

    def class_path(self, instrument_class: InstrumentClass | None) -> str:
        """`分析仪器/质谱仪器/有机质谱仪`; the catch-all 其他 says nothing and is left out."""
        if instrument_class is None:
            return ""
        return "/".join(part for part in instrument_class.path.split("/") if not part.startswith("其他"))

    def equals(self, word: str) -> list[str]:
        """The other words of the groups this very word stands in; its parts do not count."""
        plain = normalize(word)
        found = [others for term, others in self._han if term == plain]
        found += self._words.get("".join(run.joined for run in runs(plain)), [])
        return list(dict.fromkeys(term for others in found for term in others))

    def synonyms(self, names: str) -> Iterator[str]:
        """Other words for what occurs in `names`: Chinese terms as parts of the text, Latin ones as whole words."""
        plain = normalize(names)
        words = [run for run in runs(plain) if run.parts]
        spoken = {part for run in words for part in (*run.parts, run.joined)}
        spoken |= {a.joined + b.joined for a, b in zip(words, words[1:], strict=False)}
        given: set[str] = set()
        for term, others in self._han:
            if term in plain:
                given.update(others)
        for word in spoken & self._words.keys():
            for others in self._words[word]:
                given.update(others)
        yield from sorted(given)
