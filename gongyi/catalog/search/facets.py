"""Facets as integers, so that one array column in the search index answers every condition and every count.

A facet is `kind × 10,000,000 + value`:

| kind | value | example |
|---|---|---|
| 1 class | code of the class and of each class above it | 10010102 扫描电镜, 10010100, 10010000 |
| 2 region | code of the region and of each region above it | 20330106 西湖区, 20330100, 20330000 |
| 3 organization | primary key | 30000007 |
| 4 booking mode | 1 timed, 2 commissioned | 40000001 |
| 5 price band | 0 no price, 1 … 5 upwards, see PRICE_BANDS | 50000002 |
| 6 service field | primary key | 60000003 |
| 7 running status | number in RUNNING; not stored, it changes too often, counted from its column | 70000001 |

Facet 0 stands for every instrument.
"""

from collections.abc import Iterable
from decimal import Decimal
from enum import IntEnum

from gongyi.catalog.models import RunningStatus

STEP = 10_000_000


class Kind(IntEnum):
    CLASS = 1
    REGION = 2
    ORGANIZATION = 3
    MODE = 4
    PRICE = 5
    FIELD = 6
    STATUS = 7


TIMED, COMMISSIONED = 1, 2
RUNNING = {status.value: number for number, status in enumerate(RunningStatus, 1)}
RUNNING_BY_NUMBER = {number: value for value, number in RUNNING.items()}
PRICE_BANDS = (Decimal(50), Decimal(100), Decimal(300), Decimal(1000))  # upper ends, yuan an hour; the last is open


def encode(kind: Kind, value: int | str) -> int:
    return kind * STEP + int(value)


def decode(facet: int) -> tuple[Kind, int]:
    kind, value = divmod(facet, STEP)
    return Kind(kind), value


def price_band(rate: Decimal | None) -> int:
    """0 without a price; 1 below 50 yuan an hour … 5 from 1,000."""
    if rate is None:
        return 0
    return 1 + sum(rate >= end for end in PRICE_BANDS)


def class_codes(code: str) -> list[str]:
    """`010102` → 010000, 010100, 010102."""
    return list(dict.fromkeys((code[:2] + "0000", code[:4] + "00", code)))


def region_codes(code: str) -> list[str]:
    """`330106` → 330000, 330100, 330106."""
    return list(dict.fromkeys((code[:2] + "0000", code[:4] + "00", code)))


def grouped(counts: Iterable[tuple[int, int]]) -> dict[Kind, dict[int, int]]:
    """Facet counts by kind: `{Kind.CLASS: {10000: 12, …}, …}`."""
    result: dict[Kind, dict[int, int]] = {kind: {} for kind in Kind}
    for facet, count in counts:
        kind, value = decode(facet)
        result[kind][value] = count
    return result
