"""Finding instruments by words and conditions, fast at a million rows: words to lexemes, facets, index, one statement."""

from gongyi.catalog.search.documents import index
from gongyi.catalog.search.engine import MAX_DEPTH, TOTAL_LIMIT, Criteria, Found, find
from gongyi.catalog.search.facets import Kind
from gongyi.catalog.search.words import parse

__all__ = ["MAX_DEPTH", "TOTAL_LIMIT", "Criteria", "Found", "Kind", "find", "index", "parse"]
