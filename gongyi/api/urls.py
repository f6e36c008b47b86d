"""The API under /api/v1/: its routes, its OpenAPI document, and what every error looks like."""

from django.core.exceptions import ValidationError
from django.http import Http404
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError
from ninja.errors import ValidationError as InputError

from gongyi.api.authentication import SIGNED_IN
from gongyi.api.idempotency import refused
from gongyi.api.routes import (
    capabilities,
    instruments_bulk,
    ledger,
    organizations,
    plans,
    registration,
    reservations,
    reviews,
    shortlist,
    tokens,
)
from gongyi.workflow import Refused

api = NinjaAPI(
    title="共仪 Gongyi API",
    version="1",
    urls_namespace="api",
    description="Instruments, timed bookings and payment accounts. Times are ISO 8601; without an offset they are the site's "
    "own (Asia/Shanghai). Amounts are decimal strings in CNY. Every refusal carries a sentence for people in `detail`.",
    docs_url="/docs",
    auth=SIGNED_IN,  # a route that is open to visitors says so
)
api.add_router("", tokens.router)
api.add_router("", instruments_bulk.router)
api.add_router("", registration.router)  # and all that `routes.instruments` put into the same one
api.add_router("", reservations.router)
api.add_router("", ledger.router)
api.add_router("", organizations.router)
api.add_router("", reviews.router)
api.add_router("", capabilities.router)
api.add_router("", plans.router)
api.add_router("", shortlist.router)


@api.exception_handler(Refused)
def on_refused(request, refusal):
    status, body = refused(refusal)
    return api.create_response(request, body, status=status)


@api.exception_handler(InputError)
def on_invalid(request, error):
    problems = [
        {
            "field": ".".join(str(part) for part in item["loc"] if part not in ("body", "query", "path", "data")),
            "problem": item["msg"],
        }
        for item in error.errors
    ]
    named = "、".join(sorted({item["field"] for item in problems if item["field"]})) or _("请求")
    detail = _("%s 的内容不符合要求，详见 problems。") % named
    return api.create_response(request, {"detail": detail, "code": "invalid", "problems": problems}, status=422)


@api.exception_handler(ValidationError)
def on_validation(request, error):
    return api.create_response(request, {"detail": " ".join(error.messages), "code": "invalid"}, status=422)


@api.exception_handler(Http404)
def on_missing(request, error):
    detail = _("没有这条记录，或您无权查看。")
    return api.create_response(request, {"detail": detail, "code": "not_found"}, status=404)


@api.exception_handler(AuthenticationError)
def on_stranger(request, error):
    detail = _("请在 Authorization 头中给出有效的访问令牌：Bearer <令牌>。令牌在个人中心创建。")
    return api.create_response(request, {"detail": detail, "code": "unauthenticated"}, status=401)


@api.exception_handler(HttpError)
def on_http(request, error):
    return api.create_response(request, {"detail": str(error), "code": "http"}, status=error.status_code)
