"""The list by unit (S1-48), 希望时段 and 今日空闲优先, the orders of S1-50 and the ways in (S1-44 … S1-47)."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gongyi.catalog.models import Instrument, InstrumentClass
from gongyi.catalog.services import index
from gongyi.portal import wishes
from gongyi.reservations.queries import common_free, free_between
from tests.factories.catalog import instrument
from tests.factories.organizations import organization
from tests.factories.reservations import ALWAYS, at, place, rules
from tests.portal.test_pages import text

pytestmark = pytest.mark.django_db


def names(client, **params) -> list[str]:
    page = client.get("/instruments/", params).content.decode()
    return re.findall(r'aria-label="选择 ([^"]+)"', page)


@pytest.fixture
def units():
    big, small = organization("望江大学"), organization("云麓理工大学")
    for number in range(10):
        instrument(
            f"电镜{number}", unit=big, service_count=number, instrument_class=InstrumentClass.objects.get(code="010102")
        )
    instrument("电镜甲", unit=small)
    instrument("质谱", unit=small)
    index(Instrument.objects.all())
    return big, small


def test_by_unit_counts_under_the_same_conditions_and_shows_the_first_of_each(client, units):
    big, small = units
    words = text(client.get("/instruments/", {"by": "unit"}))
    assert "共 2 家单位" in words
    assert words.index("望江大学 ") < words.index("云麓理工大学")
    assert "全部 10 台" in words
    assert "再展开 5 台" in words
    assert "还有 2 台，查看全部" in words
    page = client.get("/instruments/", {"by": "unit", "q": "电镜甲"}).content.decode()
    assert "全部 1 台" in text(client.get("/instruments/", {"by": "unit", "q": "电镜甲"}))
    assert f"organization={small.pk}" in page
    assert names(client, by="unit", organization=small.pk) == ["电镜甲", "质谱"]
    assert names(client, by="unit", organization=big.pk, sort="services")[0] == "电镜9"


def test_the_switch_keeps_all_conditions(client, units):
    page = client.get("/instruments/", {"by": "unit", "q": "电镜", "class": "010102"}).content.decode()
    assert 'href="?q=%E7%94%B5%E9%95%9C&amp;class=010102"' in page
    page = client.get("/instruments/", {"q": "电镜", "class": "010102", "page": "2"}).content.decode()
    assert 'href="?q=%E7%94%B5%E9%95%9C&amp;class=010102&amp;by=unit"' in page


def test_by_unit_costs_the_same_for_few_and_for_many(client, units):
    client.get("/instruments/?by=unit")
    with CaptureQueriesContext(connection) as few:
        client.get("/instruments/?by=unit")
    for number in range(9):
        unit = organization(f"单位{number}")
        for _ in range(3):
            instrument(unit=unit, hourly_rate=10)
    index(Instrument.objects.all())
    with CaptureQueriesContext(connection) as many:
        client.get("/instruments/?by=unit")
    assert len(many) == len(few)


def test_a_wished_time_leaves_only_who_is_free_for_all_of_it(client):
    here, other = place(), place()
    Instrument.objects.filter(pk=here.instrument.pk).update(name="有约的")
    Instrument.objects.filter(pk=other.instrument.pk).update(name="空着的")
    index(Instrument.objects.all())
    here.reserve(at(3, "14:00"), 60)
    day = at(3).date().isoformat()
    assert set(names(client, day=day, **{"from": "15:00", "to": "16:00"})) == {"有约的", "空着的"}
    assert names(client, day=day, **{"from": "14:30", "to": "16:00"}) == ["空着的"]
    assert set(names(client, day=day, **{"from": "14:30"})) == {"有约的", "空着的"}
    words = text(client.get("/instruments/", {"day": day, "from": "14:30", "to": "16:00"}))
    assert "共 1 台" in words
    assert "14:30–16:00 空闲" in words


def test_what_cannot_be_booked_then_is_not_free(client):
    """Beyond the days one may book ahead, too soon, closed, broken or only by commission."""
    far = place(horizon_days=2).instrument
    soon = place(min_notice_minutes=7 * 24 * 60).instrument
    broken = place().instrument
    broken.running_status = "faulty"
    commissioned = instrument("送样机", timed_booking=False)
    free = place().instrument
    found = free_between([far, soon, broken, commissioned, free], at(3, "10:00"), at(3, "11:00"))
    assert set(found) == {free.pk}


def test_an_end_before_the_beginning_is_said(client, units):
    day = at(2).date().isoformat()
    words = text(client.get("/instruments/", {"day": day, "from": "16:00", "to": "14:00"}))
    assert "希望时段的结束要晚于开始" in words
    assert "共 12 台" in words
    words = text(client.get("/instruments/", {"day": at(400).date().isoformat()}))
    assert "只能选今天起 30 天之内的日期" in words
    for nonsense in ({"day": "2026-13-45"}, {"day": "x"}, {"day": day, "from": "99:99", "to": "a:b"}):
        assert client.get("/instruments/", nonsense).status_code == 200


def test_only_candidates_are_looked_at_and_that_is_said(client, units, monkeypatch):
    monkeypatch.setattr(wishes, "CANDIDATES", 5)
    words = text(client.get("/instruments/", {"sort": "free"}))
    assert "空闲时间只在排在最前的 5 台里查找" in words
    assert "共 5 台" in words
    monkeypatch.setattr(wishes, "CANDIDATES", 300)
    assert "只在排在最前" not in text(client.get("/instruments/", {"sort": "free"}))


def test_free_today_first(client, monkeypatch):
    closed, open_ = place(always_open=False), place()
    rules(closed.instrument, hours=((timezone.localdate().isoweekday() % 7 + 1, 0, 1440),))
    rules(open_.instrument, hours=ALWAYS, min_minutes=10)
    Instrument.objects.filter(pk=closed.instrument.pk).update(name="今天关门", service_count=9)
    Instrument.objects.filter(pk=open_.instrument.pk).update(name="今天有空")
    index(Instrument.objects.all())
    morning = at(0, "9:00")
    monkeypatch.setattr(timezone, "now", lambda: morning)
    assert names(client) == ["今天关门", "今天有空"]
    assert names(client, sort="free") == ["今天有空", "今天关门"]


def test_common_free_time_is_on_every_grid_and_free_for_all():
    here, other = place(slot_minutes=30), place(slot_minutes=20)
    now = timezone.now()
    here.reserve(at(2, "10:00"), 120)
    other.reserve(at(2, "12:00"), 60)
    pair = [here.instrument, other.instrument]
    assert common_free(pair, timedelta(hours=1), at(2, "9:30"), now=now) == (at(2, "13:00"), at(2, "14:00"))
    assert common_free(pair, timedelta(hours=1), at(500), now=now) is None


def test_orders_by_services_and_by_purchase(client):
    """S1-50."""
    for name, count, bought in (("甲", 3, "2020-01-01"), ("乙", 9, "2015-01-01"), ("丙", 1, "2024-01-01")):
        instrument(f"{name}机", service_count=count, purchased_on=bought)
    index(Instrument.objects.all())
    assert names(client, sort="services") == ["乙机", "甲机", "丙机"]
    assert names(client, sort="purchase") == ["丙机", "甲机", "乙机"]
    assert "服务 9 次" in text(client.get("/instruments/"))


def test_the_ways_in_from_the_home_page(client, units):
    """S1-44 … S1-47."""
    page = client.get("/").content.decode()
    words = text(client.get("/"))
    assert 'href="/instruments/?class=010100"' in page
    assert "仪器展示" in words
    assert re.search(r'<h2>仪器展示</h2>.*?<a href="/instruments/">更多</a>', page, re.S)
    assert re.search(r'class="btn btn-self float-book[^"]*" href="/instruments/"', page)
    assert re.search(r'<nav class="gy-nav".*?href="/instruments/"', page, re.S)
    made = Instrument.objects.order_by("-service_count").first()
    assert f'href="/instruments/{made.pk}/"' in page
