"""Writes many rows at once: COPY is five times as fast as inserts (decision 10 has the figures)."""

from collections.abc import Iterable, Sequence

from django.db import connection, models


def copy_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence]) -> None:
    """Write rows into a model's table; `columns` are those of the table, values are as the database takes them."""
    names = ", ".join(columns)
    with connection.cursor() as cursor, cursor.copy(f"COPY {model._meta.db_table} ({names}) FROM STDIN") as out:
        for row in rows:
            out.write_row(row)


def new_keys(model: type[models.Model], count: int) -> list[int]:
    """The next primary keys of a table, so that rows that refer to one another can be written by COPY."""
    table, key = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)", [f'"{table}"', key, count]
        )
        return [found for (found,) in cursor.fetchall()]
