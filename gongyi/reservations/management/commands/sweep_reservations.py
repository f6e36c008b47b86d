"""`sweep_reservations`: what the clock does every minute, by hand; for sites whose worker stood still."""

from typing import Any

from django.core.management.base import BaseCommand

from gongyi.reservations import services


class Command(BaseCommand):
    help = "Let pending reservations expire, mark no-shows and silent instruments, as the worker does every minute."

    def handle(self, *args: Any, **options: Any) -> None:
        done = services.sweep()
        self.stdout.write(f"expired {done['expired']}, missed {done['missed']}, offline {done['offline']}")
