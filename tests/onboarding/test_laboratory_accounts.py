"""Accounts of laboratories: one each, for their own laboratory only, handed on and ended with their history (S2-32 … S2-37)."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gongyi.accounts.models import User
from gongyi.audit.models import AuditEvent
from gongyi.catalog.models import Instrument
from gongyi.catalog.rules import keeps
from gongyi.kit.refusal import Refused
from gongyi.notifications.models import Notification
from gongyi.onboarding.queries.accounts import laboratories_of, laboratory_of
from gongyi.onboarding.services import laboratory as services
from gongyi.organizations.models import Department, Membership
from gongyi.organizations.rules import keeps_department, managed_departments
from gongyi.organizations.services import remove_member, set_roles
from gongyi.reservations.models import Reservation
from gongyi.reservations.rules import is_manager
from tests import world as worlds
from tests.factories import catalog, ledger
from tests.factories.accounts import person
from tests.factories.organizations import department, join, laboratory, member, organization, unit_admin
from tests.factories.reservations import at
from tests.test_screens import addresses, arguments

pytestmark = pytest.mark.django_db
BACKEND = "gongyi.accounts.backends.AnyIdentifierBackend"


@pytest.fixture
def unit():
    return organization("望江大学")


@pytest.fixture
def gu(unit):
    return unit_admin(unit, "顾明远")


@pytest.fixture
def college(unit):
    return department(unit, "材料学院")


@pytest.fixture
def own(college):
    return laboratory(college, "电镜实验室")


@pytest.fixture
def other(college):
    return laboratory(college, "核磁实验室")


@pytest.fixture
def holder(own, gu):
    return services.open_account(
        department=own, actor=gu, name="秦听澜", username="lab-em", email="lab-em@example.cn", phone="13800001111"
    )


def browser(user):
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def path(name, *args):
    return reverse(f"onboarding:{name}", args=args)


def test_opening_makes_a_person_who_holds_exactly_this_laboratory_and_is_sent_a_link(own, holder, mailoutbox):
    """S2-36"""
    held = Membership.objects.current().get(user=holder)
    assert (held.role, held.department, held.organization) == ("laboratory", own, own.organization)
    assert not holder.has_usable_password()
    assert laboratory_of(holder) == own


def test_a_laboratory_has_one_account(own, holder, gu):
    """S2-34"""
    with pytest.raises(Refused, match="只能建立 1 个") as refusal:
        services.open_account(department=own, actor=gu, name="别人", username="second", email="second@example.cn")
    assert "移交" in str(refusal.value)
    assert not User.objects.filter(username="second").exists()


def test_only_the_units_administrators_open_accounts(own, college):
    stranger = unit_admin(organization("云麓理工大学"), "外人")
    plain = member(college.organization, "林知远")
    for actor in (stranger, plain):
        with pytest.raises(Refused, match="只有单位管理员"):
            services.open_account(department=own, actor=actor, name="甲", username="jia", email="jia@example.cn")


def test_the_account_reaches_its_laboratory_and_not_another(own, other, college, holder):
    """S2-33"""
    assert list(managed_departments(holder)) == [own]
    assert [keeps_department(holder, row.pk) for row in (own, other, college)] == [True, False, False]


def test_a_departments_account_reaches_the_laboratories_inside_it(own, other, college, gu):
    """S2-33: its own body is the department with its parts."""
    head = services.open_account(department=college, actor=gu, name="马院长", username="head", email="head@example.cn")
    assert set(managed_departments(head)) == {college, own, other}
    assert not keeps_department(head, department(college.organization, "化学学院").pk)


def test_instruments_of_its_laboratory_are_its_own_and_those_of_another_do_not_exist(own, other, holder, unit):
    mine, theirs = (
        catalog.instrument("透射电镜", department=own, unit=unit),
        catalog.instrument("核磁", department=other, unit=unit),
    )
    nowhere = catalog.instrument("无归属", unit=unit)
    assert list(Instrument.objects.managed_by(holder)) == [mine]
    assert [keeps(row, holder) for row in (mine, theirs, nowhere)] == [True, False, False]
    assert [is_manager(row, holder) for row in (mine, theirs, nowhere)] == [True, False, False]
    page = browser(holder)
    for name in ("instrument", "edit", "prices", "add_photo", "add_manager"):
        answers = [page.get(reverse(f"catalog:{name}", args=[row.pk])).status_code for row in (mine, theirs, nowhere)]
        assert answers == [200, 404, 404], name
    listed = page.get(reverse("catalog:list")).content.decode()
    assert "透射电镜" in listed
    assert "核磁" not in listed


def test_bookings_of_its_instruments_are_its_own_only(own, other, holder, unit):
    account = ledger.payment_account(unit=unit, balance=1000)
    rows = {}
    for place in (own, other):
        made = catalog.instrument(department=place, unit=unit, hourly_rate=100)
        rows[place] = Reservation.objects.create(
            number=f"R{place.pk}", instrument=made, user=account.leader, account=account, status="pending",
            starts_at=at(1, "9:00"), ends_at=at(1, "10:00"), expires_at=at(1, "8:00"),
        )  # fmt: skip
    assert list(Reservation.objects.managed_by(holder)) == [rows[own]]
    assert list(Reservation.objects.visible_to(holder)) == [rows[own]]


def test_an_instrument_stays_in_the_laboratory_of_the_account_that_edits_it(own, other, holder, unit):
    mine = catalog.instrument("透射电镜", department=own, unit=unit)
    page = browser(holder).get(reverse("catalog:edit", args=[mine.pk]))
    offered = page.context["form"].fields["department"]
    assert [row.pk for row in offered.queryset] == [own.pk]
    assert offered.required
    new = browser(holder).get(reverse("catalog:add")).context["form"]
    assert [row.pk for row in new.fields["department"].queryset] == [own.pk]


def test_screens_of_another_laboratory_and_of_the_unit_do_not_exist_for_it(own, other, college, holder, unit):
    page = browser(holder)
    foreign = laboratory(department(organization("云麓理工大学"), "现代分析中心"), "外校实验室")
    for name in ("laboratory", "edit_laboratory", "laboratory_people"):
        answers = [page.get(path(name, row.pk)).status_code for row in (own, other, college, foreign)]
        assert answers == [200, 404, 404, 404], name
    assert page.get(path("laboratory_accounts", unit.pk)).status_code == 404
    assert page.get(path("laboratory_account", unit.pk, own.pk)).status_code == 404
    assert page.get(reverse("organizations:person", args=[unit.pk, holder.pk])).status_code == 404
    assert page.get(reverse("organizations:edit_department", args=[unit.pk, own.pk])).status_code == 404


def test_it_keeps_place_and_phone_of_its_own_laboratory(own, other, holder):
    answer = browser(holder).post(
        path("edit_laboratory", own.pk), {"location": "材料楼 B1 层", "phone": "0571-88001234"}
    )
    own.refresh_from_db()
    assert (answer.status_code, own.location, own.name) == (302, "材料楼 B1 层", "电镜实验室")
    assert browser(holder).post(path("edit_laboratory", other.pk), {"location": "改"}).status_code == 404
    with pytest.raises(Refused, match="只能修改自己的实验室"):
        services.change_data(department=other, actor=holder, location="改", phone="")


def test_it_reads_the_people_of_its_laboratory_only(own, other, holder, unit):
    join(User.objects.create(username="a", name="韩星河"), unit, department=own)
    join(User.objects.create(username="b", name="杨千帆"), unit, department=other)
    shown = browser(holder).get(path("laboratory_people", own.pk)).content.decode()
    assert "韩星河" in shown
    assert "杨千帆" not in shown


def test_handing_over_ends_one_and_begins_another_and_keeps_both_in_the_history(own, holder, gu, unit):
    """S2-37, takeover"""
    next_one = member(unit, "冯修远")
    services.hand_over(department=own, actor=gu, user=next_one)
    assert [(place.user, place.ended_at is None) for place in services.holders_of(own)] == [
        (next_one, True), (holder, False),
    ]  # fmt: skip
    assert not keeps_department(holder, own.pk)
    assert keeps_department(next_one, own.pk)
    assert AuditEvent.objects.filter(what="移交实验室账号").exists()
    assert Notification.objects.filter(user=holder, title__contains="已移交").exists()


def test_it_is_handed_to_people_of_the_unit_only_and_to_nobody_with_another_laboratory(own, other, holder, gu):
    outsider = member(organization("云麓理工大学"), "外人")
    with pytest.raises(Refused, match="不是本单位人员"):
        services.hand_over(department=own, actor=gu, user=outsider)
    with pytest.raises(Refused, match="一人只能负责一个"):
        services.hand_over(department=other, actor=gu, user=holder)
    assert services.account_of(other) is None


def test_a_disabled_account_reaches_nothing_until_it_is_opened_again(own, holder, gu):
    services.disable(department=own, actor=gu, reason="人员调离")
    assert list(managed_departments(holder)) == []
    assert browser(holder).get(path("laboratory", own.pk)).status_code == 404
    with pytest.raises(Refused, match="无需重复"):
        services.disable(department=own, actor=gu, reason="再来")
    services.reopen(department=own, actor=gu)
    assert list(managed_departments(holder)) == [own]
    with pytest.raises(Refused, match="已有账号"):
        services.reopen(department=own, actor=gu)


def test_there_is_nothing_to_reopen_where_none_was_opened(other, gu):
    with pytest.raises(Refused, match="还没有开通过"):
        services.reopen(department=other, actor=gu)


def test_the_list_says_which_have_an_account(own, other, college, holder, gu, unit):
    services.open_account(department=other, actor=gu, name="甲", username="jia", email="jia@example.cn")
    services.disable(department=other, actor=gu, reason="合并")
    assert {row.name: row.state for row in laboratories_of(unit)} == {
        "材料学院": "none", "电镜实验室": "open", "核磁实验室": "disabled",
    }  # fmt: skip
    page = browser(gu).get(path("laboratory_accounts", unit.pk), {"state": "none"}).content.decode()
    assert "材料学院" in page
    assert "电镜实验室" not in page


def test_the_form_offers_laboratories_without_an_account_and_opens_one(own, other, college, holder, gu, unit):
    """S2-35, S2-36"""
    address = path("open_laboratory_account", unit.pk)
    offered = [row.pk for row in browser(gu).get(address).context["form"].fields["department"].queryset]
    assert set(offered) == {other.pk, college.pk}
    data = {"department": own.pk, "name": "甲", "username": "jia", "email": "jia@example.cn"}
    again = browser(gu).post(address, data)
    assert (again.status_code, "已有账号" in again.content.decode()) == (422, True)
    assert browser(gu).post(address, data | {"department": other.pk}).status_code == 302
    assert services.account_of(other).user.name == "甲"


def test_the_envelope_mails_the_link_and_only_the_units_administrators_may_press_it(own, holder, gu, unit):
    """S2-37"""
    address = path("mail_laboratory_account", unit.pk, own.pk)
    assert browser(gu).post(address).status_code == 302
    assert AuditEvent.objects.filter(what="发送重置密码邮件", actor=gu).exists()
    assert browser(holder).post(address).status_code == 404
    assert browser(unit_admin(organization("云麓理工大学"), "外人")).post(address).status_code == 404
    User.objects.filter(pk=holder.pk).update(email=None)
    with pytest.raises(Refused, match="没有登记邮箱"):
        services.mail_link(department=own, actor=gu)


def test_roles_set_on_the_peoples_page_leave_the_account_with_its_laboratory(own, other, holder, gu, unit):
    set_roles(organization=unit, user=holder, actor=gu, roles=["finance"], department=other)
    held = {place.role: place.department for place in Membership.objects.current().filter(user=holder)}
    assert held == {"member": other, "finance": other, "laboratory": own}
    remove_member(organization=unit, user=holder, actor=gu)
    assert services.account_of(own) is None


def test_a_deep_tree_is_followed_to_its_end(college, gu, unit):
    below = college
    for number in range(5):
        below = Department.objects.create(organization=unit, parent=below, name=f"第 {number} 层")
    head = services.open_account(department=college, actor=gu, name="马院长", username="head", email="head@example.cn")
    assert keeps_department(head, below.pk)


def test_wherever_a_laboratorys_things_are_shown_to_its_account_they_do_not_exist_for_anothers():
    """S2-33, over every address with a key in it: another laboratory's account is answered as any colleague is."""
    world = worlds.build()
    foreign = laboratory(department(world.unit, "材料学院"), "电镜实验室")
    known = {"reports": {}, "profile_confirmed_at": timezone.now()}
    people = {
        "own": join(person("自己的", **known), world.unit, "laboratory", department=world.department),
        "foreign": join(person("别的", **known), world.unit, "laboratory", department=foreign),
        "plain": join(person("同事", **known), world.unit, department=foreign),
    }
    answers = {who: {} for who in people}
    for who, user in people.items():
        page = Client(raise_request_exception=False)
        page.force_login(user, backend=BACKEND)
        for name, parameters in addresses():
            if parameters:
                answers[who][name] = page.get(reverse(name, kwargs=arguments(world, name, parameters))).status_code
    assert answers["foreign"] == answers["plain"]
    gained = {name for name, status in answers["own"].items() if status != answers["plain"][name]}
    assert gained >= {
        "onboarding:laboratory", "onboarding:edit_laboratory", "onboarding:laboratory_people", "catalog:instrument", "catalog:edit",
        "catalog:prices", "catalog:add_photo", "catalog:add_manager", "reservations:reservation", "reservations:instrument_rules",
        "reservations:reopen", "reservations:resolve_fault", "reservations:withdraw", "workflow:step",
    }  # fmt: skip
    assert {name.split(":")[0] for name in gained} <= {"onboarding", "catalog", "reservations", "workflow"}
