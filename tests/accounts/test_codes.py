"""Codes by text message and e-mail: what is sent, what is refused and why, and the field any form may use (S3-31)."""

from datetime import timedelta

import pytest
from django import forms
from django.contrib.sessions.backends.db import SessionStore
from django.core import mail
from django.test import RequestFactory
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from gongyi.accounts import codes, verified
from gongyi.accounts.code_field import CodeField, ProvesAddresses
from gongyi.accounts.models import Captcha, VerificationCode
from gongyi.accounts.services import redeem_code, send_code
from gongyi.kit.refusal import Refused
from gongyi.notifications.models import TextMessage

PHONE, PURPOSE = "13812340000", "accounts.change"
SEND = "/accounts/codes/"


def code_for(address):
    return codes.code_of(VerificationCode.objects.filter(address=address).latest("pk"))


def wrong_for(address):
    return f"{(int(code_for(address)) + 1) % 10**6:06d}"


def age(**passed):
    """Let time pass for every code."""
    by = timedelta(**passed)
    for row in VerificationCode.objects.all():
        VerificationCode.objects.filter(pk=row.pk).update(
            created_at=row.created_at - by, expires_at=row.expires_at - by
        )


def test_s3_31_a_phone_gets_six_digits_that_say_what_they_are_for(db):
    send_code(" １３８1234 0000", PURPOSE)
    message = TextMessage.objects.get()
    assert message.phone == PHONE
    assert message.body == f"【共仪】验证码 {code_for(PHONE)}，用于修改联系方式，5 分钟内有效。请勿告诉他人。"
    assert message.secret
    assert message.useless_after == VerificationCode.objects.get().expires_at


def test_the_table_does_not_hold_the_digits(db):
    send_code(PHONE, PURPOSE)
    digits = code_for(PHONE)
    row = VerificationCode.objects.values().get()
    assert all(digits not in str(row[name]) for name in ("address", "purpose", "seed", "tries_left"))


def test_another_secret_key_makes_other_digits(db, settings):
    send_code(PHONE, PURPOSE)
    digits = code_for(PHONE)
    settings.SECRET_KEY = "another" * 10
    assert code_for(PHONE) != digits


def test_an_e_mail_address_gets_them_by_mail_and_the_job_does_not_know_them(db):
    send_code("New@Example.cn", PURPOSE)
    job = ProcrastinateJob.objects.get()
    assert job.args == {"code_pk": VerificationCode.objects.get().pk}
    app.tasks[job.task_name](**job.args)
    assert mail.outbox[0].to == ["new@example.cn"]
    assert code_for("new@example.cn") in mail.outbox[0].body


def test_a_stale_code_is_not_mailed_any_more(db):
    row = send_code("new@example.cn", PURPOSE)
    age(minutes=5)
    assert codes.send_code_mail(row.pk) is False
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("address", "sentence"), [("12345", "11 位"), ("138-1234-6021x", "11 位"), ("a@b", "完整的邮箱地址"), ("", "11 位")]
)
def test_what_is_no_address_is_refused(db, address, sentence):
    with pytest.raises(Refused, match=sentence):
        send_code(address, PURPOSE)
    assert not VerificationCode.objects.exists()


def test_within_a_minute_the_seconds_that_are_left_are_said(db):
    send_code(PHONE, PURPOSE)
    age(seconds=20)
    with pytest.raises(codes.TooSoon, match="请 (39|40) 秒后再获取") as refusal:
        send_code(PHONE, PURPOSE)
    assert refusal.value.seconds in (39, 40)
    age(seconds=40)
    send_code(PHONE, PURPOSE)


def test_an_address_gets_ten_codes_a_day(db):
    for _time in range(codes.CODES_PER_ADDRESS_AND_DAY):
        send_code(PHONE, PURPOSE)
        age(minutes=2)
    with pytest.raises(Refused, match=r"138\*\*\*\*0000 的验证码 24 小时内已达 10 次"):
        send_code(PHONE, PURPOSE)
    age(days=1)
    send_code(PHONE, PURPOSE)


def test_a_client_gets_a_limited_number_a_day_whatever_the_addresses(db, monkeypatch):
    monkeypatch.setattr(codes, "CODES_PER_CLIENT_AND_DAY", 3)
    for number in range(3):
        send_code(f"1381234000{number}", PURPOSE, client="10.1.1.1")
    with pytest.raises(Refused, match="从这个网络地址"):
        send_code("13812340009", PURPOSE, client="10.1.1.1")
    send_code("13812340009", PURPOSE, client="10.1.1.2")


def test_a_code_is_good_once(db):
    send_code(PHONE, PURPOSE)
    redeem_code(PHONE, PURPOSE, f" {code_for(PHONE)[:3]} {code_for(PHONE)[3:]}")
    with pytest.raises(Refused, match="已经用过"):
        redeem_code(PHONE, PURPOSE, code_for(PHONE))


def test_wrong_ones_are_counted_down_to_the_end(db):
    send_code(PHONE, PURPOSE)
    for left in (4, 3, 2, 1):
        with pytest.raises(Refused, match=f"还可以再试 {left} 次"):
            redeem_code(PHONE, PURPOSE, wrong_for(PHONE))
    with pytest.raises(Refused, match="已输错 5 次，请重新获取"):
        redeem_code(PHONE, PURPOSE, wrong_for(PHONE))
    with pytest.raises(Refused, match="不能再用"):
        redeem_code(PHONE, PURPOSE, code_for(PHONE))


