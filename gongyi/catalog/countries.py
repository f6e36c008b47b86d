"""Where instruments are made: the countries and regions the national platform knows, in its names."""

import csv
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

FILE = Path(__file__).parent / "data" / "countries.csv"
COMMON = (
    "中国", "美国", "德国", "日本", "英国", "法国", "瑞士", "荷兰", "瑞典", "意大利", "加拿大", "澳大利亚", "韩国", "奥地利", "丹麦", "芬兰",
    "以色列", "俄罗斯联邦",
)  # fmt: skip


@lru_cache
def countries() -> tuple[str, ...]:
    """The names in the order of the national platform's list."""
    with FILE.open(encoding="utf-8-sig", newline="") as file:
        return tuple(row["name"] for row in csv.DictReader(file))


def country_choices(present: str = "") -> list[Any]:
    """Those most instruments come from first, then all others; a name that was kept before the list stays on offer."""
    others = [name for name in countries() if name not in COMMON]
    known = [name for name in COMMON if name in countries()]
    if present and present not in countries():
        known.insert(0, present)
    return [
        ("", _("请选择")), (_("常用"), [(name, name) for name in known]), (_("其他国家和地区"), [(name, name) for name in others]),
    ]  # fmt: skip
