"""The registration form of an instrument: every field with its help and limit (S1-38, S2-16 … S2-23)."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict, ErrorList
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongyi.accounts.forms import LANDLINE, SUBJECTS_AT_MOST, SubjectsSelect, say_what_to_choose
from gongyi.accounts.subjects import subject_choices
from gongyi.catalog.countries import country_choices
from gongyi.catalog.forms.facility import FacilityForm
from gongyi.catalog.forms.files import KeptFiles, attachments_field, photos_field
from gongyi.catalog.forms.staff import StaffRows
from gongyi.catalog.forms.texts import HELP, NARROW, WIDE, YesNoField, long_texts
from gongyi.catalog.models import CarrierType, FundingSource, Instrument, InstrumentClass, ResourceType
from gongyi.catalog.registration import CARRIER, CUSTOMS, FIELDS, NEGOTIABLE, REQUIRED, Missing, words
from gongyi.catalog.rules import may_place_anywhere
from gongyi.onboarding.models import InnovationPlatform
from gongyi.organizations.models import Department, Organization
from gongyi.regions.forms import RegionField

DAYS = ("booked_on", "purchased_on", "commissioned_on", "customs_release_on")
OF_STEPS = ("service_fields", "innovation_platforms")  # stored beside the row
NOT_STORED = ("negotiable", "photos", "attachments", "attachments_public")


def class_choices() -> list:
    """The kinds, grouped by the group they belong to; one query."""
    groups: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in InstrumentClass.objects.filter(level=3):
        groups[row.path.rsplit("/", 1)[0].replace("/", " · ")].append((row.code, f"{row.code} {row.name}"))
    last = InstrumentClass.objects.filter(code="990000").first()
    rest = [(last.code, f"{last.code} {last.name}")] if last else []
    return [("", _("请选择")), *groups.items(), *rest]


class InstrumentForm(forms.ModelForm):
    """Everything that is registered of an instrument, with its people, its facility's part, its pictures and papers.

    It looks at shape only, so that a draft may be kept half empty: what must be there at handing in is asked by the process
    (`registration.missing_of`) and shown by `show_missing`. What was filled in of a published instrument may not be emptied.
    The unit is fixed once there is an instrument.
    """

    wide, narrow = WIDE, NARROW
    use_required_attribute = False

    instrument_class = forms.ChoiceField(label=_("仪器分类"), help_text=HELP["instrument_class"])
    origin_country = forms.ChoiceField(label=_("产地国别"))
    region = RegionField(label=_("所在地区"), help_text=HELP["region"])
    subject_codes = forms.TypedMultipleChoiceField(
        label=_("主要学科领域"), choices=subject_choices, widget=SubjectsSelect(), help_text=HELP["subject_codes"]
    )
    funding_sources = forms.MultipleChoiceField(
        label=_("主要购置经费来源"), choices=FundingSource.choices, widget=forms.CheckboxSelectMultiple(),
        help_text=HELP["funding_sources"],
    )  # fmt: skip
    secondary_development = YesNoField(label=_("是否二次开发"), help_text=HELP["secondary_development"])
    under_customs_supervision = YesNoField(label=_("是否在海关监管年限内"), help_text=HELP["under_customs_supervision"])
    negotiable = forms.BooleanField(label=_("面议（不列出具体收费）"), required=False)
    attachments_public = forms.BooleanField(
        label=_("这次上传的附件向所有人公开"), required=False, help_text=_("不公开的只有仪器管理员和审核人员能看到。")
    )

    class Meta:
        model = Instrument
        fields = [*FIELDS, "featured"]
        help_texts = HELP
        widgets = {
            "service_fields": forms.CheckboxSelectMultiple,
            "innovation_platforms": forms.CheckboxSelectMultiple,
            "resource_type": forms.RadioSelect,
            **dict.fromkeys(DAYS, forms.DateInput),
        }

    def __init__(
        self,
        *args: Any,
        organization: Organization,
        user: Any = None,
        press: str = "",
        parts: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.organization, self.press, self.parts = organization, press, parts
        stored = self.instance
        for name, field in long_texts(stored).items():
            field.label = self.fields[name].label
            self.fields[name] = field
        self.fields["instrument_class"].choices = class_choices()
        self.initial["instrument_class"] = stored.instrument_class_id or ""
        self.fields["origin_country"].choices = country_choices(stored.origin_country)
        for name in ("carrier_type", "acquisition_source", "generality", "reported_status", "sharing_mode"):
            say_what_to_choose(self.fields[name])
        self.fields["resource_type"].choices = ResourceType.choices
        self.fields["contact_phone"].validators = [*self.fields["contact_phone"].validators, LANDLINE]
        self.fields["reference_fee"].widget.attrs["data-fee"] = ""
        self.initial["negotiable"] = stored.reference_fee == NEGOTIABLE
        self._offer_places(user)
        self._offer_platforms()
        self._ask()
        has_photos = bool(stored.pk) and stored.photos.exists()
        self.fields["photos"] = photos_field(required=not has_photos)
        self.fields["attachments"] = attachments_field()
        if not getattr(user, "is_staff", False):
            del self.fields["featured"]
        self._add_parts()

    def _offer_places(self, user: Any) -> None:
        departments = Department.objects.filter(organization=self.organization)
        self.fields["department"].empty_label = _("请选择")
        if user is not None and not may_place_anywhere(self.instance, user):
            departments = departments.filter(pk__in=Department.objects.kept_by(user).values("pk"))
        self.fields["department"].queryset = departments

    def _offer_platforms(self) -> None:
        """Approved ones of the unit, and those the instrument has already (S2-17)."""
        own = InnovationPlatform.objects.selectable_for(self.organization)
        kept = self.instance.innovation_platforms.values("pk") if self.instance.pk else ()
        self.fields["innovation_platforms"].queryset = InnovationPlatform.objects.filter(
            pk__in=own.values("pk")
        ) | InnovationPlatform.objects.filter(pk__in=kept)

    def _ask(self) -> None:
        """Mark what is asked for at handing in; of what is published, what was there may not go."""
        self.always = {"name", "resource_type"}
        if self.was_published:
            self.always |= {name for name in REQUIRED if words(self.instance, name)}
        for name, field in self.fields.items():
            field.required = name in (*REQUIRED, "innovation_platforms", "under_customs_supervision")

    def _add_parts(self) -> None:
        stored, data = self.instance, self.data if self.is_bound else None
        self.staff = StaffRows(stored.staff.all() if stored.pk else (), data, self.press) if self.parts else None
        facility = getattr(stored, "facility", None) if stored.pk else None
        self.facility = FacilityForm(data, self.files or None, instance=facility) if self.parts else None
        self.kept_files = KeptFiles(stored, data) if self.parts and stored.pk else None

    # ── what is wrong ──

    def full_clean(self) -> None:
        relaxed = [field for name, field in self.fields.items() if field.required and name not in self.always]
        for field in relaxed:
            field.required = False
        try:
            super().full_clean()
        finally:
            for field in relaxed:
                field.required = True

    @property
    def errors(self) -> ErrorDict:
        """Those of every part, by the name of the field on the page."""
        own = super().errors
        found = ErrorDict(own)
        for part in self._parts_asked():
            found.update({name: errors for name, errors in part.items() if errors})
        return found

    def _parts_asked(self) -> Iterator[dict]:
        if not self.is_bound or self.press or not self.parts:
            return
        if self.staff:
            yield self.staff.errors
        if self.facility and self.data.get("resource_type") == ResourceType.FACILITY:
            yield {self.facility.add_prefix(name): errors for name, errors in self.facility.errors.items()}
        if self.kept_files:
            yield self.kept_files.errors

    def visible_fields(self) -> list:
        """Of all parts, for the summary of what is wrong."""
        fields = super().visible_fields()
        for form in self.staff.forms if self.staff else ():
            fields += form.visible_fields()
        return fields + (self.facility.visible_fields() if self.facility else [])

    def show_missing(self, missing: list[Missing]) -> None:
        """Let the form, opened again, say at every field what is still wanted."""
        self._errors = ErrorDict()
        for item in missing:
            sentence = item.sentence or _("请填写「%s」。") % item.label
            prefix, dash, name = item.field.partition("-")
            target = self.facility if dash and prefix == "facility" else self
            if target is self.facility and target is not None:
                target._errors = target._errors or ErrorDict()
                target._errors[name] = ErrorList([sentence], renderer=self.renderer)
            self._errors[item.field] = ErrorList([sentence], renderer=self.renderer)

    def forgive(self) -> None:
        """Show again what was typed without judging it yet: a row was added or taken away."""
        self._errors = ErrorDict()
        for form in [*(self.staff.forms if self.staff else ()), *([self.facility] if self.facility else ())]:
            form._errors = ErrorDict()

    # ── cleaning ──

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

    def clean_subject_codes(self):
        codes = self.cleaned_data["subject_codes"]
        if len(codes) > SUBJECTS_AT_MOST:
            raise ValidationError(_("最多选 %s 个学科。") % SUBJECTS_AT_MOST)
        return codes

    def clean_under_customs_supervision(self):
        return bool(self.cleaned_data["under_customs_supervision"])

    def clean_rated_hours(self):
        hours = self.cleaned_data["rated_hours"]
        return Instrument._meta.get_field("rated_hours").get_default() if hours is None else hours

    def clean(self):
        data = super().clean()
        if data.get("negotiable"):
            data["reference_fee"] = NEGOTIABLE
            self._errors.pop("reference_fee", None)
        if data.get("no_platform") and data.get("innovation_platforms"):
            self.add_error("no_platform", _("已选择创新平台，就不要勾选「无所属创新平台」；两者只能取其一。"))  # S2-17
        if data.get("carrier_type") == CarrierType.NONE:
            data |= dict.fromkeys(CARRIER, "")
        if not data.get("under_customs_supervision"):
            data |= {name: None if name in DAYS else "" for name in CUSTOMS}
            for name in CUSTOMS:
                self._errors.pop(name, None)
        self._check_hours(data)
        for name in DAYS:
            if data.get(name) and data[name] > timezone.localdate():
                self.add_error(name, _("不能晚于今天。"))
        if self.was_published and not (data.get("timed_booking") or data.get("commissioned_booking")):
            self.add_error("timed_booking", _("按时预约和委托预约至少选一种，否则没有人能使用。"))
        return data

    def _check_hours(self, data: dict) -> None:
        run, external = data.get("annual_run_hours"), data.get("annual_external_hours")
        if external is not None and run is None and not self.has_error("annual_run_hours"):
            self.add_error("annual_run_hours", _("填了年对外服务机时，就要填年运行机时。"))
        elif external is not None and run is not None and external > run:
            self.add_error("annual_external_hours", _("年对外服务机时不能超过年运行机时。"))

    # ── what to store ──

    @property
    def fields_changed(self) -> list[str]:
        """The names of the columns that differ from what is stored; people, facility and files are told apart."""
        stored = Instrument.objects.filter(pk=self.instance.pk).first()
        names = [name for name in self.fields if name in self.cleaned_data and name not in (*OF_STEPS, *NOT_STORED)]
        return [name for name in names if stored is None or getattr(stored, name) != getattr(self.instance, name)]

    @property
    def was_published(self) -> bool:
        return self.instance.status in (Instrument.Status.PUBLISHED, Instrument.Status.DISABLED)

    @property
    def is_facility(self) -> bool:
        return self.cleaned_data.get("resource_type") == ResourceType.FACILITY
