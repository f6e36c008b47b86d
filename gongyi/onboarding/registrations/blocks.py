"""A part of repeated blocks, such as certificates (S3-27): each with a form and files of its own, added and removed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from gongyi.onboarding.models import Application
from gongyi.onboarding.registrations.base import (
    Part,
    Slot,
    documents_of,
    forgive_empty,
    frozen_fields,
    frozen_file,
    needs_change,
)
from gongyi.reviews.kinds import section

NUMBERS = "numbers"  # the field that keeps which blocks there are, in their order
ADD, REMOVE = "add", "remove:"


@dataclass
class Block:
    """One block: its number, which never changes nor is given again, its place among the others, its form."""

    number: str
    place: int
    title: str
    form: forms.Form
    slot_keys: tuple[str, ...]


class Blocks:
    """All blocks of a part as one form: valid when each of them is."""

    def __init__(self, blocks: list[Block]) -> None:
        self.blocks = blocks

    def is_valid(self) -> bool:
        return not [block for block in self.blocks if not block.form.is_valid()]  # looks at every block

    @property
    def wrong(self) -> list[Block]:
        return [block for block in self.blocks if block.form.errors]


class BlocksPart(Part):
    """Declare `form_class`, `block_title` (one block's name) and `block_slots(prefix)`; the first block is there at once."""

    template_name = "onboarding/part_blocks.html"
    block_title: ClassVar[Any]
    add_label: ClassVar[Any]
    most: ClassVar[int] = 50  # blocks

    def block_slots(self, prefix: str) -> tuple[Slot, ...]:
        """The files of one block; every key begins with `prefix`."""
        return ()

    def numbers(self, application: Application) -> list[str]:
        """The numbers of the blocks there are, as typed; nothing but small numbers counts."""
        kept = application.data.get(self.key, {}).get(NUMBERS)
        if kept is None:
            return ["1"]
        found = [number for number in kept if number.isascii() and number.isdecimal() and len(number) < 5]
        return list(dict.fromkeys(found))[: self.most]

    def prefix(self, number: str) -> str:
        return f"{self.key}.{number}."

    def slots(self, application: Application) -> tuple[Slot, ...]:
        return tuple(slot for number in self.numbers(application) for slot in self.block_slots(self.prefix(number)))

    def keep(self, data: QueryDict) -> dict[str, list[str]]:
        kept = super().keep(data)
        kept.setdefault(NUMBERS, [])
        return kept

    def bind(self, application: Application, data: Any = None) -> Blocks:
        data = self.typed(application) if data is None else data
        assert self.form_class is not None
        blocks = []
        for place, number in enumerate(self.numbers(application), start=1):
            form = self.form_class(
                data if data else None, prefix=number, initial=self.initial(application), application=application
            )
            keys = tuple(slot.key for slot in self.block_slots(self.prefix(number)))
            blocks.append(Block(number, place, f"{self.block_title} {place}", form, keys))
        return Blocks(blocks)

    def all_answers(self, application: Application) -> list[tuple[str, dict[str, Any]]]:
        """(number, cleaned answers) of every block that is right."""
        return [(b.number, b.form.cleaned_data) for b in self._read(application).blocks if b.form.is_valid()]

    def _read(self, application: Application) -> Blocks:
        return self.bind(application, self.typed(application) or QueryDict("untouched=1"))

    def forgive_empty(self, form: Blocks) -> None:
        for block in form.blocks:
            forgive_empty(block.form)

    def changed_by(self, application: Application, go: str) -> str:
        """One more block, or one less: its answers go, its files stay in the history."""
        numbers = self.numbers(application)
        data = dict(application.data.get(self.key, {}))
        used = {int(n) for n in numbers} | {int(slot.split(".")[1]) for slot in self._slots_ever(application)}
        anchor = ""
        if go == ADD and len(numbers) < self.most:
            number = str(max(used, default=0) + 1)
            numbers, anchor = [*numbers, number], f"block-{number}"
        elif go.startswith(REMOVE) and (number := go.removeprefix(REMOVE)) in numbers:
            numbers = [kept for kept in numbers if kept != number]
            data = {name: values for name, values in data.items() if not name.startswith(f"{number}-")}
        application.data = application.data | {self.key: data | {NUMBERS: numbers}}
        return anchor

    def _slots_ever(self, application: Application) -> list[str]:
        rows = application.documents.filter(slot__startswith=f"{self.key}.").values_list("slot", flat=True)
        return [slot for slot in rows if slot.split(".")[1].isdecimal()]

    def missing(self, application: Application) -> Iterator[str]:
        read = self._read(application)
        if not read.blocks:
            yield _("「%(part)s」至少要有一项。") % {"part": self.title}
        for block in read.blocks:
            if not block.form.is_valid():
                yield needs_change(block.title, block.form)
        yield from self.missing_files(application)

    def missing_files(self, application: Application) -> Iterator[str]:
        held = set(documents_of(application))
        for place, number in enumerate(self.numbers(application), start=1):
            for slot in self.block_slots(self.prefix(number)):
                if slot.required and slot.key not in held:
                    yield _("「%(part)s」还没有上传%(slot)s。") % {
                        "part": f"{self.block_title} {place}", "slot": slot.label,
                    }  # fmt: skip

    def freeze(self, application: Application) -> list[dict]:
        held = documents_of(application)
        return [
            section(
                block.title,
                *frozen_fields(block.form, f"{self.key}.{block.number}"),
                *(frozen_file(self.key, slot, held) for slot in self.block_slots(self.prefix(block.number))),
            )
            for block in self._read(application).blocks
        ]
