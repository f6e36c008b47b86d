"""Writes lists to .xlsx and makes templates with drop-downs and an explanation sheet; no cell ever becomes a formula."""

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

import xlsxwriter
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from gongyi.kit.spreadsheets.columns import PROBLEM_HEADER, Column

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEMPLATE_ROWS = 50_000
_MAX_TEXT = 32_767
_MAX_COMMENT = 500
_FIRST_YEAR = 1900  # Excel knows no day before
_FORMATS = {
    "money": "#,##0.00",
    "decimal": "General",
    "integer": "0",
    "day": "yyyy-mm-dd",
    "moment": "yyyy-mm-dd hh:mm",
    "text": "@",
    "choice": "@",
    "yes_no": "@",
    "choices": "@",
}
_WIDTHS = {"money": 16, "decimal": 12, "integer": 10, "day": 12, "moment": 18, "yes_no": 8}


def write_workbook(columns: Sequence[Column | str], rows: Iterable, *, sheet_name: str = "") -> bytes:
    """Return an .xlsx with a header and the rows; a row is a mapping by column name or a sequence in column order.

    Text is always written as text, so that `=…`, `+…`, `-…`, `@…` typed by somebody never runs as a formula.
    """
    shape = [c if isinstance(c, Column) else Column(str(i), str(c)) for i, c in enumerate(columns)]
    buffer = io.BytesIO()
    workbook = _open(buffer)
    worksheet = workbook.add_worksheet(_sheet_name(sheet_name or _("数据")))
    cells = _Cells(workbook, worksheet)
    _header(workbook, worksheet, shape, stars=False)
    for at, row in enumerate(rows, start=1):
        values = [row.get(c.name) for c in shape] if isinstance(row, dict) else row
        for place, value in enumerate(values):
            cells.write(at, place, value, shape[place].kind)
    workbook.close()
    return buffer.getvalue()


def write_corrections(headers: Sequence[str], rows: Iterable[tuple[Sequence, Mapping[int, str], str]]) -> bytes:
    """Return an .xlsx of rows as they were typed, to be corrected and uploaded again.

    A row is its cells, the sentence for each cell that is wrong (by its place: it is marked and carries the sentence as a
    comment), and all sentences together, which stand in a last column that is ignored when the file comes back.
    """
    buffer = io.BytesIO()
    workbook = _open(buffer, constant_memory=False)
    worksheet = workbook.add_worksheet(_("待更正"))
    last = len(headers)
    shape = [Column(str(place), header) for place, header in enumerate(headers)]
    _header(workbook, worksheet, [*shape, Column("problems", PROBLEM_HEADER, width=60)], stars=False)
    cells = _Cells(workbook, worksheet)
    wrong = {"bg_color": "#FBE3E1", "border": 1, "border_color": "#A5271E"}
    marked = {kind: workbook.add_format({"num_format": form, **wrong}) for kind, form in _FORMATS.items()}
    wrap = workbook.add_format({"text_wrap": True, "valign": "top", "font_color": "#A5271E"})
    for at, (values, faults, sentence) in enumerate(rows, start=1):
        for place, value in enumerate(values):
            cells.write(at, place, value, "text", marked if place in faults else None)
        for place, fault in faults.items():
            if place >= len(values) or values[place] in (None, ""):
                worksheet.write_blank(at, place, None, marked["text"])
            worksheet.write_comment(at, place, fault[:_MAX_COMMENT])
        worksheet.write_string(at, last, sentence[:_MAX_TEXT], wrap)
    workbook.close()
    return buffer.getvalue()


def write_template(columns: Sequence[Column], *, examples: Iterable[dict] = (), notes: Sequence[str] = ()) -> bytes:
    """Return an .xlsx to fill in: starred headers, drop-downs, formats, and a second sheet that explains every column."""
    buffer = io.BytesIO()
    workbook = _open(buffer, constant_memory=False)
    worksheet = workbook.add_worksheet(_("填写"))
    explanation = workbook.add_worksheet(_("填写说明"))
    lists = None
    _header(workbook, worksheet, columns, stars=True)
    cells = _Cells(workbook, worksheet)
    for at, row in enumerate(examples, start=1):
        for place, column in enumerate(columns):
            cells.write(at, place, row.get(column.name), column.kind)
    for place, column in enumerate(columns):
        worksheet.set_column(
            place,
            place,
            column.width or _WIDTHS.get(column.kind, 18),
            workbook.add_format({"num_format": _FORMATS[column.kind]}),
        )
        words = column.words
        if not words:
            continue
        if sum(len(w) + 1 for w in words) <= 255 and not any("," in w for w in words):
            source: object = words
        else:
            if lists is None:
                lists = workbook.add_worksheet(_("选项"))
                lists.hide()
            for at, word in enumerate(words):
                lists.write_string(at, place, word)
            letter = xlsxwriter.utility.xl_col_to_name(place, True)
            source = f"='{lists.get_name()}'!{letter}$1:{letter}${len(words)}"
        worksheet.data_validation(
            1,
            place,
            TEMPLATE_ROWS,
            place,
            {
                "validate": "list",
                "source": source,
                "error_type": "information" if column.kind == "choices" else "stop",
                "error_title": _("不在可选项中"),
                "error_message": _("请从下拉列表里选择。"),
            },
        )
    _explain(workbook, explanation, columns, notes)
    workbook.close()
    return buffer.getvalue()


