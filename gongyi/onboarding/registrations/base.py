"""What a way in is made of: its parts to fill in, the files it asks for, how it is frozen, and what its approval does."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.files.acceptance import KIND_LABELS
from gongyi.files.sniffing import KINDS, SUFFIXES
from gongyi.kit.templatetags.gongyi import filesize_zh
from gongyi.kit.when import format_day
from gongyi.onboarding.models import Application, ApplicationDocument
from gongyi.organizations.models import Capacity, Matter, Organization
from gongyi.regions.models import Region
from gongyi.reviews.kinds import entry, section

MB = 1024 * 1024
NOT_ANSWERS = {"csrfmiddlewaretoken", "go"}  # what every page of the wizard posts besides
MOST_NAMES, MOST_VALUES, MOST_CHARACTERS = 600, 100, 20_000  # of what is typed on one page


@dataclass(frozen=True)
class Slot:
    """A file an application asks for: what, of which kinds (files.sniffing.KINDS), how large at most, needed or not."""

    key: str  # unique in the registration; at most 40 characters
    label: Any
    kinds: tuple[str, ...] = ("image", "pdf")
    max_bytes: int = 10 * MB
    required: bool = True
    help: Any = ""
    template_url_name: str = ""  # where an empty form of it is downloaded; reversed with the application's secret
    template_label: Any = gettext_lazy("下载模板")
    image_types: tuple[str, ...] = ()  # e.g. ("image/gif", "image/jpeg", "image/png") where a manual names them
    is_scan: bool = True  # a colour scan of an original, without the watermark of a scanning app (S3-1)

    @property
    def media_types(self) -> list[str]:
        """The types that may be handed in here."""
        images = set(self.image_types) or KINDS["image"]
        return [
            media for kind in self.kinds for media in sorted(KINDS[kind] & images if kind == "image" else KINDS[kind])
        ]

    @property
    def accept(self) -> str:
        """What the browser's file dialog offers."""
        return ",".join(suffix for media in self.media_types for suffix in SUFFIXES[media])

    @property
    def kinds_read(self) -> str:
        """「图片（GIF、JPG、PNG）、PDF」"""
        words = [str(KIND_LABELS[kind]) for kind in self.kinds]
        if "image" in self.kinds and self.image_types:
            short = "、".join(SUFFIXES[media][0][1:].upper() for media in sorted(self.image_types))
            words[self.kinds.index("image")] = _("图片（%s）") % short
        return "、".join(words)

    @property
    def limits(self) -> str:
        """What stands beside the button before anybody chooses a file."""
        return _("%(kinds)s，不超过 %(size)s") % {"kinds": self.kinds_read, "size": filesize_zh(self.max_bytes)}


