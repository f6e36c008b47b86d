"""Files of an application: taken in at once or with the page, shown to whoever may open the draft, kept when replaced."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from gongyi.files.sniffing import PDF
from gongyi.files.views import serve
from gongyi.kit.refusal import Refused
from gongyi.onboarding.models import Application, ApplicationDocument
from gongyi.onboarding.registrations import Part, Slot, registration_of
from gongyi.onboarding.services import wizard
from gongyi.onboarding.views.drafts import draft_or_404


@dataclass
class Shown:
    """A slot as a page shows it: the present file, the ones before it, what is wrong."""

    slot: Slot
    application: Application
    part: Part
    document: ApplicationDocument | None
    earlier: list[ApplicationDocument]
    problem: str = ""
    is_missing: bool = False

    @property
    def anchor(self) -> str:
        return f"file-{self.slot.key.replace('.', '-')}"

    @property
    def upload_url(self) -> str:
        return reverse("onboarding:upload", args=[self.application.secret, self.slot.key])

    @property
    def remove_url(self) -> str:
        return reverse("onboarding:remove_file", args=[self.application.secret, self.slot.key])

    @property
    def template_url(self) -> str:
        name = self.slot.template_url_name
        return reverse(name, args=[self.application.secret]) if name else ""

    @property
    def is_pdf(self) -> bool:
        return bool(self.document and self.document.stored.media_type == PDF)


def files_of(
    application: Application, part: Part, problems: dict[str, str], check: bool, *, only: str = ""
) -> list[Shown]:
    """The slots of a part with their files, in one query."""
    rows = ApplicationDocument.objects.filter(application=application).select_related("stored__owner")
    if only:
        rows = rows.filter(slot=only)
    by_slot: dict[str, list[ApplicationDocument]] = {}
    for row in rows.order_by("-pk"):
        row.url = reverse("onboarding:file", args=[application.secret, row.stored.public_id])  # type: ignore[attr-defined]
        by_slot.setdefault(row.slot, []).append(row)
    found = []
    for slot in part.slots(application):
        if only and slot.key != only:
            continue
        own = by_slot.get(slot.key, [])
        present = next((row for row in own if row.replaced_at is None), None)
        earlier = [row for row in own if row is not present]
        missing = check and slot.required and present is None
        found.append(Shown(slot, application, part, present, earlier, problems.get(slot.key, ""), missing))
    return found


def take_files(request: HttpRequest, application: Application, part: Part, actor: Any) -> dict[str, str]:
    """Take in the files that came with a page (without script); the sentence for each refused one, by slot."""
    problems = {}
    for slot in part.slots(application):
        if upload := request.FILES.get(f"file-{slot.key}"):
            try:
                wizard.add_file(application, slot, upload, actor=actor)
            except Refused as refusal:
                problems[slot.key] = str(refusal)
    return problems


def _place(application: Application, slot_key: str) -> tuple[Part, Slot]:
    place = registration_of(application).place_of(application, slot_key)
    if place is None:
        raise Http404
    return place


@require_POST
def upload(request: HttpRequest, secret: str, slot: str) -> HttpResponse:
    """Take one file into a slot and answer with the slot as it stands then; 422 with the sentence when it is refused."""
    application = draft_or_404(request, secret)
    part, wanted = _place(application, slot)
    sent = request.FILES.get("file")
    problem = ""
    if sent is None:
        problem = wizard.nothing_sent()
    else:
        actor = request.user if request.user.is_authenticated else None
        try:
            wizard.add_file(application, wanted, sent, actor=actor)
        except Refused as refusal:
            problem = str(refusal)
    return _slot_answer(request, application, part, slot, problem)


@require_POST
def remove_file(request: HttpRequest, secret: str, slot: str) -> HttpResponse:
    """Empty a slot; the file stays in its history."""
    application = draft_or_404(request, secret)
    part, _slot = _place(application, slot)
    problem = ""
    try:
        wizard.remove_file(application, slot)
    except Refused as refusal:
        problem = str(refusal)
    if request.headers.get("X-Requested-With") != "fetch":
        return redirect("onboarding:part", secret, part.key)
    return _slot_answer(request, application, part, slot, problem)


def _slot_answer(request: HttpRequest, application: Application, part: Part, slot: str, problem: str) -> HttpResponse:
    shown = files_of(application, part, {slot: problem} if problem else {}, False, only=slot)[0]
    return TemplateResponse(request, "onboarding/_slot.html", {"shown": shown}, status=422 if problem else 200)


@require_safe
def one_file(request: HttpRequest, secret: str, public_id: str) -> HttpResponse:
    """A file of this application, present or replaced, to whoever may open it; 404 for every other file."""
    application = draft_or_404(request, secret)
    held = get_object_or_404(
        ApplicationDocument.objects.select_related("stored"), application=application, stored__public_id=public_id
    )
    return serve(request, held.stored)
