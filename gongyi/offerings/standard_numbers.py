"""Standard numbers as an annex wants them: regular in form and with their year (含年号); strange prefixes are only pointed out.

What is understood: `GBT 19143-2017`, `GB-T 4339—2008` and `ＧＢ／Ｔ 19143 - 2017` are the same way of writing; several numbers
may stand in one cell, parted by 、；, line breaks or nothing but a blank; clauses and remarks behind a number stay with it.
"""

import csv
import re
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

from django.utils.translation import gettext as _

from gongyi.kit.spreadsheets.columns import plain

PREFIXES = Path(__file__).parent / "data" / "standard_prefixes.csv"
FIRST_YEAR = 1950  # no national standard is older
TWO_DIGITS_FROM = 50  # GB 7314-87 is of 1987; of this century the year is written in full
SHORT_YEARS = {"ASTM", "SAE"}  # these write two digits to this day
YEAR_IN_NUMBER = {"AOAC"}  # 2011.14 is method 14 of the year 2011
JOINED = "、"

_DESIGNATION = re.compile(
    r"""(?<![A-Z])
    (?P<prefix>
        DB\s?\d{2,6}(?:\s?/?\s?T)? | T\s?/\s?[A-Z]{2,10} | Q\s?/\s?[A-Z0-9]{1,10}(?=[\s-])
      | (?:(?:DIN|BS|NF|EN|UNE|SS)\s+){0,2}[A-Z]{2,6}(?:\s?/\s?[A-Z]{1,4}|[\s-][TZ](?=[\s\d]))?
    )
    (?P<place>\s?\([\u4e00-\u9fff]{1,4}\))?
    \s?[-]?\s?
    (?P<number>[A-Z]{0,2}\s?\d[\dA-Z]*(?:[./]\d[\dA-Z]*|/[A-Z]\d+[A-Z]?|-\d{1,3}(?!\d))*)
    (?:\s?[-:]\s?(?P<year>\d{4}|\d{2})(?P<edition>[A-Z]\d?)?(?!\d))?
    (?:年版?)?
    """,
    re.VERBOSE,
)
_SHORT = re.compile(r"-(\d{2})([A-Z]\d?)?$")
_DATED = re.compile(r"(?<!\d)(19|20)\d{2}(?!\d)")
_TITLE = re.compile(r"《([^》]+)》")
_CLINGS = re.compile(r"[(+]|e\d", re.IGNORECASE)  # a clause, an amendment, an edition
_SEPARATORS = " \n、,;"
_DASHES = re.compile(r"[\u2010-\u2015\u2212\uff0d—–]+")


@dataclass
class Checked:
    """What a text says of standards: `numbers` as they are stored, `names` beside them, `method` where it names no standard.

    `problems` must be mended before the line can stand in a table of capabilities; `doubts` are only pointed out.
    """

    numbers: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    method: str = ""
    problems: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return JOINED.join(self.numbers)


@cache
def prefixes() -> dict[str, str]:
    """Known prefixes with what they stand for; an editable list, never a reason to refuse."""
    with PREFIXES.open(encoding="utf-8", newline="") as file:
        return {row["prefix"]: row["meaning"] for row in csv.DictReader(file)}


@cache
def _compact() -> dict[str, str]:
    """GBT, GB T and GB-T all mean GB/T."""
    return {re.sub(r"[^A-Z]", "", prefix): prefix for prefix in prefixes()}


def checked(text: str, today: date) -> Checked:
    """Read a cell or a field; empty text says nothing and is no problem here."""
    result = Checked(names=[title.strip() for title in _TITLE.findall(text)])
    rest = _DASHES.sub("-", plain(_TITLE.sub(" ", text))).upper()
    typed = _DASHES.sub("-", plain(_TITLE.sub(" ", text)))
    if len(typed) != len(rest):  # a letter whose capital is two letters; then the numbers are read as typed
        rest = typed
    found = list(_DESIGNATION.finditer(rest))
    if not found:
        _without_number(" ".join(_DASHES.sub("-", plain(text)).split()).strip(_SEPARATORS), result)
        return result
    if before := typed[: found[0].start()].strip(_SEPARATORS):
        result.names.insert(0, before)
    ends = [match.start() for match in found[1:]] + [len(rest)]
    for match, end in zip(found, ends, strict=True):
        tail = " ".join(typed[match.end() : end].split()).strip(_SEPARATORS)
        number = _regular(match, today, result)
        result.numbers.append(f"{number}{tail}" if _CLINGS.match(tail) else f"{number} {tail}".strip())
    result.numbers = list(dict.fromkeys(result.numbers))
    return result


def _without_number(words: str, result: Checked) -> None:
    if words and _DATED.search(words):
        result.numbers.append(words)
        result.doubts.append(_("「%s」不是常见的标准编号写法，请对照证书附表核对。") % words)
    else:
        result.method = words
    result.names = []


def _regular(match: re.Match, today: date, result: Checked) -> str:
    """The number as it should be written; what is wrong or strange about it goes into the result."""
    prefix, known = _prefix(match["prefix"])
    number, year, edition = re.sub(r"\s+", "", match["number"]), match["year"] or "", match["edition"] or ""
    if not year and (short := _SHORT.search(number)) and _may_be_short(prefix, known, short[1]):
        number, year, edition = number[: short.start()], short[1], short[2] or ""
    if len(year) == 2 and not _may_be_short(prefix, known, year):
        number, year = f"{number}-{year}", ""
    place = re.sub(r"\s+", "", match["place"] or "")
    sign = ":" if re.search(r":\s?" + (year or "x"), match[0]) else "-"
    bare = f"{prefix}{place} {number}"
    regular = f"{bare}{sign}{year}{edition.lower()}" if year else bare
    if not year and prefix not in YEAR_IN_NUMBER:
        result.problems.append(
            _("「%(number)s」没有年号。能力表要写明年号，请照证书附表写成「%(number)s-四位年号」。") % {"number": bare}
        )
    elif len(year) == len("2021") and not FIRST_YEAR <= int(year) <= today.year:
        result.problems.append(_("「%(number)s」的年号 %(year)s 不对，请核对。") % {"number": regular, "year": year})
    if not known:
        result.doubts.append(_("「%s」的代号不常见，请对照证书附表核对。") % regular)
    return regular


def _prefix(text: str) -> tuple[str, bool]:
    """The prefix as it is usually written, and whether it is known."""
    bare = re.sub(r"\s+", " ", text).strip()
    if match := re.fullmatch(r"DB ?(\d{2,6})(?: ?/? ?(T))?", bare):
        return f"DB{match[1]}{'/T' if match[2] else ''}", True
    joined = re.sub(r"\s?/\s?", "/", bare)
    if re.fullmatch(r"(T|Q)/[A-Z0-9]+", joined):
        return joined, True
    if joined in prefixes():
        return joined, True
    *family, last = joined.split(" ")
    if family and last in prefixes():
        return joined, True
    compact = _compact().get(re.sub(r"[^A-Z]", "", joined))
    return (compact, True) if compact else (joined, False)


def _may_be_short(prefix: str, known: bool, year: str) -> bool:
    if prefix.split("/")[0] in SHORT_YEARS:
        return True
    foreign = prefix.split("/")[0] in {"ISO", "IEC", "EN", "DIN", "BS", "CISPR", "OIML"} or " " in prefix
    return known and not foreign and int(year) >= TWO_DIGITS_FROM
