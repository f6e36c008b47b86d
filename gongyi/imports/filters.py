"""What the lists of imports and of their rows can be narrowed by."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter

from gongyi.imports.models import ImportRow, ImportRun
from gongyi.kit.filters import FilterSet, PeriodFilter, SearchFilter


class RunFilter(FilterSet):
    q = SearchFilter(fields=["file_name", "context_label"], placeholder=_("文件名、单位"))
    created = PeriodFilter(field_name="created_at", label=_("上传时间"))

    class Meta:
        model = ImportRun
        fields = ["status"]
        main = ["q", "status"]


class RowFilter(FilterSet):
    q = SearchFilter(fields=["label"], placeholder=_("名称"))
    noted = ChoiceFilter(label=_("提示"), choices=[("1", _("有提示"))], method="with_notes")

    class Meta:
        model = ImportRow
        fields = ["verdict"]
        main = ["q", "verdict", "noted"]

    def with_notes(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.noted()
