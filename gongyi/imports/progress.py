"""How far a run is, written beside the transaction that does the work, so that people see it before that commits."""

from django.db import connections
from django.utils import timezone

from gongyi.imports.models import ImportRun

_STATEMENT = f"UPDATE {ImportRun._meta.db_table} SET progress_done = LEAST(%s, %s), progress_total = %s, beat_at = %s WHERE id = %s"


class Progress:
    """Writes on a connection of its own. Not to be used once the work's transaction has locked the run: it would wait for
    itself."""

    def __init__(self, run_pk: int, total: int):
        self.run_pk, self.total, self.done = run_pk, total, 0
        self._connection = connections.create_connection("default")

    def __enter__(self) -> "Progress":
        self.advance(0)
        return self

    def advance(self, rows: int) -> None:
        """So many more rows are done; this is also the run's sign of life."""
        self.done += rows
        with self._connection.cursor() as cursor:
            cursor.execute(_STATEMENT, [self.done, self.total, self.total, timezone.now(), self.run_pk])

    def __exit__(self, *_error) -> None:
        self._connection.close()
