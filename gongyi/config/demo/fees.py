"""Prices of the demo's instruments, derived from published fee examples; shown as examples, never as official prices."""

import csv
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from gongyi.catalog.models import Instrument, Price, PriceTier

EXAMPLES = Path(__file__).parent / "data" / "instrument_fee_examples_zh.csv"
# Hourly base rates (CNY, internal) where the examples name no time-based price, by words of the instrument's name.
BY_WORD = (
    (("透射", "双束", "冷冻电镜"), 300), (("扫描电", "电镜", "电子显微"), 200), (("核磁", "波谱"), 120), (("测序",), 260),
    (("质谱", "LC-MS", "GC-MS", "ICP-MS", "MS"), 160), (("衍射", "XRD"), 90), (("共聚焦", "流式"), 150), (("色谱", "HPLC"), 50),
    (("光谱", "拉曼", "红外", "紫外"), 60), (("显微镜",), 60), (("冰箱", "干燥箱", "培养箱", "振荡器", "天平", "pH"), 10),
)  # fmt: skip
EXTERNAL_MULTIPLIER = Decimal(2)
ENTERPRISE_MULTIPLIER = Decimal("2.5")
GROUP_MULTIPLIER = Decimal("0.5")


@lru_cache
def _hourly_examples() -> tuple[tuple[str, str, Decimal, Decimal | None], ...]:
    """(instrument, model, internal, external) per hour, of the examples that are priced by time."""
    hours = {"30min": Decimal(2), "小时": Decimal(1)}
    with EXAMPLES.open(encoding="utf-8-sig", newline="") as file:
        return tuple(
            (
                row["instrument"],
                row["model"],
                Decimal(row["price_internal_cny"]) * hours[row["unit"]],
                Decimal(row["price_external_cny"]) * hours[row["unit"]] if row["price_external_cny"] else None,
            )
            for row in csv.DictReader(file)
            if row["unit"] in hours and "样例" not in row["instrument"]
        )


def _hourly(instrument: Instrument) -> tuple[Decimal, Decimal]:
    for name, model, internal, external in _hourly_examples():
        if name in instrument.name and (not model or model.split()[0].lower() in instrument.model.lower()):
            return internal, external or internal * EXTERNAL_MULTIPLIER
    base = next(
        (Decimal(rate) for words, rate in BY_WORD if any(word in instrument.name for word in words)), Decimal(40)
    )
    return base, base * EXTERNAL_MULTIPLIER


def prices_of(instrument: Instrument) -> list[Price]:
    """The four tiers of one instrument; large ones have a start-up fee."""
    internal, external = _hourly(instrument)
    startup = Decimal(50) if internal >= 200 else Decimal(0)
    rates = {
        PriceTier.GROUP: internal * GROUP_MULTIPLIER,
        PriceTier.INTERNAL: internal,
        PriceTier.EXTERNAL: external,
        PriceTier.ENTERPRISE: internal * ENTERPRISE_MULTIPLIER,
    }
    return [
        Price(instrument=instrument, tier=tier, hourly_rate=rate, startup_fee=startup, minimum_fee=rate / 2)
        for tier, rate in rates.items()
    ]
