"""The first lock of everything that takes, moves or gives back time.

One order everywhere, so that nothing waits in a circle: instrument → reservation → payment account → occupancy.
"""

from collections.abc import Sequence

from django.db import connection
from django.utils.translation import gettext as _

from gongyi.workflow import Refused


def lock_instrument(pk: int) -> None:
    """Hold the instrument's row until the transaction ends; references to it may still be inserted by others.

    Without it the exclusion constraint alone still never double-books, but writers of one instrument deadlock.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM catalog_instrument WHERE id = %s FOR NO KEY UPDATE", [pk])
        if cursor.fetchone() is None:
            raise Refused(_("该仪器已不存在。"), code="gone")


def lock_instruments(keys: Sequence[int]) -> None:
    """Hold the rows of several instruments, taken in the order of their keys, before anything else is locked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM catalog_instrument WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [list(keys)]
        )
        if len(cursor.fetchall()) < len(set(keys)):
            raise Refused(_("所选仪器中有的已不存在。"), code="gone")
