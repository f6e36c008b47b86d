"""Writes docs/roles.md from the process tables and the menu, or with --check fails when it differs."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from gongyi.organizations.roles import document


class Command(BaseCommand):
    help = "Write docs/roles.md from the process tables and the menu; --check only compares."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when the page is out of date")
        parser.add_argument("--to", default=str(Path(settings.BASE_DIR) / "docs" / "roles.md"), help="file")

    def handle(self, *args: Any, check: bool, to: str, **options: Any) -> None:
        path, wanted = Path(to), document()
        if path.exists() and path.read_text() == wanted:
            return
        if check:
            raise CommandError("docs/roles.md is out of date; run `gongyi role_docs`")
        path.write_text(wanted)
        self.stdout.write(str(path))
