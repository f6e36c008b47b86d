"""The answer of one booking rule, in the words a person reads."""

from dataclasses import dataclass
from typing import Any, Literal

State = Literal["pass", "wait", "fail"]


@dataclass(frozen=True)
class Answer:
    """What one rule says about one booking.

    `value` is the short fact beside the label (`预约后 7 / 8 小时`), `sentence` the whole of it, `remedy` what would make a
    refusal pass. A manager may override a `waivable` refusal, giving a reason.
    """

    rule: str
    label: Any
    state: State
    value: str = ""
    sentence: str = ""
    remedy: str = ""
    waivable: bool = False
