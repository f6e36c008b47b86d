"""The page of an object in a process: what can be done, how far it has come, what happened."""

import pytest
from django.contrib.messages.storage.cookie import CookieStorage
from django.test import RequestFactory

from gongyi.workflow import SYSTEM, Refused
from gongyi.workflow.flow import WORKFLOWS
from gongyi.workflow.views import WorkflowPage
from tests.workflow.toy import Leave, LeaveFlow

S = Leave.Status


class LeavePage(WorkflowPage):
    model = Leave
    icons = {"submit": "send"}


def page_of(leave, user):
    request = RequestFactory().get(f"/leaves/{leave.pk}/")
    request.user, request.session = user, {}
    request._messages = CookieStorage(request)
    return LeavePage.as_view()(request, pk=leave.pk).render()


def bar(answer):
    return [(str(node.label), node.state, node.at is not None) for node in answer.context_data["nodes"]]


def test_buttons_are_the_offered_steps_grey_with_the_reason_where_they_must_wait(leave, li, zhou):
    Leave.objects.update(days=9)
    answer = page_of(leave, li)
    buttons = answer.context_data["buttons"]
    assert [(str(b.label), b.url, b.refusal, b.icon) for b in buttons] == [
        ("修改", f"/steps/toy.leave/{leave.pk}/edit/", "", ""),
        ("提交", f"/steps/toy.leave/{leave.pk}/submit/", "请假 9 天，超过 5 天。请改为 5 天以内。", "send"),
    ]
    assert "请假 9 天，超过 5 天。请改为 5 天以内。" in answer.content.decode()
    assert page_of(leave, zhou).context_data["buttons"] == []


def test_the_bar_shows_the_way_the_place_and_the_times(leave, li, zhou):
    assert bar(page_of(leave, li)) == [
        ("草稿", "current", False),
        ("待审核", "ahead", False),
        ("已通过", "ahead", False),
    ]
    LeaveFlow.fire(leave, "submit", actor=li)
    assert bar(page_of(leave, li)) == [("草稿", "done", False), ("待审核", "current", True), ("已通过", "ahead", False)]
    LeaveFlow.fire(leave, "approve", actor=zhou, grade=1)
    assert bar(page_of(leave, li)) == [("草稿", "done", False), ("待审核", "done", True), ("已通过", "done", True)]


def test_an_object_off_the_way_shows_how_far_it_came(leave, li, zhou):
    LeaveFlow.fire(leave, "submit", actor=li)
    LeaveFlow.fire(leave, "send_back", actor=zhou, reason="改日期")
    assert bar(page_of(leave, li)) == [("待审核", "done", True), ("退回修改", "current", True)]
    LeaveFlow.fire(leave, "submit", actor=li)
    LeaveFlow.fire(leave, "expire", actor=SYSTEM)
    assert bar(page_of(leave, li)) == [("待审核", "done", True), ("已过期", "done", True)]


def test_the_record_names_node_person_and_time_newest_first(leave, li, zhou):
    LeaveFlow.fire(leave, "edit", actor=li, days=2, note="")
    LeaveFlow.fire(leave, "submit", actor=li, acting_for=zhou)
    LeaveFlow.fire(leave, "send_back", actor=zhou, reason="改日期")
    entries = page_of(leave, li).context_data["flow"]
    assert [(e.label, e.person, e.note, e.tone, e.at is not None) for e in entries] == [
        ("退回", "周敏", "改日期", "back", True),
        ("提交", "李明 · 周敏", "", "wait", True),
        ("修改", "李明", "", "", True),
    ]


def test_a_long_record_costs_no_more_queries(leave, li, django_assert_max_num_queries):
    for days in range(2, 32):
        LeaveFlow.fire(leave, "edit", actor=li, days=days, note="")
    with django_assert_max_num_queries(6):
        assert len(page_of(leave, li).context_data["flow"]) == 30


def test_a_step_bar_follows_the_first_steps_unless_the_table_says_otherwise(monkeypatch):
    assert LeaveFlow.path() == (S.DRAFT, S.PENDING, S.APPROVED)
    monkeypatch.setattr(LeaveFlow, "main_path", (S.PENDING, S.APPROVED))
    assert LeaveFlow.path() == (S.PENDING, S.APPROVED)


def test_a_table_that_does_not_apply_offers_nothing_and_refuses(leave, li, monkeypatch):
    monkeypatch.setattr(LeaveFlow, "applies", staticmethod(lambda leave: leave.days > 1))
    assert LeaveFlow.offered(leave, li) == []
    with pytest.raises(Refused, match="^这项操作不适用于该请假。$"):
        LeaveFlow.fire(leave, "submit", actor=li)
    assert WORKFLOWS["toy.leave"] is LeaveFlow
