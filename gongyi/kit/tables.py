"""Columns and the table every list uses: money and numbers right-aligned, statuses as badges, times as the site writes them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

import django_tables2 as tables
from django.template import Context, Template
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from gongyi.kit import money, rows, when
from gongyi.kit.icons import icon
from gongyi.kit.templatetags.gongyi import badge, status_badge

YES, NO = _("是"), _("否")
PLACES = {"title", "status", "sub", "side", "more", "hide", "select"}


class Column(tables.Column):
    """A text column. `phone` says where it stands in the two-line card a row becomes below 576 px:

    title and status on the first line, sub and side on the second, more on lines of their own, hide nowhere.
    """

    cell_class = ""
    attrs: dict
    phone = "more"
    shown = True
    is_plain = True

    def __init__(self, verbose_name=None, *, phone=None, shown=None, css="", **kwargs):
        if not callable(kwargs.get("accessor")):
            kwargs.setdefault("default", when.NONE)
        super().__init__(verbose_name, **kwargs)
        self.phone = phone or self.phone
        if self.phone not in PLACES:
            raise ValueError(f"phone must be one of {', '.join(sorted(PLACES))}")
        self.shown = self.shown if shown is None else shown
        classes = f"{self.cell_class} {css}".strip()
        self.attrs = {
            "th": {"class": "r" if "r" in classes.split() else ""} | self.attrs.get("th", {}),
            "td": {"class": classes, "data-m": self.phone} | self.attrs.get("td", {}),
            **{k: v for k, v in self.attrs.items() if k not in {"th", "td"}},
        }

    def value(self, value):
        """What the column gives to a spreadsheet: numbers and times as such, everything else as text."""
        return str(value) if isinstance(value, Promise) else value


class LinkColumn(Column):
    """The column that names the row and leads to it; `note` is an accessor shown small beside it (the model, the unit)."""

    cell_class = "nw lead"
    phone = "title"

    def __init__(self, verbose_name=None, *, note="", linkify=True, **kwargs):
        super().__init__(verbose_name, linkify=linkify, **kwargs)
        self.note = tables.A(note) if note else None

    def render(self, value):
        return value


class LongColumn(Column):
    """A long text: its beginning in the cell, all of it when pointed at and in a spreadsheet."""

    def __init__(self, verbose_name=None, *, length=40, **kwargs):
        super().__init__(verbose_name, **kwargs)
        self.length = length

    def render(self, value):
        text = str(value)
        if len(text) <= self.length:
            return text
        return format_html('<span title="{}">{}…</span>', text, text[: self.length])


class NumberColumn(Column):
    """A right-aligned number with separators; `unit` is written after it."""

    cell_class = "r num"
    phone = "side"

    def __init__(self, verbose_name=None, *, unit="", **kwargs):
        super().__init__(verbose_name, **kwargs)
        self.unit = unit

    def render(self, value):
        text = f"{value:,}" if isinstance(value, int | float | Decimal) else str(value)
        return f"{text} {self.unit}" if self.unit else text


class MoneyColumn(Column):
    cell_class = "r num"
    phone = "side"

    def render(self, value):
        return money.format_money(value)


class HoursColumn(Column):
    cell_class = "r num"
    phone = "side"

    def render(self, value):
        return when.format_hours(value)


class DurationColumn(Column):
    """Minutes or a timedelta."""

    cell_class = "r num"

    def render(self, value):
        return when.format_duration(value)

    def value(self, value):
        return when.format_duration(value)


class WhenColumn(Column):
    """A moment; `full` always writes the year."""

    cell_class = "num"

    def __init__(self, verbose_name=None, *, full=False, **kwargs):
        super().__init__(verbose_name, **kwargs)
        self.full = full

    def render(self, value):
        return when.format_when(value, full=self.full)

    def value(self, value):
        if isinstance(value, datetime) and timezone.is_aware(value):
            return timezone.localtime(value).replace(tzinfo=None)
        return value


class DayColumn(WhenColumn):
    def render(self, value):
        return when.format_day(value, full=self.full)


class PeriodColumn(Column):
    """A range of moments."""

    cell_class = "num"
    phone = "sub"

    def __init__(self, verbose_name=None, *, full=False, **kwargs):
        super().__init__(verbose_name, **kwargs)
        self.full = full

    def render(self, value):
        return when.format_period(*when.range_ends(value), full=self.full)

    def value(self, value):
        return when.format_period(*when.range_ends(value))


class StatusColumn(Column):
    """The badge of the row's status field, in the tone its StatusChoices names."""

    phone = "status"

    def __init__(self, verbose_name=None, *, field="", plain=False, **kwargs):
        super().__init__(verbose_name, **kwargs)
        self.field = field
        self.plain = plain

    def render(self, record, bound_column, value):
        path = (self.field or str(bound_column.accessor)).split("__")
        for name in path[:-1]:
            record = getattr(record, name)
        return status_badge(record, path[-1], self.plain)

    def value(self, value):
        return str(value)


