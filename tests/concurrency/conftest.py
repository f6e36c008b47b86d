"""What all attacks share."""

import pytest
from django.db import connection


@pytest.fixture(autouse=True)
def _enough_connections(monkeypatch):
    """Threads of one process share a small pool; here all shall be inside at once."""
    connection.close()
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "pool", False)
    yield
    connection.close()
