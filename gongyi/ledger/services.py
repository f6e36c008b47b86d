"""Money moves here and nowhere else: hold, capture, release, rehold and correct for what is booked; accounts are opened.

Every function works inside the caller's transaction, locks the account first, books one balanced transaction, and does
nothing the second time it is asked for the same thing. Amounts are Decimals in yuan with two places.
"""

from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.kit.money import format_money
from gongyi.ledger.journal import Kind, a_reason, adjust, in_transaction, lock, not_negative, post, top_up
from gongyi.ledger.models import AccountMember, Book, DefaultAccount, Hold, PaymentAccount
from gongyi.ledger.rules import administrator, cannot_spend
from gongyi.ledger.rules import leader as leader_role
from gongyi.ledger.workflow import PaymentAccountFlow
from gongyi.workflow import Refused

__all__ = [
    "adjust", "apply", "capture", "choose_default", "correct", "hold", "lock", "next_code", "open_account", "open_confirmed",
    "rehold", "release", "top_up",
]  # fmt: skip

# One round trip, in the database (migration 0003): it locks the account and books the hold only if it can be paid.
HOLD = "SELECT * FROM ledger_set_aside(%(account)s, %(source)s, %(amount)s, %(actor)s, %(at)s)"


def hold(*, account: PaymentAccount, amount: Decimal, source: str, actor: Any) -> Hold:
    """Set `amount` aside on `account` for `source` (`reservation:12`) and return the hold.

    Locks the account row until the transaction ends. Refuses an account that is not in order, and one whose balance plus
    credit line less holds would fall below zero, naming the missing amount (S0-68) — an amount of zero too, when the
    account is below zero already. The same hold again is the same hold; another amount for the same source is refused.
    """
    amount = not_negative(amount)
    in_transaction()
    with connection.cursor() as cursor:
        at = timezone.now()
        cursor.execute(
            HOLD, {"account": account.pk, "amount": amount, "source": source, "at": at, "actor": actor and actor.pk}
        )
        status, available, credit_line, hold_id = cursor.fetchone()
    if status is None:
        raise Refused(_("该付款账户已不存在。"), code="gone")
    if hold_id is not None:
        return Hold(id=hold_id, account=account, source=source, amount=amount, created_at=at)
    if existing := Hold.objects.filter(source=source).first():
        if existing.account_id == account.pk and existing.amount == amount:
            return existing
        raise Refused(_("这笔预约已冻结 %s，不能再次冻结。") % format_money(existing.amount), code="already_held")
    standing = PaymentAccount(
        pk=account.pk, name=account.name, status=status, available=available, credit_line=credit_line
    )
    raise cannot_spend(standing, amount) or Refused(_("付款账户暂不能付款，请稍后再试。"), code="try_again")


def rehold(*, source: str, amount: Decimal, actor: Any) -> Hold:
    """Change what is set aside for `source` to `amount` (a booking was moved); refuses as `hold` does when it is more."""
    amount = not_negative(amount)
    held = _the_hold(source)
    if held.settled_at is not None:
        raise Refused(_("这笔预约的费用已结清，不能再改冻结金额。"), code="already_settled")
    difference = amount - held.amount
    if difference > 0 and (refusal := cannot_spend(held.account, difference)):
        raise refusal
    if difference:
        held.amount, held.revision = amount, held.revision + 1
        held.save(update_fields=["amount", "revision"])
        post(
            Kind.HOLD if difference > 0 else Kind.RELEASE,
            key=f"rehold:{held.revision}:{source}",
            account=held.account,
            lines={Book.AVAILABLE: -difference, Book.HELD: difference},
            source=source,
            actor=actor,
        )
    return held


def capture(*, source: str, amount: Decimal, actor: Any, kind: str = Kind.CAPTURE, note: str = "") -> Hold:
    """Charge `amount` for `source` and release the rest of its hold.

    More than was held comes out of the available balance, which may fall below zero: the work was done, and further
    bookings are refused until somebody tops up. `kind` may be CANCELLATION_FEE. Charging the same source twice happens
    once; a source whose hold was released is refused.
    """
    amount = not_negative(amount)
    held = _the_hold(source)
    if held.captured is not None:
        return held
    if held.settled_at is not None:
        raise Refused(_("这笔预约的冻结金额已经解冻，不能再扣款。"), code="already_released")
    held.captured, held.settled_at = amount, timezone.now()
    held.save(update_fields=["captured", "settled_at"])
    if held.amount or amount:
        post(
            kind if amount else Kind.RELEASE,
            key=f"capture:{source}",
            account=held.account,
            lines={Book.HELD: -held.amount, Book.REVENUE: amount, Book.AVAILABLE: held.amount - amount},
            source=source,
            actor=actor,
            note=note,
        )
    return held


