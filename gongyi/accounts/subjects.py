"""The 62 disciplines of GB/T 13745, of which a person names up to four in their reporting information."""

import csv
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).parent / "data" / "subjects.csv"


@lru_cache
def subject_choices() -> tuple[tuple[str, str], ...]:
    """(code, 「430 材料科学」) of every discipline, in the order of the standard."""
    with FILE.open(encoding="utf-8-sig", newline="") as file:
        return tuple((row["code"], f"{row['code']} {row['name_zh']}") for row in csv.DictReader(file))


def subject_names(codes: list[str]) -> list[str]:
    """The disciplines in words; a code the standard does not know stands as it is."""
    names = dict(subject_choices())
    return [names.get(code, code) for code in codes]
