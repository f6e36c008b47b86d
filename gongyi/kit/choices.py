"""Statuses that carry their badge colour, so that one line in a model says value, word and tone."""

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from django.db.models.enums import _TextChoicesType as ChoicesType  # what the stubs say TextChoices is made by
else:
    from django.db.models.enums import ChoicesType

TONES = {"idle", "wait", "act_", "ok", "done", "back", "bad"}
MARKS = {"", "ring", "sq"}

_known: dict[tuple[str, ...], list[type]] = {}


class StatusType(ChoicesType):
    """Takes the tone off each member before Django reads value and label, and remembers the class."""

    def __new__(metacls, classname, bases, classdict, **kwds):
        looks: list[tuple[str, str]] = []
        for key in classdict._member_names:
            *value_and_label, look = classdict[key]
            tone, _, mark = look.partition(" ")
            if len(value_and_label) != 2 or tone not in TONES or mark not in MARKS:
                raise TypeError(f"{classname}.{key} must be: value, label, tone (one of {', '.join(sorted(TONES))})")
            looks.append((tone, mark))
            dict.__setitem__(classdict, key, tuple(value_and_label))
        cls = super().__new__(metacls, classname, bases, classdict, **kwds)
        members: list[Any] = list(cls.__members__.values())
        for member, (tone, mark) in zip(members, looks, strict=True):
            member.tone = tone
            member.mark = mark
        if looks:
            _known.setdefault(tuple(cls.values), []).append(cls)
        return cls


class StatusChoices(models.TextChoices, metaclass=StatusType):
    """TextChoices whose members also name a tone: `DRAFT = "draft", _("草稿"), "idle"`.

    The tone is one of idle, wait, act_, ok, done, back, bad (DESIGN §3); `"idle ring"` and `"idle sq"` draw a hollow or
    square dot, for greys that stand side by side.
    """

    tone: str
    mark: str

    @property
    def badge(self) -> str:
        """The CSS classes of this status's badge."""
        return f"{self.tone} {self.mark}".strip()


def status_choices_of(field) -> type[StatusChoices] | None:
    """Return the StatusChoices a model field was declared with; Django keeps only their pairs, so match the values."""
    found = _known.get(tuple(value for value, _ in field.flatchoices), [])
    own = f"{field.model.__qualname__}."
    return next(
        (c for c in found if c.__module__ == field.model.__module__ and c.__qualname__.startswith(own)), None
    ) or (found[0] if found else None)
