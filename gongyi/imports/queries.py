"""Reads for the screens of imports."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gongyi.imports.cells import unpacked
from gongyi.imports.models import ImportRun
from gongyi.imports.registry import Verdict


def under_way(importer: str, context_id: int | None, *, before: ImportRun | None = None) -> ImportRun | None:
    """The import that is being carried out into a context now; `before` leaves out a run and those after it."""
    runs = ImportRun.objects.filter(importer=importer, context_id=context_id, status=ImportRun.Status.IMPORTING)
    if before is not None:
        runs = runs.exclude(pk=before.pk).filter(beat_at__lte=before.beat_at) if before.beat_at else runs.none()
    return runs.order_by("pk").first()


def rows_to_correct(run: ImportRun) -> Iterator[tuple[Sequence, Mapping[int, str], str]]:
    """The bad rows as typed, the sentence for each wrong cell by its place, and all sentences together."""
    for row in run.rows.bad().order_by("number").iterator(chunk_size=1000):
        faults: dict[int, str] = {}
        for name, _header, sentence in row.problems:
            if (place := run.places.get(name)) is not None:
                faults[place] = f"{faults[place]}\n{sentence}" if place in faults else sentence
        yield unpacked(row.cells), faults, "\n".join(told(row.problems))


def told(problems: Sequence[Sequence[str]]) -> list[str]:
    """Problems as sentences that name their column."""
    return [f"「{header}」{sentence}" if header else sentence for _name, header, sentence in problems]


def tiles(run: ImportRun) -> list[tuple[Any, str, str, str]]:
    """Counts by verdict: label, count, the verdict to filter by, tone."""
    return [(v.label, f"{getattr(run, f'{v.value}_count'):,}", v.value, v.badge) for v in Verdict]
