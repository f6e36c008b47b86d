"""One university with its administrator, a stranger of another one, and the platform administrator."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories.accounts import platform_admin
from tests.factories.organizations import department, member, organization, unit_admin


@pytest.fixture
def unit(db):
    return organization("望江大学", code="WJU")


@pytest.fixture
def other_unit(db):
    return organization("临湖研究院", code="LHI")


@pytest.fixture
def gu(unit):
    return unit_admin(unit, "顾明远", username="gu")


@pytest.fixture
def lin(unit):
    return member(unit, "林知远", username="lin")


@pytest.fixture
def stranger(other_unit):
    return unit_admin(other_unit, "路人甲", username="stranger")


@pytest.fixture
def admin(db):
    return platform_admin("管宁", username="admin")


@pytest.fixture
def center(unit):
    return department(unit, "分析测试中心")


def queries_of(client, address, **query):
    """How many queries a page asks, once everything that is fetched once per process has been."""
    client.get(address, query)
    with CaptureQueriesContext(connection) as asked:
        client.get(address, query)
    return len(asked)


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    """What a test uploads goes with it."""
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "files")},
        }
    }
