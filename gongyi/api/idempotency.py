"""Lets a client repeat a write without repeating its effect: same key and body, same answer; another body, 422."""

import hashlib
from collections.abc import Callable

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from gongyi.api.models import IdempotentAnswer
from gongyi.workflow import Refused

LONGEST_KEY = 100
Answer = tuple[int, dict]


def answered(request: HttpRequest, act: Callable[[], Answer]) -> HttpResponse:
    """Run `act` once for this request's Idempotency-Key and answer with (status, body).

    Without the header `act` simply runs; what it calls is all or nothing by itself. With it, the answer, refusals included, is stored in the
    transaction of the effect: a crash leaves neither. A second request with the same key waits for the first one.
    """
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key:
        try:
            status, body = act()
        except Refused as refusal:
            status, body = refused(refusal)
        return JsonResponse(body, status=status)
    if len(key) > LONGEST_KEY:
        return JsonResponse({"detail": _("Idempotency-Key 最长 100 个字符。"), "code": "invalid"}, status=422)
    digest = hashlib.sha256(b"\n".join([request.method.encode(), request.path.encode(), request.body])).hexdigest()
    with transaction.atomic():
        if not _claim(request.user.pk, key, digest):
            kept = IdempotentAnswer.objects.get(user=request.user, key=key)
            if kept.digest != digest:
                return JsonResponse(
                    {"detail": _("这个 Idempotency-Key 已用于另一个请求，请换一个新的。"), "code": "key_reused"},
                    status=422,
                )
            return JsonResponse(kept.body, status=kept.status, headers={"Idempotency-Replayed": "true"})
        status, body = _refusal_rolled_back(act)
        IdempotentAnswer.objects.filter(user=request.user, key=key).update(status=status, body=body)
    return JsonResponse(body, status=status)


def _claim(user_id: int, key: str, digest: str) -> bool:
    """Insert the key; False when it is there already. A concurrent claim of the same key is waited for."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {IdempotentAnswer._meta.db_table} (user_id, key, digest, status, body, created_at)"
            " VALUES (%s, %s, %s, 0, '{}', now()) ON CONFLICT DO NOTHING",
            [user_id, key, digest],
        )
        return cursor.rowcount == 1


def _refusal_rolled_back(act: Callable[[], Answer]) -> Answer:
    """Run `act` in a savepoint, so that a refusal undoes what it began and can still be stored."""
    try:
        with transaction.atomic():
            return act()
    except Refused as refusal:
        return refused(refusal)


def refused(refusal: Refused) -> Answer:
    """The API's form of a refusal: 422 when the input is wrong, 409 when it may not happen now."""
    body: dict = {"detail": str(refusal), "code": refusal.code, "remedy": str(refusal.remedy or "")}
    answers = getattr(refusal, "answers", None)
    if answers is not None:
        body["rules"] = [rule_answer(answer) for answer in answers]
    return (422 if refusal.code == "invalid" else 409), body


def rule_answer(answer) -> dict:
    """One booking rule's answer as JSON: the same sentence the page shows."""
    return {
        "rule": answer.rule,
        "label": str(answer.label),
        "state": answer.state,
        "value": str(answer.value),
        "sentence": str(answer.sentence),
        "remedy": str(answer.remedy),
        "waivable": answer.waivable,
    }
