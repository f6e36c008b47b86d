"""Programs are offered the steps people are, validated by the same forms and refused with the same sentences."""

import pytest

from gongyi.kit.refusal import Refused
from gongyi.workflow.api import Invalid, fire_from_api, steps_of
from tests.workflow.toy import Leave, LeaveFlow

S = Leave.Status


def test_steps_are_listed_with_their_input(pending, zhou, li):
    approve, send_back = steps_of(pending, zhou)
    assert approve == {
        "name": "approve",
        "label": "通过",
        "flow": "toy.leave",
        "allowed": True,
        "detail": "",
        "code": "",
        "fields": [
            {"name": "comment", "label": "意见", "required": False, "type": "char"},
            {
                "name": "grade", "label": "等级", "required": True, "type": "choice",
                "choices": [{"value": "1", "label": "一"}, {"value": "2", "label": "二"}],
            },
        ],
    }  # fmt: skip
    assert send_back["fields"] == [{"name": "reason", "label": "原因", "required": True, "type": "char"}]
    assert steps_of(pending, li) == []


def test_a_step_that_must_wait_is_listed_with_the_sentence(leave, li):
    leave.days = 9
    submit = steps_of(leave, li)[1]
    assert (submit["allowed"], submit["detail"], submit["code"]) == (
        False, "请假 9 天，超过 5 天。请改为 5 天以内。", "too_long",
    )  # fmt: skip


def test_input_is_cleaned_by_the_form_before_the_step_is_taken(pending, zhou):
    fire_from_api(LeaveFlow, pending, zhou, "approve", {"grade": "1", "unknown": "x"})
    assert (pending.status, pending.note) == (S.APPROVED, "1")


def test_wrong_input_is_invalid_with_sentences_per_field(pending, zhou):
    with pytest.raises(Invalid) as invalid:
        fire_from_api(LeaveFlow, pending, zhou, "approve", {"grade": 2})
    assert (str(invalid.value), invalid.value.code, invalid.value.errors) == (
        "等级：一天的假只能评一级。", "invalid", {"grade": ["一天的假只能评一级。"]},
    )  # fmt: skip
    assert Leave.objects.get().status == S.PENDING


def test_nobody_is_asked_to_correct_the_input_of_a_step_they_may_not_take(pending, li):
    with pytest.raises(Refused, match="^只有主管可以通过。$") as refused:
        fire_from_api(LeaveFlow, pending, li, "approve", {})
    assert refused.value.code == "not_allowed"


def test_an_unknown_step_is_refused(pending, zhou):
    with pytest.raises(Refused) as refused:
        fire_from_api(LeaveFlow, pending, zhou, "fly", {})
    assert refused.value.code == "unknown_step"
