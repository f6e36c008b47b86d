"""One box over everything public: grouped results, suggestions, what was searched before (issue 4; S1-49, S3-45, S3-61)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gongyi.catalog.search.words import weighted
from gongyi.offerings.models import Capability
from gongyi.offerings.search import ask, index, plans
from gongyi.organizations.models import Organization
from gongyi.portal.everywhere import SUGGESTED, everything, suggestions
from tests.factories.catalog import instrument
from tests.factories.offerings import capability, certificate, plan
from tests.factories.organizations import organization

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    return organization("拉伸检测中心", kind="inspection", name_key="la shen jian ce zhong xin")


@pytest.fixture
def offered(unit):
    """Something of every kind that has to do with 拉伸."""
    line = capability(unit, "金属拉伸试样")
    return instrument("电子拉伸试验机", unit=unit), line, plan(unit, "金属拉伸套餐", lines=(line,))


def kinds(question: str, user) -> dict[str, int]:
    return {section.kind: section.total for section in everything(ask(question), user)}


def offered_words(question: str, user) -> list[str]:
    return [one.label for _label, some in suggestions(ask(question), user) for one in some]


def test_every_kind_is_found_with_its_number_and_a_way_to_all_of_them(client, offered):
    page = client.get("/search/?q=拉伸").content.decode()
    for words in ("电子拉伸试验机", "拉伸检测中心", "金属拉伸套餐", "金属拉伸试样", "查看全部"):
        assert words in page, words
    for address in ("/instruments/?q=", "/organizations/?q=", "/plans/?q=", "/capabilities/?q="):
        assert address in page, address


def test_suspended_institutions_drafts_and_cancelled_lines_never_appear(client, unit, offered, django_user_model):
    device, line, offer = offered
    assert kinds("拉伸", _visitor()) == {"instrument": 1, "unit": 1, "plan": 1, "capability": 1}
    offer.status = "draft"
    offer.save()
    plans([offer])
    line.status = Capability.Status.CANCELLED
    line.save()
    index([line])
    assert kinds("拉伸", _visitor()) == {"instrument": 1, "unit": 1, "plan": 0, "capability": 0}
    assert "金属拉伸套餐" not in offered_words("拉伸", _visitor())
    Organization.objects.filter(pk=unit.pk).update(status="suspended")
    device.refresh_from_db()
    device.save()
    assert kinds("拉伸", _visitor()) == {"instrument": 0, "unit": 0, "plan": 0, "capability": 0}
    assert offered_words("拉伸", _visitor()) == []
    assert "没有找到「拉伸」" in client.get("/search/?q=拉伸").content.decode()


def _visitor():
    from django.contrib.auth.models import AnonymousUser

    return AnonymousUser()


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("smdj", "扫描电镜"),
        ("扫描", "扫描电镜"),
        ("GB/T 22", "GB/T 228.1-2021"),
        ("gbt228", "GB/T 228.1-2021"),
        ("lsjc", "拉伸检测中心"),
        ("拉伸检", "拉伸检测中心"),
        ("套餐", "扫描套餐"),
    ],
)
def test_while_typing_words_initials_and_beginnings_of_standards_are_suggested(unit, typed, expected):
    instrument("扫描电镜", unit=unit)
    capability(unit)
    plan(unit, "扫描套餐")
    assert expected in offered_words(typed, _visitor())


def test_suggestions_are_few_each_leads_somewhere_and_letters_inside_a_word_do_not_count(client, unit):
    for n in range(12):
        instrument(f"扫描电镜 {n}", unit=unit)
        capability(
            unit, f"扫描电镜 {n}", nature="calibration", standard_no=f"JJG {n}-2020", certificate=certificate(unit)
        )
    instrument("Semiconductor Analyzer", unit=unit)
    instrument("扫描电子显微镜", unit=unit)
    found = suggestions(ask("扫描"), _visitor())
    assert sum(len(some) for _label, some in found) <= SUGGESTED
    assert all(client.get(one.url).status_code == 200 for _label, some in found for one in some)
    words = offered_words("sem", _visitor())
    assert words[0] != "Semiconductor Analyzer"


def test_a_word_that_stands_only_in_a_long_text_is_not_suggested(unit):
    instrument("离子阱", unit=unit, functions="可做拉伸分析")
    assert "离子阱" not in offered_words("拉伸", _visitor())


def test_the_list_below_the_box_is_a_list_box_of_links(client, offered):
    page = client.get("/search/suggest/?q=拉伸").content.decode()
    assert page.count('role="option"') >= 3
    assert 'role="group" aria-label="仪器设备"' in page
    assert "<script" not in page


def test_what_was_searched_is_remembered_in_this_session_only_until_it_is_forgotten(client, offered, django_user_model):
    from django.test import Client

    client.get("/search/?q=拉伸")
    client.get("/search/?q=金属拉伸")
    client.get("/search/?q=拉伸")
    client.get("/search/?q=找不到的东西")
    page = client.get("/search/suggest/?q=").content.decode()
    assert page.index('?q=%E6%8B%89%E4%BC%B8"') < page.index("?q=%E9%87%91%E5%B1%9E")
    assert page.count('role="option"') == 2
    assert 'role="option"' not in Client().get("/search/suggest/?q=").content.decode()
    assert client.get("/search/forget/").status_code == 405
    client.post("/search/forget/")
    assert 'role="option"' not in client.get("/search/suggest/?q=").content.decode()


def test_nothing_found_offers_what_sounds_alike(client, unit):
    instrument("扫描电镜", unit=unit)
    assert "扫描电镜" in client.get("/search/?q=扫瞄电竟").content.decode()


def test_odd_questions_are_answered(client, offered):
    for q in ("'", "a&b|c:*", "\\", "%", "_", "§", "🙂", "拉" * 200, "GB/T", "-", "(", "9" * 120):
        assert client.get("/search/", {"q": q}).status_code == 200, q
        assert client.get("/search/suggest/", {"q": q}).status_code == 200, q


def test_as_many_queries_for_much_as_for_little(client, unit, offered):
    def queries(url):
        with CaptureQueriesContext(connection) as seen:
            assert client.get(url).status_code == 200
        return len(seen)

    addresses = ("/search/?q=拉伸", "/search/suggest/?q=拉伸", f"/organizations/{unit.pk}/")
    for address in addresses:
        client.get(address)
    before = [queries(address) for address in addresses]
    for n in range(8):
        other = organization(f"拉伸机构{n}", region_id="320508")
        instrument(f"拉伸机{n}", unit=unit)
        line = capability(other, f"拉伸{n}")
        capability(unit, f"拉伸样{n}", certificate=offered[1].certificate)
        plan(other, f"拉伸套餐{n}", lines=(line,))
    assert [queries(address) for address in addresses] == before


def test_an_institution_shows_its_first_lines_and_finds_the_others(client, unit, monkeypatch):
    from gongyi.offerings.views import finding

    monkeypatch.setattr(finding, "SHOWN_OF_UNIT", 3)
    paper = certificate(unit)
    for n in range(5):
        capability(unit, f"样品{n}", certificate=paper, standard_no=f"GB/T 10{n}-2020")
    capability(unit, "电子天平", nature="calibration", standard_no="JJG 1036-2008", certificate=paper)
    page = client.get(f"/organizations/{unit.pk}/").content.decode()
    assert "显示前 3 项，共 5 项" in page
    assert "样品4" not in page
    assert "样品4" in client.get(f"/organizations/{unit.pk}/?cq=GB/T+104").content.decode()
    assert "电子天平" in client.get(f"/organizations/{unit.pk}/?kind=metrology").content.decode()
    fragment = client.get(f"/organizations/{unit.pk}/?cq=天平", headers={"HX-Target": "capabilities"}).content.decode()
    assert fragment.startswith('<section class="card mb-3" id="capabilities"')
    assert "电子天平" in fragment


def test_weights_are_put_on_every_word_of_a_question():
    assert weighted("'sem':* & ('扫描' | 'it''s')", "AD") == "'sem':*AD & ('扫描':AD | 'it''s':AD)"


def test_a_phrase_nobody_wrote_shows_what_its_words_find_and_says_so(client, unit):
    line = capability(unit, "水和废水", parameter="重金属总量", standard_no="HJ 700-2014")
    plan(unit, "重金属筛查", lines=(line,))
    page = client.get("/search/?q=废水重金属检测").content.decode()
    assert "没有找到「废水重金属检测」" in page
    assert "重金属筛查" in page
    assert "「<b>废水 重金属" in page


def test_a_phrase_before_a_standard_number_still_finds_the_standard(client, unit):
    capability(
        unit, "金属材料", parameter="断面收缩率", standard_no="GB/T 228.1-2021", standard_name="拉伸试验 室温试验方法"
    )
    page = client.get("/search/?q=金属拉伸试验 GB/T 228.1").content.decode()
    assert "断面收缩率" in page
    assert "「<b>金属 拉伸试验 GB/T 228.1</b>」" in page


def test_a_mistyped_word_shows_what_was_meant(client):
    instrument("扫描电镜")
    page = client.get("/search/?q=扫描电竟").content.decode()
    assert "没有找到「扫描电竟」，下面是「<b>扫描电镜</b>」的结果" in page


def test_only_what_can_be_ordered_is_suggested_and_counted(client, unit):
    capability(unit, standard_no="GB/T 228.1-2021", parameter="抗拉强度")
    capability(unit, standard_no="GB/T 228.1-2021", parameter="屈服强度", status=Capability.Status.SUSPENDED)
    capability(unit, standard_no="GB/T 228.3-2019", parameter="低温强度", status=Capability.Status.SUSPENDED)
    page = client.get("/search/suggest/?q=GB/T 228").content.decode()
    assert "GB/T 228.1-2021" in page
    assert "1 项" in page
    assert "2 项" not in page
    assert "GB/T 228.3-2019" not in page


@pytest.mark.parametrize("address", ["/plans/", "/organizations/", "/instruments/", "/capabilities/"])
def test_a_list_that_finds_nothing_leads_to_the_search_over_everything(client, address):
    page = client.get(f"{address}?q=火箭 发动机").content.decode()
    assert 'href="/search/?q=%E7%81%AB%E7%AE%AD%20%E5%8F%91%E5%8A%A8%E6%9C%BA"' in page
