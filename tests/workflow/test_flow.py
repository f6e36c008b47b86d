"""What the one door promises: everything is checked on the locked row, and all of it happens or none."""

import pytest
from django.contrib.auth.models import AnonymousUser

from gongyi.audit.models import FlowRecord
from gongyi.audit.queries import history_of
from gongyi.kit.when import format_when
from gongyi.notifications.models import Notification
from gongyi.workflow import SYSTEM, Refused
from tests.workflow.toy import Leave, LeaveFlow, followed

S = Leave.Status

OFFERED = {
    (S.DRAFT, "applicant"): ["edit", "submit"],
    (S.DRAFT, "boss"): [],
    (S.DRAFT, "stranger"): [],
    (S.PENDING, "applicant"): [],
    (S.PENDING, "boss"): ["approve", "send_back"],
    (S.PENDING, "stranger"): [],
    (S.RETURNED, "applicant"): ["edit", "submit"],
    (S.APPROVED, "applicant"): [],
    (S.APPROVED, "boss"): [],
    (S.EXPIRED, "applicant"): [],
}


@pytest.mark.parametrize(("status", "role"), OFFERED)
def test_offered_steps_by_status_and_role(leave, li, zhou, stranger, status, role):
    Leave.objects.filter(pk=leave.pk).update(status=status)
    leave.refresh_from_db()
    user = {"applicant": li, "boss": zhou, "stranger": stranger}[role]
    assert [offer.step.name for offer in LeaveFlow.offered(leave, user)] == OFFERED[status, role]


def test_nobody_is_offered_the_steps_of_the_clock_nor_is_a_visitor_offered_any(leave):
    assert LeaveFlow.offered(leave, AnonymousUser()) == []
    assert LeaveFlow.offered(leave, None) == []


def test_a_step_that_must_wait_is_offered_with_its_reason_and_remedy(leave, li):
    leave.days = 9
    submit = LeaveFlow.offered(leave, li)[1]
    assert (submit.refusal.code, str(submit.refusal)) == ("too_long", "请假 9 天，超过 5 天。请改为 5 天以内。")


def test_fire_changes_the_status_writes_the_record_and_tells_the_other(leave, li, zhou):
    done = LeaveFlow.fire(leave, "submit", actor=li)
    assert (done.status, leave.status, Leave.objects.get().status) == (S.PENDING,) * 3
    record = history_of(leave).get()
    assert (record.flow, record.step, record.label, record.from_status, record.to_status, record.actor, record.who) == (
        "toy.leave", "submit", "提交", "draft", "pending", li, "李明",
    )  # fmt: skip
    message = Notification.objects.get()
    assert (message.user, message.title, message.body, message.url, message.kind) == (
        zhou, f"请假 QJ-{leave.pk}：待审核", "李明：提交", f"/leaves/{leave.pk}/", "toy.leave",
    )  # fmt: skip


def test_the_effect_changes_the_row_and_its_facts_and_the_comment_stand_in_the_record(pending, zhou):
    LeaveFlow.fire(pending, "approve", actor=zhou, grade=2, comment="好好休息")
    record = history_of(pending).get()
    assert (Leave.objects.get().note, record.data, record.comment) == ("2", {"grade": 2}, "好好休息")


def test_a_higher_app_follows_with_the_new_status(pending, zhou):
    LeaveFlow.fire(pending, "approve", actor=zhou, grade=1)
    assert followed == [(pending.pk, "approved", zhou)]


def test_the_second_click_is_told_who_was_first_and_when(pending, zhou):
    LeaveFlow.fire(pending, "approve", actor=zhou, grade=1)
    at = format_when(FlowRecord.objects.get().at)
    with pytest.raises(Refused) as refused:
        LeaveFlow.fire(pending, "approve", actor=zhou, grade=1)
    assert (str(refused.value), refused.value.code) == (f"该请假已由周敏于 {at} 通过，无需重复操作。", "already_done")


def test_another_click_on_a_closed_object_is_told_what_happened(pending, zhou):
    LeaveFlow.fire(pending, "send_back", actor=zhou, reason="日期不对")
    at = format_when(FlowRecord.objects.get().at)
    with pytest.raises(Refused) as refused:
        LeaveFlow.fire(pending, "approve", actor=zhou, grade=1)
    assert str(refused.value) == f"该请假已由周敏于 {at} 退回，现为「退回修改」，不能再通过。"


def test_an_object_without_a_record_is_refused_by_its_status(leave, zhou):
    with pytest.raises(Refused, match="^该请假现为「草稿」，不能通过。$"):
        LeaveFlow.fire(leave, "approve", actor=zhou, grade=1)


def test_the_wrong_person_is_told_whose_step_it_is(pending, li, stranger):
    for user in (li, stranger, AnonymousUser()):
        with pytest.raises(Refused, match="^只有主管可以通过。$"):
            LeaveFlow.fire(pending, "approve", actor=user, grade=1)


def test_people_cannot_take_the_steps_of_the_clock_nor_the_clock_theirs(pending, zhou):
    with pytest.raises(Refused, match="^只有系统可以过期。$"):
        LeaveFlow.fire(pending, "expire", actor=zhou)
    with pytest.raises(Refused, match="^只有主管可以通过。$"):
        LeaveFlow.fire(pending, "approve", actor=SYSTEM, grade=1)


