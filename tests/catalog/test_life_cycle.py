"""An instrument out of use: what it means is shown before, and done in the same transaction (S1-89, S0-50)."""

import pytest
from django.contrib.auth.models import AnonymousUser

from gongyi.audit.queries import history_of
from gongyi.catalog.endings import Ending, endings_of, what_becomes
from gongyi.catalog.models import Favourite, Instrument, InstrumentClass, ShortlistItem
from gongyi.catalog.search import Criteria, find, parse
from gongyi.catalog.workflow import InstrumentFlow
from gongyi.kit.refusal import Refused
from gongyi.ledger.models import Hold
from gongyi.notifications.models import Notification
from gongyi.reservations.models import Occupancy
from gongyi.reservations.services import report_fault
from gongyi.workflow import SYSTEM
from tests.factories.accounts import person, platform_admin
from tests.factories.catalog import instrument, registered
from tests.factories.organizations import department, member, organization, reviewer, unit_admin
from tests.factories.reservations import at, place, reservation, rules

pytestmark = pytest.mark.django_db

OWN, NOBODYS = ("manager", "unit_admin", "laboratory", "platform"), ("stranger", "foreign_admin", "reviewer", "visitor")
STEPS = {
    "draft": ["submit"],
    "pending": ["withdraw"],
    "returned": ["submit"],
    "withdrawn": ["submit"],
    "approved": ["disable", "scrap"],
    "disabled": ["enable", "scrap"],
    "scrapped": ["restore"],
}
OFFERED = {(status, who): steps if who in OWN else [] for status, steps in STEPS.items() for who in (*OWN, *NOBODYS)}


@pytest.fixture
def unit():
    return organization("望江大学", code="WJU")


@pytest.fixture
def manager(unit):
    return member(unit, "周敏")


@pytest.fixture
def made(unit, manager):
    return instrument(
        "扫描电镜", unit=unit, managers=(manager,), department=department(unit),
        instrument_class=InstrumentClass.objects.get(code="010102"),
    )  # fmt: skip


def test_the_table_knows_every_status():
    assert set(STEPS) == set(Instrument.Status.values)
    assert {step for steps in STEPS.values() for step in steps} == {
        name
        for name, step in InstrumentFlow.steps.items()
        if step.by is not SYSTEM and name not in ("approve", "send_back")
    }


@pytest.mark.parametrize(("status", "who"), list(OFFERED))
def test_what_is_offered_to_whom(unit, made, manager, status, who):
    Instrument.objects.filter(pk=made.pk).update(status=status)
    made.refresh_from_db()
    user = {
        "manager": lambda: manager,
        "unit_admin": lambda: unit_admin(unit),
        "laboratory": lambda: member(unit, "秦听澜", "laboratory", department=made.department),
        "platform": platform_admin,
        "stranger": person,
        "foreign_admin": lambda: unit_admin(organization(), "钱外"),
        "reviewer": lambda: reviewer(organization(kind="authority")),
        "visitor": AnonymousUser,
    }[who]()
    assert [offer.step.name for offer in InstrumentFlow.offered(made, user)] == OFFERED[status, who]


def test_nobody_decides_on_an_instrument_but_its_review(made):
    """S1-40: approving happens on the desk only."""
    Instrument.objects.filter(pk=made.pk).update(status="pending")
    made.refresh_from_db()
    for step, data in (("approve", {}), ("send_back", {"reason": "x"})):
        with pytest.raises(Refused):
            InstrumentFlow.fire(made, step, actor=platform_admin(), **data)


# ── bookings ──


def test_what_disabling_means_is_shown_before_it_is_done(client, monkeypatch):
    here = place()
    reservation(monkeypatch, here, "valid", at(2, "10:00"))
    reservation(monkeypatch, here, "pending", at(3, "10:00"))
    ShortlistItem.objects.create(user=person(), instrument=here.instrument)
    Favourite.objects.create(user=person(), instrument=here.instrument)
    told = {str(item.label): item.count for item in endings_of(here.instrument, Ending.DISABLE)}
    assert told == {"未开始的预约": 1, "待审核的预约": 1, "有使用资格的人员": 1, "预选清单": 1, "收藏": 1}
    assert "未开始的预约 1：全部取消" in what_becomes(Ending.DISABLE)(here.instrument)
    client.force_login(here.manager)
    page = client.get(f"/catalog/{here.instrument.pk}/end/disable/").content.decode()
    for text in ("停用后仪器不再能被查到和预约", "未开始的预约", "全部取消，不收费用", "预选清单"):
        assert text in page


