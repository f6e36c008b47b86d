"""Which of a unit's instruments a row of a list is about, and what an earlier row said already."""

from collections import defaultdict

from django.utils.translation import gettext as _

from gongyi.catalog.importing.cleaning import Cleaned, same
from gongyi.catalog.models import Instrument
from gongyi.organizations.models import Organization

Look = tuple[str, str, str]


class Known:
    """The unit's instruments by number and look, read once; each is meant by one row at most."""

    def __init__(self, unit: Organization) -> None:
        self._by_number: dict[str, int] = {}
        self._by_look: defaultdict[Look, list[tuple[int, str]]] = defaultdict(list)
        self._taken: set[int] = set()
        stored = Instrument.objects.filter(organization=unit).order_by("pk")
        for pk, number, *look in stored.values_list("pk", "internal_no", "name", "model", "serial_no").iterator():
            if number:
                self._by_number[same(number)] = pk
            name, model, serial = map(same, look)
            self._by_look[name, model, serial].append((pk, number))
        self._numbers: dict[str, tuple[int, Look]] = {}
        self._serials: dict[Look, int] = {}
        self._looks: dict[Look, int] = {}

    def said_before(self, row: Cleaned) -> list[tuple[str, str]]:
        """Why the row repeats an earlier one; a number that was only guessed is given up instead."""
        number, look = same(row.values.get("internal_no", "")), row.look
        earlier, other = self._numbers.get(number, (None, None)) if number else (None, None)
        if earlier is not None and other == look:
            return [
                ("internal_no" if not row.number_is_guess else "note", _("与第 %s 行是同一台，请只留一行。") % earlier)
            ]
        if look[2] and look in self._serials:
            return [("serial_no", _("与第 %s 行是同一台，请只留一行。") % self._serials[look])]
        if earlier is not None and not row.number_is_guess:
            sentence = _("与第 %s 行的编号相同，但名称、型号不同。请更正编号，或只留一行。") % earlier
            return [("internal_no", sentence)]
        if earlier is not None:
            row.values.pop("internal_no")
            row.notes = [(column, text) for column, text in row.notes if column != "note"]
            row.note("note", _("备注里的编号与第 %s 行相同，没有采用。") % earlier)
            number = ""
        if number:
            self._numbers[number] = (row.number, look)
        if look[2]:
            self._serials[look] = row.number
        elif (twin := self._looks.setdefault(look, row.number)) != row.number and not number:
            row.note("name", _("与第 %s 行同名同型号，没有编号可区分，按不同的两台导入，请核对。") % twin)
        return []

    def find(self, row: Cleaned) -> int | None:
        """The instrument meant: by its number, else by its look, where that leaves no doubt."""
        number = same(row.values.get("internal_no", ""))
        found = self._by_number.get(number) if number else None
        if found is None:
            alike = [(pk, held) for pk, held in self._by_look.get(row.look, ()) if pk not in self._taken]
            found = next((pk for pk, held in alike if not held), None)
            if found is None and not number and row.look[2]:
                found = next((pk for pk, _held in alike), None)
        if found in self._taken:
            return None
        if found is not None:
            self._taken.add(found)
        return found
