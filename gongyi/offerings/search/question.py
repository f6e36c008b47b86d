"""Reading a question: standard numbers as such, everything else as words."""

from dataclasses import dataclass

from gongyi.catalog.search.words import MAX_QUERY_CHARACTERS, Parsed, normalize, parse, quoted, runs
from gongyi.offerings.search import standards
from gongyi.offerings.search.standards import Designation


@dataclass(frozen=True)
class Question(Parsed):
    """What was asked, with the standard numbers found in it; `exact` asks for those alone."""

    designations: tuple[Designation, ...] = ()
    exact: str = ""


def ask(text: str) -> Question:
    """All words and standard numbers must occur. What looks like a standard number may also be a plain word: 0.5 级, JSM-7800F.

    Refuses what `parse` refuses.
    """
    plain = parse(text)
    found = standards.read(plain.text)
    if not found:
        return Question(plain.text, plain.tsquery, plain.whole)
    terms, rest, at = [], [], 0
    for one in found:
        rest.append(plain.text[at : one.start])
        at = one.end
        words = _as_word(plain.text[one.start : one.end], one)
        terms.append(f"({quoted(one.asked())} | ({words}))" if words else quoted(one.asked()))
    rest.append(plain.text[at:])
    words = parse(" ".join(rest)).tsquery
    asked_for = " & ".join([*terms, words] if words else terms)
    exact = " & ".join(quoted(one.asked()) for one in found)
    return Question(plain.text, asked_for, asked_for.replace("':*", "'"), tuple(found), exact)


def _as_word(said: str, one: Designation) -> str:
    """What looks like a number of a standard, as a plain word; 0.5 as a whole, because 0 and 5 stand nearly everywhere."""
    if one.words or len(one.numbers[0].split(".")) == 1:
        return parse(said).tsquery
    return quoted("".join(run.joined for run in runs(said)))


def replaced(question: Question, one: Designation, other: Designation) -> str:
    """The question's text with one standard number said otherwise."""
    said = f"{'/'.join(other.words)} {other.numbers[0]}".strip().upper() + (f"-{other.year}" if other.year else "")
    return f"{question.text[: one.start]}{said}{question.text[one.end :]}".strip()[:MAX_QUERY_CHARACTERS]


def parts(question: Question) -> list[str]:
    """The question's single words, as they were parted by blanks and punctuation."""
    return [word for word in normalize(question.text).replace("，", " ").replace("、", " ").split() if word]
