"""`gongyi verify-ledger`: proves every balance from its entries and tells what differs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.translation import gettext as _

from gongyi.ledger.models import Entry, PaymentAccount
from gongyi.ledger.verification import differences


class Command(BaseCommand):
    help = "Recompute every balance and hold from the entries; print what differs; exit 1 on a difference."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, default=100, help="how many differences of each kind are printed")

    def handle(self, *args: Any, limit: int, **options: Any) -> None:
        with transaction.atomic():
            _one_snapshot()
            found = differences(limit)
            counted = {"accounts": PaymentAccount.objects.count(), "entries": f"{Entry.objects.count():,}"}
        for sentence in found:
            self.stdout.write(sentence)
        if found:
            raise CommandError(_("账目有出入：%s 处。") % len(found), returncode=1)
        self.stdout.write(_("账目相符：%(accounts)s 个付款账户，%(entries)s 行分录。") % counted)


def _one_snapshot() -> None:
    """Look at one moment, so that bookings made meanwhile are no differences."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
