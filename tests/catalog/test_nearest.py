"""Nothing found offers the nearest (issue 4, Finding): fewer conditions, words that look or sound alike."""

import pytest
from django.http import QueryDict

from gongyi.catalog.filters import Filters
from gongyi.catalog.models import InstrumentClass, Synonym
from gongyi.catalog.nearest import nearest
from gongyi.catalog.search.similar import by_sound, similar
from tests.factories.catalog import instrument
from tests.factories.organizations import organization

pytestmark = pytest.mark.django_db


def offers(address: str) -> tuple[dict[str, int], dict[str, int]]:
    found = nearest(Filters(QueryDict(address)))
    return {one.label: one.count for one in found.fewer}, {one.label: one.count for one in found.other}


def test_each_condition_is_left_out_by_turns_with_what_is_found_then():
    unit = organization("望江大学", region_id="330106")
    instrument("扫描电镜", unit=unit, instrument_class=InstrumentClass.objects.get(code="010102"))
    fewer, _other = offers("q=扫描电镜&region=440000")
    assert fewer == {"不限「广东省」": 1, "不限条件，只找「扫描电镜」": 1}


def test_one_word_less_and_the_conditions_alone():
    instrument("扫描电镜", model="JSM")
    fewer, _other = offers("q=扫描电镜 火箭")
    assert fewer == {"不含「火箭」": 1}


@pytest.mark.parametrize("typed", ["扫瞄电镜", "扫苗电竞", "扫描电竟"])
def test_what_sounds_the_same_or_is_mistyped_is_offered(typed):
    instrument("扫描电镜")
    _fewer, other = offers(f"q={typed}")
    assert other["扫描电镜"] == 1


def test_a_word_that_sounds_the_same_is_offered_without_the_conditions_too():
    instrument("扫描电镜", unit=organization("望江大学", region_id="330106"))
    _fewer, other = offers("q=扫瞄电竟&region=440000")
    assert other == {"扫描电镜，不限条件": 1}


def test_latin_words_are_compared_by_their_letters_and_what_finds_nothing_is_not_offered():
    Synonym.objects.create(terms=["流变仪", "rheometer"])
    assert "rheometer" in similar("reometer")
    assert all(count for count in offers("q=zzzzqq")[1].values())
    assert by_sound("SEM 电镜") == ""
    assert similar("a") == []


def test_the_page_says_so(client):
    instrument("扫描电镜")
    page = client.get("/instruments/?q=扫瞄电竟").content.decode()
    assert "您要找的可能是" in page
    assert "扫描电镜" in page
