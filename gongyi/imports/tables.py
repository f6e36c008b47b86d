"""Columns of one's imports, and of the rows of one of them."""

from collections.abc import Sequence
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from gongyi.imports.cells import shown
from gongyi.imports.models import ImportRow, ImportRun
from gongyi.imports.queries import told
from gongyi.kit import tables

SHOWN_LENGTH = 40


class RunTable(tables.Table):
    """What somebody imported, and how far it is."""

    file_name = tables.LinkColumn(_("文件"))
    status = tables.StatusColumn(_("状态"))
    importer = tables.Column(_("导入内容"), phone="sub")
    context_label = tables.Column(_("导入到"), phone="more", empty_values=())
    row_count = tables.NumberColumn(_("行数"), phone="more")
    imported_count = tables.NumberColumn(_("已导入"))
    bad_count = tables.NumberColumn(_("问题行"), phone="more", orderable=False)
    actor = tables.Column(_("操作人"), order_by=("actor__name_key",))
    created_at = tables.WhenColumn(_("上传时间"))

    class Meta:
        model = ImportRun
        fields = (
            "file_name", "status", "importer", "context_label", "row_count", "imported_count", "bad_count", "actor", "created_at",
        )  # fmt: skip
        order_by = ("-created_at",)

    def render_importer(self, record: ImportRun) -> Any:
        return record.kind_label

    def render_context_label(self, value: str) -> Any:
        return value or _("全平台")


class RowTable(tables.Table):
    """The rows of a list, each with its verdict and what is wrong or will change."""

    number = tables.NumberColumn(_("行"), phone="more")
    verdict = tables.StatusColumn(_("结果"))
    label = tables.Column(_("名称"), phone="title", css="lead")
    problems = tables.Column(_("问题、提示和变化"), orderable=False, empty_values=())

    class Meta:
        model = ImportRow
        fields = ("number", "verdict", "label", "problems")
        order_by = ("number",)

    def __init__(self, *args: Any, run: ImportRun, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.run = run

    def typed(self, record: ImportRow, column: str) -> str:
        """What stands in the row's cell of a column."""
        place = self.run.places.get(column)
        return shown(record.cells[place]) if place is not None and place < len(record.cells) else ""

    def lines(self, record: ImportRow) -> list[str]:
        said = told(record.problems)
        said += [_("提示：%s") % sentence for sentence in told(record.notes)]
        if record.problems:
            return said
        return said + [f"{label}：{before or '—'} → {after or '—'}" for label, before, after in record.changes]

    def render_problems(self, record: ImportRow) -> Any:
        parts = [self._sentences(record, record.problems, "imp-p")] if record.problems else []
        if record.notes:
            parts.append(self._sentences(record, record.notes, "imp-p imp-n"))
        if record.changes and not record.problems:
            parts.append(
                format_html_join(
                    "",
                    '<div class="imp-p"><b>{}</b> <span class="t3">{}</span> → {}</div>',
                    ((label, _cut(before) or "—", _cut(after) or "—") for label, before, after in record.changes),
                )
            )
        return mark_safe("".join(parts)) if parts else "—"

    def _sentences(self, record: ImportRow, sentences: Sequence[Sequence[str]], css: str) -> Any:
        """Each with the column it is about and what was typed there."""
        return format_html_join(
            "",
            '<div class="{}">{}{}{}</div>',
            (
                (
                    css,
                    format_html("<b>{}</b> ", header) if header else "",
                    format_html('<span class="imp-v">{}</span> ', _cut(self.typed(record, name)))
                    if name and self.typed(record, name)
                    else "",
                    sentence,
                )
                for name, header, sentence in sentences
            ),
        )

    def value_problems(self, record: ImportRow) -> str:
        return "\n".join(self.lines(record))


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_LENGTH else f"{text[:SHOWN_LENGTH]}…"
