"""The words that mean the same to the search, and writing the whole index anew when they change."""

from collections.abc import Iterator

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from gongyi.catalog import search
from gongyi.catalog.models import Instrument, Synonym

REINDEX = "catalog.reindex_all"
CHUNK = 2_000
_JOBS = [REINDEX]


def reindex_after_changes(job: str) -> None:
    """Let a higher app's job run as well when what words mean has changed; the app registers it once, by its name."""
    if job not in _JOBS:
        _JOBS.append(job)


@transaction.atomic
def save_synonym(*, group: Synonym) -> Synonym:
    """Store a group of words; the job writes what changes into the index within minutes."""
    group.save()
    _reindex_soon()
    return group


@transaction.atomic
def delete_synonym(*, group: Synonym) -> None:
    """Forget a group of words; the job takes them out of the index within minutes."""
    group.delete()
    _reindex_soon()


def _reindex_soon() -> None:
    for job in _JOBS:
        try:
            with transaction.atomic():
                app.configure_task(job, queueing_lock=job).defer()
        except AlreadyEnqueued:
            continue  # a run that has not begun yet will see this change too


def reindex_all() -> int:
    """Bring the index of every instrument up to date, chunk by chunk; only what changed is written. Returns how many were.

    Renamed units and departments, and edited synonyms, arrive in the index this way.
    """
    return sum(search.index(chunk) for chunk in _chunks())


def _chunks() -> Iterator[list[int]]:
    last = 0
    while pks := list(Instrument.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        yield pks
        last = pks[-1]
