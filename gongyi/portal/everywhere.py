"""One question to everything that is public: instruments, institutions, service plans, capabilities (S0-11, S3-45, S3-61)."""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from gongyi.catalog import search as instruments
from gongyi.catalog.models import Instrument
from gongyi.catalog.search.apart import apart
from gongyi.catalog.search.documents import Thesaurus
from gongyi.catalog.search.similar import similar
from gongyi.catalog.search.words import MAX_QUERY_WORDS, weighted
from gongyi.offerings import search as offerings
from gongyi.offerings.models import ServicePlan
from gongyi.offerings.search import Question
from gongyi.offerings.search.of_plans import find_plans, suggested
from gongyi.offerings.views.finding import loaded as lines
from gongyi.organizations.models import Organization
from gongyi.portal import rows

EACH = 5  # of every kind on the page
SUGGESTED = 8  # of all kinds while typing
QUOTAS = {"instrument": 3, "unit": 2, "standard": 3, "capability": 3, "plan": 2}


@dataclass(frozen=True)
class Section:
    """One kind of what was found: the first few, how many there are, where all of them are."""

    kind: str
    label: str
    found: list[Any] = field(default_factory=list)
    total: int = 0
    more: bool = False
    url: str = ""

    @property
    def shown(self) -> str:
        return f"{self.total:,}{'+' if self.more else ''}"


@dataclass(frozen=True)
class Suggestion:
    label: str
    url: str
    note: str = ""


def everything(question: Question, user: Any) -> list[Section]:
    """Every kind, those that found nothing too; the same number of queries however much is found."""
    if not question.text:
        return []
    sections = [_instruments(question), _units(question, user), _plans(question), _capabilities(question)]
    return sections if question.tsquery else [section for section in sections if section.kind == "unit"]


def found(question: Question, user: Any) -> list[Section]:
    """The kinds that found something."""
    return [section for section in everything(question, user) if section.total]


def _instruments(question: Question) -> Section:
    words = instruments.parse(question.text)
    found = instruments.find(instruments.Criteria(words), limit=EACH, count=False)
    url = f"{reverse('portal:instruments')}?{urlencode({'q': question.text})}"
    return Section("instrument", _("仪器设备"), rows.loaded(found.ids), found.total, found.more, url)


def _units(question: Question, user: Any) -> Section:
    found = units(question.text, user)
    url = f"{reverse('portal:organizations')}?{urlencode({'q': question.text})}"
    total = found.order_by().count()
    return Section("unit", _("机构"), list(found[:EACH]) if total else [], total, False, url)


def _plans(question: Question) -> Section:
    ids, total = find_plans(question, limit=EACH)
    plans = (
        ServicePlan.objects.shown_to_all().filter(pk__in=ids).select_related("organization").defer("tsv", "description")
    )
    by_pk = plans.in_bulk() if ids else {}
    url = f"{reverse('offerings:plans')}?{urlencode({'q': question.text})}"
    return Section("plan", _("服务方案"), [by_pk[pk] for pk in ids if pk in by_pk], total, False, url)


def _capabilities(question: Question) -> Section:
    found = offerings.find(offerings.Criteria(question), limit=EACH, count=False)
    url = f"{reverse('offerings:capabilities')}?{urlencode({'q': question.text})}"
    return Section("capability", _("检测与计量能力"), lines(found.ids), found.total, found.more, url)


def units(text: str, user: Any) -> QuerySet[Organization]:
    """Active institutions whose name has every word or a synonym of it, or whose name's pinyin has these initials (`jlcs`: 计量测试)."""
    found = Organization.objects.visible_to(user).active().select_related("region")
    named, thesaurus = Q(), Thesaurus()
    for word in text.split()[:MAX_QUERY_WORDS]:
        called = Q()
        for said in (word, *thesaurus.equals(word)):
            called |= Q(name__icontains=said) | Q(short_name__icontains=said)
        named &= called
    if re.fullmatch(r"[a-z]{2,12}", text):
        syllables = "[a-z]* ".join(text)
        named |= Q(name_key__regex=rf"\m{syllables}")
    return found.filter(named)


