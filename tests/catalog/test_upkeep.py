"""Keeping instruments: who sees and changes what, with what stood before."""

from decimal import Decimal

import pytest

from gongyi.audit.models import AuditEvent
from gongyi.catalog import services
from gongyi.catalog.models import Instrument, InstrumentClass, InstrumentManager, Synonym
from gongyi.catalog.search import Criteria, find, parse
from gongyi.kit.refusal import Refused
from gongyi.organizations.workflow import OrganizationFlow
from tests.factories.accounts import person, platform_admin
from tests.factories.catalog import instrument, price
from tests.factories.organizations import member, organization, unit_admin

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    return organization("望江大学", code="WJU")


@pytest.fixture
def manager(unit):
    return member(unit, "周敏")


@pytest.fixture
def made(unit, manager):
    return instrument(
        "扫描电镜",
        unit=unit,
        managers=(manager,),
        instrument_class=InstrumentClass.objects.get(code="010102"),
        internal_no="A1",
    )


# who sees what


def test_the_public_sees_published_instruments_and_their_keepers_all(unit, made, manager):
    from django.contrib.auth.models import AnonymousUser

    draft = instrument("草稿机", unit=unit, status="draft", managers=(manager,))
    disabled = instrument("停用机", unit=unit, status="disabled")
    stranger, administrator, admin = person(), unit_admin(unit), platform_admin()

    def seen(user):
        return {item.name for item in Instrument.objects.visible_to(user)}

    assert seen(AnonymousUser()) == seen(stranger) == {"扫描电镜"}
    assert seen(manager) == {"扫描电镜", draft.name}
    assert seen(administrator) == seen(admin) == {"扫描电镜", draft.name, disabled.name}
    assert set(Instrument.objects.managed_by(manager)) == {made, draft}
    assert not Instrument.objects.managed_by(stranger).exists()


# prices, managers


def test_prices_are_set_taken_away_and_their_history_kept(made, manager):
    services.set_prices(instrument=made, actor=manager, prices={"internal": rates(300), "external": rates(600, 50)})
    services.set_prices(instrument=made, actor=manager, prices={"internal": rates(320), "external": None})
    made.refresh_from_db()
    assert ({p.tier: p.hourly_rate for p in made.prices.all()}, made.listed_rate) == ({"internal": 320}, 320)
    last, _first = AuditEvent.objects.filter(what="修改价格").order_by("-pk")
    assert last.before["校外科研"] == "¥600.00/小时，开机 ¥50.00，最低 ¥0.00"
    assert last.after == {"校内": "¥320.00/小时，开机 ¥0.00，最低 ¥0.00"}
    services.set_prices(instrument=made, actor=manager, prices={"internal": rates(320)})
    assert AuditEvent.objects.filter(what="修改价格").count() == 2


def rates(hour, start=0, least=0):
    return {"hourly_rate": Decimal(hour), "startup_fee": Decimal(start), "minimum_fee": Decimal(least)}


def test_the_price_form_wants_a_rate_beside_fees_and_nothing_negative(client, made, manager):
    client.force_login(manager)
    bad = client.post(f"/catalog/{made.pk}/prices/", {"internal_startup_fee": "50", "external_hourly_rate": "-1"})
    assert bad.status_code == 422
    good = client.post(f"/catalog/{made.pk}/prices/", {"internal_hourly_rate": "¥1，200", "internal_startup_fee": "50"})
    assert good.status_code == 302
    assert made.prices.get().hourly_rate == 1200


def test_managers_come_from_the_unit_and_go(made, manager, unit):
    colleague = member(unit, "赵一鸣")
    services.add_manager(instrument=made, user=colleague, actor=manager)
    with pytest.raises(Refused):
        services.add_manager(instrument=made, user=colleague, actor=manager)
    with pytest.raises(Refused) as refusal:
        services.add_manager(instrument=made, user=person("外人"), actor=manager)
    assert refusal.value.code == "not_a_member"
    services.remove_manager(instrument=made, user=colleague, actor=manager)
    assert list(InstrumentManager.objects.values_list("user", flat=True)) == [manager.pk]


