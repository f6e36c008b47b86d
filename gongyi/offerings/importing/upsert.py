"""Many lines at once from a program: judged and written exactly as an uploaded list is, with a result for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from gongyi.imports.registry import GOOD, Plan, Planned, Scope, Verdict
from gongyi.kit.spreadsheets import Row, read_row
from gongyi.offerings.importing.capabilities import LineImporter
from gongyi.offerings.importing.layout import UNDERSTOOD
from gongyi.organizations.models import Organization


@dataclass
class Outcome:
    """What became of one item: `pk` of the line once it is there; problems and notes are (field, sentence)."""

    verdict: str
    pk: int | None = None
    problems: list[tuple[str, str]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)


def names_of(importer: LineImporter) -> list[str]:
    """The fields an item may have."""
    return [column.name for column in importer.columns(None) if column.name != UNDERSTOOD]


@transaction.atomic
def upsert(
    *, importer: LineImporter, organization: Organization, items: Sequence[Mapping[str, Any]], actor: Any, atomic: bool
) -> list[Outcome]:
    """Write the good ones (or, when `atomic`, none unless all are good) and say of each what it was."""
    scope = Scope(organization.pk, actor)
    importer.lock(scope)
    columns = importer.columns(organization.pk)
    names = {column.header: column.name for column in columns}
    places = {column.name: place for place, column in enumerate(columns)}
    outcomes: dict[int, Outcome] = {}
    rows: list[Row] = []
    for place, item in enumerate(items):
        row, problems = read_row([item.get(column.name) for column in columns], place, columns, places)
        if problems:
            faults = [(names.get(p.column or "", ""), p.sentence) for p in problems]
            outcomes[place] = Outcome(Verdict.WRONG, problems=faults)
        else:
            rows.append(row)
    plans: list[tuple[Row, Plan]] = list(zip(rows, importer.prepare(iter(rows), scope), strict=True))
    for row, plan in plans:
        outcomes[row.number] = Outcome(plan.verdict, problems=list(plan.problems), notes=list(plan.notes))
    bad = any(one.problems for one in outcomes.values())
    if not (atomic and bad):
        good = [Planned(row.number, plan.verdict, plan.label, plan.data) for row, plan in plans if plan.verdict in GOOD]
        for planned, effect in zip(good, importer.apply(good, scope), strict=True):
            outcomes[planned.number].pk = effect.get("created") or effect["changed"]
    return [outcomes[place] for place in range(len(items))]
