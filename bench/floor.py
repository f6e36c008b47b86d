"""The least a booking could cost: who is it, lock the instrument, one insert under an exclusion constraint."""

import json

from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, connection, transaction
from django.http import HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

TABLE = """
CREATE TABLE IF NOT EXISTS bench_booking (
    id bigserial PRIMARY KEY, instrument_id bigint NOT NULL, user_id bigint NOT NULL, during tstzrange NOT NULL,
    EXCLUDE USING gist (int8range(instrument_id, instrument_id, '[]') WITH &&, during WITH &&)
)
"""


def empty(request):
    return HttpResponse("ok")


@csrf_exempt
@login_required
def insert(request):
    data = json.loads(request.body)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM catalog_instrument WHERE id = %s FOR NO KEY UPDATE", [data["instrument_id"]])
            cursor.execute(
                "INSERT INTO bench_booking (instrument_id, user_id, during) VALUES (%s, %s, tstzrange(%s, %s)) RETURNING id",
                [data["instrument_id"], request.user.pk, data["starts_at"], data["ends_at"]],
            )
            (pk,) = cursor.fetchone()
    except IntegrityError:
        return JsonResponse({"detail": "taken"}, status=409)
    return JsonResponse({"id": pk}, status=201)
