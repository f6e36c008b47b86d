"""The form that changes the same fields of many instruments: which fields, and what they shall hold."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.models import fields_for_model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.accounts.forms import LANDLINE
from gongyi.catalog.models import Instrument
from gongyi.onboarding.models import InnovationPlatform
from gongyi.organizations.models import Department

ROWS = {"user_notice": 4, "reference_fee": 2, "open_hours_note": 2, "contact_address": 2, "street": 2}
PARTS = (
    (gettext_lazy("协作共用联络员"), ("contact_name", "contact_phone", "contact_email", "contact_address", "postcode")),
    (gettext_lazy("归属与安放"), ("department", "innovation_platforms", "street", "location", "floor")),
    (
        gettext_lazy("开放与收费"),
        (
            "sharing_mode", "reported_status", "booking", "open_hours_note", "reference_fee", "user_notice", "service_fields",
        ),
    ),
)  # fmt: skip
PLAIN = tuple(
    name
    for _title, names in PARTS
    for name in names
    if name not in ("booking", "innovation_platforms", "service_fields")
)


class BulkEditForm(forms.Form):
    """Each field stands behind a box that says it shall change; what is not ticked is not looked at."""

    template_name = "catalog/bulk_edit.html"

    def __init__(self, data: Any = None, *, instruments: QuerySet[Instrument]):
        super().__init__(data)
        widgets = {name: forms.Textarea(attrs={"rows": rows}) for name, rows in ROWS.items()}
        self.fields.update(fields_for_model(Instrument, PLAIN, widgets=widgets))
        self.fields["contact_phone"].validators = [*self.fields["contact_phone"].validators, LANDLINE]
        self.units = list(instruments.order_by().values_list("organization", flat=True).distinct()[:2])
        one = self.units[0] if len(self.units) == 1 else None
        self.fields["department"].queryset = Department.objects.filter(organization=one)
        service_fields = fields_for_model(Instrument, ("service_fields",))["service_fields"]
        service_fields.widget = forms.CheckboxSelectMultiple(choices=service_fields.choices)
        self.fields["service_fields"] = service_fields
        self.fields["innovation_platforms"] = forms.ModelMultipleChoiceField(
            InnovationPlatform.objects.selectable_for(one),
            label=_("所属创新平台/机构"),
            widget=forms.CheckboxSelectMultiple,
        )
        self.fields["no_platform"] = forms.BooleanField(label=_("无所属创新平台"))
        self.fields["booking"] = forms.MultipleChoiceField(
            label=_("预约方式"), widget=forms.CheckboxSelectMultiple,
            choices=[("timed_booking", _("按时预约")), ("commissioned_booking", _("委托预约"))],
        )  # fmt: skip
        for name, field in self.fields.items():
            field.required = False
            field.widget.attrs.setdefault("aria-label", str(field.label or name))
        if one is None:
            del self.fields["department"], self.fields["innovation_platforms"], self.fields["no_platform"]

    @property
    def parts(self) -> list[tuple[Any, list[dict]]]:
        """The fields by heading, each with whether it is ticked."""
        return [
            (
                title,
                [
                    {
                        "field": self[name],
                        "ticked": name in self.ticked,
                        "beside": self["no_platform"] if name == "innovation_platforms" else None,
                    }
                    for name in names
                    if name in self.fields
                ],
            )
            for title, names in PARTS
        ]

    @property
    def ticked(self) -> list[str]:
        asked = self.data.getlist("change") if self.is_bound else []
        return [name for name in asked if name in self.fields]

    @property
    def has_several_units(self) -> bool:
        return len(self.units) > 1

    def _clean_fields(self) -> None:
        super()._clean_fields()  # type: ignore[misc]
        for name in [name for name in self.errors if name not in self.ticked]:
            del self._errors[name]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.ticked:
            raise ValidationError(_("请勾选要修改的项。"))
        if "booking" in self.ticked and not data.get("booking"):
            self.add_error("booking", _("按时预约和委托预约至少选一种，否则没有人能使用。"))
        platforms = data.get("innovation_platforms")
        if "innovation_platforms" in self.ticked and bool(platforms) == bool(data.get("no_platform")):
            self.add_error("innovation_platforms", _("请选择创新平台，或勾选「无所属创新平台」；两者只能取其一。"))
        if self.errors:
            return data
        values: dict[str, Any] = {}
        for name in self.ticked:
            if name == "booking":
                values |= {mode: mode in data["booking"] for mode in ("timed_booking", "commissioned_booking")}
            elif name == "innovation_platforms":
                values |= {"no_platform": bool(data.get("no_platform")), "innovation_platforms": list(platforms or ())}
            else:
                values[name] = list(data[name]) if name == "service_fields" else data[name]
        return {"values": values}
