"""Taking people in, giving and withdrawing roles, letting them go; a unit keeps an administrator."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from gongyi.accounts.models import User
from gongyi.audit.models import AuditEvent
from gongyi.kit.refusal import Refused
from gongyi.notifications.models import Notification
from gongyi.organizations import rules, services
from gongyi.organizations.models import Membership
from tests.factories.accounts import person
from tests.factories.organizations import department, join, member, organization, unit_admin
from tests.organizations.conftest import queries_of

Role = Membership.Role


def roles_of(user, unit):
    return sorted(Membership.objects.current().filter(user=user, organization=unit).values_list("role", flat=True))


def people(unit, more=""):
    return f"/organizations/manage/{unit.pk}/people/{more}"


def test_somebody_is_taken_in_by_any_identifier(client, unit, gu, center):
    new = person("何晓", phone="13812340000")
    client.force_login(gu)
    data = {"identifier": "13812340000", "department": center.pk, "roles": ["finance"]}

    assert client.post(people(unit, "add/"), data).status_code == 302
    assert roles_of(new, unit) == ["finance", "member"]
    assert set(Membership.objects.filter(user=new).values_list("department", flat=True)) == {center.pk}


def test_they_are_told_and_it_is_recorded(unit, gu):
    new = person("何晓")
    services.add_member(organization=unit, user=new, actor=gu, roles=[Role.FINANCE])

    assert Notification.objects.get(user=new).title == "望江大学：加入单位"
    assert AuditEvent.objects.get().after["roles"] == ["成员", "付款账户管理员"]


@pytest.mark.parametrize(("identifier", "sentence"), [("nobody", "没有找到这个账号"), ("lin", "林知远 已是本单位成员")])
def test_who_cannot_be_taken_in_is_said(client, unit, gu, lin, identifier, sentence):
    client.force_login(gu)
    answer = client.post(people(unit, "add/"), {"identifier": identifier})

    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_a_department_of_another_unit_cannot_be_chosen(client, unit, other_unit, gu):
    person("何晓", username="hexiao")
    client.force_login(gu)
    foreign = department(other_unit, "别处")

    assert client.post(people(unit, "add/"), {"identifier": "hexiao", "department": foreign.pk}).status_code == 422


def test_an_account_is_opened_and_taken_in_together(client, unit, gu):
    client.force_login(gu)
    data = {"name": "何晓", "username": "hexiao", "email": "hexiao@example.cn", "phone": "", "roles": ["reviewer"]}
    client.post(people(unit, "new/"), data)
    new = User.objects.get(username="hexiao")

    assert roles_of(new, unit) == ["member", "reviewer"]
    assert ProcrastinateJob.objects.get().args == {"user_pk": new.pk, "welcome": True, "opening": ""}


def test_roles_are_given_and_withdrawn(client, unit, gu, lin):
    client.force_login(gu)
    client.post(people(unit, f"{lin.pk}/"), {"roles": ["finance", "unit_admin"]})
    assert roles_of(lin, unit) == ["finance", "member", "unit_admin"]
    client.post(people(unit, f"{lin.pk}/"), {"roles": ["reviewer"]})

    assert roles_of(lin, unit) == ["member", "reviewer"]
    assert Membership.objects.filter(user=lin).exclude(ended_at=None).count() == 2


def test_a_role_given_again_is_a_new_row(unit, gu, lin):
    for roles in ([Role.FINANCE], [], [Role.FINANCE]):
        services.set_roles(organization=unit, user=lin, actor=gu, roles=roles)

    assert Membership.objects.filter(user=lin, role=Role.FINANCE).count() == 2


def test_saving_the_same_roles_records_nothing(unit, gu, lin):
    services.set_roles(organization=unit, user=lin, actor=gu, roles=[])

    assert not AuditEvent.objects.exists()


def test_somebody_is_let_go_after_one_question(client, unit, gu, lin):
    client.force_login(gu)
    asked = client.get(people(unit, f"{lin.pk}/remove/"))
    done = client.post(people(unit, f"{lin.pk}/remove/"))

    assert "以往的预约和账目保留" in asked.content.decode()
    assert done.status_code == 302
    assert roles_of(lin, unit) == []
    assert client.get(people(unit, f"{lin.pk}/")).status_code == 404


def test_they_keep_their_other_units(unit, other_unit, gu, lin):
    join(lin, other_unit)
    services.remove_member(organization=unit, user=lin, actor=gu)

    assert roles_of(lin, other_unit) == ["member"]


def test_the_last_administrator_stays(client, unit, gu):
    client.force_login(gu)
    removed = client.post(people(unit, f"{gu.pk}/remove/"))
    demoted = client.post(people(unit, f"{gu.pk}/"), {"roles": []})

    assert (removed.status_code, demoted.status_code) == (409, 422)
    assert "顾明远 是望江大学唯一的单位管理员。请先为另一人勾选「单位管理员」。" in removed.content.decode()
    assert rules.is_unit_admin(gu, unit)


def test_an_administrator_who_cannot_sign_in_does_not_count(unit, gu):
    unit_admin(unit, "已停用", is_active=False)

    with pytest.raises(Refused, match="唯一的单位管理员"):
        services.remove_member(organization=unit, user=gu, actor=gu)


def test_with_a_second_one_the_first_may_go(unit, gu):
    unit_admin(unit, "继任")
    services.remove_member(organization=unit, user=gu, actor=gu)

    assert roles_of(gu, unit) == []


def test_several_are_let_go_at_once_but_not_the_last_administrator(client, unit, gu, lin):
    client.force_login(gu)
    chosen = {"action": "remove", "confirmed": "1", "pk": [gu.pk, lin.pk]}
    page = client.post(people(unit), chosen, follow=True).content.decode()

    assert "已移出单位 1 人" in page
    assert "唯一的单位管理员" in page
    assert (roles_of(lin, unit), roles_of(gu, unit)) == ([], ["member", "unit_admin"])


def test_people_of_another_unit_cannot_be_chosen_in_bulk(client, unit, gu, stranger, other_unit):
    client.force_login(gu)
    client.post(people(unit), {"action": "remove", "confirmed": "1", "pk": [stranger.pk]})

    assert roles_of(stranger, other_unit) == ["member", "unit_admin"]


# the list


def test_the_list_shows_the_units_people_with_roles(client, unit, gu, lin, stranger):
    client.force_login(gu)
    page = client.get(people(unit)).content.decode()

    assert ("顾明远" in page, "林知远" in page, "路人甲" in page) == (True, True, False)
    assert "单位管理员" in page


def test_the_list_is_narrowed_by_name_role_and_department(client, unit, gu, center):
    lab = department(unit, "电镜实验室", parent=center, level="laboratory")
    member(unit, "电镜小张", department=lab)
    member(unit, "化学小李")
    client.force_login(gu)

    def found(**query):
        page = client.get(people(unit), query).content.decode()
        return [name for name in ("顾明远", "电镜小张", "化学小李") if f">{name}</a>" in page]

    assert found(q="小李") == ["化学小李"]
    assert found(role="unit_admin") == ["顾明远"]
    assert found(department=center.pk) == ["电镜小张"]


def test_who_left_is_not_listed(client, unit, gu, lin):
    Membership.objects.filter(user=lin).update(ended_at=timezone.now())
    client.force_login(gu)

    assert "林知远" not in client.get(people(unit)).content.decode()


def test_the_list_is_exported_with_roles_in_words(client, unit, gu):
    client.force_login(gu)

    assert client.get(people(unit), {"export": "xlsx"})["Content-Type"].endswith("sheet")


# who may


PAGES = [
    "", "edit/", "people/", "people/add/", "people/new/", "people/{lin}/", "people/{lin}/remove/",
    "departments/", "departments/new/", "departments/{center}/", "departments/{center}/delete/",
]  # fmt: skip
READ_BY_MEMBERS = {"", "people/", "departments/"}


@pytest.mark.parametrize("page", PAGES)
def test_who_keeps_the_unit_has_these_screens_and_its_people_read_some(
    client, unit, gu, lin, stranger, admin, center, page
):
    address = f"/organizations/manage/{unit.pk}/{page.format(lin=lin.pk, center=center.pk)}"

    def status(user):
        client.force_login(user)
        return client.get(address).status_code

    platform_only, read_by_members = page == "edit/", page in READ_BY_MEMBERS
    expected = [200 if read_by_members else 404, 404, 404 if platform_only else 200, 200]
    assert [status(user) for user in (lin, stranger, gu, admin)] == expected
    client.logout()
    assert client.get(address).status_code == 302


def test_contact_data_are_the_units_own(client, unit, gu, lin, admin):
    def status(user):
        client.force_login(user)
        return client.get(f"/organizations/manage/{unit.pk}/contact/").status_code

    assert [status(user) for user in (lin, gu, admin)] == [404, 200, 404]


def test_the_list_asks_as_many_queries_for_thirty_people_as_for_one(client, unit, gu, center):
    client.force_login(gu)
    few = queries_of(client, people(unit), per="50")
    for number in range(30):
        member(unit, f"人员{number}", Role.FINANCE, department=center)

    assert queries_of(client, people(unit), per="50") == few


# all at once


def in_two_threads(act, *arguments):
    start = Barrier(len(arguments))

    def run(argument):
        start.wait()
        try:
            return act(argument)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(arguments)) as threads:
        return list(threads.map(run, arguments))


@pytest.mark.django_db(transaction=True)
def test_administrators_who_remove_each_other_at_once_leave_one():
    for _round in range(4):
        unit = organization()
        four = [unit_admin(unit, name) for name in "甲乙丙丁"]

        def remove_next(number, unit=unit, four=four):
            try:
                services.remove_member(organization=unit, user=four[(number + 1) % 4], actor=four[number])
                return "removed"
            except Refused as refusal:
                return refusal.code

        assert sorted(in_two_threads(remove_next, *range(4))) == ["last_administrator"] + ["removed"] * 3
        assert len(rules.people_in(unit, Role.UNIT_ADMIN)) == 1


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_lock_none_is_left():
    unit = organization()
    pair = [unit_admin(unit, name) for name in "甲乙"]
    both_have_looked = Barrier(2)

    def remove(user):
        with transaction.atomic():
            others = Membership.objects.current().filter(organization=unit, role=Role.UNIT_ADMIN).exclude(user=user)
            assert others.exists()
            both_have_looked.wait()
            Membership.objects.filter(organization=unit, user=user).update(ended_at=timezone.now())

    in_two_threads(remove, *pair)

    assert rules.people_in(unit, Role.UNIT_ADMIN) == []


@pytest.mark.django_db(transaction=True)
def test_somebody_taken_in_twice_at_once_is_in_once():
    unit = organization()
    keeper, new = unit_admin(unit), person("何晓")

    def take_in(_number):
        try:
            services.add_member(organization=unit, user=new, actor=keeper)
            return "in"
        except Refused as refusal:
            return refusal.code

    assert sorted(in_two_threads(take_in, 1, 2, 3)) == ["already_member", "already_member", "in"]
    assert roles_of(new, unit) == ["member"]
