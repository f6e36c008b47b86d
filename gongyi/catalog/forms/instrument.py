"""The registration form of an instrument."""

from collections import defaultdict

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gongyi.catalog.models import Instrument, InstrumentClass
from gongyi.catalog.rules import may_place_anywhere
from gongyi.organizations.models import Department, Organization
from gongyi.regions.forms import RegionField


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
