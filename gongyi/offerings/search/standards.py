"""Standard numbers as lexemes of their own, so that `GB/T 228.1`, `ＧＢＴ228.1—2021` and `228.1` all find GB/T 228.1-2021.

A designation is a prefix, a number and perhaps a year. Width, case, blanks, slashes, dashes and leading zeros do not count:

| written | prefix | number | year |
|---|---|---|---|
| GB/T 228.1-2021 | gbt | 228.1 | 2021 |
| ISO 6892-1:2019 | iso | 6892.1 | 2019 |
| DIN EN ISO 6892-1 | dineniso | 6892.1 | |
| JJG(浙) 139-2014 | jjg | 139 | 2014 |
| ASTM E8/E8M-22 | astm | e8, e8m | 2022 |

Every lexeme begins with a sign no word can contain, so that a number in a text is never taken for a standard.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from gongyi.catalog.search.words import normalize

SIGN = "§"
MOST = 6  # designations read from one field or question
YEAR_FROM, YEAR_BEFORE = 1900, 2100
CENTURY_FROM = 50  # of years in two digits: 85 is 1985, 22 is 2022

# Bodies whose names stand one after the other before a number: DIN EN ISO, ISO/IEC.
BODIES = "iso|iec|ieee|itu|en|din|bs|nf|jis|ks|ansi|astm|asme|aashto|aatcc|api|aws|sae|mil|ul|epa|csa|iupac|oiml|vdi|vde|cie|aoac|usp|ep"
_PREFIX = rf"(?:(?:(?:{BODIES})[\s/-]+)+(?:{BODIES})(?![a-z])|db\s*\d{{2}}(?:\s*/\s*[a-z]{{1,4}})?|[a-z]{{1,8}}(?:\s*/\s*[a-z]{{1,8}})?)"
_LOCAL = r"(?:\s*\([^()]{1,6}\))?"
_NUMBER = r"[a-z]?\d+[a-z]{0,2}(?:/[a-z]?\d+[a-z]{1,2})?(?:\.\d+[a-z]?)*"
_PART = r"(?:-(?!(?:19|20)\d{2}(?!\d))\d{1,3}(?!\d))*"
_YEAR = r"(?:\s*[-:]\s*(?P<year>(?:19|20)\d{2})(?!\d))?"
_DESIGNATION = re.compile(
    rf"(?<![a-z0-9.§])(?P<prefix>{_PREFIX})?(?(prefix){_LOCAL}[\s-]*)(?P<number>{_NUMBER})(?P<part>{_PART}){_YEAR}(?![a-z0-9])"
)
_SHORT_YEAR = re.compile(r"-(\d{2})$")
# Whose parts are counted after a dash, so that two digits there are no year.
_DASHED_PARTS = {"iso", "iec", "en", "din", "bs", "jis", "nf", "isoiec"}


@dataclass(frozen=True)
class Designation:
    """One standard number as read: every word of its prefix, the ways its number may be said, its year."""

    words: tuple[str, ...]
    numbers: tuple[str, ...]
    year: str = ""
    start: int = 0
    end: int = 0

    @property
    def prefix(self) -> str:
        return "".join(self.words)

    def said(self) -> Iterator[str]:
        """What stands before a number in an index: nothing, the whole prefix, each longer word of it."""
        yield ""
        if self.prefix:
            yield from dict.fromkeys((self.prefix, *(word for word in self.words if len(word) > 1)))

    def lexemes(self) -> Iterator[str]:
        """Everything under which it is to be found: with and without prefix, as a part and as the whole, with its year."""
        for prefix in self.said():
            for number in self.numbers:
                for end in _ends(number):
                    yield f"{SIGN}{prefix}{number[:end]}"
                if self.year:
                    yield f"{SIGN}{prefix}{number}-{self.year}"

    def asked(self) -> str:
        """The lexeme a question means by it."""
        year = f"-{self.year}" if self.year else ""
        return f"{SIGN}{self.prefix}{self.numbers[0]}{year}"

    @property
    def without_year(self) -> "Designation":
        return replace(self, year="")

    @property
    def without_prefix(self) -> "Designation":
        return replace(self, words=(), year="")

    @property
    def family(self) -> "Designation":
        """All parts of it: GB/T 228 for GB/T 228.1-2021."""
        return replace(self, numbers=tuple(number.split(".")[0] for number in self.numbers), year="")


def read(text: str) -> list[Designation]:
    """The designations in a text, normalized or not, in order."""
    return [found for match in _DESIGNATION.finditer(normalize(text)) if (found := _designation(match))][:MOST]


def stored(field: str) -> tuple[list[str], str]:
    """The lexemes of a capability's standard number, and what of the field is no number and is searched as words.

    Numbers without a prefix count only where nothing has one: in `GB/T 5750.4-2006(8.1)` the 8.1 is a clause.
    """
    text = normalize(field)
    found = read(text)
    found = [one for one in found if one.prefix] or found
    rest = text
    for one in reversed(found):
        rest = f"{rest[: one.start]} {rest[one.end :]}"
    return list(dict.fromkeys(lexeme for one in found for lexeme in one.lexemes())), rest


def written(field: str) -> str:
    """A standard number without its year, as two of them are compared."""
    found = [one for one in read(field) if one.prefix] or read(field)
    return found[0].without_year.asked() if found else ""


def _ends(number: str) -> Iterator[int]:
    """Where a number may stop: 228 and 228.1, 60068, 60068.2 and 60068.2.1."""
    for match in re.finditer(r"\.", number):
        yield match.start()
    yield len(number)


def _designation(match: re.Match) -> Designation | None:
    prefix, number, part, year = match["prefix"] or "", match["number"], match["part"] or "", match["year"] or ""
    words = tuple(word for word in re.split(r"[\s/-]+", re.sub(r"^db\s+", "db", prefix)) if word)
    if not year and words and "".join(words) not in _DASHED_PARTS and not _DASHED_PARTS & set(words):
        short = _SHORT_YEAR.search(part)
        if short:
            part, year = part[: short.start()], _century(int(short[1]))
    numbers = tuple(_bare(one + part.replace("-", ".")) for one in number.split("/"))
    if not words and not year and sum(character.isdigit() for character in number) < 2:
        return None
    return Designation(words, numbers, year, match.start(), match.end())


def _century(two: int) -> str:
    return str((1900 if two >= CENTURY_FROM else 2000) + two)


def _bare(number: str) -> str:
    """Without the zeros a component begins with: 0287 → 287, 00123.01 → 123.1."""
    return ".".join(re.sub(r"^([a-z]?)0+(?=\d)", r"\1", piece) for piece in number.split("."))
