"""Who operates and maintains an instrument: as many rows as there are people (S1-38)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.forms.utils import ErrorDict

from gongyi.accounts.forms import say_what_to_choose
from gongyi.catalog.models import InstrumentStaff
from gongyi.catalog.registration import STAFF_FIELDS

ROWS = "staff_rows"  # which rows there are, in their order: the key of a person, or n1, n2 … for a new one
MOST_PEOPLE = 30


class StaffForm(forms.ModelForm):
    """One person; a row in which nothing was typed is nobody."""

    narrow = ("email", "certified")

    class Meta:
        model = InstrumentStaff
        fields = list(STAFF_FIELDS)

    def __init__(self, *args: Any, key: str, **kwargs: Any) -> None:
        super().__init__(*args, prefix=f"staff-{key}", **kwargs)
        self.key = key
        for name in ("role", "education", "title", "employment"):
            say_what_to_choose(self.fields[name])

    @property
    def is_empty(self) -> bool:
        return not any(str(self.data.get(self.add_prefix(name), "")).strip() for name in self.fields)

    def full_clean(self) -> None:
        """Nobody is nobody: an untouched row neither stops the form nor turns red beside what is really wrong."""
        if self.is_bound and self.is_empty:
            self._errors, self.cleaned_data = ErrorDict(), {}
        else:
            super().full_clean()

    def row(self) -> InstrumentStaff:
        """The person as typed, not stored yet; with the key of the one they replace."""
        return InstrumentStaff(pk=self.instance.pk, **{name: self.cleaned_data[name] for name in STAFF_FIELDS})


class StaffRows:
    """All rows: valid when each of them is."""

    def __init__(self, people: Iterable[InstrumentStaff], data: Any = None, press: str = "") -> None:
        known = {str(person.pk): person for person in people if person.pk}
        self.is_bound = data is not None
        keys = self._keys(data, known) if self.is_bound else [*known] or ["n1"]
        if press == "add-staff" and len(keys) < MOST_PEOPLE:
            used = [int(key[1:]) for key in keys if key.startswith("n")]
            keys.append(f"n{max(used, default=0) + 1}")
        elif press.startswith("remove-staff:"):
            keys = [key for key in keys if key != press.partition(":")[2]]
        self.forms = [StaffForm(data, key=key, instance=known.get(key)) for key in keys]

    @staticmethod
    def _keys(data: Any, known: Mapping[str, Any]) -> list[str]:
        typed = data.getlist(ROWS) if hasattr(data, "getlist") else data.get(ROWS, [])
        sound = [key for key in typed if key in known or (key[:1] == "n" and key[1:].isdecimal() and len(key) < 5)]
        return list(dict.fromkeys(sound))[:MOST_PEOPLE]

    @property
    def filled(self) -> list[StaffForm]:
        return [form for form in self.forms if not form.is_empty]

    @property
    def errors(self) -> dict[str, Any]:
        """By the name of the field on the page."""
        if not self.is_bound:
            return {}
        return {form.add_prefix(name): errors for form in self.filled for name, errors in form.errors.items()}

    def rows(self) -> list[InstrumentStaff]:
        return [form.row() for form in self.filled]

    @property
    def blank(self) -> StaffForm:
        """What a script copies for one more row."""
        return StaffForm(key="KEY")
