"""When no instrument is found: the nearest questions that find some, each with how many (issue 4, Finding)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import connection
from django.http import QueryDict
from django.utils.translation import gettext as _

from gongyi.catalog.filters import Filters
from gongyi.catalog.models import Instrument
from gongyi.catalog.search.apart import apart
from gongyi.catalog.search.engine import NEAR_LIMIT, count_near
from gongyi.catalog.search.similar import by_sound, similar

MOST = 8  # offered of a kind
TRIED = 14  # asked for in one statement
WORDS = 6  # of a question that are left out by turns


@dataclass(frozen=True)
class Offer:
    """Another question: what is different about it, its address, how many it finds."""

    label: str
    query: str
    count: int

    @property
    def shown(self) -> str:
        return f"{self.count:,}{'+' if self.count >= NEAR_LIMIT else ''}"


@dataclass(frozen=True)
class Nearest:
    """Questions with one condition less, and the same question in other words."""

    fewer: list[Offer]
    other: list[Offer]

    def __bool__(self) -> bool:
        return bool(self.fewer or self.other)


def nearest(filters: Filters) -> Nearest:
    """Two queries more where nothing else is near; only what an address can say is varied."""
    fewer, other = list(_fewer(filters))[:TRIED], list(_other(filters))[:TRIED]
    counts = count_near([Filters(params).criteria() for _label, params in (*fewer, *other)])
    offers = [Offer(label, params.urlencode(), n) for (label, params), n in zip((*fewer, *other), counts, strict=True)]
    first, second = offers[: len(fewer)], offers[len(fewer) :]
    fewer_found, other_found = [offer for offer in first if offer.count], [offer for offer in second if offer.count]
    if filters.q and not other_found:
        other_found = [
            Offer(said, _with(filters, q=said).urlencode(), n) for said, n in apart(filters.q, _counts(filters))
        ]
    return Nearest(fewer_found[:MOST], other_found[:MOST])


def _counts(filters: Filters) -> Callable[[list[str]], list[int]]:
    """How many instruments each of several words finds under the same conditions."""
    return lambda words: count_near([Filters(_with(filters, q=said)).criteria() for said in words])


def _fewer(filters: Filters) -> Iterator[tuple[str, QueryDict]]:
    """One condition less, each in turn; one word less; all conditions less."""
    conditions = [chip for chip in filters.chips if chip.param != "q"]
    for param in dict.fromkeys(chip.param for chip in conditions):
        names = "、".join(chip.label for chip in conditions if chip.param == param)
        yield _("不限「%s」") % names, _with(filters, **{param: None})
    if filters.q and conditions:
        yield _("不限条件，只找「%s」") % filters.q, _only(filters.q)
    words = filters.q.split()
    if len(words) > 1:
        for number, word in enumerate(words[:WORDS]):
            yield _("不含「%s」") % word, _with(filters, q=" ".join(words[:number] + words[number + 1 :]))
    if filters.q and conditions:
        yield _("只用所选条件"), _with(filters, q=None)


def _other(filters: Filters) -> Iterator[tuple[str, QueryDict]]:
    """Words that look or sound alike."""
    narrowed = any(chip.param != "q" for chip in filters.chips)
    for word in dict.fromkeys((*_called(by_sound(filters.q)), *similar(filters.q))):
        yield word, _with(filters, q=word)
        if narrowed:
            yield _("%s，不限条件") % word, _only(word)


def _called(sound: str) -> list[str]:
    """Names of instruments whose pinyin has the same initials."""
    if not sound:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT name FROM (SELECT name FROM {Instrument._meta.db_table} WHERE tsv @@ %s::tsquery AND status = %s"
            " LIMIT 200) AS named GROUP BY name ORDER BY count(*) DESC, name LIMIT 20",
            [f"'{sound}'", Instrument.Status.PUBLISHED.value],
        )
        names = [name for (name,) in cursor.fetchall()]
    return [name for name in names if sound in by_sound(name)]


def _with(filters: Filters, **changes: str | None) -> QueryDict:
    params = filters.params.copy()
    params.pop("page", None)
    for name, value in changes.items():
        if value is None:
            params.pop(name, None)
        else:
            params[name] = value
    return params


def _only(q: str) -> QueryDict:
    params = QueryDict(mutable=True)
    params["q"] = q
    return params
