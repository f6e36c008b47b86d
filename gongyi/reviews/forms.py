"""What reviewers and the keepers of reviews type."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.organizations.models import Organization, OrganizationKind, Remit
from gongyi.organizations.rules import remit_refusal
from gongyi.regions.forms import RegionField
from gongyi.reviews.models import Phrase, Review, ReviewPolicy
from gongyi.reviews.queries import matter_of
from gongyi.workflow.forms import StepForm

MOST_COMMENT_CHARACTERS = 500
DECIDING_KINDS = (OrganizationKind.AUTHORITY, OrganizationKind.METROLOGY)  # S4-6: metrology institutes decide too


def bodies_to_choose(review: Review) -> QuerySet[Organization]:
    """The authorities a turn may be given to: active, with a remit for its matter, neither its present body nor the submitting unit."""
    if review.decider == Review.Decider.UNIT:
        return Organization.objects.none()  # only the platform takes over what a unit decides about its people
    remits = Remit.objects.filter(matter=matter_of(review))  # metrology institutes get verification only, and so on
    other = Organization.objects.active().filter(pk__in=remits.values("organization"))
    return other.exclude(pk__in=[pk for pk in (review.authority_id, review.submission.organization_id) if pk])


def full_name(obj: Any) -> str:
    """Authorities are told apart by their full names."""
    return obj.name


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
        field.label_from_instance = full_name  # type: ignore[method-assign]
        if self.obj.decider == Review.Decider.PLATFORM:
            field.required, field.empty_label = True, _("请选择")


class PhraseForm(forms.ModelForm):
    """A sentence a reviewer writes often."""

    use = forms.ChoiceField(label=gettext_lazy("用于"), choices=Phrase.Use.choices)

    class Meta:
        model = Phrase
        fields = ["use", "text"]

    def __init__(self, *args: Any, initial: dict | None = None, **kwargs: Any) -> None:
        """Most sentences one wants at hand say what is missing."""
        super().__init__(*args, initial={"use": Phrase.Use.SEND_BACK} | (initial or {}), **kwargs)

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() - {"user"}  # type: ignore[misc]  # so that the same one twice is refused with a sentence


class PolicyForm(forms.ModelForm):
    """Over how many tiers, in how many working days."""

    class Meta:
        model = ReviewPolicy
        fields = ["tiers", "term_workdays"]
        help_texts = {
            "tiers": gettext_lazy("1 到 3 级，由近及远：区县、市、省；不足时由平台管理员审最后一级。"),
            "term_workdays": gettext_lazy("每一级各自的期限，不含周末和法定节假日。"),
        }


class RemitForm(forms.ModelForm):
    """Which authority decides about what, and where."""

    region = RegionField(leaf=False, label=gettext_lazy("管辖地区"))

    class Meta:
        model = Remit
        fields = ["organization", "matter", "region"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["organization"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Organization.objects.active().filter(kind__in=DECIDING_KINDS)
        field.label_from_instance = full_name  # type: ignore[method-assign]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        known = "organization" in data and "matter" in data
        if known and (sentence := remit_refusal(data["organization"], data["matter"])):
            self.add_error("matter", sentence)
        return data


class WhereForm(forms.Form):
    """A place, to see who would decide there."""

    region = RegionField(leaf=False, label=gettext_lazy("地区"))


class RemoveRemitForm(forms.Form):
    """What becomes of the turns the authority still has."""

    move = forms.BooleanField(
        label=gettext_lazy("把在办的也转交给接手的部门"), required=False,
        help_text=gettext_lazy("不勾选时，在办的由原部门办完。"),
    )  # fmt: skip
