"""Writes the rows of a table: what django-tables2 looks up for every cell is looked up once for every column here."""

from collections.abc import Iterator
from typing import Any

import django_tables2 as tables
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model
from django.template import Context
from django.template.base import render_value_in_context
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django_tables2.utils import computed_values, signature


class ColumnWriter:
    """Reads, renders and wraps the cells of one column.

    Attributes of the `<td>` are those the column declares, the same for every row. Plain columns are read by their
    accessor; others (templates, many-to-many) and rows that are no models are left to django-tables2.
    """

    def __init__(self, bound: Any, plain: bool):
        self.bound = bound
        self.column = bound.column
        declared = {k: v for k, v in self.column.attrs.get("td", {}).items() if not callable(v)}
        attributes = declared | {"data-label": bound.verbose_name}
        self.opening = format_html("<td{}>", format_html_join("", ' {}="{}"', attributes.items()))
        self.bits = bound.accessor.bits if plain and isinstance(bound.accessor, tables.A) else None
        self.wants, self.takes_all = signature(bound.render)
        self.displays: dict[type, str] = {}

    def cell(self, row: Any) -> Any:
        """Return what stands in the cell, a link around it where the column has one."""
        if self.bits is None or not isinstance(row.record, Model):
            return row.get_cell(self.bound.name)
        value = self.read(row.record)
        if value in self.column.empty_values:
            return self.bound.default
        known = {
            "value": value,
            "record": row.record,
            "column": self.column,
            "bound_column": self.bound,
            "bound_row": row,
            "table": row.table,
        }
        content = self.bound.render(**(known if self.takes_all else {name: known[name] for name in self.wants}))
        return self.bound.link(content, **known) if self.bound.link else content

    def read(self, record: Model) -> Any:
        """Return the accessor's value; the words of a field with choices, None where the path ends early."""
        current: Any = record
        *path, last = self.bits or [""]
        try:
            for bit in path:
                current = _called(getattr(current, bit))
                if current is None:
                    return None
            return _called(getattr(current, self.displays.get(type(current)) or self.display(current, last)))
        except (AttributeError, ObjectDoesNotExist):
            return None

    def display(self, owner: Any, name: str) -> str:
        """Return the attribute to read from objects like `owner`: `get_<name>_display` for a field with choices."""
        has_choices = (
            any(f.name == name and f.choices for f in owner._meta.fields) if isinstance(owner, Model) else False
        )
        self.displays[type(owner)] = f"get_{name}_display" if has_choices else name
        return self.displays[type(owner)]


def _called(value: Any) -> Any:
    if callable(value) and not getattr(value, "alters_data", False) and not hasattr(value, "do_not_call_in_templates"):
        return value()
    return value


def written(table: Any) -> SafeString:
    """Return the `<tr>` of every row on the table's page."""
    return mark_safe("".join(_rows(table)))


def _rows(table: Any) -> Iterator[str]:
    writers = [ColumnWriter(bound, getattr(bound.column, "is_plain", False)) for bound in table.columns]
    context = Context()
    for row in table.paginated_rows:
        attributes = computed_values(table.row_attrs, kwargs={"table": table, "record": row.record})
        yield format_html("<tr{}>", format_html_join("", ' {}="{}"', attributes.items())) if attributes else "<tr>"
        for writer in writers:
            content = writer.cell(row)
            shown = (
                conditional_escape(content) if isinstance(content, str) else render_value_in_context(content, context)
            )
            note = getattr(writer.column, "note", None)
            yield f"{writer.opening}{shown}{_note(note, row.record) if note else ''}</td>"
        yield "</tr>\n"


def _note(accessor: Any, record: Any) -> str:
    value = accessor.resolve(record, quiet=True)
    return format_html(' <span class="t3 fs13">{}</span>', value) if value else ""
