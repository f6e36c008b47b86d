"""QR codes as inline SVG: dark on white whatever the page's colours are, so that every phone can read them."""

import segno
from django.utils.safestring import SafeString, mark_safe


def qr_svg(address: str) -> SafeString:
    """The address as a QR code with medium correction; the page gives it its size."""
    code = segno.make(address, error="m", micro=False)
    return mark_safe(code.svg_inline(border=0, omitsize=True, dark="#111", light="#fff", svgclass=None, lineclass=None))
