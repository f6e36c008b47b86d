"""Who can test or measure what: words and standard numbers to lexemes, facets, index, one statement."""

from gongyi.offerings.search.documents import index, plans
from gongyi.offerings.search.engine import (
    NEAR_LIMIT,
    TOTAL_LIMIT,
    Criteria,
    Found,
    Sort,
    count_near,
    find,
    refresh_facet_counts,
)
from gongyi.offerings.search.facets import Kind
from gongyi.offerings.search.question import Question, ask

__all__ = [
    "NEAR_LIMIT", "TOTAL_LIMIT", "Criteria", "Found", "Kind", "Question", "Sort", "ask", "count_near", "find", "index", "plans",
    "refresh_facet_counts",
]  # fmt: skip
