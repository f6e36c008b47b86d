"""What a service institution fills in (S3-8 … S3-31), with the manual's labels, placeholders and limits."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.accounts.code_field import CodeField, ProvesAddresses
from gongyi.accounts.codes import normalised as plain_address
from gongyi.accounts.models import PHONE
from gongyi.onboarding.forms.identity import clean_uscc
from gongyi.onboarding.models import Application
from gongyi.organizations.models import BusinessType, Certificate
from gongyi.regions.forms import RegionField

CODE_PURPOSE = "onboarding.service_institution"
LOCKED_TYPES = gettext_lazy("业务类型在注册后不能自行修改。需要调整时，请联系平台管理员。")


def phone_field(label: Any, placeholder: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=11, validators=[PHONE],
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off", "placeholder": placeholder}),
    )  # fmt: skip


def text_area(label: Any, placeholder: Any, most: int, rows: int = 5, **kwargs: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows, "placeholder": placeholder})
    return forms.CharField(label=label, max_length=most, widget=widget, **kwargs)


def line(label: Any, placeholder: Any, most: int, **kwargs: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=most, widget=forms.TextInput(attrs={"placeholder": placeholder}), **kwargs
    )


class InstitutionForm(forms.Form):
    """机构基本信息 (S3-8 … S3-17); a branch without legal personality names its parent (S3-2)."""

    wide = ("name", "address", "region")
    narrow = ("parent",)

    name = line(
        gettext_lazy("机构名称"), gettext_lazy("请输入机构名称"), 150,
        help_text=gettext_lazy("须与证书一致，请勿使用简称。"),
    )  # fmt: skip
    uscc = forms.CharField(
        label=gettext_lazy("统一社会信用代码"), max_length=40,
        error_messages={"required": gettext_lazy("请输入18位机构统一社会信用代码。")},
        widget=forms.TextInput(
            attrs={
                "placeholder": gettext_lazy("请输入18位机构统一社会信用代码"), "autocomplete": "off", "spellcheck": "false",
                "autocapitalize": "characters",
            }
        ),
    )  # fmt: skip
    legal_representative = line(gettext_lazy("法定代表人"), gettext_lazy("请输入法定代表人"), 50)
    is_branch = forms.BooleanField(
        label=gettext_lazy("本机构没有独立法人资格（分公司、内设机构等）"), required=False,
        help_text=gettext_lazy("须填写上级法人单位，并上传其法人证书或营业执照。没有自己代码的内设机构，统一社会信用代码可以不填。"),
    )  # fmt: skip
    parent = forms.CharField(
        label=gettext_lazy("上级法人单位"), required=False, max_length=150,
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("名称，或 18 位统一社会信用代码")}),
        help_text=gettext_lazy("有独立法人资格的机构不填。"),
    )  # fmt: skip
    region = RegionField(label=gettext_lazy("行政区划"))
    address = line(gettext_lazy("注册地址"), gettext_lazy("请输入注册地址"), 200)
    complaint_name = line(gettext_lazy("机构投诉业务处理人"), gettext_lazy("请输入机构投诉业务处理人"), 50)
    complaint_phone = phone_field(gettext_lazy("处理人手机号码"), gettext_lazy("请输入处理人手机号码"))
    business_types = forms.MultipleChoiceField(
        label=gettext_lazy("业务类型"), choices=BusinessType.choices, widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("可多选。注册后机构不能自行修改，请核对清楚。"),
    )  # fmt: skip
    introduction = text_area(gettext_lazy("机构简介"), gettext_lazy("请输入机构简介"), 1000)
    business_scope = text_area(gettext_lazy("机构业务范围"), gettext_lazy("请输入机构业务范围"), 1000)

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["uscc"].required = not self.data.get(self.add_prefix("is_branch"))
        # 平台管理员 alone may change the types later (S3-15): the applicant of such a change is one.
        if application.is_change and not (application.applicant and application.applicant.is_staff):
            self.fields["business_types"].disabled = True
            self.fields["business_types"].help_text = LOCKED_TYPES

    def clean_uscc(self) -> str:
        return clean_uscc(self.cleaned_data["uscc"])

    def clean(self) -> dict:
        data = super().clean() or self.cleaned_data
        if not data.get("is_branch"):
            data["parent"] = ""
        elif not data.get("parent"):
            self.add_error("parent", _("没有独立法人资格的机构，须填写上级法人单位。"))
        return data


class CertificateForm(forms.Form):
    """One certificate (S3-21 … S3-24), and until when it is good, for the warnings before that day (S3-53)."""

    nature = forms.ChoiceField(
        label=gettext_lazy("证书性质"), choices=[("", gettext_lazy("请选择")), *Certificate.Nature.choices]
    )
    grade = forms.ChoiceField(
        label=gettext_lazy("证书资质"), choices=[("", gettext_lazy("请选择")), *Certificate.Grade.choices]
    )
    number = line(gettext_lazy("资质证书编号"), gettext_lazy("请输入资质证书编号"), 50)
    expires_on = forms.DateField(
        label=gettext_lazy("证书过期时间"),
        required=False,
        help_text=gettext_lazy("到期前 90、60、30 天提醒；长期有效的不填。"),
    )
    remark = text_area(gettext_lazy("备注说明"), gettext_lazy("请输入备注说明"), 500, rows=3, required=False)

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


def proved_for(application: Application) -> set[str]:
    """Addresses that need no code: those proved for this draft, and the phone of the person it belongs to."""
    person = application.applicant if not application.opens_by_link else None
    return {*application.proved, *([person.phone] if person and person.phone else [])}


class ContactForm(forms.Form):
    """机构入驻联系人 and the phone whose code was typed in (S3-28 … S3-31), as it is read again later."""

    contact_name = line(gettext_lazy("机构入驻联系人"), gettext_lazy("请输入机构入驻联系人"), 50)
    contact_phone = phone_field(gettext_lazy("联系人手机号码"), gettext_lazy("请输入联系人手机号码"))

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        self.application = application
        super().__init__(*args, **kwargs)

    def clean(self) -> dict:
        data = super().clean() or self.cleaned_data
        phone = data.get("contact_phone")
        if phone and plain_address(phone) not in proved_for(self.application):
            self.add_error(
                "contact_phone", ValidationError(_("请获取并填写验证码，确认这个手机号码。"), code="unproved")
            )
        return data


class ContactOnPage(ProvesAddresses, forms.Form):
    """The same as it is filled in: with the code and its button."""

    contact_name = ContactForm.base_fields["contact_name"]
    contact_phone = ContactForm.base_fields["contact_phone"]
    code = CodeField(proves="contact_phone", purpose=CODE_PURPOSE)

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        self.application = application
        super().__init__(*args, **kwargs)

    def owned_addresses(self) -> set[str]:
        return proved_for(self.application)
