"""Registering oneself (S2-1 … S2-4), being activated (S3-33, S3-35), recovering by phone (S1-21)."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.core import mail
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from gongyi.accounts import codes, identities, links, services
from gongyi.accounts.models import LoginRecord, User, VerificationCode
from gongyi.kit.refusal import Refused
from gongyi.notifications.models import Notification, TextMessage
from tests.accounts.conftest import PASSWORD, prove
from tests.accounts.test_sign_in import sign_in, signed_in_as
from tests.factories.accounts import person

SIGN_UP = "/accounts/sign-up/"
NEW = "xin-de-mi-ma-26"
PHONE = "13700001111"


def filled(**data):
    return {
        "name": "何晓", "username": "hexiao", "address": PHONE, "code": "", "new_password": NEW, "repeated": NEW, "agreed": "on",
    } | data  # fmt: skip


def code_for(address):
    return codes.code_of(VerificationCode.objects.filter(address=address).latest("pk"))


# registering


@pytest.mark.parametrize(
    ("address", "phone", "email"), [(PHONE, PHONE, None), ("New@Example.cn", None, "new@example.cn")]
)
def test_s2_3_a_person_registers_with_a_phone_or_an_e_mail_and_its_code(client, db, address, phone, email):
    client.post("/accounts/codes/", {"address": address, "purpose": codes.SIGN_UP})
    answer = client.post(SIGN_UP, filled(address=address, code=code_for(address.lower())))
    made = User.objects.get(username="hexiao")
    assert (answer.status_code, answer.url) == (302, "/desk/")
    assert (made.name, made.phone, made.email, made.check_password(NEW)) == ("何晓", phone, email, True)
    assert signed_in_as(client) == str(made.pk)
    assert LoginRecord.objects.get(user=made).outcome == "sign_up"


def test_s2_4_afterwards_one_signs_in_with_what_one_chose(client, db):
    prove(client, PHONE)
    client.post(SIGN_UP, filled())
    client.logout()
    assert sign_in(client, "HeXiao", NEW).status_code == 302


def test_the_page_somebody_came_from_is_where_they_go_on(client, db):
    prove(client, PHONE)
    assert client.post(f"{SIGN_UP}?next=/instruments/", filled()).url == "/instruments/"


def test_no_address_of_another_site_is_followed(client, db):
    prove(client, PHONE)
    assert client.post(f"{SIGN_UP}?next=https://evil.example/", filled()).url == "/desk/"


def test_s2_2_an_identity_is_named_and_leads_on(client, db, monkeypatch):
    monkeypatch.setattr(identities, "IDENTITIES", {})
    monkeypatch.setattr("gongyi.accounts.views.joining.IDENTITIES", identities.IDENTITIES)
    identities.register("unit", "法人单位管理员", "portal:organizations")
    page = client.get(f"{SIGN_UP}?identity=unit").content.decode()
    assert "您正在以法人单位管理员身份注册" in page
    assert "/accounts/sign-in/?next=%2Forganizations%2F" in page
    assert "身份注册" not in client.get(f"{SIGN_UP}?identity=<b>").content.decode()
    prove(client, PHONE)
    assert client.post(f"{SIGN_UP}?identity=unit", filled()).url == "/organizations/"


def test_who_is_signed_in_already_goes_straight_on(client, lin):
    client.force_login(lin)
    assert client.get(f"{SIGN_UP}?next=/instruments/").url == "/instruments/"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"code": ""}, "请点「获取验证码」"),
        ({"username": "13812346021"}, "以字母开头"),
        ({"username": "abc"}, "4–30 个字符"),
        ({"username": "何晓何晓"}, "以字母开头"),
        ({"address": "1234"}, "11 位"),
        ({"address": "me@"}, "完整的邮箱地址"),
        ({"repeated": "another-one-26"}, "两次输入的密码不一样"),
        ({"new_password": "12345678", "repeated": "12345678"}, "数字"),
        ({"new_password": "hexiao", "repeated": "hexiao"}, "8 个字符"),
        ({"new_password": "hexiao26", "username": "hexiao2", "repeated": "hexiao26"}, "相似"),
        ({"agreed": ""}, "请阅读并同意用户协议"),
        ({"name": ""}, "请填写这一项"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(client, db, data, sentence):
    answer = client.post(SIGN_UP, filled(**data))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert not User.objects.exists()
    for name in ("name", "username", "address"):
        assert f'value="{filled(**data)[name]}"' in page or not filled(**data)[name]


def test_a_taken_user_name_is_said(client, db, lin):
    prove(client, PHONE)
    assert "这个用户名已被使用" in client.post(SIGN_UP, filled(username="lin.zy")).content.decode()


def test_a_stranger_does_not_learn_whose_phone_has_an_account(client, db, lin):
    known = client.post("/accounts/codes/", {"address": lin.phone, "purpose": codes.SIGN_UP})
    unknown = client.post("/accounts/codes/", {"address": PHONE, "purpose": codes.SIGN_UP})
    without = client.post(SIGN_UP, filled(address=lin.phone)).content.decode()
    mistaken = client.post(SIGN_UP, filled(address=lin.phone, code="x")).content.decode()
    assert known.json()["sentence"].replace("6021", "1111").replace("138", "137") == unknown.json()["sentence"]
    assert "已注册" not in without + mistaken


def test_the_owner_of_the_phone_is_told_that_there_is_an_account(client, lin):
    client.post("/accounts/codes/", {"address": lin.phone, "purpose": codes.SIGN_UP})
    assert "已注册过账号，可直接登录或找回密码" in TextMessage.objects.get().body
    page = client.post(SIGN_UP, filled(address=lin.phone, code=code_for(lin.phone))).content.decode()
    assert "已注册，用户名是 Lin.ZY" in page


def test_a_proved_address_is_not_asked_for_again_after_another_mistake(client, db):
    client.post("/accounts/codes/", {"address": PHONE, "purpose": codes.SIGN_UP})
    assert client.post(SIGN_UP, filled(code=code_for(PHONE), agreed="")).status_code == 422
    assert client.post(SIGN_UP, filled(code="")).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_of_eight_registrations_of_one_phone_at_once_one_is_made():
    start = Barrier(8)

    def register(number):
        start.wait()
        try:
            services.sign_up(name="何晓", username=f"hexiao{number}", password=NEW, address=PHONE)
            return "made"
        except Refused as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(register, range(8))) == ["made"] + ["taken"] * 7
    assert User.objects.filter(phone=PHONE).count() == 1


# recovering by phone


def recover(client, phone, code):
    return client.post("/accounts/recover/", {"phone": phone, "code": code})


def test_s1_21_a_code_to_the_phone_leads_to_a_new_password(client, lin):
    client.post("/accounts/codes/", {"address": lin.phone, "purpose": codes.RECOVER})
    form = recover(client, lin.phone, code_for(lin.phone))
    assert client.get(form.url).status_code == 200
    assert client.post(form.url, {"new_password": NEW, "repeated": NEW}).url == "/accounts/sign-in/"
    assert sign_in(client, lin.phone, NEW).status_code == 302
    assert LoginRecord.objects.filter(user=lin, outcome="reset_asked").exists()


def test_a_wrong_code_leads_nowhere(client, lin):
    client.post("/accounts/codes/", {"address": lin.phone, "purpose": codes.RECOVER})
    answer = recover(client, lin.phone, "x")
    assert (answer.status_code, "还可以再试 4 次" in answer.content.decode()) == (422, True)


def test_recovering_takes_a_fresh_code_whatever_the_session_remembers(client, lin):
    prove(client, lin.phone)
    assert recover(client, lin.phone, "").status_code == 422


def test_a_code_for_registering_recovers_nothing(client, lin):
    client.post("/accounts/codes/", {"address": lin.phone, "purpose": codes.SIGN_UP})
    assert recover(client, lin.phone, code_for(lin.phone)).status_code == 422


def test_a_phone_without_account_gets_the_same_answer_and_no_message(client, lin):
    known = client.post("/accounts/codes/", {"address": lin.phone, "purpose": codes.RECOVER}).json()
    unknown = client.post("/accounts/codes/", {"address": PHONE, "purpose": codes.RECOVER}).json()
    assert [text.phone for text in TextMessage.objects.all()] == [lin.phone]
    assert known["sentence"][-10:] == unknown["sentence"][-10:]
    assert known.keys() == unknown.keys()


def test_a_closed_account_is_not_recovered(client, db):
    gone = person("已停用", is_active=False, phone=PHONE)
    client.post("/accounts/codes/", {"address": gone.phone, "purpose": codes.RECOVER})
    assert not TextMessage.objects.exists()
    assert recover(client, PHONE, code_for(PHONE)).status_code == 422


def test_s1_21_the_help_page_names_every_way_and_the_hotline(client, db, settings):
    settings.HOTLINE = "0571-87951234"
    page = client.get("/accounts/help/").content.decode()
    assert 'href="/accounts/recover/"' in page
    assert 'href="/accounts/reset/"' in page
    assert "本单位管理员" in page
    assert 'href="tel:0571-87951234"' in page
    assert "/accounts/help/" in client.get("/accounts/sign-in/").content.decode()


# activation


@pytest.fixture
def invited(db):
    return person("新人", username="newcomer", email="new@example.cn", phone=PHONE)


def link_of(user):
    return links.ACTIVATION.path(user)


def test_s3_33_a_link_goes_out_by_mail_and_phone_and_no_password(invited):
    assert services.send_activation(invited, by_phone=True, body_prefix="您的机构入驻申请已通过。") == [
        "new@example.cn",
        "137****1111",
    ]
    job = ProcrastinateJob.objects.get()
    app.tasks[job.task_name](**job.args)
    body = TextMessage.objects.get().body
    assert body.startswith(
        "【共仪】您的机构入驻申请已通过。共仪账号 newcomer 已开通，请在 7 天内打开链接设置密码：http"
    )
    assert "您的机构入驻申请已通过。" in mail.outbox[0].body
    for sent in (body, mail.outbox[0].body):
        assert re.search(r"/accounts/activate/\S+/", sent)
    assert not User.objects.get(pk=invited.pk).has_usable_password()


def test_only_by_mail_when_the_phone_is_not_wanted(invited):
    assert services.send_activation(invited, by_phone=False) == ["new@example.cn"]
    assert not TextMessage.objects.exists()


def test_who_cannot_or_need_not_be_activated_is_refused_with_the_remedy(db, lin):
    for user, sentence in (
        (lin, "已设置过密码"),
        (person("停", is_active=False), "已停用"),
        (person("无", email=None, phone=None), "请先补充联系方式"),
    ):
        with pytest.raises(Refused, match=sentence):
            services.send_activation(user, by_phone=True)
    with pytest.raises(Refused, match="请先补充联系方式"):
        services.send_activation(person("只有手机", email=None), by_phone=False)


def test_s3_35_the_link_sets_the_first_password_and_signs_in(client, invited):
    form = client.get(link_of(invited))
    assert form.url.endswith("/set/")
    assert "激活账号" in client.get(form.url).content.decode()
    done = client.post(form.url, {"new_password": NEW, "repeated": NEW})
    assert done.url.startswith("/accounts/confirm/")
    assert signed_in_as(client) == str(invited.pk)
    assert LoginRecord.objects.get(user=invited).outcome == "activated"
    assert not Notification.objects.exists()


def test_a_link_is_good_once_and_a_later_one_too_until_then(client, invited):
    first, second = link_of(invited), link_of(invited)
    client.post(client.get(second).url, {"new_password": NEW, "repeated": NEW})
    client.logout()
    for link in (first, second):
        stale = client.get(link)
        assert stale.status_code == 410
        assert "激活链接已过期，或已经用过" in stale.content.decode()


def test_a_link_lasts_seven_days(client, invited, monkeypatch):
    link = link_of(invited)
    tokens = links.ACTIVATION.tokens
    now = tokens._now()
    monkeypatch.setattr(tokens, "_now", lambda: now + timedelta(days=7, seconds=-5))
    assert client.get(link).status_code == 302
    monkeypatch.setattr(tokens, "_now", lambda: now + timedelta(days=7, seconds=5))
    assert client.get(link).status_code == 410


def test_the_token_of_one_kind_opens_no_link_of_the_other(client, invited):
    uid, token = link_of(invited).strip("/").split("/")[-2:]
    assert client.get(f"/accounts/reset/{uid}/{token}/").status_code == 410


def test_a_weak_password_is_refused_behind_the_link(client, invited):
    form = client.get(link_of(invited))
    assert client.post(form.url, {"new_password": "12345678", "repeated": "12345678"}).status_code == 422
    assert not User.objects.get(pk=invited.pk).has_usable_password()


def use_at_once(user, use):
    start = Barrier(6)

    def act(number):
        start.wait()
        try:
            use(number)
            return "used"
        except Refused as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        return sorted(threads.map(act, range(6)))


@pytest.mark.django_db(transaction=True)
def test_of_six_uses_of_a_link_at_once_one_counts():
    user = person("新人")
    token = links.ACTIVATION.tokens.make_token(user)

    def use(number):
        services.use_link(links.ACTIVATION, user=user, token=token, password=f"{NEW}-{number}")

    assert use_at_once(user, use) == ["stale"] * 5 + ["used"]


@pytest.mark.django_db(transaction=True)
def test_twin_asking_first_and_setting_then_lets_all_six_through():
    user = person("新人")
    token = links.ACTIVATION.tokens.make_token(user)
    all_have_asked = Barrier(6)

    def use(number):
        mine = User.objects.get(pk=user.pk)
        if not links.ACTIVATION.tokens.check_token(mine, token):
            raise Refused("stale", code="stale")
        all_have_asked.wait()
        mine.set_password(f"{NEW}-{number}")
        mine.save(update_fields=["password"])

    assert use_at_once(user, use) == ["used"] * 6


def test_the_administrator_sends_the_link_again(client, admin, invited):
    client.force_login(admin)
    page = client.post(f"/accounts/users/{invited.pk}/mail/", follow=True).content.decode()
    assert "激活链接已发往 new@example.cn、137****1111" in page
    assert "垃圾短信拦截" in page
    assert TextMessage.objects.count() == 1


def test_the_administrator_is_told_why_no_link_can_be_sent(client, admin):
    nobody = person("无", email=None, phone=None)
    client.force_login(admin)
    page = client.post(f"/accounts/users/{nobody.pk}/mail/", follow=True).content.decode()
    assert "链接无处可发" in page
    assert PASSWORD not in page
