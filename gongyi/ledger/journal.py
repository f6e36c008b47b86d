"""The journal: how one balanced transaction is written, and the two kinds written by hand, top-ups and adjustments."""

import unicodedata
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.kit.money import CENT, format_money
from gongyi.kit.when import format_when
from gongyi.ledger.models import Book, PaymentAccount, Transaction
from gongyi.workflow import Refused

Kind = Transaction.Kind
LARGEST = Decimal("99999999.99")

POST = """
WITH booked AS (
    INSERT INTO ledger_transaction (account_id, kind, key, at, actor_id, source, voucher_no, note)
    VALUES (%(account)s, %(kind)s, %(key)s, %(at)s, %(actor)s, %(source)s, %(voucher_no)s, %(note)s)
    RETURNING id
), lines AS (
    INSERT INTO ledger_entry (transaction_id, account_id, book, amount, at)
    SELECT booked.id, %(account)s, line.book, line.amount, %(at)s
    FROM booked, unnest(%(books)s::varchar[], %(amounts)s::numeric[]) AS line (book, amount)
)
SELECT id FROM booked
"""


def lock(account: PaymentAccount) -> PaymentAccount:
    """Return the account as it stands, locked until the transaction ends; the first lock of whoever also books time."""
    return PaymentAccount.objects.select_for_update(no_key=True).get(pk=account.pk)


def post(
    kind: str,
    *,
    key: str,
    account: PaymentAccount,
    lines: dict[str, Decimal],
    actor: Any,
    source: str = "",
    voucher_no: str = "",
    note: str = "",
) -> Transaction:
    """Add one transaction, its `lines` an amount for each book; zeros are left out, and something must be left.

    The caller has locked the account. A `key` that is taken raises IntegrityError: callers ask first.
    """
    lines = {str(book): amount for book, amount in lines.items() if amount}
    if not lines:
        raise ValueError("a transaction without entries")
    booked = Transaction(
        account=account,
        kind=str(kind),
        key=key,
        at=timezone.now(),
        actor=actor,
        source=source,
        voucher_no=voucher_no,
        note=note,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            POST,
            {
                "account": account.pk, "kind": booked.kind, "key": key, "at": booked.at, "actor": actor and actor.pk,
                "source": source, "voucher_no": voucher_no, "note": note,
                "books": list(lines), "amounts": list(lines.values()),
            },
        )  # fmt: skip
        booked.pk = cursor.fetchone()[0]
    return booked


def top_up(*, account: PaymentAccount, amount: Decimal, voucher_no: str, actor: Any, note: str = "") -> Transaction:
    """Put `amount` on the account against a finance voucher (S0-71, S0-72).

    Refuses zero or less, a missing voucher number, one that was used for this account before, and an account that is
    closed or not yet confirmed. Who may do it is the business of `PaymentAccountFlow.top_up`.
    """
    amount = _money(amount)
    if amount <= 0:
        raise Refused(_("充值金额须大于零。"), code="invalid", remedy=_("要减少余额，请用「更正金额」。"))
    voucher_no = unicodedata.normalize("NFKC", voucher_no).strip().upper()
    if not voucher_no:
        raise Refused(_("请填写财务凭证号。"), code="invalid")
    account = lock(account)
    key = f"top_up:{account.pk}:{voucher_no}"
    if earlier := Transaction.objects.filter(key=key).first():
        raise Refused(
            _("凭证号 %(voucher)s 已于 %(when)s 为该账户充值，不能重复使用。")
            % {"voucher": voucher_no, "when": format_when(earlier.at)},
            code="voucher_used",
            remedy=_("请核对凭证号。"),
        )
    _usable_by_hand(account)
    return post(
        Kind.TOP_UP,
        key=key,
        account=account,
        lines={Book.AVAILABLE: amount, Book.CASH: -amount},
        voucher_no=voucher_no,
        actor=actor,
        note=note,
    )


def adjust(*, account: PaymentAccount, amount: Decimal, actor: Any, reason: str, key: str) -> Transaction:
    """Raise or lower the balance by `amount` with a reason: a wrong voucher, a refund, a debt paid elsewhere.

    `key` tells two adjustments from one that was sent twice (the form brings a fresh one). Refuses zero, a missing
    reason, and taking back more than the available balance.
    """
    amount = _money(amount)
    reason = a_reason(reason)
    if amount == 0:
        raise Refused(_("更正金额不能为零。"), code="invalid")
    account = lock(account)
    key = f"adjust:{account.pk}:{key}"
    if earlier := Transaction.objects.filter(key=key).first():
        return earlier
    _usable_by_hand(account)
    if amount < 0 and account.available + amount < 0:
        raise Refused(_("可用余额只有 %s，不能减少更多。") % format_money(account.available), code="balance_too_low")
    return post(
        Kind.CORRECTION,
        key=key,
        account=account,
        lines={Book.AVAILABLE: amount, Book.CASH: -amount},
        actor=actor,
        note=reason,
    )


def _usable_by_hand(account: PaymentAccount) -> None:
    if account.status not in (PaymentAccount.Status.ACTIVE, PaymentAccount.Status.FROZEN):
        raise Refused(
            _("账户「%(account)s」%(status)s，不能登记收款。")
            % {"account": account, "status": account.get_status_display()},
            code="account_not_active",
        )


def _money(amount: Any) -> Decimal:
    if isinstance(amount, float):
        raise TypeError("money is Decimal, never float")
    exact = Decimal(amount)
    if exact.is_finite() and abs(exact) > LARGEST:
        raise Refused(_("金额不能超过 %s。") % format_money(LARGEST), code="invalid")
    if not exact.is_finite() or exact != exact.quantize(CENT):
        raise ValueError(f"{amount} is no amount in yuan with two places")
    return exact.quantize(CENT)


def not_negative(amount: Any) -> Decimal:
    """The amount as Decimal with two places; anything else is a mistake of the caller."""
    amount = _money(amount)
    if amount < 0:
        raise ValueError("an amount to hold or charge can't be negative")
    return amount


def a_reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise Refused(_("请填写更正原因。"), code="invalid")
    return reason[:200]


def in_transaction() -> None:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("money moves inside a transaction")
