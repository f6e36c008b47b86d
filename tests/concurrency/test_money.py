"""Money under attack: many clients at once on one account, against a real PostgreSQL, each with a twin without the guard.

The crowd is made to meet: somebody holds the account's row until every client waits for it, then lets go.
"""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from gongyi.ledger import journal, services
from gongyi.ledger.models import Entry, Hold, PaymentAccount, Transaction
from gongyi.ledger.verification import differences
from gongyi.workflow import Refused
from tests.factories.ledger import payment_account

CLIENTS = 16
PRICE = Decimal("100.00")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account():
    with transaction.atomic():
        return payment_account(balance=500)


def crowd(account, act, clients=CLIENTS):
    """Let all clients run `act(number)` in a transaction of their own at the same time; what each got, refusals as text."""

    def client(number):
        try:
            with transaction.atomic():
                act(number)
            return "done"
        except Refused as refusal:
            return str(refusal)
        finally:
            connection.close()

    with ThreadPoolExecutor(clients) as pool:
        with transaction.atomic():
            PaymentAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
            answers = [pool.submit(client, number) for number in range(clients)]
            _until(lambda: _waiting() == clients)
        return [answer.result(timeout=30) for answer in answers]


def _waiting():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees the first answer for ever
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0]


def _until(condition):
    met = any(condition() for _try in range(20_000))  # each try is a question to the server
    assert met, "the clients never met"


def held(number, account):
    with transaction.atomic():
        services.hold(account=account, amount=PRICE, source=f"reservation:{number}", actor=None)


def standing(account):
    account = PaymentAccount.objects.get(pk=account.pk)
    return account.available, account.held


# Sixteen bookings, money for five


def test_of_sixteen_bookings_the_account_pays_for_five(account):
    answers = crowd(account, lambda number: held(number, account))
    short = "账户余额不足，还差 ¥100.00。请联系账户所属单位管理员充值，或改用其他付款账户。"
    assert sorted(answers) == ["done"] * 5 + [short] * 11
    assert standing(account) == (0, 500)
    assert Hold.objects.count() == 5
    assert differences() == []


@pytest.fixture
def _set_aside_without_lock():
    """The database's function that holds money, without its lock; put back afterwards."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('ledger_set_aside'::regproc)")
        (guarded,) = cursor.fetchone()
        assert "FOR NO KEY UPDATE" in guarded
        cursor.execute(guarded.replace("FOR NO KEY UPDATE", ""))
    yield
    with connection.cursor() as cursor:
        cursor.execute(guarded)


@pytest.mark.usefixtures("_set_aside_without_lock")
def test_twin_without_the_lock_all_sixteen_are_booked(account):
    answers = crowd(account, lambda number: held(number, account))
    assert answers == ["done"] * CLIENTS
    assert standing(account) == (-1100, 1600)


# One use, charged sixteen times


def charge(number):
    services.capture(source="reservation:1", amount=PRICE, actor=None)


def test_one_use_is_charged_once(account):
    held(1, account)
    assert crowd(account, charge) == ["done"] * CLIENTS
    assert standing(account) == (400, 0)
    assert Transaction.objects.filter(kind="capture").count() == 1
    assert differences() == []


def without_locks(monkeypatch):
    """Read the hold as it was before the crowd was let go, as code without a lock does."""

    def seen(source):
        hold = Hold.objects.select_related("account").get(source=source)
        services.lock(hold.account)  # late: what was read is stale already
        return hold

    monkeypatch.setattr(services, "_locked_hold", seen)


def without_keys(monkeypatch):
    """Give every transaction a key of its own, so that none stops another."""
    numbers = iter(range(1000))
    post = journal.post
    for module in (journal, services):
        monkeypatch.setattr(
            module, "post", lambda kind, *, key, **more: post(kind, key=f"{key}:{next(numbers)}", **more)
        )


def test_twin_without_the_lock_the_key_still_stops_the_second_charge(account, monkeypatch):
    held(1, account)
    without_locks(monkeypatch)
    refused = []

    def attempt(number):
        try:
            with transaction.atomic():
                charge(number)
        except IntegrityError as error:
            refused.append(str(error))

    crowd(account, attempt)
    assert len(refused) == CLIENTS - 1
    assert all("unique" in text for text in refused)
    assert standing(account) == (400, 0)


def test_twin_without_lock_and_key_one_use_is_charged_many_times(account, monkeypatch):
    for number in range(3):
        held(number, account)  # so that the held balance can be taken more than once
    without_locks(monkeypatch)
    without_keys(monkeypatch)
    assert crowd(account, charge, 3) == ["done"] * 3
    assert Transaction.objects.filter(kind="capture", source="reservation:1").count() == 3
    assert [text for text in differences() if "reservation:1" in text] != []


# Cancel and charge at once


def test_a_use_is_either_charged_or_released(account):
    held(1, account)

    def either(number):
        if number % 2:
            services.release(source="reservation:1", actor=None)
        else:
            charge(number)

    crowd(account, either)
    available, set_aside = standing(account)
    assert set_aside == 0
    assert available == (400 if Hold.objects.get().captured is not None else 500)
    assert Transaction.objects.exclude(kind__in=("hold", "top_up")).count() == 1
    assert differences() == []


# One voucher, entered sixteen times


def voucher(number, account):
    services.top_up(account=account, amount=PRICE, voucher_no="PZ-2026-1121", actor=None)


def test_one_voucher_tops_up_once(account):
    answers = crowd(account, lambda number: voucher(number, account))
    assert sorted(a == "done" for a in answers) == [False] * 15 + [True]
    assert {a.split(" 已于")[0] for a in answers if a != "done"} == {"凭证号 PZ-2026-1121"}
    assert standing(account) == (600, 0)
    assert differences() == []


def test_twin_without_the_lock_the_voucher_is_refused_by_the_key_alone(account, monkeypatch):
    monkeypatch.setattr(journal, "lock", lambda account: PaymentAccount.objects.get(pk=account.pk))
    refused = []

    def attempt(number):
        try:
            with transaction.atomic():
                voucher(number, account)
        except IntegrityError as error:
            refused.append(str(error))

    crowd(account, attempt)
    assert len(refused) == CLIENTS - 1
    assert standing(account) == (600, 0)


def test_twin_without_lock_and_key_the_voucher_counts_every_time(account, monkeypatch):
    monkeypatch.setattr(journal, "lock", lambda account: PaymentAccount.objects.get(pk=account.pk))
    without_keys(monkeypatch)
    assert crowd(account, lambda number: voucher(number, account)) == ["done"] * CLIENTS
    assert standing(account) == (500 + CLIENTS * PRICE, 0)


# Accounts in opposite order


def test_captures_and_holds_on_one_account_never_wait_in_a_circle(account):
    for number in range(4):
        held(number, account)

    def mixed(number):
        if number < 4:
            services.lock(account)  # as a booking does before it looks at the calendar
            services.capture(source=f"reservation:{number}", amount=PRICE, actor=None)
        elif number < 8:
            services.capture(source=f"reservation:{number - 4}", amount=PRICE, actor=None)
        else:
            held(number, account)

    answers = crowd(account, mixed)
    assert answers[:8] == ["done"] * 8
    assert answers[8:].count("done") == 1
    assert Entry.objects.filter(book="revenue").count() == 4
    assert differences() == []
