"""The platform administrator's users: find, open, close, unlock."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from gongyi.accounts import lockout, services
from gongyi.accounts.models import User
from gongyi.audit.models import AuditEvent
from gongyi.kit.refusal import Refused
from gongyi.notifications.models import TextMessage
from tests.accounts.conftest import PASSWORD
from tests.accounts.test_captcha_and_lockout import fail
from tests.accounts.test_sign_in import sign_in
from tests.factories.accounts import person, platform_admin

PAGES = ["users/", "users/new/", "users/{pk}/", "users/{pk}/edit/", "users/{pk}/deactivate/", "users/{pk}/activate/"]
ACTS = ["users/{pk}/unlock/", "users/{pk}/mail/"]


@pytest.mark.parametrize("path", PAGES)
def test_only_the_platform_administrator_has_these_screens(client, lin, admin, path):
    address = f"/accounts/{path.format(pk=lin.pk)}"
    visitor = client.get(address)
    client.force_login(lin)
    other = client.get(address)
    client.force_login(admin)

    assert (visitor.status_code, other.status_code, client.get(address).status_code) == (302, 404, 200)


@pytest.mark.parametrize("path", ACTS)
def test_only_the_platform_administrator_may_act(client, lin, admin, path):
    address = f"/accounts/{path.format(pk=lin.pk)}"
    client.force_login(lin)
    other = client.post(address)
    client.force_login(admin)

    assert (other.status_code, client.get(address).status_code, client.post(address).status_code) == (404, 405, 302)


def test_users_are_found_by_name_phone_and_pinyin(client, admin, lin, zhou):
    client.force_login(admin)
    for text in ("知远", "1381234", "lin zhi"):
        page = client.get("/accounts/users/", {"q": text}).content.decode()
        assert ("Lin.ZY" in page, "zhoumin" in page) == (True, False)


def test_the_list_asks_as_many_queries_for_thirty_people_as_for_one(client, admin):
    client.force_login(admin)
    client.get("/accounts/users/")
    with counted_queries() as few:
        client.get("/accounts/users/")
    for _number in range(30):
        person()
    with counted_queries() as many:
        client.get("/accounts/users/")

    assert len(many) == len(few)


def counted_queries():
    return CaptureQueriesContext(connection)


def test_a_new_account_gets_a_mail_to_set_its_password(client, admin):
    client.force_login(admin)
    client.post(
        "/accounts/users/new/", {"name": "何晓", "username": "hexiao", "email": "hexiao@example.cn", "phone": ""}
    )
    new = User.objects.get(username="hexiao")

    assert not new.has_usable_password()
    assert ProcrastinateJob.objects.get().args == {"user_pk": new.pk, "welcome": True, "opening": ""}
    assert not TextMessage.objects.exists()


def test_an_identifier_in_use_is_refused_whatever_it_is_used_as(client, admin, lin):
    client.force_login(admin)
    answer = client.post("/accounts/users/new/", {"name": "何晓", "username": "13812346021", "email": "LIN@example.cn"})

    assert answer.status_code == 422
    assert "这个用户名已被使用" in answer.content.decode()
    assert "这个邮箱已被其他账号使用" in answer.content.decode()
    with pytest.raises(Refused, match="已由用户 林知远 使用"):
        services.create_person(actor=admin, name="何晓", username="lin.zy")


def test_closing_an_account_takes_a_reason_and_ends_its_sessions(client, admin, lin):
    hers = Client()
    hers.force_login(lin)
    client.force_login(admin)
    refused = client.post(f"/accounts/users/{lin.pk}/deactivate/", {"reason": ""})
    done = client.post(f"/accounts/users/{lin.pk}/deactivate/", {"reason": "已毕业离校"})

    assert (refused.status_code, done.status_code) == (422, 302)
    assert hers.get("/accounts/").status_code == 302
    assert AuditEvent.objects.get().reason == "已毕业离校"
    assert "已毕业离校" in client.get(f"/accounts/users/{lin.pk}/").content.decode()


def test_an_account_is_opened_again(client, admin, lin):
    services.deactivate(user=lin, actor=admin, reason="误操作")
    client.force_login(admin)
    client.post(f"/accounts/users/{lin.pk}/activate/", {"comment": ""})
    client.logout()

    assert sign_in(client, "lin.zy", PASSWORD).status_code == 302


def test_refusals_are_sentences(admin, lin):
    with pytest.raises(Refused, match="不能停用自己的账号"):
        services.deactivate(user=admin, actor=admin, reason="x")
    with pytest.raises(Refused, match="该账号可以正常登录"):
        services.activate(user=lin, actor=admin)
    services.deactivate(user=lin, actor=admin, reason="x")
    with pytest.raises(Refused, match="该账号已经停用"):
        services.deactivate(user=lin, actor=admin, reason="x")


def test_several_accounts_are_closed_at_once_but_not_ones_own(client, admin, lin, zhou):
    client.force_login(admin)
    chosen = {"action": "deactivate", "confirmed": "1", "reason": "统一清理", "pk": [lin.pk, zhou.pk, admin.pk]}
    page = client.post("/accounts/users/", chosen, follow=True).content.decode()

    assert list(User.objects.filter(is_active=True)) == [admin]
    assert "已停用 2 人" in page
    assert "不能停用自己的账号" in page


def test_an_administrator_unlocks(client, admin, lin):
    fail(client, 10)
    client.force_login(admin)
    assert "解除锁定" in client.get(f"/accounts/users/{lin.pk}/").content.decode()
    client.post(f"/accounts/users/{lin.pk}/unlock/")

    assert lockout.locked_until("lin.zy") is None


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_close_each_other_at_once_leave_one():
    for _round in range(3):
        first, second = platform_admin("甲"), platform_admin("乙")
        start = Barrier(2)

        def close(pair, start=start):
            start.wait()
            try:
                services.deactivate(user=pair[1], actor=pair[0], reason="x")
                return "closed"
            except Refused as refusal:
                return refusal.code
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as threads:
            answers = list(threads.map(close, [(first, second), (second, first)]))

        assert sorted(answers) == ["closed", "not_allowed"]
        User.objects.filter(pk__in=[first.pk, second.pk]).update(is_staff=False)


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_lock_both_are_gone():
    pair = [platform_admin("甲"), platform_admin("乙")]
    both_have_looked = Barrier(2)

    def close(actor, other):
        try:
            with transaction.atomic():
                assert User.objects.get(pk=actor.pk).is_active
                both_have_looked.wait()
                User.objects.filter(pk=other.pk).update(is_active=False)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(close, pair, reversed(pair)))

    assert not User.objects.filter(is_staff=True, is_active=True).exists()
