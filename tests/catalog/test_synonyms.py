"""Words that mean the same, kept by the platform administrator, for everything that is found (issue 4; S1-49)."""

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from gongyi.catalog.models import Synonym
from gongyi.catalog.search import Criteria, find, parse
from gongyi.catalog.search.meaning import meaning_of
from gongyi.catalog.services import reindex_all, save_synonym
from gongyi.offerings.search import Criteria as Asked
from gongyi.offerings.search import ask
from gongyi.offerings.search import find as find_offered
from gongyi.offerings.search.of_plans import find_plans
from gongyi.offerings.search.reindexing import reindex_all as reindex_offers
from gongyi.portal.everywhere import units
from tests.factories.accounts import person, platform_admin
from tests.factories.catalog import instrument
from tests.factories.offerings import capability, plan
from tests.factories.organizations import organization

pytestmark = pytest.mark.django_db


def test_a_new_group_serves_instruments_institutions_plans_and_capabilities_after_the_jobs_it_asks_for():
    unit = organization("流变学研究所")
    device = instrument("流变仪", unit=unit)
    line = capability(unit, "流变仪", nature="calibration", standard_no="JJG 1-2020")
    offer = plan(unit, "流变仪校准")
    save_synonym(group=Synonym(terms=["流变仪", "转矩计"]))
    save_synonym(group=Synonym(terms=["流变学", "rheology"]))
    waiting = set(ProcrastinateJob.objects.filter(status="todo").values_list("task_name", flat=True))
    assert {"catalog.reindex_all", "offerings.reindex_all"} <= waiting
    reindex_all()
    reindex_offers()
    assert find(Criteria(words=parse("转矩计"))).ids == [device.pk]
    assert find_offered(Asked(ask("转矩计"))).ids == [line.pk]
    assert find_plans(ask("转矩计"), limit=5)[0] == [offer.pk]
    assert list(units("rheology", person("访客"))) == [unit]


def test_a_word_can_be_tried_and_the_list_searched_and_sorted(client):
    Synonym.objects.create(terms=["流变仪", "转矩计", "rheometer"])
    client.force_login(platform_admin(), backend="gongyi.accounts.backends.AnyIdentifierBackend")
    page = client.get("/catalog/synonyms/?try=流变仪").content.decode()
    assert "rheometer、转矩计" in page
    assert "lby" in page
    assert "转矩计" in client.get("/catalog/synonyms/?q=转矩").content.decode()
    assert "转矩计" not in client.get("/catalog/synonyms/?q=拉曼").content.decode()
    for sort in ("terms", "-terms", "words", "-words"):
        assert client.get(f"/catalog/synonyms/?sort={sort}").status_code == 200


def test_what_is_tried_is_split_as_the_index_splits_it():
    meant = meaning_of("JSM-7800F 电镜")
    assert {"jsm", "7800f", "jsm7800f", "电镜"} <= set(meant.pieces)
    assert meant.initials == ("dj",)
