"""Finding instruments by words and conditions, fast at a million rows: words to lexemes, facets, index, one statement."""

from gongyi.catalog.search.documents import index
from gongyi.catalog.search.engine import (
    TOTAL_LIMIT,
    Criteria,
    Found,
    Sort,
    facet_counts_of_all,
    find,
    refresh_facet_counts,
)
from gongyi.catalog.search.facets import Kind
from gongyi.catalog.search.units import top_of_units
from gongyi.catalog.search.words import Parsed, parse

__all__ = [
    "TOTAL_LIMIT", "Criteria", "Found", "Kind", "Parsed", "Sort", "facet_counts_of_all", "find", "index", "parse",
    "refresh_facet_counts", "top_of_units",
]  # fmt: skip
