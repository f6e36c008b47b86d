"""Random histories keep every promise of the ledger, and what was tampered with is found and named."""

from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from gongyi.ledger import services
from gongyi.ledger.models import Hold
from gongyi.ledger.verification import differences
from gongyi.workflow import Refused
from tests.factories.ledger import payment_account

amounts = st.decimals(0, 400, places=2)
sources = st.integers(1, 4).map("reservation:{}".format)
acts = st.one_of(
    st.tuples(st.just("hold"), sources, amounts),
    st.tuples(st.just("rehold"), sources, amounts),
    st.tuples(st.just("capture"), sources, amounts),
    st.tuples(st.just("release"), sources, st.none()),
    st.tuples(st.just("correct"), sources, amounts),
    st.tuples(st.just("top_up"), st.text("ABC", min_size=1, max_size=2), amounts),
    st.tuples(st.just("adjust"), st.text("ABC", min_size=1, max_size=2), st.decimals(-300, 300, places=2)),
)


def play(account, act, name, amount):
    match act:
        case "hold":
            services.hold(account=account, amount=amount, source=name, actor=None)
        case "rehold" | "capture":
            getattr(services, act)(source=name, amount=amount, actor=None)
        case "release":
            services.release(source=name, actor=None)
        case "correct":
            services.correct(source=name, amount=amount, actor=None, reason="复核")
        case "top_up":
            services.top_up(account=account, amount=amount, voucher_no=name, actor=None)
        case "adjust":
            services.adjust(account=account, amount=amount, actor=None, reason="复核", key=name)


class History(TestCase):
    """A class, because hypothesis rolls the database back between its examples only for these."""

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(credit_line=st.sampled_from([0, 500]), history=st.lists(acts, max_size=25))
    def test_any_history_leaves_a_ledger_that_proves_itself(self, credit_line, history):
        account = payment_account(balance=600, credit_line=credit_line)
        for act, name, amount in history:
            before = Hold.objects.filter(source=name).first()
            account.refresh_from_db()
            was = account.spendable
            try:
                with transaction.atomic():
                    play(account, act, name, amount)
            except Refused:
                account.refresh_from_db()
                assert account.spendable == was, "a refusal moves nothing"
                continue
            account.refresh_from_db()
            if act in ("hold", "rehold"):
                assert account.spendable >= min(was, Decimal(0)), "no booking beyond the credit line"
            after = Hold.objects.filter(source=name).first()
            if before and before.captured is not None and act == "capture":
                assert after.captured == before.captured, "charged once"
        assert account.held == sum((h.amount for h in Hold.objects.open()), Decimal(0))
        assert differences() == []
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


# Tampering is found


@pytest.fixture
def account(db):
    account = payment_account("储能组", code="FK0001", balance=1000)
    services.hold(account=account, amount=Decimal(300), source="reservation:1", actor=None)
    services.hold(account=account, amount=Decimal(200), source="reservation:2", actor=None)
    services.capture(source="reservation:2", amount=Decimal(150), actor=None)
    return account


def tamper(*statements):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("ledger_entry", "ledger_transaction", "ledger_paymentaccount"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            cursor.execute(statement)


def test_an_untouched_ledger_proves_itself(account):
    assert differences() == []


def test_a_written_balance_is_found(account):
    tamper("UPDATE ledger_paymentaccount SET available = available + 1")
    assert differences() == [
        "账户 FK0001：可用余额记为 ¥551.00，按分录为 ¥550.00；"
        "冻结金额记为 ¥300.00，按分录为 ¥300.00，按未结冻结为 ¥300.00。"
    ]


def test_a_changed_entry_is_found(account):
    tamper("UPDATE ledger_entry SET amount = 100 WHERE book = 'revenue'")
    found = differences()
    assert len(found) == 2
    assert "不平：合计 −¥50.00，共 3 行，其中 0 行属于别的账户" in found[0]
    assert found[1] == "reservation:2：未结冻结 ¥0.00，按分录为 ¥0.00；扣款 ¥150.00，按分录为 ¥100.00。"


def test_a_hold_that_was_lost_is_found(account):
    tamper("DELETE FROM ledger_hold WHERE source = 'reservation:1'")
    assert [text.split("：")[0] for text in differences()] == ["账户 FK0001", "reservation:1"]


def test_a_transaction_without_entries_is_found(account):
    tamper("DELETE FROM ledger_entry WHERE transaction_id = (SELECT max(id) FROM ledger_transaction)")
    assert "共 0 行" in differences()[0]


def test_no_more_differences_are_told_than_asked_for(account):
    for _number in range(3):
        payment_account()
    tamper("UPDATE ledger_paymentaccount SET available = available + 1")
    assert len(differences(limit=2)) == 2


@pytest.mark.django_db(transaction=True)
def test_the_command_proves_or_tells(capsys):
    with transaction.atomic():
        account = payment_account(balance=1000, code="FK0009")
    call_command("verify_ledger")
    assert capsys.readouterr().out == "账目相符：1 个付款账户，2 行分录。\n"
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_paymentaccount DISABLE TRIGGER ledger_balance_not_written")
        cursor.execute("UPDATE ledger_paymentaccount SET available = 5 WHERE id = %s", [account.pk])
        cursor.execute("ALTER TABLE ledger_paymentaccount ENABLE TRIGGER ledger_balance_not_written")
    with pytest.raises(CommandError, match="账目有出入：1 处。") as failed:
        call_command("verify_ledger")
    assert failed.value.returncode == 1
    assert "账户 FK0009：可用余额记为 ¥5.00，按分录为 ¥1,000.00" in capsys.readouterr().out
