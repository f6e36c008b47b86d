"""Guesses an instrument's class from its name, and the fields it serves from its class, where a list leaves them open."""

import csv
from functools import lru_cache

from gongyi.catalog.models import InstrumentClass, ServiceField
from gongyi.catalog.reference import DATA
from gongyi.catalog.search.words import normalize

CATCH_ALL = "990000"


@lru_cache(maxsize=1)
def _keywords() -> list[tuple[str, str]]:
    with (DATA / "class_keywords.csv").open(encoding="utf-8", newline="") as file:
        return [(normalize(word), row["code"]) for row in csv.DictReader(file) for word in row["keywords"].split("|")]


@lru_cache(maxsize=1)
def _fields_of_prefix() -> dict[str, list[str]]:
    with (DATA / "class_fields.csv").open(encoding="utf-8", newline="") as file:
        return {row["prefix"]: row["fields"].split("|") for row in csv.DictReader(file)}


class ClassGuesser:
    """The classes and fields of service of this site, read once for a whole list."""

    def __init__(self) -> None:
        self.classes = {row.code: row for row in InstrumentClass.objects.all()}
        self.by_name: dict[str, str] = {}
        for row in sorted(self.classes.values(), key=lambda row: row.level):
            if not row.name.startswith("其他"):
                self.by_name.setdefault(normalize(row.name), row.code)
        self.fields = {row.name: row.pk for row in ServiceField.objects.all()}
        self._guessed: dict[str, str | None] = {}

    def known(self, text: str) -> str | None:
        """The class a list names by its code (also one that lost its leading zero) or by its name."""
        plain = normalize(text).strip()
        code = plain.split(" ")[0]
        if code.isdigit():
            return next((c for c in (code, code.zfill(6), code.ljust(6, "0")) if c in self.classes), None)
        return self.by_name.get(plain.split("/")[-1])

    def guess(self, *texts: str) -> str | None:
        """The class whose name or keyword is the longest that occurs in the first text that has any."""
        return next((code for text in texts if text and (code := self._guess(text))), None)

    def _guess(self, text: str) -> str | None:
        if text not in self._guessed:  # lists name the same kinds over and over
            plain = normalize(text)
            found = [(len(word), code) for word, code in _keywords() if word in plain and code in self.classes]
            found += [(len(name), code) for name, code in self.by_name.items() if name in plain]
            self._guessed[text] = max(found, key=lambda pair: pair[0])[1] if found else None
        return self._guessed[text]

    @property
    def catch_all(self) -> str | None:
        return CATCH_ALL if CATCH_ALL in self.classes else None

    def is_vague(self, code: str) -> bool:
        return code == CATCH_ALL

    def name(self, code: str) -> str:
        """`扫描电镜`, or `分析仪器/光谱仪器/其他` for what remains of a group."""
        found = self.classes[code]
        return found.path if found.name.startswith("其他") else found.name

    def service_fields(self, code: str) -> list[int]:
        """The fields instruments of this class usually serve."""
        prefixes = _fields_of_prefix()
        names = prefixes.get(code[:4]) or prefixes.get(code[:2]) or []
        return [self.fields[name] for name in names if name in self.fields]
