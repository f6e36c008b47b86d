"""What those who keep an instrument fill in beside its registration: its unit, prices, managers."""

from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gongyi.accounts.models import User
from gongyi.catalog.models import Instrument, Price, PriceTier
from gongyi.kit.money import MoneyFormField
from gongyi.organizations.models import Organization


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
