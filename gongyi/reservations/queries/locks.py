"""The first lock of everything that takes, moves or gives back time.

One order everywhere, so that nothing waits in a circle: instrument → reservation → payment account → occupancy.
"""

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
