"""Payment accounts for tests: with members, and with money that came the only way it can, by a top-up."""

from decimal import Decimal
from itertools import count
from typing import Any

from django.db import transaction

from gongyi.accounts.models import User
from gongyi.ledger import services
from gongyi.ledger.models import AccountMember, PaymentAccount
from gongyi.organizations.models import Organization
from tests.factories.accounts import person
from tests.factories.organizations import organization

_numbers = count(1)


def payment_account(
    name: str = "",
    *,
    unit: Organization | None = None,
    payer: Organization | None = None,
    leader: User | None = None,
    members: tuple[User, ...] = (),
    group_managers: tuple[User, ...] = (),
    balance: Any = 0,
    credit_line: Any = 0,
    **fields,
) -> PaymentAccount:
    """An account of `unit` (made up when not given) for a group of `payer` (the same unit), holding `balance` yuan."""
    number = next(_numbers)
    unit = unit or organization()
    account = services.open_account(
        name=name or f"课题组{number}",
        code=fields.pop("code", f"T{number:06d}"),
        organization=unit,
        payer=payer or unit,
        leader=leader or person(),
        credit_line=Decimal(credit_line),
        **fields,
    )
    for user in group_managers:
        AccountMember.objects.create(account=account, user=user, role=AccountMember.Role.MANAGER)
    for user in members:
        AccountMember.objects.create(account=account, user=user)
    if balance:
        with transaction.atomic():
            services.top_up(account=account, amount=Decimal(balance), voucher_no=f"PZ{number:06d}", actor=None)
        account.refresh_from_db()
    return account
