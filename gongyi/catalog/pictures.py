"""Photos as the national platform takes them: JPG of at most 1 MB, upright, without the camera's notes (S2-19)."""

from io import BytesIO
from pathlib import PurePosixPath

from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from PIL import Image, ImageOps

MOST_BYTES = 1024 * 1024
LONGEST_SIDE_PIXELS = 2400
SHRUNK_TO = 0.8  # of its sides, as long as it is still too large
QUALITIES = (88, 80, 70)


def as_jpeg(upload: UploadedFile) -> UploadedFile:
    """The picture as such a JPG; the place and the device it was taken with are not kept. The caller has checked that it is one."""
    upload.seek(0)
    with Image.open(upload) as opened:
        image: Image.Image = ImageOps.exif_transpose(opened)
        image = _on_white(image)
    image.thumbnail((LONGEST_SIDE_PIXELS, LONGEST_SIDE_PIXELS), Image.Resampling.LANCZOS)
    name = f"{PurePosixPath(upload.name or 'photo').stem or 'photo'}.jpg"
    return SimpleUploadedFile(name, _small_enough(image), content_type="image/jpeg")


def is_acceptable(upload: UploadedFile) -> bool:
    """Whether it is such a JPG already, down to what a camera adds."""
    upload.seek(0)
    with Image.open(upload) as image:
        plain = image.format == "JPEG" and image.mode == "RGB" and not image.getexif()
    upload.seek(0)
    return plain and (upload.size or 0) <= MOST_BYTES


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        opaque = image.convert("RGBA")
        ground = Image.new("RGBA", opaque.size, "white")
        return Image.alpha_composite(ground, opaque).convert("RGB")
    return image.convert("RGB")


def _small_enough(image: Image.Image) -> bytes:
    while True:
        for quality in QUALITIES:
            out = BytesIO()
            image.save(out, "JPEG", quality=quality, optimize=True)
            if out.tell() <= MOST_BYTES:
                return out.getvalue()
        image = image.resize((max(1, int(image.width * SHRUNK_TO)), max(1, int(image.height * SHRUNK_TO))))
