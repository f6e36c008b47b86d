"""The 预选清单: for visitors in the session, for people in the database, merged at sign-in (S1-51, S1-85 … S1-89)."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gongyi.catalog.models import Instrument, ShortlistItem
from gongyi.catalog.services import shortlist as service
from gongyi.organizations.models import Organization
from tests.factories.accounts import person
from tests.factories.catalog import instrument
from tests.factories.organizations import member, organization
from tests.portal.test_pages import text

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def two_units():
    """Two instruments of one unit and one of another."""
    unit, other = organization("望江大学"), organization("云麓理工大学")
    return (
        instrument("扫描电镜", unit=unit, hourly_rate=200),
        instrument("拉曼光谱仪", unit=unit, hourly_rate=100),
        instrument("质谱仪", unit=other, hourly_rate=300),
    )


def do(client, what, ids=(), **more):
    return client.post("/shortlist/picked/", {"do": what, "id": [i.pk for i in ids]} | more)


def on_list(client) -> list[str]:
    """Names in the order of the page."""
    page = client.get("/shortlist/").content.decode()
    return re.findall(r'aria-label="选择 ([^"]+)"', page)


def test_a_visitor_puts_one_aside_and_takes_it_off_again(client, two_units):
    """S1-51 (single), S1-85: the number goes along, on the button and on the icon."""
    first = two_units[0]
    assert "空的" in text(client.get("/shortlist/"))
    answer = client.post("/shortlist/picked/", {"do": f"add:{first.pk}"}, headers=HTMX).content.decode()
    assert 'aria-pressed="true"' in answer
    assert re.search(r'id="shortlist-float".*?<span class="n num">1<', answer, re.S)
    assert "已预选" in text(client.get(f"/instruments/{first.pk}/"))
    assert re.search(
        r'id="shortlist-float".*?<span class="n num">1<', client.get("/instruments/").content.decode(), re.S
    )
    client.post("/shortlist/picked/", {"do": f"remove:{first.pk}"}, headers=HTMX)
    assert on_list(client) == []


def test_several_ticked_at_once_and_each_only_once(client, two_units):
    """S1-51 (batch)."""
    do(client, "add", two_units)
    do(client, "add", two_units[:2])
    assert "已经在预选清单里" in text(client.get("/shortlist/"))
    assert sorted(on_list(client)) == sorted(i.name for i in two_units)


def test_the_page_groups_by_unit_with_what_one_needs_to_choose(client, two_units):
    """S1-86."""
    do(client, "add", two_units)
    words = text(client.get("/shortlist/"))
    assert "2 家单位，共 3 台" in words
    for expected in ("云麓理工大学 1 台", "望江大学 2 台", "¥200.00/小时", "今日空闲", "在线"):
        assert expected in words, expected


def test_signing_in_takes_the_visitors_list_over_without_doubling_it(client, two_units):
    user = person()
    ShortlistItem.objects.create(user=user, instrument=two_units[0])
    do(client, "add", two_units[:2])
    client.force_login(user)
    assert set(user.shortlist.values_list("instrument", flat=True)) == {two_units[0].pk, two_units[1].pk}
    assert "shortlist" not in client.session
    client.logout()
    assert on_list(client) == []


def test_lists_are_ones_own(client, two_units):
    mine, other = person(), person()
    ShortlistItem.objects.create(user=other, instrument=two_units[0])
    client.force_login(mine)
    assert on_list(client) == []
    do(client, "remove", two_units)
    assert other.shortlist.count() == 1


def test_more_than_the_limit_is_refused_whole_with_a_sentence(client, two_units, monkeypatch):
    monkeypatch.setattr(service, "SHORTLIST_LIMIT", 2)
    for user in (None, person()):
        if user:
            client.force_login(user)
        do(client, "add", two_units[:1])
        do(client, "add", two_units[1:])
        assert on_list(client) == [two_units[0].name]
        assert "最多放 2 台仪器，现有 1 台，还能加 1 台。请先移除几台" in text(
            do(client, "add", two_units, next="/shortlist/") and client.get("/shortlist/")
        )
        do(client, "remove-all")


def test_merging_takes_what_fits_and_says_what_did_not(client, two_units, monkeypatch):
    do(client, "add", two_units)
    monkeypatch.setattr(service, "SHORTLIST_LIMIT", 2)
    user = person()
    client.force_login(user)
    assert user.shortlist.count() == 2


def test_only_what_may_be_seen_can_be_put_aside(client, two_units):
    draft = instrument("草稿机", status="draft")
    for user in (None, person()):
        if user:
            client.force_login(user)
        do(client, "add", [draft])
        assert on_list(client) == []


def test_deleting_one_a_units_all_ticked_and_everything_and_putting_it_back(client, two_units):
    """S1-88, each for visitors and for people."""
    first, second, third = two_units
    for user in (None, person()):
        if user:
            client.force_login(user)
        for act, ids, left in (
            (f"remove:{first.pk}", (), {second, third}),
            (f"remove-unit:{first.organization_id}", (), {third}),
            ("remove", (first, third), {second}),
            ("remove-all", (), set()),
        ):
            do(client, "add", two_units)
            do(client, act, ids)
            assert set(on_list(client)) == {i.name for i in left}, act
            assert f"刚移除了 {3 - len(left)} 台仪器" in text(client.get("/shortlist/"))
            client.post("/shortlist/restore/")
            assert len(on_list(client)) == 3, act
            assert "刚移除了" not in text(client.get("/shortlist/"))


def test_stopped_instruments_stay_greyed_with_the_reason_until_they_are_cleared(client, two_units):
    """S1-89: disabled, scrapped, of a suspended unit, running status 报废; a broken one stays."""
    unit = two_units[0].organization
    gone = {name: instrument(name, unit=unit, hourly_rate=99) for name in ("停用机", "报废机", "退役机")}
    broken = instrument("故障机", unit=unit, running_status="faulty")
    suspended = instrument("别家机", unit=organization("暂停单位"))
    everything = [*two_units, *gone.values(), broken, suspended]
    for user in (None, person()):
        Instrument.objects.filter(pk__in=[i.pk for i in everything]).update(status="approved")
        Organization.objects.filter(pk=suspended.organization_id).update(status="active")
        if user:
            client.force_login(user)
        do(client, "add", everything)
        Instrument.objects.filter(name="停用机").update(status="disabled")
        Instrument.objects.filter(name="报废机").update(status="scrapped")
        Instrument.objects.filter(name="退役机").update(running_status="scrapped")
        Organization.objects.filter(pk=suspended.organization_id).update(status="suspended")
        words = text(client.get("/shortlist/"))
        for expected in (
            "停用机 已停用",
            "报废机 已报废",
            "退役机 已报废",
            "别家机 所属单位已暂停共享",
            "清除停用仪器 4",
        ):
            assert expected in words, expected
        client.post("/shortlist/clear/")
        assert set(on_list(client)) == {"故障机", *(i.name for i in two_units)}
        do(client, "remove-all")
        client.session.flush()


def test_what_is_no_longer_public_shows_no_more_than_was_public(client, two_units):
    """No link, no price, no photo; the name of what went back to a draft is not shown at all."""
    first, second, _third = two_units
    do(client, "add", two_units)
    Instrument.objects.filter(pk=first.pk).update(status="disabled", model="NEW-1")
    Instrument.objects.filter(pk=second.pk).update(status="draft", name="改了的名字")
    page = client.get("/shortlist/").content.decode()
    assert "扫描电镜" in page
    for leaked in ("改了的名字", "NEW-1", "¥200.00", f"/instruments/{first.pk}/", f"/instruments/{second.pk}/"):
        assert leaked not in page, leaked
    assert "不再公开的仪器" in page


def test_booking_takes_the_ticked_of_the_unit_or_all_of_it(client, two_units):
    """S1-87; a visitor signs in and comes back to the same selection."""
    first, second, third = two_units
    do(client, "add", two_units)
    unit = first.organization_id
    assert set(ids_of(do(client, f"book-unit:{unit}"))) == {first.pk, second.pk}
    assert ids_of(do(client, f"book-unit:{unit}", [second, third])) == [second.pk]
    answer = client.get(do(client, f"book-unit:{unit}", [second]).url)
    assert answer.status_code == 302
    assert answer.url == f"/accounts/sign-in/?next=/reservations/batch/%3Fid%3D{second.pk}"


def ids_of(answer) -> list[int]:
    return [int(pk) for pk in re.findall(r"id=(\d+)", answer.url)]


def test_nothing_ticked_is_said(client, two_units):
    for act in ("add", "compare", "book", "remove", "", "nonsense:x"):
        assert do(client, act).status_code == 302
        assert "还没有选中仪器" in text(client.get("/shortlist/"))


def test_nonsense_changes_nothing_and_leads_nowhere_else(client, two_units):
    answer = client.post(
        "/shortlist/picked/", {"do": "add", "id": ["x", "-1", "9" * 30, "0", "②"], "next": "https://evil.example/"}
    )
    assert answer.url == "/shortlist/"
    assert on_list(client) == []


def test_the_page_costs_the_same_for_few_and_for_many(client, two_units):
    user = member(two_units[0].organization)
    client.force_login(user)
    do(client, "add", two_units)
    client.get("/shortlist/")
    with CaptureQueriesContext(connection) as few:
        client.get("/shortlist/")
    do(client, "add", [instrument(unit=two_units[0].organization, hourly_rate=5) for _ in range(12)])
    client.get("/shortlist/")
    with CaptureQueriesContext(connection) as many:
        client.get("/shortlist/")
    assert len(many) == len(few)
