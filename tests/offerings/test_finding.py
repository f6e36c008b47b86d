"""Who can test or measure what, to which standard (S3-45, S3-58): numbers of standards, words, conditions, what is shown to whom."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gongyi.catalog.models import FacetCount, Synonym
from gongyi.offerings.models import Capability
from gongyi.offerings.search import (
    Criteria,
    Kind,
    Sort,
    ask,
    engine,
    find,
    index,
    plans,
    refresh_facet_counts,
    standards,
)
from gongyi.organizations.models import ContactPerson, Organization
from gongyi.organizations.services.certificates import change_certificate
from gongyi.organizations.workflow import OrganizationFlow
from tests.factories.accounts import platform_admin
from tests.factories.offerings import capability, certificate, plan
from tests.factories.organizations import organization, unit_admin

pytestmark = pytest.mark.django_db
GBT = "GB/T 228.1-2021"


@pytest.fixture
def unit():
    return organization("澄湖质检中心", kind="inspection", region_id="320508")


def hits(question: str, **criteria) -> list[int]:
    return find(Criteria(ask(question), **criteria)).ids


@pytest.mark.parametrize(
    ("written", "prefix", "numbers", "year"),
    [
        ("GB/T 228.1-2021", "gbt", ("228.1",), "2021"),
        ("ＧＢ／Ｔ ２２８．１—２０２１", "gbt", ("228.1",), "2021"),
        ("GBT228.1-2021", "gbt", ("228.1",), "2021"),
        ("gb/t228.1", "gbt", ("228.1",), ""),
        ("GB/T 228.1 - 2021", "gbt", ("228.1",), "2021"),
        ("228.1", "", ("228.1",), ""),
        ("GB 5009.12-2017", "gb", ("5009.12",), "2017"),
        ("JJG 139-2014", "jjg", ("139",), "2014"),
        ("JJG 139-85", "jjg", ("139",), "1985"),
        ("JJG(浙) 139-2014", "jjg", ("139",), "2014"),
        ("JJF1059.1－2012", "jjf", ("1059.1",), "2012"),
        ("ISO 6892-1:2019", "iso", ("6892.1",), "2019"),
        ("ISO/IEC 17025:2017", "isoiec", ("17025",), "2017"),
        ("DIN EN ISO 6892-1", "dineniso", ("6892.1",), ""),
        ("IEC 60068-2-14", "iec", ("60068.2.14",), ""),
        ("ASTM E8/E8M-22", "astm", ("e8", "e8m"), "2022"),
        ("DB33/T 1234-2020", "db33t", ("1234",), "2020"),
        ("DB 33/T 1234", "db33t", ("1234",), ""),
        ("YY/T 0287-2017", "yyt", ("287",), "2017"),
        ("T/CSTM 00123-2020", "tcstm", ("123",), "2020"),
        ("QJ 1234A-2005", "qj", ("1234a",), "2005"),
    ],
)
def test_a_standard_number_is_read_the_same_however_it_is_written(written, prefix, numbers, year):
    (found,) = standards.read(written)
    assert (found.prefix, found.numbers, found.year) == (prefix, numbers, year)


def test_a_text_is_not_a_standard_and_a_clause_is_not_stored_as_one():
    assert standards.read("拉伸 5 级") == []
    lexemes, rest = standards.stored("GB/T 5750.4-2006(8.1) 第一法")
    assert "§gbt5750.4-2006" in lexemes
    assert "§8.1" not in lexemes
    assert "第一法" in rest


@pytest.mark.parametrize(
    "question",
    [
        "GB/T 228.1", "GBT228.1-2021", "228.1", "GB/T 228.1-2021", "gb/t228.1", "GB 228.1", "ＧＢ／Ｔ　２２８．１", "GB/T 228", "228",
        "228.1-2021", "金属 GB/T 228.1", "GB/T228.1 抗拉强度", "228.1 金属", "klqd", "拉强度", "金属材料 抗拉",
    ],
)  # fmt: skip
def test_a_line_is_found_by_its_standard_its_words_and_their_initials(unit, question):
    line = capability(unit, standard_no=GBT)
    assert hits(question) == [line.pk]


@pytest.mark.parametrize(
    "question", ["GB/T 228.2", "GB/T 228.1-2010", "GB/T 2281", "JJG 228.1", "GB/T 28.1", "1", "铝"]
)
def test_another_number_another_year_another_body_is_not_this_standard(unit, question):
    capability(unit, standard_no=GBT)
    assert hits(question) == []


def test_what_looks_like_a_standard_may_be_a_plain_word(unit):
    line = capability(
        unit,
        "电子天平",
        nature="calibration",
        standard_no="JJG 1036-2008",
        accuracy="0.5 级",
        measuring_range="JSM-7800F",
    )
    assert hits("0.5 级") == hits("JSM-7800F") == hits("电子天平 0.5") == [line.pk]


def test_both_of_two_standards_in_one_field_find_it(unit):
    line = capability(unit, standard_no="GB/T 228.1-2021、ISO 6892-1:2019")
    assert hits("ISO 6892-1") == hits("6892-1:2019") == hits("GB/T 228.1 ISO 6892") == [line.pk]


def test_the_standard_itself_comes_before_what_only_mentions_it(unit):
    told = capability(unit, "钢", standard_no="GB/T 229-2020", remark="试样按 GB/T 228.1 制备")
    line = capability(unit, standard_no=GBT)
    assert hits("GB/T 228.1") == [line.pk, told.pk]


def test_synonyms_find_capabilities_and_plans_after_indexing(unit):
    line = capability(unit, "流变仪", nature="calibration", standard_no="JJG 1-2020")
    offer = plan(unit, "流变仪校准套餐")
    assert hits("转矩计") == []
    Synonym.objects.create(terms=["流变仪", "转矩计"])
    index([line.pk])
    plans([offer.pk])
    assert hits("转矩计") == [line.pk]
    from gongyi.offerings.search.of_plans import find_plans

    assert find_plans(ask("转矩计"), limit=5) == ([offer.pk], 1)


# ---- what can be ordered today, and what is shown to whom -----------------------------------------------------------


def test_the_last_day_of_a_certificate_counts_and_the_day_after_hides_its_lines_without_any_job(unit):
    today = timezone.localdate()
    line = capability(unit, certificate=certificate(unit, expires_on=today))
    assert hits("228.1") == [line.pk]
    assert hits("228.1", day=today + timedelta(days=1)) == []
    assert hits("228.1", day=today + timedelta(days=1), orderable=False) == [line.pk]


def test_a_withdrawn_certificate_an_ended_authorisation_and_a_suspended_line_are_found_only_when_asked_for(unit):
    yesterday = timezone.localdate() - timedelta(days=1)
    gone = certificate(unit, withdrawn_at=timezone.now())
    lines = [
        capability(unit, certificate=gone),
        capability(unit, "钢", valid_until=yesterday),
        capability(unit, "铜", status=Capability.Status.SUSPENDED),
    ]
    assert hits("228.1") == []
    assert set(hits("228.1", orderable=False)) == {line.pk for line in lines}


def test_the_switch_shows_what_ended_and_says_what_it_is(client, unit):
    line = capability(unit, certificate=certificate(unit, expires_on=timezone.localdate() - timedelta(days=1)))
    assert line.get_absolute_url() not in client.get("/capabilities/?q=228.1").content.decode()
    page = client.get("/capabilities/?q=228.1&all=1").content.decode()
    assert line.get_absolute_url() in page
    assert '<span class="st bad">证书已过期</span>' in page


def test_cancelled_lines_and_those_of_a_suspended_institution_never_appear(client, unit):
    line = capability(unit)
    assert hits("228.1") == [line.pk]
    OrganizationFlow.fire(unit, "suspend", actor=platform_admin(), reason="核查")
    index([line.pk])
    assert hits("228.1", orderable=False) == []
    assert client.get(line.get_absolute_url()).status_code == 404
    other = capability(organization("启衡检测"), status=Capability.Status.CANCELLED)
    assert hits("228.1", orderable=False) == []
    assert client.get(other.get_absolute_url()).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_suspended_institution_leaves_the_index_and_a_resumed_one_comes_back(unit):
    line, offer, admin = capability(unit), plan(unit), platform_admin()
    OrganizationFlow.fire(unit, "suspend", actor=admin, reason="核查")
    line.refresh_from_db()
    offer.refresh_from_db()
    assert (line.tsv, line.facets, offer.tsv) == (None, [], None)
    OrganizationFlow.fire(Organization.objects.get(pk=unit.pk), "resume", actor=admin, reason="整改完成")
    assert hits("228.1") == [line.pk]


@pytest.mark.django_db(transaction=True)
def test_a_certificate_that_is_changed_takes_its_lines_along(unit):
    line = capability(unit, certificate=certificate(unit, "211020143367"))
    fields = {"nature": "cnas", "grade": "other", "number": "L2874"}
    change_certificate(certificate=line.certificate, actor=platform_admin(), **fields)
    assert hits("211020143367") == []
    assert hits("L2874", chosen={Kind.CERTIFICATE: (2,)}) == [line.pk]


def test_its_keeper_still_sees_a_cancelled_line_and_is_told(client, unit):
    line = capability(unit, status=Capability.Status.CANCELLED)
    client.force_login(unit_admin(unit), backend="gongyi.accounts.backends.AnyIdentifierBackend")
    assert "这项能力已取消" in client.get(line.get_absolute_url()).content.decode()


# ---- conditions and counts ------------------------------------------------------------------------------------------


def test_counts_equal_counting_by_hand_and_a_kind_leaves_its_own_choice_aside(unit):
    far = organization("南浦计量院", region_id="440305")
    cnas = certificate(far, "L0579", nature="cnas")
    first = capability(unit, domain="力学", price=200)
    second = capability(far, certificate=cnas, domain="力学", nature="calibration", standard_no="JJG 139-2014")
    third = capability(far, certificate=cnas, domain="化学", subject="水质", parameter="镉")
    found = find(Criteria(chosen={Kind.NATURE: (1,)}))
    assert sorted(found.ids) == sorted([first.pk, third.pk])
    assert found.counts[Kind.NATURE] == {1: 2, 3: 1}
    assert found.counts[Kind.REGION] == {320000: 1, 320500: 1, 320508: 1, 440000: 1, 440300: 1, 440305: 1}
    assert found.counts[Kind.CERTIFICATE] == {1: 1, 2: 1}
    assert found.counts[Kind.PRICE] == {1: 1}
    assert found.domains == {"力学": 1, "化学": 1}
    narrowed = find(Criteria(chosen={Kind.REGION: (440000,)}, domains=("力学",)))
    assert narrowed.ids == [second.pk]
    assert narrowed.domains == {"力学": 1, "化学": 1}
    assert narrowed.counts[Kind.REGION][320000] == 1


def test_prices_and_regions_sort(unit):
    far = organization("南浦计量院", region_id="440305")
    dear, cheap, open_ = capability(far, price=900), capability(unit, price=100), capability(unit, "钢")
    assert hits("", sort=Sort.PRICE) == [cheap.pk, dear.pk, open_.pk]
    assert hits("", sort=Sort.PRICE_DOWN) == [dear.pk, cheap.pk, open_.pk]
    assert hits("", sort=Sort.REGION) == [cheap.pk, open_.pk, dear.pk]


def test_very_many_matches_are_not_counted_to_the_end_and_the_cheapest_still_come_first(unit, monkeypatch):
    monkeypatch.setattr(engine, "TOTAL_LIMIT", 4)
    paper = certificate(unit)
    lines = [capability(unit, f"样品{n}", certificate=paper, price=100 - n) for n in range(8)]
    found = find(Criteria(ask("228.1"), sort=Sort.PRICE), limit=3)
    assert (found.total, found.more, found.ids) == (4, True, [line.pk for line in reversed(lines)][:3])
    assert refresh_facet_counts() == 5
    assert find(Criteria()).counts[Kind.NATURE] == {1: 8}
    assert FacetCount.objects.filter(facet__gt=engine.SHELF).exists()


def test_what_an_address_makes_up_is_dropped(client, unit):
    capability(unit)
    for query in (
        "nature=x", "region=abc&region=99999999", "organization=-1", "certificate=zzz", "page=999999", "page=x", "sort=;",
        "q=%27%27%5C%5C%3A*%26%7C", "q=" + "9" * 300, "priced=2&all=x", "q=GB/T",
    ):  # fmt: skip
        assert client.get(f"/capabilities/?{query}").status_code == 200, query
    assert client.get("/capabilities/", {"q": "a\0b"}).status_code == 400


# ---- the page --------------------------------------------------------------------------------------------------------


def test_a_line_says_who_what_by_which_standard_under_which_certificate_and_whom_to_ask(client, unit):
    ContactPerson.objects.create(organization=unit, duty="sales", name="范成", phone="13900000001")
    capability(
        unit, price=350, measuring_range="≤ 600 kN", accuracy="0.5 级", certificate=certificate(unit, "211020143367")
    )
    page = client.get("/capabilities/?q=228.1").content.decode()
    for words in (
        "澄湖质检中心",
        "金属材料 · 抗拉强度",
        GBT,
        "≤ 600 kN",
        "0.5 级",
        "211020143367",
        "¥350.00",
        "范成",
        "13900000001",
    ):
        assert words in page, words


def test_nothing_found_offers_the_other_year_fewer_conditions_and_words_that_sound_alike(client, unit):
    capability(unit, domain="力学")
    page = client.get("/capabilities/?q=GB/T+228.1-2010&domain=力学").content.decode()
    assert "GB/T 228.1，不限年份" in page
    page = client.get("/capabilities/?q=228.1&nature=calibration").content.decode()
    assert "不限「校准」" in page
    assert "金属材料" in client.get("/capabilities/?q=金属才料").content.decode()
    capability(unit, "钢", certificate=certificate(unit, withdrawn_at=timezone.now()), standard_no="GB/T 229-2020")
    assert "也看已过期、已撤销和暂停的" in client.get("/capabilities/?q=229").content.decode()


def queries(client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


def test_the_search_takes_as_many_queries_for_one_line_as_for_many(client, unit):
    paper = certificate(unit)
    capability(unit, certificate=paper)
    before = queries(client, "/capabilities/?q=228.1")
    for n in range(12):
        capability(unit, f"样品{n}", certificate=paper)
    for n in range(6):
        capability(organization(f"机构{n}", region_id="320508"))
    assert queries(client, "/capabilities/?q=228.1") == before


def test_the_page_of_a_line_names_the_plans_that_include_it_but_no_drafts(client, unit):
    line = capability(unit)
    plan(unit, "拉伸套餐", lines=(line,))
    plan(unit, "未发布套餐", lines=(line,), status="draft")
    page = client.get(line.get_absolute_url()).content.decode()
    assert "拉伸套餐" in page
    assert "未发布套餐" not in page


def test_the_page_of_a_line_offers_only_others_that_can_be_ordered(client, unit):
    line = capability(unit, parameter="抗拉强度")
    capability(unit, parameter="屈服强度")
    capability(unit, parameter="断后伸长率", status=Capability.Status.SUSPENDED)
    page = client.get(line.get_absolute_url()).content.decode()
    assert "屈服强度" in page
    assert "断后伸长率" not in page
