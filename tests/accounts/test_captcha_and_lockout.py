"""Three free tries, then a picture, at ten a rest; and nothing is lost when sixteen try at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from threading import Barrier

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import authenticate
from django.db import connection
from django.test import Client, RequestFactory
from django.utils import timezone
from PIL import Image

from gongyi.accounts import captcha, lockout
from gongyi.accounts.models import Captcha, LoginRecord
from tests.accounts.test_sign_in import sign_in, signed_in_as

WRONG = "not-my-password"


def fail(client, times, identifier="lin.zy"):
    """Miss `times` times, reading every picture that is asked for."""
    for _time in range(times):
        answer = sign_in(
            client, identifier, WRONG, **({"captcha": read_picture(client)} if times_failed() >= 3 else {})
        )
    return answer


def times_failed():
    return sum(AccessAttempt.objects.values_list("failures_since_start", flat=True))


def read_picture(client):
    client.get("/accounts/sign-in/captcha.png")
    return Captcha.objects.get(pk=client.session["captcha"]).answer


def test_three_wrong_tries_need_no_captcha(client, lin):
    assert "captcha.png" not in fail(client, 2).content.decode()


def test_after_three_wrong_tries_the_page_asks_for_a_captcha(client, lin):
    page = fail(client, 3).content.decode()

    assert "captcha.png" in page
    assert "换一张" in page
    assert "看不到图片？" in page


def test_without_the_captcha_not_even_the_right_password_is_checked(client, lin):
    fail(client, 3)
    answer = sign_in(client, "lin.zy")

    assert answer.status_code == 422
    assert "请同时输入图中的验证码" in answer.content.decode()
    assert signed_in_as(client) is None


def test_the_captcha_is_asked_whichever_identifier_is_used_and_in_any_browser(client, lin):
    fail(client, 3, "lin.zy")

    assert "请同时输入图中的验证码" in sign_in(Client(), "13812346021").content.decode()


def test_with_the_captcha_the_right_password_signs_in(client, lin):
    fail(client, 3)

    assert sign_in(client, "lin.zy", captcha=read_picture(client).lower()).status_code == 302
    assert times_failed() == 0


def test_a_wrong_captcha_is_said_recorded_and_costs_no_try(client, lin):
    fail(client, 3)
    read_picture(client)
    answer = sign_in(client, "lin.zy", captcha="0000")

    assert "验证码不正确或已过期，已换了一张" in answer.content.decode()
    assert times_failed() == 3
    assert LoginRecord.objects.latest("pk").outcome == "wrong_captcha"


def test_many_names_tried_from_one_address_need_a_captcha_too(client, lin):
    for number in range(lockout.CAPTCHA_AFTER_FAILURES_FROM_ADDRESS):
        sign_in(client, f"guess{number}", WRONG)

    assert "请同时输入图中的验证码" in sign_in(client, "lin.zy").content.decode()


def test_the_tenth_wrong_try_locks_and_says_until_when(client, lin):
    assert "还可以再试 1 次" in fail(client, 9).content.decode()
    answer = fail(client, 1)

    assert answer.status_code == 429
    assert "密码已连续输错 10 次，账号锁定到" in answer.content.decode()


def test_a_locked_account_checks_no_password_by_any_identifier(client, lin):
    fail(client, 10)
    answer = sign_in(client, "lin@example.cn", captcha="x")

    assert answer.status_code == 429
    assert signed_in_as(client) is None
    assert LoginRecord.objects.latest("pk").outcome == "locked"


def test_after_half_an_hour_the_account_is_free_again(client, lin):
    fail(client, 10)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=30, seconds=1))

    assert sign_in(client, "lin.zy").status_code == 302


def test_the_lock_ends_when_enough_failures_have_aged(client, lin):
    now = timezone.now()
    for minutes, agent, failures in ((20, "a", 4), (5, "b", 8)):
        AccessAttempt.objects.create(
            username="Lin.ZY",
            user_agent=agent,
            failures_since_start=failures,
            attempt_time=now - timedelta(minutes=minutes),
        )
        AccessAttempt.objects.filter(user_agent=agent).update(attempt_time=now - timedelta(minutes=minutes))

    assert lockout.locked_until("lin.zy") == now - timedelta(minutes=20) + timedelta(minutes=30)


def test_another_account_is_not_locked_with_it(client, lin, zhou):
    fail(client, 10)

    assert sign_in(client, "zhoumin").status_code == 302


def test_the_api_answers_a_locked_account_with_a_sentence(client, lin):
    fail(client, 10)
    answer = lockout.locked_out(RequestFactory().post("/api/v1/token"), None, {"username": "lin.zy"})

    assert answer.status_code == 429
    assert b'"code": "locked"' in answer.content


# the picture


def test_the_picture_is_a_small_png_that_is_not_kept_by_browsers(client, db):
    answer = client.get("/accounts/sign-in/captcha.png")
    picture = Image.open(BytesIO(answer.content))

    assert (picture.format, picture.size) == ("PNG", captcha.SIZE)
    assert "no-store" in answer["Cache-Control"]
    assert len(picture.getcolors()) > 10


def test_another_picture_comes_without_a_new_page(client, db):
    fragment = client.get("/accounts/sign-in/captcha/").content.decode()

    assert fragment.startswith("<img")
    assert "已换一张验证码" in fragment


def test_a_captcha_is_good_once(db):
    session = {}
    answer = captcha.issue(session)
    again = dict(session)

    assert captcha.redeem(session, answer)
    assert not captcha.redeem(again, answer)


def test_a_wrong_answer_uses_the_captcha_up(db):
    session = {}
    answer = captcha.issue(session)
    again = dict(session)

    assert not captcha.redeem(session, "????")
    assert not captcha.redeem(again, answer)


def test_a_captcha_belongs_to_its_session(db):
    answer = captcha.issue({})

    assert not captcha.redeem({}, answer)


def test_a_captcha_grows_stale(db):
    session = {}
    answer = captcha.issue(session)
    Captcha.objects.update(expires_at=timezone.now())

    assert not captcha.redeem(session, answer)


def test_stale_captchas_are_swept_away_by_the_next_one(db):
    captcha.issue({})
    Captcha.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    captcha.issue({})

    assert Captcha.objects.count() == 1


@pytest.mark.parametrize("typed", ["k7pm", "Ｋ７ＰＭ", " k 7 p m "])
def test_what_a_keyboard_does_to_four_letters_does_not_matter(typed):
    assert captcha.normalised(typed) == "K7PM"


# all at once


def at_once(count, act):
    """Run `act(number)` in `count` threads that start together; each closes its connection."""
    start = Barrier(count)

    def run(number):
        start.wait()
        try:
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(run, range(count)))


@pytest.mark.django_db(transaction=True)
def test_of_sixteen_wrong_passwords_at_once_none_is_forgotten(lin):
    def guess(number):
        request = RequestFactory().post("/accounts/sign-in/", {"username": "lin.zy"})
        assert authenticate(request, username="lin.zy", password=f"guess-{number}") is None
        return "refused" if request.axes_failures_since_start is None else "counted"

    answers = at_once(16, guess)

    assert lockout.failures_of("lin.zy") == answers.count("counted") >= 10
    assert lockout.locked_until("lin.zy") is not None


@pytest.mark.django_db(transaction=True)
def test_twin_counting_by_reading_and_writing_forgets_most(lin):
    AccessAttempt.objects.create(username="Lin.ZY", user_agent="", failures_since_start=0)
    all_have_read = Barrier(6)

    def guess(number):
        row = AccessAttempt.objects.get(username="Lin.ZY")
        all_have_read.wait()
        row.failures_since_start += 1
        row.save()

    at_once(6, guess)

    assert lockout.failures_of("lin.zy") == 1


@pytest.mark.django_db(transaction=True)
def test_of_eight_uses_of_one_captcha_at_once_one_is_good():
    session = {}
    answer = captcha.issue(session)

    assert sorted(at_once(8, lambda number: captcha.redeem(dict(session), answer))) == [False] * 7 + [True]


@pytest.mark.django_db(transaction=True)
def test_twin_looking_first_and_deleting_then_lets_all_through():
    session = {}
    answer = captcha.issue(session)
    all_have_looked = Barrier(6)

    def redeem(number):
        row = Captcha.objects.filter(pk=session["captcha"], answer=answer).first()
        all_have_looked.wait()
        Captcha.objects.filter(pk=session["captcha"]).delete()
        return row is not None

    assert at_once(6, redeem) == [True] * 6
