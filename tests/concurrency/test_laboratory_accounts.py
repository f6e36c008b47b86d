"""One account a laboratory, however many administrators open one at the same moment; and what happens without the guard."""

import threading

import pytest
from django.db import connection, transaction

from gongyi.onboarding.services import laboratory, sub_users
from gongyi.organizations.models import Membership
from tests.concurrency.crowd import by_many
from tests.factories.accounts import person
from tests.factories.organizations import department, organization, unit_admin
from tests.factories.organizations import laboratory as made_laboratory

CLIENTS = 10
Role = Membership.Role
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def unit():
    return organization("望江大学")


@pytest.fixture
def place(unit):
    return made_laboratory(department(unit, "材料学院"), "电镜实验室")


def current(place):
    return Membership.objects.current().filter(department=place, role=Role.LABORATORY)


def test_of_ten_administrators_at_once_one_opens_the_account(unit, place):
    """S2-34"""
    administrators = [unit_admin(unit) for _ in range(CLIENTS)]

    def act(number):
        laboratory.open_account(
            department=place,
            actor=administrators[number],
            name="甲",
            username=f"lab{number}",
            email=f"lab{number}@example.cn",
        )

    assert by_many(act, CLIENTS) == ["done"] + ["second_account"] * (CLIENTS - 1)
    assert current(place).count() == 1


def test_without_the_lock_the_database_still_lets_one_in(unit, place, monkeypatch):
    """S2-34: the constraint holds whoever writes; its refusal is a sentence."""
    administrators = [unit_admin(unit) for _ in range(CLIENTS)]
    all_have_looked = threading.Barrier(CLIENTS)
    look = laboratory._refuse_a_second

    def look_together(row):
        look(row)
        all_have_looked.wait()

    monkeypatch.setattr(laboratory, "lock", lambda organization: None)
    monkeypatch.setattr(laboratory, "_refuse_a_second", look_together)

    def act(number):
        laboratory.open_account(
            department=place,
            actor=administrators[number],
            name="甲",
            username=f"lab{number}",
            email=f"lab{number}@example.cn",
        )

    assert by_many(act, CLIENTS) == ["done"] + ["second_account"] * (CLIENTS - 1)
    assert current(place).count() == 1


def test_twin_without_constraint_and_lock_every_one_is_opened(unit, place):
    """The attack works when the guard is off."""
    people = [person() for _ in range(CLIENTS)]
    all_have_looked = threading.Barrier(CLIENTS)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX laboratory_account_once")
    try:

        def act(number):
            with transaction.atomic():
                taken = current(place).exists()
                all_have_looked.wait()
                if not taken:
                    Membership.objects.create(
                        user=people[number], organization=unit, department=place, role=Role.LABORATORY
                    )

        assert by_many(act, CLIENTS) == ["done"] * CLIENTS
        assert current(place).count() == CLIENTS
    finally:
        Membership.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE UNIQUE INDEX laboratory_account_once ON organizations_membership (department_id) "
                "WHERE ended_at IS NULL AND role = 'laboratory'"
            )


def test_of_many_at_once_no_more_sub_users_are_opened_than_the_unit_may_have(unit, settings):
    """S4-74"""
    settings.SUB_USERS_PER_UNIT = 3
    main = unit_admin(unit)
    answers = by_many(
        lambda number: sub_users.open_sub_user(organization=unit, actor=main, name="甲", phone=f"1380000{number:04d}"),
        CLIENTS,
    )
    assert answers == ["done"] * 3 + ["too_many"] * (CLIENTS - 3)


def test_twin_without_the_lock_all_find_room(unit, settings, monkeypatch):
    settings.SUB_USERS_PER_UNIT = 3
    main = unit_admin(unit)
    all_have_looked = threading.Barrier(CLIENTS)
    look = sub_users._refuse_one_more

    def look_together(organization):
        look(organization)
        all_have_looked.wait()

    monkeypatch.setattr(sub_users, "lock", lambda organization: None)
    monkeypatch.setattr(sub_users, "_refuse_one_more", look_together)
    answers = by_many(
        lambda number: sub_users.open_sub_user(organization=unit, actor=main, name="甲", phone=f"1380000{number:04d}"),
        CLIENTS,
    )
    assert answers == ["done"] * CLIENTS
