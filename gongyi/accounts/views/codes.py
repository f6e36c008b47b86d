"""Where the button 「获取验证码」 of any form asks, and where a demo's visitors read what would have been sent."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from gongyi.accounts import captcha, codes, lockout, queries
from gongyi.kit.refusal import Refused

SHOWN_IN_DEMO = 30


@never_cache
@require_POST
def send_code(request: HttpRequest) -> HttpResponse:
    """Send a code to `address` for a registered `purpose` (else 404); a client that asks too often reads a picture first.

    Answers what the field's script shows: `sentence`, `sent`, seconds to `wait`, whether a `captcha` is wanted.
    """
    purpose = request.POST.get("purpose", "")
    if purpose not in codes.PURPOSES:
        raise Http404
    client = lockout.client_address(request)
    if codes.needs_captcha(client) and not captcha.redeem(request.session, request.POST.get("captcha", "")[:12]):
        sentence = (
            _("图中的字符不正确或已过期，已换了一张。")
            if request.POST.get("captcha")
            else _("获取得有些频繁，请输入图中的 4 个字符后再点「获取验证码」。")
        )
        return _answer(422, sentence, captcha=True)
    try:
        row = codes.send_code(request.POST.get("address", "")[:200], purpose, client=client)
    except codes.TooSoon as refusal:
        return _answer(429, str(refusal), wait=refusal.seconds)
    except Refused as refusal:
        return _answer(429 if refusal.code == "too_many" else 422, str(refusal))
    sentence = _("验证码已发往 %(address)s，%(minutes)s 分钟内有效。") % {
        "address": codes.shown(row.address),
        "minutes": codes.VALID_MINUTES,
    }
    inbox = {"inbox": reverse("accounts:demo_texts"), "inbox_label": _("打开演示短信箱")} if settings.DEMO else {}
    return _answer(200, sentence, sent=True, wait=codes.RESEND_SECONDS, **inbox)


def _answer(status: int, sentence: str, **more: Any) -> JsonResponse:
    return JsonResponse({"sent": False, "captcha": False, "wait": 0, "sentence": sentence} | more, status=status)


@never_cache
@require_safe
def demo_texts(request: HttpRequest) -> HttpResponse:
    """演示短信箱: the last messages a demo would have sent, for everybody to read. 404 outside a demo."""
    if not settings.DEMO:
        raise Http404
    return render(request, "accounts/demo_texts.html", {"messages_sent": queries.demo_inbox(SHOWN_IN_DEMO)})
