"""What the public search over capabilities can be narrowed by, as it stands in an address: read, never trusted."""

from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from functools import cached_property

from django.http import QueryDict
from django.utils.translation import gettext as _

from gongyi.kit.refusal import Refused
from gongyi.offerings.models import Capability
from gongyi.offerings.search import Criteria, Found, Kind, Question, Sort, ask
from gongyi.offerings.search.facets import BY_NATURE, CERTIFICATES, NATURES, PRICED, STEP
from gongyi.organizations.models import Certificate, Organization
from gongyi.regions.models import Region

MAX_VALUES = 50  # of one kind
SHOWN = 8  # options before 其余
MOST = 24
PARAMS = {
    Kind.NATURE: "nature", Kind.REGION: "region", Kind.ORGANIZATION: "organization", Kind.CERTIFICATE: "certificate",
    Kind.DOMAIN: "domain", Kind.PRICE: "priced",
}  # fmt: skip
BY_CERTIFICATE = {number: value for value, number in CERTIFICATES.items()}


@dataclass(frozen=True)
class Chip:
    """A condition in force, and what to take out of the address to lift it."""

    label: str
    param: str
    value: str


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    count: int
    checked: bool
    depth: int = 0
    more: bool = False  # the count is only where counting stopped

    @property
    def shown(self) -> str:
        if self.more:
            return ""
        return f"{self.count:,}"

    @property
    def css(self) -> str:
        return f"d{self.depth}{'' if self.count or self.checked or self.more else ' none'}"


@dataclass
class Group:
    """One kind of condition; `rest` is folded away."""

    param: str
    legend: str
    options: list[Option] = field(default_factory=list)
    rest: list[Option] = field(default_factory=list)


@dataclass
class Filters:
    """What an address asks for: `q`, repeated `nature region organization certificate domain`, `priced`, `all` (also what
    cannot be ordered today), `sort`. Unknown values are dropped."""

    params: QueryDict
    words: Question = field(init=False)
    refusal: str = field(init=False, default="")

    def __post_init__(self) -> None:
        self.q = self.params.get("q", "").strip()[:100]
        try:
            self.words = ask(self.q)
        except Refused as refused:
            self.words, self.refusal = Question(), str(refused)
        self.chosen = {kind: self._values(kind) for kind in Kind if kind != Kind.DOMAIN}
        domains = (text.strip()[:100] for text in self.params.getlist("domain")[:MAX_VALUES])
        self.domains = tuple(dict.fromkeys(text for text in domains if text))
        self.shows_all = self.params.get("all") == "1"
        asked = self.params.get("sort", "")
        self.sort = Sort(asked) if asked in Sort.values else Sort.RELEVANCE

    def _values(self, kind: Kind) -> tuple[int, ...]:
        raw = self.params.getlist(PARAMS[kind])[:MAX_VALUES]
        if kind == Kind.NATURE:
            found = [NATURES[value] for value in raw if value in NATURES]
        elif kind == Kind.CERTIFICATE:
            found = [CERTIFICATES[value] for value in raw if value in CERTIFICATES]
        elif kind == Kind.PRICE:
            found = [PRICED] if "1" in raw else []
        else:
            found = [int(v) for v in raw if v.isascii() and v.isdigit() and len(v) <= 7 and int(v) < STEP]
        values = tuple(dict.fromkeys(found))
        if kind == Kind.REGION:  # a city chosen inside a chosen province means the city
            return tuple(code for code in values if not any(_inside(other, code) for other in values))
        return values

    def criteria(self) -> Criteria:
        return Criteria(
            words=self.words,
            chosen={kind: values for kind, values in self.chosen.items() if values},
            domains=self.domains,
            orderable=not self.shows_all,
            sort=self.sort,
        )

    @cached_property
    def chips(self) -> list[Chip]:
        """The conditions in words; one query for each kind that names rows."""
        chips = [Chip(self.q, "q", self.q)] if self.q else []
        for kind, values in self.chosen.items():
            labels = labels_of(kind, values)
            chips += [
                Chip(labels[value], PARAMS[kind], param_value(kind, value)) for value in values if value in labels
            ]
        return chips + [Chip(domain, "domain", domain) for domain in self.domains]

    @property
    def sorts(self) -> list[tuple[str, str, bool]]:
        """Value, label, chosen."""
        return [
            ("" if sort == Sort.RELEVANCE else sort.value, str(sort.label), sort == self.sort)
            for sort in Sort
        ]  # fmt: skip


