"""Input about what a unit says of itself that nobody reviews again (S3-51), and about whom to ask (S3-90, S3-91, S1-93)."""

from django import forms
from django.utils.translation import gettext_lazy as _

from gongyi.accounts.forms import LANDLINE
from gongyi.files.forms import UploadField
from gongyi.organizations.forms.certificates import PICTURE_BYTES, PICTURE_KINDS
from gongyi.organizations.models import BusinessType, ContactPerson, Organization, UnitProfile

COVER_BYTES = PICTURE_BYTES
TYPES_ARE_FIXED = _("业务类型入驻后不能自行更改；需要调整时，请联系平台管理员。")


class ProfileForm(forms.ModelForm):
    """The freely kept part of the profile; the business types are the platform administrator's to change (S3-15)."""

    business_types = forms.MultipleChoiceField(
        label=_("业务类型"), choices=BusinessType.choices, required=False, widget=forms.CheckboxSelectMultiple()
    )
    cover = UploadField(label=_("封面图片"), max_bytes=COVER_BYTES, kinds=PICTURE_KINDS, required=False)
    remove_cover = forms.BooleanField(label=_("不再使用现在的封面"), required=False)
    wide = ("name_en",)

    class Meta:
        model = UnitProfile
        fields = [
            "name_en",
            "org_code",
            "system",
            "area_level",
            "business_types",
            "business_scope",
            "fax",
            "postcode",
            "remark",
        ]
        widgets = {
            "business_scope": forms.Textarea(attrs={"rows": 4}),
            "remark": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args, organization: Organization, types_fixed: bool, **kwargs):
        super().__init__(*args, **kwargs)
        if types_fixed:
            self.fields["business_types"].disabled = True
            self.fields["business_types"].help_text = TYPES_ARE_FIXED
        for name in ("system", "area_level"):
            self.fields[name].choices = [("", _("未填写")), *self.fields[name].choices[1:]]
        if organization.cover is None:
            del self.fields["remove_cover"]
        else:
            self.fields["cover"].help_text = _("现为「%(name)s」，不选新文件则保留。%(limits)s") % {
                "name": organization.cover.name, "limits": self.fields["cover"].help_text,
            }  # fmt: skip


class ContactPersonForm(forms.ModelForm):
    """Who is asked about one thing from now on."""

    class Meta:
        model = ContactPerson
        fields = ["name", "position", "phone", "email"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["phone"].required = True
        self.fields["phone"].validators = [*self.fields["phone"].validators, LANDLINE]