# screens

PAGES = ["", "edit/", "prices/", "photos/add/", "managers/add/", "qr.svg"]


@pytest.mark.parametrize("page", PAGES)
def test_screens_of_an_instrument_are_for_its_keepers_only(client, made, manager, page):
    price(made, 300)
    address = f"/catalog/{made.pk}/{page}"
    assert client.get(address).status_code == 302
    client.force_login(person())
    assert client.get(address).status_code == 404
    client.force_login(manager)
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("page", ["", "import/{}/", "import/{}/photos/", "import/{}/?template=xlsx", "new/"])
def test_lists_and_imports_are_for_administrators_of_units(client, unit, page):
    address = f"/catalog/{page.format(unit.pk)}"
    client.force_login(person())
    assert client.get(address).status_code == 404
    client.force_login(unit_admin(unit))
    assert client.get(address).status_code == 200


def test_the_history_shows_who_changed_which_price(client, made, manager):
    services.set_prices(instrument=made, actor=manager, prices={"internal": rates(300)})
    client.force_login(manager)
    page = client.get(f"/catalog/{made.pk}/").content.decode()
    assert "修改价格" in page
    assert "¥300.00/小时" in page


def test_the_code_leads_to_the_page_for_use(client, made, manager):
    client.force_login(manager)
    answer = client.get(f"/catalog/{made.pk}/qr.svg")
    assert answer["Content-Type"] == "image/svg+xml"
    assert b"<svg" in answer.content


def test_the_managers_list_filters_and_costs_the_same_for_one_and_thirty(
    client, unit, manager, made, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(manager)
    client.get("/catalog/")
    with CaptureQueriesContext(connection) as few:
        client.get("/catalog/")
    for _ in range(19):
        instrument(unit=unit, managers=(manager,))
    with django_assert_num_queries(len(few)):
        client.get("/catalog/")
    assert "共 1 台" in client.get("/catalog/?q=扫描").content.decode()


def test_synonyms_are_kept_by_the_platform_administrator(client, made):
    client.force_login(person())
    assert client.get("/catalog/synonyms/").status_code == 404
    client.force_login(platform_admin())
    assert client.post("/catalog/synonyms/new/", {"terms": "一个词"}).status_code == 422
    assert client.post("/catalog/synonyms/new/", {"terms": "流变仪\n转矩计\n流变仪"}).status_code == 302
    assert Synonym.objects.get(terms=["流变仪", "转矩计"])
    assert services.reindex_all() == 0


def test_instruments_of_a_suspended_unit_are_found_no_more_and_again_when_it_resumes(
    unit, made, django_capture_on_commit_callbacks
):
    admin = platform_admin()
    with django_capture_on_commit_callbacks(execute=True):
        OrganizationFlow.fire(unit, "suspend", actor=admin, reason="年检未过")
    assert find(Criteria(words=parse("扫描电镜"))).ids == []
    with django_capture_on_commit_callbacks(execute=True):
        OrganizationFlow.fire(unit, "resume", actor=admin)
    assert find(Criteria(words=parse("扫描电镜"))).ids == [made.pk]


def test_a_renamed_unit_is_found_after_the_night(unit, made):
    unit.name = "新望江大学"
    unit.save()
    assert find(Criteria(words=parse("新望江"))).ids == []
    assert services.reindex_all() == 1
    assert find(Criteria(words=parse("新望江"))).ids == [made.pk]


def test_favourites_are_marked_once_and_taken_off(made):
    user = person()
    for _ in range(2):
        assert services.set_favourite(instrument=made, actor=user, on=True)
    assert user.favourites.count() == 1
    services.set_favourite(instrument=made, actor=user, on=False)
    assert user.favourites.count() == 0
