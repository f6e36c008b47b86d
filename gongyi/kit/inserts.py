"""Writes one row where `objects.create` would: for the few writes that happen with every booking.

Django builds an INSERT anew each time, which takes longer than the database needs to carry it out.
"""

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

from django.db import connection, models
from django.utils.functional import Promise

Row = TypeVar("Row", bound=models.Model)
Reader = Callable[[models.Model], Any]

# What the driver takes as it stands on the object; every other kind of field is asked to prepare its value.
_PLAIN = (
    models.AutoField, models.BooleanField, models.CharField, models.DecimalField, models.ForeignKey, models.IntegerField,
    models.TextField,
)  # fmt: skip


def insert(row: Row) -> Row:
    """Insert a new object and give it its key; what the database fills in by itself besides is not read back.

    No signals are sent, and `save()` is not called.
    """
    statement, readers = _statement(type(row))
    with connection.cursor() as cursor:
        values = (read(row) for read in readers)
        cursor.execute(statement, [str(value) if isinstance(value, Promise) else value for value in values])
        (row.pk,) = cursor.fetchone()
    row._state.adding = False
    row._state.db = connection.alias
    return row


def _reader(field: models.Field) -> Reader:
    moment = type(field) is models.DateTimeField and not (field.auto_now or field.auto_now_add)
    if moment or isinstance(field, _PLAIN):
        return attrgetter(field.attname)
    return lambda row: field.get_db_prep_save(field.pre_save(row, add=True), connection)


@cache
def _statement(model: type[models.Model]) -> tuple[str, list[Reader]]:
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    places = ", ".join(["%s"] * len(fields))
    key = model._meta.pk
    statement = f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({places}) RETURNING "{key and key.column}"'
    return statement, [_reader(field) for field in fields]
