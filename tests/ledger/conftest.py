"""The cast around one payment account: a leader, their people, the owning unit's administrators, and a stranger."""

from types import SimpleNamespace

import pytest

from tests.factories.accounts import person, platform_admin
from tests.factories.ledger import payment_account
from tests.factories.organizations import department, finance, member, organization, unit_admin


@pytest.fixture
def university(db):
    return organization("望江大学")


@pytest.fixture
def centre(university):
    return department(university, "分析测试中心")


@pytest.fixture
def cast(university):
    """One person in every role, all of the same university but the strangers."""
    other = organization("滨澜大学")
    return SimpleNamespace(
        leader=member(university, "李明远", username="leader"),
        group_manager=member(university, "陈可", username="group-manager"),
        member=member(university, "林知远", username="student"),
        finance=finance(university, "许清和", username="finance"),
        unit_admin=unit_admin(university, "顾明远", username="unit-admin"),
        colleague=member(university, "何晓", username="newcomer"),
        stranger=finance(other, "路远", username="stranger"),
        platform_admin=platform_admin("管宁", username="admin"),
    )


@pytest.fixture
def account(university, cast):
    return payment_account(
        "储能材料课题组", code="FK0001", unit=university, leader=cast.leader, group_managers=(cast.group_manager,),
        members=(cast.member,), balance=1000, credit_line=2000,
    )  # fmt: skip


@pytest.fixture
def newcomer(db):
    return person("新来的", username="fresh", phone="13911112222", email="fresh@example.cn")
