"""Understands how people lay out an annex: two header rows, merged cells, headings of groups, blanks that mean "as above".

What was understood is written into a cell of its own at the end of each row (UNDERSTOOD), so that the preview can say it and the
import reads exactly what was looked at (S3-43: the manual forbids such layouts; we read them and say how).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from gongyi.kit.spreadsheets import Column, Grid
from gongyi.kit.spreadsheets.columns import header_key, is_empty, tidy

UNDERSTOOD = "understood"
PARTED = "；"
MOST_CELLS_OF_A_HEADING = 2
_NUMBERED = re.compile(
    r"\s*[（(]?(?P<number>[一二三四五六七八九十百]+|\d+(?:\.\d+)*)[)）]?\s*[、.．:：]?\s*(?P<words>.*)", re.DOTALL
)


@dataclass(frozen=True)
class Shape:
    """Which columns of a list are above which: `levels` may be left blank or merged, `detail` every line has.

    A heading row gives `heading` its words and `heading_no` its number; `stand_in` fills `subject` where the list has no such
    column. `below` says what the words of a second header row mean, `twice` what a header means that stands there a second time.
    """

    levels: tuple[str, ...]
    subject: str
    detail: str
    heading: str = ""
    heading_no: str = ""
    stand_in: str = ""
    below: dict[str, str] = field(default_factory=dict)
    twice: dict[str, str] = field(default_factory=dict)


class Arranged:
    """The rows of a list with blanks filled from where they were merged or understood; read anew at every pass."""

    def __init__(self, body, shape: Shape, columns: dict[str, Column], places: dict[str, int], skip: int) -> None:
        self._body, self._shape, self._columns, self._places, self._skip = body, shape, columns, places, skip
        self._count: int | None = None

    def __len__(self) -> int:
        if self._count is None:
            self._count = sum(1 for _row in self)
        return self._count

    def __iter__(self) -> Iterator[tuple[int, list]]:
        merged = _Merged(getattr(self._body, "merged", []), set(self._places.values()))
        above: dict[str, tuple[object, int]] = {}
        heading: tuple[str, str, int] | None = None
        for number, typed in self._body:
            cells = list(typed)
            notes: list[str] = []
            from_merged = merged.fill(number, cells)
            if number <= self._skip:
                continue
            if found := self._heading(cells):
                heading, above = (*found, number), {}
                continue
            merged_in: dict[int, list[str]] = {}
            for place, row in from_merged:
                merged_in.setdefault(row, []).append(self._header(place))
            for row, columns in merged_in.items():
                notes.append(
                    _("「%(column)s」是合并单元格，取自第 %(row)s 行") % {"column": "」「".join(columns), "row": row}
                )
            self._continue(cells, above, notes)
            self._under(heading, cells, notes)
            for name in self._shape.levels:
                if not is_empty(value := self._get(cells, name)):
                    above[name] = (value, number)
            self._set(cells, UNDERSTOOD, PARTED.join(notes))
            yield number, cells

    def _continue(self, cells: list, above: dict, notes: list[str]) -> None:
        """A line without its subject goes on with the one above."""
        shape = self._shape
        key = shape.subject if shape.subject in self._places else shape.stand_in
        if key not in above or not is_empty(self._get(cells, key)) or is_empty(self._get(cells, shape.detail)):
            return
        for name in shape.levels:
            if name in above and name in self._places and is_empty(self._get(cells, name)):
                value, row = above[name]
                self._set(cells, name, value)
                notes.append(
                    _("「%(column)s」空着，沿用第 %(row)s 行") % {"column": self._columns[name].header, "row": row}
                )

    def _under(self, heading: tuple[str, str, int] | None, cells: list, notes: list[str]) -> None:
        if heading is None:
            return
        number, words, row = heading
        for name, value in ((self._shape.heading, words), (self._shape.heading_no, number)):
            if name and value and is_empty(self._get(cells, name)):
                self._set(cells, name, value)
                notes.append(
                    _("「%(column)s」取自第 %(row)s 行的分组标题") % {"column": self._columns[name].header, "row": row}
                )

    def _heading(self, cells: list) -> tuple[str, str] | None:
        """(number, words) of a row that only names a group, else None."""
        shape = self._shape
        if not shape.heading or not is_empty(self._get(cells, shape.detail)):
            return None
        filled = [tidy(cell) for cell in cells if not is_empty(cell)]
        distinct = list(dict.fromkeys(filled))
        if not 1 <= len(distinct) <= MOST_CELLS_OF_A_HEADING or not all(
            isinstance(c, str | int | float) for c in distinct
        ):
            return None
        if len(distinct) == MOST_CELLS_OF_A_HEADING:
            number = _NUMBERED.fullmatch(distinct[0])
            return (number["number"], distinct[1]) if number and not number["words"] else None
        match = _NUMBERED.fullmatch(distinct[0])
        return (match["number"], match["words"]) if match and match["words"] else ("", distinct[0])

    def _get(self, cells: list, name: str) -> object:
        place = self._places.get(name)
        return cells[place] if place is not None and place < len(cells) else None

    def _set(self, cells: list, name: str, value: object) -> None:
        place = self._places[name]
        cells.extend([""] * (place + 1 - len(cells)))
        cells[place] = value

    def _header(self, place: int) -> str:
        return next((self._columns[n].header for n, p in self._places.items() if p == place and n in self._columns), "")


class _Merged:
    """Fills the cells of what was merged downward, row by row; only the columns that are read."""

    def __init__(self, ranges, places: set[int]) -> None:
        self._coming: dict[int, list[tuple[int, int]]] = {}
        for (first, left), (last, _right) in ranges:
            if last > first and left in places:
                self._coming.setdefault(left, []).append((first + 1, last + 1))
        for spans in self._coming.values():
            spans.sort(reverse=True)
        self._open: dict[int, tuple[int, int, object]] = {}

    def fill(self, number: int, cells: list) -> list[tuple[int, int]]:
        """Fill the row's merged cells; (place, row it came from) of each."""
        filled = []
        for place, spans in self._coming.items():
            while spans and spans[-1][0] <= number:
                first, last = spans.pop()
                if place < len(cells):
                    self._open[place] = (first, last, cells[place] if first == number else None)
            span = self._open.get(place)
            if span is None or number > span[1] or number == span[0]:
                continue
            if place < len(cells) and is_empty(cells[place]) and not is_empty(span[2]):
                cells[place] = span[2]
                filled.append((place, span[0]))
        return filled


