"""The identities one may register as (S2-2): higher apps name theirs in `ready()`; the sign-up page shows and follows them."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Identity:
    """`label` stands on the sign-up page; `next_url_name` is the screen one goes on to afterwards, "" for the desk."""

    key: str
    label: Any
    next_url_name: str


IDENTITIES: dict[str, Identity] = {}


def register(key: str, label: Any, next_url_name: str = "") -> None:
    """Let `?identity=key` of the sign-up page say 「您正在以<label>身份注册」 and lead to `next_url_name`."""
    IDENTITIES[key] = Identity(key, label, next_url_name)
