"""A province-city-district choice for any form: ordinary selects that grow, usable by keyboard, on the phone and aloud."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gongyi.regions.models import Region
from gongyi.regions.queries import ladder


class RegionSelect(forms.Widget):
    """Up to three selects of one name; the deepest choice counts. It brings the script along that fills them."""

    template_name = "regions/select.html"
    labels = (_("省"), _("市"), _("区县"))
    use_fieldset = True

    def get_context(self, name: str, value: Any, attrs: dict | None) -> dict:
        context = super().get_context(name, value, attrs)
        levels = ladder(str(value or ""))
        context["widget"]["levels"] = [
            {"label": label, "chosen": chosen, "options": options}
            for label, (chosen, options) in zip(self.labels, levels + [("", [])] * (3 - len(levels)), strict=True)
        ]
        context["widget"]["described_by"] = context["widget"]["attrs"].get("aria-describedby", "")
        context["widget"]["source"] = reverse("regions:children")
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str:
        values = data.getlist(name) if hasattr(data, "getlist") else [data.get(name, "")]
        return next((value for value in reversed(values) if value), "")

    def id_for_label(self, id_: str, index: str = "0") -> str:
        return f"{id_}_0" if id_ else ""


class RegionField(forms.ModelChoiceField):
    """A region; by default the choice must go as deep as the divisions do (`leaf`), so that a bare city is refused
    where districts exist, and accepted where there are none."""

    widget = RegionSelect
    default_error_messages = {
        "invalid_choice": _("没有这个地区，请重新选择。"),
        "not_leaf": _("请继续选择%(region)s下的%(missing)s。"),
    }

    def __init__(self, *, leaf: bool = True, **kwargs: Any) -> None:
        self.leaf = leaf
        kwargs.setdefault("label", _("所在地区"))
        super().__init__(queryset=Region.objects.all(), **kwargs)

    def clean(self, value: Any) -> Region | None:
        region = super().clean(value)
        if region and self.leaf and region.children.exists():
            missing = _("市") if region.level == Region.Level.PROVINCE else _("区县")
            raise ValidationError(
                self.error_messages["not_leaf"], code="not_leaf", params={"region": region.label, "missing": missing}
            )
        return region
