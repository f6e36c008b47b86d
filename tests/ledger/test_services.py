"""What each movement of money promises, refuses and leaves behind."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from gongyi.ledger import services
from gongyi.ledger.models import Entry, Hold, PaymentAccount, Transaction
from gongyi.workflow import Refused
from tests.factories.accounts import person
from tests.factories.ledger import payment_account

pytestmark = pytest.mark.django_db

SOURCE = "reservation:12"


@pytest.fixture
def li():
    return person("李明远")


@pytest.fixture
def account(li):
    return payment_account(leader=li, balance=1000)


def yuan(amount):
    return Decimal(amount)


def standing(account):
    account.refresh_from_db()
    return str(account.available), str(account.held)


def booked(account, **filters):
    """Transactions after the first top-up, oldest first: kind and the change of each book."""
    rows = Transaction.objects.filter(account=account, **filters).exclude(kind="top_up").order_by("pk")
    return [(t.kind, {e.book: str(e.amount) for e in t.entries.order_by("pk")}) for t in rows]


def hold(account, amount, source=SOURCE):
    return services.hold(account=account, amount=yuan(amount), source=source, actor=account.leader)


def capture(amount, source=SOURCE, **more):
    return services.capture(source=source, amount=yuan(amount), actor=None, **more)


# hold


def test_a_hold_moves_money_from_available_to_held(account, li):
    held = hold(account, "300")
    assert standing(account) == ("700.00", "300.00")
    assert booked(account) == [("hold", {"available": "-300.00", "held": "300.00"})]
    stored = Hold.objects.get()
    assert (held.pk, stored.account, stored.amount, stored.settled_at) == (stored.pk, account, yuan(300), None)
    record = Transaction.objects.get(kind="hold")
    assert (record.actor, record.source, record.key) == (li, SOURCE, "hold:reservation:12")


def test_a_hold_is_one_statement(account, django_assert_num_queries):
    assert account.leader
    with django_assert_num_queries(1):
        hold(account, "300")


def test_a_hold_may_use_the_credit_line_to_the_last_cent():
    account = payment_account(balance=100, credit_line=50)
    hold(account, "150.00")
    assert standing(account) == ("-50.00", "150.00")


def test_a_hold_that_can_not_be_paid_names_the_missing_amount(account):
    hold(account, "300", "reservation:1")
    with pytest.raises(Refused) as refused:
        hold(account, "820")
    assert str(refused.value) == "账户余额不足，还差 ¥120.00。请联系账户所属单位管理员充值，或改用其他付款账户。"
    assert refused.value.code == "balance_too_low"
    assert standing(account) == ("700.00", "300.00")
    assert Hold.objects.count() == 1


def test_a_hold_of_nothing_leaves_a_hold_and_no_entries(account):
    hold(account, "0")
    assert booked(account) == []
    capture("0")
    assert booked(account) == []
    assert Hold.objects.get().captured == 0


def test_an_account_below_zero_can_not_even_hold_nothing(account):
    hold(account, "1000")
    capture("1060")
    with pytest.raises(Refused, match="还差 ¥60.00"):
        hold(account, "0", "reservation:13")


def test_the_same_hold_again_is_the_same_hold(account):
    first = hold(account, "300")
    assert hold(account, "300.00").pk == first.pk
    assert standing(account) == ("700.00", "300.00")
    assert len(booked(account)) == 1


def test_another_amount_for_the_same_source_is_refused(account):
    hold(account, "300")
    with pytest.raises(Refused, match="已冻结 ¥300.00"):
        hold(account, "400")
    with pytest.raises(Refused, match="已冻结"):
        hold(payment_account(balance=1000), "300")


@pytest.mark.parametrize(("status", "word"), [("frozen", "已冻结"), ("closed", "已停用"), ("pending", "待确认")])
def test_an_account_not_in_order_holds_nothing(account, status, word):
    PaymentAccount.objects.filter(pk=account.pk).update(status=status)
    with pytest.raises(Refused, match=f"{word}，不能付款"):
        hold(account, "1")


def test_a_stale_account_object_does_not_decide(account):
    stale = PaymentAccount.objects.get(pk=account.pk)
    hold(account, "900", "reservation:1")
    assert stale.available == 1000
    with pytest.raises(Refused, match="还差 ¥100.00"):
        hold(stale, "200")


@pytest.mark.parametrize("amount", ["-1", "0.001", "NaN", "Infinity"])
def test_an_amount_that_is_no_money_is_a_mistake_of_the_caller(account, amount):
    with pytest.raises(ValueError):
        hold(account, amount)
    with pytest.raises(TypeError):
        services.hold(account=account, amount=1.5, source=SOURCE, actor=None)


@pytest.mark.django_db(transaction=True)
def test_money_moves_only_inside_a_transaction():
    with transaction.atomic():
        account = payment_account(balance=10)
    with pytest.raises(transaction.TransactionManagementError):
        hold(account, "1")


# capture and release


def test_a_charge_below_the_hold_gives_back_the_rest(account):
    hold(account, "300")
    capture("250.50")
    assert standing(account) == ("749.50", "0.00")
    assert booked(account)[1:] == [("capture", {"held": "-300.00", "revenue": "250.50", "available": "49.50"})]
    assert Hold.objects.get().captured == yuan("250.50")


def test_a_charge_of_exactly_the_hold(account):
    hold(account, "300")
    capture("300")
    assert booked(account)[1:] == [("capture", {"held": "-300.00", "revenue": "300.00"})]


def test_a_charge_above_the_hold_takes_the_rest_even_below_zero(account):
    hold(account, "1000")
    capture("1200")
    assert standing(account) == ("-200.00", "0.00")
    with pytest.raises(Refused, match="还差 ¥300.00"):
        hold(account, "100", "reservation:13")


def test_a_charge_of_nothing_releases_the_hold(account):
    hold(account, "300")
    capture("0")
    assert standing(account) == ("1000.00", "0.00")
    assert booked(account)[1:] == [("release", {"held": "-300.00", "available": "300.00"})]


def test_a_late_cancellation_is_charged_as_one(account):
    hold(account, "300")
    capture("150", kind=Transaction.Kind.CANCELLATION_FEE, note="开始前 2 小时取消")
    record = Transaction.objects.get(kind="cancellation_fee")
    assert (record.note, standing(account)) == ("开始前 2 小时取消", ("850.00", "0.00"))


def test_a_frozen_account_still_pays_for_what_was_used(account):
    hold(account, "300")
    PaymentAccount.objects.filter(pk=account.pk).update(status="frozen")
    capture("310")
    assert standing(account) == ("690.00", "0.00")


def test_charging_twice_happens_once(account):
    hold(account, "300")
    capture("300")
    assert capture("999").captured == 300
    assert standing(account) == ("700.00", "0.00")
    assert [kind for kind, _lines in booked(account)] == ["hold", "capture"]


def test_releasing_gives_everything_back_and_twice_happens_once(account):
    hold(account, "300")
    services.release(source=SOURCE, actor=None)
    services.release(source=SOURCE, actor=None)
    assert standing(account) == ("1000.00", "0.00")
    assert booked(account)[1:] == [("release", {"held": "-300.00", "available": "300.00"})]


def test_releasing_what_was_never_held_does_nothing():
    assert services.release(source=SOURCE, actor=None) is None


def test_charging_what_was_never_held_is_refused():
    with pytest.raises(Refused, match="没有冻结过金额"):
        capture("1")


def test_what_was_released_can_not_be_charged_and_what_was_charged_not_released(account):
    hold(account, "300")
    services.release(source=SOURCE, actor=None)
    with pytest.raises(Refused, match="已经解冻"):
        capture("1")
    hold(account, "300", "reservation:13")
    capture("1", "reservation:13")
    with pytest.raises(Refused, match="已扣款 ¥1.00"):
        services.release(source="reservation:13", actor=None)


# rehold


def test_a_moved_booking_holds_more_or_less(account):
    hold(account, "300")
    services.rehold(source=SOURCE, amount=yuan(500), actor=None)
    assert standing(account) == ("500.00", "500.00")
    services.rehold(source=SOURCE, amount=yuan(100), actor=None)
    services.rehold(source=SOURCE, amount=yuan(100), actor=None)
    assert standing(account) == ("900.00", "100.00")
    assert [kind for kind, _lines in booked(account)] == ["hold", "hold", "release"]
    capture("100")
    assert standing(account) == ("900.00", "0.00")


def test_a_booking_can_not_move_to_what_can_not_be_paid(account):
    hold(account, "300")
    with pytest.raises(Refused, match="还差 ¥0.01"):
        services.rehold(source=SOURCE, amount=yuan("1000.01"), actor=None)
    assert standing(account) == ("700.00", "300.00")


def test_a_settled_hold_can_not_be_changed(account):
    hold(account, "300")
    capture("300")
    with pytest.raises(Refused, match="已结清"):
        services.rehold(source=SOURCE, amount=yuan(1), actor=None)


# correct


def test_a_charge_is_corrected_to_a_new_total_with_the_reason(account, li):
    hold(account, "300")
    capture("300")
    services.correct(source=SOURCE, amount=yuan(120), actor=li, reason="提前 1 小时结束")
    assert standing(account) == ("880.00", "0.00")
    assert booked(account)[2:] == [("correction", {"available": "180.00", "revenue": "-180.00"})]
    record = Transaction.objects.get(kind="correction")
    assert (record.note, record.actor) == ("提前 1 小时结束", li)
    services.correct(source=SOURCE, amount=yuan(120), actor=li, reason="提前 1 小时结束")
    assert len(booked(account)) == 3
    services.correct(source=SOURCE, amount=yuan(150), actor=li, reason="复核")
    assert standing(account) == ("850.00", "0.00")


def test_only_a_charge_can_be_corrected_and_only_with_a_reason(account, li):
    hold(account, "300")
    with pytest.raises(Refused, match="尚未扣款"):
        services.correct(source=SOURCE, amount=yuan(1), actor=li, reason="提前结束")
    with pytest.raises(Refused, match="请填写更正原因"):
        services.correct(source=SOURCE, amount=yuan(1), actor=li, reason="  ")


# top up and adjust


def top_up(account, amount="500", voucher_no="PZ20261121", **more):
    return services.top_up(account=account, amount=yuan(amount), voucher_no=voucher_no, actor=None, **more)


def test_a_top_up_raises_the_balance_against_a_voucher(account):
    record = top_up(account, voucher_no=" pz20261121 ", note="第二季度")
    assert standing(account) == ("1500.00", "0.00")
    stored = Transaction.objects.get(pk=record.pk)
    assert (stored.kind, stored.voucher_no, stored.note) == ("top_up", "PZ20261121", "第二季度")
    assert {e.book: e.amount for e in stored.entries.all()} == {"available": 500, "cash": -500}


def test_a_voucher_tops_up_an_account_once_however_it_is_typed(account):
    top_up(account)
    with pytest.raises(Refused, match="凭证号 PZ20261121 已于 .* 为该账户充值，不能重复使用。请核对凭证号。"):
        top_up(account, voucher_no="ＰＺ20261121")
    assert standing(account) == ("1500.00", "0.00")
    top_up(payment_account(), voucher_no="PZ20261121")


@pytest.mark.parametrize(("amount", "voucher_no"), [("0", "PZ1"), ("-5", "PZ1"), ("5", "  ")])
def test_a_top_up_without_money_or_voucher_is_refused(account, amount, voucher_no):
    with pytest.raises(Refused):
        top_up(account, amount, voucher_no)


def test_no_single_amount_is_absurd(account):
    with pytest.raises(Refused, match="不能超过 ¥99,999,999.99"):
        top_up(account, "100000000.00")


@pytest.mark.parametrize(("status", "works"), [("frozen", True), ("closed", False), ("pending", False)])
def test_a_frozen_account_may_be_topped_up_a_closed_one_not(account, status, works):
    PaymentAccount.objects.filter(pk=account.pk).update(status=status)
    if works:
        top_up(account)
    else:
        with pytest.raises(Refused, match="不能登记收款"):
            top_up(account)


def test_an_adjustment_moves_the_balance_with_a_reason_and_happens_once(account, li):
    for _click in range(2):
        services.adjust(account=account, amount=yuan("-200.50"), actor=li, reason="凭证金额录错", key="a")
    assert standing(account) == ("799.50", "0.00")
    assert booked(account) == [("correction", {"available": "-200.50", "cash": "200.50"})]
    assert Transaction.objects.get(kind="correction").note == "凭证金额录错"


def test_an_adjustment_takes_back_no_more_than_there_is(account, li):
    hold(account, "900")
    with pytest.raises(Refused, match="可用余额只有 ¥100.00"):
        services.adjust(account=account, amount=yuan("-100.01"), actor=li, reason="退款", key="a")


# the database's own guards


def committed(act, *args):
    """Do it and everything the database checks at commit."""
    with transaction.atomic():
        act(*args)
        execute("SET CONSTRAINTS ALL IMMEDIATE")


def refused_by_the_database(sql):
    with pytest.raises(IntegrityError) as refused:
        committed(execute, sql)
    return str(refused.value)


def unguarded(table, trigger):
    """Switch one guard off for the rest of this test's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")


