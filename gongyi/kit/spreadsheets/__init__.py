"""Reads spreadsheets people upload, saying what is wrong in which cell, and writes tables and templates to fill in."""

from gongyi.kit.spreadsheets.columns import Column, Problem, Row, Sheet
from gongyi.kit.spreadsheets.reading import read_rows
from gongyi.kit.spreadsheets.writing import CONTENT_TYPE, write_template, write_workbook

__all__ = ["CONTENT_TYPE", "Column", "Problem", "Row", "Sheet", "read_rows", "write_template", "write_workbook"]
