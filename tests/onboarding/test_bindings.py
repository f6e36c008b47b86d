"""Who asks which unit for what, what the unit's decision does, and what is refused with which words (S1-15 … S1-20)."""

import pytest
from django.test import Client
from django.urls import reverse

from gongyi.audit.queries import history_of
from gongyi.notifications.models import Notification
from gongyi.onboarding.models import Binding
from gongyi.onboarding.services.bindings import ask, units_to_ask
from gongyi.onboarding.workflow import BindingFlow
from gongyi.organizations.models import Membership
from gongyi.organizations.services import add_member, remove_member
from gongyi.reviews.rules import turn_open
from gongyi.reviews.workflow import ReviewFlow
from gongyi.workflow import Refused
from tests.factories import catalog, ledger
from tests.factories.accounts import person, platform_admin
from tests.factories.organizations import department, member, organization, unit_admin

pytestmark = pytest.mark.django_db
BIND, RELEASE = Binding.Wish.BIND, Binding.Wish.RELEASE

OFFERED = {
    "draft": ["edit", "submit"],
    "pending": ["withdraw"],
    "returned": ["edit", "submit"],
    "withdrawn": ["edit", "submit"],
    "approved": [],
}


@pytest.fixture
def unit():
    return organization("望江大学", code="WJU")


@pytest.fixture
def old_unit():
    return organization("临湖研究院", code="LHI")


@pytest.fixture
def gu(unit):
    return unit_admin(unit, "顾明远")


@pytest.fixture
def lin():
    return person("林知远", username="lin")


def browser(user):
    client = Client()
    client.force_login(user, backend="gongyi.accounts.backends.AnyIdentifierBackend")
    return client


def decide(binding, step, actor, **data):
    ReviewFlow.fire(turn_open(binding), step, actor=actor, **data)
    binding.refresh_from_db()


def roles(user, unit):
    return sorted(Membership.objects.current().filter(user=user, organization=unit).values_list("role", flat=True))


@pytest.mark.parametrize("status", OFFERED)
def test_what_is_offered_to_whom(unit, gu, lin, status):
    binding = Binding.objects.create(person=lin, organization=unit, wish=BIND, status=status)
    everybody = {"applicant": lin, "unit_admin": gu, "stranger": person(), "platform_admin": platform_admin()}
    offered = {
        role: sorted(offer.step.name for offer in BindingFlow.offered(binding, user))
        for role, user in everybody.items()
    }
    assert offered == {"applicant": OFFERED[status], "unit_admin": [], "stranger": [], "platform_admin": []}


def test_an_approved_request_makes_a_member_of_the_department_asked_for(unit, gu, lin):
    """S1-16"""
    center = department(unit)
    binding = ask(person=lin, organization=unit, wish=BIND, department=center, note="学号 2026001")
    assert (binding.status, turn_open(binding).authority, roles(lin, unit)) == ("pending", unit, [])
    assert Notification.objects.filter(user=gu, title__contains="林知远").exists()
    decide(binding, "approve", gu)
    assert (binding.status, roles(lin, unit)) == ("approved", ["member"])
    assert Membership.objects.get(user=lin).department == center
    assert [record.label for record in history_of(binding)][-2:] == ["提交审核", "审核通过"]
    assert Notification.objects.filter(user=lin, title="望江大学：加入单位").count() == 1


def test_a_returned_request_says_why_and_is_handed_in_again_corrected(unit, gu, lin):
    binding = ask(person=lin, organization=unit, wish=BIND, note="")
    decide(binding, "send_back", gu, reason="请写明学号。")
    told = Notification.objects.get(user=lin, title="望江大学退回了您的「绑定单位」申请")
    assert told.body == "原因：请写明学号。改正后可以再次提交。"
    again = ask(person=lin, organization=unit, wish=BIND, note="学号 2026001")
    assert (again.pk, again.status, again.note) == (binding.pk, "pending", "学号 2026001")
    decide(again, "approve", gu)
    assert roles(lin, unit) == ["member"]


def test_a_request_is_withdrawn_and_the_unit_no_longer_has_it(unit, gu, lin):
    binding = ask(person=lin, organization=unit, wish=BIND)
    BindingFlow.fire(binding, "withdraw", actor=lin)
    assert (binding.status, turn_open(binding)) == ("withdrawn", None)


