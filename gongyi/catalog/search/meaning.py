"""What a question is understood as: its words, what else they mean, and how the index spells them."""

from dataclasses import dataclass

from gongyi.catalog.search.documents import Thesaurus
from gongyi.catalog.search.words import initials_of, lexemes, parse


@dataclass(frozen=True)
class Meaning:
    """For somebody who looks after the synonyms: what is found besides the words themselves."""

    text: str
    synonyms: tuple[str, ...]
    initials: tuple[str, ...]
    pieces: tuple[str, ...]


def meaning_of(text: str) -> Meaning:
    """Which other words find the same as this one, in the direction an index is written: what is called `text` is found by
    each of `synonyms`. Refuses what `parse` refuses."""
    asked = parse(text)
    return Meaning(
        text=text.strip(),
        synonyms=tuple(Thesaurus().synonyms(asked.text)),
        initials=tuple(dict.fromkeys(initials_of(asked.text)))[:1],
        pieces=tuple(dict.fromkeys(lexemes(asked.text))),
    )
