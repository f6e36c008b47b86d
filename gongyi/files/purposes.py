"""What uploads are for, and who besides their owner may fetch them: each app registers its own purposes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Purpose:
    """`public`: anyone may fetch it. Else `subjects_visible_to(user)` gives the ids of subjects whose files they may see."""

    label: Any
    public: bool = False
    subjects_visible_to: Callable[[Any], Any] | None = None


PURPOSES: dict[str, Purpose] = {}
READERS: list[Callable[[Any], Any]] = []


def register_purpose(
    name: str, label: Any, *, public: bool = False, subjects_visible_to: Callable[[Any], Any] | None = None
) -> None:
    """Declare a purpose, e.g. `register_purpose("instrument_photo", _("仪器照片"), public=True)`.

    `subjects_visible_to(user)` returns a queryset of ids, e.g. `Order.objects.visible_to(user).values("pk")`; one
    purpose belongs to one kind of subject.
    """
    PURPOSES[name] = Purpose(label, public, subjects_visible_to)


def register_readers(files_of: Callable[[Any], Any]) -> None:
    """Let people fetch files for what they are used as, whatever they were uploaded for: `files_of(user)` is a queryset of
    the keys of those they may see, e.g. `Certificate.objects.visible_to(user).values("picture")`.
    """
    READERS.append(files_of)
