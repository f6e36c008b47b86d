"""Money: Decimal with two places in the database, one way to write it, and a form field that reads what people type."""

import unicodedata
from decimal import Decimal

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

CENT = Decimal("0.01")
NONE = "—"


def format_money(amount: Decimal | int | None) -> str:
    """Return `¥1,234.50`, `−¥60.00` for negative amounts and `—` for None."""
    if amount is None or amount == "":
        return NONE
    amount = Decimal(amount).quantize(CENT)
    return f"{'−' if amount < 0 else ''}¥{abs(amount):,.2f}"


def format_money_short(amount: Decimal | int | None) -> str:
    """Return large sums as people say them: `¥6.38 亿`, `¥42.7 万`; below 10,000 as `format_money` does."""
    if amount is None or amount == "":
        return NONE
    amount = Decimal(amount)
    sign, size = ("−" if amount < 0 else ""), abs(amount)
    for unit, word in ((Decimal(10**8), "亿"), (Decimal(10**4), "万")):
        if size >= unit:
            return f"{sign}¥{f'{size / unit:,.2f}'.rstrip('0').rstrip('.')} {word}"
    return format_money(amount)


def parse_money(text: str) -> str:
    """Return what a person typed (`¥1，234.50 元`, full-width digits) as plain digits, ready for Decimal."""
    text = unicodedata.normalize("NFKC", str(text)).replace("−", "-")
    for noise in ("¥", "￥", "元", ",", " "):
        text = text.replace(noise, "")
    return text


class MoneyInput(forms.TextInput):
    """A right-aligned text input with ¥ before it and, if given, a unit after it (`每小时`)."""

    prefix = "¥"

    def __init__(self, attrs=None, suffix=""):
        super().__init__({"inputmode": "decimal", "autocomplete": "off", "class": "num r", **(attrs or {})})
        self.suffix = suffix

    def format_value(self, value):
        if isinstance(value, Decimal | int):
            return f"{value:,.2f}".replace("-", "−")
        return value


class MoneyFormField(forms.DecimalField):
    """Reads amounts with separators, ¥ and full-width digits; refuses more than two places."""

    widget = MoneyInput
    default_error_messages = {
        "invalid": _("请填写金额，如 1,234.50。"),
        "max_decimal_places": _("金额最多两位小数。"),
        "max_whole_digits": _("金额太大，请核对。"),
        "max_digits": _("金额太大，请核对。"),
    }

    def __init__(self, *, suffix="", max_digits=14, decimal_places=2, **kwargs):
        if suffix:
            kwargs.setdefault("widget", MoneyInput(suffix=suffix))
        super().__init__(max_digits=max_digits, decimal_places=decimal_places, **kwargs)

    def to_python(self, value):
        return super().to_python(parse_money(value) if isinstance(value, str) else value)

    def widget_attrs(self, widget):
        return {}


class MoneyField(models.DecimalField):
    """An amount in yuan with two places; `suffix` names what it is per, as in `每小时`."""

    def __init__(self, verbose_name=None, name=None, max_digits=14, decimal_places=2, suffix="", **kwargs):
        self.suffix = suffix
        super().__init__(verbose_name, name, max_digits, decimal_places, **kwargs)

    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": MoneyFormField, "suffix": self.suffix, **kwargs})
