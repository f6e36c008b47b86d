"""Writes docs/workflows/ from the process tables, or with --check fails when they differ."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from gongyi.workflow.docs import pages


class Command(BaseCommand):
    help = "Write docs/workflows/ from the process tables; --check only compares."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when a page is out of date")
        parser.add_argument("--to", default=str(Path(settings.BASE_DIR) / "docs" / "workflows"), help="directory")

    def handle(self, *args: Any, check: bool, to: str, **options: Any) -> None:
        directory = Path(to)
        wanted = pages()
        present = {path.name: path.read_text() for path in directory.glob("*.md")}
        if wanted == present:
            return
        if check:
            drifted = sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))
            raise CommandError(f"out of date: {', '.join(drifted)}; run `gongyi workflow_docs`")
        directory.mkdir(parents=True, exist_ok=True)
        for name in present.keys() - wanted.keys():
            (directory / name).unlink()
        for name, text in wanted.items():
            (directory / name).write_text(text)
            self.stdout.write(str(directory / name))
