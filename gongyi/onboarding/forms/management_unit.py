"""What a management unit fills in: itself, its platform, its administrator (S2-38 … S2-48).

The manual's form also asks for month of birth, QQ and WeChat; they serve no purpose here and are not asked for.
"""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gongyi.accounts.forms import LANDLINE
from gongyi.accounts.models import PHONE
from gongyi.onboarding.forms.identity import (
    EMPTY_CHOICE,
    AboutUnit,
    clean_org_code,
    clean_uscc,
    code_field,
    nature_field,
    org_code_looks_wrong,
)
from gongyi.onboarding.models import Application
from gongyi.regions.forms import RegionField

REASON_LONGEST = 500  # S2-46
USCC, ORG_CODE = "uscc", "org_code"


class ManagementUnitForm(AboutUnit):
    """单位情况 (S2-38 … S2-46)."""

    identity = ("name", "code", "code_kind", "kind")
    wide = ("name", "region", "code_kind")

    name = forms.CharField(
        label=_("单位名称"), max_length=150, help_text=_("与法人证书或营业执照一致，不用简称；须与公章相同。")
    )
    code_kind = forms.ChoiceField(
        label=_("代码类型"), choices=((USCC, _("统一社会信用代码（18 位）")), (ORG_CODE, _("组织机构代码（9 位）"))), initial=USCC,
        widget=forms.RadioSelect, help_text=_("尚未换领统一社会信用代码的老单位选组织机构代码。"),
    )  # fmt: skip
    code = code_field(label=_("代码"))
    kind = nature_field()
    region = RegionField()
    instrument_department = forms.CharField(
        label=_("仪器管理部门"), max_length=100, help_text=_("如：设备处、分析测试中心")
    )
    contact_name = forms.CharField(label=_("联系人"), max_length=50)
    contact_phone = forms.CharField(label=_("联系电话"), max_length=20, validators=[LANDLINE])
    contact_email = forms.EmailField(label=_("电子邮箱"), max_length=100)
    fax = forms.CharField(label=_("传真"), max_length=20, required=False, validators=[LANDLINE])
    join_reason = forms.CharField(
        label=_("加入平台理由、拟开展的工作"), max_length=REASON_LONGEST, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("例如现有仪器规模、开放共享的打算。"),
    )  # fmt: skip
    narrow = ("instrument_department", "contact_email")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "code" in data and "code_kind" in data:
            try:
                data["code"] = clean_uscc(data["code"]) if data["code_kind"] == USCC else clean_org_code(data["code"])
            except forms.ValidationError as problem:
                self.add_error("code", problem)
        self.refuse_another(
            name=data.get("name", ""), code=data.get("code", "") if data.get("code_kind") == USCC else ""
        )
        return data

    @property
    def warning(self) -> str:
        """A doubt that does not keep anybody from going on."""
        data = getattr(self, "cleaned_data", {})
        if data.get("code_kind") == ORG_CODE and data.get("code") and org_code_looks_wrong(data["code"]):
            return str(_("组织机构代码的校验位与标准算法不符。早年的代码有例外，请对照证书确认后继续。"))
        return ""


class PlatformForm(forms.Form):
    """所属创新平台 (S2-47): only for units that have one; then all four lines."""

    has_platform = forms.BooleanField(label=_("本单位有重点实验室、工程技术研究中心等创新平台"), required=False)
    platform_name = forms.CharField(label=_("平台名称"), max_length=150, required=False)
    host_name = forms.CharField(label=_("依托法人单位名称/组建单位名称"), max_length=150, required=False)
    host_uscc = code_field(label=_("依托法人单位统一社会信用代码"), required=False)
    introduction = forms.CharField(
        label=_("创新平台简介"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 6})
    )

    needed = ("platform_name", "host_name", "host_uscc", "introduction")

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        self.application = application
        super().__init__(*args, **kwargs)

    def clean_host_uscc(self) -> str:
        return clean_uscc(self.cleaned_data["host_uscc"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("has_platform"):
            for name in self.needed:
                if name not in self.errors and not data.get(name):
                    self.add_error(name, _("请填写；没有创新平台时，取消上面的勾选。"))
        return data


class AdministratorForm(forms.Form):
    """共享平台管理员情况 (S2-48), without what nobody needs: month of birth, QQ, WeChat."""

    EDUCATION = (EMPTY_CHOICE, *((word, word) for word in ("大专及以下", "本科", "硕士", "博士")))
    GENDERS = (EMPTY_CHOICE, ("男", "男"), ("女", "女"))

    username = forms.CharField(label=_("注册账号"), max_length=50, required=False, disabled=True)
    name = forms.CharField(label=_("姓名"), max_length=50)
    gender = forms.ChoiceField(label=_("性别"), choices=GENDERS)
    education = forms.ChoiceField(label=_("学历"), choices=EDUCATION, required=False)
    position = forms.CharField(label=_("职务"), max_length=50, required=False)
    title = forms.CharField(label=_("职称"), max_length=50, required=False)
    mobile = forms.CharField(
        label=_("手机"), max_length=11, validators=[PHONE], widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    office_phone = forms.CharField(label=_("办公电话"), max_length=20, required=False, validators=[LANDLINE])
    email = forms.EmailField(label=_("电子邮箱"), max_length=100)
    narrow = ("email",)

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        self.application = application
        super().__init__(*args, **kwargs)
