"""What a network unit reads and fills in: the letter, and five sections about itself (S1-24 … S1-31)."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.accounts.forms import LANDLINE
from gongyi.onboarding import vouchers
from gongyi.onboarding.forms.identity import EMPTY_CHOICE, AboutUnit, clean_uscc, code_field, nature_field
from gongyi.onboarding.letters import current_letter
from gongyi.onboarding.models import Application, CommitmentLetter
from gongyi.organizations.models import Capacity, OrganizationKind, UnitProfile, UnitRules
from gongyi.regions.forms import RegionField

POSTCODE = RegexValidator(r"^\d{6}$", gettext_lazy("邮编为 6 位数字。"))
ACCOUNT_NO = RegexValidator(r"^[0-9][0-9 -]{7,38}$", gettext_lazy("银行账号只有数字，至少 8 位。"))
MOST_DIGITS, DECIMALS = 14, 2  # of amounts in 万元
WAN = gettext_lazy("万元")


class VersionInput(forms.HiddenInput):
    """Carries the version that is shown, whatever was posted before."""

    shown = ""

    def format_value(self, value: Any) -> str:
        return self.shown


class LetterForm(forms.Form):
    """阅读承诺书 (S1-24): the version that was read, and the tick."""

    version = forms.CharField(label=gettext_lazy("承诺书版本"), max_length=20, widget=VersionInput)
    accepted = forms.BooleanField(
        label=gettext_lazy("我已阅读承诺书全文，代表本单位作出以上承诺"),
        error_messages={"required": gettext_lazy("请阅读承诺书全文并勾选，再进入下一步。")},
    )
    live = False

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        self.application = application
        super().__init__(*args, **kwargs)
        self.fields["version"].widget.shown = self.letter.version if self.letter else ""

    @property
    def letter(self) -> CommitmentLetter | None:
        """The letter to read now: the one in force."""
        if not hasattr(self, "_letter"):
            self._letter = current_letter(Capacity.NETWORK)
        return self._letter

    @property
    def is_outdated(self) -> bool:
        """Whether what was ticked is no longer the letter in force."""
        return bool(self.is_bound and self.letter and self["version"].data != self.letter.version)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.live and self.is_outdated:
            self.add_error("accepted", _("承诺书已更新为 %s 版，请阅读新的全文后重新勾选。") % self.letter)
        return data


class NumberInput(forms.NumberInput):
    """A number with its unit behind it."""

    def __init__(self, suffix: Any, **attrs: Any) -> None:
        super().__init__(attrs={"inputmode": "decimal"} | attrs)
        self.suffix = suffix


class VoucherChoice(forms.Widget):
    """The four conditions, each with whether it holds, and the tick only when all do; fetched anew while one types."""

    template_name = "onboarding/voucher_choice.html"
    conditions: list[vouchers.Condition] = []

    def get_context(self, name: str, value: Any, attrs: dict | None) -> dict:
        context = super().get_context(name, value, attrs)
        context["widget"] |= {
            "conditions": self.conditions,
            "fulfilled": vouchers.fulfilled(self.conditions),
            "sentence": vouchers.sentence(self.conditions),
            "checked": value in (True, "on", "True", "true", "1"),
        }
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> bool:
        return bool(data.get(name))


def number_or_none(field: forms.Field, text: Any) -> Any:
    """What was typed as the field understands it, None where it does not."""
    try:
        return field.clean(text)
    except forms.ValidationError:
        return None


class NetworkUnitForm(AboutUnit):
    """填写单位信息 (S1-26 … S1-31)."""

    identity = ("name", "code", "kind")
    wide = (
        "name",
        "region",
        "address",
        "website",
        "business_scope",
        "introduction",
        "bank_account_name",
        "wants_voucher",
    )
    narrow = ("liaison_email", "bank_name", "name_en", "phone")

    name = forms.CharField(
        label=gettext_lazy("单位名称"), max_length=150, help_text=gettext_lazy("与营业执照或法人证书一致，不用简称。")
    )
    code = code_field(label=gettext_lazy("统一社会信用代码"))
    kind = nature_field()
    region = RegionField()
    address = forms.CharField(label=gettext_lazy("详细地址"), max_length=200)
    phone = forms.CharField(label=gettext_lazy("单位电话"), max_length=30, validators=[LANDLINE])
    website = forms.URLField(label=gettext_lazy("网址"), max_length=150, required=False, assume_scheme="https")

    name_en = forms.CharField(label=gettext_lazy("单位英文名称"), max_length=150, required=False)
    system = forms.ChoiceField(
        label=gettext_lazy("机构体制"), choices=(EMPTY_CHOICE, *UnitProfile.System.choices), required=False
    )
    legal_representative = forms.CharField(label=gettext_lazy("法定代表人"), max_length=50)
    postcode = forms.CharField(label=gettext_lazy("邮编"), max_length=6, required=False, validators=[POSTCODE])
    business_scope = forms.CharField(
        label=gettext_lazy("业务范围"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4})
    )
    introduction = forms.CharField(
        label=gettext_lazy("单位简介"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("审核通过后在公开页面展示。"),
    )  # fmt: skip

    bank_account_name = forms.CharField(label=gettext_lazy("开户名称"), max_length=150, required=False)
    bank_name = forms.CharField(label=gettext_lazy("开户银行"), max_length=100, required=False)
    bank_account_no = forms.CharField(
        label=gettext_lazy("银行账号"), max_length=40, required=False, validators=[ACCOUNT_NO],
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    tax_no = forms.CharField(label=gettext_lazy("税号"), max_length=20, required=False)

    liaison_name = forms.CharField(label=gettext_lazy("联络员姓名"), max_length=50)
    liaison_position = forms.CharField(label=gettext_lazy("职务"), max_length=50, required=False)
    liaison_phone = forms.CharField(label=gettext_lazy("联络员电话"), max_length=20, validators=[LANDLINE])
    liaison_email = forms.EmailField(label=gettext_lazy("联络员邮箱"), max_length=100)

    employee_count = forms.IntegerField(
        label=gettext_lazy("企业人数"), min_value=1, max_value=9_999_999, required=False,
        widget=NumberInput(gettext_lazy("人"), min="1", step="1"), help_text=gettext_lazy("企业必填。"),
    )  # fmt: skip
    last_year_revenue_wan = forms.DecimalField(
        label=gettext_lazy("上年营业收入"), required=False, widget=NumberInput(WAN, min="0", step="0.01"),
        help_text=gettext_lazy("企业必填。"), max_digits=MOST_DIGITS, decimal_places=DECIMALS, min_value=Decimal(0),
    )  # fmt: skip
    total_assets_wan = forms.DecimalField(
        label=gettext_lazy("资产总额"),
        required=False,
        widget=NumberInput(WAN, min="0", step="0.01"),
        max_digits=MOST_DIGITS,
        decimal_places=DECIMALS,
        min_value=Decimal(0),
    )
    enterprise_size = forms.ChoiceField(
        label=gettext_lazy("企业规模"), choices=(EMPTY_CHOICE, *UnitProfile.Size.choices), required=False
    )
    tech_sme_no = forms.CharField(label=gettext_lazy("科技型中小企业入库编号"), max_length=30, required=False)
    high_tech = forms.BooleanField(label=gettext_lazy("高新技术企业"), required=False)
    has_fiscal_subsidy = forms.BooleanField(label=gettext_lazy("已有财政补贴"), required=False)
    wants_voucher = forms.BooleanField(
        label=gettext_lazy("申请创新券"), required=False, widget=VoucherChoice,
    )  # fmt: skip

    bank_needed = ("bank_account_name", "bank_name", "bank_account_no")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["wants_voucher"].widget.conditions = self.conditions()

    def conditions(self) -> list[vouchers.Condition]:
        """Whether vouchers may be asked for, as far as what stands in the fields now goes."""
        names = ("kind", "region", "employee_count", "last_year_revenue_wan")
        now = {name: number_or_none(self.fields[name], self._standing(name)) for name in names}
        return vouchers.conditions(
            kind=now["kind"] or "", region=now["region"], employees=now["employee_count"],
            revenue_wan=now["last_year_revenue_wan"], rules=UnitRules.current(),
        )  # fmt: skip

    def _standing(self, name: str) -> Any:
        return (
            self[name].value()
            if not self.fields[name].disabled
            else self.get_initial_for_field(self.fields[name], name)
        )

    def clean_code(self) -> str:
        return clean_uscc(self.cleaned_data["code"])

    def clean_bank_account_no(self) -> str:
        return "".join(c for c in self.cleaned_data["bank_account_no"] if c.isdigit())

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self.refuse_another(name=data.get("name", ""), code=data.get("code", ""))
        if data.get("kind") == OrganizationKind.ENTERPRISE:
            for name in ("employee_count", "last_year_revenue_wan"):
                if name not in self.errors and data.get(name) is None:
                    self.add_error(name, _("单位性质为企业时必须填写。"))
        if any(data.get(name) for name in self.bank_needed):
            for name in self.bank_needed:
                if name not in self.errors and not data.get(name):
                    self.add_error(name, _("开户名称、开户银行和银行账号须一起填写；都不填也可以。"))
        if self.live and data.get("wants_voucher") and not vouchers.fulfilled(conditions := self.conditions()):
            self.add_error("wants_voucher", vouchers.sentence(conditions))
        return data
