"""What of a capability or a service plan can be found by which words, and writing it into the search index."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice

from django.db import connection
from django.utils.html import strip_tags

from gongyi.catalog.search.documents import LONG_TEXT, Thesaurus
from gongyi.catalog.search.words import Document, initials_of, lexemes
from gongyi.offerings.models import Capability, ServicePlan
from gongyi.offerings.search import facets, standards
from gongyi.organizations.models import Organization

BATCH = 500
LINES_OF_A_PLAN = 100  # capabilities of a plan whose words find it


def index(capabilities: Iterable[int | Capability]) -> int:
    """Write lexemes and facets of the given capabilities where they changed; return how many did.

    Cancelled lines and those of an institution that is not active leave the index. Whether a certificate is still valid is
    asked when searching, so that nothing needs to be written on the day it ends. Two queries for every 500.
    """
    keys = iter([one.pk if isinstance(one, Capability) else one for one in capabilities])
    thesaurus = Thesaurus()
    changed = 0
    while batch := list(islice(keys, BATCH)):
        changed += _write(batch, thesaurus)
    return changed


def _write(pks: list[int], thesaurus: Thesaurus) -> int:
    rows = Capability.objects.filter(pk__in=pks).select_related("organization", "certificate").order_by().defer("tsv")
    values = [
        (row.pk, str(document(row, thesaurus)), facets_of(row)) if found(row) else (row.pk, None, []) for row in rows
    ]
    if not values:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE {Capability._meta.db_table} AS old SET tsv = new.tsv::tsvector, facets = new.facets::integer[]
            FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS new (id, tsv, facets)
            WHERE old.id = new.id
              AND (old.tsv, old.facets) IS DISTINCT FROM (new.tsv::tsvector, new.facets::integer[])
            """,
            [
                [value[0] for value in values],
                [value[1] for value in values],
                ["{" + ",".join(map(str, value[2])) + "}" for value in values],
            ],
        )
        return cursor.rowcount


def found(capability: Capability) -> bool:
    """What strangers may see; the same as `shown_to_all()`."""
    return (
        capability.status != Capability.Status.CANCELLED
        and capability.organization.status == Organization.Status.ACTIVE
    )


def facets_of(capability: Capability) -> list[int]:
    """Every facet of the capability, sorted; see `facets` for the numbers."""
    kind = facets.Kind
    result = [
        facets.encode(kind.NATURE, facets.NATURES[capability.nature]),
        facets.encode(kind.ORGANIZATION, capability.organization_id),
        facets.encode(kind.CERTIFICATE, facets.CERTIFICATES[capability.certificate.nature]),
    ]
    if capability.organization.region_id:
        codes = facets.region_codes(capability.organization.region_id)
        result += [facets.encode(kind.REGION, code) for code in codes]
    if capability.domain:
        result.append(facets.encode(kind.DOMAIN, facets.domain_code(capability.domain)))
    if capability.price is not None:
        result.append(facets.encode(kind.PRICE, facets.PRICED))
    return sorted(result)


def document(capability: Capability, thesaurus: Thesaurus) -> Document:
    """Subject, parameter and standard number A, the standard's name and what it belongs to B, the institution, range and
    accuracy C, the rest, synonyms and pinyin initials D."""
    doc = Document()
    numbers, rest = standards.stored(capability.standard_no)
    doc.add("A", lexemes(capability.subject))
    doc.add("A", lexemes(capability.parameter))
    doc.add("A", iter(numbers))
    for text in (rest, capability.standard_name, capability.category, capability.domain):
        doc.add("B", lexemes(text))
    organization = capability.organization
    for text in (
        organization.name, organization.short_name, capability.measuring_range, capability.accuracy,
        capability.certificate.number,
    ):  # fmt: skip
        doc.add("C", lexemes(text))
    for text in (capability.remark, capability.authorized_area, capability.site):
        doc.add("D", lexemes(text))
    names = f"{capability.subject} {capability.parameter} {capability.category}"
    _also_called(doc, names, thesaurus)
    doc.add("D", initials_of(f"{capability.subject} {capability.parameter}"))
    return doc


def _also_called(doc: Document, names: str, thesaurus: Thesaurus) -> None:
    for term in thesaurus.synonyms(names):
        doc.add("D", lexemes(term))
        doc.add("D", initials_of(term))


def plans(chosen: Iterable[int | ServicePlan]) -> int:
    """The same for service plans: published ones of active institutions are found by their name, what they say of
    themselves, their institution and the words of the capabilities they include."""
    keys = iter([one.pk if isinstance(one, ServicePlan) else one for one in chosen])
    thesaurus = Thesaurus()
    changed = 0
    while batch := list(islice(keys, BATCH)):
        changed += _write_plans(batch, thesaurus)
    return changed


def _write_plans(pks: list[int], thesaurus: Thesaurus) -> int:
    rows = list(ServicePlan.objects.filter(pk__in=pks).select_related("organization").order_by().defer("tsv"))
    included: dict[int, list[Capability]] = defaultdict(list)
    through = ServicePlan.capabilities.through.objects.filter(serviceplan__in=pks).select_related("capability")
    for link in through.order_by("pk").iterator():
        lines = included[link.serviceplan_id]
        if len(lines) < LINES_OF_A_PLAN and link.capability.status != Capability.Status.CANCELLED:
            lines.append(link.capability)
    shown = set(ServicePlan.objects.shown_to_all().filter(pk__in=pks).order_by().values_list("pk", flat=True))
    texts = [str(plan_document(row, included[row.pk], thesaurus)) if row.pk in shown else None for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {ServicePlan._meta.db_table} AS old SET tsv = new.tsv::tsvector"
            " FROM unnest(%s::bigint[], %s::text[]) AS new (id, tsv)"
            " WHERE old.id = new.id AND old.tsv IS DISTINCT FROM new.tsv::tsvector",
            [[row.pk for row in rows], texts],
        )
        return cursor.rowcount


def plan_document(plan: ServicePlan, lines: list[Capability], thesaurus: Thesaurus) -> Document:
    """Its name A, its summary and the included standards B, deliverables, institution and the lines' words C, the text D."""
    doc = Document()
    doc.add("A", lexemes(plan.name))
    doc.add("B", lexemes(plan.summary))
    for line in lines:
        doc.add("B", iter(standards.stored(line.standard_no)[0]))
        doc.add("C", lexemes(f"{line.subject} {line.parameter}"))
    for text in (plan.deliverables, plan.organization.name, plan.organization.short_name):
        doc.add("C", lexemes(text[:LONG_TEXT]))
    doc.add("D", _words_of(plan.description))
    _also_called(doc, f"{plan.name} {plan.summary}", thesaurus)
    doc.add("D", initials_of(plan.name))
    return doc


def _words_of(html: str) -> Iterator[str]:
    return lexemes(strip_tags(html.replace("<", " <"))[: LONG_TEXT * 2])