def test_a_second_request_while_one_waits_is_refused(unit, old_unit, gu, lin):
    unit_admin(old_unit)
    ask(person=lin, organization=unit, wish=BIND)
    with pytest.raises(Refused, match="正在审核，无需重复提交"):
        ask(person=lin, organization=unit, wish=BIND)
    with pytest.raises(Refused, match="您向「望江大学」的申请正在审核。请等待结果，或先撤回"):
        ask(person=lin, organization=old_unit, wish=BIND)
    assert Binding.objects.filter(status="pending").count() == 1


def test_moving_means_leaving_the_old_unit_first(unit, old_unit, gu, lin):
    """S1-18"""
    keeper = unit_admin(old_unit, "许清和")
    add_member(organization=old_unit, user=lin, actor=keeper)
    with pytest.raises(Refused, match="您已绑定「临湖研究院」。换单位请先申请解除"):
        ask(person=lin, organization=unit, wish=BIND)
    leaving = ask(person=lin, organization=old_unit, wish=RELEASE, note="调往望江大学")
    assert turn_open(leaving).authority == old_unit
    decide(leaving, "approve", keeper)
    assert roles(lin, old_unit) == []
    assert Notification.objects.filter(user=lin).latest("pk").title == "临湖研究院：同意解除绑定"
    decide(ask(person=lin, organization=unit, wish=BIND), "approve", gu)
    assert roles(lin, unit) == ["member"]


def test_an_old_unit_may_refuse_to_let_go_and_everything_stays(old_unit, lin):
    keeper = unit_admin(old_unit)
    add_member(organization=old_unit, user=lin, actor=keeper, roles=["finance"])
    leaving = ask(person=lin, organization=old_unit, wish=RELEASE)
    decide(leaving, "send_back", keeper, reason="请先交接账户。")
    assert (leaving.status, roles(lin, old_unit)) == ("returned", ["finance", "member"])


def test_the_last_administrator_cannot_leave_and_reads_what_to_do(unit, gu):
    """S1-20"""
    with pytest.raises(Refused, match="您是「望江大学」唯一的单位管理员，单位不能没有管理员。请先在"):
        ask(person=gu, organization=unit, wish=RELEASE)
    assert Binding.objects.count() == 0


def test_who_became_the_last_administrator_while_waiting_is_not_let_go(unit, gu):
    second = unit_admin(unit, "许清和")
    leaving = ask(person=gu, organization=unit, wish=RELEASE)
    assistant = member(unit, "周敏", "sub_user")
    remove_member(organization=unit, user=second, actor=gu)
    with pytest.raises(Refused):
        ReviewFlow.fire(turn_open(leaving), "approve", actor=assistant)
    assert "unit_admin" in roles(gu, unit)


def test_approving_what_happened_meanwhile_changes_nothing(unit, gu, lin):
    binding = ask(person=lin, organization=unit, wish=BIND)
    add_member(organization=unit, user=lin, actor=gu, roles=["finance"])
    decide(binding, "approve", gu)
    assert roles(lin, unit) == ["finance", "member"]


def test_without_an_administrator_the_platform_decides(unit, gu, lin):
    gu.is_active = False
    gu.save()
    binding = ask(person=lin, organization=unit, wish=BIND)
    turn = turn_open(binding)
    assert (turn.decider, turn.authority) == ("platform", None)
    decide(binding, "approve", platform_admin())
    assert roles(lin, unit) == ["member"]


def test_nobody_asks_a_suspended_unit_nor_one_they_belong_to(unit, gu, lin):
    add_member(organization=unit, user=lin, actor=gu)
    with pytest.raises(Refused, match="您已是「望江大学」的成员"):
        ask(person=lin, organization=unit, wish=BIND)
    closed = organization("停用研究所", status="suspended")
    with pytest.raises(Refused, match="「停用研究所」已停用，不能申请绑定"):
        ask(person=person(), organization=closed, wish=BIND)
    with pytest.raises(Refused, match="您已不在「停用研究所」"):
        ask(person=lin, organization=closed, wish=RELEASE)


def test_a_department_of_another_unit_is_refused(unit, old_unit, gu, lin):
    with pytest.raises(Refused, match="不属于这个单位"):
        ask(person=lin, organization=unit, wish=BIND, department=department(old_unit))