class Part:
    """One step of the wizard: a form over `application.data[key]`, and the files handed in beside it.

    What was typed is kept as typed (lists of strings by field name), right or wrong. `form_class` may be any Form that
    takes `application=`. Its validity must depend on nothing but what was typed, the application and reference data: it
    is read again at every decision, and an answer that stops being valid would look like a change. What depends on the
    world (a code that is taken meanwhile) belongs into the needs of `ApplicationFlow` or into `take_effect`.
    A part of another shape overrides `bind`, `missing` and `freeze`.
    """

    key: ClassVar[str]
    title: ClassVar[Any]
    lead: ClassVar[Any] = ""  # a sentence above the form
    form_class: ClassVar[Any] = None  # a Form that takes `application=`, or None where there are only files
    template_name: ClassVar[str] = "onboarding/part.html"  # extends onboarding/part.html where it is not enough
    sections: ClassVar[tuple] = ()  # kit Section(s) that group the fields on the page
    unkept: ClassVar[tuple[str, ...]] = ()  # fields neither kept nor frozen, such as a code

    def slots(self, application: Application) -> tuple[Slot, ...]:
        """The files asked for here, as the answers so far require."""
        return ()

    def initial(self, application: Application) -> dict[str, Any]:
        """What stands in the fields at first: the person's or the unit's data where they are known."""
        return {}

    def keep(self, data: QueryDict) -> dict[str, list[str]]:
        """What of a page's input goes into `application.data[key]`: the fields, as typed, without control characters."""
        names = [
            name
            for name in list(data)[:MOST_NAMES]
            if name not in NOT_ANSWERS and name not in self.unkept and not name.startswith("file-")
        ]
        return {
            name[:100]: [value.replace("\x00", "")[:MOST_CHARACTERS] for value in data.getlist(name)[:MOST_VALUES]]
            for name in names
        }

    def typed(self, application: Application) -> QueryDict | None:
        """What was last typed here, as a form takes it; None before."""
        kept = application.data.get(self.key)
        if kept is None:
            return None
        data = QueryDict(mutable=True)
        for name, values in kept.items():
            data.setlist(name, values)
        return data

    def bind(self, application: Application, data: Any = None) -> Any:
        """The form with `data`, else with what was typed before, else fresh."""
        if self.form_class is None:
            return None
        data = self.typed(application) if data is None else data
        return self.form_class(data, initial=self.initial(application), application=application)

    def on_page(self, application: Application, request: HttpRequest, data: Any = None) -> Any:
        """The form as a person fills it in; overridden where the visitor matters (a code by text message)."""
        return self.bind(application, data)

    def proved(self, form: Any) -> set[str]:
        """Addresses the person on the page proved to read, to be remembered with the draft."""
        return set()

    def forgive_empty(self, form: Any) -> None:
        """Let a draft that is opened again not complain of what is simply not filled in yet; wrong answers stay marked."""
        forgive_empty(form)

    def changed_by(self, application: Application, go: str) -> str:
        """Take a button of the part's own (`go` is its value), such as one more block; returns an anchor, or nothing."""
        return ""

    def answers(self, application: Application) -> dict[str, Any]:
        """The cleaned answers; {} while something is wrong or missing."""
        form = self.bind(application, self.typed(application) or QueryDict()) if self.form_class else None
        return form.cleaned_data if form is not None and form.is_valid() else {}

    def missing(self, application: Application) -> Iterator[str]:
        """A sentence for everything that keeps this part from being handed in."""
        if self.form_class is not None:
            form = self.bind(application, self.typed(application) or QueryDict())
            if not form.is_valid():
                yield needs_change(self.title, form)
        yield from self.missing_files(application)

    def missing_files(self, application: Application) -> Iterator[str]:
        held = set(documents_of(application))
        for slot in self.slots(application):
            if slot.required and slot.key not in held:
                yield _("「%(part)s」还没有上传%(slot)s。") % {"part": self.title, "slot": slot.label}

    def freeze(self, application: Application) -> list[dict]:
        """This part of the frozen copy: every answer as people read it, every file."""
        fields = []
        if self.form_class is not None:
            form = self.bind(application, self.typed(application) or QueryDict())
            fields = frozen_fields(form, self.key, without=self.unkept)
        held = documents_of(application)
        fields += [frozen_file(self.key, slot, held) for slot in self.slots(application)]
        return [section(self.title, *fields)] if fields else []


class Registration:
    """A way in: who it is for, its parts, and what its approval changes. One instance per capacity, in REGISTRATIONS."""

    capacity: ClassVar[Capacity]
    title: ClassVar[Any]  # 管理单位注册
    summary: ClassVar[Any]  # one sentence for the page where one chooses
    identity: ClassVar[Any] = ""  # the identity the manual has one choose, e.g. 法人单位管理员 (S2-2)
    prepare: ClassVar[tuple] = ()  # what to have ready, one short phrase each
    only_units: ClassVar[Any] = ""  # why a private person may not apply; asked first where this is given (S4-3)
    after_submitting: ClassVar[Any] = ""  # what the page says besides once it is handed in
    after_approval: ClassVar[Any] = ""
    icon: ClassVar[str] = "building"
    needs_account: ClassVar[bool] = True  # S3 asks for an account only when it is handed in
    matter: ClassVar[Matter] = Matter.UNITS
    parts: ClassVar[tuple[Part, ...]] = ()
    key_fields: ClassVar[frozenset[str]] = (
        frozenset()
    )  # keys "part.field" whose change is reviewed again; empty: every change

    def part(self, key: str) -> Part | None:
        return next((part for part in self.parts if part.key == key), None)

    def place_of(self, application: Application, slot_key: str) -> tuple[Part, Slot] | None:
        """The part and the slot of this key, as the answers so far ask for it."""
        for part in self.parts:
            for slot in part.slots(application):
                if slot.key == slot_key:
                    return part, slot
        return None

    def next_part(self, application: Application) -> Part | None:
        """The first part that still misses something; None when everything is there."""
        return next((part for part in self.parts if any(True for _sentence in part.missing(application))), None)

    def is_key(self, key: str) -> bool:
        """Whether a change of this field ("part.field") is reviewed again."""
        return not self.key_fields or key in self.key_fields

    def identity_of(self, application: Application) -> tuple[str, str]:
        """Name and 统一社会信用代码 as typed so far, for lists and for the rule that a code applies once."""
        return "", ""

    def region(self, application: Application) -> Region | None:
        """Where the unit is, for routing."""
        return None

    def contact(self, application: Application) -> tuple[str, str]:
        """Name and proved phone of who becomes the applicant of a visitor's application (S3-33)."""
        return "", ""

    def missing(self, application: Application) -> list[str]:
        """Everything that keeps the application from being handed in, part by part."""
        return [sentence for part in self.parts for sentence in part.missing(application)]

    def freeze(self, application: Application) -> list[dict]:
        return [block for part in self.parts for block in part.freeze(application)]

    def prefill(self, organization: Organization) -> dict[str, dict[str, list[str]]]:
        """What a change starts from: the unit's present data in the shape of `Application.data`."""
        return {}

    def known_addresses(self, organization: Organization) -> list[str]:
        """Addresses a change takes as proved already."""
        return []

    def take_effect(self, application: Application, *, actor: Any) -> Organization:
        """Make the unit what was approved and return it: created or changed, its profile, contacts, certificates,
        participation and administrator (registrations/effects.py has the pieces). Raises Refused when it no longer can
        (its code was taken meanwhile)."""
        raise TypeError(f"{type(self).__name__} does not say what its approval does")


