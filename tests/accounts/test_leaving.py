"""Closing one's own account (S4-7), and who is platform administrator: one always remains."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from gongyi.accounts import duties, services
from gongyi.accounts.models import LoginRecord, User
from gongyi.audit.models import AuditEvent
from gongyi.kit.refusal import Refused
from gongyi.notifications.models import Notification
from tests.accounts.conftest import PASSWORD
from tests.accounts.test_sign_in import sign_in, signed_in_as
from tests.factories.accounts import person, platform_admin

CLOSE = "/accounts/close/"
SURE = {"old_password": PASSWORD, "understood": "on"}


@pytest.fixture
def me(client, lin):
    client.force_login(lin)
    return lin


@pytest.fixture
def no_duties(monkeypatch):
    monkeypatch.setattr(duties, "_obstacles", [])
    monkeypatch.setattr(duties, "_consequences", [])


@pytest.mark.usefixtures("no_duties")
def test_s4_7_a_person_closes_their_account_for_good(client, me):
    services.create_token(me, "脚本")
    LoginRecord.objects.create(user=me, identifier="13812346021", succeeded=True)
    answer = client.post(CLOSE, SURE)
    gone = User.objects.get(pk=me.pk)
    assert answer.url == "/"
    assert signed_in_as(client) is None
    assert (gone.is_active, gone.email, gone.phone, gone.username) == (False, None, None, f"closed:{me.pk}")
    assert (gone.name, gone.closed_at is not None) == ("林知远", True)
    assert not gone.has_usable_password()
    assert not gone.api_tokens.filter(revoked_at=None).exists()
    assert list(LoginRecord.objects.values_list("identifier", flat=True)) == [f"closed:{me.pk}"]
    assert AuditEvent.objects.filter(what="注销账号").count() == 1
    assert sign_in(client, "lin.zy").status_code == 422


@pytest.mark.usefixtures("no_duties")
def test_what_was_freed_may_be_registered_again(me):
    services.close_account(user=me)
    again = services.sign_up(name="林知远", username="Lin.ZY", password=PASSWORD, address="13812346021")
    assert again.pk != me.pk


@pytest.mark.usefixtures("no_duties")
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"old_password": "wrong"}, "当前密码不正确，还可以再试 9 次"),
        ({"understood": ""}, "请先确认已了解注销的后果"),
    ],
)
def test_the_password_and_a_tick_are_asked(client, me, typed, sentence):
    answer = client.post(CLOSE, SURE | typed)
    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
    assert User.objects.get(pk=me.pk).is_active


@pytest.mark.usefixtures("no_duties")
def test_consequences_are_read_before(client, me):
    services.create_token(me, "脚本")
    duties.register_consequence(services._keys_that_end)
    duties.register_consequence(lambda user: ["您在望江大学的绑定解除。"])
    page = client.get(CLOSE).content.decode()
    assert "您的 1 个访问令牌立即失效。" in page
    assert "您在望江大学的绑定解除。" in page


@pytest.mark.usefixtures("no_duties")
def test_obstacles_of_other_apps_refuse(client, me):
    duties.register_obstacle(lambda user: ["您是望江大学唯一的单位管理员，请先指定另一位。"])
    assert "现在还不能注销" in client.get(CLOSE).content.decode()
    answer = client.post(CLOSE, SURE)
    assert answer.status_code == 422
    assert "您是望江大学唯一的单位管理员，请先指定另一位。" in answer.content.decode()
    assert User.objects.get(pk=me.pk).is_active


@pytest.mark.usefixtures("no_duties")
def test_the_administrator_reads_the_same_with_the_persons_name(client, me, admin):
    duties.register_obstacle(lambda user: ["您是望江大学唯一的单位管理员。"])
    duties.register_consequence(lambda user: ["您的 2 个预约取消。"])
    client.force_login(admin)
    for headers in ({}, {"HX-Request": "true"}):
        page = client.get(f"/accounts/users/{me.pk}/deactivate/", headers=headers).content.decode()
        assert "林知远是望江大学唯一的单位管理员。" in page
        assert "林知远的 2 个预约取消。" in page


def test_the_only_administrator_cannot_leave(client, admin):
    with pytest.raises(Refused, match="唯一的平台管理员"):
        services.close_account(user=admin)
    client.force_login(admin)
    assert "您是唯一的平台管理员" in client.get(CLOSE).content.decode()


@pytest.mark.usefixtures("no_duties")
def test_a_closed_account_is_not_opened_again(client, me, admin):
    services.close_account(user=me)
    with pytest.raises(Refused, match="已由本人注销"):
        services.activate(user=me, actor=admin)
    with pytest.raises(Refused, match="已经注销"):
        services.close_account(user=me)
    client.force_login(admin)
    assert "已注销" in client.get(f"/accounts/users/{me.pk}/").content.decode()


def test_the_database_keeps_no_address_of_a_closed_account(lin):
    with pytest.raises(IntegrityError, match="user_closed_left_no_address"), transaction.atomic():
        User.objects.filter(pk=lin.pk).update(closed_at=timezone.now())


# platform administrators


def grant(client, user, reason="值班需要"):
    return client.post(f"/accounts/users/{user.pk}/grant/", {"reason": reason})


def withdraw(client, user, reason="轮换"):
    return client.post(f"/accounts/users/{user.pk}/withdraw/", {"reason": reason})


def test_an_administrator_appoints_another_who_is_told(client, admin, lin):
    client.force_login(admin)
    assert grant(client, lin, reason="").status_code == 422
    assert grant(client, lin).status_code == 302
    assert User.objects.get(pk=lin.pk).is_staff
    assert Notification.objects.get(user=lin).title == "您已成为平台管理员"
    assert (AuditEvent.objects.get().what, AuditEvent.objects.get().reason) == ("授予平台管理员", "值班需要")


def test_an_administrator_is_made_an_ordinary_person_again(client, admin, lin):
    services.grant_administration(user=lin, actor=admin, reason="x")
    client.force_login(admin)
    assert withdraw(client, lin).url == f"/accounts/users/{lin.pk}/"
    assert not User.objects.get(pk=lin.pk).is_staff


def test_one_may_step_back_oneself_when_another_remains(client, admin, lin):
    client.force_login(admin)
    refused = withdraw(client, admin)
    assert (refused.status_code, "平台不能没有管理员" in refused.content.decode()) == (422, True)
    services.grant_administration(user=lin, actor=admin, reason="x")
    assert withdraw(client, admin).url == "/accounts/"
    assert list(User.objects.filter(is_staff=True)) == [lin]


def test_an_administrator_who_may_not_sign_in_does_not_count_as_the_one_who_remains(admin):
    platform_admin("停用的", is_active=False)
    with pytest.raises(Refused, match="唯一的平台管理员"):
        services.withdraw_administration(user=admin, actor=admin, reason="x")


def test_nobody_else_appoints(client, lin, zhou):
    client.force_login(lin)
    assert [grant(client, zhou).status_code, withdraw(client, zhou).status_code] == [404, 404]
    with pytest.raises(Refused, match="您已不是平台管理员"):
        services.grant_administration(user=zhou, actor=lin, reason="x")
    with pytest.raises(Refused, match="您已不是平台管理员"):
        services.withdraw_administration(user=zhou, actor=lin, reason="x")


def test_refusals_are_sentences(admin, lin):
    with pytest.raises(Refused, match="已经是平台管理员"):
        services.grant_administration(user=admin, actor=admin, reason="x")
    with pytest.raises(Refused, match="林知远 不是平台管理员"):
        services.withdraw_administration(user=lin, actor=admin, reason="x")
    with pytest.raises(Refused, match="已停用，请先启用"):
        services.grant_administration(user=person("停", is_active=False), actor=admin, reason="x")


LEAVE = {
    "each other": lambda me, other: services.withdraw_administration(user=other, actor=me, reason="x"),
    "themselves": lambda me, _other: services.withdraw_administration(user=me, actor=me, reason="x"),
    "their accounts": lambda me, _other: services.close_account(user=me),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", LEAVE)
def test_two_administrators_who_withdraw_at_once_leave_one(way):
    for _round in range(3):
        pair = [platform_admin("甲"), platform_admin("乙")]
        start = Barrier(2)

        def leave(me, other, start=start):
            start.wait()
            try:
                LEAVE[way](User.objects.get(pk=me.pk), User.objects.get(pk=other.pk))
                return "left"
            except Refused as refusal:
                return refusal.code
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as threads:
            answers = list(threads.map(leave, pair, reversed(pair)))
        assert sorted(answers) in (["last_administrator", "left"], ["left", "not_allowed"])
        assert User.objects.filter(is_staff=True, is_active=True).count() == 1
        User.objects.filter(is_staff=True).update(is_staff=False)


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_lock_both_are_gone(monkeypatch):
    pair = [platform_admin("甲"), platform_admin("乙")]
    both_have_looked = Barrier(2)

    def look_only():
        found = set(User.objects.filter(is_staff=True, is_active=True).values_list("pk", flat=True))
        both_have_looked.wait()
        return found

    monkeypatch.setattr(services, "_administrators", look_only)

    def leave(me):
        try:
            services.withdraw_administration(user=me, actor=me, reason="x")
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(leave, pair))
    assert not User.objects.filter(is_staff=True).exists()
