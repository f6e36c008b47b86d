"""Parts whose form asks the rest of the world too, on the page and at handing in, but never when a version is frozen."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, QueryDict

from gongyi.onboarding.models import Application
from gongyi.onboarding.registrations.base import Part, needs_change


class LivePart(Part):
    """A part whose form has `live`: set, it refuses what others have meanwhile, or what rules no longer allow."""

    def on_page(self, application: Application, request: HttpRequest, data: Any = None) -> Any:
        form = self.bind(application, data)
        form.live = True
        return form

    def missing(self, application: Application) -> Iterator[str]:
        form = self.bind(application, self.typed(application) or QueryDict())
        form.live = True
        if not form.is_valid():
            yield needs_change(self.title, form)
        yield from self.missing_files(application)


def as_typed(data: dict[str, Any]) -> dict[str, list[str]]:
    """Values in the shape of `Application.data`; a box that is not ticked posts nothing."""
    kept = {name: "on" if value is True else str(value) for name, value in data.items() if value not in (None, False)}
    return {name: [text] for name, text in kept.items()}
