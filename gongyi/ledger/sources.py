"""What money was for, in words: the ledger only knows `reservation:12`; the app above says its number and address.

A higher app registers once, from its `AppConfig.ready`:

    sources.register("reservation", lambda keys: {pk: (number, url) for …})
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

Describe = Callable[[set[int]], dict[int, tuple[str, str]]]

_known: dict[str, Describe] = {}


@dataclass(frozen=True)
class Source:
    label: str
    url: str = ""

    def __str__(self) -> str:
        return self.label


def register(kind: str, describe: Describe) -> None:
    """Let `describe({12, 13})` name the sources `kind:12` and `kind:13`, as {12: (label, url)}, in one query."""
    _known[kind] = describe


def describe(sources: Iterable[str]) -> dict[str, Source]:
    """Label and address of every source; one that nobody knows keeps its bare name."""
    wanted: dict[str, dict[int, list[str]]] = {}
    found = {}
    for source in set(sources) - {""}:
        kind, _colon, rest = source.partition(":")
        number = rest.partition(":")[0]
        found[source] = Source(source)
        if kind in _known and number.isdecimal():
            wanted.setdefault(kind, {}).setdefault(int(number), []).append(source)
    for kind, by_number in wanted.items():
        for number, (label, url) in _known[kind](set(by_number)).items():
            for source in by_number.get(number, []):
                found[source] = Source(label, url)
    return found


def attach(rows: Iterable[Any]) -> list:
    """Give every row with a `source` its description as `row.source_shown`."""
    rows = list(rows)
    known = describe(row.source for row in rows)
    for row in rows:
        row.source_shown = known.get(row.source)
    return rows
