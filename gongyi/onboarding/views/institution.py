"""The letter of commitment a service institution prints, signs, stamps and scans (Annex 1, S3-19, S3-86)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from gongyi.onboarding.documents.letters import commitment_letter
from gongyi.onboarding.documents.paper import DOCX
from gongyi.onboarding.letters import current_letter
from gongyi.onboarding.registrations.service_institution import SERVICE_INSTITUTION, UNIT
from gongyi.onboarding.views.drafts import draft_or_404
from gongyi.organizations.models import Capacity


@require_safe
def letter(request: HttpRequest, secret: str) -> HttpResponse:
    """The letter in force with the institution's name in it, as .docx; `?print` shows it as a page to print."""
    application = draft_or_404(request, secret)
    text = current_letter(Capacity.SERVICE)
    if application.capacity != Capacity.SERVICE or text is None:
        raise Http404
    name, code = SERVICE_INSTITUTION.identity_of(application)
    typed = application.data.get(UNIT, {})
    words = {"is_branch": bool(typed.get("is_branch")), "parent": (typed.get("parent") or [""])[0]}
    if "print" in request.GET:
        context = {"letter": text, "unit": name, "code": code, "application": application, **words}
        return render(request, "onboarding/letter_print.html", context)
    response = HttpResponse(commitment_letter(text, unit=name, code=code, **words), content_type=DOCX)
    response["Content-Disposition"] = content_disposition_header(True, f"{text.title}.docx")
    return response
