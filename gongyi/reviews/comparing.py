"""Two versions beside each other, as the desk and the page of a frozen copy show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from gongyi.files.models import StoredFile
from gongyi.files.sniffing import PDF
from gongyi.reviews.kinds import compare
from gongyi.reviews.marks import marked
from gongyi.reviews.models import Submission

SHORT_TEXT = 60  # characters: what still fits half the width in three lines


@dataclass(frozen=True)
class Document:
    """A file as it was handed in; without an address the person may not fetch it."""

    name: str
    size: int
    url: str
    is_image: bool
    is_pdf: bool
    is_new: bool


@dataclass(frozen=True)
class Line:
    """A field: what it said, what it says, each with marks and documents."""

    label: str
    differs: bool
    old: SafeString
    new: SafeString
    old_files: Sequence[Document] = ()
    new_files: Sequence[Document] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.old or self.new or self.old_files or self.new_files)

    @property
    def is_long(self) -> bool:
        """Whether the text wants the whole width where fields stand in two columns."""
        return len(self.new) > SHORT_TEXT


@dataclass(frozen=True)
class Part:
    """A section of the copy, and how many of its fields differ."""

    title: str
    lines: Sequence[Line]

    @property
    def changes(self) -> int:
        return sum(line.differs for line in self.lines)


@dataclass(frozen=True)
class Comparison:
    """A version beside an older one; without one, it stands alone (`base_label` is empty)."""

    parts: Sequence[Part]
    base: Submission | None = None
    base_label: str = ""

    @property
    def changes(self) -> int:
        return sum(part.changes for part in self.parts)

    @property
    def fields(self) -> int:
        return sum(len(part.lines) for part in self.parts)

    @property
    def changed_parts(self) -> list[Part]:
        """Only what differs."""
        cut = [Part(part.title, [line for line in part.lines if line.differs]) for part in self.parts]
        return [part for part in cut if part.lines]


def compared(new: list[dict], base: Submission | None, base_label: str, user: Any) -> Comparison:
    """`new` beside what `base` froze, for `user`, who gets addresses of the files they may fetch; in one query."""
    changes = compare(base.content if base else None, new)
    keys = {file["id"] for c in changes for side in (c.old, c.new) if side for file in side["files"]}
    seen = StoredFile.objects.visible_to(user).filter(public_id__in=keys) if keys else ()
    urls = {str(stored.public_id): stored.get_absolute_url() for stored in seen}
    parts: dict[str, list[Line]] = {}
    for change in changes:
        old_value, new_value = (side["value"] if side else "" for side in (change.old, change.new))
        old, text = marked(old_value, new_value) if base else (SafeString(""), marked(new_value, new_value)[1])
        known = {file["id"] for file in change.old["files"]} if change.old else set()
        parts.setdefault(change.section, []).append(
            Line(
                change.label,
                change.differs if base else False,
                old,
                text,
                [_document(file, urls, False) for file in change.old["files"]] if change.old else (),
                [_document(file, urls, bool(base) and file["id"] not in known) for file in change.new["files"]]
                if change.new
                else (),
            )
        )
    return Comparison([Part(title, lines) for title, lines in parts.items()], base, base_label if base else "")


def _document(file: dict, urls: dict[str, str], is_new: bool) -> Document:
    media = file.get("type", "")
    return Document(
        file["name"], file.get("size", 0), urls.get(file["id"], ""), media.startswith("image/"), media == PDF, is_new
    )


def label_of(base: Submission | None, *, in_force: bool) -> str:
    """What stands above the old values."""
    if base is None:
        return ""
    return _("现行内容") if in_force else _("第 %s 次提交") % base.round
