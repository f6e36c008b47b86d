"""Loads the divisions that come with the product; repeating it changes nothing."""

import csv
from pathlib import Path

from gongyi.kit.pinyin import sort_key

SOURCE = Path(__file__).parent / "data" / "cn_division_gbt2260.csv"
COLUMNS = ["parent_id", "level", "name", "full_path"]


def load(regions) -> int:
    """Insert or update the regions of the file through a queryset; return how many rows were new or changed."""
    with SOURCE.open(encoding="utf-8", newline="") as file:
        wanted = {
            row["code"]: (row["parent_code"] or None, row["level"], row["name"], row["full_path"])
            for row in csv.DictReader(file)
        }
    present = {code: tuple(rest) for code, *rest in regions.values_list("code", *COLUMNS)}
    changed = [code for code in sorted(wanted) if present.get(code) != wanted[code]]
    rows = [dict(zip(COLUMNS, wanted[code], strict=True), code=code) for code in changed]
    regions.bulk_create(
        [regions.model(**row, pinyin=sort_key(row["name"])) for row in rows],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["parent", "level", "name", "full_path", "pinyin"],
    )
    return len(changed)
