"""How often an instrument served (服务次数): counted from work that was really completed (S1-50).

Each completion adds one in its own transaction. Here the same number is counted from the work itself, every night, so that it
stays exact whatever was corrected by hand. Apps above say what counts as completed work: `register("reservations", rows)`.
"""

from collections.abc import Callable
from typing import Any

from django.db import models, transaction
from django.db.models import Count, F, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from gongyi.catalog.models import Instrument

CHUNK = 500  # instruments locked at a time
_SOURCES: dict[str, Callable[[], models.QuerySet]] = {}


def register(name: str, rows: Callable[[], models.QuerySet]) -> None:
    """`rows()` are completed pieces of work with an `instrument`; each counts once."""
    _SOURCES[name] = rows


def wrongly_counted() -> models.QuerySet:
    """Instruments whose number is not that of their completed work, with the real number as `served`."""
    served: Any = Value(0)
    for rows in _SOURCES.values():
        own = rows().filter(instrument=OuterRef("pk")).order_by().values("instrument")
        served = served + Coalesce(Subquery(own.annotate(n=Count("pk")).values("n")), 0)
    return Instrument.objects.annotate(served=served).exclude(service_count=F("served"))


def recount_services() -> int:
    """Put every number right; returns how many were wrong.

    The instruments that seem wrong are locked, in the order of every other lock, and counted again: a use that ends
    meanwhile locks its instrument first, so it is counted once, before or after.
    """
    suspects = list(wrongly_counted().order_by("pk").values_list("pk", flat=True))
    changed = 0
    for at in range(0, len(suspects), CHUNK):
        chunk = suspects[at : at + CHUNK]
        with transaction.atomic():
            list(
                Instrument.objects.select_for_update(no_key=True).filter(pk__in=chunk).order_by("pk").values_list("pk")
            )
            changed += wrongly_counted().filter(pk__in=chunk).update(service_count=F("served"))
    return changed
