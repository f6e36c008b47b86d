"""The filter column of the instrument list: groups of options with their counts, trees opened where something is chosen."""

from collections.abc import Container
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from gongyi.catalog.filters import CODED, PARAMS, Filters, above, labels_of, param_value
from gongyi.catalog.search import Kind

SHOWN = 8  # options before 其余
MOST = 100
MUNICIPALITIES = {110000, 120000, 310000, 500000}
OPEN_FROM = 0.5  # share of all that opens a top class by itself


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
        return f"{self.count:,}{'+' if self.more and self.count else ''}" if self.count or not self.more else ""

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


def groups(filters: Filters, counts: dict[Kind, dict[int, int]], partial: Container[Kind] = ()) -> list[Group]:
    """The groups in the order of the page; a group whose every option finds nothing is left out."""
    wanted = [
        (Kind.CLASS, _("仪器分类")), (Kind.MODE, _("预约方式")), (Kind.STATUS, _("运行状态")), (Kind.ORGANIZATION, _("所属单位")),
        (Kind.REGION, _("所在地区")), (Kind.PRICE, _("机时费")), (Kind.FIELD, _("服务领域")),
    ]  # fmt: skip
    found = []
    for kind, legend in wanted:
        chosen = filters.chosen.get(kind, ())
        group = (tree if kind in CODED else flat)(kind, legend, counts[kind], chosen, kind in partial)
        if group.options:
            found.append(group)
    return found


def flat(kind: Kind, legend: str, counts: dict[int, int], chosen: tuple[int, ...], more: bool = False) -> Group:
    """Most frequent first (statuses and prices in their own order), chosen ones always in sight."""
    if kind in (Kind.STATUS, Kind.MODE):
        order = sorted(counts.keys() | set(chosen))
    elif kind == Kind.PRICE:
        order = sorted(counts.keys() | set(chosen), key=lambda value: value or 99)
    else:
        order = sorted(
            counts.keys() | set(chosen), key=lambda value: (value not in chosen, -counts.get(value, 0), value)
        )
    order = order[: SHOWN + MOST]
    labels = labels_of(kind, order)
    options = [
        Option(param_value(kind, value), labels[value], counts.get(value, 0), value in chosen, more=more)
        for value in order
        if value in labels
    ]
    shown = max(SHOWN, sum(option.checked for option in options))
    rest = options[shown:] if len(options) > shown + 1 else []
    return Group(PARAMS[kind], legend, options[: len(options) - len(rest)], rest)


def tree(kind: Kind, legend: str, counts: dict[int, int], chosen: tuple[int, ...], more: bool = False) -> Group:
    """The widest codes; below a chosen one (or one that holds most of all) what it is made of."""
    tops = {code: n for code, n in counts.items() if code % 10000 == 0}
    unfolded = {wide for code in chosen for wide in (*above(code), code)}
    if not chosen and tops and max(tops.values()) >= OPEN_FROM * sum(tops.values()):
        unfolded = {max(tops, key=lambda code: tops[code])}
    known = counts.keys() | set(chosen) | {wide for code in chosen for wide in above(code)}

    def below(code: int) -> list[int]:
        if code % 10000 == 0:
            inside = [c for c in known if c // 10000 == code // 10000 and c % 100 == 0 and c != code]
            if kind == Kind.REGION and code in MUNICIPALITIES:  # 北京市/北京市/东城区: the city in between adds nothing
                inside = [c for c in known if c // 10000 == code // 10000 and c % 100]
        elif code % 100 == 0:
            inside = [c for c in known if c // 100 == code // 100 and c != code]
        else:
            inside = []
        return sorted(inside, key=lambda c: (-counts.get(c, 0), c))

    lines: list[tuple[int, int]] = []

    def walk(code: int, depth: int) -> None:
        lines.append((code, depth))
        if code in unfolded:
            inside = below(code)
            for child in [c for c in inside if c in unfolded] + [c for c in inside if c not in unfolded][:SHOWN]:
                walk(child, depth + 1)

    order = sorted(
        {code for code in known if code % 10000 == 0}, key=lambda c: (c not in unfolded, -counts.get(c, 0), c)
    )
    for code in order:
        walk(code, 0)
    labels = labels_of(kind, [code for code, _depth in lines])
    options = [
        Option(param_value(kind, code), _short(labels[code]), counts.get(code, 0), code in chosen, depth, more)
        for code, depth in lines
        if code in labels
    ]
    first = sum(1 for option in options if option.depth == 0)
    rest: list[Option] = []
    if first > SHOWN:
        tops_seen, cut = 0, len(options)
        for place, option in enumerate(options):
            tops_seen += option.depth == 0
            if tops_seen > SHOWN:
                cut = place
                break
        options, rest = options[:cut], options[cut:]
    return Group(PARAMS[kind], legend, options, rest)


def _short(label: str) -> str:
    return label.rsplit(" · ", 1)[-1] if " · " in label else label


def headline(counts: dict[Kind, dict[int, int]], kind: Kind, level: int, most: int) -> list[tuple[str, str, int]]:
    """The most frequent classes or regions of a level (1, 2, 3) as value, label, count; what is merely 其他 left out."""

    def is_level(code: int) -> bool:
        return {1: code % 10000 == 0, 2: code % 100 == 0 and code % 10000 != 0, 3: code % 100 != 0}[level]

    ranked = sorted(((c, n) for c, n in counts[kind].items() if is_level(c)), key=lambda pair: (-pair[1], pair[0]))
    labels = labels_of(kind, [code for code, _n in ranked[: most * 2]])
    named = [(param_value(kind, c), labels[c], n) for c, n in ranked if c in labels and "其他" not in labels[c]]
    return named[:most]
