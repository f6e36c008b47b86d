"""Forms of those who keep instruments; shape only."""

from gongyi.catalog.forms.files import AttachmentsForm, PhotosForm
from gongyi.catalog.forms.instrument import InstrumentForm, class_choices
from gongyi.catalog.forms.keeping import AddManagerForm, NewInstrumentForm, PricesForm
from gongyi.catalog.forms.vocabulary import SynonymForm

__all__ = [
    "AddManagerForm", "AttachmentsForm", "InstrumentForm", "NewInstrumentForm", "PhotosForm", "PricesForm", "SynonymForm",
    "class_choices",
]  # fmt: skip
