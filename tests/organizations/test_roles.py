"""The page and document of roles are read from the code: no step is missing, none is invented (S1-90 … S1-94, S2-49 … S2-51)."""

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from gongyi.organizations.models import Membership
from gongyi.organizations.roles import document, processes, sheets, steps_of_the_clock
from gongyi.workflow.flow import SYSTEM
from tests.factories.accounts import person


def listed(role):
    return {(name, act.label) for name, acts in role.does for act in acts}


def test_every_step_of_every_process_stands_under_every_role_that_may_take_it():
    by_label = {sheet.label: listed(sheet) for sheet in sheets()}
    clock = {(name, act.label) for name, acts in steps_of_the_clock() for act in acts}
    wanted, found = set(), set()
    for flow in processes():
        for step in flow.steps.values():
            for part in step.by.parts:
                entry = (str(flow.title), str(step.label))
                wanted.add((str(part.label), *entry))
                if entry in (clock if part is SYSTEM else by_label[str(part.label)]):
                    found.add((str(part.label), *entry))
    assert len(wanted) > 50
    assert found == wanted


def test_nothing_stands_there_that_no_process_has():
    steps = {
        (str(f.title), str(s.label), str(p.label)) for f in processes() for s in f.steps.values() for p in s.by.parts
    }
    assert {(name, label, sheet.label) for sheet in sheets() for name, label in listed(sheet)} <= steps


def test_every_role_of_a_unit_has_its_sheet_with_what_the_menu_shows():
    found = {sheet.label: dict(sheet.sees) for sheet in sheets()}
    assert {str(role.label) for role in Membership.Role} <= found.keys()
    assert "人员与角色" in found["单位管理员"]["单位管理"]
    assert "人员与角色" not in found["付款账户管理员"]["单位管理"]
    assert "单位付款账户" in found["付款账户管理员"]["单位管理"]
    assert "平台概况" in found["平台管理员"]["平台管理"]
    assert "仪器管理" not in found["成员"]
    assert "我的预约" in found["登录的人"]["我的业务"]


@pytest.mark.django_db
def test_the_page_shows_them_to_everybody_who_signed_in(client):
    client.force_login(person(), backend="gongyi.accounts.backends.AnyIdentifierBackend")
    said = client.get(reverse("organizations:roles")).content.decode()
    for sheet in sheets():
        for name, label in listed(sheet):
            assert name in said
            assert label in said


def test_the_document_is_checked_against_the_code(tmp_path):
    path = tmp_path / "roles.md"
    call_command("role_docs", to=str(path))
    call_command("role_docs", "--check", to=str(path))
    path.write_text(document().replace("单位管理员", "别的角色", 1))
    with pytest.raises(CommandError, match="out of date"):
        call_command("role_docs", "--check", to=str(path))
