"""Finding instruments: what words mean (S1-49), and that pages, totals and counts equal counting by hand."""

import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest

from gongyi.catalog import search
from gongyi.catalog.models import FacetCount, Instrument, InstrumentClass, Price, RunningStatus, ServiceField, Synonym
from gongyi.catalog.search import Criteria, Kind, Sort, engine, facets, find, parse
from gongyi.regions.models import Region
from tests.factories.catalog import instrument, price
from tests.factories.organizations import organization

pytestmark = pytest.mark.django_db


def names(question: str, **criteria) -> list[str]:
    found = find(Criteria(words=parse(question), **criteria))
    by_pk = Instrument.objects.in_bulk(found.ids)
    return [by_pk[pk].name for pk in found.ids]


def kind(code: str) -> InstrumentClass:
    return InstrumentClass.objects.get(code=code)


@pytest.fixture
def microscope():
    return instrument(
        "场发射扫描电子显微镜", model="JSM-7800F Prime", manufacturer="JEOL", instrument_class=kind("010102")
    )


@pytest.mark.parametrize(
    "question",
    [
        "扫描电子显微镜", "扫描", "子显微", "镜", "显微镜 扫描", "扫描电镜", "电镜", "SEM", "sem", "smdj", "cfssm", "电子 场发射",
        "JSM-7800F", "jsm 7800f", "JSM7800F", "7800f", "jsm-78", "jsm7800", "prime jsm", "jeol 电镜", "7800", "ＪＳＭ　７８００",
    ],
)  # fmt: skip
def test_parts_of_words_models_synonyms_initials_and_any_order_find_it(microscope, question):
    assert names(question) == [microscope.name]


@pytest.mark.parametrize("question", ["透射", "镜显", "JSM-7900", "扫描 质谱", "xyz", "rsm"])
def test_what_is_not_there_is_not_found(microscope, question):
    assert names(question) == []


def test_number_unit_class_department_and_place_find_it():
    unit = organization("望江大学")
    made = instrument(
        "离子阱", unit=unit, instrument_class=kind("010201"), location="材料楼 B106", number="WJU-MS-0009"
    )
    for question in ("WJU-MS-0009", "望江 离子阱", "有机质谱仪", "质谱", "材料楼 b106"):
        assert names(question) == [made.name], question


def test_names_that_contain_the_question_come_before_mentions_and_whole_words_before_beginnings():
    instrument("示波器", functions="附送质谱接口", service_count=99)
    instrument("质谱仪", service_count=1)
    assert names("质谱") == ["质谱仪", "示波器"]
    instrument("Semiconductor Analyzer", name_en="Semiconductor Analyzer")
    instrument("扫描电镜")
    assert names("SEM")[0] == "扫描电镜"


def test_a_new_synonym_finds_after_the_index_is_written_anew():
    made = instrument("流变仪")
    assert names("转矩计") == []
    Synonym.objects.create(terms=["流变仪", "转矩计"])
    search.index([made])
    assert names("转矩计") == ["流变仪"]


def test_only_published_instruments_of_active_units_are_found():
    made = instrument("流变仪")
    draft = instrument("流变仪二", status="draft")
    assert names("流变仪") == ["流变仪"]
    Instrument.objects.filter(pk=draft.pk).update(status="approved")
    made.organization.status = "suspended"
    made.organization.save()
    search.index([made, draft])
    assert names("流变仪") == ["流变仪二"]


def test_saving_a_name_or_class_changes_what_finds_it_but_a_running_status_does_not_touch_the_index():
    made = instrument("流变仪")
    made.name = "粘度计"
    made.save()
    assert names("流变仪") == []
    assert names("粘度计") == ["粘度计"]
    Instrument.objects.filter(pk=made.pk).update(tsv=None, facets=[])
    made.running_status = RunningStatus.IN_USE
    made.save(update_fields=["running_status"])
    assert names("粘度计") == []


def test_writing_the_index_again_changes_nothing():
    made = [instrument(), instrument()]
    assert search.index(made) == 0


def test_indexing_takes_the_same_number_of_queries_for_one_and_for_thirty(django_assert_num_queries):
    unit = organization()
    made = [instrument(unit=unit) for _ in range(30)]
    with django_assert_num_queries(5):
        search.index(made[:1])
    with django_assert_num_queries(5):
        search.index(made)