def suggestions(question: Question, user: Any) -> list[tuple[str, list[Suggestion]]]:
    """At most `SUGGESTED`, in groups, with where each leads; four queries."""
    if not question.text:
        return []
    offered: dict[str, list[Suggestion]] = {"instrument": _instrument_names(question)}
    found = units(question.text, user)[: QUOTAS["unit"]] if len(question.text) > 1 else []
    offered["unit"] = [Suggestion(unit.name, unit.get_absolute_url()) for unit in found]
    for kind, words, number in suggested(question, QUOTAS["capability"]):
        if kind == "plan":
            one = Suggestion(words, ServicePlan(pk=number).get_absolute_url())
        else:
            url = f"{reverse('offerings:capabilities')}?{urlencode({'q': words})}"
            one = Suggestion(words, url, _("%s 项") % number)
        offered.setdefault(kind, []).append(one)
    labels = {
        "standard": _("标准"), "instrument": _("仪器设备"), "capability": _("检测与计量能力"), "plan": _("服务方案"), "unit": _("机构"),
    }  # fmt: skip
    result, left = [], SUGGESTED
    for kind, label in labels.items():
        some = offered.get(kind, [])[: min(QUOTAS[kind], left)]
        if some:
            result.append((label, some))
            left -= len(some)
    return result


def _instrument_names(question: Question) -> list[Suggestion]:
    words = instruments.parse(question.text)
    if not words.tsquery:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, count(*) FROM (SELECT name, tsv @@ %s::tsquery AS whole FROM"
            f" {Instrument._meta.db_table} WHERE tsv @@ %s::tsquery AND status = %s LIMIT 300) AS named GROUP BY name"
            " ORDER BY (strpos(lower(name), %s) > 0) DESC, bool_or(whole) DESC, count(*) DESC, name LIMIT %s",
            # Chinese words of their names; letters may be initials, models or synonyms as well.
            [
                words.whole,
                weighted(words.tsquery, "A" if words.has_han else "ABD"),
                Instrument.Status.PUBLISHED.value,
                # Inside Latin words the same letters mean nothing: SEM does not ask for a semiconductor analyser.
                words.text if words.has_han else "\uffff",
                QUOTAS["instrument"],
            ],
        )
        names = cursor.fetchall()
    there = reverse("portal:instruments")
    return [Suggestion(name, f"{there}?{urlencode({'q': name})}", _("%s 台") % number) for name, number in names]


def nearest(typed: str, question: Question) -> list[tuple[str, int]]:
    """When nothing is found: known words like these; without any, these words apart, the most complete question first."""
    words = similar(question.text)
    near = [(word, number) for word, number in zip(words, how_many(words), strict=True) if number]
    kept = [(one.start, one.end) for one in question.designations]
    return near or apart(typed, how_many, kept)


def how_many(words: list[str]) -> list[int]:
    """How many instruments, capabilities and plans each of several questions finds, up to a limit of each."""
    asked = [(instruments.parse(word).tsquery, offerings.ask(word)) for word in words]
    if not asked:
        return []
    of_offers = offerings.count_near([offerings.Criteria(question) for _query, question in asked])
    parts, params = [], []
    for number, (query, question) in enumerate(asked):
        parts.append(
            f"SELECT {number}, (SELECT count(*) FROM (SELECT 1 FROM {Instrument._meta.db_table} WHERE tsv @@ %s::tsquery"
            f" AND status = %s LIMIT {offerings.NEAR_LIMIT}) AS devices) + (SELECT count(*) FROM (SELECT 1 FROM"
            f" {ServicePlan._meta.db_table} WHERE tsv @@ %s::tsquery LIMIT {offerings.NEAR_LIMIT}) AS plans)"
        )
        params += [query, Instrument.Status.PUBLISHED.value, question.tsquery]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), params)
        others = dict(cursor.fetchall())
    return [of_offers[number] + others[number] for number in range(len(asked))]
