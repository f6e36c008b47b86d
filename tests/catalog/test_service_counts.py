"""服务次数 is the number of completed uses, whatever happened to a reservation on its way (S1-50)."""

import pytest

from gongyi.catalog.models import Instrument
from gongyi.catalog.services import index
from gongyi.catalog.services.service_counts import recount_services, wrongly_counted
from gongyi.reservations.queries.consistency import inconsistencies
from gongyi.reservations.workflow import ReservationFlow
from tests.factories.catalog import instrument
from tests.factories.reservations import at, clock, place, reservation

pytestmark = pytest.mark.django_db


def count_of(here) -> int:
    return Instrument.objects.get(pk=here.instrument.pk).service_count


@pytest.mark.parametrize(
    ("status", "counted"),
    [("completed", 1), ("pending", 0), ("valid", 0), ("rejected", 0), ("cancelled", 0), ("in_use", 0), ("no_show", 0)],
)
def test_only_a_completed_use_counts(monkeypatch, status, counted):
    here = place()
    reservation(monkeypatch, here, status, at(1, "10:00"))
    assert count_of(here) == counted
    assert not wrongly_counted().exists()


def test_a_correction_does_not_count_again(monkeypatch):
    here = place()
    made = reservation(monkeypatch, here, "completed", at(1, "10:00"))
    really = {"started_at": at(1, "10:00"), "ended_at": at(1, "11:00")}
    with clock(monkeypatch, at(2)):
        ReservationFlow.fire(made, "correct", actor=here.manager, **really, reason="记错")
    assert count_of(here) == 1
    assert not wrongly_counted().exists()


def test_a_no_show_who_was_there_after_all_counts_once(monkeypatch):
    here = place()
    made = reservation(monkeypatch, here, "no_show", at(1, "10:00"))
    really = {"started_at": at(1, "10:00"), "ended_at": at(1, "11:00")}
    with clock(monkeypatch, at(2)):
        ReservationFlow.fire(made, "correct", actor=here.manager, **really, reason="读卡器坏了")
    assert count_of(here) == 1
    assert not wrongly_counted().exists()


def test_recounting_puts_right_what_is_wrong_and_only_that(monkeypatch):
    here, other = place(), place()
    reservation(monkeypatch, here, "completed", at(1, "10:00"))
    reservation(monkeypatch, other, "completed", at(1, "10:00"))
    idle = instrument(service_count=7)
    Instrument.objects.filter(pk=here.instrument.pk).update(service_count=40)
    assert ("仪器的服务次数与完成的服务不一致", {here.instrument.number, idle.number}) in [
        (sentence, set(numbers)) for sentence, numbers in inconsistencies()
    ]
    assert recount_services() == 2
    assert [count_of(here), count_of(other), Instrument.objects.get(pk=idle.pk).service_count] == [1, 1, 0]
    assert recount_services() == 0


def test_the_list_the_page_and_the_comparison_show_it(client):
    made = instrument("常用机", service_count=1234)
    index(Instrument.objects.all())
    assert "服务 1,234 次" in client.get("/instruments/").content.decode()
    assert "1,234" in client.get(f"/instruments/{made.pk}/").content.decode()
    assert "1,234 次" in client.get(f"/compare/?id={made.pk}").content.decode()
