"""What money was for, in words: the ledger only knows `reservation:12`; the app above says its number and address.

A higher app registers once, from its `AppConfig.ready`:

    sources.register("reservation", lambda keys, user: {pk: Source(number, url, instrument) for …})
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Source:
    """The number of what was paid for, its page, and a few words about it."""

    label: str
    url: str = ""
    note: str = ""

    def __str__(self) -> str:
        return self.label


Describe = Callable[[set[int], Any], dict[int, Source]]

_known: dict[str, Describe] = {}


def register(kind: str, describe: Describe) -> None:
    """Let `describe({12, 13}, reader)` name the sources `kind:12` and `kind:13`, as {12: Source(…)}, in a query or two.

    The address is left out where the reader may not see the page.
    """
    _known[kind] = describe


def describe(sources: Iterable[str], reader: Any) -> dict[str, Source]:
    """Every source in words for `reader`; one that nobody knows keeps its bare name."""
    wanted: dict[str, dict[int, list[str]]] = {}
    found = {}
    for source in set(sources) - {""}:
        kind, _colon, rest = source.partition(":")
        number = rest.partition(":")[0]
        found[source] = Source(source)
        if kind in _known and number.isdecimal():
            wanted.setdefault(kind, {}).setdefault(int(number), []).append(source)
    for kind, by_number in wanted.items():
        for pk, described in _known[kind](set(by_number), reader).items():
            for source in by_number.get(pk, []):
                found[source] = described
    return found


def attach(rows: Iterable[Any], reader: Any) -> list:
    """Give every row with a `source` its description as `row.source_shown`."""
    rows = list(rows)
    known = describe((row.source for row in rows), reader)
    for row in rows:
        row.source_shown = known.get(row.source)
    return rows
