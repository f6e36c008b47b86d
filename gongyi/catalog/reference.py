"""Keeps the reference tables filled: instrument classes, service fields and synonyms, from the files in `data/`."""

import csv
from pathlib import Path

DATA = Path(__file__).parent / "data"


def load(apps) -> None:
    """Add the classes, service fields and synonyms that are missing; what an administrator changed stays as it is."""
    load_classes(apps.get_model("catalog", "InstrumentClass"))
    load_fields(apps.get_model("catalog", "ServiceField"))
    load_synonyms(apps.get_model("catalog", "Synonym"))


def load_classes(model) -> None:
    """Add missing classes, parents first; 15 + 93 + 631 on an empty table."""
    known = set(model.objects.values_list("code", flat=True))
    rows = [row for row in _rows("instrument_classes.csv") if row["code"] not in known]
    rows.sort(key=lambda row: (row["level"], row["code"]))
    model.objects.bulk_create(
        [
            model(
                code=row["code"], level=int(row["level"]), parent_id=row["parent_code"] or None,
                name=row["name_zh"], path=row["path_zh"],
            )
            for row in rows
        ]
    )  # fmt: skip


def load_fields(model) -> None:
    """Fill an empty table only: the list is the administrator's from then on."""
    if not model.objects.exists():
        model.objects.bulk_create(
            [model(name=row["name"], rank=int(row["rank"])) for row in _rows("service_fields.csv")]
        )


def load_synonyms(model) -> None:
    """Fill an empty table only: the list is the administrator's from then on."""
    if not model.objects.exists():
        lines = (DATA / "synonyms.csv").read_text(encoding="utf-8").split("\n")
        model.objects.bulk_create([model(terms=line.split("|")) for line in lines if line])


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
