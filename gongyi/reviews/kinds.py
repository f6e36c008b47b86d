"""The kinds of things that are reviewed: each app registers its own, and says how to freeze, route and follow them."""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from gongyi.organizations.models import Matter, Organization
from gongyi.regions.models import Region


@dataclass(frozen=True)
class ReviewKind:
    """`freeze(subject)` returns sections `[{title, fields: [{key, label, value, files}]}]` of plain JSON, the same for the
    same state; `unit` decides about its own people instead of an authority (`unit(subject)` names it; None where nobody
    there could, and the platform does). `beside(subject)` are further cards (kit Panels) for whoever decides: what hangs
    on it at that moment, never frozen.
    """

    name: str
    label: Any
    freeze: Callable[[Any], list[dict]]
    matter: Matter | None = None  # which remit covers it; None together with `unit`
    matter_of: Callable[[Any], Matter] | None = None  # where it depends on the subject
    organization: Callable[[Any], Organization | None] = lambda subject: None  # whose submission it is
    region: Callable[[Any], Region | None] = lambda subject: None  # where, for routing
    unit: Callable[[Any], Organization | None] | None = None
    beside: Callable[[Any], list] = lambda subject: []
    title: Callable[[Any], str] = str
    previous: Callable[[Any], Any] | None = (
        None  # the Submission a new version is compared with, unless the subject's own last
    )
    tiers: int = 1  # defaults of the policy, which the platform may change
    term_workdays: int = 3
    key_fields: frozenset[str] = field(
        default_factory=frozenset
    )  # a change of these, and only these, is reviewed again
    icon: str = "clipboard-check"


KINDS: dict[str, ReviewKind] = {}


def register_kind(kind: ReviewKind) -> ReviewKind:
    """Declare a kind; call it where the flow of its subject is declared."""
    KINDS[kind.name] = kind
    return kind


def section(title: Any, *fields: dict) -> dict:
    """A part of a frozen copy."""
    return {"title": str(title), "fields": list(fields)}


def entry(key: str, label: Any, value: Any = "", *, files: Iterable[Any] = ()) -> dict:
    """One field of a frozen copy: `value` as people read it; `files` are StoredFile rows."""
    kept = [
        {"id": str(stored.public_id), "name": stored.name, "type": stored.media_type, "size": stored.size}
        for stored in files
    ]
    return {"key": key, "label": str(label), "value": "" if value is None else str(value), "files": kept}


def digest_of(content: list[dict]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class Change:
    """One field of two versions beside each other."""

    section: str
    key: str
    label: str
    old: dict | None
    new: dict | None

    @property
    def differs(self) -> bool:
        return _plain(self.old) != _plain(self.new)


def compare(old: list[dict] | None, new: list[dict]) -> list[Change]:
    """Every field of both versions, in the order of the new one, what only the old one had at the end."""
    before = {item["key"]: (part["title"], item) for part in old or [] for item in part["fields"]}
    rows = []
    for part in new:
        for item in part["fields"]:
            found = before.pop(item["key"], None)
            rows.append(Change(part["title"], item["key"], item["label"], found[1] if found else None, item))
    return rows + [Change(title, key, item["label"], item, None) for key, (title, item) in before.items()]


def changed_keys(old: list[dict] | None, new: list[dict]) -> set[str]:
    """The keys of the fields that differ; without an older version, all of them."""
    return {change.key for change in compare(old, new) if change.differs}


def _plain(item: dict | None) -> tuple:
    return (item["value"], [file["id"] for file in item["files"]]) if item else ("", [])