@pytest.mark.parametrize("text", ["望江", "wjdx", "wangjiang", "WANG JIANG", "wju", "WJU", "江大"])
def test_a_unit_is_found_by_name_code_and_pinyin(unit, old_unit, text):
    """S1-16"""
    assert list(units_to_ask(text)) == [unit]


@pytest.mark.parametrize("text", ["", "   ", "不存在的单位", "zzz", "%", "\\"])
def test_what_fits_nothing_finds_nothing(unit, text):
    assert list(units_to_ask(text)) == []


def test_a_suspended_unit_is_not_found(unit):
    unit.status = "suspended"
    unit.save()
    assert list(units_to_ask("望江")) == []


# on screen


def test_a_person_without_a_unit_is_asked_once_after_signing_in(lin):
    """S1-15"""
    client = browser(lin)
    assert client.get("/desk/").url == reverse("onboarding:my_units")
    assert client.get("/desk/").url == reverse("reservations:my_desk")
    assert "绑定您的单位" in client.get(reverse("reservations:my_desk")).content.decode()
    assert client.get("/instruments/").status_code == 200


def test_who_puts_it_off_gets_to_their_desk_and_not_back_to_the_question(lin):
    """S1-15"""
    asked = browser(lin).get(reverse("onboarding:my_units")).content.decode()
    assert f'href="{reverse("reservations:my_desk")}">以后再说' in asked


def test_a_unit_that_is_not_found_is_explained(lin):
    """S1-17"""
    said = browser(lin).get(reverse("onboarding:find_unit"), {"q": "无名研究所"}).content.decode()
    assert "还没有在平台注册" in said
    assert "从未登录过本平台" in said
    assert reverse("onboarding:choose") in said


def test_the_form_hands_in_and_leads_to_the_page_that_says_with_whom_it_is(unit, gu, lin):
    client = browser(lin)
    answer = client.post(reverse("onboarding:bind", args=[unit.pk]), {"note": "学号 2026001"})
    binding = Binding.objects.get()
    assert (answer.status_code, answer.url) == (302, binding.get_absolute_url())
    said = client.get(answer.url).content.decode()
    assert "由单位管理员 顾明远 审核" in said
    assert "尚未有人认领" in said


def test_a_refused_request_keeps_what_was_typed(unit, gu, old_unit, lin):
    other = department(old_unit)
    answer = browser(lin).post(
        reverse("onboarding:bind", args=[unit.pk]), {"note": "学号 2026001", "department": other.pk}
    )
    assert (answer.status_code, Binding.objects.count()) == (422, 0)
    assert "学号 2026001" in answer.content.decode()


def test_what_hangs_on_who_wants_to_leave_is_shown_to_them_and_to_the_unit(unit, gu):
    """S1-18"""
    zhou = member(unit, "周敏")
    catalog.instrument("场发射扫描电镜", unit=unit, managers=(zhou,))
    ledger.payment_account("储能材料课题组", unit=unit, leader=zhou)
    said = browser(zhou).get(reverse("onboarding:release", args=[unit.pk])).content.decode()
    assert "场发射扫描电镜" in said
    assert "储能材料课题组" in said
    binding = ask(person=zhou, organization=unit, wish=RELEASE)
    case = browser(gu).get(reverse("reviews:case", args=[turn_open(binding).pk])).content.decode()
    assert "场发射扫描电镜" in case
    assert "储能材料课题组" in case


def test_a_foreign_request_and_a_foreign_unit_do_not_exist(unit, gu, old_unit, lin):
    stranger = unit_admin(old_unit)
    binding = ask(person=lin, organization=unit, wish=BIND)
    address = binding.get_absolute_url()
    answers = {
        name: browser(user).get(address).status_code for name, user in {"lin": lin, "gu": gu, "x": stranger}.items()
    }
    assert answers == {"lin": 200, "gu": 200, "x": 404}
    assert browser(lin).get(reverse("onboarding:release", args=[unit.pk])).status_code == 404
    hidden = organization("停用研究所", status="suspended")
    assert browser(lin).get(reverse("onboarding:bind", args=[hidden.pk])).status_code == 404


def test_the_unit_sees_on_its_people_page_who_waits(unit, gu, lin):
    """S1-20"""
    ask(person=lin, organization=unit, wish=BIND)
    said = browser(gu).get(reverse("organizations:people", args=[unit.pk])).content.decode()
    assert "待审核 1 人" in said
    assert f"{reverse('reviews:desk')}?kind=binding" in said
