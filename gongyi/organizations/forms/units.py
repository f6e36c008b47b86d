"""Input about units."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from gongyi.accounts.forms import LANDLINE, say_what_to_choose
from gongyi.organizations import uscc
from gongyi.organizations.models import Organization
from gongyi.regions.forms import RegionField

CODE = RegexValidator(r"^[A-Z][A-Z0-9]{1,11}$", _("编号前缀用 2–12 位大写字母和数字，以字母开头，如 HDU。"))


class ContactForm(forms.ModelForm):
    """What a unit says about itself; its own administrator keeps it."""

    wide = ("address",)
    narrow = ("email", "website")
    website = forms.URLField(label=_("网址"), max_length=150, required=False, assume_scheme="https")

    class Meta:
        model = Organization
        fields = ["address", "phone", "email", "website", "introduction"]
        widgets = {"introduction": forms.Textarea(attrs={"rows": 5})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["phone"].validators = [*self.fields["phone"].validators, LANDLINE]


class OrganizationForm(ContactForm):
    """All data of a unit, for the platform administrator."""

    wide = ("name", "address", "region")
    narrow = ("email", "website")
    region = RegionField()
    uscc = forms.CharField(
        label=_("统一社会信用代码"),
        required=False,
        max_length=40,
        help_text=_("18 位；没有的单位留空。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    class Meta(ContactForm.Meta):
        fields = ["name", "short_name", "code", "uscc", "kind", "region", *ContactForm.Meta.fields]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        say_what_to_choose(self.fields["kind"])
        self.fields["short_name"].help_text = _("显示在页头和列表里。")

    def clean_code(self):
        code = uscc.normalised(self.cleaned_data["code"])
        CODE(code)
        return code

    def clean_uscc(self):
        code = uscc.normalised(self.cleaned_data["uscc"])
        if code and (sentence := uscc.fault(code)):
            raise ValidationError(sentence)
        return code or None
