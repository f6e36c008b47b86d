"""Lists of an institution's capabilities by spreadsheet: with a certificate in each row, or all under one certificate."""

from gongyi.imports.registry import register_importer
from gongyi.offerings.importing.kinds import MetrologyImporter, TestImporter

TESTS = register_importer(TestImporter(of_certificate=False))
TESTS_OF_CERTIFICATE = register_importer(TestImporter(of_certificate=True))
METROLOGY = register_importer(MetrologyImporter(of_certificate=False))
METROLOGY_OF_CERTIFICATE = register_importer(MetrologyImporter(of_certificate=True))
