"""What every test shares."""

import pytest
from django.db import connection

from tests import kept


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Let tests that commit clear their tables afterwards: nothing else may empty the ledger, so only that guard is off."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table in ("ledger_transaction", "ledger_entry"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ledger_never_emptied")
        kept.keep()
