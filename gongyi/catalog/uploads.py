"""What may be uploaded for an instrument, how large and how many; asked by forms and services alike (S1-43, S2-19)."""

from gongyi.catalog.models import FacilityFile

PHOTO_BYTES = 20 * 1024 * 1024  # before it is made to fit the national platform's limit
ATTACHMENT_BYTES = 20 * 1024 * 1024
ATTACHMENT_KINDS = ("pdf", "docx", "xlsx", "image")
MAX_PHOTOS = 12
MAX_ATTACHMENTS = 20
FACILITY_FILE_BYTES = 10 * 1024 * 1024
MOST_RESULTS = 5
PICTURES = (FacilityFile.Slot.LAYOUT, FacilityFile.Slot.KEY_PARTS, FacilityFile.Slot.OPERATION)
