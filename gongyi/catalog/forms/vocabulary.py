"""Words that mean the same to the search."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gongyi.catalog.models import Synonym


class SynonymForm(forms.ModelForm):
    """One word a line."""

    terms = forms.CharField(
        label=_("同义词"), widget=forms.Textarea(attrs={"rows": 6}), max_length=600,
        help_text=_("每行一个词，至少两个。搜其中一个，就能找到用其他词命名的仪器、机构、方案和能力项。"),
    )  # fmt: skip
    wide = ("terms",)

    class Meta:
        model = Synonym
        fields = ["terms"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["terms"] = "\n".join(self.instance.terms)

    def clean_terms(self):
        terms = list(dict.fromkeys(line.strip() for line in self.cleaned_data["terms"].splitlines() if line.strip()))
        if len(terms) < 2:
            raise ValidationError(_("请至少写两个词，每行一个。"))
        if any(len(term) > 60 for term in terms):
            raise ValidationError(_("每个词最多 60 个字。"))
        return terms