def release(*, source: str, actor: Any) -> Hold | None:
    """Give back everything held for `source`; None when nothing ever was. Refuses after it was charged: `correct` it."""
    held = _locked_hold(source)
    if held is None:
        return None
    if held.captured is not None:
        raise Refused(_("这笔预约已扣款 %s，不能解冻。") % format_money(held.captured), code="already_captured")
    if held.settled_at is not None:
        return held
    held.settled_at = timezone.now()
    held.save(update_fields=["settled_at"])
    if held.amount:
        post(
            Kind.RELEASE,
            key=f"release:{source}",
            account=held.account,
            lines={Book.HELD: -held.amount, Book.AVAILABLE: held.amount},
            source=source,
            actor=actor,
        )
    return held


def correct(*, source: str, amount: Decimal, actor: Any, reason: str) -> Hold:
    """Make the charge for `source` `amount` in all, after it was captured; the difference is booked with the reason."""
    amount = not_negative(amount)
    reason = a_reason(reason)
    held = _the_hold(source)
    if held.captured is None:
        raise Refused(_("这笔预约尚未扣款，没有可更正的费用。"), code="not_captured")
    difference = amount - held.captured
    if difference:
        held.captured, held.revision = amount, held.revision + 1
        held.save(update_fields=["captured", "revision"])
        post(
            Kind.CORRECTION,
            key=f"correct:{held.revision}:{source}",
            account=held.account,
            lines={Book.AVAILABLE: -difference, Book.REVENUE: difference},
            source=source,
            actor=actor,
            note=reason,
        )
    return held


def open_account(
    *, name: str, organization: Any, payer: Any, leader: Any, department: Any = None, **fields: Any
) -> PaymentAccount:
    """Open a payment account with its leader as first member and return it; `code` is drawn when not given (S0-8)."""
    with transaction.atomic():
        account = PaymentAccount.objects.create(
            **{"code": next_code()} | fields,
            name=name,
            organization=organization,
            payer=payer,
            leader=leader,
            department=department,
        )
        AccountMember.objects.create(account=account, user=leader, role=AccountMember.Role.LEADER)
    return account


def apply(*, leader: Any, organization: Any, **fields: Any) -> PaymentAccount:
    """Ask `organization` for a payment account for `leader`'s group (S0-75); its administrators are told and confirm (S0-8)."""
    with transaction.atomic():
        account = open_account(leader=leader, organization=organization, status=PaymentAccount.Status.PENDING, **fields)
        PaymentAccountFlow.opened(account, _("申请开户"), actor=leader, tell=administrator, comment=account.purpose)
    return account


def open_confirmed(*, actor: Any, organization: Any, leader: Any, **fields: Any) -> PaymentAccount:
    """Open an account that needs no confirmation, because an administrator of `organization` opens it (S0-8, S0-67)."""
    with transaction.atomic():
        account = open_account(leader=leader, organization=organization, **fields)
        if not administrator.test(account, actor):
            raise Refused(_("只有%s的付款账户管理员可以开户。") % organization, code="not_allowed")
        PaymentAccountFlow.opened(account, _("开户"), actor=actor, tell=leader_role)
    return account


def choose_default(*, user: Any, account: PaymentAccount) -> None:
    """Let `user` pay with `account` at its unit unless they say otherwise (S0-82); refuses one they can't pay with."""
    if not PaymentAccount.objects.usable_by(user).filter(pk=account.pk).exists():
        raise Refused(_("您不能用付款账户「%s」付款。") % account, code="not_allowed")
    DefaultAccount.objects.update_or_create(
        user=user, organization_id=account.organization_id, defaults={"account": account}
    )


def next_code() -> str:
    """A fresh account number, `FK2026-0013`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('ledger_account_code')")
        return f"FK{timezone.localdate().year}-{cursor.fetchone()[0]:04d}"


def _the_hold(source: str) -> Hold:
    held = _locked_hold(source)
    if held is None:
        raise Refused(_("这笔预约没有冻结过金额。"), code="no_hold")
    return held


def _locked_hold(source: str) -> Hold | None:
    """The hold of `source` with its account, both locked and read as they stand under the lock."""
    # Locked in this order, the account first, as `hold` and `lock` do.
    both = Hold.objects.select_related("account").select_for_update(of=("account", "self"), no_key=True)
    return both.filter(source=source).first()