def _inside(code: int, wide: int) -> bool:
    """Whether a region lies in another: 330106 in 330100 and in 330000."""
    return code != wide and wide in (code // 10000 * 10000, code // 100 * 100)


def param_value(kind: Kind, value: int) -> str:
    """How a facet's value stands in an address."""
    if kind == Kind.NATURE:
        return BY_NATURE[value]
    if kind == Kind.CERTIFICATE:
        return BY_CERTIFICATE[value]
    return f"{value:06d}" if kind == Kind.REGION else str(value)


def labels_of(kind: Kind, values: Iterable[int]) -> dict[int, str]:
    """Words for facet values; at most one query."""
    wanted = set(values)
    if not wanted:
        return {}
    if kind == Kind.REGION:
        codes = Region.objects.filter(code__in=[f"{value:06d}" for value in wanted])
        return {int(code): name for code, name in codes.values_list("code", "name")}
    if kind == Kind.ORGANIZATION:
        return {unit.pk: unit.name for unit in Organization.objects.active().filter(pk__in=wanted)}
    fixed = {
        Kind.NATURE: {number: str(Capability.Nature(value).label) for number, value in BY_NATURE.items()},
        Kind.CERTIFICATE: {number: str(Certificate.Nature(value).label) for number, value in BY_CERTIFICATE.items()},
        Kind.PRICE: {PRICED: _("有参考价格")},
    }[kind]
    return {value: label for value, label in fixed.items() if value in wanted}


def groups(filters: Filters, found: Found) -> list[Group]:
    """The groups in the order of the page; one whose every option finds nothing is left out."""
    wanted = (
        (Kind.NATURE, _("项目类型")), (Kind.CERTIFICATE, _("证书性质")), (Kind.REGION, _("所在地区")), (Kind.ORGANIZATION, _("机构")),
        (Kind.DOMAIN, _("领域")), (Kind.PRICE, _("价格")),
    )  # fmt: skip
    result = []
    for kind, legend in wanted:
        if kind == Kind.DOMAIN:
            options = _domains(filters.domains, found.domains, kind in found.partial)
        else:
            options = _options(kind, filters.chosen[kind], found.counts[kind], found.partial)
        if not options:
            continue
        shown = max(SHOWN, sum(option.checked or option.depth > 0 for option in options))
        rest = options[shown:] if len(options) > shown + 1 else []
        result.append(Group(PARAMS[kind], legend, options[: len(options) - len(rest)], rest))
    return result


def _options(kind: Kind, chosen: tuple[int, ...], counts: dict[int, int], partial: Container[Kind]) -> list[Option]:
    """Most frequent first, what is chosen before it; of regions the provinces, and the cities of a chosen one below it."""
    known = counts.keys() | set(chosen)
    if kind in (Kind.NATURE, Kind.CERTIFICATE):
        order = [(value, 0) for value in sorted(known)]
    elif kind == Kind.REGION:
        order = _tree(known, chosen, counts)
    else:
        order = [(v, 0) for v in sorted(known, key=lambda v: (v not in chosen, -counts.get(v, 0), v))]
    order = order[: SHOWN + MOST]
    labels = labels_of(kind, [value for value, _depth in order])
    return [
        Option(param_value(kind, v), labels[v], counts.get(v, 0), v in chosen, depth, kind in partial)
        for v, depth in order
        if v in labels
    ]


def _tree(known: Iterable[int], chosen: tuple[int, ...], counts: dict[int, int]) -> list[tuple[int, int]]:
    opened = {code // 10000 * 10000 for code in chosen}
    provinces = {code // 10000 * 10000 for code in known}
    order: list[tuple[int, int]] = []
    for province in sorted(provinces, key=lambda code: (code not in opened, -counts.get(code, 0), code)):
        order.append((province, 0))
        if province in opened:
            cities = [
                c for c in known if c // 10000 == province // 10000 and c != province and (c % 100 == 0 or c in chosen)
            ]
            order += [(city, 1) for city in sorted(cities, key=lambda c: (c not in chosen, -counts.get(c, 0), c))]
    return order


def _domains(chosen: tuple[str, ...], counts: dict[str, int], more: bool) -> list[Option]:
    order = sorted(counts.keys() | set(chosen), key=lambda text: (text not in chosen, -counts.get(text, 0), text))
    return [Option(text, text, counts.get(text, 0), text in chosen, more=more) for text in order[: SHOWN + MOST]]
