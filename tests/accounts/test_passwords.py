"""Changing a password and getting a new one by e-mail; nobody learns who has an account."""

import re

import pytest
from axes.models import AccessAttempt
from django.core import mail
from django.test import Client
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from gongyi.accounts import lockout, services
from gongyi.accounts.models import LoginRecord, User
from gongyi.notifications.models import Notification
from tests.accounts.conftest import PASSWORD
from tests.accounts.test_sign_in import sign_in
from tests.factories.accounts import person

NEW = "xin-de-mi-ma-26"


@pytest.fixture
def me(client, lin):
    client.force_login(lin)
    return lin


def change(client, old=PASSWORD, new=NEW, repeated=None):
    return client.post("/accounts/password/", {"old_password": old, "new_password": new, "repeated": repeated or new})


def link_in_the_mail(user):
    services.send_reset_mail(user.pk)
    return re.search(r"http://[^/]+(/accounts/reset/\S+)", mail.outbox[-1].body).group(1)


def queued():
    return [
        job.args["user_pk"]
        for job in ProcrastinateJob.objects.filter(task_name="accounts.send_reset_mail").order_by("id")
    ]


def test_s0_54_a_password_is_changed_and_the_session_goes_on(client, me):
    assert change(client).status_code == 302
    assert User.objects.get(pk=me.pk).check_password(NEW)
    assert client.get("/accounts/").status_code == 200


def test_other_sessions_end(client, me):
    elsewhere = Client()
    elsewhere.force_login(me)
    change(client)

    assert elsewhere.get("/accounts/").status_code == 302


def test_the_owner_is_told(client, me):
    change(client)

    assert Notification.objects.get(user=me).title == "密码已修改"


@pytest.mark.parametrize(
    ("old", "new", "repeated", "sentence"),
    [
        ("wrong", NEW, NEW, "当前密码不正确，还可以再试 9 次"),
        (PASSWORD, NEW, "another-one-26", "两次输入的密码不一样"),
        (PASSWORD, "12345678", "12345678", "数字"),
        (PASSWORD, "short", "short", "8 个字符"),
        (PASSWORD, "lin@example.cn", "lin@example.cn", "相似"),
    ],
)
def test_what_is_wrong_with_it_is_said(client, me, old, new, repeated, sentence):
    answer = change(client, old, new, repeated)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert User.objects.get(pk=me.pk).check_password(PASSWORD)


def test_an_open_session_is_no_place_to_guess(client, me):
    for _time in range(10):
        change(client, "wrong")

    assert change(client).status_code == 422
    assert lockout.locked_until(me.username) is not None


def test_the_answer_is_the_same_for_known_and_unknown_accounts(client, lin):
    known = client.post("/accounts/reset/", {"identifier": "lin.zy"})
    unknown = client.post("/accounts/reset/", {"identifier": "nobody"})

    assert (known.status_code, known.url) == (unknown.status_code, unknown.url) == (302, "/accounts/reset/sent/")
    assert queued() == [lin.pk, 0]


def test_asking_stands_in_the_login_log(client, lin):
    client.post("/accounts/reset/", {"identifier": "13812346021"})

    assert LoginRecord.objects.get(user=lin).outcome == "reset_asked"


def test_an_account_gets_three_mails_in_half_an_hour(client, lin):
    for _time in range(5):
        client.post("/accounts/reset/", {"identifier": "lin.zy"})

    assert queued() == [lin.pk] * 3 + [0] * 2


def test_one_address_cannot_ask_for_ever(client, db):
    for number in range(30):
        client.post("/accounts/reset/", {"identifier": f"guess{number}"})
    answer = client.post("/accounts/reset/", {"identifier": "one-more"})

    assert answer.status_code == 429
    assert "请 30 分钟后再试" in answer.content.decode()


def test_the_mail_leads_to_a_new_password(client, lin):
    link = link_in_the_mail(lin)
    form = client.get(link, follow=True)
    done = client.post(form.redirect_chain[-1][0], {"new_password": NEW, "repeated": NEW})

    assert mail.outbox[0].to == ["lin@example.cn"]
    assert done.url == "/accounts/sign-in/"
    assert sign_in(client, "lin.zy", NEW).status_code == 302


def test_a_new_password_lifts_the_lock(client, lin):
    for _time in range(10):
        miss_once()
    link = link_in_the_mail(lin)
    client.post(client.get(link).url, {"new_password": NEW, "repeated": NEW})

    assert lockout.locked_until("lin.zy") is None


def miss_once():
    attempt, _new = AccessAttempt.objects.get_or_create(username="Lin.ZY", defaults={"failures_since_start": 0})
    AccessAttempt.objects.filter(pk=attempt.pk).update(failures_since_start=attempt.failures_since_start + 1)


def test_the_token_does_not_stay_in_the_address(client, lin):
    link = link_in_the_mail(lin)

    assert client.get(link).url.endswith("/set/")


def test_a_link_works_once(client, lin):
    link = link_in_the_mail(lin)
    client.post(client.get(link).url, {"new_password": NEW, "repeated": NEW})

    stale = client.get(link)
    assert stale.status_code == 410
    assert "链接已过期，或已经用过" in stale.content.decode()


@pytest.mark.parametrize("uid", ["MQ", "AAAA", "%F0", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk"])
def test_a_made_up_link_is_stale(client, db, uid):
    assert client.get(f"/accounts/reset/{uid}/abc-def/").status_code == 410


def test_closed_accounts_and_those_without_address_get_no_mail(lin):
    assert services.send_reset_mail(person("无邮箱", email=None).pk) is False
    assert services.send_reset_mail(person("已停用", is_active=False).pk) is False
    assert services.send_reset_mail(0) is False
    assert mail.outbox == []


def test_who_never_had_a_password_may_set_one(client, db):
    new = person("新人")

    assert client.get(link_in_the_mail(new)).status_code == 302


def test_the_link_leads_to_the_configured_site_whatever_the_request_says(lin, settings):
    settings.SITE_URL = "http://share.example.cn"
    link_in_the_mail(lin)

    assert "http://share.example.cn/accounts/reset/" in mail.outbox[0].body


def test_the_queued_job_is_one_the_worker_knows_and_sends_the_mail(client, lin):
    client.post("/accounts/reset/", {"identifier": "lin.zy"})
    job = ProcrastinateJob.objects.get()
    app.tasks[job.task_name](**job.args)

    assert mail.outbox[0].to == ["lin@example.cn"]


@pytest.mark.parametrize("short", ["12345", "abcdefg", "qwerty"])
def test_a_password_that_is_too_short_is_refused_in_chinese(me, client, short):
    answer = client.post("/accounts/password/", {"old_password": PASSWORD, "new_password": short, "repeated": short})
    assert answer.status_code == 422
    said = answer.context["form"].errors["new_password"]
    assert "密码太短，至少 8 个字符。" in said
    assert not any(re.search("[A-Za-z]", sentence) for sentence in said)
