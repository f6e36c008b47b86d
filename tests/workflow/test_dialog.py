"""One dialog serves every step of every process: it asks, refuses and does with the words of the table."""

import pytest
from django.urls import reverse

from gongyi.audit.models import FlowRecord
from tests.workflow.toy import Leave

HTMX = {"HX-Request": "true"}
S = Leave.Status


def url(leave, step, flow="toy.leave"):
    return reverse("workflow:step", args=[flow, leave.pk, step])


@pytest.fixture
def boss(client, zhou):
    client.force_login(zhou)
    return client


@pytest.fixture
def applicant(client, li):
    client.force_login(li)
    return client


def test_the_dialog_shows_the_act_the_object_and_the_form(boss, pending):
    answer = boss.get(url(pending, "approve"), headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in page
    assert f"QJ-{pending.pk}" in page
    assert list(answer.context["form"].fields) == ["comment", "grade"]
    assert Leave.objects.get().status == S.PENDING


def test_taking_the_step_closes_the_dialog_and_says_so_on_the_page(boss, pending):
    answer = boss.post(url(pending, "approve"), {"grade": "1"}, headers=HTMX)
    assert (answer.status_code, answer["HX-Refresh"], Leave.objects.get().status) == (204, "true", S.APPROVED)
    assert [str(message) for message in boss.get("/kit/").context["messages"]] == [f"QJ-{pending.pk}：已通过。"]


def test_without_script_it_is_a_page_that_leads_back_to_the_object(boss, pending):
    assert "<html" in boss.get(url(pending, "approve")).content.decode()
    answer = boss.post(url(pending, "approve"), {"grade": "1"})
    assert (answer.status_code, answer["Location"]) == (302, f"/leaves/{pending.pk}/")


def test_wrong_input_keeps_what_was_typed_and_changes_nothing(boss, pending):
    answer = boss.post(url(pending, "approve"), {"grade": "2", "comment": "留着"}, headers=HTMX)
    assert (answer.status_code, answer.context["form"].errors) == (422, {"grade": ["一天的假只能评一级。"]})
    assert "留着" in answer.content.decode()
    assert (Leave.objects.get().status, FlowRecord.objects.count()) == (S.PENDING, 0)


def test_a_step_that_must_wait_is_refused_in_the_dialog_already(applicant, leave):
    Leave.objects.update(days=9)
    for answer in (
        applicant.get(url(leave, "submit"), headers=HTMX),
        applicant.post(url(leave, "submit"), headers=HTMX),
    ):
        assert (answer.status_code, str(answer.context["refusal"])) == (409, "请假 9 天，超过 5 天。请改为 5 天以内。")
        assert "请假 9 天，超过 5 天。请改为 5 天以内。" in answer.content.decode()


def test_a_refusal_of_the_effect_keeps_the_form(boss, pending):
    Leave.objects.update(note="爆炸")
    answer = boss.post(url(pending, "approve"), {"grade": "1", "comment": "留着"}, headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "这份申请处理不了。" in page
    assert "留着" in page


def test_the_second_click_reads_who_was_first(boss, pending):
    boss.post(url(pending, "approve"), {"grade": "1"}, headers=HTMX)
    answer = boss.post(url(pending, "approve"), {"grade": "1"}, headers=HTMX)
    assert answer.status_code == 409
    assert "已由周敏于" in answer.content.decode()


def test_what_one_may_not_see_does_not_exist_and_what_is_not_ones_step_is_refused(client, stranger, applicant, pending):
    assert applicant.post(url(pending, "approve"), {"grade": "1"}, headers=HTMX).status_code == 409
    client.force_login(stranger)
    assert [client.get(url(pending, "approve")).status_code, client.post(url(pending, "approve")).status_code] == [
        404,
        404,
    ]
    assert Leave.objects.get().status == S.PENDING


def test_unknown_processes_steps_and_objects_do_not_exist(boss, pending):
    for path in (
        url(pending, "fly"),
        url(pending, "approve", flow="nothing.here"),
        url(pending, "approve").replace(str(pending.pk), "999999"),
        url(pending, "effects"),
    ):
        assert boss.get(path).status_code == 404


def test_a_visitor_is_asked_to_sign_in(client, pending):
    assert client.post(url(pending, "approve"), {"grade": "1"}).status_code == 302
    assert Leave.objects.get().status == S.PENDING


def test_the_unsaved_input_of_an_edit_does_not_reach_the_object(applicant, leave):
    answer = applicant.post(url(leave, "edit"), {"days": "-1", "note": "新"}, headers=HTMX)
    assert (answer.status_code, answer.context["object"].note, Leave.objects.get().note) == (422, "", "")
    applicant.post(url(leave, "edit"), {"days": "2", "note": "新"}, headers=HTMX)
    assert (Leave.objects.get().days, Leave.objects.get().note) == (2, "新")
