"""Faults of a table are found at start-up, and its description comes from the table itself."""

import pytest
from django.core.management import CommandError, call_command

from gongyi.workflow import SYSTEM, Role, Step, Workflow, docs
from gongyi.workflow.checks import faults_of
from gongyi.workflow.flow import WORKFLOWS
from tests.workflow.toy import Leave, LeaveFlow, ReasonForm, applicant, boss, short_enough

S = Leave.Status
WAYS = {
    "submit": Step("提交", S.DRAFT, S.PENDING, by=applicant),
    "approve": Step("通过", S.PENDING, S.APPROVED, by=boss),
    "send_back": Step("退回", S.PENDING, S.RETURNED, by=boss),
    "expire": Step("过期", S.PENDING, S.EXPIRED, by=SYSTEM),
}


@pytest.fixture
def table(monkeypatch):
    """A table of its own with the given steps, forgotten after the test."""
    names = []

    def make(**attributes):
        names.append(f"toy.{len(names)}")
        return type("ToyFlow", (Workflow,), {"model": Leave, "name": names[-1], **attributes})

    yield make
    for name in names:
        WORKFLOWS.pop(name, None)


def ids(flow):
    return sorted({fault.id for fault in faults_of(flow)} - {"workflow.E005"})


def test_the_toy_has_no_faults():
    assert list(faults_of(LeaveFlow)) == []


def test_a_status_nothing_leads_to_is_found(table):
    assert ids(table(**{**WAYS, "send_back": Step("退回", S.DRAFT, by=boss)})) == ["workflow.E001"]


def test_a_status_only_reached_from_unreachable_ones_is_found(table):
    assert ids(table(**{**WAYS, "expire": Step("过期", S.EXPIRED, S.EXPIRED, by=boss)})) == ["workflow.E001"]


def test_statuses_the_model_does_not_know_are_found(table):
    assert ids(table(**WAYS, lose=Step("丢失", "somewhere", "lost", by=boss))) == ["workflow.E002"]
    assert ids(table(**WAYS, main_path=(S.DRAFT, "lost"))) == ["workflow.E002"]


def test_a_label_without_translation_is_found(table):
    assert "workflow.E005" in {fault.id for fault in faults_of(table(**WAYS))}


def test_telling_a_role_that_cannot_list_its_people_is_found(table):
    nobody = Role("路人", lambda leave, user: False)
    assert ids(table(**WAYS, nag=Step("催", S.PENDING, by=applicant, tell=boss | nobody))) == ["workflow.E006"]


def test_a_form_for_the_clock_is_found(table):
    assert ids(table(**WAYS, lapse=Step("过期", S.DRAFT, S.EXPIRED, by=SYSTEM, form=ReasonForm))) == ["workflow.E007"]


def test_an_effect_that_cannot_take_what_it_is_given_is_found(table):
    for wrong in (lambda leave: None, lambda leave, *, actor: None):
        step = Step("退", S.PENDING, by=boss, form=ReasonForm)
        step.does(wrong)
        assert ids(table(**WAYS, nag=step)) == ["workflow.E008"]
    step = Step("退", S.PENDING, by=boss, form=ReasonForm)
    step.does(lambda leave, *, actor, reason: None)
    assert ids(table(**WAYS, nag=step)) == []


def test_a_need_without_a_docstring_is_found(table):
    assert ids(table(**WAYS, nag=Step("催", S.PENDING, by=applicant, needs=lambda leave, *, actor: None))) == [
        "workflow.E009"
    ]
    assert ids(table(**WAYS, nag=Step("催", S.PENDING, by=applicant, needs=short_enough))) == []


def test_a_model_without_visible_to_or_address_is_found(table):
    from django.contrib.contenttypes.models import ContentType

    flow = table(
        model=ContentType,
        field="app_label",
        initial=("a",),
        go=Step("走", "a", by=Role("谁", lambda thing, user: True)),
    )
    assert {"workflow.E003", "workflow.E004"} <= set(ids(flow))


def test_two_tables_may_not_share_a_name_and_a_step_not_that_of_a_door(table):
    with pytest.raises(TypeError, match="set name="):
        type("Second", (Workflow,), {"model": Leave})
    with pytest.raises(TypeError, match="'fire'"):
        table(fire=Step("点火", S.DRAFT, by=boss))


def test_the_page_describes_the_table():
    page = docs.page(LeaveFlow)
    assert "    pending --> approved: 通过" in page
    assert "    [*] --> draft" in page
    assert (
        "| `submit` | 提交 | 草稿、退回修改 → 待审核 | 申请人 | — | At most five days.<br>The note does not say Friday. | — | 主管 |"
        in page
    )
    assert "| `approve` | 通过 | 待审核 → 已通过 | 主管 | 意见、等级* | — | grant<br>celebrate | 申请人 |" in page
    assert "| `edit` | 修改 | 草稿、退回修改 (stays) |" in page
    assert "| `expire` | — |" in page


def test_a_drifted_page_fails_the_check_and_writing_mends_it(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "gongyi.workflow.management.commands.workflow_docs.pages", lambda: {"toy-leave.md": docs.page(LeaveFlow)}
    )
    (tmp_path / "old.md").write_text("gone")
    with pytest.raises(CommandError, match="old.md, toy-leave.md"):
        call_command("workflow_docs", check=True, to=str(tmp_path))
    call_command("workflow_docs", to=str(tmp_path))
    call_command("workflow_docs", check=True, to=str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["toy-leave.md"]


def test_only_the_products_own_tables_are_described():
    assert "toy-leave.md" not in docs.pages()
