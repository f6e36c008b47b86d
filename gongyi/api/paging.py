"""Pages of a list as the API answers them."""

from collections.abc import Callable

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from gongyi.workflow import Refused

LARGEST_PAGE = 100
DEEPEST_ROW = 10_000


def page_bounds(page: int, page_size: int) -> tuple[int, int]:
    """Return the half-open row range of a page; refuses sizes over 100 and rows past 10,000 with a sentence."""
    if not 1 <= page_size <= LARGEST_PAGE:
        raise Refused(_("page_size 应在 1 到 %s 之间。") % LARGEST_PAGE, code="invalid")
    if page < 1 or page * page_size > DEEPEST_ROW:
        raise Refused(_("只能翻到第 %s 条，请用筛选条件缩小范围。") % DEEPEST_ROW, code="invalid")
    return (page - 1) * page_size, page * page_size


def page_of(rows: QuerySet, page: int, page_size: int, body: Callable) -> dict:
    first, last = page_bounds(page, page_size)
    found = list(rows[first : last + 1])
    size = last - first
    return {
        "page": page,
        "page_size": page_size,
        "has_more": len(found) > size,
        "items": [body(row) for row in found[:size]],
    }
