"""A list, a form, a process page and a desk over people, as an app would declare them, at addresses of their own."""

import pytest

from tests.factories import accounts as people


@pytest.fixture(autouse=True)
def _toy_addresses(settings):
    settings.ROOT_URLCONF = "tests.kit.screens"
    settings.LOGIN_URL = "/sign-in/"


@pytest.fixture
def admin(db):
    return people.platform_admin("唐颖", username="tang")


@pytest.fixture
def stranger(db):
    return people.person("何其", username="he")


@pytest.fixture
def signed_in(client, admin):
    client.force_login(admin)
    return client
