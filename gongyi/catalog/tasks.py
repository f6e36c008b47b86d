"""The clock of the catalog: counts for the page without conditions, and the nightly look over the whole index."""

from procrastinate.contrib.django import app

from gongyi.catalog import search, services
from gongyi.catalog.services import service_counts


@app.periodic(cron="*/5 * * * *")
@app.task(name="catalog.refresh_facet_counts", queueing_lock="catalog.refresh_facet_counts")
def refresh_facet_counts(timestamp: int) -> None:
    """Count all facets anew; three seconds for a million instruments."""
    search.refresh_facet_counts()


@app.task(name="catalog.reindex_all", lock="catalog.reindex_all")
def reindex_all() -> None:
    """Write what changed in names, synonyms and units into the index."""
    services.reindex_all()


@app.periodic(cron="20 3 * * *")
@app.task(name="catalog.reindex_nightly", lock="catalog.reindex_all")
def reindex_nightly(timestamp: int) -> None:
    """The same every night, for renamed units and departments."""
    services.reindex_all()


@app.periodic(cron="50 3 * * *")
@app.task(name="catalog.recount_services", lock="catalog.recount_services")
def recount_services(timestamp: int) -> None:
    """Count 服务次数 anew from completed work."""
    service_counts.recount_services()
