"""What a sheet of labels looks like and says."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


@dataclass(frozen=True)
class Sheet:
    """A sheet of A4 labels as it is sold: how many across and down, in millimetres."""

    code: str
    columns: int
    rows: int
    width_mm: float
    height_mm: float
    code_mm: float  # the side of the square code

    @property
    def places(self) -> int:
        return self.columns * self.rows

    @property
    def left_mm(self) -> float:
        return (210 - self.columns * self.width_mm) / 2

    @property
    def top_mm(self) -> float:
        return (297 - self.rows * self.height_mm) / 2

    @property
    def label(self) -> str:
        return _("%(columns)s×%(rows)s，%(places)s 枚（%(width)s × %(height)s 毫米）") % {
            "columns": self.columns, "rows": self.rows, "places": self.places, "width": f"{self.width_mm:g}",
            "height": f"{self.height_mm:g}",
        }  # fmt: skip


SHEETS = {
    sheet.code: sheet
    for sheet in (
        Sheet("3x8", 3, 8, 70, 37, 27),
        Sheet("2x7", 2, 7, 99.1, 38.1, 30),
        Sheet("2x4", 2, 4, 99.1, 67.7, 46),
        Sheet("3x7", 3, 7, 63.5, 38.1, 26),
    )
}
LINES = {
    "name": gettext_lazy("仪器名称"), "model": gettext_lazy("规格型号"), "number": gettext_lazy("仪器编号"),
    "internal_no": gettext_lazy("单位仪器编号"), "location": gettext_lazy("安放地点"), "contact": gettext_lazy("联系人和电话"),
    "unit": gettext_lazy("所属单位"),
}  # fmt: skip
USUAL_LINES = ["name", "number", "location", "contact"]
MOST_COPIES = 10


class LabelsForm(forms.Form):
    """The sheet, what is printed beside the code, and where a used sheet goes on; asked by the address of the page."""

    sheet = forms.ChoiceField(label=gettext_lazy("标签纸"))
    start = forms.IntegerField(
        label=gettext_lazy("从第几枚开始"), min_value=1, initial=1,
        help_text=gettext_lazy("用过一部分的标签纸，从左上角起一行行数。"),
    )  # fmt: skip
    copies = forms.IntegerField(label=gettext_lazy("每台几枚"), min_value=1, max_value=MOST_COPIES, initial=1)
    lines = forms.MultipleChoiceField(
        label=gettext_lazy("印什么"), choices=list(LINES.items()), required=False, widget=forms.CheckboxSelectMultiple
    )
    outlined = forms.BooleanField(label=gettext_lazy("印出裁切线（普通纸）"), required=False)
    wide = ("sheet", "lines", "outlined")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["sheet"].choices = [(sheet.code, sheet.label) for sheet in SHEETS.values()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        sheet, start = SHEETS.get(data.get("sheet", "")), data.get("start")
        if sheet and start and start > sheet.places:
            self.add_error("start", _("这种标签纸一张只有 %s 枚。") % sheet.places)
        return data
