"""Input of steps: the base that knows its object and actor, and the reason that many steps ask for."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class StepForm(forms.Form):
    """A step's input whose choices or checks depend on the object (`self.obj`) or the person (`self.actor`)."""

    def __init__(self, *args: Any, obj: Any, actor: Any, **kwargs: Any) -> None:
        self.obj, self.actor = obj, actor
        super().__init__(*args, **kwargs)


class ReasonForm(forms.Form):
    """The reason everyone concerned will read, as steps that turn something down must give one."""

    reason = forms.CharField(label=_("原因"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class CommentForm(forms.Form):
    """A remark for the record that may be left out."""

    comment = forms.CharField(label=_("备注"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}))
