"""Did you mean …: words of the classes and of the synonyms that look or sound like what was typed."""

from difflib import get_close_matches

from gongyi.catalog.models import InstrumentClass, Synonym
from gongyi.catalog.search.words import initials_of, normalize, parse

MOST = 6
LOOKS_ALIKE = 0.6  # share of common characters from which a Chinese word counts as meant
LOOKS_ALIKE_LATIN = 0.75
LONGEST = 30  # characters of a question for which another word is looked for


def by_sound(text: str) -> str:
    """The pinyin initials of a text that is one run of Chinese: 扫苗电竞 → smdj, as 扫描电镜 has them; else empty."""
    letters = list(initials_of(text[:LONGEST]))
    return letters[0] if letters and len(letters[0]) == len(normalize(text).strip()) else ""


def similar(text: str) -> list[str]:
    """Known words like this one, those that sound the same first; the word itself is not among them. Two queries."""
    asked = normalize(text[:LONGEST]).strip()
    if len(asked) < 2:
        return []
    known = _vocabulary()
    sound = by_sound(asked)
    same = [word for plain, word in known.items() if sound and plain != asked and by_sound(plain) == sound]
    share = LOOKS_ALIKE if parse(asked).has_han else LOOKS_ALIKE_LATIN
    close = [known[plain] for plain in get_close_matches(asked, known.keys() - {asked}, MOST, share)]
    return list(dict.fromkeys((*same, *close)))[:MOST]


def _vocabulary() -> dict[str, str]:
    """The names of classes and every synonym, by their normalized form."""
    names = InstrumentClass.objects.exclude(name__startswith="其他").values_list("name", flat=True)
    terms = (term for group in Synonym.objects.values_list("terms", flat=True) for term in group)
    return {normalize(word): word for word in (*names, *terms)}
