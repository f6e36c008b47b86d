"""What search engines read of a public page beside its text: schema.org data as JSON-LD, and addresses that are whole."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

# Inside a script element only these could end it or begin another; as JSON escapes they mean the same.
_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})
Data = dict[str, Any]


def absolute(path: str) -> str:
    """The whole address of a page of this site."""
    return f"{settings.SITE_URL}{path}"


def json_ld(*things: Mapping[str, Any] | Iterable[Mapping[str, Any]] | None) -> SafeString:
    """The script elements that hold these things; browsers run none of them, and no text in them can end them."""
    flat: list[Mapping[str, Any]] = []
    for thing in things:
        if isinstance(thing, Mapping):
            flat.append(thing)
        elif thing:
            flat.extend(thing)
    scripts = []
    for thing in flat:
        text = json.dumps({"@context": "https://schema.org"} | filled(thing), ensure_ascii=False, separators=(",", ":"))
        scripts.append(
            format_html('<script type="application/ld+json">{}</script>', mark_safe(text.translate(_ESCAPES)))
        )
    return mark_safe("".join(scripts))


def filled(thing: Mapping[str, Any]) -> Data:
    """The thing without what is empty, as search engines take an empty value for a mistake."""
    cleaned: Data = {}
    for name, value in thing.items():
        kept = filled(value) if isinstance(value, Mapping) else value
        if isinstance(value, list | tuple):
            kept = [filled(one) if isinstance(one, Mapping) else one for one in value]
        if kept not in (None, "", [], {}) and not (isinstance(kept, dict) and kept.keys() == {"@type"}):
            cleaned[name] = kept
    return cleaned


def breadcrumbs(*places: tuple[Any, str]) -> Data:
    """Where a page stands: names with their paths, from the home page down."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": number, "name": str(name), "item": absolute(path)}
            for number, (name, path) in enumerate(places, start=1)
        ],
    }


def item_list(items: Iterable[tuple[Any, str]], *, first: int = 1) -> Data:
    """A list of pages: names with their paths; `first` is the place of the first in the whole list."""
    elements = [
        {"@type": "ListItem", "position": number, "name": str(name), "url": absolute(path)}
        for number, (name, path) in enumerate(items, start=first)
    ]
    return {"@type": "ItemList", "itemListElement": elements}
