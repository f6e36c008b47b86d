"""Forms of those who keep instruments; shape only."""

from collections import defaultdict
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gongyi.accounts.models import User
from gongyi.catalog.models import Instrument, InstrumentClass, Price, PriceTier, Synonym
from gongyi.catalog.rules import may_place_anywhere
from gongyi.files.forms import UploadField
from gongyi.kit.money import MoneyFormField
from gongyi.organizations.models import Department, Organization
from gongyi.regions.forms import RegionField

PHOTO_BYTES = 5 * 1024 * 1024
SHEET_BYTES = 20 * 1024 * 1024


def class_choices() -> list:
    """The kinds, grouped by the group they belong to; one query."""
    groups: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in InstrumentClass.objects.filter(level=3):
        groups[row.path.rsplit("/", 1)[0].replace("/", " · ")].append((row.code, f"{row.code} {row.name}"))
    last = InstrumentClass.objects.filter(code="990000").first()
    rest = [(last.code, f"{last.code} {last.name}")] if last else []
    return [("", _("请选择")), *groups.items(), *rest]


class InstrumentForm(forms.ModelForm):
    """Everything a keeper may change; the unit is fixed once there is an instrument."""

    instrument_class = forms.ChoiceField(label=_("仪器分类"), required=True)
    region = RegionField(required=False)
    wide = (
        "name", "model", "functions", "technical_specs", "accessories", "user_notice", "sample_requirements", "reference_fee",
        "service_fields", "instrument_class", "region",
    )  # fmt: skip

    class Meta:
        model = Instrument
        fields = [
            "name", "name_en", "model", "manufacturer", "origin_country", "serial_no", "internal_no", "instrument_class",
            "service_fields", "department", "region", "location", "original_value", "purchased_on", "functions",
            "technical_specs", "accessories", "user_notice", "sample_requirements", "reference_fee", "contact_name",
            "contact_phone", "timed_booking", "commissioned_booking", "featured",
        ]  # fmt: skip
        widgets = {
            "service_fields": forms.CheckboxSelectMultiple,
            "purchased_on": forms.DateInput(attrs={"data-picker": "day", "placeholder": "2026-11-21", "autocomplete": "off"}),
            **{
                name: forms.Textarea(attrs={"rows": rows})
                for name, rows in (
                    ("functions", 4), ("technical_specs", 5), ("accessories", 2), ("user_notice", 4), ("sample_requirements", 4),
                    ("reference_fee", 2),
                )
            },
        }  # fmt: skip
        help_texts = {
            "technical_specs": _("一行一项，写成「分辨率：0.7 nm（15 kV）」，页面上会分列显示。"),
            "internal_no": _("如资产编号；本单位内不能重复。"),
            "featured": _("推荐的仪器优先出现在首页。"),
        }

    def __init__(self, *args, organization: Organization, user=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.organization = organization
        self.fields["instrument_class"].choices = class_choices()
        self.fields["instrument_class"].initial = self.instance.instrument_class_id
        departments = Department.objects.filter(organization=organization)
        self.fields["department"].empty_label = _("不填")
        if user is not None and not may_place_anywhere(self.instance, user):
            departments = departments.filter(pk__in=Department.objects.kept_by(user).values("pk"))
            self.fields["department"].required, self.fields["department"].empty_label = True, None
        self.fields["department"].queryset = departments
        self.initial["instrument_class"] = self.instance.instrument_class_id or ""
        if not getattr(user, "is_staff", False):
            del self.fields["featured"]

    def clean_instrument_class(self):
        code = self.cleaned_data["instrument_class"]
        return InstrumentClass.objects.filter(code=code).first() if code else None

    def clean_internal_no(self):
        number = self.cleaned_data["internal_no"].strip()
        twin = Instrument.objects.filter(organization=self.organization, internal_no=number).exclude(
            pk=self.instance.pk
        )
        if number and twin.exists():
            raise ValidationError(_("本单位已有编号为「%s」的仪器，请核对。") % number)
        return number

    def clean(self):
        data = super().clean()
        if not data.get("timed_booking") and not data.get("commissioned_booking"):
            self.add_error("timed_booking", _("按时预约和委托预约至少选一种，否则没有人能使用。"))
        return data


class NewInstrumentForm(forms.Form):
    """For which unit, asked first by those who keep several."""

    organization = forms.ModelChoiceField(label=_("所属单位"), queryset=Organization.objects.none())

    def __init__(self, *args, organizations, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organization"].queryset = organizations
        self.fields["organization"].empty_label = _("请选择单位")


class PricesForm(forms.Form):
    """The price list of one instrument: hourly rate, start-up fee and minimum of each tier; without a rate no price."""

    NAMES = ("hourly_rate", "startup_fee", "minimum_fee")

    def __init__(self, *args, instrument: Instrument, **kwargs):
        super().__init__(*args, **kwargs)
        stored = {price.tier: price for price in Price.objects.filter(instrument=instrument)}
        labels = (_("机时费"), _("开机费"), _("最低收费"))
        units = (_("每小时"), _("每次"), _("每次"))
        for tier in PriceTier:
            for name, label, unit in zip(self.NAMES, labels, units, strict=True):
                self.fields[f"{tier.value}_{name}"] = MoneyFormField(
                    label=label, suffix=unit, required=False, min_value=Decimal(0),
                    initial=getattr(stored.get(tier.value), name, None),
                )  # fmt: skip

    def clean(self):
        data = super().clean()
        for tier in PriceTier.values:
            if data.get(f"{tier}_hourly_rate") is None and any(data.get(f"{tier}_{name}") for name in self.NAMES[1:]):
                self.add_error(f"{tier}_hourly_rate", _("填了开机费或最低收费，就要填机时费；不收机时费请填 0。"))
        return data

    def prices(self) -> dict[str, dict[str, Decimal] | None]:
        """Cleaned: `{tier: {hourly_rate, startup_fee, minimum_fee} | None}`."""
        result: dict[str, dict[str, Decimal] | None] = {}
        for tier in PriceTier.values:
            rate = self.cleaned_data.get(f"{tier}_hourly_rate")
            fees = {name: self.cleaned_data.get(f"{tier}_{name}") or Decimal(0) for name in self.NAMES[1:]}
            result[tier] = None if rate is None else {"hourly_rate": rate, **fees}
        return result


class AddManagerForm(forms.Form):
    """Somebody of the unit, named by what they sign in with."""

    identifier = forms.CharField(
        label=_("用户名、邮箱或手机号"), max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )  # fmt: skip
    wide = ("identifier",)

    def clean_identifier(self):
        user = User.objects.by_identifier(self.cleaned_data["identifier"])
        if user is None or not user.is_active:
            raise ValidationError(_("没有找到这个账号，请核对输入。"))
        self.cleaned_data["user"] = user
        return self.cleaned_data["identifier"]


class PhotoForm(forms.Form):
    photo = UploadField(label=_("照片"), max_bytes=PHOTO_BYTES, kinds=("image",))
    caption = forms.CharField(label=_("说明"), max_length=100, required=False, help_text=_("如 正面、样品台。"))
    wide = ("photo", "caption")


class ImportForm(forms.Form):
    """A list to import, and into which unit."""

    organization = forms.ModelChoiceField(label=_("导入到"), queryset=Organization.objects.none())
    file = forms.FileField(
        label=_("仪器清单"), help_text=_("Excel（.xlsx）或 CSV，不超过 20 MB、20,000 行。"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
    )  # fmt: skip
    wide = ("organization", "file")

    def __init__(self, *args, organizations, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organization"].queryset = organizations
        self.fields["organization"].empty_label = _("请选择单位")
        if len(organizations) == 1:
            self.fields["organization"].initial = organizations[0]

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > SHEET_BYTES:
            raise ValidationError(_("文件超过 20 MB。请分成几个文件上传。"))
        return file


class SynonymForm(forms.ModelForm):
    """One word a line."""

    terms = forms.CharField(
        label=_("同义词"), widget=forms.Textarea(attrs={"rows": 6}), max_length=600,
        help_text=_("每行一个词，至少两个。搜其中一个，就能找到用其他词命名的仪器。"),
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
