"""When nothing is found: the nearest questions that find something, each with how much."""

from collections.abc import Iterator

from django.db import connection
from django.http import QueryDict
from django.utils.translation import gettext as _

from gongyi.catalog.nearest import MOST, TRIED, WORDS, Nearest, Offer
from gongyi.catalog.search.apart import apart
from gongyi.catalog.search.similar import by_sound, similar
from gongyi.offerings.filters.finding import Filters
from gongyi.offerings.models import Capability
from gongyi.offerings.search import count_near
from gongyi.offerings.search.question import parts, replaced


def nearest(filters: Filters) -> Nearest:
    """Five queries at most, whatever was asked."""
    fewer, other = list(_fewer(filters))[:TRIED], list(_other(filters))[:TRIED]
    counts = count_near([Filters(params).criteria() for _label, params in (*fewer, *other)])
    offers = [Offer(label, params.urlencode(), n) for (label, params), n in zip((*fewer, *other), counts, strict=True)]
    first, second = offers[: len(fewer)], offers[len(fewer) :]
    if filters.words.designations:  # each asks for more than the one before, or says nothing new
        second = [
            one
            for one, before in zip(second, [0, *(offer.count for offer in second)], strict=False)
            if one.count > before
        ]
    fewer_found, other_found = [offer for offer in first if offer.count], [offer for offer in second if offer.count]
    if filters.q and not other_found:
        other_found = [Offer(said, _with(filters, q=said).urlencode(), n) for said, n in _apart(filters)]
    return Nearest(fewer_found[:MOST], other_found[:MOST])


def _apart(filters: Filters) -> list[tuple[str, int]]:
    """The same words not side by side, under the same conditions; standard numbers stay whole."""
    kept = [(one.start, one.end) for one in filters.words.designations]
    return apart(
        filters.q, lambda words: count_near([Filters(_with(filters, q=said)).criteria() for said in words]), kept
    )


def _fewer(filters: Filters) -> Iterator[tuple[str, QueryDict]]:
    """One condition less, each in turn; all of them at last."""
    if not filters.shows_all:
        yield _("也看已过期、已撤销和暂停的"), _with(filters, all="1")
    conditions = [chip for chip in filters.chips if chip.param != "q"]
    for param in dict.fromkeys(chip.param for chip in conditions):
        names = "、".join(chip.label for chip in conditions if chip.param == param)
        yield _("不限「%s」") % names, _with(filters, **{param: None})
    if filters.q and conditions:
        yield _("不限条件，只找「%s」") % filters.q, _only(filters.q)
    words = parts(filters.words)
    if len(words) > 1:
        for number, word in enumerate(words[:WORDS]):
            rest = " ".join(words[:number] + words[number + 1 :])
            yield _("不含「%s」") % word, _with(filters, q=rest)
    if filters.q and conditions:
        yield _("只用所选条件"), _with(filters, q=None)


def _other(filters: Filters) -> Iterator[tuple[str, QueryDict]]:
    """The standard in another year, from another body, its other parts; words that look or sound alike."""
    question = filters.words
    for one in question.designations:
        if one.year:
            said = replaced(question, one, one.without_year)
            yield _("%s，不限年份") % said, _with(filters, q=said)
        if one.prefix:
            said = replaced(question, one, one.without_prefix)
            yield _("编号 %s 的其他标准") % one.numbers[0], _with(filters, q=said)
        if "." in one.numbers[0]:
            said = replaced(question, one, one.family)
            yield _("%s 的其他部分") % said, _with(filters, q=said)
    if question.designations:
        return
    narrowed = any(chip.param != "q" for chip in filters.chips)
    for word in dict.fromkeys((*_called(by_sound(filters.q)), *similar(filters.q))):
        yield word, _with(filters, q=word)
        if narrowed:
            yield _("%s，不限条件") % word, _only(word)


def _called(sound: str) -> list[str]:
    """Subjects and parameters whose pinyin begins with the same letters."""
    if not sound:
        return []
    table = Capability._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM (SELECT unnest(ARRAY[subject, parameter]) AS name"
            f" FROM {table} WHERE tsv @@ %s::tsquery LIMIT 200) AS named GROUP BY name ORDER BY count(*) DESC, name LIMIT 20",
            [f"'{sound}'"],
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
