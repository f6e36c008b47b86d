"""Marking instruments to find them again."""

from typing import Any

from gongyi.catalog.models import Favourite, Instrument


def set_favourite(*, instrument: Instrument, actor: Any, on: bool) -> bool:
    """Mark the instrument for the person, or take the mark off (S0-21); repeating it changes nothing."""
    if on:
        Favourite.objects.get_or_create(user=actor, instrument=instrument)
    else:
        Favourite.objects.filter(user=actor, instrument=instrument).delete()
    return on
