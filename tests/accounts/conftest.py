"""Passwords are hashed quickly here: what is tested is not the hash."""

import pytest

from gongyi.accounts import verified
from tests.factories.accounts import person, platform_admin

PASSWORD = "gao-shang-jing-8"


@pytest.fixture(autouse=True)
def _quick_hashes(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def lin(db):
    return person("林知远", username="Lin.ZY", email="lin@example.cn", phone="13812346021", password=PASSWORD)


@pytest.fixture
def zhou(db):
    return person("周敏", username="zhoumin", password=PASSWORD)


@pytest.fixture
def admin(db):
    return platform_admin("管宁", username="admin", password=PASSWORD)


def prove(client, address):
    """Let the client's session remember that it proved to read this address."""
    session = client.session
    verified.remember(session, address)
    session.save()
