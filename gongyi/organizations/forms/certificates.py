"""Input about a unit's certificates; what is asked and how large files may be comes from the manual (S3-21 … S3-26)."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gongyi.accounts.forms import say_what_to_choose
from gongyi.files.forms import UploadField
from gongyi.organizations.certificate_numbers import regular
from gongyi.organizations.models import Certificate

MEGABYTE = 1024 * 1024
PICTURE_BYTES, PICTURE_KINDS = 2 * MEGABYTE, ("picture",)
SCOPE_BYTES, SCOPE_KINDS = 4 * MEGABYTE, ("picture", "pdf")
ALWAYS_EXPIRE = (Certificate.Nature.CMA, Certificate.Nature.CNAS)


class CertificateForm(forms.ModelForm):
    """A certificate; of one on record the files may be left out and then stay."""

    picture = UploadField(label=_("资质证书"), max_bytes=PICTURE_BYTES, kinds=PICTURE_KINDS, required=False)
    scope_file = UploadField(label=_("能力附表"), max_bytes=SCOPE_BYTES, kinds=SCOPE_KINDS, required=False)
    narrow = ("issuer",)

    class Meta:
        model = Certificate
        fields = ["nature", "grade", "number", "issuer", "issued_on", "expires_on", "remark"]
        widgets = {"remark": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args, organization, **kwargs):
        super().__init__(*args, **kwargs)
        self.organization, self.on_record = organization, bool(self.instance.pk)
        say_what_to_choose(self.fields["nature"])
        say_what_to_choose(self.fields["grade"])
        self.fields["expires_on"].help_text = _("证书长期有效的留空；CMA、CNAS 证书必填。")
        for name in ("picture", "scope_file"):
            field, stored = self.fields[name], getattr(self.instance, name)
            field.required = stored is None
            if stored is not None:
                field.help_text = _("现为「%(name)s」，不选新文件则保留。%(limits)s") % {
                    "name": stored.name, "limits": field.help_text,
                }  # fmt: skip
        self.fields["scope_file"].help_text = _("%s。计量机构上传授权项目。") % self.fields["scope_file"].help_text

    def clean_number(self):
        number = regular(self.cleaned_data["number"])
        others = Certificate.objects.filter(organization=self.organization, withdrawn_at=None, number=number)
        if others.exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("本机构已有这个编号的证书。请修改那一张，或核对编号。"))
        return number

    def clean(self):
        data = super().clean()
        issued, expires = data.get("issued_on"), data.get("expires_on")
        if issued and expires and expires <= issued:
            self.add_error("expires_on", _("过期时间应晚于发证日期。"))
        if expires is None and data.get("nature") in ALWAYS_EXPIRE and "expires_on" not in self.errors:
            self.add_error("expires_on", _("CMA、CNAS 证书都有有效期，请照证书填写。"))
        return data


class WithdrawForm(forms.Form):
    """Why a certificate is no longer held."""

    reason = forms.CharField(label=_("撤销原因"), max_length=200, widget=forms.Textarea(attrs={"rows": 3}))
