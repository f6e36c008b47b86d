"""What a file really is, told from its bytes; its name and the browser's word for it are only claims."""

import io
import zipfile
import zlib
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

HEAD_BYTES = 1024
MAX_PIXELS = 50_000_000
MAX_ZIP_ENTRIES = 10_000
MAX_UNPACKED_BYTES = 300 * 1024 * 1024
CHUNK_BYTES = 1024 * 1024
# Signs of a second file hidden in a picture, which another program would open as that one.
HIDDEN_IN_PICTURES = (b"%pdf-", b"<script", b"<html", b"<?php", b"<!doctype")

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
            return PDF if _ends_like_a_pdf(file) and not _is_also_a_zip(file) else ""
        if head.startswith(b"PK\x03\x04"):
            return _kind_of_zip(file)
        kind = _kind_of_image(file)
        return kind if kind and not _is_also_a_zip(file) and not _hides_something(file) else ""
    finally:
        file.seek(0)


def _ends_like_a_pdf(file: BinaryIO) -> bool:
    file.seek(0, io.SEEK_END)
    file.seek(max(0, file.tell() - HEAD_BYTES))
    return b"%%EOF" in file.read()


def _is_also_a_zip(file: BinaryIO) -> bool:
    file.seek(0)
    return zipfile.is_zipfile(file)


def _hides_something(file: BinaryIO) -> bool:
    file.seek(0)
    kept = b""
    while chunk := file.read(CHUNK_BYTES):
        seen = (kept + chunk).lower()
        if any(sign in seen for sign in HIDDEN_IN_PICTURES):
            return True
        kept = chunk[-16:]  # a sign may lie across two chunks
    return False


def _unpacks(archive: zipfile.ZipFile) -> bool:
    """Whether every entry can be read, stays inside, and all together are not too much: counted, not believed."""
    total = 0
    for entry in archive.infolist():
        parts = entry.filename.replace("\\", "/").split("/")
        if entry.flag_bits & 1 or ".." in parts or not parts[0] or "\x00" in entry.filename:
            return False
        with archive.open(entry) as content:
            while chunk := content.read(CHUNK_BYTES):
                total += len(chunk)
                if total > MAX_UNPACKED_BYTES:
                    return False
    return True


def _kind_of_zip(file: BinaryIO) -> str:
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            if len(names) > MAX_ZIP_ENTRIES or not _unpacks(archive):
                return ""
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, OSError, NotImplementedError):
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
