"""Up to four instruments side by side: every public field as a row, with what differs marked."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.catalog.models import Instrument, PriceTier
from gongyi.kit.money import format_money
from gongyi.kit.when import format_clock, format_day
from gongyi.portal import rows
from gongyi.reservations.panels import rule_lines
from gongyi.reservations.queries import effective_rules_of, free_of_days
from gongyi.reservations.rules.time import local_date

MOST = 4  # columns that fit beside each other
FREE_DAYS = 7
LABEL_LENGTH = 20  # a longer text before a colon is no label
NONE = "—"


@dataclass(frozen=True)
class Cell:
    text: str
    differs: bool = False
    free: bool = False

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines() or [NONE]


@dataclass
class Feature:
    """One row: a label and what each instrument says; `differs` when not all say the same."""

    label: str
    cells: list[Cell]
    differs: bool
    numeric: bool = False


@dataclass
class Section:
    title: str
    features: list[Feature] = field(default_factory=list)
    always: bool = False  # shown whole even where only differences are

    @property
    def same(self) -> bool:
        return not self.always and not any(feature.differs for feature in self.features)

    def add(self, label: Any, texts: Sequence[str], *, numeric: bool = False, own: bool = False) -> None:
        """A row, unless nobody says anything; what is each instrument's `own` (a number, a room) is no difference."""
        if any(texts):
            said = [plain(text) for text in texts] if not own else [""] * len(texts)
            usual = max(said, key=said.count)  # the cell that departs from what most say is marked
            differs = len(set(said)) > 1
            self.features.append(
                Feature(
                    str(label),
                    [
                        Cell(text or NONE, differs and (word != usual or said.count(usual) == 1))
                        for text, word in zip(texts, said, strict=True)
                    ],
                    differs,
                    numeric,
                )
            )


def plain(text: str) -> str:
    """What is compared: the words without spaces, width and case."""
    return re.sub(r"\s+", "", text).translate(str.maketrans("：；，（）", ":;,()")).casefold()


def specs_of(text: str) -> dict[str, str]:
    """`分辨率：0.7 nm` on lines of their own as label and value; the lines without a label together under ``""``."""
    found: dict[str, str] = {}
    for line in re.split(r"[\n；;]", text):
        label, colon, value = (part.strip() for part in line.replace(":", "：").partition("："))
        key, words = (label, value) if colon and value and len(label) <= LABEL_LENGTH else ("", line.strip())
        if words:
            found[key] = f"{found[key]}\n{words}" if key in found else words
    return found


def compare(instruments: Sequence[Instrument], user: Any, now: datetime | None = None) -> list[Section]:
    """The sections of the table for instruments in the order given; the same number of queries for two and for four."""
    now = now or timezone.now()
    shown = rows.rows(instruments, user, now)
    sections = [_basics(instruments), _now(instruments, shown), _prices(instruments), _free(instruments, now)]
    sections += [_specs(instruments), _texts(instruments), _rules(instruments)]
    return [section for section in sections if section.features]


def _each(instruments: Sequence[Instrument], of: Callable[[Instrument], Any]) -> list[str]:
    return ["" if (value := of(i)) is None else str(value) for i in instruments]


def _basics(instruments: Sequence[Instrument]) -> Section:
    section = Section(_("基本信息"))
    plain_fields: list[tuple[Any, Callable[[Instrument], Any]]] = [
        (_("规格型号"), lambda i: i.model),
        (_("生产制造商"), lambda i: i.manufacturer),
        (_("产地国别"), lambda i: i.origin_country),
        (_("英文名称"), lambda i: i.name_en),
        (_("仪器分类"), lambda i: i.instrument_class.path.replace("/", " / ") if i.instrument_class else ""),
        (_("服务领域"), lambda i: "、".join(sorted(str(f) for f in i.service_fields.all()))),
        (_("所属单位"), lambda i: i.organization),
        (_("院系/实验室"), lambda i: i.department),
        (_("所在地区"), lambda i: i.region.label if i.region else ""),
        (_("设备来源"), lambda i: i.get_acquisition_source_display()),
        (_("是否二次开发"), lambda i: {True: _("是"), False: _("否"), None: ""}[i.secondary_development]),
        (_("仪器认证情况"), lambda i: i.accreditation_note),
    ]
    for label, of in plain_fields:
        section.add(label, _each(instruments, of))
    section.add(
        _("购置时间"), _each(instruments, lambda i: i.purchased_on and f"{i.purchased_on:%Y-%m-%d}"), numeric=True
    )
    section.add(
        _("原值"),
        ["" if i.original_value is None else format_money(i.original_value) for i in instruments],
        numeric=True,
    )
    return section


