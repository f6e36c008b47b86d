"""What stands in one line or card of an instrument, prepared for many at once: no query per row."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.catalog.models import Instrument, Price, PriceTier, RunningStatus
from gongyi.kit.money import format_money
from gongyi.kit.scale import DayScale
from gongyi.kit.when import format_day, format_when
from gongyi.reservations.models import Ban, FaultReport, Qualification
from gongyi.reservations.queries import day_scales, qualification_levels

BROKEN = (RunningStatus.FAULTY, RunningStatus.SCRAPPED)
LONG = ("tsv", "facets", "functions", "technical_specs", "accessories", "user_notice", "sample_requirements")


@dataclass(frozen=True)
class PriceLine:
    """The rate a person would pay and whose it is; `note` names the other rate where there is one."""

    rate: str
    note: str


@dataclass
class Row:
    """One instrument for one person now; `why` says what stands in the way and what to do, `refused` greys the button."""

    instrument: Instrument
    scale: DayScale
    scale_note: str
    has_free: bool
    price: PriceLine
    level: Qualification.Level | None = None
    why: str = ""
    refused: bool = False

    @property
    def photo(self) -> Any:
        return next(iter(self.instrument.photos.all()), None)


def loaded(ids: Sequence[int]) -> list[Instrument]:
    """The instruments in the order of `ids`, with what lists show: three queries."""
    found = (
        Instrument.objects.filter(pk__in=ids)
        .select_related("organization", "department", "instrument_class")
        .prefetch_related("prices", "photos__file")
        .defer(*LONG)
        .in_bulk()
    )
    return [found[pk] for pk in ids if pk in found]


def rows(instruments: Iterable[Instrument], user: Any, now: datetime | None = None) -> list[Row]:
    """Free time of today, price, level and refusal for each; at most eight queries however many there are."""
    wanted, now = list(instruments), now or timezone.now()
    if not wanted:
        return []
    scales = day_scales(wanted, timezone.localdate(now), now)
    signed_in = user.is_authenticated
    levels = qualification_levels(user, wanted) if signed_in else {}
    own = set(user.memberships.filter(ended_at=None).values_list("organization_id", flat=True)) if signed_in else set()
    bans = _bans(user, wanted) if signed_in else {}
    faults = _faults(wanted)
    result = []
    for instrument in wanted:
        scale = scales[instrument.pk]
        if instrument.running_status in BROKEN:
            scale = replace(scale, open_ranges=(), free_ranges=(), closed_ranges=())  # hatched from end to end
        note = scale_note(instrument, scale)
        row = Row(
            instrument, scale, note, bool(scale.free_ranges), price_line(instrument, instrument.organization_id in own),
            levels.get(instrument.pk),
        )  # fmt: skip
        row.refused, row.why = refusal(row, faults.get(instrument.pk), bans.get(instrument.organization_id))
        result.append(row)
    return result


def scale_note(instrument: Instrument, scale: DayScale) -> str:
    """The words beside the day scale: hours that are free, or why there are none."""
    if instrument.running_status in BROKEN:
        return _("停机")
    if not instrument.timed_booking:
        return _("不接受按时预约")
    if scale.free_ranges:
        halves = int(scale.free_hours * 2)
        return _("%s 小时") % f"{halves / 2:g}" if halves else _("不足半小时")
    if not scale.open_ranges:
        return _("今日未开放")
    if scale.now is not None and max(end for _start, end in scale.open_ranges) <= scale.now:
        return _("今日已结束")
    return _("今日已约满")


def price_line(instrument: Instrument, inside: bool) -> PriceLine:
    """People of the owning unit see their own rate first, everybody else what outside units pay."""
    prices: dict[str, Price] = {price.tier: price for price in instrument.prices.all()}
    within = prices.get(PriceTier.INTERNAL) or prices.get(PriceTier.GROUP)
    outside = prices.get(PriceTier.EXTERNAL) or prices.get(PriceTier.ENTERPRISE)
    first, second = (within, outside) if inside else (outside, None)
    first = first or within
    if first is None:
        return PriceLine("", instrument.reference_fee[:40] or _("价格面议"))
    note = _("%s价") % first.get_tier_display()
    if second is not None and second is not first:
        note += _("，%(tier)s %(rate)s") % {"tier": second.get_tier_display(), "rate": format_money(second.hourly_rate)}
    return PriceLine(_("%s/小时") % format_money(first.hourly_rate), note)


def refusal(row: Row, fault: FaultReport | None, ban: Ban | None) -> tuple[bool, str]:
    """Whether booking is out of the question now, and the sentence with the remedy."""
    instrument = row.instrument
    if instrument.running_status == RunningStatus.SCRAPPED:
        return True, _("已报废，仅供查询。")
    if instrument.running_status == RunningStatus.FAULTY:
        what = fault.description.rstrip("。.；;") if fault else _("故障停用")
        if fault and fault.expected_on:
            return True, _("%(what)s，预计 %(day)s 恢复。") % {
                "what": what,
                "day": format_day(fault.expected_on).split(" ")[0],
            }
        return True, _("%s，恢复时间未定。") % what
    if not instrument.timed_booking:
        return True, _("只接受委托预约。请联系%s送样。") % contact(instrument)
    if ban is not None:
        until = _("至 %s") % format_when(ban.until) if ban.until else _("解除时间未定")
        return True, _("您在%(unit)s的黑名单中，%(until)s。") % {"unit": instrument.organization, "until": until}
    if row.level == Qualification.Level.NONE:
        return False, _("您尚无上机资格，请联系%s培训授权。") % contact(instrument)
    return False, ""


def contact(instrument: Instrument) -> str:
    name = instrument.contact_name or _("仪器管理员")
    return f"{name} {instrument.contact_phone} " if instrument.contact_phone else name


def _faults(instruments: Sequence[Instrument]) -> dict[int, FaultReport]:
    broken = [instrument.pk for instrument in instruments if instrument.running_status == RunningStatus.FAULTY]
    if not broken:
        return {}
    reports = FaultReport.objects.open().filter(instrument__in=broken, disabling=True).order_by("reported_at")
    return {report.instrument_id: report for report in reports}


def _bans(user: Any, instruments: Sequence[Instrument]) -> dict[int, Ban]:
    units = {instrument.organization_id for instrument in instruments}
    return {ban.organization_id: ban for ban in Ban.objects.current().filter(user=user, organization__in=units)}
