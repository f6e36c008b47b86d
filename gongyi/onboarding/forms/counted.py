"""A text area that shows how many of its characters are used, such as 12/500."""

from typing import Any

from django import forms


class CountedTextarea(forms.Textarea):
    """Counts while one types; the limit is the field's `max_length`. Brings its script along."""

    template_name = "onboarding/counted.html"

    def get_context(self, name: str, value: Any, attrs: dict | None) -> dict:
        context = super().get_context(name, value, attrs)
        context["widget"]["used"] = len(str(value or "").replace("\r\n", "\n"))
        return context
