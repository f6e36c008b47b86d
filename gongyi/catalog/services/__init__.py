"""Ways into the catalog that are not a step: indexing, import, prices, managers, photos, favourites."""

from gongyi.catalog.search import index
from gongyi.catalog.services.favourites import set_favourite
from gongyi.catalog.services.importing import import_instruments

__all__ = ["import_instruments", "index", "set_favourite"]
