"""Sub-users: in by mobile number, with the rights of the main account but over accounts, each under their own name (S4-74, S4-85)."""

import pytest
from django.contrib.auth import authenticate
from django.test import Client, RequestFactory
from django.urls import reverse

from gongyi.accounts.models import User
from gongyi.audit.models import FlowRecord
from gongyi.catalog.models import Instrument
from gongyi.kit.refusal import Refused
from gongyi.notifications.models import TextMessage
from gongyi.onboarding.services import sub_users as services
from gongyi.onboarding.workflow import PlatformFlow
from gongyi.organizations.models import Membership
from gongyi.organizations.rules import is_unit_admin, may_keep_accounts, may_manage
from gongyi.organizations.services import add_member, remove_member, set_roles
from tests.factories import catalog
from tests.factories.accounts import person
from tests.factories.organizations import member, organization, unit_admin
from tests.factories.reviews import innovation_platform

pytestmark = pytest.mark.django_db
BACKEND = "gongyi.accounts.backends.AnyIdentifierBackend"
PHONE = "13800002222"


@pytest.fixture
def unit():
    return organization("润衡仪表")


@pytest.fixture
def main(unit):
    return unit_admin(unit, "梁以诚")


@pytest.fixture
def sub(unit, main):
    return services.open_sub_user(organization=unit, actor=main, name="尤书瑶", phone=PHONE)


def browser(user):
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def path(name, *args):
    return reverse(f"onboarding:{name}", args=args)


def test_a_new_sub_user_is_texted_a_link_and_signs_in_with_the_mobile_number(sub):
    """S4-74"""
    message = TextMessage.objects.get(phone=PHONE)
    assert "润衡仪表的子用户" in message.body
    sub.set_password("correct horse battery")
    sub.save()
    request = RequestFactory().post("/")
    assert authenticate(request, username=PHONE, password="correct horse battery") == sub


def test_a_sub_user_has_the_rights_of_the_main_account(unit, sub):
    """S4-74"""
    owned = catalog.instrument(unit=unit)
    assert (is_unit_admin(sub, unit), may_manage(sub, unit)) == (True, True)
    assert list(Instrument.objects.managed_by(sub)) == [owned]
    page = browser(sub)
    for name in ("organization", "people", "departments"):
        assert page.get(reverse(f"organizations:{name}", args=[unit.pk])).status_code == 200, name
    assert page.get(path("laboratory_accounts", unit.pk)).status_code == 200
    assert page.get(path("platforms", unit.pk)).status_code == 200


def test_but_does_not_keep_the_main_account_and_sub_users(unit, main, sub):
    """S4-74"""
    assert not may_keep_accounts(sub, unit)
    assert browser(sub).get(path("sub_users", unit.pk)).status_code == 404
    assert browser(sub).get(path("open_sub_user", unit.pk)).status_code == 404
    plain = member(unit, "普通人")
    newcomer = person("新人")
    for act in (
        lambda: services.open_sub_user(organization=unit, actor=sub, name="甲", phone="13800003333"),
        lambda: services.disable(organization=unit, user=sub, actor=sub, reason="x"),
        lambda: set_roles(organization=unit, user=plain, actor=sub, roles=["unit_admin"]),
        lambda: set_roles(organization=unit, user=main, actor=sub, roles=[]),
        lambda: remove_member(organization=unit, user=main, actor=sub),
        lambda: add_member(organization=unit, user=newcomer, actor=sub, roles=["unit_admin"]),
    ):
        with pytest.raises(Refused, match="主账号"):
            act()
    set_roles(organization=unit, user=plain, actor=sub, roles=["finance"])
    assert Membership.objects.current().filter(user=plain, role="finance").exists()


def test_what_a_sub_user_does_stands_under_their_own_name(unit, sub):
    """S4-74"""
    platform = innovation_platform(unit)
    PlatformFlow.fire(platform, "submit", actor=sub, acting_for=unit)
    record = FlowRecord.objects.filter(step="submit").latest("pk")
    assert (record.actor, record.actor_name) == (sub, "尤书瑶")


