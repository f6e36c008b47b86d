"""What a file really is, told from its bytes; its name and the browser's word for it are only claims."""

import io
import zipfile
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

HEAD_BYTES = 1024
MAX_PIXELS = 50_000_000
MAX_ZIP_ENTRIES = 10_000

IMAGES = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}
PDF = "application/pdf"
ZIP = "application/zip"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

KINDS = {
    "image": set(IMAGES.values()),
    "picture": {"image/png", "image/jpeg", "image/gif"},  # where a manual names exactly these (S3-25, S3-48)
    "pdf": {PDF},
    "docx": {DOCX},
    "xlsx": {XLSX},
    "zip": {ZIP},
}
SUFFIXES = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    PDF: (".pdf",),
    DOCX: (".docx",),
    XLSX: (".xlsx",),
    ZIP: (".zip",),
}


def media_type_of(file: BinaryIO) -> str:
    """The media type the bytes show, or an empty string for anything broken or not known here."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    file.seek(0)
    try:
        if head.startswith(b"%PDF-"):
            return PDF if _ends_like_a_pdf(file) else ""
        if head.startswith(b"PK\x03\x04"):
            return _kind_of_zip(file)
        return _kind_of_image(file)
    finally:
        file.seek(0)


def _ends_like_a_pdf(file: BinaryIO) -> bool:
    file.seek(0, io.SEEK_END)
    file.seek(max(0, file.tell() - HEAD_BYTES))
    return b"%%EOF" in file.read()


def _kind_of_zip(file: BinaryIO) -> str:
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return ""
    if len(names) > MAX_ZIP_ENTRIES:
        return ""
    if "[Content_Types].xml" in names:
        if "xl/vbaProject.bin" in names or "word/vbaProject.bin" in names:
            return ""  # macros
        if "word/document.xml" in names:
            return DOCX
        if "xl/workbook.xml" in names:
            return XLSX
    return ZIP


def _kind_of_image(file: BinaryIO) -> str:
    try:
        with Image.open(file, formats=list(IMAGES)) as image:
            width, height = image.size
            kind = image.format or ""
            if width * height > MAX_PIXELS:
                return ""
            image.verify()
        file.seek(0)
        with Image.open(file, formats=[kind]) as image:
            image.load()  # verify() believes the header of a JPEG; only decoding finds that the rest is missing
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        SyntaxError,
        ValueError,
        OSError,
        EOFError,
        IndexError,
    ):
        return ""
    return IMAGES[kind]
