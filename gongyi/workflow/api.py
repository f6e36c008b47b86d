"""Steps for programs: the same offers, the same forms, the same refusals as on the page."""

from typing import Any, cast

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.utils.choices import flatten_choices

from gongyi.kit.refusal import Refused
from gongyi.workflow.flow import Step, Workflow, flows_of


class Invalid(Refused):
    """The input of a step does not fit its form; `errors` has the sentences per field."""

    def __init__(self, form: forms.BaseForm) -> None:
        self.errors = {name: [str(error) for error in errors] for name, errors in form.errors.items()}
        sentences = [
            "；".join(errors) if name == NON_FIELD_ERRORS else f"{form.fields[name].label or name}：{'；'.join(errors)}"
            for name, errors in self.errors.items()
        ]
        super().__init__(" ".join(sentences), code="invalid")


def steps_of(obj: Any, user: Any) -> list[dict]:
    """What `user` may do with `obj` now; a step that must wait has `allowed` false, with the sentence and its remedy."""
    return [
        {
            "name": offer.step.name,
            "label": str(offer.step.label),
            "flow": flow.name,
            "allowed": offer.refusal is None,
            "detail": str(offer.refusal or ""),
            "code": offer.refusal.code if offer.refusal else "",
            "fields": _fields(offer.step, obj, user),
        }
        for flow in flows_of(obj)
        for offer in flow.offered(obj, user)
    ]


def fire_from_api(
    flow: type[Workflow], obj: Any, user: Any, name: str, payload: dict | None = None, *, acting_for: Any = None
) -> Any:
    """Validate `payload` with the form of the step, then take it; raises Refused (409) or Invalid (422)."""
    step = flow.step(name)
    if refusal := flow.refusal(obj, step, user):
        raise refusal  # before the input: nobody corrects fields of a step they may not take
    data: dict[str, Any] = {}
    form = step.bind(obj, user, payload or {})
    if form is not None:
        if not form.is_valid():
            raise Invalid(form)
        data = form.cleaned_data
    return flow.fire(obj, name, actor=user, acting_for=acting_for, **data)


def _fields(step: Step, obj: Any, user: Any) -> list[dict]:
    form = step.bind(obj, user)
    return [_field(name, field) for name, field in form.fields.items()] if form else []


def _field(name: str, field: forms.Field) -> dict:
    kind = type(field).__name__.removesuffix("Field").removeprefix("Typed").lower()
    described: dict[str, Any] = {
        "name": name,
        "label": str(field.label or name),
        "required": field.required,
        "type": kind,
    }
    # The rows of a model choice are left out: they have lists of their own, and may be many.
    if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
        choices: Any = flatten_choices(cast(Any, field.choices))
        described["choices"] = [{"value": str(value), "label": str(label)} for value, label in choices if value != ""]
    return described