def arrange(grid: Grid, columns: list[Column], shape: Shape) -> Grid:
    """Let the grid be read the way its author meant it: headers in two rows, a stand-in for the subject, filled blanks."""
    by_name = {column.name: column for column in columns}
    _same_header_twice(grid, shape)
    skip = _second_header(grid, shape)
    places = grid.places
    for name in (shape.heading, shape.heading_no):  # what headings say needs a cell, and so does what was understood
        if name and name not in places:
            places[name] = _new_place(grid, by_name[name].header)
    if UNDERSTOOD not in places:
        places[UNDERSTOOD] = _new_place(grid, by_name[UNDERSTOOD].header)
    if shape.stand_in in places and shape.subject not in places:
        places[shape.subject] = places[shape.stand_in]
    grid.missing = [column for column in columns if column.required and column.name not in places]
    grid.body = Arranged(grid.body, shape, by_name, places, skip)  # type: ignore[assignment]
    return grid


def _new_place(grid: Grid, header: str) -> int:
    grid.headers.append(header)
    return len(grid.headers) - 1


def _same_header_twice(grid: Grid, shape: Shape) -> None:
    """An annex calls two columns 序号: the first numbers the group, the second the parameter."""
    for name, other in shape.twice.items():
        column = next((one for one in grid.doubled if one.name == name), None)
        if column is None or other in grid.places:
            continue
        word = header_key(grid.headers[grid.places[name]])
        same = [place for place, header in enumerate(grid.headers) if header_key(header) == word]
        if len(same) == len((name, other)):
            grid.places[name], grid.places[other] = same
            grid.doubled = [one for one in grid.doubled if one.name != name]


def _second_header(grid: Grid, shape: Shape) -> int:
    """The row of a second header, whose words are taken into the places; 0 when there is none."""
    first = next(iter(grid.body), None)
    if first is None or not shape.below:
        return 0
    number, cells = first
    if number != grid.header_row + 1:
        return 0
    words = {place: header_key(cell) for place, cell in enumerate(cells) if not is_empty(cell)}
    if not words or not all(word in shape.below for word in words.values()):
        return 0
    for place, word in words.items():
        name = shape.below[word]
        for other in [n for n, p in grid.places.items() if p == place]:
            del grid.places[other]
        grid.places[name] = place
        if place < len(grid.headers):
            grid.headers[place] = f"{grid.headers[place]} {tidy(cells[place])}".strip()
    return number
