"""The letters units must read and promise (S1-24): which one is in force, and the first ones, seeded from `data/letters/`."""

from pathlib import Path
from typing import Any

from django.utils import timezone

from gongyi.onboarding.models import CommitmentLetter

DATA = Path(__file__).parent / "data" / "letters"
FIRST_VERSION = "1.0"


def current_letter(capacity: str) -> CommitmentLetter | None:
    """The newest published letter for units that join in this capacity."""
    published = CommitmentLetter.objects.filter(capacity=capacity, published_at__isnull=False)
    return published.order_by("-published_at", "-pk").first()


def letters_in_force() -> set[int]:
    """The keys of the newest published letter of every capacity."""
    published = CommitmentLetter.objects.filter(published_at__isnull=False)
    newest = published.order_by("capacity", "-published_at", "-pk").distinct("capacity")
    return set(newest.values_list("pk", flat=True))


def load(apps: Any) -> None:
    """Publish the first letter of every capacity that has none; from then on they are the platform administrator's.

    A file is named after its capacity; its first line is the title.
    """
    model = apps.get_model("onboarding", "CommitmentLetter")
    known = set(model.objects.values_list("capacity", flat=True))
    for file in sorted(DATA.glob("*.md")):
        if file.stem not in known:
            title, _gap, text = file.read_text(encoding="utf-8").partition("\n")
            model.objects.create(
                capacity=file.stem, version=FIRST_VERSION, title=title.removeprefix("# ").strip(), text=text.strip(),
                published_at=timezone.now(),
            )  # fmt: skip
