"""What keeps an instrument from being reported to the national platform: one list of rules, asked of a row or of a query."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.catalog.countries import countries
from gongyi.catalog.exchange.fields import FIELDS, Field, empty, too_long
from gongyi.catalog.models import Instrument


@dataclass(frozen=True)
class Rule:
    """Something that is wrong with an instrument: `test` says so of a row, `found` finds all of them."""

    key: str
    header: str
    sentence: object
    test: Callable[[Instrument], bool]
    found: Q

    @property
    def label(self) -> str:
        return f"{self.header}：{self.sentence}"

    @property
    def short(self) -> str:
        """Only the field where it is simply empty."""
        return self.header if self.key in EMPTY else f"{self.header}（{self.sentence}）"


def to_report(instruments: QuerySet[Instrument]) -> QuerySet[Instrument]:
    """The instruments with what the rules and the export read."""
    return instruments.annotate(photo_count=Count("photos", distinct=True)).select_related(
        "organization", "department", "instrument_class", "region"
    )


def _is_empty(field: Field) -> Callable[[Instrument], bool]:
    if field.name == "photos":
        return lambda instrument: not instrument.photo_count  # type: ignore[attr-defined]
    if field.name == "original_value":
        return lambda instrument: not instrument.original_value or instrument.original_value < 50
    return lambda instrument: getattr(instrument, field.name) in (None, "", [])


def _missing(field: Field) -> Rule:
    is_empty, asked = _is_empty(field), field.asked
    found = empty(field) & field.when if field.when is not None else empty(field)
    sentence = gettext_lazy("没有填写") if field.name != "photos" else gettext_lazy("没有上传")
    if field.name == "original_value":
        sentence = gettext_lazy("没有填写，或不足 0.01 万元")
    return Rule(field.key, field.header, sentence, lambda i: (asked is None or asked(i)) and is_empty(i), found)


def _long(field: Field, found: Q) -> Rule:
    limit = field.limit or 0
    return Rule(
        f"{field.key}-long", field.header, _("超过 %s 字") % limit, lambda i: len(getattr(i, field.name)) > limit, found
    )


def _rules() -> tuple[Rule, ...]:
    rules = [_missing(field) for field in FIELDS if field.required]
    rules += [_long(field, found) for field in FIELDS if (found := too_long(field)) is not None]
    known = countries()
    rules.append(
        Rule(
            "country-unknown", "产地国别", gettext_lazy("不在国家平台的国别名单里"),
            lambda i: bool(i.origin_country) and i.origin_country not in known,
            ~Q(origin_country="") & ~Q(origin_country__in=known),
        )
    )  # fmt: skip
    rules.append(
        Rule(
            "hours", "年对外服务机时", gettext_lazy("填了对外服务机时，没有填年运行机时"),
            lambda i: i.annual_external_hours is not None and i.annual_run_hours is None,
            Q(annual_external_hours__isnull=False, annual_run_hours=None),
        )
    )  # fmt: skip
    return tuple(rules)


RULES = _rules()
EMPTY = frozenset(field.key for field in FIELDS) - {"original_value_wan"}
BY_KEY = {rule.key: rule for rule in RULES}


def lacking() -> Q:
    """Those of `to_report` with which anything is wrong."""
    found = Q()
    for rule in RULES:
        found |= rule.found
    return found


def missing_of(instrument: Instrument) -> list[Rule]:
    """What is wrong with one of `to_report`, in the order of the fields."""
    return [rule for rule in RULES if rule.test(instrument)]