def test_the_last_administrator_is_counted_among_main_accounts_only(unit, main, sub):
    with pytest.raises(Refused, match="唯一的单位管理员"):
        remove_member(organization=unit, user=main, actor=main)


def test_a_unit_has_so_many_sub_users_and_no_more(unit, main, sub, settings):
    settings.SUB_USERS_PER_UNIT = 2
    second = services.open_sub_user(organization=unit, actor=main, name="乙", phone="13800003333")
    with pytest.raises(Refused, match="最多 2 个子用户"):
        services.open_sub_user(organization=unit, actor=main, name="丙", phone="13800004444")
    services.disable(organization=unit, user=second, actor=main, reason="离职")
    services.open_sub_user(organization=unit, actor=main, name="丙", phone="13800004444")
    with pytest.raises(Refused, match="最多 2 个"):
        services.reopen(organization=unit, user=second, actor=main)


def test_somebody_with_an_account_becomes_one_where_name_and_phone_agree(unit, main):
    known = person("许清和", phone="13800005555", password="correct horse battery")
    with pytest.raises(Refused, match="姓名与您填写的不一致"):
        services.open_sub_user(organization=unit, actor=main, name="别名", phone="13800005555")
    assert services.open_sub_user(organization=unit, actor=main, name="许清和", phone="13800005555") == known
    assert is_unit_admin(known, unit)
    assert not TextMessage.objects.filter(phone="13800005555").exists()
    with pytest.raises(Refused, match="已是本单位的子用户"):
        services.open_sub_user(organization=unit, actor=main, name="许清和", phone="13800005555")


def test_an_administrator_is_not_made_a_sub_user(unit, main):
    with pytest.raises(Refused, match="已是单位管理员"):
        services.open_sub_user(organization=unit, actor=main, name=main.name, phone=main.phone)


def test_disabling_ends_the_rights_at_once_and_reopening_gives_them_back(unit, main, sub):
    page = browser(sub)
    answer = browser(main).post(path("disable_sub_user", unit.pk, sub.pk), {"reason": "调岗"})
    assert (answer.status_code, is_unit_admin(sub, unit)) == (302, False)
    assert page.get(reverse("organizations:organization", args=[unit.pk])).status_code == 404
    with pytest.raises(Refused, match="无需重复"):
        services.disable(organization=unit, user=sub, actor=main, reason="x")
    assert browser(main).post(path("reopen_sub_user", unit.pk, sub.pk)).status_code == 302
    assert is_unit_admin(sub, unit)


def test_the_link_is_sent_again_until_a_password_is_set(unit, main, sub):
    address = path("text_sub_user", unit.pk, sub.pk)
    assert browser(main).post(address).status_code == 302
    assert TextMessage.objects.filter(phone=PHONE).count() == 2
    sub.set_password("correct horse battery")
    sub.save()
    with pytest.raises(Refused, match="已设置过密码"):
        services.text_link(organization=unit, user=User.objects.get(pk=sub.pk), actor=main)


def test_sub_users_of_another_unit_do_not_exist(unit, main, sub):
    stranger = unit_admin(organization("粤湾加油站"), "外人")
    page = browser(stranger)
    assert page.get(path("sub_users", unit.pk)).status_code == 404
    for name in ("disable_sub_user", "reopen_sub_user", "text_sub_user"):
        assert page.post(path(name, unit.pk, sub.pk), {"reason": "x"}).status_code == 404
        assert (
            page.post(path(name, stranger.memberships.first().organization_id, sub.pk), {"reason": "x"}).status_code
            == 404
        )


def test_the_form_opens_one_and_says_what_is_wrong(unit, main):
    address = path("open_sub_user", unit.pk)
    wrong = browser(main).post(address, {"name": "甲", "phone": "12345"})
    assert (wrong.status_code, "11 位" in wrong.content.decode()) == (422, True)
    assert browser(main).post(address, {"name": "甲", "phone": "13800006666"}).status_code == 302
    shown = browser(main).get(path("sub_users", unit.pk)).content.decode()
    assert "甲" in shown
    assert "待激活" in shown
