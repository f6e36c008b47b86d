"""Reads spreadsheets people upload, saying what is wrong in which cell, and writes tables and templates to fill in."""

from gongyi.kit.spreadsheets.archive import Unreadable
from gongyi.kit.spreadsheets.columns import Column, Problem, Row, Sheet
from gongyi.kit.spreadsheets.reading import Grid, open_grid, read_row, read_rows
from gongyi.kit.spreadsheets.writing import CONTENT_TYPE, write_corrections, write_template, write_workbook

__all__ = [
    "CONTENT_TYPE", "Column", "Grid", "Problem", "Row", "Sheet", "Unreadable", "open_grid", "read_row", "read_rows",
    "write_corrections", "write_template", "write_workbook",
]  # fmt: skip
