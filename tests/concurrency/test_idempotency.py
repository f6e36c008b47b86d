"""Sixteen repetitions of one API write at the same moment: one effect, one answer; and what happens without the guard."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import RequestFactory

from gongyi.api import idempotency
from gongyi.catalog.models import ServiceField
from tests.factories.accounts import person

CLIENTS = 16
pytestmark = pytest.mark.django_db(transaction=True)


def repeat_at_once(user):
    """Every client sends the same key and body; the effect is a row that counts how often it happened."""
    gate = threading.Barrier(CLIENTS)

    def client(number):
        request = RequestFactory().post(
            "/api/v1/anything", b"{}", content_type="application/json", headers={"Idempotency-Key": "once"}
        )
        request.user = user

        def act():
            return 201, {"id": ServiceField.objects.create(name=f"effect {number}").pk}

        try:
            gate.wait()
            answer = idempotency.answered(request, act)
            return answer.status_code, answer.content
        finally:
            connection.close()

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(client, range(CLIENTS)))


def effects():
    return ServiceField.objects.filter(name__startswith="effect ").count()


def test_one_key_has_one_effect_and_everybody_gets_its_answer():
    answers = repeat_at_once(person())
    assert len(set(answers)) == 1
    assert answers[0][0] == 201
    assert effects() == 1


def test_without_the_claim_every_repetition_has_its_effect(monkeypatch):
    monkeypatch.setattr(idempotency, "_claim", lambda *key: True)
    repeat_at_once(person())
    assert effects() == CLIENTS