def test_after_five_minutes_it_is_stale(db):
    send_code(PHONE, PURPOSE)
    age(minutes=5)
    with pytest.raises(Refused, match="已超过 5 分钟"):
        redeem_code(PHONE, PURPOSE, code_for(PHONE))


def test_a_code_is_for_its_address_and_purpose_only(db):
    send_code(PHONE, PURPOSE)
    digits = code_for(PHONE)
    for address, purpose in ((PHONE, "accounts.sign_up"), ("13812340001", PURPOSE)):
        with pytest.raises(Refused, match="还没有向"):
            redeem_code(address, purpose, digits)


def test_a_new_code_voids_the_one_before(db):
    send_code(PHONE, PURPOSE)
    first = code_for(PHONE)
    age(minutes=1)
    send_code(PHONE, PURPOSE)
    with pytest.raises(Refused, match="还可以再试"):
        redeem_code(PHONE, PURPOSE, first if first != code_for(PHONE) else "x")


def test_old_codes_are_swept_away(db):
    send_code(PHONE, PURPOSE)
    age(days=3)
    send_code(PHONE, PURPOSE)
    assert VerificationCode.objects.count() == 1


# the button


def ask(client, address=PHONE, purpose=PURPOSE, **more):
    return client.post(SEND, {"address": address, "purpose": purpose, **more})


def test_a_visitor_may_ask_and_is_told_how_long_to_wait(client, db, settings):
    settings.DEMO = False
    answer = ask(client).json()
    assert answer == {
        "sent": True, "captcha": False, "wait": 60, "sentence": "验证码已发往 138****0000，5 分钟内有效。",
    }  # fmt: skip
    again = ask(client)
    assert (again.status_code, again.json()["sent"], again.json()["wait"] > 50) == (429, False, True)


def test_nobody_chooses_the_words_of_a_message(client, db):
    assert ask(client, purpose="中奖了").status_code == 404
    assert not TextMessage.objects.exists()


def test_a_wrong_address_is_answered_with_a_sentence(client, db):
    assert (ask(client, "1234").status_code, "11 位" in ask(client, "1234").json()["sentence"]) == (422, True)


def test_who_asks_often_reads_a_picture_first(client, db):
    for number in range(codes.CAPTCHA_AFTER_CODES):
        assert ask(client, f"1381234000{number}").status_code == 200
    blocked = ask(client, "13812340009")
    assert (blocked.status_code, blocked.json()["captcha"]) == (422, True)
    assert "不正确" in ask(client, "13812340009", captcha="0000").json()["sentence"]
    client.get("/accounts/sign-in/captcha.png")
    picture = Captcha.objects.get(pk=client.session["captcha"]).answer
    assert ask(client, "13812340009", captcha=picture).status_code == 200
    assert ask(client, "13812340008", captcha=picture).status_code == 422


def test_a_demo_shows_what_would_have_been_sent_and_other_sites_do_not(client, db, settings):
    settings.DEMO = True
    assert ask(client).json()["inbox"] == "/accounts/demo-texts/"
    ask(client, "new@example.cn")
    page = client.get("/accounts/demo-texts/").content.decode()
    assert code_for(PHONE) in page
    assert code_for("new@example.cn") in page
    settings.DEMO = False
    assert client.get("/accounts/demo-texts/").status_code == 404


# the field


class ContactForm(ProvesAddresses, forms.Form):
    name = forms.CharField()
    phone = forms.CharField(required=False)
    phone_code = CodeField(proves="phone", purpose=PURPOSE)

    def owned_addresses(self):
        return {"13800000000"}


@pytest.fixture
def request_(db):
    made = RequestFactory().get("/")
    made.session = SessionStore()
    return made


def filled(request, **data):
    return ContactForm({"name": "何晓", "phone": PHONE} | data, request=request)


def test_a_form_is_valid_with_the_right_code(request_):
    send_code(PHONE, PURPOSE)
    assert filled(request_, phone_code=code_for(PHONE)).is_valid()


@pytest.mark.parametrize(("typed", "sentence"), [("", "请点「获取验证码」"), ("wrong", "还可以再试 4 次")])
def test_a_form_says_what_is_wrong_with_the_code(request_, typed, sentence):
    send_code(PHONE, PURPOSE)
    form = filled(request_, phone_code=typed and wrong_for(PHONE))
    assert not form.is_valid()
    assert sentence in str(form.errors["phone_code"])


def test_a_proved_address_needs_no_second_code_for_half_an_hour(request_):
    send_code(PHONE, PURPOSE)
    form = filled(request_, name="", phone_code=code_for(PHONE))
    assert not form.is_valid()
    assert f'data-code-proved="{PHONE}"' in str(form["phone_code"])
    assert filled(request_).is_valid()
    assert f'data-code-proved="{PHONE}"' in str(filled(request_)["phone_code"])
    session = request_.session
    session[verified.SESSION_KEY] = {PHONE: (timezone.now() - timedelta(seconds=1)).timestamp()}
    assert not filled(request_).is_valid()


def test_another_address_needs_its_own_code_and_an_owned_or_empty_one_none(request_):
    verified.remember(request_.session, PHONE)
    assert not filled(request_, phone="13812340001").is_valid()
    assert filled(request_, phone="13800000000").is_valid()
    assert filled(request_, phone="").is_valid()


def test_what_is_proved_can_be_forgotten(request_):
    verified.remember(request_.session, PHONE)
    verified.forget(request_.session, PHONE)
    assert not verified.is_verified(request_.session, PHONE)


def test_the_field_knows_its_address_also_in_a_form_with_a_prefix(request_):
    form = ContactForm(request=request_, prefix="contact")
    assert 'data-code-address="contact-phone"' in str(form["phone_code"])
