"""The clock of what institutions offer: counts for the page without conditions, and writing the whole index anew."""

from procrastinate.contrib.django import app

from gongyi.offerings import search
from gongyi.offerings.search.reindexing import REINDEX, reindex_all


@app.periodic(cron="*/5 * * * *")
@app.task(name="offerings.refresh_facet_counts", queueing_lock="offerings.refresh_facet_counts")
def refresh_facet_counts(timestamp: int) -> None:
    """Count all facets of capabilities anew; nothing is kept on a small site."""
    search.refresh_facet_counts()


@app.task(name=REINDEX, lock=REINDEX)
def reindex_everything() -> None:
    """Write what changed in names, synonyms, certificates and institutions into the index."""
    reindex_all()


@app.periodic(cron="50 3 * * *")
@app.task(name="offerings.reindex_nightly", lock=REINDEX)
def reindex_nightly(timestamp: int) -> None:
    """The same every night."""
    reindex_all()
