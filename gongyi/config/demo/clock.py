"""Moves the clock while the demo's history is played, so that every step stands in the record at its own time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.utils import timezone


class Clock:
    """A clock that is set by hand; `with moved(clock):` makes it the one the whole process reads."""

    def __init__(self, moment: datetime):
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


@contextmanager
def moved(clock: Clock) -> Iterator[Clock]:
    real = timezone.now
    timezone.now = clock.now
    try:
        yield clock
    finally:
        timezone.now = real