# pages, totals and counts against counting by hand


@pytest.fixture
def many():
    """Three hundred instruments that differ in everything one can ask for."""
    dice = random.Random(7)
    regions = list(Region.objects.filter(code__in=["330106", "330206", "320506", "110101", "441900"]))
    units = [organization(region=dice.choice(regions)) for _ in range(5)]
    classes = list(
        InstrumentClass.objects.filter(code__in=["010101", "010102", "010201", "010501", "030301", "990000"])
    )
    fields = list(ServiceField.objects.all())
    made = []
    for number in range(300):
        item = Instrument(
            status=Instrument.Status.PUBLISHED,
            organization=dice.choice(units), number=f"N-{number:04d}", name=dice.choice(["扫描电镜", "质谱仪", "色谱联用仪", "摇床"]),
            model=dice.choice(["A-100", "B200", "C 300"]), instrument_class=dice.choice([*classes, None]),
            region=dice.choice([*regions, None]), running_status=dice.choice(RunningStatus.values),
            timed_booking=dice.random() < 0.8, commissioned_booking=dice.random() < 0.4, service_count=dice.randrange(50),
            purchased_on=dice.choice([None, date(2010, 1, 1) + timedelta(days=dice.randrange(5000))]),
        )  # fmt: skip
        made.append(item)
    Instrument.objects.bulk_create(made)
    served = Instrument.service_fields.through
    served.objects.bulk_create(
        served(instrument_id=item.pk, servicefield_id=f.pk)
        for item in made
        for f in dice.sample(fields, dice.randrange(3))
    )
    Price.objects.bulk_create(
        Price(
            instrument=item,
            tier=dice.choice(["internal", "external"]),
            hourly_rate=dice.choice([20, 80, 120, 500, 2000]),
        )
        for item in made
        if dice.random() < 0.8
    )
    search.index(made)
    return list(Instrument.objects.select_related("organization").prefetch_related("service_fields"))


def carries(item: Instrument) -> set[tuple[Kind, int]]:
    """What one instrument has, told from its own fields."""
    region = item.region_id or item.organization.region_id
    found = {(Kind.ORGANIZATION, item.organization_id), (Kind.STATUS, facets.RUNNING[item.running_status])}
    for code, which in ((item.instrument_class_id, Kind.CLASS), (region, Kind.REGION)):
        if code:
            found |= {(which, int(code[:2] + "0000")), (which, int(code[:4] + "00")), (which, int(code))}
    found |= {(Kind.MODE, n) for n, has in ((1, item.timed_booking), (2, item.commissioned_booking)) if has}
    found |= {(Kind.FIELD, field.pk) for field in item.service_fields.all()}
    rate = item.listed_rate
    band = 0 if rate is None else 1 + sum(rate >= end for end in (50, 100, 300, 1000))
    return found | {(Kind.PRICE, band)}


def matches(item: Instrument, chosen: dict, but: Kind | None = None) -> bool:
    has = carries(item)
    return all(k == but or any((k, v) in has for v in values) for k, values in chosen.items())


def test_totals_pages_and_every_count_equal_counting_by_hand(many):
    dice = random.Random(11)
    values = sorted({pair for item in many for pair in carries(item)})
    for _ in range(40):
        chosen: dict[Kind, tuple[int, ...]] = {}
        for which, value in dice.sample(values, dice.randrange(4)):
            chosen[which] = (*chosen.get(which, ()), value)
        word, model = dice.choice([("", ""), ("b200", "B200"), ("a-1", "A-100"), ("c300", "C 300")])
        asked = Criteria(words=parse(word), chosen=chosen, sort=dice.choice(Sort.values))
        by_word = [item for item in many if model in item.model]
        expected = {item.pk for item in by_word if matches(item, chosen)}
        found = find(asked, limit=400)
        assert (set(found.ids), found.total, found.more) == (expected, len(expected), False)
        pages = [
            pk for start in range(0, len(expected), 40) for pk in find(asked, offset=start, limit=40, count=False).ids
        ]
        assert pages == found.ids
        for which in Kind:
            by_hand = Counter(
                v for item in by_word if matches(item, chosen, but=which) for k, v in carries(item) if k == which
            )
            assert found.counts[which] == dict(by_hand), which


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        (Sort.SERVICES, lambda i: (-i.service_count, i.pk)),
        (Sort.PURCHASE, lambda i: (-(i.purchased_on or date.min).toordinal(), i.pk)),
        (Sort.PRICE, lambda i: (i.listed_rate is None, i.listed_rate or 0, i.pk)),
        (Sort.PRICE_DOWN, lambda i: (i.listed_rate is None, -(i.listed_rate or 0), -i.pk)),
    ],
)
def test_sorts_by_services_purchase_and_price(many, sort, key):
    assert find(Criteria(sort=sort), limit=400).ids == [i.pk for i in sorted(many, key=key)]


