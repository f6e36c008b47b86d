"""What every request and answer passes: the content security policy and the refusal of NUL characters."""

import re

from django.db import DataError
from django.http import HttpRequest, HttpResponse

from gongyi.kit.errors import refuse

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class ContentSecurityPolicy:
    """Lets pages load scripts, styles and data from this site only; a view may set its own policy."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
        return response


class RefuseNulBytes:
    """Answers 400 with a sentence where a NUL character arrives; PostgreSQL can't store one.

    Address, cookies, plain forms and JSON are looked at before the view. Uploads (multipart) are not: reading them here
    would take the stream from the view, so a NUL in their text fields is caught when the database refuses it.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if self.has_nul(request):
            return self.refuse(request)
        return self.get_response(request)

    def process_exception(self, request, exception):
        if isinstance(exception, DataError | ValueError) and "NUL (0x00)" in str(exception):
            return self.refuse(request)
        return None

    @staticmethod
    def has_nul(request: HttpRequest) -> bool:
        query = request.META.get("QUERY_STRING", "")
        if "\0" in request.path_info or "\0" in query or "%00" in query:
            return True
        if any("\0" in name or "\0" in value for name, value in request.COOKIES.items()):
            return True
        if request.method in {"GET", "HEAD", "OPTIONS"}:
            return False
        if request.content_type == "application/x-www-form-urlencoded":
            return any("\0" in key or any("\0" in v for v in values) for key, values in request.POST.lists())
        if request.content_type == "application/json":
            return b"\0" in request.body or bool(_ESCAPED_NUL.search(request.body))
        return False

    @staticmethod
    def refuse(request: HttpRequest) -> HttpResponse:
        return refuse(request, 400)
