"""The form page: sections as cards, a table of contents, errors that keep what was typed, a save bar that stays in sight."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from gongyi.kit.dialogs import go, is_htmx, show_dialog
from gongyi.kit.refusal import Refused
from gongyi.kit.views.page import Page


@dataclass(frozen=True)
class Section:
    """A card of the form: its title, the names of its fields, and a note at the right of its head.

    A `template` draws the card's inside instead of its fields one after another; it gets the card and the form. `css` goes
    to the card and to its line of the table of contents.
    """

    title: object
    fields: Sequence[str]
    note: object = ""
    template: str = ""
    css: str = ""


class FormPage(Page):
    """A form, new or for an existing object. Declare `form_class` and `save(form)`; see docs/kit.md.

    With `model` and a `pk` in the address the object is looked up among those `visible_to` the person, else 404. An invalid
    form, or a Refused from `save`, comes back with status 422 and everything that was typed. Asked for by HTMX it opens as a
    dialog.
    """

    template_name = "kit/form.html"
    dialog_name = "kit/form_dialog.html"
    model: Any = None
    form_class: Any = None
    sections: Sequence[Section] = ()
    submit_label: object = _("保存")
    submit_tone = "primary"
    submit_note: object = ""
    success_message: object = ""
    cancel_url = ""

    @property
    def object(self):
        """The object being changed, None for a new one."""
        if not hasattr(self, "_object"):
            self._object = self.get_object()
        return self._object

    def get_queryset(self):
        return self.model._default_manager.visible_to(self.request.user)

    def get_object(self):
        if self.model is None or "pk" not in self.kwargs:
            return None
        return get_object_or_404(self.get_queryset(), pk=self.kwargs["pk"])

    def get_form_kwargs(self) -> dict:
        kwargs: dict = {"initial": self.get_initial()}
        if hasattr(self.form_class, "_meta") and self.object is not None:
            kwargs["instance"] = self.object
        if self.request.method == "POST":
            kwargs |= {"data": self.request.POST, "files": self.request.FILES}
        return kwargs

    def get_initial(self) -> dict:
        return {}

    def get_form(self):
        return self.form_class(**self.get_form_kwargs())

    def save(self, form):
        """Do what the form is for and return the object (or None); may raise Refused with a sentence."""
        return form.save()

    def get_success_url(self, saved) -> str:
        if saved is not None and hasattr(saved, "get_absolute_url"):
            return saved.get_absolute_url()
        return self.request.get_full_path()

    def get_cancel_url(self) -> str:
        if self.cancel_url:
            return str(self.cancel_url)
        return self.object.get_absolute_url() if hasattr(self.object, "get_absolute_url") else ""

    def get_context_data(self, **kwargs):
        form = kwargs.pop("form", None) or self.get_form()
        return super().get_context_data(
            **{
                "form": form,
                "cards": self.cards(form),
                "has_required": any(field.required for field in form.fields.values()),
                "object": self.object,
                "cancel_url": self.get_cancel_url(),
                **kwargs,
            }
        )

    def cards(self, form) -> list[dict]:
        """The sections with their bound fields and how many of them need a change; fields not named come last."""
        sections = list(self.sections) or [Section("", [f.name for f in form.visible_fields()])]
        named = {name for section in sections for name in section.fields}
        rest = [f.name for f in form.visible_fields() if f.name not in named]
        if rest:
            sections.append(Section(_("其他"), rest))
        cards = []
        for number, section in enumerate(sections, start=1):
            fields = [form[name] for name in section.fields if name in form.fields]
            if fields or section.template:
                wrong = sum(bool(f.errors) for f in fields)
                cards.append(
                    {
                        "id": f"s{number}", "title": section.title, "note": section.note, "fields": fields, "wrong": wrong,
                        "template": section.template, "css": section.css,
                    }
                )  # fmt: skip
        return cards

    def get(self, request, *args, **kwargs):
        return self.show(self.get_form())

    def post(self, request, *args, **kwargs):
        form = self.get_form()
        if not form.is_valid():
            return self.show(form, status=422)
        try:
            with transaction.atomic():
                saved = self.save(form)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            return self.show(form, status=422)
        if self.success_message:
            messages.success(request, str(self.success_message))
        return go(request, self.get_success_url(saved))

    def show(self, form, *, status: int = 200):
        context = self.get_context_data(form=form)
        if is_htmx(self.request):
            return show_dialog(self.request, self.dialog_name, context, status=status)
        return self.render_to_response(context, status=status)
