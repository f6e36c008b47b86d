"""Reads the sheet of an .xlsx (or a .csv) that holds the list into rows, with every problem named by row and column."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import BinaryIO

import python_calamine
from django.utils.translation import gettext as _

from gongyi.kit.spreadsheets.archive import Unreadable, inspect
from gongyi.kit.spreadsheets.columns import (
    PROBLEM_HEADER,
    Column,
    Problem,
    Row,
    Sheet,
    Wrong,
    convert,
    exact_key,
    header_key,
    is_empty,
    tidy,
)

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 5_000
MAX_PROBLEMS = 200
MAX_SHEETS = 10  # looked through for the one with the list
HEADER_WITHIN = 10
HEADER_LENGTH = 50
_OLE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # the part in which Excel and WPS put a file with a password


class Body:
    """The filled rows below the headers, each with its number in the file: made anew at every pass, never held together."""

    def __init__(self, table: "Table", after: int) -> None:
        self._table, self._after = table, after

    def __iter__(self) -> Iterator[tuple[int, list]]:
        for number, cells in enumerate(islice(self._table(), self._after, None), start=self._after + 1):
            if not all(map(is_empty, cells)):
                yield number, cells

    @property
    def merged(self) -> list[tuple[tuple[int, int], tuple[int, int]]]:
        """The merged cells of the sheet, first and last (row, column), from 0; a text file has none."""
        return getattr(self._table, "merged", list)()

    @cached_property
    def _count(self) -> int:
        return sum(1 for _row in self)

    def __len__(self) -> int:
        return self._count


@dataclass
class Grid:
    """A list as it stands in the file: its headers, where each column was found, and the filled rows below.

    `missing` and `doubled` are columns it can't be read without; `ignored` are headers nobody asked for.
    """

    header_row: int
    headers: list[str]
    places: dict[str, int]
    body: Body | list[tuple[int, list]]
    missing: list[Column] = field(default_factory=list)
    doubled: list[Column] = field(default_factory=list)

    @property
    def ignored(self) -> list[str]:
        taken = set(self.places.values())
        own = header_key(PROBLEM_HEADER)
        return [h for place, h in enumerate(self.headers) if h and place not in taken and header_key(h) != own]

    @property
    def problems(self) -> list[Problem]:
        """Why the list can't be read by its headers."""
        found = [
            Problem(_("有两列都叫这个名字，请只留一列。"), self.header_row, column.header) for column in self.doubled
        ]
        if self.missing:
            names = "、".join(column.header for column in self.missing)
            found.append(Problem(_("缺少列：%s。请下载模板对照。") % names, self.header_row))
        return found


def open_grid(
    file: BinaryIO | bytes,
    columns: Sequence[Column],
    *,
    max_rows: int = MAX_ROWS,
    max_bytes: int = MAX_BYTES,
    mapping: Mapping[str, str] | None = None,
) -> Grid:
    """Return the list in a file; raises Unreadable with a sentence for a file without one.

    Columns are found by their headers: order, further columns, stars, blanks, full-width letters and units in brackets
    don't matter. `mapping` (header as written → column name, or "" for none) wins over what the headers say. Of several
    sheets the first with all required columns is taken. Columns that are missing do not raise: see `Grid.problems`.
    """
    best: Grid | None = None
    for table in _sheets(_content(file, max_bytes)):
        grid = _find_headers(table, columns, mapping or {})
        if grid is not None and (best is None or len(grid.missing) < len(best.missing)):
            best = grid
        if best is not None and not best.missing:
            break
    if best is None:
        expected = "、".join(c.header for c in columns if c.required) or "、".join(c.header for c in columns[:5])
        raise Unreadable(_("没有找到表头。第一行应有：%s。请下载模板对照。") % expected)
    if len(best.body) > max_rows:
        raise Unreadable(
            _("有 %(rows)s 行，一次最多 %(limit)s 行。请分成几个文件上传。")
            % {"rows": f"{len(best.body):,}", "limit": f"{max_rows:,}"}
        )
    if not best.body and not best.problems:
        raise Unreadable(_("表头下面没有数据。请填写后再上传。"))
    return best


def read_row(
    cells: Sequence, number: int, columns: Sequence[Column], places: Mapping[str, int]
) -> tuple[Row, list[Problem]]:
    """Return the values of one row by column name, and a problem for every cell that can't be one."""
    values: dict[str, object] = {}
    problems = []
    for column in columns:
        place = places.get(column.name)
        cell = cells[place] if place is not None and place < len(cells) else None
        values[column.name] = "" if column.kind == "text" else [] if column.kind == "choices" else None
        if is_empty(cell):
            if column.required:
                problems.append(Problem(_("必填，请补上。"), number, column.header))
            continue
        try:
            values[column.name] = convert(column, cell)
        except Wrong as wrong:
            problems.append(Problem(str(wrong), number, column.header))
    return Row(values, number), problems


def read_rows(
    file: BinaryIO | bytes, columns: Sequence[Column], *, max_rows: int = MAX_ROWS, max_bytes: int = MAX_BYTES
) -> Sheet:
    """Return the sheet's rows by column name, and everything that is wrong, in sentences.

    Empty rows are skipped; a row with a problem is left out of `rows`. A file that can't be read at all gives no rows and
    one problem. Nothing here raises for what a file contains.
    """
    try:
        grid = open_grid(file, columns, max_rows=max_rows, max_bytes=max_bytes)
    except Unreadable as refusal:
        return Sheet(problems=[Problem(str(refusal))])
    sheet = Sheet(problems=grid.problems, ignored=grid.ignored)
    if sheet.problems:
        return sheet
    for number, cells in grid.body:
        row, problems = read_row(cells, number, columns, grid.places)
        if not problems:
            sheet.rows.append(row)
        sheet.problems += problems
        if len(sheet.problems) >= MAX_PROBLEMS:
            sheet.problems = sheet.problems[:MAX_PROBLEMS]
            sheet.problems.append(Problem(_("问题较多，只列出前 %s 处。改好后再上传一次即可。") % MAX_PROBLEMS))
            break
    return sheet


