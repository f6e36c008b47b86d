"""Who stands to a unit in which way; for whom a person acts."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from gongyi.organizations import queries, rules
from gongyi.organizations.models import Membership, Organization
from tests.factories.accounts import person
from tests.factories.organizations import finance, join, member, organization, reviewer, unit_admin


def test_roles_hold_in_their_unit_only(unit, other_unit, gu, lin):
    accountant, judge = finance(unit), reviewer(other_unit)

    assert [rules.is_unit_admin(gu, u) for u in (unit, other_unit)] == [True, False]
    assert [rules.is_finance(accountant, u) for u in (unit, other_unit)] == [True, False]
    assert [rules.is_reviewer(judge, u) for u in (unit, other_unit, None)] == [False, True, True]
    assert [rules.member_of(lin, u) for u in (unit, other_unit)] == [True, False]
    assert [rules.is_unit_admin(lin, unit), rules.is_finance(lin, unit), rules.is_reviewer(lin)] == [False] * 3


def test_who_left_holds_nothing(unit, gu):
    Membership.objects.filter(user=gu).update(ended_at=timezone.now())

    assert not rules.is_unit_admin(gu, unit)
    assert not rules.member_of(gu, unit)
    assert list(rules.administered_organizations(gu)) == []


def test_a_visitor_holds_nothing(unit):
    visitor = AnonymousUser()

    assert [rules.is_unit_admin(visitor, unit), rules.may_manage(visitor, unit)] == [False, False]
    assert list(rules.managed_organizations(visitor)) == []


def test_the_platform_administrator_manages_all_but_is_no_unit_administrator(unit, other_unit, gu, admin):
    assert set(rules.managed_organizations(admin)) == {unit, other_unit}
    assert list(rules.managed_organizations(gu)) == [unit]
    assert rules.may_manage(admin, unit)
    assert not rules.is_unit_admin(admin, unit)


def test_closed_accounts_are_not_told_anything(unit, gu):
    person_gone = unit_admin(unit, "已停用", is_active=False)

    assert person_gone not in rules.people_in(unit, Membership.Role.UNIT_ADMIN)
    assert rules.people_in(unit, Membership.Role.UNIT_ADMIN, Membership.Role.MEMBER) == [gu]


def test_a_suspended_unit_is_seen_by_its_own_and_the_platform_administrator(unit, lin, stranger, admin):
    Organization.objects.filter(pk=unit.pk).update(status=Organization.Status.SUSPENDED)

    seen = [unit in Organization.objects.visible_to(user) for user in (lin, admin, stranger, AnonymousUser())]
    assert seen == [True, True, False, False]


def test_memberships_are_seen_by_their_owner_and_the_units_administrator(unit, gu, lin, stranger, admin):
    row = Membership.objects.get(user=lin)

    seen = [row in Membership.objects.visible_to(user) for user in (lin, gu, admin, stranger)]
    assert seen == [True, True, True, False]


# acting for a unit


@pytest.fixture
def both(unit, other_unit):
    return join(member(unit, "两头跑"), other_unit)


def acting(client):
    """For whom the next page says one acts."""
    return client.get("/accounts/").wsgi_request.acting_for


def test_by_default_one_acts_for_the_first_unit(client, unit, both):
    client.force_login(both)

    assert acting(client) == unit


def test_one_chooses_among_ones_own(client, other_unit, both):
    client.force_login(both)
    answer = client.post("/organizations/manage/act-for/", {"organization": other_unit.pk, "next": "/instruments/"})

    assert answer.url == "/instruments/"
    assert acting(client) == other_unit
    assert client.get("/accounts/").wsgi_request.user.acting_for == other_unit


@pytest.mark.parametrize("choice", ["", "x", "999999999", "-1"])
def test_anything_else_is_not_there(client, both, choice):
    client.force_login(both)

    assert client.post("/organizations/manage/act-for/", {"organization": choice}).status_code == 404


def test_another_persons_unit_is_not_there(client, other_unit, lin):
    client.force_login(lin)

    assert client.post("/organizations/manage/act-for/", {"organization": other_unit.pk}).status_code == 404
    assert client.get("/organizations/manage/act-for/").status_code == 405


def test_choosing_leads_to_no_other_site(client, unit, both):
    client.force_login(both)
    answer = client.post("/organizations/manage/act-for/", {"organization": unit.pk, "next": "//evil.example/"})

    assert answer.url == "/desk/"


def test_who_left_the_chosen_unit_acts_for_another_again(client, unit, other_unit, both):
    client.force_login(both)
    client.post("/organizations/manage/act-for/", {"organization": other_unit.pk})
    Membership.objects.filter(user=both, organization=other_unit).update(ended_at=timezone.now())

    assert acting(client) == unit


def test_a_suspended_unit_is_not_the_default(unit, other_unit, both):
    Organization.objects.filter(pk=unit.pk).update(status=Organization.Status.SUSPENDED)

    assert queries.acting_for(both) == other_unit
    assert queries.acting_for(both, unit.pk) == unit


def test_a_person_without_a_unit_and_a_visitor_act_for_none(client, db, django_assert_num_queries):
    client.force_login(person("散客"))

    assert acting(client) is None
    client.logout()
    assert client.get("/accounts/sign-in/").wsgi_request.acting_for is None


def test_units_are_listed_by_pinyin(lin):
    for name in ("中山大学", "安徽大学", "华中大学"):
        join(lin, organization(name))

    assert [str(unit) for unit in queries.organizations_of(lin)] == ["安徽大学", "华中大学", "望江大学", "中山大学"]
