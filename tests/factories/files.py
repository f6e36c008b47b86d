"""Small real files as a browser uploads them."""

from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def picture(name: str = "证书.png", kind: str = "PNG", *, at_least_bytes: int = 0) -> SimpleUploadedFile:
    """A picture of that kind (PNG, JPEG, GIF, WEBP), padded to be no smaller than `at_least_bytes`."""
    file = BytesIO()
    Image.new("RGB", (40, 30), "teal").save(file, kind)
    content = file.getvalue()
    return SimpleUploadedFile(name, content + b"\0" * max(0, at_least_bytes - len(content)))


def pdf(name: str = "能力附表.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PDF, content_type="application/pdf")
