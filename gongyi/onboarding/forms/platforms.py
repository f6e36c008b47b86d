"""Input about an innovation platform or testing institution of a unit (S2-11, S2-12, S2-47)."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from gongyi.accounts.forms import LANDLINE, SUBJECTS_AT_MOST, SubjectsSelect, say_what_to_choose
from gongyi.accounts.subjects import subject_choices
from gongyi.files.forms import UploadField
from gongyi.files.models import StoredFile
from gongyi.onboarding.models import InnovationPlatform
from gongyi.organizations import uscc

APPROVAL_BYTES = 10 * 1024 * 1024
LEVELS = [level for level in InnovationPlatform.Level if level != InnovationPlatform.Level.CITY]


class PlatformForm(forms.ModelForm):
    """All fields of a platform. As a draft only the name must be there; the rest is asked for when it is handed in.

    A file that came with other faults is kept in `kept`, so that it need not be chosen again.
    """

    wide = ("name", "address", "host_name", "subject_codes")
    narrow = ("contact_email", "approved_by", "approval_no")
    subject_codes = forms.TypedMultipleChoiceField(
        label=_("主要学科领域"), choices=subject_choices, required=False, widget=SubjectsSelect(),
        help_text=_("最多 4 个，按 GB/T 13745 一级学科。"),
    )  # fmt: skip
    approval = UploadField(label=_("批文"), max_bytes=APPROVAL_BYTES, required=False)
    kept = forms.UUIDField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = InnovationPlatform
        fields = [
            "name", "platform_type", "level", "approved_by", "approval_no", "approved_on", "host_name", "host_uscc",
            "introduction", "subject_codes", "director", "contact_name", "contact_phone", "contact_email", "address",
        ]  # fmt: skip
        widgets = {
            "introduction": forms.Textarea(attrs={"rows": 6}),
            "approved_on": forms.DateInput(attrs={"data-picker": "day", "placeholder": "2026-11-21", "autocomplete": "off"}),
            "host_uscc": forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        }  # fmt: skip

    def __init__(self, *args: Any, organization: Any, user: Any, draft: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organization, self.user = organization, user
        self.fields["level"].choices = [("", _("请选择")), *[(level.value, level.label) for level in LEVELS]]
        self.fields["level"].help_text = _("只登记省级以上的；市级平台不在这里登记。")
        say_what_to_choose(self.fields["platform_type"])
        self.fields["contact_phone"].validators = [*self.fields["contact_phone"].validators, LANDLINE]
        self.fields["host_uscc"].max_length = 40
        self.fields["host_uscc"].validators = []
        self.fields["host_uscc"].widget.attrs.pop("maxlength", None)
        self.file = self.instance.approval_file
        if draft:
            for name in set(self.fields) - {"name"}:
                self.fields[name].required = False
        self._show_file()

    def _show_file(self) -> None:
        """Name the file there is beside the one that may be chosen instead; the bound field keeps words of its own."""
        if self.file is not None:
            self["approval"].help_text = format_html(
                '{} <a href="{}" target="_blank">{}</a> · {}', _("已上传"), self.file.get_absolute_url(), self.file.name,
                self.fields["approval"].help_text,
            )  # fmt: skip

    def clean_name(self):
        name = self.cleaned_data["name"].strip()
        same = InnovationPlatform.objects.filter(organization=self.organization, name=name).exclude(pk=self.instance.pk)
        if same.exists():
            raise ValidationError(_("本单位已有同名的创新平台，请核对。"))
        return name

    def clean_host_uscc(self):
        code = uscc.normalised(self.cleaned_data["host_uscc"])
        if code and (sentence := uscc.fault(code)):
            raise ValidationError(sentence)
        return code

    def clean_subject_codes(self):
        codes = self.cleaned_data["subject_codes"]
        if len(codes) > SUBJECTS_AT_MOST:
            raise ValidationError(
                _("最多选 %(most)s 个学科，现在选了 %(chosen)s 个。"),
                params={"most": SUBJECTS_AT_MOST, "chosen": len(codes)},
            )
        return codes

    def clean_kept(self):
        """A file this person uploaded a moment ago with this form; anything else is nothing."""
        if not self.cleaned_data["kept"]:
            return None
        own = StoredFile.objects.filter(owner=self.user, purpose="innovation_platform", subject_id=None)
        return own.filter(public_id=self.cleaned_data["kept"]).first()

    def keep(self, file: StoredFile) -> None:
        """Let the form, shown again with its faults, carry a file that was all right."""
        self.data = self.data.copy()
        self.data["kept"] = str(file.public_id)
        self.file = file
        self._show_file()

    def answers(self) -> dict[str, Any]:
        """The cleaned fields of the platform."""
        return {name: self.cleaned_data[name] for name in self._meta.fields}
