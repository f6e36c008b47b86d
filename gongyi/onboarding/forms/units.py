"""What the platform administrator keeps about units: thresholds and letters."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.onboarding.models import CommitmentLetter
from gongyi.organizations.models import UnitRules
from gongyi.regions.models import Region

MOST_DAYS = 3650
MOST_REMINDERS = 6


class DaysField(forms.CharField):
    """Several numbers of days in one line: 「30、7、1」, in any order and with any separator; kept from large to small."""

    def prepare_value(self, value: Any) -> Any:
        return "、".join(str(day) for day in value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        typed = super().to_python(value) or ""
        words = "".join(c if c.isdecimal() else " " for c in typed).split()
        days = sorted({int(word) for word in words if len(word) < 6}, reverse=True)
        if not days and self.required:
            raise ValidationError(_("请填写至少一个天数，如 30、7、1。"))
        if days and not 1 <= days[-1] <= days[0] <= MOST_DAYS:
            raise ValidationError(_("天数应在 1 到 %s 之间。") % MOST_DAYS)
        if len(days) > MOST_REMINDERS:
            raise ValidationError(_("最多 %s 个天数。") % MOST_REMINDERS)
        return days


class UnitRulesForm(forms.ModelForm):
    """单位规则: how often information is updated, when reminders go out, and who may ask for vouchers."""

    remind_before_days = DaysField(
        label=gettext_lazy("提前提醒（天）"),
        help_text=gettext_lazy("到期前多少天提醒单位管理员和联络员，如 30、7、1。"),
    )
    certificate_warn_days = DaysField(
        label=gettext_lazy("证书到期提醒（天）"), help_text=gettext_lazy("证书到期前多少天提醒机构，如 90、60、30。")
    )
    voucher_province = forms.ModelChoiceField(
        label=gettext_lazy("创新券：所在省"), queryset=Region.objects.provinces(), required=False,
        empty_label=gettext_lazy("不限省份"),
    )  # fmt: skip
    wide = ()
    narrow = ("remind_before_days", "certificate_warn_days")

    class Meta:
        model = UnitRules
        fields = [
            "refresh_after_days", "remind_before_days", "voucher_province", "voucher_most_employees",
            "voucher_most_revenue_wan", "certificate_warn_days",
        ]  # fmt: skip

    def clean_refresh_after_days(self) -> int:
        days = self.cleaned_data["refresh_after_days"]
        if not 1 <= days <= MOST_DAYS:
            raise ValidationError(_("周期应在 1 到 %s 天之间。") % MOST_DAYS)
        return days

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        every, before = data.get("refresh_after_days"), data.get("remind_before_days")
        if every and before and before[0] >= every:
            self.add_error("remind_before_days", _("提醒天数应小于更新周期 %s 天。") % every)
        return data


class CommitmentLetterForm(forms.ModelForm):
    """A version of a letter while it is a draft."""

    class Meta:
        model = CommitmentLetter
        fields = ["capacity", "version", "title", "text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 18})}
        help_texts = {
            "capacity": gettext_lazy("哪类单位作出承诺。"),
            "version": gettext_lazy("如 2.0、2026-12；发布后不能改。"),
            "text": gettext_lazy("每段一行，空行分隔；发布后不能改。"),
        }

    narrow = ("title",)
