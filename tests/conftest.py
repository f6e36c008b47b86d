"""What every test shares."""

import pytest
from django.db import connection

from tests import kept

SLOW = {"test_pages_in_browser", "test_lists", "test_screens"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Begin with what takes long: a long test begun last would leave all processes but one idle."""

    def place(item):
        return 0 if item.module.__name__.split(".")[-1] in SLOW else 1 if "new_context" in item.fixturenames else 2

    items.sort(key=place)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Let tests that commit clear their tables afterwards: nothing else may empty the ledger, so only that guard is off."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table in ("ledger_transaction", "ledger_entry"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ledger_never_emptied")
        kept.keep()
