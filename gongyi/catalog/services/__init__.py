"""Ways into the catalog that are not a step: indexing, import, upkeep, favourites."""

from gongyi.catalog.search import index
from gongyi.catalog.services.favourites import set_favourite
from gongyi.catalog.services.files import (
    add_attachment,
    add_photo,
    arrange_photos,
    change_attachment,
    drop_facility_files,
    keep_facility_files,
    remove_attachment,
    remove_photo,
)
from gongyi.catalog.services.importing import import_instruments, submit_many
from gongyi.catalog.services.upkeep import (
    add_instrument,
    add_manager,
    change_instrument,
    discard_draft,
    not_discardable,
    remove_manager,
    set_prices,
)
from gongyi.catalog.services.vocabulary import delete_synonym, reindex_all, save_synonym

__all__ = [
    "add_attachment", "add_instrument", "add_manager", "add_photo", "arrange_photos", "change_attachment", "change_instrument",
    "delete_synonym", "discard_draft", "drop_facility_files", "import_instruments", "index",
    "keep_facility_files", "not_discardable", "reindex_all", "remove_attachment", "remove_manager", "remove_photo", "save_synonym",
    "set_favourite", "submit_many", "set_prices",
]  # fmt: skip