def execute(sql, params=()):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount


CHANGES = [
    ("ledger_entry", "UPDATE ledger_entry SET amount = amount * 2"),
    ("ledger_entry", "DELETE FROM ledger_entry"),
    ("ledger_transaction", "UPDATE ledger_transaction SET note = 'x'"),
    ("ledger_transaction", "DELETE FROM ledger_transaction"),
]


@pytest.mark.parametrize(("table", "sql"), CHANGES)
def test_what_was_booked_can_not_be_changed_or_deleted(account, table, sql):
    assert "append-only" in refused_by_the_database(sql)


@pytest.mark.parametrize(("table", "sql"), CHANGES)
def test_without_the_guard_it_could_be(account, table, sql):
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("SET CONSTRAINTS ALL DEFERRED")
    unguarded(table, "ledger_append_only")
    if table == "ledger_transaction" and sql.startswith("DELETE"):
        unguarded("ledger_entry", "ledger_append_only")
        execute("DELETE FROM ledger_entry")
    assert execute(sql) >= 1


def test_even_a_bulk_delete_through_the_models_is_refused(account):
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.all()._raw_delete("default")


@pytest.mark.parametrize("table", ["ledger_entry", "ledger_transaction"])
def test_the_ledger_can_not_be_emptied(account, table):
    execute("SET CONSTRAINTS ALL IMMEDIATE")  # no check of this transaction may wait while the table is altered
    execute(f"ALTER TABLE {table} ENABLE TRIGGER ledger_never_emptied")  # off in tests: see tests/conftest.py
    assert "append-only: TRUNCATE" in refused_by_the_database("TRUNCATE ledger_transaction, ledger_entry")


