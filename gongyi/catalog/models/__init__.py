"""What is offered: instruments with their classes, prices, pictures, people and papers, and what people put aside."""

from gongyi.catalog.models.facilities import Facility, FacilityFile
from gongyi.catalog.models.instruments import (
    HOURS_OF_A_YEAR,
    MOST_FUNDING_SOURCES,
    MOST_SUBJECTS,
    RATED_HOURS,
    AcquisitionSource,
    CarrierType,
    FundingSource,
    Generality,
    Instrument,
    InstrumentManager,
    ReportedStatus,
    ResourceType,
    RunningStatus,
    SharingMode,
)
from gongyi.catalog.models.keeping import InstrumentAttachment, InstrumentPhoto, InstrumentStaff
from gongyi.catalog.models.prices import Price, PriceTier
from gongyi.catalog.models.reference import FacetCount, InstrumentClass, ServiceField, Synonym
from gongyi.catalog.models.wishes import Favourite, ShortlistItem

__all__ = [
    "HOURS_OF_A_YEAR", "MOST_FUNDING_SOURCES", "MOST_SUBJECTS", "RATED_HOURS", "AcquisitionSource", "CarrierType", "FacetCount",
    "Facility", "FacilityFile", "Favourite", "FundingSource", "Generality", "Instrument", "InstrumentAttachment",
    "InstrumentClass", "InstrumentManager", "InstrumentPhoto", "InstrumentStaff", "Price", "PriceTier", "ReportedStatus",
    "ResourceType", "RunningStatus", "ServiceField", "SharingMode", "ShortlistItem", "Synonym",
]  # fmt: skip
