"""Taking in many instruments at once without a file: the same cleaning, judging and writing as the import by spreadsheet."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gongyi.catalog.importing.columns import EXTRA, TEMPLATE, by_name
from gongyi.imports.registry import GOOD, IMPORTERS, Plan, Planned, Scope, Verdict
from gongyi.kit.refusal import Refused
from gongyi.kit.spreadsheets import Row
from gongyi.organizations.models import Organization

KIND = "catalog.instruments"
BATCH = 500
OrganizationOf = Callable[[Mapping[str, Any]], Organization | None]


@dataclass(frozen=True)
class Outcome:
    """What became of one row: its number, the verdict, its instrument's key, what was wrong and what should be looked at."""

    number: int
    verdict: str
    pk: int | None = None
    problems: Sequence[tuple[str, str]] = ()
    notes: Sequence[tuple[str, str]] = ()


@dataclass
class Report:
    """What became of a list, row by row."""

    rows: list[Outcome] = field(default_factory=list)

    def count(self, *verdicts: str) -> int:
        return sum(1 for row in self.rows if row.verdict in verdicts)

    @property
    def problems(self) -> list[tuple[int, str, str]]:
        """(row, column, sentence) of everything that was wrong."""
        return [(row.number, column, str(text)) for row in self.rows for column, text in row.problems]

    @property
    def notes(self) -> list[tuple[int, str, str]]:
        """(row, column, sentence) of everything that should be looked at."""
        return [(row.number, column, str(text)) for row in self.rows for column, text in row.notes]


@transaction.atomic
def import_instruments(
    *,
    rows: Iterable[Mapping[str, Any]],
    actor: Any,
    organization: Organization | None = None,
    organization_for: OrganizationOf | None = None,
    publish: bool = True,
    all_or_nothing: bool = False,
) -> Report:
    """Add or change the instruments the rows (header or column name → value) are about, in one unit or in what
    `organization_for(row)` names; `publish` says whether new ones are published or drafts.

    Rows that are wrong or repeat others are left out and told of in the report; with `all_or_nothing` one of them leaves out all.
    Nobody's rights are asked for here: that is the caller's business.
    """
    whose = organization_for or (lambda row: organization)
    outcomes: dict[int, Outcome] = {}
    by_unit: dict[int, list[Row]] = {}
    for place, raw in enumerate(rows):
        number = getattr(raw, "number", place + 2)
        owner = whose(raw)
        if owner is None:
            outcomes[number] = Outcome(
                number, Verdict.WRONG, problems=[("owner_unit", _("不知道属于哪个单位，请写明。"))]
            )
        else:
            by_unit.setdefault(owner.pk, []).append(Row(by_name(raw), number))
    judged = [(Scope(unit, actor, memory={"publish": publish}), listed) for unit, listed in sorted(by_unit.items())]
    plans = [(scope, _judged(scope, listed)) for scope, listed in judged]
    for _scope, planned in plans:
        for row, plan in planned:
            outcomes[row.number] = Outcome(
                row.number, plan.verdict, plan.data.get("pk"), problems=plan.problems, notes=plan.notes
            )
    bad = any(outcome.verdict in (Verdict.WRONG, Verdict.DUPLICATE) for outcome in outcomes.values())
    if not (bad and all_or_nothing):
        for scope, planned in plans:
            for number, pk in _written(scope, planned):
                done = outcomes[number]
                outcomes[number] = Outcome(number, done.verdict, pk, done.problems, done.notes)
    return Report([outcomes[number] for number in sorted(outcomes)])


def _judged(scope: Scope, rows: list[Row]) -> list[tuple[Row, Plan]]:
    kind = IMPORTERS[KIND]
    kind.lock(scope)
    read, plans = [], []
    for row in rows:
        faults = _too_long(row)
        if faults:
            plans.append((row, Plan.wrong(row.get("name", ""), *faults)))
        else:
            read.append(row)
    return sorted([*plans, *zip(read, kind.prepare(read, scope), strict=True)], key=lambda pair: pair[0].number)


def _too_long(row: Row) -> list[tuple[str, str]]:
    return [(name, _("内容过长，请缩短。")) for name, text in row.items() if len(text) > LONGEST]


LONGEST = 5_000  # characters of one value


def _written(scope: Scope, planned: list[tuple[Row, Plan]]) -> Iterable[tuple[int, int]]:
    kind = IMPORTERS[KIND]
    good = [Planned(row.number, plan.verdict, plan.label, plan.data) for row, plan in planned if plan.verdict in GOOD]
    for start in range(0, len(good), BATCH):
        batch = good[start : start + BATCH]
        for row, effect in zip(batch, kind.apply(batch, scope), strict=True):
            yield row.number, effect["pk"]


KNOWN_FIELDS = frozenset(column.name for column in (*TEMPLATE, *EXTRA))


def submit_many(*, instruments: Iterable[Any], actor: Any) -> list[tuple[Any, str]]:
    """Hand in each instrument for review on its own; those refused, with the sentence that says why (S1-39)."""
    from gongyi.catalog.workflow import InstrumentFlow

    refused = []
    for instrument in instruments:
        try:
            with transaction.atomic():
                InstrumentFlow.fire(instrument, "submit", actor=actor)
        except Refused as refusal:
            refused.append((instrument, str(refusal)))
    return refused
