"""The only way a stored file leaves: through a question who is asking."""

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, http_date, quote_etag
from django.views.decorators.http import require_safe

from gongyi.files.models import StoredFile
from gongyi.files.purposes import PURPOSES
from gongyi.files.sniffing import IMAGES, PDF

INLINE = {*IMAGES.values(), PDF}


@require_safe
def download(request: HttpRequest, public_id: str) -> HttpResponse:
    """Serve a file to whoever may see it, 404 to anybody else; `?download` always saves instead of showing."""
    return serve(request, get_object_or_404(StoredFile.objects.visible_to(request.user), public_id=public_id))


def serve(request: HttpRequest, stored: StoredFile) -> HttpResponse:
    """The answer with a file's bytes, for views that asked who may have it in another way (a secret link)."""
    etag = quote_etag(stored.sha256)
    response = get_conditional_response(request, etag=etag, last_modified=int(stored.created_at.timestamp()))
    if not isinstance(response, HttpResponseNotModified):
        as_attachment = "download" in request.GET or stored.media_type not in INLINE
        response = FileResponse(stored.content.open("rb"), content_type=stored.media_type)
        response["Content-Length"] = stored.size
        response["Content-Disposition"] = content_disposition_header(as_attachment, stored.name)
        response["Last-Modified"] = http_date(int(stored.created_at.timestamp()))
    purpose = PURPOSES.get(stored.purpose)
    response["ETag"] = etag
    response["X-Content-Type-Options"] = "nosniff"
    # A file never changes under its address, but who may see it does: private ones are asked for again each time.
    response["Cache-Control"] = "public, max-age=86400" if purpose and purpose.public else "private, no-cache"
    if stored.media_type == PDF:  # browsers show no PDF in a sandbox, and run its scripts in one of their own
        response["Content-Security-Policy"] = "frame-ancestors 'self'"  # our pages show it beside a form or a review
        response["X-Frame-Options"] = "SAMEORIGIN"
    else:
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
