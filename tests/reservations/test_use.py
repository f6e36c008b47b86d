"""From checking in to the corrected record: using, charging, correcting, and what the clock does when nobody comes."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from gongyi.audit.models import FlowRecord
from gongyi.catalog.models import Instrument
from gongyi.ledger.models import Hold, PaymentAccount
from gongyi.notifications.models import Notification
from gongyi.reservations import queries
from gongyi.reservations.forms import CorrectForm
from gongyi.reservations.models import Occupancy, Reservation
from gongyi.reservations.workflow import ReservationFlow
from gongyi.workflow import SYSTEM, Refused
from tests.factories.reservations import at, place, reservation, rules

pytestmark = pytest.mark.django_db
S = Reservation.Status
fire = ReservationFlow.fire
START, END = at(2, "10:00"), at(2, "12:00")


@pytest.fixture
def here():
    return place()


@pytest.fixture
def booked(monkeypatch, here):
    """`booked("valid")`: a reservation of the day after tomorrow, 10:00–12:00, ¥600.00, that came to this status."""

    def to(status, start=START, minutes=120):
        return reservation(monkeypatch, here, status, start, minutes)

    return to


def refused(row, step, actor, **data) -> Refused:
    with pytest.raises(Refused) as caught, transaction.atomic():
        fire(row, step, actor=actor, **data)
    return caught.value


def money(account) -> tuple[Decimal, Decimal]:
    """Available and held."""
    account = PaymentAccount.objects.get(pk=account.pk)
    return account.available, account.held


def told() -> list:
    return [notification.user for notification in Notification.objects.order_by("pk")]


# ── using ──


def test_checking_in_begins_the_use(here, booked, set_clock):
    row = booked("valid")
    set_clock(START + timedelta(minutes=7))
    fire(row, "check_in", actor=here.user)
    here.instrument.refresh_from_db()
    assert (row.status, row.started_at) == (S.IN_USE, START + timedelta(minutes=7))
    assert here.instrument.running_status == "in_use"


@pytest.mark.parametrize(
    ("moment", "sentence"),
    [
        (START - timedelta(minutes=15, seconds=1), "还没有到签到时间。"),
        (START - timedelta(minutes=15), None),
        (END - timedelta(seconds=1), None),
        (END, "不能再签到。实际用过仪器的，请联系管理员更正。"),
    ],
)
def test_the_window_for_checking_in(here, booked, set_clock, moment, sentence):
    row = booked("valid")
    set_clock(moment)
    refusal = ReservationFlow.refusal(row, ReservationFlow.check_in, here.user)
    assert (refusal is None) if sentence is None else (sentence in str(refusal))


def test_nobody_checks_in_on_a_broken_instrument(here, booked, set_clock):
    row = booked("valid")
    Instrument.objects.update(running_status="faulty")
    set_clock(START)
    assert "仪器故障，现在不能使用。" in str(refused(row, "check_in", here.user))


def test_nobody_checks_in_after_their_level_was_withdrawn(here, booked, set_clock):
    row = booked("valid")
    here.user.qualifications.update(withdrawn_at=START)
    set_clock(START)
    assert "没有这台仪器的使用资格，不能签到。请联系仪器管理员授权。" in str(refused(row, "check_in", here.user))


def test_the_next_person_ends_an_overtime_use_but_not_one_within_its_time(here, booked, set_clock):
    first = booked("valid")
    second = booked("valid", END, 60)
    set_clock(START)
    fire(first, "check_in", actor=here.user)
    set_clock(END - timedelta(minutes=10))
    assert "请等上一位使用者签退，或届时再签到。" in str(refused(second, "check_in", here.user))
    set_clock(END + timedelta(minutes=5))
    fire(second, "check_in", actor=here.user)
    first.refresh_from_db()
    here.instrument.refresh_from_db()
    assert (first.status, first.ended_at, first.charged) == (S.COMPLETED, END + timedelta(minutes=5), Decimal("750.00"))
    assert (second.status, here.instrument.running_status) == (S.IN_USE, "in_use")
    assert FlowRecord.objects.filter(object_id=first.pk).last().who == "系统"


def test_checking_out_charges_the_actual_time_and_releases_the_rest(here, booked, set_clock):
    row = booked("in_use")
    set_clock(START + timedelta(minutes=61))
    fire(row, "check_out", actor=here.user, feedback="一切正常")
    row.refresh_from_db()
    here.instrument.refresh_from_db()
    assert (row.status, row.feedback, row.used_minutes) == (S.COMPLETED, "一切正常", 61)
    assert row.charged == Decimal("450.00")  # 90 minutes: counted up to the billing unit
    assert money(here.account) == (Decimal("9550.00"), Decimal("0.00"))
    assert (here.instrument.running_status, here.instrument.service_count) == ("online", 1)


def test_checking_out_early_gives_the_rest_of_the_time_back(here, booked, set_clock):
    row = booked("in_use")
    set_clock(START + timedelta(minutes=61))
    fire(row, "check_out", actor=here.user)
    assert Occupancy.objects.get().during.upper == START + timedelta(minutes=61)


def test_the_buffer_stays_after_an_early_check_out(monkeypatch, set_clock):
    here = place(buffer_after_minutes=30)
    row = reservation(monkeypatch, here, "in_use", START)
    set_clock(START + timedelta(minutes=60))
    fire(row, "check_out", actor=here.user)
    assert Occupancy.objects.get().during.upper == START + timedelta(minutes=90)


def test_a_use_that_ended_before_its_booking_began_holds_nothing(here, booked, set_clock):
    row = booked("valid")
    set_clock(START - timedelta(minutes=15))
    fire(row, "check_in", actor=here.user)
    set_clock(START - timedelta(minutes=5))
    fire(row, "check_out", actor=here.user)
    assert not Occupancy.objects.get().holds
    assert row.charged == Decimal("150.00")


def test_overtime_is_charged_and_the_held_time_stays(here, booked, set_clock):
    row = booked("in_use")
    set_clock(END + timedelta(minutes=30))
    assert queries.overtime_minutes(row) == 30
    fire(row, "check_out", actor=here.user)
    assert row.charged == Decimal("750.00")
    assert money(here.account) == (Decimal("9250.00"), Decimal("0.00"))
    assert Occupancy.objects.get().during.upper == END
    assert queries.overtime_minutes(row) == 0


def test_a_price_raised_meanwhile_does_not_touch_the_booking(here, booked, set_clock):
    row = booked("in_use")
    here.instrument.prices.update(hourly_rate=900)
    rules(here.instrument, minimum_bill_minutes=120)
    set_clock(START + timedelta(minutes=60))
    fire(row, "check_out", actor=here.user)
    assert row.charged == Decimal("300.00")


def test_a_fault_during_the_use_outlives_its_end(here, booked, set_clock):
    row = booked("in_use")
    Instrument.objects.update(running_status="faulty")
    set_clock(END)
    fire(row, "check_out", actor=here.user)
    here.instrument.refresh_from_db()
    assert here.instrument.running_status == "faulty"


def test_a_free_instrument_is_used_without_money(monkeypatch, set_clock):
    here = place(hourly_rate=None)
    here.account = None
    row = reservation(monkeypatch, here, "completed", START)
    assert (row.charged, Hold.objects.count()) == (Decimal("0.00"), 0)


# ── correcting ──


def test_correcting_a_completed_use_corrects_the_charge(here, booked, set_clock):
    row = booked("completed")
    assert row.charged == Decimal("600.00")
    set_clock(END + timedelta(days=1))
    fire(row, "correct", actor=here.manager, started_at=START, ended_at=START + timedelta(hours=1), reason="忘记签退")
    assert (row.status, row.charged, row.used_minutes) == (S.COMPLETED, Decimal("300.00"), 60)
    assert row.corrected_at is not None
    assert money(here.account) == (Decimal("9700.00"), Decimal("0.00"))
    here.instrument.refresh_from_db()
    assert here.instrument.service_count == 1
    facts = FlowRecord.objects.filter(object_id=row.pk).last()
    assert (facts.comment, facts.data["before"]["charged"]) == ("忘记签退", "600.00")


def test_correcting_a_no_show_makes_it_a_use(here, booked, set_clock):
    row = booked("no_show")
    assert money(here.account) == (Decimal("9700.00"), Decimal("0.00"))
    set_clock(END + timedelta(hours=1))
    fire(row, "correct", actor=here.manager, started_at=START, ended_at=END, reason="签到机断网")
    assert (row.status, row.charged) == (S.COMPLETED, Decimal("600.00"))
    assert money(here.account) == (Decimal("9400.00"), Decimal("0.00"))
    here.instrument.refresh_from_db()
    assert here.instrument.service_count == 1


def test_correcting_a_running_use_ends_it(here, booked, set_clock):
    row = booked("in_use")
    set_clock(END + timedelta(hours=5))
    fire(row, "correct", actor=here.manager, started_at=START, ended_at=END, reason="忘记签退")
    here.instrument.refresh_from_db()
    assert (row.status, row.charged, here.instrument.running_status) == (S.COMPLETED, Decimal("600.00"), "online")


def test_a_correction_lies_in_the_past_and_in_order(here, booked, set_clock):
    row = booked("completed")
    set_clock(END + timedelta(hours=1))
    bad = {"started_at": END, "ended_at": START, "reason": "x"}
    assert "实际结束要晚于实际开始" in str(refused(row, "correct", here.manager, **bad))
    future = {"started_at": START, "ended_at": END + timedelta(hours=2), "reason": "x"}
    assert "不能在将来" in str(refused(row, "correct", here.manager, **future))
    form = CorrectForm(
        {"started_at": END, "ended_at": END + timedelta(hours=2), "reason": "x"}, obj=row, actor=here.manager
    )
    assert form.errors == {"ended_at": ["实际结束时间还没有到。"]}
    long = CorrectForm(
        {"started_at": END - timedelta(days=70), "ended_at": END, "reason": "x"}, obj=row, actor=here.manager
    )
    assert long.errors == {"ended_at": ["一次使用最长 62 天，请检查日期。"]}


def test_only_managers_correct(here, booked):
    data = {"started_at": START, "ended_at": END, "reason": "x"}
    assert "只有仪器管理员可以更正" in str(refused(booked("completed"), "correct", here.user, **data))


# ── the clock ──


def test_a_pending_booking_expires_and_gives_everything_back(here, booked, set_clock):
    row = booked("pending")
    set_clock(row.expires_at - timedelta(seconds=1))
    assert "保留时间还没有结束" in str(refused(row, "expire", SYSTEM))
    set_clock(row.expires_at)
    Notification.objects.all().delete()
    fire(row, "expire", actor=SYSTEM)
    assert row.status == S.CANCELLED
    assert not Occupancy.objects.get().holds
    assert money(here.account) == (Decimal("10000.00"), Decimal("0.00"))
    assert set(told()) == {here.user, here.manager}


def test_a_no_show_costs_the_late_fee_and_frees_the_time(here, booked, set_clock):
    row = booked("valid")
    set_clock(START + timedelta(minutes=30) - timedelta(seconds=1))
    assert "还没有到记失约的时间" in str(refused(row, "miss", SYSTEM))
    set_clock(START + timedelta(minutes=30))
    fire(row, "miss", actor=SYSTEM)
    assert (row.status, row.charged) == (S.NO_SHOW, Decimal("300.00"))
    assert not Occupancy.objects.get().holds
    assert money(here.account) == (Decimal("9700.00"), Decimal("0.00"))


def test_a_booking_shorter_than_the_no_show_time_is_missed_at_its_end(monkeypatch, set_clock):
    here = place(no_show_after_minutes=90)
    row = reservation(monkeypatch, here, "valid", START, 60)
    set_clock(START + timedelta(minutes=60))
    fire(row, "miss", actor=SYSTEM)
    assert row.status == S.NO_SHOW