class YesNoColumn(Column):
    """A truth value as two words with their tones."""

    phone = "status"

    def __init__(self, verbose_name=None, *, yes=YES, no=NO, yes_tone="ok", no_tone="idle", **kwargs):
        super().__init__(verbose_name, **kwargs)
        self.words = {True: (yes, yes_tone), False: (no, no_tone)}

    def render(self, value):
        return badge(*self.words[bool(value)])

    def value(self, value):
        return str(self.words[bool(value)][0])


class SelectColumn(Column):
    """The check box before a row; the list page adds it when it has bulk actions."""

    cell_class = "sel"
    phone = "select"

    def __init__(self, **kwargs):
        super().__init__("", accessor="pk", orderable=False, exclude_from_export=True, **kwargs)

    @property
    def header(self):
        return format_html(
            '<input type="checkbox" class="form-check-input m-0" data-select-page form="gy-bulk" aria-label="{}">',
            _("全选本页"),
        )

    def render(self, value, bound_row, table):
        name = table.title_column
        label = bound_row.get_cell_value(name) if name else value
        return format_html(
            '<input type="checkbox" class="form-check-input m-0" name="pk" value="{}" form="gy-bulk" '
            'data-select-row aria-label="{}">',
            value,
            _("选择 %s") % label,
        )


class ActionsColumn(tables.TemplateColumn):
    """The last column: a link, or a menu of them, from a small template with `record`."""

    phone = "more"
    shown = True
    note = None

    def __init__(self, template_code=None, template_name=None, **kwargs):
        kwargs.setdefault("attrs", {"th": {"class": "r"}, "td": {"class": "r acts", "data-m": "actions"}})
        super().__init__(
            template_code,
            template_name,
            verbose_name=_("操作"),
            orderable=False,
            exclude_from_export=True,
            **kwargs,
        )

    @property
    def header(self):
        return format_html('<span class="visually-hidden">{}</span>', self.verbose_name)

    def render(self, record, table, value, bound_column, **kwargs):
        if not self.template_code:
            return super().render(record, table, value, bound_column, **kwargs)
        context = self.get_context_data(record=record, table=table, value=value, bound_column=bound_column, **kwargs)
        return _compiled(self.template_code).render(Context(context | {"request": getattr(table, "request", None)}))


@lru_cache(maxsize=256)
def _compiled(code: str) -> Template:
    return Template(code)


class Table(tables.Table):
    """The base of every list's table.

    `css` may add `tight` (34 px rows) or leave out `cards` (rows scroll instead of becoming cards on a phone). `locked`
    names the column the chooser can't hide: the one with `phone="title"` by default. `groups` puts the columns of a long
    chooser under headings: pairs of a heading and names.
    """

    css = "tb cards"
    locked = ""
    groups: Sequence[tuple[object, Sequence[str]]] = ()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.is_selectable = "select" in self.columns.names()

    @property
    def body(self) -> SafeString:
        """The rows of the current page as HTML."""
        return rows.written(self)

    @property
    def title_column(self) -> str:
        """The name of the column that identifies a row."""
        if self.locked:
            return self.locked
        return next((n for n, c in self.base_columns.items() if getattr(c, "phone", "") == "title"), "") or next(
            (n for n in self.base_columns if n not in {"select", "actions"}), ""
        )

    @property
    def choosable(self) -> list[str]:
        """The names of the columns a person may show, hide and move."""
        return [n for n, c in self.base_columns.items() if not isinstance(c, SelectColumn | ActionsColumn)]

    @property
    def shown_by_default(self) -> list[str]:
        return [n for n in self.choosable if getattr(self.base_columns[n], "shown", True)]

    def show_columns(self, names: list[str]) -> None:
        """Show these columns in this order, between the check box and the row menu; the identifying one always."""
        names = [n for n in names if n in self.choosable]
        if self.title_column not in names:
            names.insert(0, self.title_column)
        ends = [n for n, c in self.base_columns.items() if isinstance(c, ActionsColumn)]
        starts = [n for n in self.columns.names() if n == "select"]
        wanted = [*starts, *names, *ends]
        self.sequence = tables.utils.Sequence([*wanted, *[n for n in self.columns.names() if n not in wanted]])
        for name in self.choosable:
            if name in names:
                self.columns.show(name)
            else:
                self.columns.hide(name)


def row_menu(record, items) -> SafeString:
    """Return a 「…」 menu for a row; `items` are pairs of label and address."""
    return format_html(
        '<details class="gy-pop"><summary class="gy-icb" aria-label="{}">{}</summary><div class="pop">{}</div></details>',
        _("%s 更多操作") % record,
        icon("dots"),
        format_html_join("", '<a class="pop-i" href="{}">{}</a>', ((url, label) for label, url in items)),
    )