def _now(instruments: Sequence[Instrument], shown: Sequence[rows.Row]) -> Section:
    section = Section(_("使用"))
    section.add(_("运行状态"), _each(instruments, lambda i: i.get_running_status_display()))
    section.add(_("预约方式"), ["、".join(_ways(i)) for i in instruments])
    section.add(_("服务次数"), [_("%s 次") % f"{i.service_count:,}" for i in instruments], numeric=True)
    if any(row.level is not None for row in shown):
        section.add(_("我的资格"), ["" if row.level is None else str(row.level.label) for row in shown])
    section.add(_("提示"), [row.why for row in shown])
    return section


def _ways(instrument: Instrument) -> list[str]:
    ways = ((instrument.timed_booking, _("按时预约")), (instrument.commissioned_booking, _("委托预约")))
    return [words for offered, words in ways if offered]


def _prices(instruments: Sequence[Instrument]) -> Section:
    section = Section(_("收费标准"))
    for tier in PriceTier:
        section.add(tier.label, [_price(i, tier) for i in instruments], numeric=True)
    section.add(_("参考收费标准"), _each(instruments, lambda i: i.reference_fee))
    if not section.features:
        section.add(_("机时费"), [_("价格面议")] * len(instruments))
    return section


def _price(instrument: Instrument, tier: str) -> str:
    price = next((price for price in instrument.prices.all() if price.tier == tier), None)
    if price is None:
        return ""
    lines = [_("%s/小时") % format_money(price.hourly_rate)]
    if price.startup_fee:
        lines.append(_("开机费 %s/次") % format_money(price.startup_fee))
    if price.minimum_fee:
        lines.append(_("最低 %s/次") % format_money(price.minimum_fee))
    return "\n".join(lines)


def _free(instruments: Sequence[Instrument], now: datetime) -> Section:
    """One row for each of the coming days; what is free is said, not marked as a difference."""
    today = timezone.localdate(now)
    last = today + timedelta(days=FREE_DAYS - 1)
    free = free_of_days(instruments, today, last, now)
    section = Section(_("近 %s 天空闲") % FREE_DAYS, always=True)
    for offset in range(FREE_DAYS):
        day = today + timedelta(days=offset)
        texts = []
        for instrument in instruments:
            spans = [
                (a, b) for a, b in free[instrument.pk] if local_date(a) <= day <= local_date(b - timedelta(seconds=1))
            ]
            texts.append("\n".join(_span(a, b, day) for a, b in spans))
        cells = [Cell(text or _("无空闲"), free=bool(text)) for text in texts]
        section.features.append(Feature(format_day(day), cells, False, True))
    return section


def _span(start: datetime, end: datetime, day: Any) -> str:
    first = format_clock(start) if local_date(start) == day else "0:00"
    last = format_clock(end) if local_date(end) == day else "24:00"
    return f"{first}–{last}"


def _specs(instruments: Sequence[Instrument]) -> Section:
    section = Section(_("主要技术指标"))
    found = [specs_of(i.technical_specs) for i in instruments]
    labels = list(dict.fromkeys(label for specs in found for label in specs if label))
    for label in labels:
        section.add(label, [specs.get(label, "") for specs in found])
    section.add(_("其他指标") if labels else _("技术指标"), [specs.get("", "") for specs in found])
    return section


def _texts(instruments: Sequence[Instrument]) -> Section:
    section = Section(_("功能和要求"))
    for name in (
        "functions",
        "service_content",
        "accessories",
        "sample_requirements",
        "user_notice",
        "open_hours_note",
    ):
        section.add(
            getattr(Instrument._meta.get_field(name), "verbose_name", name),
            [getattr(i, name).strip() for i in instruments],
        )
    section.add(_("联系人"), [" ".join(filter(None, (i.contact_name, i.contact_phone))) for i in instruments], own=True)
    return section


def _rules(instruments: Sequence[Instrument]) -> Section:
    section = Section(_("预约规则"))
    rules = effective_rules_of(instruments)
    lines = [dict(rule_lines(rules[i.pk])) if i.timed_booking else {} for i in instruments]
    for label in dict.fromkeys(label for each in lines for label in each):
        section.add(label, [each.get(label, "") for each in lines])
    return section
