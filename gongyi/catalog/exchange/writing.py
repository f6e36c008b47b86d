"""The national table as a workbook: one row an instrument, the platform's fields in its order, its codes for what is chosen."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from gongyi.catalog.exchange.fields import FIELDS
from gongyi.catalog.models import Instrument
from gongyi.kit.spreadsheets import Column, write_workbook

KINDS = {"original_value_wan": "money", "booked_on": "day", "customs_release_on": "day"}


def write_national_table(instruments: Iterable[Instrument]) -> bytes:
    """Return the .xlsx; `instruments` come from `missing.to_report`. Texts beyond the platform's limit are not cut: the list
    of what is missing names them."""
    columns = [Column(field.key, field.title, kind=KINDS.get(field.key, "text")) for field in FIELDS]
    rows = ([field.read(instrument) for field in FIELDS] for instrument in instruments)
    return write_workbook(columns, rows, sheet_name=_("单台套科学仪器"))
