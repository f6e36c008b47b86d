"""Attacks on the library of capabilities: the same line added by many at once.

Each has a twin without the guard that does the damage, so that we know the attack is one.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection

from gongyi.kit.refusal import Refused
from gongyi.offerings.models import Capability
from gongyi.offerings.services.capabilities import add_capability
from tests.factories import offerings
from tests.factories.organizations import organization, unit_admin

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS = 8
LINE = {"nature": "test", "subject": "金属材料", "parameter": "抗拉强度", "standard_no": "GB/T 228.1-2021"}


@pytest.fixture(autouse=True)
def _enough_connections(monkeypatch):
    connection.close()
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "pool", False)
    yield
    connection.close()


def at_once(act) -> list[str]:
    gate = threading.Barrier(WORKERS)

    def run(_number):
        gate.wait()
        try:
            act()
            return "done"
        except Refused as refusal:
            return refusal.code
        except IntegrityError:
            return "constraint"
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        return sorted(pool.map(run, range(WORKERS)))


@pytest.fixture
def lab():
    return organization("澄湖质检中心")


@pytest.fixture
def certificate(lab):
    return offerings.certificate(lab, "苏质检(2021)017", nature="other")


def test_the_same_line_added_by_eight_at_once_is_there_once(lab, certificate):
    keeper = unit_admin(lab)

    def act():
        add_capability(organization=lab, certificate=certificate, actor=keeper, **LINE)

    assert at_once(act) == ["done"] + ["taken"] * (WORKERS - 1)
    assert Capability.objects.count() == 1


def careless(lab, certificate):
    """Looks first and writes later, with nothing but the constraint between them."""
    all_have_looked = threading.Barrier(WORKERS)

    def act():
        there = Capability.objects.filter(certificate=certificate).exists()
        all_have_looked.wait()
        if not there:
            Capability.objects.create(organization=lab, certificate=certificate, **LINE)

    return act


def test_the_constraint_alone_keeps_the_line_single(lab, certificate):
    assert at_once(careless(lab, certificate)) == ["constraint"] * (WORKERS - 1) + ["done"]
    assert Capability.objects.count() == 1


def test_twin_without_the_constraint_the_line_is_there_eight_times(lab, certificate):
    constraint = next(c for c in Capability._meta.constraints if c.name == "capability_once")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Capability, constraint)
    try:
        assert at_once(careless(lab, certificate)) == ["done"] * WORKERS
        assert Capability.objects.count() == WORKERS
    finally:
        Capability.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Capability, constraint)
