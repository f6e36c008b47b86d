"""The public pages: everyone may read them, what they say is true, and they cost the same however much they show."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gongyi.catalog.models import Instrument, InstrumentClass, RunningStatus
from gongyi.reservations.models import Ban, FaultReport, Qualification
from tests.factories.accounts import person, platform_admin
from tests.factories.catalog import instrument, price
from tests.factories.organizations import member, organization

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    return organization("望江大学", phone="0571-8800 1200")


@pytest.fixture
def microscope(unit):
    made = instrument(
        "扫描电镜", unit=unit, model="JSM-7800F", location="材料楼 B106", instrument_class=InstrumentClass.objects.get(code="010102"),
        technical_specs="分辨率：0.7 nm\n五轴马达样品台", user_notice="须先培训", contact_name="周敏", contact_phone="0571-1",
    )  # fmt: skip
    price(made, 300, "internal")
    price(made, 600, "external", startup_fee=50)
    return made


def text(answer) -> str:
    """The words of a page, without markup."""
    body = answer.content.decode()
    body = body[body.index("</header>") :] if "</header>" in body else body
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/instruments/",
        "/organizations/",
        "/sitemap.xml",
        "/robots.txt",
        "/instruments/?q=%E6%89%AB%E6%8F%8F&page=2",
    ],
)
def test_public_pages_need_no_sign_in_even_on_an_empty_site(client, address):
    assert client.get(address).status_code == 200


def test_the_home_page_counts_by_running_status(client, microscope):
    for status in ("in_use", "offline", "faulty", "scrapped", "online"):
        instrument(running_status=status)
    instrument(status="draft")
    words = text(client.get("/"))
    assert "总仪器数 6" in words
    for label, count in (("在线", 2), ("使用中", 1), ("离线", 1), ("故障", 1), ("报废", 1)):
        assert f"{label} {count} " in words
    assert "电子光学仪器" in words


def test_the_list_shows_what_one_needs_to_choose(client, microscope):
    words = text(client.get("/instruments/", {"q": "扫描"}))
    for expected in (
        "共 1 台",
        "JSM-7800F",
        "望江大学 · 材料楼 B106",
        "今日空闲",
        "¥600.00/小时",
        "校外科研价",
        "按时预约",
        "在线",
    ):
        assert expected in words, expected
    assert "未授权" not in words


def test_people_of_the_unit_see_their_own_price_and_their_qualification(client, microscope, unit):
    user = member(unit)
    client.force_login(user)
    words = text(client.get("/instruments/"))
    assert "¥300.00/小时" in words
    assert "校外科研 ¥600.00" in words
    assert "您尚无上机资格，请联系周敏 0571-1 培训授权。" in words
    grant(microscope, user, Qualification.Level.SENIOR)
    words = text(client.get("/instruments/"))
    assert "资深" in words
    assert "您尚无上机资格" not in words


def grant(made, user, level):
    Qualification.objects.create(instrument=made, user=user, level=level, granted_by=platform_admin())


def test_filters_by_my_qualification(client, unit):
    none, normal, senior = (instrument(name, unit=unit) for name in ("甲机", "乙机", "丙机"))
    user = member(unit)
    grant(normal, user, Qualification.Level.NORMAL)
    grant(senior, user, Qualification.Level.SENIOR)
    client.force_login(user)

    def shown(*levels):
        return {
            i.name for i in (none, normal, senior) if i.name in text(client.get("/instruments/", {"level": levels}))
        }

    assert shown("none") == {"甲机"}
    assert shown("normal") == {"乙机"}
    assert shown("normal", "senior") == {"乙机", "丙机"}
    assert shown("none", "senior") == {"甲机", "丙机"}
    assert shown() == {"甲机", "乙机", "丙机"}


def test_a_broken_instrument_says_what_is_wrong_and_when_it_is_back(client, microscope):
    microscope.running_status = RunningStatus.FAULTY
    microscope.save()
    back = timezone.localdate() + timedelta(days=4)
    FaultReport.objects.create(
        instrument=microscope, reported_by=person(), description="真空系统维修", expected_on=back
    )
    words = text(client.get("/instruments/"))
    assert f"真空系统维修，预计 {back:%m-%d} 恢复。" in words
    assert "暂停预约" in words
    assert "停机" in words


def test_scrapped_commissioned_and_banned_are_each_told_why(client, microscope, unit):
    instrument("旧机", unit=unit, running_status="scrapped")
    instrument("送样机", unit=unit, timed_booking=False, commissioned_booking=True)
    user = member(unit)
    Ban.objects.create(user=user, organization=unit, reason="爽约三次", created_by=platform_admin())
    client.force_login(user)
    words = text(client.get("/instruments/"))
    assert "已报废，仅供查询。" in words
    assert "只接受委托预约。" in words
    assert "您在望江大学的黑名单中，解除时间未定。" in words


def test_conditions_stand_in_the_address_and_can_be_taken_out_one_by_one(client, microscope):
    instrument("质谱仪", instrument_class=InstrumentClass.objects.get(code="010201"))
    page = client.get(
        "/instruments/", {"class": ["010000", "010102"], "status": "online", "q": "扫描"}
    ).content.decode()
    assert 'value="010102" checked' in page
    assert 'value="010000" checked' not in page
    assert "移除条件 扫描电镜" in page
    assert (
        "?q=%E6%89%AB%E6%8F%8F&amp;"
        not in re.search(r'class="chip" href="([^"]*)" aria-label="移除条件 扫描"', page)[1]
    )


def test_nonsense_in_the_address_is_left_aside(client, microscope):
    nonsense = {
        "class": ["x", "99999999999", "-1"], "price": "七", "min": "NaN", "max": "1e999", "page": "abc", "sort": "'", "status": "?",
        "organization": "9" * 30, "level": "x", "region": "０１",
    }  # fmt: skip
    assert "共 1 台" in text(client.get("/instruments/", nonsense))


def test_htmx_gets_the_list_only(client, microscope):
    page = client.get("/instruments/", headers={"HX-Request": "true", "HX-Target": "find"}).content.decode()
    assert page.lstrip().startswith('<form id="find"')
    assert "HX-Target" in client.get("/instruments/")["Vary"]


def test_an_empty_result_says_what_to_do(client, microscope):
    words = text(client.get("/instruments/", {"q": "没有的东西", "class": "010102"}))
    assert "没有符合条件的仪器" in words
    assert "扫描电镜" in words


def test_pages_are_turned_and_counted(client, unit):
    for number in range(45):
        instrument(f"摇床{number}", unit=unit)
    assert "第 1–20 台，共 45 台" in text(client.get("/instruments/"))
    assert "第 41–45 台，共 45 台" in text(client.get("/instruments/?page=3"))
    assert "没有符合条件的仪器" in text(client.get("/instruments/?page=9"))


def test_the_list_and_the_home_page_cost_the_same_for_one_and_for_twenty(client, microscope, unit):
    user = member(unit)
    client.force_login(user)
    for address in ("/instruments/", "/", f"/organizations/{unit.pk}/"):
        client.get(address)
        with CaptureQueriesContext(connection) as few:
            client.get(address)
        for _ in range(6):
            made = instrument(unit=unit, hourly_rate=100, instrument_class_id="010102")
            grant(made, user, Qualification.Level.NORMAL)
        with CaptureQueriesContext(connection) as many:
            client.get(address)
        assert len(many) == len(few), address


def test_the_instrument_page_tells_everything(client, microscope):
    words = text(client.get(f"/instruments/{microscope.pk}/"))
    for expected in (
        "扫描电镜", "JSM-7800F", "材料楼 B106", "周敏 0571-1", "分辨率 0.7 nm", "五轴马达样品台", "须先培训", "分析仪器/电子光学仪器/扫描电镜",
        "校外科研 ¥600.00 ¥50.00", "预约日历", "今日空闲",
    ):  # fmt: skip
        assert expected in words, expected


def test_drafts_are_only_seen_by_those_who_keep_them(client, unit):
    manager = member(unit)
    draft = instrument(status="draft", unit=unit, managers=(manager,))
    assert client.get(f"/instruments/{draft.pk}/").status_code == 404
    client.force_login(manager)
    assert "这台仪器没有公开" in text(client.get(f"/instruments/{draft.pk}/"))


def test_only_keepers_see_the_way_to_their_page(client, microscope, unit):
    client.force_login(member(unit))
    assert f"/catalog/{microscope.pk}/" not in client.get(f"/instruments/{microscope.pk}/").content.decode()
    client.force_login(platform_admin())
    assert f"/catalog/{microscope.pk}/" in client.get(f"/instruments/{microscope.pk}/").content.decode()


def test_favourites_are_marked_on_the_page_and_listed(client, microscope):
    address = f"/instruments/{microscope.pk}/favourite/"
    assert client.post(address, {"on": "1"}).status_code == 302
    user = person()
    client.force_login(user)
    assert "还没有收藏仪器" in text(client.get("/favourites/"))
    assert "已收藏" in client.post(address, {"on": "1"}, headers={"HX-Request": "true"}).content.decode()
    client.post(address, {"on": "1"})
    assert user.favourites.count() == 1
    assert "扫描电镜" in text(client.get("/favourites/"))
    Instrument.objects.filter(pk=microscope.pk).update(status="disabled")
    assert "还没有收藏仪器" in text(client.get("/favourites/"))
    assert client.get(address).status_code == 405
    client.force_login(person())
    assert "还没有收藏仪器" in text(client.get("/favourites/"))


def test_marking_what_one_may_not_see_is_not_found(client):
    draft = instrument(status="draft")
    client.force_login(person())
    assert client.post(f"/instruments/{draft.pk}/favourite/", {"on": "1"}).status_code == 404


def test_organizations_are_listed_with_what_they_share(client, microscope, unit):
    organization("空空研究所", kind="institute")
    words = text(client.get("/organizations/"))
    assert "望江大学 高校 1 台" in words
    assert "空空研究所" in words
    assert "空空研究所" not in text(client.get("/organizations/", {"kind": "university"}))
    page = text(client.get(f"/organizations/{unit.pk}/"))
    assert "扫描电镜" in page
    assert "0571-8800 1200" in page


def test_a_suspended_organization_is_gone_for_the_public(client, microscope, unit):
    type(unit).objects.filter(pk=unit.pk).update(status="suspended")
    assert client.get(f"/organizations/{unit.pk}/").status_code == 404
    assert "望江大学" not in text(client.get("/organizations/"))


def test_the_site_map_names_what_is_public(client, microscope):
    draft = instrument(status="draft")
    page = client.get("/sitemap.xml").content.decode()
    assert f"/instruments/{microscope.pk}/" in page
    assert f"/instruments/{draft.pk}/" not in page
    assert "Disallow: /catalog/" in client.get("/robots.txt").content.decode()
