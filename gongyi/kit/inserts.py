"""Writes one row where `objects.create` would: for the few writes that happen with every booking.

Django builds an INSERT anew each time, which takes longer than the database needs to carry it out.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Field, Model

Row = TypeVar("Row", bound=Model)


def insert(row: Row) -> Row:
    """Insert a new object and give it its key; what the database fills in by itself besides is not read back.

    No signals are sent, and `save()` is not called.
    """
    statement, fields = _statement(type(row))
    with connection.cursor() as cursor:
        cursor.execute(statement, values_of(row, fields))
        (row.pk,) = cursor.fetchone()
    row._state.adding = False
    row._state.db = connection.alias
    return row


def values_of(row: Model, fields: Sequence[Field]) -> list[Any]:
    """What a new row's columns hold, as the driver takes them."""
    return [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]


@cache
def _statement(model: type[Model]) -> tuple[str, list[Field]]:
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    places = ", ".join(["%s"] * len(fields))
    key = model._meta.pk
    return (
        f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({places}) RETURNING "{key and key.column}"',
        fields,
    )
