"""What a person looks after in a unit, and how others take it over: all of it or nothing."""

import pytest
from django.test import Client
from django.urls import reverse

from gongyi.accounts.duties import consequences_of, obstacles_of
from gongyi.audit.models import AuditEvent
from gongyi.catalog.models import InstrumentManager
from gongyi.ledger.models import AccountMember, PaymentAccount
from gongyi.notifications.models import Notification
from gongyi.organizations.duties import DUTIES, duties_of, hand_over
from gongyi.organizations.services import remove_member
from gongyi.workflow import Refused
from tests.factories import catalog, ledger
from tests.factories.accounts import person
from tests.factories.organizations import member, unit_admin

pytestmark = pytest.mark.django_db


@pytest.fixture
def zhou(unit, gu, lin):
    """Looks after two instruments, leads one group, administers another; and an instrument elsewhere."""
    zhou = member(unit, "周敏", username="zhou")
    catalog.instrument("场发射扫描电镜", unit=unit, managers=(zhou,))
    catalog.instrument("透射电镜", unit=unit, managers=(zhou, lin))
    ledger.payment_account("储能材料课题组", unit=unit, leader=zhou)
    ledger.payment_account("高熵合金课题组", unit=unit, leader=gu, group_managers=(zhou,))
    return zhou


def has(user, unit):
    return {one.duty.name: sorted(thing.label for thing in one.things) for one in duties_of(user, unit)}


def to_all(user):
    return {name: user for name, duty in DUTIES.items() if duty.hand_over}


ALL = {
    "instruments": ["场发射扫描电镜", "透射电镜"],
    "accounts_led": ["储能材料课题组"],
    "groups_managed": ["高熵合金课题组"],
}


def test_everything_somebody_looks_after_in_the_unit_is_found_and_nothing_else(unit, other_unit, zhou):
    catalog.instrument("别处的仪器", unit=other_unit, managers=(zhou,))
    assert has(zhou, unit) == ALL


def test_one_person_takes_over_all_of_it(unit, gu, lin, zhou):
    hand_over(organization=unit, user=zhou, successors=to_all(lin), actor=gu)
    assert has(lin, unit) == ALL
    assert has(zhou, unit) == {"groups_joined": ["储能材料课题组", "高熵合金课题组"]}
    assert PaymentAccount.objects.get(name="储能材料课题组").leader == lin
    event = AuditEvent.objects.get(what="交接职责")
    assert (event.actor, event.before["person"]) == (gu, "周敏")
    assert Notification.objects.filter(user=zhou, title="您在望江大学的职责已交接").count() == 1
    told = Notification.objects.get(user=lin, title="望江大学：您接手了 周敏 的职责")
    assert "负责的仪器 2 台" in told.body


def test_each_duty_may_go_to_another_person(unit, gu, lin, zhou):
    wu = member(unit, "吴越")
    hand_over(organization=unit, user=zhou, successors={"instruments": lin, "accounts_led": wu}, actor=gu)
    assert has(lin, unit) == {"instruments": ALL["instruments"]}
    assert has(wu, unit) == {"accounts_led": ALL["accounts_led"]}
    assert has(zhou, unit) == {"groups_managed": ALL["groups_managed"], "groups_joined": ["储能材料课题组"]}


def test_all_or_nothing(unit, other_unit, gu, lin, zhou):
    stranger = member(other_unit, "外人")
    before = has(zhou, unit)
    with pytest.raises(Refused, match="外人 不是望江大学的成员"):
        hand_over(organization=unit, user=zhou, successors={"instruments": lin, "accounts_led": stranger}, actor=gu)
    assert has(zhou, unit) == before
    assert not InstrumentManager.objects.filter(user=lin, instrument__name="场发射扫描电镜").exists()


def test_who_cannot_take_over_is_named_with_the_reason(unit, gu, lin, zhou):
    lin.is_active = False
    lin.save()
    for successor, sentence in (
        (zhou, "不能是 周敏 本人"),
        (lin, "林知远 的账号已停用"),
        (person("路人"), "不是望江大学的成员"),
    ):
        with pytest.raises(Refused, match=sentence):
            hand_over(organization=unit, user=zhou, successors=to_all(successor), actor=gu)


def test_with_nothing_left_it_is_refused_the_second_time(unit, gu, lin, zhou):
    hand_over(organization=unit, user=zhou, successors=to_all(lin), actor=gu)
    with pytest.raises(Refused, match="已没有需要交接的职责"):
        hand_over(organization=unit, user=zhou, successors=to_all(lin), actor=gu)


def test_who_has_left_can_still_be_relieved(unit, gu, lin, zhou):
    remove_member(organization=unit, user=zhou, actor=gu)
    hand_over(organization=unit, user=zhou, successors=to_all(lin), actor=gu)
    assert has(lin, unit) == ALL


