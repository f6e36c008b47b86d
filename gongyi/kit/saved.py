"""What a person keeps of lists and finders: a name for a query. An app above stores them; every list and finder shows them.

`register_keeper` is called once, by the app that stores; without it nothing is offered.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest

NOT_KEPT = frozenset({"page", "export", "view"})  # where one stands, not what one looks at
WITHOUT_VIEW = "view=all"  # the address of a list as it is without the view that opens it


@dataclass(frozen=True)
class Kept:
    """One kept query, and where it is renamed, removed or made the one its list opens with."""

    name: str
    query: str
    is_default: bool
    rename_url: str
    remove_url: str
    default_url: str
    is_current: bool = False


@dataclass(frozen=True)
class Keeping:
    """What the page shows of them: those kept for this very page, where the present one is kept, where all are listed."""

    views: Sequence[Kept] = field(default_factory=tuple)
    save_url: str = ""
    list_url: str = ""

    @property
    def current(self) -> Kept | None:
        return next((view for view in self.views if view.is_current), None)

    @property
    def default(self) -> Kept | None:
        return next((view for view in self.views if view.is_default), None)


Keeper = Callable[[HttpRequest, str, str], Keeping]
_KEEPER: list[Keeper] = []


def register_keeper(keeper: Keeper) -> None:
    """`keeper(request, query, title)` answers what is kept for the page of this request, whose present query is given."""
    _KEEPER[:] = [keeper]


def keeping_for(request: HttpRequest, query: str, title: object = "") -> Keeping | None:
    """What is kept for this page by who looks at it; None where nothing can be."""
    if not _KEEPER or getattr(request, "resolver_match", None) is None:
        return None
    return _KEEPER[0](request, normal(query), str(title))


def normal(query: str) -> str:
    """The query without what says where one stands and without empty conditions; the same conditions, the same text."""
    pairs = [(key, value) for key, value in parse_qsl(query.lstrip("?")) if key not in NOT_KEPT]
    return urlencode(sorted(pairs, key=lambda pair: pair[0]))
