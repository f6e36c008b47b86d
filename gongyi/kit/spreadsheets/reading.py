"""Reads the first sheet of an .xlsx (or a .csv) into rows, with every problem named by row and column."""

import csv
import io
from collections.abc import Sequence
from typing import BinaryIO

import python_calamine
from django.utils.translation import gettext as _

from gongyi.kit.spreadsheets.archive import Unreadable, inspect
from gongyi.kit.spreadsheets.columns import Column, Problem, Row, Sheet, Wrong, convert, header_key, is_empty, tidy

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 5_000
MAX_PROBLEMS = 200
HEADER_WITHIN = 10


def read_rows(
    file: BinaryIO | bytes, columns: Sequence[Column], *, max_rows: int = MAX_ROWS, max_bytes: int = MAX_BYTES
) -> Sheet:
    """Return the sheet's rows by column name, and everything that is wrong, in sentences.

    Columns are found by their headers: order, further columns, stars, blanks, full-width letters and units in brackets
    don't matter. Empty rows are skipped; a row with a problem is left out of `rows`. A file that can't be read at all gives
    no rows and one problem. Nothing here raises for what a file contains.
    """
    try:
        return _sheet(_grid(_content(file, max_bytes)), columns, max_rows)
    except Unreadable as refusal:
        return Sheet(problems=[Problem(str(refusal))])


def _content(file: BinaryIO | bytes, max_bytes: int) -> bytes:
    content = file if isinstance(file, bytes) else file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise Unreadable(_("文件超过 %s MB。请分成几个文件上传。") % (max_bytes // 1024 // 1024))
    if not content:
        raise Unreadable(_("文件是空的。请先下载模板，填写后再上传。"))
    return content


def _grid(content: bytes) -> list[list]:
    """Return the cells of the first sheet, row by row from the first one."""
    if content[:4] == b"\xd0\xcf\x11\xe0":
        raise Unreadable(_("这是旧版 .xls 文件或设有密码的文件。请在 Excel 或 WPS 里另存为不设密码的 .xlsx 后再上传。"))
    if content[:2] != b"PK":
        return _csv(content)
    inspect(content)
    try:
        workbook = python_calamine.load_workbook(io.BytesIO(content))
        if not workbook.sheet_names:
            raise Unreadable(_("文件里没有工作表。请先下载模板，填写后再上传。"))
        return workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except Unreadable:
        raise
    except BaseException as error:
        # The parser is written in Rust: what it did not expect arrives as a PanicException, which is no Exception.
        if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
            raise
        raise Unreadable(_("文件已损坏，打不开。请在 Excel 或 WPS 里重新另存为 .xlsx 后再上传。")) from error


def _csv(content: bytes) -> list[list]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Unreadable(_("文件不是表格，或文字编码无法识别。请另存为 .xlsx 后再上传。"))
    if "\0" in text:
        raise Unreadable(_("文件不是表格。请另存为 .xlsx 后再上传。"))
    try:
        return list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error:
        raise Unreadable(_("文件不是表格。请另存为 .xlsx 后再上传。")) from None


def _sheet(grid: list[list], columns: Sequence[Column], max_rows: int) -> Sheet:
    sheet = Sheet()
    at, places = _find_headers(grid, columns, sheet)
    if at is None:
        return sheet
    body = [(number, row) for number, row in enumerate(grid[at + 1 :], start=at + 2) if not all(map(is_empty, row))]
    if len(body) > max_rows:
        raise Unreadable(
            _("有 %(rows)s 行，一次最多 %(limit)s 行。请分成几个文件上传。")
            % {"rows": f"{len(body):,}", "limit": f"{max_rows:,}"}
        )
    if not body:
        raise Unreadable(_("表头下面没有数据。请填写后再上传。"))
    for number, cells in body:
        values, problems = _row(cells, number, columns, places)
        if not problems:
            sheet.rows.append(Row(values, number))
        sheet.problems += problems
        if len(sheet.problems) >= MAX_PROBLEMS:
            sheet.problems = sheet.problems[:MAX_PROBLEMS]
            sheet.problems.append(Problem(_("问题较多，只列出前 %s 处。改好后再上传一次即可。") % MAX_PROBLEMS))
            break
    return sheet


def _row(cells: list, number: int, columns: Sequence[Column], places: dict[str, int]) -> tuple[dict, list[Problem]]:
    values: dict[str, object] = {}
    problems = []
    for column in columns:
        place = places.get(column.name)
        cell = cells[place] if place is not None and place < len(cells) else None
        values[column.name] = "" if column.kind == "text" else None
        if is_empty(cell):
            if column.required:
                problems.append(Problem(_("必填，请补上。"), number, column.header))
            continue
        try:
            values[column.name] = convert(column, cell)
        except Wrong as wrong:
            problems.append(Problem(str(wrong), number, column.header))
    return values, problems


def _find_headers(grid: list[list], columns: Sequence[Column], sheet: Sheet) -> tuple[int | None, dict[str, int]]:
    """Find the row that names most of the columns; note what is missing, doubled, or not asked for."""
    wanted = {header_key(text): column for column in columns for text in (column.header, *column.aliases)}
    best, most = None, 0
    for at, cells in enumerate(grid[:HEADER_WITHIN]):
        hits = len({wanted[k].name for cell in cells if (k := header_key(cell)) in wanted})
        if hits > most:
            best, most = at, hits
    if best is None:
        expected = "、".join(c.header for c in columns if c.required) or "、".join(c.header for c in columns[:5])
        raise Unreadable(_("没有找到表头。第一行应有：%s。请下载模板对照。") % expected)
    places: dict[str, int] = {}
    for place, cell in enumerate(grid[best]):
        if is_empty(cell):
            continue
        column = wanted.get(header_key(cell))
        if column is None:
            sheet.ignored.append(tidy(cell)[:50])
        elif column.name in places:
            sheet.problems.append(Problem(_("有两列都叫这个名字，请只留一列。"), best + 1, column.header))
        else:
            places[column.name] = place
    missing = [c.header for c in columns if c.required and c.name not in places]
    if missing:
        sheet.problems.append(Problem(_("缺少列：%s。请下载模板对照。") % "、".join(missing), best + 1))
    return (None, {}) if sheet.problems else (best, places)