def test_a_successor_who_is_in_the_group_already_rises_in_it(unit, gu, lin, zhou):
    account = PaymentAccount.objects.get(name="高熵合金课题组")
    AccountMember.objects.create(account=account, user=lin, role="member")
    hand_over(organization=unit, user=zhou, successors={"groups_managed": lin}, actor=gu)
    assert account.members.get(user=lin).role == "manager"
    assert account.members.get(user=zhou).role == "member"


# accounts that end


def test_the_only_administrator_cannot_close_the_account_and_reads_what_to_do(unit, gu):
    assert obstacles_of(gu) == ["您是望江大学唯一的单位管理员，请先在「人员与角色」中为另一人勾选「单位管理员」。"]
    unit_admin(unit, "许清和")
    assert obstacles_of(gu) == []


def test_what_nobody_would_do_is_said_before_an_account_ends(unit, zhou):
    said = consequences_of(zhou)
    assert any("负责的仪器 2 台：场发射扫描电镜、透射电镜" in sentence for sentence in said)


# on screen


@pytest.fixture
def browser(client: Client, gu):
    client.force_login(gu, backend="gongyi.accounts.backends.AnyIdentifierBackend")
    return client


def address(unit, user, name="hand_over"):
    return reverse(f"organizations:{name}", args=[unit.pk, user.pk])


def test_the_remove_dialog_shows_open_duties_and_leads_to_handing_over(unit, zhou, browser):
    said = browser.get(address(unit, zhou, "remove_person")).content.decode()
    assert "场发射扫描电镜" in said
    assert address(unit, zhou) in said
    answer = browser.post(address(unit, zhou, "remove_person"))
    assert (answer.status_code, answer.url) == (302, address(unit, zhou))


@pytest.mark.parametrize("typed", ["林知远", "lin", "林知远（lin）"])
def test_a_successor_is_named_by_name_or_by_what_they_sign_in_with(unit, lin, zhou, browser, typed):
    assert browser.post(address(unit, zhou), {"everything": typed}).status_code == 302
    assert has(lin, unit) == ALL


def test_another_successor_for_one_duty(unit, lin, zhou, browser):
    wu = member(unit, "吴越", username="wu")
    browser.post(address(unit, zhou), {"everything": "lin", "accounts_led": "wu"})
    assert has(wu, unit) == {"accounts_led": ALL["accounts_led"]}
    assert set(has(lin, unit)) == {"instruments", "groups_managed"}


BAD = {"": "请填写接手人", "没有的人": "本单位没有「没有的人」", "zhou": "不能是 周敏 本人", "重名": "有几位「重名」"}


@pytest.mark.parametrize("typed", BAD)
def test_a_wrong_successor_is_explained_and_what_was_typed_kept(unit, zhou, browser, typed):
    member(unit, "重名"), member(unit, "重名")
    before = has(zhou, unit)
    answer = browser.post(address(unit, zhou), {"everything": typed})
    assert (answer.status_code, has(zhou, unit)) == (422, before)
    assert BAD[typed] in answer.content.decode()
    assert typed in answer.content.decode()


def test_of_a_foreign_unit_nothing_is_seen_or_handed_over(unit, zhou, lin, stranger, client):
    client.force_login(stranger, backend="gongyi.accounts.backends.AnyIdentifierBackend")
    assert client.get(address(unit, zhou)).status_code == 404
    assert client.post(address(unit, zhou), {"everything": "lin"}).status_code == 404
    assert has(zhou, unit) == ALL


def test_somebody_who_never_was_here_is_not_found(unit, browser):
    assert browser.get(address(unit, person())).status_code == 404


def test_former_people_and_closed_accounts_are_found_in_the_list(unit, lin, zhou, gu, browser):
    lin.is_active = False
    lin.save()
    remove_member(organization=unit, user=zhou, actor=gu)
    people = reverse("organizations:people", args=[unit.pk])

    def names(**query):
        return [row.record.name for row in browser.get(people, query).context["table"].rows]

    assert (names(), names(account="closed"), names(account="left")) == (["顾明远", "林知远"], ["林知远"], ["周敏"])
    assert names(account="open") == ["顾明远"]
    assert "已停用" in browser.get(people, {"account": "closed"}).content.decode()
    assert address(unit, zhou) in browser.get(people, {"account": "left"}).content.decode()


def test_units_that_nobody_administers_are_found_by_the_platform(unit, other_unit, gu, stranger, admin, client):
    """S1-20"""
    gu.is_active = False
    gu.save()
    client.force_login(admin, backend="gongyi.accounts.backends.AnyIdentifierBackend")
    found = client.get(reverse("organizations:list"), {"administrator": "none"})
    assert [row.record for row in found.context["table"].rows] == [unit]
    assert "1 家没有管理员" in client.get(reverse("portal:platform_desk")).content.decode()
