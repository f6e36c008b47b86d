"""Renders every form of the site alike: label above, required star, hint, error with its remedy (DESIGN §8)."""

from django import forms
from django.forms.renderers import TemplatesSetting

_SELECTS = (forms.Select, forms.SelectMultiple, forms.NullBooleanSelect)
_CHECKS = (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple)


class GongyiBoundField(forms.BoundField):
    """A form field that knows its CSS classes, its look and how wide it wants to be."""

    def build_widget_attrs(self, attrs, widget=None):
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        if widget.is_hidden:
            return attrs
        own = str(widget.attrs.get("class", ""))
        classes = f"{own} {self._look(widget)}"
        if self.errors:
            classes += " is-invalid"
        if isinstance(widget, forms.DateTimeInput):
            attrs = {"placeholder": "2026-11-21 14:00", "autocomplete": "off", "data-picker": "moment"} | attrs
        elif isinstance(widget, forms.DateInput):
            attrs = {"placeholder": "2026-11-21", "autocomplete": "off", "data-picker": "day"} | attrs
        elif isinstance(widget, forms.TimeInput):
            attrs = {"placeholder": "14:00", "autocomplete": "off", "inputmode": "numeric"} | attrs
        elif isinstance(widget, forms.Textarea) and widget.attrs.get("rows") == "10":  # Django's default is too tall
            attrs = {"rows": "3"} | attrs
        return attrs | {"class": " ".join(dict.fromkeys(classes.split()))}

    @staticmethod
    def _look(widget) -> str:
        if isinstance(widget, _CHECKS):
            return "form-check-input"
        return "form-select" if isinstance(widget, _SELECTS) else "form-control"

    @property
    def is_check(self) -> bool:
        """One box with its label beside it."""
        return isinstance(self.field.widget, forms.CheckboxInput)

    @property
    def is_choices(self) -> bool:
        """Several boxes or dots under one legend."""
        return isinstance(self.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)

    @property
    def prefix(self) -> str:
        return getattr(self.field.widget, "prefix", "")

    @property
    def suffix(self) -> str:
        return getattr(self.field.widget, "suffix", "")

    @property
    def is_wide(self) -> bool:
        """Whether the field takes both columns: long text, files, lists of boxes, or named in the form's `wide`."""
        if self.name in getattr(self.form, "wide", ()):
            return True
        if self.name in getattr(self.form, "narrow", ()):
            return False
        widget = self.field.widget
        if (
            isinstance(widget, forms.Textarea | forms.FileInput | forms.SelectMultiple)
            or self.is_choices
            or self.is_check
        ):
            return True
        return (getattr(self.field, "max_length", None) or 0) >= 100


class GongyiFormRenderer(TemplatesSetting):
    form_template_name = "kit/forms/form.html"
    field_template_name = "kit/forms/field.html"
    formset_template_name = "kit/forms/formset.html"
    bound_field_class = GongyiBoundField
