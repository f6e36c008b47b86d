"""Ways into the catalog that are not a step: indexing, import, upkeep, favourites."""

from gongyi.catalog.search import index
from gongyi.catalog.services.favourites import set_favourite
from gongyi.catalog.services.importing import confirm_import, discard_import, import_instruments, preview_import
from gongyi.catalog.services.upkeep import (
    add_instrument,
    add_manager,
    add_photo,
    change_instrument,
    remove_manager,
    remove_photo,
    set_prices,
)
from gongyi.catalog.services.vocabulary import delete_synonym, reindex_all, save_synonym

__all__ = [
    "add_instrument", "add_manager", "add_photo", "change_instrument", "confirm_import", "delete_synonym", "discard_import",
    "import_instruments", "index", "preview_import", "reindex_all", "remove_manager", "remove_photo", "save_synonym",
    "set_favourite", "set_prices",
]  # fmt: skip
