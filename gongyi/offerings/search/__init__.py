"""Who can test or measure what: words and standard numbers to lexemes, facets, index, one statement."""

from gongyi.offerings.search.documents import index, plans

__all__ = ["index", "plans"]
