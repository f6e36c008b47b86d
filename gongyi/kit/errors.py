"""Error pages in the site's words: what failed, what is safe, what to do, and a number to quote."""

import logging
import secrets
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

logger = logging.getLogger("gongyi.errors")


@dataclass(frozen=True)
class Words:
    title: object
    text: object


WORDS = {
    400: Words(
        _("这个请求无法处理"),
        _("提交的内容里有系统不能识别的字符。请返回上一页，去掉不可见字符后重新提交；已保存的数据未受影响。"),
    ),
    403: Words(
        _("您没有权限打开这个页面"),
        _("当前身份不能查看或操作这里的内容。可在右上角切换单位，或联系本单位管理员开通权限。"),
    ),
    404: Words(
        _("没有找到这个页面"),
        _("地址可能有误，或内容已被移走，也可能只对其他人可见。可用上方搜索，或回到首页重新查找。"),
    ),
    500: Words(
        _("页面暂时打不开"),
        _("本次操作没有完成，此前保存的数据未受影响。请稍后重试；仍不行请把下面的编号告诉平台管理员。"),
    ),
    "csrf": Words(
        _("页面已过期，请重新提交"),
        _("页面打开时间较长或登录状态有变化，本次提交没有生效。返回上一页刷新后再提交即可。"),
    ),
}


def error_number() -> str:
    """A short number that stands on the page and in the log: `7F3K-20261121-1420`."""
    alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
    return f"{''.join(secrets.choice(alphabet) for _i in range(4))}-{timezone.localtime():%Y%m%d-%H%M}"


def refuse(request: HttpRequest | None, status: int, words: Words | None = None, *, number: str = "") -> HttpResponse:
    """Answer in the form the caller reads: a page, a sentence for HTMX, JSON for the API."""
    words = words or WORDS[status]
    if request is not None and request.path_info.startswith("/api/"):
        return JsonResponse({"detail": str(words.text)} | ({"number": number} if number else {}), status=status)
    if request is not None and request.headers.get("HX-Request") == "true":
        sentence = f"{words.text}{_('编号')} {number}" if number else str(words.text)
        return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
    context = {"words": words, "number": number, "status": status}
    if status in {403, 404} and hasattr(request, "user"):
        return HttpResponse(render_to_string("kit/error.html", context, request=request), status=status)
    # Without the request no context processor runs: this page must come up when the database does not.
    return HttpResponse(render_to_string("kit/error.html", context), status=status)


def bad_request(request, exception=None):
    return refuse(request, 400)


def permission_denied(request, exception=None):
    sentence = str(exception) if exception and exception.args and str(exception).strip() else ""
    base = WORDS[403]
    return refuse(request, 403, Words(base.title, sentence or base.text))


def page_not_found(request, exception=None):
    return refuse(request, 404)


def csrf_failure(request, reason=""):
    return refuse(request, 403, WORDS["csrf"])


def server_error(request):
    number = error_number()
    logger.error("error number %s at %s", number, request.path)
    return refuse(request, 500, number=number)
