"""A clock that stands still: Monday 2026-11-23, 10:00."""

from datetime import datetime

import pytest
from django.utils import timezone

MONDAY = timezone.make_aware(datetime(2026, 11, 23, 10, 0))


@pytest.fixture
def monday(monkeypatch):
    """It is Monday 2026-11-23, 10:00, for everything that asks."""
    monkeypatch.setattr(timezone, "now", lambda: MONDAY)
    return MONDAY


@pytest.fixture
def set_clock(monkeypatch):
    """`set_clock(moment)`: from now on it is that moment."""

    def to(moment):
        monkeypatch.setattr(timezone, "now", lambda: moment)
        return moment

    return to