def _content(file: BinaryIO | bytes, max_bytes: int) -> bytes:
    content = file if isinstance(file, bytes) else file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise Unreadable(_("文件超过 %s MB。请分成几个文件上传。") % (max_bytes // 1024 // 1024))
    if not content:
        raise Unreadable(_("文件是空的。请先下载模板，填写后再上传。"))
    return content


Table = Callable[[], Iterator[list]]  # gives the cells of a sheet, row by row from the first one, as often as asked


def _sheets(content: bytes) -> Iterator[Table]:
    if content[:4] == _OLE:
        if _ENCRYPTED in content:
            raise Unreadable(_("文件设有密码，无法读取。请去掉密码后再上传。"))
        raise Unreadable(_("这是旧版 .xls 文件或设有密码的文件。请在 Excel 或 WPS 里另存为不设密码的 .xlsx 后再上传。"))
    if content[:2] != b"PK":
        rows = _csv(content)
        yield lambda: iter(rows)
        return
    inspect(content)
    workbook = _guarded(lambda: python_calamine.load_workbook(io.BytesIO(content)))
    if not workbook.sheet_names:
        raise Unreadable(_("文件里没有工作表。请先下载模板，填写后再上传。"))
    for place in range(min(len(workbook.sheet_names), MAX_SHEETS)):
        yield _table(_guarded(lambda at=place: workbook.get_sheet_by_index(at)))


def _table(sheet: python_calamine.CalamineSheet) -> Table:
    """The rows of a sheet, made one by one: the parser's own memory is a tenth of what they take all together."""
    pad = [""] * (sheet.start[1] if sheet.start else 0)

    def rows() -> Iterator[list]:
        made = _guarded(sheet.iter_rows)
        while (cells := _guarded(lambda: next(made, None))) is not None:
            yield pad + cells if pad else cells

    rows.merged = lambda: _guarded(lambda: sheet.merged_cell_ranges) or []  # type: ignore[attr-defined]
    return rows


def _guarded(read):
    try:
        return read()
    except BaseException as error:
        # The parser is written in Rust: what it did not expect arrives as a PanicException, which is no Exception.
        if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
            raise
        raise Unreadable(_("文件已损坏，打不开。请在 Excel 或 WPS 里重新另存为 .xlsx 后再上传。")) from error


def _csv(content: bytes) -> list[list]:
    head = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<html", b"<!doctype", b"<?xml", b"<table", b"<meta")):
        raise Unreadable(
            _("这是网页格式的表格，不是真正的 Excel 文件。请用 Excel 或 WPS 打开，另存为 .xlsx 后再上传。")
        )
    text = _decoded(content)
    if "\0" in text:
        raise Unreadable(_("文件不是表格。请另存为 .xlsx 后再上传。"))
    first = text.lstrip().partition("\n")[0]
    delimiter = max(",\t;", key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        raise Unreadable(_("文件不是表格，或有一格内容过长。请另存为 .xlsx 后再上传。")) from None


def _decoded(content: bytes) -> str:
    """The text of a file: UTF-8, the UTF-16 that Excel calls "Unicode text", or GBK."""
    utf16 = content[:2] in {b"\xff\xfe", b"\xfe\xff"}
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable(_("文件不是表格，或文字编码无法识别。请另存为 .xlsx 后再上传。"))


def _find_headers(table: Table, columns: Sequence[Column], mapping: Mapping[str, str]) -> Grid | None:
    """Find the row that names most of the columns, below whatever titles; None where no row names any."""
    known = _Headers(columns, mapping)
    head: list[list] = list(islice(table(), HEADER_WITHIN))
    at, most = None, 0
    for number, row in enumerate(head):
        hits = len({column.name for cell in row if (column := known.meant(cell))})
        if hits > most:
            at, most = number, hits
    if at is None:
        return None
    headers = [tidy(cell)[:HEADER_LENGTH] if not is_empty(cell) else "" for cell in head[at]]
    places: dict[str, int] = {}
    doubled = []
    for place, cell in enumerate(head[at]):
        column = known.meant(cell)
        if column is not None and column.name in places:
            doubled.append(column)
        elif column is not None:
            places[column.name] = place
    missing = [column for column in columns if column.required and column.name not in places]
    return Grid(at + 1, headers, places, Body(table, at + 1), missing, doubled)


class _Headers:
    """Which column a header means: what somebody said it means, the header with its unit, or without."""

    def __init__(self, columns: Sequence[Column], mapping: Mapping[str, str]) -> None:
        by_name = {column.name: column for column in columns}
        said = {header_key(text): by_name.get(name) for text, name in mapping.items()}
        self._said = {exact_key(text): by_name.get(name) for text, name in mapping.items()}
        self._exact: dict[str, Column] = {}
        self._known: dict[str, Column] = {}
        for column in columns:
            for text in (column.header, *column.aliases):
                self._exact.setdefault(exact_key(text), column)
                self._known.setdefault(header_key(text), column)
        for key, meant in said.items():
            if meant is None:
                self._known.pop(key, None)
            else:
                self._known[key] = meant

    def meant(self, cell: object) -> Column | None:
        if is_empty(cell):
            return None
        exact, key = exact_key(cell), header_key(cell)
        if exact in self._said:
            return self._said[exact]
        return self._exact.get(exact) or self._known.get(key)