REGISTRATIONS: dict[str, Registration] = {}


def register(registration: Registration) -> Registration:
    REGISTRATIONS[registration.capacity] = registration
    return registration


def registration_of(application: Application) -> Registration:
    return REGISTRATIONS[application.capacity]


def documents_of(application: Application) -> dict[str, ApplicationDocument]:
    """The present file of every slot, in one query; an application that is not saved has none."""
    if application.pk is None:
        return {}
    rows = ApplicationDocument.objects.filter(application=application, replaced_at=None).select_related("stored")
    return {row.slot: row for row in rows}


def needs_change(title: Any, form: forms.Form) -> str:
    """A sentence that names the fields of a wrong form."""
    labels = [str(form.fields[name].label or name) for name in form.errors if name in form.fields]
    return _("「%(part)s」还有 %(count)s 处需要填写或修改：%(labels)s。") % {
        "part": title, "count": len(form.errors), "labels": "、".join(labels) or title,
    }  # fmt: skip


def forgive_empty(form: forms.Form) -> None:
    """Drop the errors of fields in which nothing stands."""
    for name in list(form.errors):
        if name not in form.fields or form[name].data in (None, "", [], False):
            del form.errors[name]


def frozen_fields(form: forms.Form, prefix: str, *, without: tuple[str, ...] = ()) -> list[dict]:
    """Every answer as people read it, under the keys "prefix.field"; what is wrong stands as it was typed."""
    form.is_valid()
    cleaned = getattr(form, "cleaned_data", {})
    return [
        entry(
            f"{prefix}.{name}",
            field.label or name,
            as_read(form, name, cleaned[name]) if name in cleaned else _raw(form, name),
        )
        for name, field in form.fields.items()
        if name not in without
    ]


def frozen_file(prefix: str, slot: Slot, held: dict[str, ApplicationDocument]) -> dict:
    """The file of a slot under the key "prefix.slot"; `held` as `documents_of` gives it."""
    return entry(f"{prefix}.{slot.key}", slot.label, files=[held[slot.key].stored] if slot.key in held else [])


def as_read(form: forms.Form, name: str, value: Any) -> str:
    """An answer in words: the label of a choice, 是/否, a day, a region's path, a number with its unit."""
    field: Any = form.fields[name]
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if value in (None, "", [], ()):
        return ""
    if isinstance(field, forms.ModelMultipleChoiceField):
        return "、".join(str(item) for item in value)
    if isinstance(field, forms.MultipleChoiceField):
        return "、".join(_label(field, item) for item in value)
    if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
        return _label(field, value)
    if hasattr(value, "strftime") and not hasattr(value, "hour"):
        return format_day(value, full=True)
    unit = getattr(field.widget, "suffix", "")
    if isinstance(field, forms.DecimalField):  # 4200, 4200.0 and what the database gives back read the same
        value = f"{value:,.{field.decimal_places or 0}f}"
    return f"{value} {unit}" if unit else str(value)


def _label(field: Any, value: Any) -> str:
    return str(dict(field.choices).get(value, value))


def _raw(form: forms.Form, name: str) -> str:
    value = form[name].data
    return "、".join(str(item) for item in value) if isinstance(value, list | tuple) else str(value or "")