def _open(buffer: io.BytesIO, constant_memory: bool = True) -> xlsxwriter.Workbook:
    return xlsxwriter.Workbook(
        buffer,
        {
            "constant_memory": constant_memory,
            "in_memory": not constant_memory,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_date_format": "yyyy-mm-dd",
        },
    )


def _sheet_name(name: str) -> str:
    return "".join(c for c in name if c not in "[]:*?/\\'")[:31] or "Sheet1"


def _header(workbook, worksheet, columns: Sequence[Column], *, stars: bool) -> None:
    bold = workbook.add_format({"bold": True, "bg_color": "#F3F5F7", "bottom": 1, "bottom_color": "#C4CDD8"})
    must = workbook.add_format({"bold": True, "bg_color": "#F3F5F7", "bottom": 1, "font_color": "#A5271E"})
    worksheet.freeze_panes(1, 0)
    if not stars:
        for place, column in enumerate(columns):
            worksheet.set_column(place, place, column.width or _WIDTHS.get(column.kind, 18))
    for place, column in enumerate(columns):
        star = stars and column.required
        worksheet.write_string(0, place, f"{column.header}{' *' if star else ''}", must if star else bold)


def _explain(workbook, sheet, columns: Sequence[Column], notes: Sequence[str]) -> None:
    bold = workbook.add_format({"bold": True, "bg_color": "#F3F5F7"})
    wrap = workbook.add_format({"text_wrap": True, "valign": "top"})
    at = 0
    for note in (_("带 * 的列必填；列的顺序可以调换，多出的列会被忽略。"), *notes):
        sheet.write_string(at, 0, note)
        at += 1
    at += 1
    for place, title in enumerate((_("列"), _("必填"), _("怎么填"), _("例子"))):
        sheet.write_string(at, place, title, bold)
    for column in columns:
        at += 1
        sheet.write_string(at, 0, column.header, wrap)
        sheet.write_string(at, 1, _("是") if column.required else _("否"), wrap)
        sheet.write_string(at, 2, _how(column), wrap)
        sheet.write_string(at, 3, str(column.example), wrap)
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 8)
    sheet.set_column(2, 2, 60)
    sheet.set_column(3, 3, 28)


def _how(column: Column) -> str:
    shape = {
        "integer": _("填整数。"),
        "decimal": _("填数字。"),
        "money": _("填数字，单位元，最多两位小数。"),
        "day": _("填日期，如 2026-11-21。"),
        "moment": _("填日期和时间，如 2026-11-21 14:00。"),
        "yes_no": _("填「是」或「否」。"),
    }.get(column.kind, "")
    if column.kind == "choices":
        shape = _("可填一项或几项，用「、」隔开：%s。") % "、".join(column.words[:20])
    if column.kind == "choice":
        shape = _("从下拉列表选择：%s。") % "、".join(column.words[:20]) + (_("等") if len(column.words) > 20 else "")
    if column.max_length:
        shape += _("最多 %s 个字。") % column.max_length
    return f"{column.help}{shape}"


class _Cells:
    """Writes values by their type: numbers and dates as such, everything else as text."""

    def __init__(self, workbook, worksheet):
        self.worksheet = worksheet
        self.formats = {kind: workbook.add_format({"num_format": pattern}) for kind, pattern in _FORMATS.items()}

    def write(self, row: int, place: int, value: object, kind: str, formats: Mapping | None = None) -> None:
        if value is None or value == "":
            return
        known = formats or self.formats
        plain = formats["text"] if formats else None
        if isinstance(value, bool):
            value = _("是") if value else _("否")
        if isinstance(value, Decimal):
            style = known["money" if kind in {"text", "money"} else kind]
            self.worksheet.write_number(row, place, float(value), style)
        elif isinstance(value, int | float) and abs(value) < 10**15:
            style = known[kind] if kind in {"money", "integer"} else formats and formats["decimal"]
            self.worksheet.write_number(row, place, value, style)
        elif isinstance(value, date) and value.year < _FIRST_YEAR:
            self.worksheet.write_string(row, place, value.isoformat(), plain)
        elif isinstance(value, datetime):
            naive = timezone.localtime(value).replace(tzinfo=None) if timezone.is_aware(value) else value
            self.worksheet.write_datetime(row, place, naive, known["moment"])
        elif isinstance(value, date):
            self.worksheet.write_datetime(row, place, value, known["day"])
        else:
            text = str(value) if not isinstance(value, str | Promise) else f"{value}"
            self.worksheet.write_string(row, place, text[:_MAX_TEXT], plain)