@pytest.mark.parametrize(
    ("step", "status", "word"), [("disable", "disabled", "仪器停用"), ("scrap", "scrapped", "仪器报废")]
)
def test_bookings_to_come_are_cancelled_told_and_their_money_given_back(client, monkeypatch, step, status, word):
    """S1-89: the booker reads why; nobody pays; the time is free again."""
    here = place(cancel_deadline_minutes=100_000, late_cancel_percent=100)
    valid = reservation(monkeypatch, here, "valid", at(2, "10:00"))
    waiting = reservation(monkeypatch, here, "pending", at(3, "10:00"))
    client.force_login(here.manager)
    answer = client.post(f"/catalog/{here.instrument.pk}/end/{step}/", {"reason": "搬迁到新楼"})
    assert answer.status_code == 302
    here.instrument.refresh_from_db()
    assert here.instrument.status == status
    for booked in (valid, waiting):
        booked.refresh_from_db()
        assert (booked.status, booked.charged) == ("cancelled", 0)
        assert history_of(booked).last().comment == f"{word}：搬迁到新楼"
    assert not Hold.objects.filter(settled_at=None).exists()
    assert not Occupancy.objects.filter(holds=True).exists()
    assert Notification.objects.filter(user=here.user, body__contains="搬迁到新楼").count() == 2
    with pytest.raises(Refused):
        here.reserve(at(4, "10:00"))


@pytest.mark.parametrize("step", ["disable", "scrap"])
def test_whoever_uses_it_is_waited_for(client, monkeypatch, step):
    here = place()
    reservation(monkeypatch, here, "in_use", at(0, "0:00"))
    later = reservation(monkeypatch, here, "valid", at(2, "10:00"))
    client.force_login(here.manager)
    page = client.get(f"/catalog/{here.instrument.pk}/end/{step}/").content.decode()
    assert "请先签退" in page
    assert "</textarea>" not in page
    with pytest.raises(Refused) as refusal:
        InstrumentFlow.fire(here.instrument, step, actor=here.manager, reason="搬迁")
    assert "正在进行的使用 1：请先签退，或等使用结束" in str(refusal.value)
    later.refresh_from_db()
    assert (later.status, Instrument.objects.get().status) == ("valid", "approved")


def test_what_is_over_is_left_alone(monkeypatch):
    here = place()
    done = reservation(monkeypatch, here, "completed", at(-2, "10:00"))
    InstrumentFlow.fire(here.instrument, "disable", actor=here.manager, reason="搬迁")
    done.refresh_from_db()
    assert done.status == "completed"


# ── found, counted, back again ──


def test_a_disabled_instrument_is_no_longer_found_until_it_is_enabled(made, manager):
    InstrumentFlow.fire(made, "disable", actor=manager, reason="搬迁")
    assert find(Criteria(words=parse("扫描电镜"))).ids == []
    InstrumentFlow.fire(made, "enable", actor=manager)
    assert find(Criteria(words=parse("扫描电镜"))).ids == [made.pk]


def test_scrapped_is_a_running_status_and_comes_back(made, manager):
    """S0-50."""
    InstrumentFlow.fire(made, "scrap", actor=manager, reason="超过使用年限")
    made.refresh_from_db()
    assert (made.status, made.running_status) == ("scrapped", "scrapped")
    InstrumentFlow.fire(made, "restore", actor=manager, reason="误报废")
    made.refresh_from_db()
    assert (made.status, made.running_status) == ("disabled", "online")


def test_what_was_broken_is_broken_still(made, manager):
    report_fault(instrument=made, actor=manager, description="漏气")
    InstrumentFlow.fire(made, "scrap", actor=manager, reason="修不好")
    made.refresh_from_db()
    assert made.running_status == "scrapped"
    InstrumentFlow.fire(made, "restore", actor=manager, reason="修好再说")
    made.refresh_from_db()
    assert made.running_status == "faulty"


def test_a_scrapped_instrument_is_not_edited(client, made, manager):
    InstrumentFlow.fire(made, "scrap", actor=manager, reason="超过使用年限")
    client.force_login(manager)
    assert client.get(f"/catalog/{made.pk}/edit/").status_code == 302
    assert "编辑资料" not in client.get(f"/catalog/{made.pk}/").content.decode()


def test_instruments_of_a_suspended_unit_are_not_enabled(unit, made, manager):
    InstrumentFlow.fire(made, "disable", actor=manager, reason="停用")
    type(unit).objects.filter(pk=unit.pk).update(status="suspended")
    with pytest.raises(Refused):
        InstrumentFlow.fire(made, "enable", actor=manager)


def test_ending_what_has_not_begun_does_not_exist(client, unit, manager):
    draft = registered(unit=unit, managers=(manager,))
    client.force_login(manager)
    assert client.get(f"/catalog/{draft.pk}/end/disable/").status_code == 404
    assert client.get(f"/catalog/{draft.pk}/end/enable/").status_code == 404


def test_the_reason_is_asked_for(client, made, manager):
    client.force_login(manager)
    assert client.post(f"/catalog/{made.pk}/end/disable/", {"reason": ""}).status_code == 422
    rules(made)
    assert Instrument.objects.get(pk=made.pk).status == "approved"
