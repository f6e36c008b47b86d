"""Lists of a unit's instruments by spreadsheet, and their photos in one archive (S1-42, S1-43, S2-15)."""

from gongyi.catalog.importing.instruments import InstrumentImporter
from gongyi.catalog.importing.photos import PhotoImporter
from gongyi.imports.registry import register_importer

INSTRUMENTS = register_importer(InstrumentImporter())
PHOTOS = register_importer(PhotoImporter())
