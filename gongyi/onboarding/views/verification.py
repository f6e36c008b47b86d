"""法人授权书 for one's own application, with what was filled in so far (S4-4)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from gongyi.onboarding.documents.letters import authorization_letter
from gongyi.onboarding.views.drafts import draft_or_404
from gongyi.onboarding.views.units_documents import answers_in_words, as_word
from gongyi.organizations.models import Capacity


@require_safe
def filled_authorization_letter(request: HttpRequest, secret: str) -> HttpResponse:
    """What is still missing stays blank, to be written in by hand."""
    application = draft_or_404(request, secret)
    if application.capacity != Capacity.VERIFICATION:
        raise Http404
    said = answers_in_words(application)
    content = authorization_letter(
        unit=said.get("unit.name", ""), code=said.get("unit.code", ""), person=said.get("contact.name", ""),
        phone=said.get("contact.mobile", ""),
    )  # fmt: skip
    return as_word(content, f"法人授权书-{application.name}.docx" if application.name else "法人授权书.docx")
