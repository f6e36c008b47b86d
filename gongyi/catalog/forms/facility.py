"""What only a big-science installation says of itself (S2-18; field_tables: research_facility)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gongyi.accounts.forms import LANDLINE, say_what_to_choose
from gongyi.catalog.models import Facility, FacilityFile
from gongyi.catalog.registration import FACILITY_FIELDS, FACILITY_REQUIRED
from gongyi.catalog.uploads import FACILITY_FILE_BYTES, MOST_RESULTS, PICTURES
from gongyi.organizations.forms.showcase import PicturesField

PREFIX = "facility"


class FacilityForm(forms.ModelForm):
    """The second half of a facility's registration; asked only where the type is 设施."""

    class Meta:
        model = Facility
        fields = list(FACILITY_FIELDS)
        widgets = {
            name: forms.Textarea(attrs={"rows": rows})
            for name, rows in (
                ("sharing_rules", 4), ("domestic_users", 3), ("foreign_users", 3), ("achievement", 5), ("science_center", 2),
            )
        }  # fmt: skip
        help_texts = {
            "accepted_on": _("建成的设施必填。"),
            "host_unit": _("设施所依托的法人单位全称。"),
            "approval_department": _("批复建设的部门，如 国家发展和改革委员会。"),
            "science_center": _("负责运行的科学技术中心，最多 500 字。"),
            "sharing_rules": _("对外开放的办法、申请和评审方式，最多 500 字。"),
            "domestic_users": _("每行一个单位，最多 500 字。"),
            "foreign_users": _("每行一个单位，最多 500 字。"),
            "achievement": _("支撑的任务、取得的科技与社会效益，最多 1500 字。"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix=PREFIX, **kwargs)
        for name in ("construction", "category"):
            say_what_to_choose(self.fields[name])
        for name in FACILITY_FIELDS:
            self.fields[name].required = name in FACILITY_REQUIRED
            if name.endswith("_phone"):
                self.fields[name].validators = [*self.fields[name].validators, LANDLINE]
        self.slots = []
        for slot in FacilityFile.Slot:
            kinds = ("image",) if slot in PICTURES else ("image", "pdf", "docx")
            most = MOST_RESULTS if slot == FacilityFile.Slot.RESULTS else 1
            self.fields[f"file_{slot.value}"] = PicturesField(
                label=slot.label, most=most, max_bytes=FACILITY_FILE_BYTES, kinds=kinds, required=False
            )
            self.slots.append(f"file_{slot.value}")
        self.kept = list(FacilityFile.objects.filter(facility=self.instance.pk).select_related("file"))
        if self.kept:
            self.fields["drop"] = forms.MultipleChoiceField(
                label=_("删除已上传的材料"), required=False, widget=forms.CheckboxSelectMultiple(),
                choices=[(str(row.pk), f"{row.get_slot_display()}：{row.file.name}") for row in self.kept],
            )  # fmt: skip

    def full_clean(self) -> None:
        """Shape only: what is wanted at handing in is asked by the process, so that a draft may be half empty."""
        asked = [field for field in self.fields.values() if field.required]
        for field in asked:
            field.required = False
        try:
            super().full_clean()
        finally:
            for field in asked:
                field.required = True

    def uploads(self) -> dict[str, list[Any]]:
        """What was chosen, by slot."""
        return {slot.value: self.cleaned_data.get(f"file_{slot.value}") or [] for slot in FacilityFile.Slot}

    def dropped(self) -> list[FacilityFile]:
        chosen = set(self.cleaned_data.get("drop", []))
        return [row for row in self.kept if str(row.pk) in chosen]

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in FACILITY_FIELDS}
