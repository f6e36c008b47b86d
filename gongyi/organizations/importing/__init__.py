"""Lists of units, and of the people of one unit, by spreadsheet."""

from gongyi.imports.registry import register_importer
from gongyi.organizations.importing.people import PeopleImporter
from gongyi.organizations.importing.units import UnitImporter

UNITS = register_importer(UnitImporter())
PEOPLE = register_importer(PeopleImporter())
