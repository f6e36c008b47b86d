"""`verify_reservations`: proves that reservations, held time, held money and running statuses agree."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gongyi.reservations.queries.consistency import inconsistencies

SHOWN = 10


class Command(BaseCommand):
    help = "Prove that reservations, the time and money they hold, and the instruments they use agree."

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(inconsistencies())
        for sentence, numbers in found:
            more = " …" if len(numbers) > SHOWN else ""
            self.stderr.write(f"{sentence}：{len(numbers)}（{'、'.join(numbers[:SHOWN])}{more}）")
        if found:
            raise CommandError("reservations do not agree with what they hold")
        self.stdout.write("Reservations agree with the time and money they hold.")
