"""A link takes in as many as it says, and one person asks one unit, however many click at once; and without the guard."""

import threading

import pytest

from gongyi.onboarding.models import Binding, Invitation
from gongyi.onboarding.services.bindings import ask
from gongyi.onboarding.services.invitations import accept, invite
from gongyi.organizations.models import Membership
from tests.concurrency.crowd import by_many
from tests.factories.accounts import person
from tests.factories.organizations import organization, unit_admin

CLIENTS, USES = 12, 3
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def made():
    unit = organization("望江大学")
    return invite(organization=unit, actor=unit_admin(unit), days=7, uses=USES)


@pytest.fixture
def people():
    return [person() for _ in range(CLIENTS)]


def members(made, people):
    return Membership.objects.current().filter(organization=made.organization, user__in=people).count()


def test_of_twelve_acceptances_at_once_exactly_as_many_succeed_as_uses_were_left(made, people):
    answers = by_many(lambda number: accept(invitation=made, user=people[number]), CLIENTS)
    assert (answers.count("done"), answers.count("unusable")) == (USES, CLIENTS - USES)
    made.refresh_from_db()
    assert (made.uses_left, members(made, people)) == (0, USES)


def test_twin_looking_first_and_counting_down_then_lets_all_in(made, people):
    all_have_looked = threading.Barrier(CLIENTS)

    def accept_carelessly(number):
        row = Invitation.objects.get(pk=made.pk, uses_left__gt=0)
        all_have_looked.wait()
        Membership.objects.create(organization_id=row.organization_id, user=people[number])
        Invitation.objects.filter(pk=row.pk).update(uses_left=row.uses_left - 1)

    assert by_many(accept_carelessly, CLIENTS) == ["done"] * CLIENTS
    assert members(made, people) == CLIENTS


def test_one_person_who_accepts_twelve_times_at_once_uses_one_up(made, people):
    answers = by_many(lambda _number: accept(invitation=made, user=people[0]), CLIENTS)
    assert answers == ["already_member"] * (CLIENTS - 1) + ["done"]
    made.refresh_from_db()
    assert made.uses_left == USES - 1


@pytest.fixture
def units():
    units = [organization() for _ in range(CLIENTS)]
    for unit in units:
        unit_admin(unit)
    return units


def test_of_twelve_units_asked_at_once_one_is(units, people):
    answers = by_many(lambda number: ask(person=people[0], organization=units[number], wish="bind"), CLIENTS)
    assert answers == ["done"] + ["waiting"] * (CLIENTS - 1)
    assert Binding.objects.filter(status="pending").count() == 1


def test_twin_looking_for_another_request_first_asks_all_units(units, people):
    all_have_looked = threading.Barrier(CLIENTS)

    def ask_carelessly(number):
        assert not Binding.objects.filter(person=people[0], status="pending").exists()
        all_have_looked.wait()
        Binding.objects.create(person=people[0], organization=units[number], wish="bind", status="pending")

    assert by_many(ask_carelessly, CLIENTS) == ["done"] * CLIENTS
    assert Binding.objects.filter(status="pending").count() == CLIENTS
