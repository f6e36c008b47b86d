"""Instruments side by side: every public field, what differs marked, an address that can be shared."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gongyi.catalog.models import Instrument
from gongyi.catalog.services import index
from gongyi.portal.comparison import specs_of
from tests.factories.catalog import instrument, price
from tests.factories.organizations import organization
from tests.portal.test_pages import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair():
    unit = organization("望江大学")
    first = instrument(
        "甲电镜",
        unit=unit,
        model="A-1",
        manufacturer="日立",
        technical_specs="分辨率：0.7 nm\n加速电压：30 kV\n五轴样品台",
    )
    second = instrument(
        "乙电镜", unit=unit, model="B-2", manufacturer="日立", technical_specs="分辨率: 1.2 nm；加速电压： 30kV"
    )
    price(first, 300, "internal", startup_fee=50)
    price(second, 300, "internal")
    price(second, 600, "external")
    return first, second


def address(*instruments, **more):
    return "/compare/?" + "&".join([*(f"id={i.pk}" for i in instruments), *(f"{k}={v}" for k, v in more.items())])


def cells(page: str, label: str) -> list[tuple[bool, str]]:
    """(marked as different, words) of the row with this label."""
    row = re.search(rf'<th scope="row">{label}</th>(.*?)</tr>', page, re.S)[1]
    found = re.findall(r'<td class="([^"]*)">(.*?)</td>', row, re.S)
    return [
        ("dif" in css.split(), re.sub(r"<span class=\"visually.*?</span>|<[^>]+>", "", words).strip())
        for css, words in found
    ]


def test_specs_are_split_by_line_and_what_differs_is_marked(client, pair):
    page = client.get(address(*pair)).content.decode()
    assert cells(page, "分辨率") == [(True, "0.7 nm"), (True, "1.2 nm")]
    assert cells(page, "加速电压") == [(False, "30 kV"), (False, "30kV")]
    assert cells(page, "其他指标") == [(True, "五轴样品台"), (True, "—")]
    assert cells(page, "生产制造商") == [(False, "日立"), (False, "日立")]
    assert cells(page, "校内") == [(True, "¥300.00/小时开机费 ¥50.00/次"), (True, "¥300.00/小时")]
    assert cells(page, "校外科研") == [(True, "—"), (True, "¥600.00/小时")]
    assert "近 7 天空闲" in page


def test_the_odd_one_out_is_marked_and_the_others_are_not(client, pair):
    third = instrument("丙电镜", unit=pair[0].organization, model="C-3", manufacturer="蔡司")
    assert [marked for marked, _words in cells(client.get(address(*pair, third)).content.decode(), "生产制造商")] == [
        False,
        False,
        True,
    ]


def test_only_differences(client, pair):
    page = client.get(address(*pair, diff=1)).content.decode()
    assert "分辨率" in page
    assert "加速电压" not in page
    assert "生产制造商" not in page
    assert "近 7 天空闲" in page


def test_specs_of_reads_labels_and_leaves_sentences_alone():
    assert specs_of("分辨率：0.7 nm；束流:5 nA\n\n带冷台") == {"分辨率": "0.7 nm", "束流": "5 nA", "": "带冷台"}
    assert specs_of("一句很长很长很长很长很长很长很长很长很长的话：不是标签") == {
        "": "一句很长很长很长很长很长很长很长很长很长的话：不是标签"
    }
    assert specs_of("") == {}


def test_at_most_four_each_once_in_the_order_asked(client, pair):
    many = [instrument(f"机{n}") for n in range(4)]
    page = client.get(address(*many, *pair, many[0])).content.decode()
    assert re.findall(r'class="cp-n" href="[^"]*">([^<]+)<', page) == [i.name for i in many]
    assert "一次最多比较 4 台" in text(client.get(address(*many, *pair)))


def test_hidden_ones_are_left_out_and_said(client, pair):
    draft = instrument("秘密机", status="draft")
    words = text(client.get(address(*pair, draft)))
    assert "有 1 台仪器已不再公开" in words
    assert "秘密机" not in words


def test_one_more_is_found_by_words_and_not_offered_twice(client, pair):
    index(Instrument.objects.all())
    page = client.get(
        address(pair[0], q="电镜"), headers={"HX-Request": "true", "HX-Target": "compare-found"}
    ).content.decode()
    assert "乙电镜" in page
    assert "甲电镜" not in page
    assert f"?id={pair[0].pk}&amp;id={pair[1].pk}" in page
    assert "没有找到" in client.get(address(pair[0], q="没有的东西")).content.decode()


def test_an_empty_comparison_says_how_to_begin(client):
    assert "还没有选要比较的仪器" in text(client.get("/compare/"))
    assert client.get("/compare/?id=x&id=999999999999999999&q=%27").status_code == 200


def test_two_cost_as_much_as_four(client, pair):
    others = [instrument(unit=pair[0].organization, hourly_rate=9, timed_booking=True) for _ in range(2)]
    client.get(address(*pair))
    with CaptureQueriesContext(connection) as few:
        client.get(address(*pair))
    with CaptureQueriesContext(connection) as many:
        client.get(address(*pair, *others))
    assert len(many) <= len(few)
