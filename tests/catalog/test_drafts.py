"""Handing in many: who is complete goes to review, who is not stays with what is missing (S1-39, S1-42)."""

import pytest

from gongyi.catalog import services
from gongyi.catalog.models import Instrument
from tests.factories.catalog import instrument, registered
from tests.factories.organizations import department, organization, unit_admin

pytestmark = pytest.mark.django_db
S = Instrument.Status


@pytest.fixture
def unit():
    return organization("望江大学", code="WJU", region_id="330106")


def test_the_complete_ones_are_handed_in_and_the_others_say_what_they_lack(client, unit):
    whole = registered("扫描电镜", unit=unit, department=department(unit, "测试中心"))
    bare = instrument("冰箱", unit=unit, status=S.DRAFT)
    admin = unit_admin(unit)
    client.force_login(admin)
    page = client.get("/catalog/drafts/").content.decode()
    assert "已填齐" in page
    assert "等 " in page
    answer = client.post(
        "/catalog/drafts/", {"action": "submit", "confirmed": "1", "pk": [whole.pk, bare.pk]}, follow=True
    )
    assert "冰箱：还没有填写" in answer.content.decode()
    whole.refresh_from_db()
    bare.refresh_from_db()
    assert (whole.status, bare.status) == (S.PENDING, S.DRAFT)


def test_the_service_says_who_was_refused_and_why(unit):
    admin = unit_admin(unit)
    whole = registered("扫描电镜", unit=unit, department=department(unit, "测试中心"))
    bare = instrument("冰箱", unit=unit, status=S.DRAFT)
    refused = services.submit_many(instruments=[whole, bare], actor=admin)
    assert [one.name for one, _sentence in refused] == ["冰箱"], refused
    assert "还没有填写" in refused[0][1]
