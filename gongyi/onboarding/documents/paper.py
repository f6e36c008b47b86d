"""A sheet of A4 as Chinese offices use it: 仿宋 text, 黑体 titles, tables of labels and answers, a place for the stamp."""

import io
from collections.abc import Sequence

from docx import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
BODY, TITLE = "仿宋", "黑体"
TITLE_POINTS, BODY_POINTS, TABLE_POINTS = 18, 14, 12
MARGIN_CM, TEXT_WIDTH_CM = 2.5, 16.0


def plain(text: object) -> str:
    """Text without the control characters a document cannot hold; lines stay."""
    return "".join(c for c in str(text or "") if c in "\n\t" or c.isprintable())


class Paper:
    """One document; call its parts in the order of the page, then `bytes()`."""

    def __init__(self, title: str) -> None:
        self.document = Document()
        self.document.core_properties.title = plain(title)
        self.document.core_properties.author = ""
        section = self.document.sections[0]
        section.page_width, section.page_height = Cm(21.0), Cm(29.7)
        section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(MARGIN_CM)
        style = self.document.styles["Normal"]
        style.font.name, style.font.size = BODY, Pt(BODY_POINTS)
        style.element.rPr.rFonts.set(qn("w:eastAsia"), BODY)
        self.line(title, size=TITLE_POINTS, font=TITLE, centred=True, after=12)

    def line(
        self, text: str, *, size: int = BODY_POINTS, font: str = BODY, centred: bool = False, indent: bool = False,
        before: int = 0, after: int = 4,
    ) -> Paragraph:  # fmt: skip
        """A paragraph; `indent` begins it two characters to the right, as letters do."""
        paragraph = self.document.add_paragraph()
        _write(paragraph, text, size, font)
        paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = Pt(before), Pt(after)
        paragraph.paragraph_format.line_spacing = 1.4
        if centred:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        if indent:
            paragraph.paragraph_format.first_line_indent = Pt(size * 2)
        return paragraph

    def heading(self, text: str) -> None:
        self.line(text, font=TITLE, size=BODY_POINTS, before=10)

    def text(self, text: str) -> None:
        """Paragraphs of a letter."""
        for paragraph in plain(text).split("\n"):
            if paragraph.strip():
                self.line(paragraph.strip(), indent=True)

    def table(self, rows: Sequence[Sequence[tuple[str, str]]], *, label_cm: float = 3.2) -> Table:
        """Rows of one or two (label, answer); an answer alone in its row takes the whole width."""
        table = self.document.add_table(rows=0, cols=4, style="Table Grid")
        table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
        widths = (label_cm, TEXT_WIDTH_CM / 2 - label_cm, label_cm, TEXT_WIDTH_CM / 2 - label_cm)
        for pairs in rows:
            cells = table.add_row().cells
            for cell, width in zip(cells, widths, strict=True):
                cell.width = Cm(width)
            if len(pairs) == 1:
                cells[1].merge(cells[3])
            for (label, answer), place in zip(pairs, (0, 2), strict=False):
                _fill(cells[place], label, centred=True)
                _fill(cells[place + 1], answer)
        return table

    def box(self, label: str, text: str, *, height_cm: float, sign: Sequence[str] = ()) -> None:
        """A tall row: a label at the left, text or room to write, and lines to sign at the lower right."""
        table = self.document.add_table(rows=1, cols=2, style="Table Grid")
        table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
        row = table.rows[0]
        row.height = Cm(height_cm)
        row.cells[0].width, row.cells[1].width = Cm(3.2), Cm(TEXT_WIDTH_CM - 3.2)
        _fill(row.cells[0], label, centred=True)
        _fill(row.cells[1], text)
        row.cells[1].vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.TOP
        for words in sign:
            paragraph = row.cells[1].add_paragraph()
            _write(paragraph, words, TABLE_POINTS, BODY)
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT

    def bytes(self) -> bytes:
        buffer = io.BytesIO()
        self.document.save(buffer)
        return buffer.getvalue()


def _fill(cell: _Cell, text: str, *, centred: bool = False) -> None:
    lines = plain(text).split("\n")
    for number, words in enumerate(lines):
        paragraph = cell.paragraphs[0] if number == 0 else cell.add_paragraph()
        _write(paragraph, words, TABLE_POINTS, BODY)
        if centred:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER


def _write(paragraph: Paragraph, text: str, size: int, font: str) -> None:
    run = paragraph.add_run(plain(text))
    run.font.size, run.font.name = Pt(size), font
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
