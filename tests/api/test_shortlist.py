"""The shortlist over the API: the token's person's own, with the same limit and the same sentence."""

import pytest

from gongyi.catalog.models import Instrument, ShortlistItem
from gongyi.catalog.services import shortlist as service
from tests.factories.catalog import instrument

pytestmark = pytest.mark.django_db


def test_reading_adding_and_removing(booker, here):
    other = instrument("拉曼光谱仪")
    assert booker.get("/shortlist").json()["items"] == []
    body = booker.post("/shortlist", {"instrument_ids": [here.instrument.pk, other.pk, other.pk, 999999]}).json()
    assert body["added"] == [here.instrument.pk, other.pk]
    assert [item["id"] for item in body["items"]] == [here.instrument.pk, other.pk]
    assert booker.post("/shortlist", {"instrument_ids": [other.pk]}).json()["added"] == []
    Instrument.objects.filter(pk=other.pk).update(status="disabled")
    body = booker.get("/shortlist").json()
    assert (len(body["items"]), body["hidden"]) == (1, 1)
    assert booker.delete(f"/shortlist/{other.pk}").json()["removed"] == [other.pk]
    assert booker.delete(f"/shortlist/{other.pk}").json()["removed"] == []


def test_strangers_are_turned_away_and_lists_are_ones_own(stranger, booker, manager, here):
    ShortlistItem.objects.create(user=here.manager, instrument=here.instrument)
    assert stranger.get("/shortlist").status_code == 401
    assert booker.get("/shortlist").json()["items"] == []
    assert booker.delete(f"/shortlist/{here.instrument.pk}").json()["removed"] == []
    assert len(manager.get("/shortlist").json()["items"]) == 1


def test_a_full_list_answers_with_the_sentence(booker, here, monkeypatch):
    monkeypatch.setattr(service, "SHORTLIST_LIMIT", 1)
    answer = booker.post("/shortlist", {"instrument_ids": [here.instrument.pk, instrument().pk]})
    assert answer.status_code == 409
    assert "最多放 1 台仪器" in answer.json()["detail"]
    assert here.user.shortlist.count() == 0
    assert booker.post("/shortlist", {"instrument_ids": []}).status_code == 422
