"""What reviewers and the keepers of reviews type."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.organizations.models import Organization, Remit
from gongyi.reviews.models import Review
from gongyi.workflow.forms import StepForm

MOST_COMMENT_CHARACTERS = 500


def bodies_to_choose(review: Review) -> QuerySet[Organization]:
    """The authorities a turn may be given to: active, with some remit, neither its present body nor the submitting unit."""
    if review.decider == Review.Decider.UNIT:
        return Organization.objects.none()  # only the platform takes over what a unit decides about its people
    other = Organization.objects.active().filter(pk__in=Remit.objects.values("organization"))
    return other.exclude(pk__in=[pk for pk in (review.authority_id, review.submission.organization_id) if pk])


class ReassignForm(StepForm):
    """To whom a turn goes, and why."""

    to = forms.ModelChoiceField(
        Organization.objects.none(), label=gettext_lazy("转交给"), required=False,
        empty_label=gettext_lazy("平台管理员"), help_text=gettext_lazy("办理期限从转交时重新计算。"),
    )  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("原因"), max_length=MOST_COMMENT_CHARACTERS, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = bodies_to_choose(self.obj)
        field.label_from_instance = lambda organization: organization.name  # type: ignore[method-assign]
        if self.obj.decider == Review.Decider.PLATFORM:
            field.required, field.empty_label = True, _("请选择")
