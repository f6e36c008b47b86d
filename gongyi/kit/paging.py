"""Pages of a list that stay fast at a million rows: counting stops at a limit, and so does paging."""

from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

COUNT_LIMIT = 10_000


class CappedPaginator(Paginator):
    """Counts at most `limit` rows; beyond them `is_capped` is true and the last page is the last one of the limit."""

    def __init__(self, object_list, per_page, *args, limit=COUNT_LIMIT, **kwargs):
        super().__init__(object_list, per_page, *args, **kwargs)
        self.limit = limit

    @cached_property
    def _counted(self) -> int:
        data = getattr(self.object_list, "data", self.object_list)
        queryset: Any = getattr(data, "data", data)
        if hasattr(queryset, "query"):
            return queryset.order_by()[: self.limit + 1].count()
        return len(queryset)

    @property
    def is_capped(self) -> bool:
        return self._counted > self.limit

    @cached_property
    def count(self) -> int:
        return min(self._counted, self.limit)

    @property
    def count_text(self) -> str:
        """`63`, or `10,000+` where counting stopped."""
        return f"{self.count:,}{'+' if self.is_capped else ''}"


def line(page, measure: str) -> str:
    """Return 「第 1–20 台，共 63 台」."""
    if not page.paginator.count:
        return _("共 0 %s") % measure
    return _("第 %(first)s–%(last)s %(measure)s，共 %(count)s %(measure)s") % {
        "first": f"{page.start_index():,}",
        "last": f"{page.end_index():,}",
        "count": page.paginator.count_text,
        "measure": measure,
    }
