"""Text with headings, lists, links and pictures: typed in an editor, cleaned by an allow-list before it is kept.

What `clean` gives back may be shown unescaped. Everything not named here is taken out, whoever sent it: scripts, styles,
event attributes, frames, other sites' pictures.
"""

import html as entities
import re
from collections.abc import Container
from typing import Any
from urllib.parse import urlsplit

import nh3
from django import forms

TAGS = {
    "a", "b", "blockquote", "br", "code", "del", "div", "em", "figcaption", "figure", "h3", "i", "img", "li", "ol", "p", "pre",
    "strong", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt", "width", "height"}}
SCHEMES = {"http", "https", "mailto", "tel"}
DROPPED_WITH_CONTENT = {"script", "style", "template", "noscript", "iframe", "object", "svg", "math", "title", "head"}
MOST_PIXELS = 10_000

_PICTURE = re.compile(r"/files/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/")
_IMG = re.compile(r'<img(?:\s+[a-z-]+="[^"]*")*\s*>')
_SRC = re.compile(r'\ssrc="([^"]*)"')
_EMPTY_FIGURE = re.compile(r"<figure>\s*(?:<figcaption>.*?</figcaption>)?\s*</figure>", re.DOTALL)
_BLOCK_END = re.compile(r"<br>|</(?:p|div|h3|li|pre|blockquote|figcaption|figure)>")
_BLANK_BLOCK = re.compile(r"<(p|div|h3)>(?:\s|&nbsp;|<br>)*</\1>")


def clean(text: str, pictures: Container[str] = ()) -> str:
    """The text with nothing but what the allow-list names; of pictures only the stored files whose ids are in `pictures`."""

    def attribute(tag: str, name: str, value: str) -> str | None:
        if name == "src":
            found = _PICTURE.fullmatch(value)
            return value if found and found[1] in pictures else None
        if name == "href":
            return value if _is_address(value) else None
        if name in {"width", "height"}:
            return value if value.isascii() and value.isdigit() and int(value[:6]) <= MOST_PIXELS else None
        return value

    cleaned = nh3.clean(
        text, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, clean_content_tags=DROPPED_WITH_CONTENT,
        attribute_filter=attribute, link_rel="noopener nofollow",
    )  # fmt: skip
    cleaned = _IMG.sub(lambda found: found[0] if _SRC.search(found[0]) else "", cleaned)
    cleaned = _EMPTY_FIGURE.sub("", cleaned).replace("<p></p>", "").strip()  # a picture splits the paragraph around it
    while (shorter := re.sub(rf"^{_BLANK_BLOCK.pattern}\s*", "", cleaned)) != cleaned:
        cleaned = shorter
    while (shorter := re.sub(rf"\s*{_BLANK_BLOCK.pattern}$", "", cleaned)) != cleaned:
        cleaned = shorter
    return cleaned


def pictures_in(text: str) -> list[str]:
    """The ids of the stored files that stand in a text as pictures, in their order, once each."""
    return list(dict.fromkeys(_PICTURE.findall(text)))


def text_of(text: str) -> str:
    """The words alone, one line a block: for searching, descriptions and lists."""
    words = entities.unescape(nh3.clean(_BLOCK_END.sub("\n", text), tags=set()))
    return "\n".join(line for raw in words.splitlines() if (line := " ".join(raw.split())))


def _is_address(value: str) -> bool:
    """An absolute web, mail or telephone address, or a page of this site; `//host` is neither."""
    try:
        parts = urlsplit(value.strip())
    except ValueError:
        return False
    if parts.scheme:
        return parts.scheme.lower() in SCHEMES
    return not parts.netloc and value.startswith("/") and not value.startswith(("//", "/\\"))


class RichText(forms.Textarea):
    """The editor; without script a plain text area. Pictures are sent to `upload_url` as soon as they are chosen.

    The page loads `kit/rich_text_css.html` and `kit/rich_text_js.html`.
    """

    template_name = "kit/forms/rich_text.html"

    def __init__(self, attrs: Any = None, *, upload_url: str = "", picture_bytes: int = 0) -> None:
        super().__init__({"rows": 14, **(attrs or {})})
        self.upload_url, self.picture_bytes = upload_url, picture_bytes

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        context["widget"] |= {"upload_url": self.upload_url, "picture_bytes": self.picture_bytes}
        return context
