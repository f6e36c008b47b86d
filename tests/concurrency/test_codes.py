"""A code is good once and for five guesses, however many try at the same moment; and what happens without the guard."""

import threading

import pytest
from django.utils import timezone

from gongyi.accounts import codes
from gongyi.accounts.models import VerificationCode
from gongyi.kit.refusal import Refused
from gongyi.notifications.models import TextMessage
from tests.concurrency.crowd import by_many

PHONE, PURPOSE = "13812346021", "accounts.sign_up"
CLIENTS = 12
pytestmark = pytest.mark.django_db(transaction=True)


def wrong(row, number):
    return f"{(int(codes.code_of(row)) + 1 + number) % 10**6:06d}"


def test_of_twelve_redemptions_at_once_one_is_good():
    row = codes.send_code(PHONE, PURPOSE)
    answers = by_many(lambda _number: codes.redeem_code(PHONE, PURPOSE, codes.code_of(row)), CLIENTS)
    assert answers == ["done"] + ["used"] * (CLIENTS - 1)


def test_twin_looking_first_and_using_up_then_lets_all_through():
    row = codes.send_code(PHONE, PURPOSE)
    all_have_looked = threading.Barrier(CLIENTS)

    def redeem(_number):
        unused = VerificationCode.objects.get(pk=row.pk, used_at=None)
        all_have_looked.wait()
        VerificationCode.objects.filter(pk=unused.pk).update(used_at=timezone.now())

    assert by_many(redeem, CLIENTS) == ["done"] * CLIENTS


def test_of_twelve_guesses_at_once_five_count():
    row = codes.send_code(PHONE, PURPOSE)
    answers = by_many(lambda number: codes.redeem_code(PHONE, PURPOSE, wrong(row, number)), CLIENTS)
    assert (answers.count("wrong"), answers.count("no_tries")) == (codes.TRIES, CLIENTS - codes.TRIES)
    assert VerificationCode.objects.get().tries_left == 0
    with pytest.raises(Refused, match="已输错 5 次"):
        codes.redeem_code(PHONE, PURPOSE, codes.code_of(row))


def test_twin_counting_by_reading_and_writing_lets_every_guess_count_as_the_first():
    row = codes.send_code(PHONE, PURPOSE)
    all_have_read = threading.Barrier(CLIENTS)
    checked = []

    def guess(number):
        mine = VerificationCode.objects.get(pk=row.pk)
        all_have_read.wait()
        if mine.tries_left:
            checked.append(number)
            VerificationCode.objects.filter(pk=mine.pk).update(tries_left=mine.tries_left - 1)

    by_many(guess, CLIENTS)
    assert (len(checked), VerificationCode.objects.get().tries_left) == (CLIENTS, codes.TRIES - 1)


def test_a_guess_counts_even_where_its_caller_would_take_it_back():
    row = codes.send_code(PHONE, PURPOSE)
    from django.db import transaction

    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        codes.redeem_code(PHONE, PURPOSE, wrong(row, 0))


def test_of_twelve_requests_at_once_one_message_is_sent():
    answers = by_many(lambda _number: codes.send_code(PHONE, PURPOSE, client="10.0.0.1"), CLIENTS)
    assert answers == ["done"] + ["too_soon"] * (CLIENTS - 1)
    assert TextMessage.objects.count() == 1


def test_twin_without_the_lock_every_request_is_sent(monkeypatch):
    all_have_looked = threading.Barrier(CLIENTS)
    check = codes._check_limits

    def look_together(*given):
        check(*given)
        all_have_looked.wait()

    monkeypatch.setattr(codes, "_one_at_a_time", lambda *given: None)
    monkeypatch.setattr(codes, "_check_limits", look_together)
    by_many(lambda _number: codes.send_code(PHONE, PURPOSE, client="10.0.0.1"), CLIENTS)
    assert TextMessage.objects.count() == CLIENTS
