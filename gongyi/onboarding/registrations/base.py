"""What a way in is made of: its parts to fill in, the files it asks for, how it is frozen, and what its approval does."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from gongyi.kit.when import format_day
from gongyi.onboarding.models import Application, ApplicationDocument
from gongyi.organizations.models import Capacity, Matter, Organization
from gongyi.regions.models import Region
from gongyi.reviews.kinds import entry, section


@dataclass(frozen=True)
class Slot:
    """A file an application asks for: what, of which kinds (files.sniffing.KINDS), how large at most, needed or not."""

    key: str
    label: Any
    kinds: tuple[str, ...] = ("image", "pdf")
    max_bytes: int = 10 * 1024 * 1024
    required: bool = True
    help: Any = ""
    template_url_name: str = ""  # where an empty form of it is downloaded; reversed with the application's secret
    image_types: tuple[str, ...] = ()  # e.g. ("image/gif", "image/jpeg", "image/png") where a manual names them


class Part:
    """One step of the wizard: a form over `application.data[key]`, and the files handed in beside it.

    What was typed is kept as typed (lists of strings by field name), right or wrong. `form_class` may be any Form that takes
    `application=`; a part of another shape overrides `bind` and `freeze`.
    """

    key: ClassVar[str]
    title: ClassVar[Any]
    form_class: ClassVar[type[forms.Form] | None] = None
    template_name: ClassVar[str] = "onboarding/part.html"  # what stands above or instead of the form
    sections: ClassVar[tuple] = ()  # kit Section(s) that group the fields on the page

    def slots(self, application: Application) -> tuple[Slot, ...]:
        """The files asked for here, as the answers so far require."""
        return ()

    def initial(self, application: Application) -> dict[str, Any]:
        """What stands in the fields at first: the person's or the unit's data where they are known."""
        return {}

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

    def answers(self, application: Application) -> dict[str, Any]:
        """The cleaned answers; {} while something is wrong or missing."""
        form = self.bind(application, self.typed(application) or QueryDict()) if self.form_class else None
        return form.cleaned_data if form is not None and form.is_valid() else {}

    def missing(self, application: Application) -> Iterator[str]:
        """A sentence for everything that keeps this part from being handed in."""
        if self.form_class is not None:
            form = self.bind(application, self.typed(application) or QueryDict())
            if not form.is_valid():
                labels = [str(form.fields[name].label or name) for name in form.errors if name in form.fields]
                yield _("「%(part)s」还有 %(count)s 处需要填写或修改：%(labels)s。") % {
                    "part": self.title, "count": len(form.errors), "labels": "、".join(labels) or self.title,
                }  # fmt: skip
        held = set(documents_of(application))
        for slot in self.slots(application):
            if slot.required and slot.key not in held:
                yield _("「%(part)s」还没有上传%(slot)s。") % {"part": self.title, "slot": slot.label}

    def freeze(self, application: Application) -> list[dict]:
        """This part of the frozen copy: every answer as people read it, every file."""
        fields = []
        if self.form_class is not None:
            form = self.bind(application, self.typed(application) or QueryDict())
            form.is_valid()
            cleaned = getattr(form, "cleaned_data", {})
            fields = [
                entry(f"{self.key}.{name}", field.label or name, as_read(form, name, cleaned.get(name)))
                for name, field in form.fields.items()
            ]
        held = documents_of(application)
        for slot in self.slots(application):
            files = [held[slot.key].stored] if slot.key in held else []
            fields.append(entry(f"{self.key}.{slot.key}", slot.label, files=files))
        return [section(self.title, *fields)] if fields else []


class Registration:
    """A way in: who it is for, its parts, and what its approval changes. One instance per capacity, in REGISTRATIONS."""

    capacity: ClassVar[Capacity]
    title: ClassVar[Any]  # 管理单位注册
    summary: ClassVar[Any]  # one sentence for the page where one chooses
    identity: ClassVar[Any] = ""  # the identity the manual has one choose, e.g. 法人单位管理员 (S2-2)
    needs_account: ClassVar[bool] = True  # S3 asks for an account only when it is handed in
    matter: ClassVar[Matter] = Matter.UNITS
    parts: ClassVar[tuple[Part, ...]] = ()
    key_fields: ClassVar[frozenset[str]] = (
        frozenset()
    )  # keys "part.field" whose change is reviewed again; empty: every change

    def part(self, key: str) -> Part | None:
        return next((part for part in self.parts if part.key == key), None)

    def identity_of(self, application: Application) -> tuple[str, str]:
        """Name and 统一社会信用代码 as typed so far, for lists and for the rule that a code applies once."""
        return "", ""

    def region(self, application: Application) -> Region | None:
        """Where the unit is, for routing."""
        return None

    def missing(self, application: Application) -> list[str]:
        """Everything that keeps the application from being handed in, part by part."""
        return [sentence for part in self.parts for sentence in part.missing(application)]

    def freeze(self, application: Application) -> list[dict]:
        return [block for part in self.parts for block in part.freeze(application)]

    def prefill(self, organization: Organization) -> dict[str, dict[str, list[str]]]:
        """What a change starts from: the unit's present data in the shape of `Application.data`."""
        return {}

    def take_effect(self, application: Application, *, actor: Any) -> Organization:
        """Make the unit what was approved and return it: created or changed, its profile, contacts, certificates,
        participation and administrator. Raises Refused when it no longer can (its code was taken meanwhile)."""
        raise TypeError(f"{type(self).__name__} does not say what its approval does")


REGISTRATIONS: dict[str, Registration] = {}


def register(registration: Registration) -> Registration:
    REGISTRATIONS[registration.capacity] = registration
    return registration


def registration_of(application: Application) -> Registration:
    return REGISTRATIONS[application.capacity]


def documents_of(application: Application) -> dict[str, ApplicationDocument]:
    """The present file of every slot, in one query."""
    rows = ApplicationDocument.objects.filter(application=application, replaced_at=None).select_related("stored")
    return {row.slot: row for row in rows}


def as_read(form: forms.Form, name: str, value: Any) -> str:
    """An answer in words: the label of a choice, 是/否, a day, a region's path."""
    field = form.fields[name]
    if value in (None, "", [], ()):
        return ""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(field, forms.MultipleChoiceField):
        labels = dict(field.choices)
        return "、".join(str(labels.get(item, item)) for item in value)
    if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
        return str(dict(field.choices).get(value, value))
    if hasattr(value, "strftime") and not hasattr(value, "hour"):
        return format_day(value, full=True)
    return str(value)
