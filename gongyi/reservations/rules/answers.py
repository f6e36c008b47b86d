"""The answer of one booking rule, in the words a person reads, and the refusal that carries them all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from gongyi.workflow import Refused

State = Literal["pass", "wait", "fail"]


@dataclass(frozen=True)
class Answer:
    """What one rule says about one booking; its words are strings, or become strings when somebody reads them.

    `value` is the short fact beside the label (`预约后 7 / 8 小时`), `sentence` the whole of it, `remedy` what would make a
    refusal pass. A manager may override a `waivable` refusal, giving a reason.
    """

    rule: str
    label: Any
    state: State
    value: Any = ""
    sentence: str = ""
    remedy: str = ""
    waivable: bool = False


class NotBookable(Refused):
    """A booking was refused; `answers` has what every rule said, and the sentence names those that stand in the way."""

    def __init__(self, answers: Sequence[Answer], standing: Sequence[Answer] = (), *, code: str = "not_bookable"):
        self.answers = list(answers)
        self.standing = list(standing) or [answer for answer in answers if answer.state == "fail"]
        sentence = "".join(f"{answer.sentence}{answer.remedy}" for answer in self.standing)
        super().__init__(sentence, code=code)


def waived_among(answers: Sequence[Answer], waive: Mapping[str, str], actor: Any) -> list[dict[str, Any]]:
    """What `actor` overrides, as it is kept with the reservation; refuses with all answers when a refusal still stands.

    Only waivable rules can be overridden, each with a reason; a waived review makes the booking valid at once.
    """
    standing = [
        answer
        for answer in answers
        if answer.state == "fail" and not (answer.waivable and waive.get(answer.rule, "").strip())
    ]
    if standing:
        raise NotBookable(answers, standing)
    return [
        {"rule": answer.rule, "reason": waive[answer.rule].strip(), "by": actor.pk, "by_name": str(actor)}
        for answer in answers
        if answer.state != "pass" and answer.waivable and waive.get(answer.rule, "").strip()
    ]