def test_without_the_guard_it_could_be_emptied(account):
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("TRUNCATE ledger_transaction, ledger_entry")
    assert not Entry.objects.exists()


def one_sided(account):
    record = Transaction.objects.create(account=account, kind="top_up", key="one-sided")
    Entry.objects.create(transaction=record, account=account, book="available", amount=yuan(100))


def test_a_transaction_that_does_not_sum_to_zero_is_refused_at_commit(account):
    with pytest.raises(IntegrityError, match="sum to 100"):
        committed(one_sided, account)
    assert standing(account) == ("1000.00", "0.00")


def test_without_the_guard_money_comes_from_nowhere(account):
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("SET CONSTRAINTS ALL DEFERRED")
    unguarded("ledger_entry", "ledger_transaction_balanced")
    one_sided(account)
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert standing(account) == ("1100.00", "0.00")


def test_an_entry_can_not_pay_from_somebody_elses_account(account):
    other = payment_account(balance=50)

    def stray():
        record = Transaction.objects.create(account=account, kind="top_up", key="stray")
        Entry.objects.create(transaction=record, account=other, book="available", amount=yuan(-50))
        Entry.objects.create(transaction=record, account=other, book="revenue", amount=yuan(50))

    with pytest.raises(IntegrityError, match="2 of them on another account"):
        committed(stray)


@pytest.mark.parametrize("column", ["available", "held"])
def test_a_balance_can_not_be_written(account, column):
    sql = f"UPDATE ledger_paymentaccount SET {column} = {column} + 1"
    assert "follows its entries" in refused_by_the_database(sql)
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    unguarded("ledger_paymentaccount", "ledger_balance_not_written")
    assert execute(sql) == 1


def test_an_account_begins_with_nothing(account):
    with pytest.raises(IntegrityError, match="follows its entries"), transaction.atomic():
        payment_account(available=yuan(1_000_000))


def test_saving_a_stale_account_can_not_bring_back_an_old_balance(account):
    stale = PaymentAccount.objects.get(pk=account.pk)
    hold(account, "300")
    stale.name = "新名称"
    with pytest.raises(IntegrityError), transaction.atomic():
        stale.save()
    stale.save(update_fields=["name"])
    assert standing(account) == ("700.00", "300.00")