def test_the_clock_is_recorded_without_a_person(pending, li):
    LeaveFlow.fire(pending, "expire", actor=SYSTEM)
    record = history_of(pending).get()
    assert (record.actor, record.who, Notification.objects.get().body) == (None, "系统", "系统：过期")


def test_needs_are_asked_again_under_the_lock(leave, li):
    stale = Leave.objects.get()
    Leave.objects.update(days=9)
    with pytest.raises(Refused, match="超过 5 天"):
        LeaveFlow.fire(stale, "submit", actor=li)


def test_a_need_may_answer_with_a_bare_sentence(leave, li):
    Leave.objects.update(note="周五")
    with pytest.raises(Refused, match="^周五不能请假。$") as refused:
        LeaveFlow.fire(leave, "submit", actor=li)
    assert refused.value.code == "not_friday"


def test_what_the_form_requires_may_not_be_bypassed(pending, zhou):
    with pytest.raises(Refused, match="^请填写「原因」。$"):
        LeaveFlow.fire(pending, "send_back", actor=zhou)
    with pytest.raises(Refused, match="^请填写「原因」。$"):
        LeaveFlow.fire(pending, "send_back", actor=zhou, reason="")


def test_an_effect_that_refuses_leaves_no_trace(pending, zhou):
    Leave.objects.update(note="爆炸")
    with pytest.raises(Refused, match="^这份申请处理不了。$"):
        LeaveFlow.fire(pending, "approve", actor=zhou, grade=1)
    assert (Leave.objects.get().status, FlowRecord.objects.count(), Notification.objects.count()) == (S.PENDING, 0, 0)


def test_an_edit_is_a_step_without_a_target(leave, li):
    LeaveFlow.fire(leave, "edit", actor=li, days=3, note="改")
    record = history_of(leave).get()
    assert (leave.days, leave.note, Leave.objects.get().days, record.from_status, record.to_status) == (
        3, "改", 3, "draft", "draft",
    )  # fmt: skip


def test_only_changed_columns_are_written(leave, li):
    """A column that somebody changed by query meanwhile is not overwritten by what the row said before."""
    before = Leave.objects.get().updated_at

    def count_up(leave, *, actor, **data):
        Leave.objects.filter(pk=leave.pk).update(counter=7)

    LeaveFlow.submit.effects.append(count_up)
    try:
        LeaveFlow.fire(leave, "submit", actor=li)
    finally:
        LeaveFlow.submit.effects.remove(count_up)
    now = Leave.objects.get()
    assert (now.counter, now.status, now.updated_at > before) == (7, S.PENDING, True)


def test_a_list_an_effect_changes_in_place_is_saved(leave, li):
    def tag(leave, *, actor, **data):
        leave.tags.append("急")

    LeaveFlow.submit.effects.append(tag)
    try:
        LeaveFlow.fire(leave, "submit", actor=li)
    finally:
        LeaveFlow.submit.effects.remove(tag)
    assert Leave.objects.get().tags == ["急"]


def test_an_edit_after_the_last_change_of_status_does_not_hide_who_made_it(leave, li, zhou):
    LeaveFlow.fire(leave, "submit", actor=li)
    LeaveFlow.fire(leave, "send_back", actor=zhou, reason="改日期")
    LeaveFlow.fire(leave, "edit", actor=li, days=2, note="")
    with pytest.raises(Refused, match="^该请假已由周敏于 .* 退回，无需重复操作。$"):
        LeaveFlow.fire(leave, "send_back", actor=zhou, reason="改日期")


def test_a_deleted_object_and_an_unknown_step_are_refused_with_a_sentence(leave, li):
    with pytest.raises(Refused, match="^没有名为「fly」的操作。$"):
        LeaveFlow.fire(leave, "fly", actor=li)
    gone = Leave.objects.get()
    leave.delete()
    with pytest.raises(Refused, match="^该请假已不存在。$"):
        LeaveFlow.fire(gone, "submit", actor=li)


def test_the_unit_acted_for_stands_in_the_record(leave, li, zhou):
    LeaveFlow.fire(leave, "submit", actor=li, acting_for=zhou)  # any object with a pk and a name will do here
    record = history_of(leave).get()
    assert (record.acting_for, record.acting_for_name) == (zhou.pk, "周敏")


def test_creation_is_recorded_and_announced(leave, li, zhou):
    from tests.workflow.toy import boss

    LeaveFlow.opened(leave, "填写", actor=li, tell=boss, period="一天")
    record = history_of(leave).get()
    assert (record.label, record.from_status, record.to_status, record.data) == (
        "填写",
        "",
        "draft",
        {"period": "一天"},
    )
    assert Notification.objects.get().user == zhou


def test_nobody_is_told_of_their_own_doing_and_nobody_twice(pending, li, zhou):
    LeaveFlow.fire(pending, "send_back", actor=zhou, reason="日期不对")  # tell=applicant | boss
    assert [(n.user, n.body) for n in Notification.objects.all()] == [(li, "周敏：退回。日期不对")]


def test_firing_takes_few_statements(pending, zhou, django_assert_num_queries):
    FlowRecord.objects.filter(pk=0).exists()
    with django_assert_num_queries(7):  # savepoint, lock, read with relations, update, record, message, release
        LeaveFlow.fire(pending, "approve", actor=zhou, grade=1)
