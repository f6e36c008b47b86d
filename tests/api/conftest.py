"""A bookable place, and callers with personal tokens."""

import json

import pytest

from gongyi.accounts.services import create_token
from tests.factories.reservations import place


class Caller:
    """Speaks JSON to the API as one person, or as a stranger."""

    def __init__(self, client, user=None):
        self.client, self.user = client, user
        self.headers = {"Authorization": f"Bearer {create_token(user, 'test')[1]}"} if user else {}

    def get(self, path, **query):
        return self.client.get(f"/api/v1{path}", query, headers=self.headers)

    def post(self, path, data=None, **headers):
        return self.client.post(
            f"/api/v1{path}", json.dumps(data or {}), content_type="application/json", headers=self.headers | headers
        )

    def delete(self, path):
        return self.client.delete(f"/api/v1{path}", headers=self.headers)


@pytest.fixture
def here(db):
    return place(horizon_days=30, min_notice_minutes=0, slot_minutes=30)


@pytest.fixture
def call(client):
    def caller(user=None):
        return Caller(client, user)

    return caller


@pytest.fixture
def booker(call, here):
    return call(here.user)


@pytest.fixture
def manager(call, here):
    return call(here.manager)


@pytest.fixture
def stranger(call):
    return call()
