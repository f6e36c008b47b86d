"""Words to lexemes, the same way for what is stored and for what is asked, so that parts of Chinese words are found.

PostgreSQL cannot split Chinese, and word lists miss model numbers and parts of words. So each run of Chinese characters
becomes its overlapping pairs and its last character; letters and digits become words, split and joined at `- . / _ +`
(`JSM-7800F` → jsm, 7800f, 7800, jsm7800f).
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from gongyi.kit.pinyin import initials
from gongyi.kit.refusal import Refused

MAX_QUERY_CHARACTERS = 100
MAX_QUERY_WORDS = 16
MAX_LEXEME_CHARACTERS = 60
MAX_POSITION = 16383  # of a tsvector
INITIALS_OF = 16  # characters of a name whose pinyin initials are kept

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3007\U00020000-\U0003fffd"
_RUN = re.compile(rf"(?P<han>[{_HAN}]+)|(?P<word>(?:(?![{_HAN}])[^\W_])+(?:[-./_+](?:(?![{_HAN}])[^\W_])+)*)")
_HAN_RUN = re.compile(rf"[{_HAN}]+")
_JOINT = re.compile(r"[-./_+]")
_LETTERS_OR_DIGITS = re.compile(r"\d+|[^\W\d_]+")
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−－"), "-")


def normalize(text: str) -> str:
    """Full width to half width, capitals to small, all dashes alike."""
    return unicodedata.normalize("NFKC", text).translate(_DASHES).lower()


@dataclass(frozen=True)
class Run:
    """A run of Chinese characters, or a word of letters and digits with its parts."""

    text: str
    parts: tuple[str, ...] = ()  # empty for Chinese
    ends_at: int = 0
    starts_at: int = 0

    @property
    def joined(self) -> str:
        return "".join(self.parts)[:MAX_LEXEME_CHARACTERS]


def runs(text: str) -> Iterator[Run]:
    """The runs of a normalized text, in order; punctuation is left out."""
    for match in _RUN.finditer(text):
        parts = () if match["han"] else tuple(p[:MAX_LEXEME_CHARACTERS] for p in _JOINT.split(match["word"]) if p)
        yield Run(match[0], parts, match.end(), match.start())


def pairs(han: str) -> list[str]:
    """`扫描电镜` → 扫描, 描电, 电镜."""
    return [han[i : i + 2] for i in range(len(han) - 1)]


def lexemes(text: str) -> Iterator[str]:
    """All lexemes under which `text` is to be found, in its order, with repetitions."""
    text = normalize(text)
    before: Run | None = None
    for run in runs(text):
        if not run.parts:
            yield from pairs(run.text)
            yield run.text[-1]
            before = None
            continue
        for part in run.parts:
            yield part
            pieces = _LETTERS_OR_DIGITS.findall(part)
            if len(pieces) > 1:
                yield from (piece for piece in pieces if len(piece) > 1)
        if len(run.parts) > 1:
            yield run.joined
        if before and text[before.ends_at : run.starts_at].isspace():
            yield (before.joined + run.joined)[:MAX_LEXEME_CHARACTERS]  # JSM 7800F is asked as JSM7800F
        before = run


def initials_of(text: str) -> Iterator[str]:
    """Pinyin initials of each Chinese run and of its ends: 扫描电镜 → smdj, mdj, dj; so any part is found by prefix."""
    for han in _HAN_RUN.findall(normalize(text)[:200]):
        letters = initials(han[:INITIALS_OF])
        for start in range(len(letters) - 1):
            yield letters[start:]


class Document:
    """Collects weighted lexemes and writes them as PostgreSQL reads a tsvector."""

    def __init__(self) -> None:
        self._places: dict[str, list[str]] = {}
        self._position = 0

    def add(self, weight: str, words: Iterator[str]) -> None:
        for lexeme in words:
            self._position = min(self._position + 1, MAX_POSITION)
            places = self._places.setdefault(lexeme, [])
            if len(places) < 8:
                places.append(f"{self._position}{weight}")

    def __contains__(self, lexeme: str) -> bool:
        return lexeme in self._places

    def __str__(self) -> str:
        return " ".join(f"{quoted(lexeme)}:{','.join(places)}" for lexeme, places in self._places.items())


def quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


_LEXEME = re.compile(r"('(?:[^']|'')*')(?::(\*))?")


def weighted(tsquery: str, weights: str) -> str:
    """The same question to words of some weights only: `'sem':*` → `'sem':*AD`."""
    return _LEXEME.sub(lambda match: f"{match[1]}:{match[2] or ''}{weights}", tsquery)


@dataclass(frozen=True)
class Parsed:
    """What was asked, as a tsquery and as one without open ends, to rank whole words first.

    `text` is the normalized question; `tsquery` is empty when nothing in it can be searched.
    """

    text: str = ""
    tsquery: str = ""
    whole: str = ""

    @property
    def has_han(self) -> bool:
        return bool(_HAN_RUN.search(self.text))


def parse(text: str) -> Parsed:
    """Read a question: all words must occur, in any order; a single character and the last word may be beginnings.

    Refuses NUL characters, which PostgreSQL cannot take; what is beyond 100 characters or 16 words is left out.
    """
    if "\0" in text:
        raise Refused(_("搜索词里有无法识别的字符，请重新输入。"), code="nul")
    text = normalize(text[:MAX_QUERY_CHARACTERS]).strip()
    asked = list(runs(text))[:MAX_QUERY_WORDS]
    last_word = max((i for i, run in enumerate(asked) if run.parts), default=-1)
    terms: list[str] = []
    for number, run in enumerate(asked):
        if run.parts:
            terms.append(_word(run, beginning=number == last_word))
        elif len(run.text) == 1:
            terms.append(f"{quoted(run.text)}:*")
        else:
            terms.extend(quoted(pair) for pair in pairs(run.text))
    asked_for = " & ".join(dict.fromkeys(terms))
    return Parsed(text, asked_for, asked_for.replace("':*", "'"))


def _word(run: Run, *, beginning: bool) -> str:
    """A word as typed so far; a single letter begins too many words, so it stands for itself."""

    def term(lexeme: str, open_end: bool) -> str:
        return quoted(lexeme) + (":*" if open_end and len(lexeme) > 1 else "")

    if len(run.parts) == 1:
        return term(run.parts[0], beginning)
    apart = [term(part, False) for part in run.parts[:-1]] + [term(run.parts[-1], beginning)]
    return f"({term(run.joined, beginning)} | ({' & '.join(apart)}))"
