"""Whole lists by spreadsheet, for whatever app: uploaded, checked row by row, imported in one transaction, taken back."""
