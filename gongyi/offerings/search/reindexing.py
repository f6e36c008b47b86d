"""Bringing the whole index up to date, chunk by chunk; only what changed is written."""

from collections.abc import Iterator

from django.db.models import Model

from gongyi.offerings.models import Capability, ServicePlan
from gongyi.offerings.search.documents import index, plans

REINDEX = "offerings.reindex_all"
CHUNK = 2_000


def reindex_all() -> int:
    """Return how many capabilities and plans were written: changed synonyms, certificates and names arrive this way."""
    return sum(index(chunk) for chunk in _chunks(Capability)) + sum(plans(chunk) for chunk in _chunks(ServicePlan))


def _chunks(model: type[Model]) -> Iterator[list[int]]:
    last = 0
    while pks := list(model._default_manager.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        yield pks
        last = pks[-1]
