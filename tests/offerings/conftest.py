"""An institution with its administrator and certificates of every kind, and a stranger's."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import offerings
from tests.factories.accounts import platform_admin
from tests.factories.organizations import member, organization, unit_admin


@pytest.fixture
def lab(db):
    return organization("澄湖质检中心", kind="testing_institution")


@pytest.fixture
def keeper(lab):
    return unit_admin(lab, "鲁景行", username="keeper")


@pytest.fixture
def colleague(lab):
    return member(lab, "林知远", username="colleague")


@pytest.fixture
def stranger(db):
    return unit_admin(organization("启衡检测"), "路人甲", username="stranger")


@pytest.fixture
def boss(db):
    return platform_admin("管宁", username="boss")


@pytest.fixture
def cma(lab):
    return offerings.certificate(lab, "211020143367", expires_on=timezone.localdate() + timedelta(days=400))


@pytest.fixture
def cnas(lab):
    return offerings.certificate(lab, "L2874", nature="cnas", expires_on=timezone.localdate() + timedelta(days=400))


@pytest.fixture
def other(lab):
    return offerings.certificate(lab, "苏质检(2021)017", nature="other")


@pytest.fixture
def expired(lab):
    return offerings.certificate(lab, "161020140001", expires_on=timezone.localdate() - timedelta(days=1))