def test_a_price_range_and_instruments_known_above(many):
    within = {i.pk for i in many if i.listed_rate is not None and 80 <= i.listed_rate <= 500}
    assert set(find(Criteria(rate_from=Decimal(80), rate_to=Decimal(500)), limit=400).ids) == within
    some = [i.pk for i in many[:50]]
    assert set(find(Criteria(only=some), limit=400).ids) == set(some)
    assert set(find(Criteria(without=some), limit=400).ids) == {i.pk for i in many[50:]}
    assert find(Criteria(only=[]), limit=400).ids == []


def test_the_listed_rate_is_what_outside_units_pay_else_the_next_there_is():
    made = instrument()
    price(made, 10, "internal")
    search.index([made])
    made.refresh_from_db()
    assert made.listed_rate == 10
    price(made, 30, "external")
    search.index([made])
    made.refresh_from_db()
    assert made.listed_rate == 30


# beyond the limits, made small


@pytest.fixture
def crowded(many, monkeypatch):
    monkeypatch.setattr(engine, "TOTAL_LIMIT", 60)
    monkeypatch.setattr(engine, "SIDE_LIMIT", 50)
    monkeypatch.setattr(engine, "CANDIDATES", 40)
    monkeypatch.setattr(engine, "DEPTH_OF_MANY", 40)
    monkeypatch.setattr(engine, "DEPTH_OF_ALL", 100)
    return many


def test_too_many_matches_are_said_so_and_sorted_rightly_all_the_same(crowded):
    online = [i for i in crowded if i.timed_booking]
    found = find(Criteria(chosen={Kind.MODE: (1,)}, sort=Sort.SERVICES))
    assert (found.total, found.more, found.reachable) == (60, True, 40)
    assert found.ids == [i.pk for i in sorted(online, key=lambda i: (-i.service_count, i.pk))][:20]
    assert find(Criteria(chosen={Kind.MODE: (1,)}, sort=Sort.SERVICES), offset=40).ids == []


def test_too_many_matches_of_words_are_ranked_among_the_most_used(crowded):
    asked = Criteria(words=parse("b200"))
    first, second = find(asked), find(asked, offset=20)
    assert first.more
    assert len({*first.ids, *second.ids}) == 40
    assert {i.model for i in crowded if i.pk in {*first.ids, *second.ids}} == {"B200"}
    most_used = sorted((i for i in crowded if i.model == "B200"), key=lambda i: (-i.service_count, i.pk))[:40]
    assert {*first.ids, *second.ids} == {i.pk for i in most_used}


def test_without_conditions_the_counts_of_the_job_are_used(crowded):
    search.refresh_facet_counts()
    assert FacetCount.objects.get(pk=0).count == 300
    found = find(Criteria(sort=Sort.SERVICES))
    assert (found.more, found.reachable) == (True, 100)
    for which in Kind:
        assert found.counts[which] == dict(Counter(v for item in crowded for k, v in carries(item) if k == which))
    assert found.partial == set()
    one_kind = find(Criteria(chosen={Kind.MODE: (1,)}, sort=Sort.SERVICES))
    assert one_kind.counts[Kind.MODE] == found.counts[Kind.MODE]
    assert one_kind.partial == set(Kind) - {Kind.MODE}
    words = find(Criteria(words=parse("N"), chosen={Kind.MODE: (1,)}))
    assert words.counts[Kind.MODE].keys() == {1, 2}
    assert Kind.MODE in words.partial


def test_counting_again_replaces_what_was_counted(many):
    assert search.refresh_facet_counts() == 300
    Instrument.objects.filter(pk__in=[i.pk for i in many[:100]]).update(status="disabled")
    assert search.refresh_facet_counts() == 200
