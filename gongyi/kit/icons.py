"""Tabler's outline icons inlined into pages, so that they take the text colour and need no request."""

import re
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

_NAME = re.compile(r"[a-z0-9-]+")
_FRAME = re.compile(r'<path stroke="none"[^>]*/>')
_UNKNOWN = '<path d="M4 4h16v16H4z" />'


def folder() -> Path:
    return Path(settings.NODE_MODULES_DIR) / "@tabler" / "icons" / "icons" / "outline"


@lru_cache(maxsize=1024)
def _strokes(name: str) -> str:
    path = folder() / f"{name}.svg"
    if not _NAME.fullmatch(name) or not path.is_file():
        if settings.DEBUG:
            raise LookupError(f"@tabler/icons has no outline icon called {name!r}")
        return _UNKNOWN
    svg = path.read_text(encoding="utf-8")
    inner = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
    return re.sub(r"\s*\n\s*", "", _FRAME.sub("", inner)).strip()


def icon(name: str, classes: str = "") -> SafeString:
    """Return the inline SVG of a Tabler outline icon, hidden from screen readers: the words beside it say what it means.

    An unknown name raises LookupError while developing and draws a square in production.
    """
    return mark_safe(
        f'<svg class="icon {escape(classes)}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
        f'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">{_strokes(name)}</svg>'
    )
