"""Instrument numbers: the unit's code, two letters of the class, and a running number, as in `WJU-EM-0032`."""

from collections import defaultdict

from gongyi.catalog.models import Instrument
from gongyi.organizations.models import Organization

LETTERS = {
    "0101": "EM", "0102": "MS", "0103": "XR", "0104": "SP", "0105": "CH", "0106": "MR", "0107": "EC", "0108": "LM",
    "0109": "TA", "0110": "BI", "0111": "EN", "0112": "SM", "01": "AN", "02": "PT", "03": "ML", "04": "EL", "05": "OC",
    "06": "GE", "07": "AT", "08": "AS", "09": "MD", "10": "NU", "11": "SD", "12": "PR", "13": "CP", "14": "LS",
}  # fmt: skip
OTHER = "GN"


class Numbers:
    """Gives out the next free numbers; the caller holds a lock on the organization."""

    def __init__(self) -> None:
        self._last: dict[tuple[int, str], int] = {}

    def next(self, organization: Organization, class_code: str | None) -> str:
        letters = letters_of(class_code)
        key = (organization.pk, letters)
        if key not in self._last:
            self._read(organization)
        self._last[key] = self._last.get(key, 0) + 1
        return f"{organization.code}-{letters}-{self._last[key]:04d}"

    def _read(self, organization: Organization) -> None:
        """The highest number of every series of this unit, in one query."""
        highest: dict[str, int] = defaultdict(int)
        taken = Instrument.objects.filter(number__startswith=f"{organization.code}-").values_list("number", flat=True)
        for number in taken:
            letters, _dash, tail = number.removeprefix(f"{organization.code}-").partition("-")
            if tail.isdigit():
                highest[letters] = max(highest[letters], int(tail))
        for letters in {*LETTERS.values(), OTHER}:
            self._last.setdefault((organization.pk, letters), highest[letters])


def letters_of(class_code: str | None) -> str:
    code = class_code or ""
    return LETTERS.get(code[:4]) or LETTERS.get(code[:2]) or OTHER
