"""Closures, levels, bans, faults, heartbeats, walk-up use and the sweeps: what they do, refuse, and do only once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from gongyi.audit.models import AuditEvent, FlowRecord
from gongyi.catalog.models import Instrument
from gongyi.ledger.models import PaymentAccount
from gongyi.notifications.models import Notification
from gongyi.reservations import queries, services, tasks
from gongyi.reservations.models import Ban, Closure, FaultReport, Occupancy, Qualification, Reservation
from gongyi.reservations.services import NotBookable
from gongyi.workflow import Refused
from tests.factories import catalog
from tests.factories.accounts import person
from tests.factories.organizations import organization, unit_admin
from tests.factories.reservations import Level, another, at, place, reservation, rules

pytestmark = pytest.mark.django_db
S = Reservation.Status
START, END = at(2, "10:00"), at(2, "12:00")


def span(start, end) -> DateTimeTZRange:
    return DateTimeTZRange(start, end)


def refused(call, **arguments) -> str:
    with pytest.raises(Refused) as caught, transaction.atomic():
        call(**arguments)
    return str(caught.value)


# ── closures ──


def test_closing_cancels_what_it_hits_free_of_charge_and_tells_them(monkeypatch, set_clock):
    here = place()
    hit = reservation(monkeypatch, here, "valid", START)
    beside = reservation(monkeypatch, here, "valid", END)
    set_clock(START - timedelta(minutes=30))
    during = span(timezone.now(), END)
    assert list(queries.hit_by(here.instrument, during)) == [hit]
    Notification.objects.all().delete()
    closure = services.close(
        instrument=here.instrument, during=during, kind="fault", reason="灯丝断裂", actor=here.manager
    )
    hit.refresh_from_db()
    beside.refresh_from_db()
    assert (hit.status, hit.charged, beside.status) == (S.CANCELLED, Decimal("0.00"), S.VALID)
    assert FlowRecord.objects.filter(object_id=hit.pk).last().comment == "停机（故障维修）：灯丝断裂"
    assert [n.user for n in Notification.objects.all()] == [here.user]
    held = Occupancy.objects.get(closure=closure)
    assert (held.kind, held.holds, held.during) == ("closure", True, during)
    assert AuditEvent.objects.get(what="登记停机").after["cancelled"] == [hit.pk]


def test_the_managers_own_booking_is_displaced_without_fee_too(set_clock):
    here = place()
    here.account.members.create(user=here.manager)
    own = here.reserve(START, user=here.manager, actor=here.manager)
    set_clock(START - timedelta(hours=1))
    services.close(instrument=here.instrument, during=span(START, END), reason="检修", actor=here.manager)
    own.refresh_from_db()
    assert (own.status, own.charged) == (S.CANCELLED, Decimal("0.00"))


def test_a_closure_needs_the_buffers_of_its_neighbours(monkeypatch):
    here = place(buffer_after_minutes=30)
    made = here.reserve(START, 60)
    services.close(
        instrument=here.instrument, during=span(START + timedelta(minutes=75), END), reason="检修", actor=here.manager
    )
    made.refresh_from_db()
    assert made.status == S.CANCELLED


def test_nothing_is_booked_into_a_closure_until_it_is_lifted():
    here = place()
    closure = services.close(instrument=here.instrument, during=span(at(2), at(4)), reason="检修", actor=here.manager)
    with pytest.raises(NotBookable, match="停机：维护保养，检修。最近空闲："), transaction.atomic():
        here.reserve(at(3, "8:00"))
    services.reopen(closure=closure, actor=here.manager)
    here.reserve(at(3, "8:00"))
    assert services.reopen(closure=Closure.objects.get(), actor=here.manager).lifted_at is not None
    assert AuditEvent.objects.filter(what="解除停机").count() == 1


def test_lifting_a_running_closure_keeps_what_is_past(set_clock):
    here = place()
    start = at(2)
    closure = services.close(instrument=here.instrument, during=span(start, at(4)), reason="检修", actor=here.manager)
    now = set_clock(at(3))
    services.reopen(closure=closure, actor=here.manager)
    assert Occupancy.objects.get().during == span(start, now)


def test_what_closing_refuses(monkeypatch, set_clock):
    here = place()
    close = {"call": services.close, "instrument": here.instrument, "reason": "检修"}
    assert "只有仪器管理员" in refused(**close, during=span(START, END), actor=here.user)
    assert "结束晚于开始" in refused(**close, during=span(END, START), actor=here.manager)
    assert "结束晚于开始" in refused(**close, during=span(START, None), actor=here.manager)
    assert "已经过去" in refused(**close, during=span(at(-2), at(-1)), actor=here.manager)
    services.close(instrument=here.instrument, during=span(START, END), reason="检修", actor=here.manager)
    assert "已有停机安排" in refused(**close, during=span(at(2, "11:00"), at(2, "13:00")), actor=here.manager)
    running = reservation(monkeypatch, here, "in_use", at(3, "8:00"))
    now = set_clock(at(3, "9:00"))
    assert "请先为使用者签退。" in refused(**close, during=span(now, now + timedelta(days=1)), actor=here.manager)
    running.refresh_from_db()
    assert running.status == S.IN_USE
    assert Closure.objects.count() == 1


# ── levels and bans ──


def test_a_level_is_granted_changed_and_withdrawn():
    here = place(level=0)
    services.grant(
        instrument=here.instrument, user=here.user, level=Level.NORMAL, actor=here.manager, expires_on=at(90).date()
    )
    assert queries.qualification_levels(here.user, [here.instrument]) == {here.instrument.pk: Level.NORMAL}
    services.grant(instrument=here.instrument, user=here.user, level=Level.SENIOR, actor=here.manager, note="操作熟练")
    assert queries.qualification_levels(here.user, [here.instrument]) == {here.instrument.pk: Level.SENIOR}
    assert Qualification.objects.count() == 2
    assert Qualification.objects.current().count() == 1
    event = AuditEvent.objects.get(what="授予资深资格")
    assert (event.before["level"], event.after["level"], event.reason) == (1, 2, "操作熟练")
    services.withdraw(instrument=here.instrument, user=here.user, actor=here.manager, reason="违规操作")
    services.withdraw(instrument=here.instrument, user=here.user, actor=here.manager, reason="违规操作")
    assert queries.qualification_levels(here.user, [here.instrument]) == {here.instrument.pk: Level.NONE}
    assert AuditEvent.objects.filter(what="撤销资格").count() == 1
    titles = [n.title for n in Notification.objects.order_by("pk")]
    assert titles == [
        "您获得了「场发射透射电子显微镜」的普通资格", "您获得了「场发射透射电子显微镜」的资深资格",
        "您在「场发射透射电子显微镜」的资深资格已撤销",
    ]  # fmt: skip


def test_a_level_ends_with_its_last_day(set_clock):
    here = place(level=0)
    services.grant(
        instrument=here.instrument, user=here.user, level=Level.NORMAL, actor=here.manager, expires_on=at(5).date()
    )
    set_clock(at(5, "23:59"))
    assert queries.qualification_levels(here.user, [here.instrument])[here.instrument.pk] == Level.NORMAL
    set_clock(at(1))
    assert queries.qualification_levels(here.user, [here.instrument])[here.instrument.pk] == Level.NONE


def test_what_granting_refuses():
    here = place(level=0)
    grant = {"call": services.grant, "instrument": here.instrument, "user": here.user}
    assert "只有仪器管理员" in refused(**grant, level=1, actor=here.user)
    assert "请选择普通或资深资格" in refused(**grant, level=0, actor=here.manager)
    assert "有效期不能早于今天" in refused(**grant, level=1, actor=here.manager, expires_on=at(-1).date())


def test_managers_are_senior_and_visitors_have_no_level():
    from django.contrib.auth.models import AnonymousUser

    here = place()
    assert queries.qualification_levels(here.manager, [here.instrument])[here.instrument.pk] == Level.SENIOR
    assert queries.qualification_levels(AnonymousUser(), [here.instrument])[here.instrument.pk] == Level.NONE


def test_only_the_units_administrators_ban_and_lift():
    here = place()
    unit = here.instrument.organization
    admin = unit_admin(unit)
    ban = {"call": services.ban, "user": here.user, "organization": unit, "reason": "失约"}
    assert "只有该单位的管理员" in refused(**ban, actor=here.manager)
    assert "截止时间要晚于现在" in refused(**ban, actor=admin, until=at(-1))
    made = services.ban(user=here.user, organization=unit, reason="失约三次", actor=admin)
    assert "只有该单位的管理员" in refused(services.lift, ban=made, actor=here.manager)
    services.lift(ban=made, actor=admin)
    services.lift(ban=made, actor=admin)
    assert not Ban.objects.current().exists()
    assert AuditEvent.objects.filter(what="解除黑名单").count() == 1
    assert [n.user for n in Notification.objects.all()] == [here.user, here.user]


# ── faults and heartbeats ──


def test_a_disabling_fault_stops_bookings_until_the_last_is_resolved():
    here = place()
    first = services.report_fault(
        instrument=here.instrument, actor=here.user, description="真空报警", expected_on=at(6).date()
    )
    second = services.report_fault(
        instrument=here.instrument, actor=here.manager, description="高压不稳", expected_on=at(9).date()
    )
    here.instrument.refresh_from_db()
    assert here.instrument.running_status == "faulty"
    with pytest.raises(NotBookable, match="该仪器故障，暂停预约。预计"), transaction.atomic():
        here.reserve(at(3, "8:00"))
    assert [n.user for n in Notification.objects.all()] == [here.manager]
    services.resolve_fault(fault=first, actor=here.manager, resolution="更换密封圈")
    here.instrument.refresh_from_db()
    assert here.instrument.running_status == "faulty"
    services.resolve_fault(fault=second, actor=here.manager, resolution="重启高压")
    here.instrument.refresh_from_db()
    assert here.instrument.running_status == "online"
    here.reserve(at(3, "8:00"))
    assert "已经解决" in refused(services.resolve_fault, fault=second, actor=here.manager, resolution="x")


def test_a_blemish_disables_nothing():
    here = place()
    services.report_fault(instrument=here.instrument, actor=here.user, description="鼠标失灵", disabling=False)
    here.instrument.refresh_from_db()
    assert here.instrument.running_status == "online"


def test_a_fault_may_close_the_instrument_at_once():
    here = place()
    hit = here.reserve(at(1, "8:00"))
    services.report_fault(instrument=here.instrument, actor=here.manager, description="扫描头损坏", close_until=at(4))
    hit.refresh_from_db()
    assert hit.status == S.CANCELLED
    assert Closure.objects.get().kind == "fault"


def test_who_may_report_and_resolve_faults():
    here = place()
    stranger = person()
    report = {"call": services.report_fault, "instrument": here.instrument, "description": "x"}
    assert "只有有使用资格的人员" in refused(**report, actor=stranger)
    assert "只有仪器管理员可以登记停机" in refused(**report, actor=here.user, close_until=at(3))
    fault = services.report_fault(instrument=here.instrument, actor=here.user, description="x")
    assert "只有仪器管理员" in refused(services.resolve_fault, fault=fault, actor=here.user, resolution="好了")


def test_resolving_during_a_use_shows_it_in_use_again(monkeypatch, set_clock):
    here = place()
    reservation(monkeypatch, here, "in_use", START)
    set_clock(START + timedelta(minutes=10))
    fault = services.report_fault(instrument=here.instrument, actor=here.user, description="图像漂移")
    services.resolve_fault(fault=fault, actor=here.manager, resolution="校准")
    here.instrument.refresh_from_db()
    assert here.instrument.running_status == "in_use"


def test_a_scrapped_instrument_stays_scrapped():
    here = place()
    Instrument.objects.update(running_status="scrapped")
    services.report_fault(instrument=here.instrument, actor=here.manager, description="x")
    services.resolve_fault(fault=FaultReport.objects.get(), actor=here.manager, resolution="x")
    assert services.heartbeat(here.instrument) == "scrapped"


@pytest.mark.parametrize(
    ("before", "after"), [("offline", "online"), ("online", "online"), ("in_use", "in_use"), ("faulty", "faulty")]
)
def test_a_heartbeat_wakes_only_the_offline(before, after):
    instrument = catalog.instrument(running_status=before)
    assert services.heartbeat(instrument) == after
    instrument.refresh_from_db()
    assert instrument.last_heartbeat_at is not None


def test_silence_is_noticed_after_the_instruments_own_time():
    now = timezone.now()
    silent = now - timedelta(minutes=10, seconds=1)
    unit = organization()
    made = {
        name: catalog.instrument(unit=unit, last_heartbeat_at=heard, running_status=status)
        for name, heard, status in [
            ("silent", silent, "online"), ("just_heard", now - timedelta(minutes=10), "online"), ("never", None, "online"),
            ("in_use", silent, "in_use"), ("faulty", silent, "faulty"), ("patient", silent, "online"),
        ]
    }  # fmt: skip
    rules(made["patient"], offline_after_minutes=30)
    assert services.mark_silent_offline(now) == 1
    assert services.mark_silent_offline(now) == 0
    statuses = {name: Instrument.objects.get(pk=instrument.pk).running_status for name, instrument in made.items()}
    assert statuses == {
        "silent": "offline", "just_heard": "online", "never": "online", "in_use": "in_use", "faulty": "faulty",
        "patient": "online",
    }  # fmt: skip


# ── walk-up ──


def test_a_walk_up_use_begins_at_once_and_ends_like_any_other(set_clock):
    here = place()
    now = set_clock(at(1, "9:03"))
    made = services.walk_up(
        instrument=here.instrument, user=here.user, account=here.account, actor=here.user, minutes=45
    )
    here.instrument.refresh_from_db()
    assert (made.status, made.source, made.started_at) == (S.IN_USE, "walk_up", now)
    assert (made.ends_at, made.estimate) == (now + timedelta(minutes=45), Decimal("300.00"))
    assert here.instrument.running_status == "in_use"
    set_clock(now + timedelta(minutes=20))
    services.ReservationFlow.fire(made, "check_out", actor=here.user)
    assert (made.charged, PaymentAccount.objects.get(pk=here.account.pk).held) == (Decimal("150.00"), Decimal("0.00"))


def test_a_walk_up_without_an_end_lasts_to_the_next_booking_or_closing_time(set_clock):
    here = place(buffer_before_minutes=10)
    set_clock(at(0, "0:01"))
    here.reserve(at(1, "11:00"))
    arguments = {"instrument": here.instrument, "user": here.user, "account": here.account, "actor": here.user}
    set_clock(at(1, "9:00"))
    made = services.walk_up(**arguments)
    assert made.ends_at == at(0, "10:50")
    services.ReservationFlow.fire(made, "check_out", actor=here.user)
    rules(here.instrument, hours=tuple((day, 480, 1320) for day in range(1, 8)))
    set_clock(at(1, "20:00"))
    assert services.walk_up(**arguments).ends_at == at(0, "22:00")


def test_what_a_walk_up_refuses(set_clock):
    here = place(walk_up=False)
    arguments = {"call": services.walk_up, "instrument": here.instrument, "account": here.account, "minutes": 60}
    mine = arguments | {"user": here.user, "actor": here.user}
    assert "不允许现场直接使用" in refused(**mine)
    rules(here.instrument, walk_up=True)
    assert "只有仪器管理员可以代他人预约" in refused(**arguments, user=here.user, actor=another(here))
    newcomer = person()
    here.account.members.create(user=newcomer)
    assert "还没有这台仪器的使用资格" in refused(**arguments, user=newcomer, actor=newcomer)
    set_clock(at(1, "9:00"))
    services.walk_up(instrument=here.instrument, user=here.user, account=here.account, actor=here.user, minutes=60)
    other = another(here)
    message = refused(**arguments, user=other, actor=other)
    assert "仪器正在使用。请等上一位使用者签退。" in message


def test_a_walk_up_does_not_run_into_the_next_booking(set_clock):
    here = place()
    set_clock(at(0, "0:01"))
    here.reserve(at(1, "10:00"))
    set_clock(at(1, "9:30"))
    mine = {"instrument": here.instrument, "user": here.user, "account": here.account, "actor": here.user}
    assert "已有人预约" in refused(services.walk_up, **mine, minutes=60)
    services.walk_up(**mine, minutes=30)


# ── sweeps ──


def test_the_sweep_expires_and_marks_no_shows_once(monkeypatch, set_clock):
    here = place()
    pending = reservation(monkeypatch, here, "pending", at(3, "10:00"))
    missed = reservation(monkeypatch, here, "valid", START)
    coming = reservation(monkeypatch, here, "valid", at(4, "10:00"))
    set_clock(max(pending.expires_at, START + timedelta(minutes=30)))
    assert services.sweep() == {"expired": 1, "missed": 1, "offline": 0}
    assert services.sweep() == {"expired": 0, "missed": 0, "offline": 0}
    statuses = [Reservation.objects.get(pk=row.pk).status for row in (pending, missed, coming)]
    assert statuses == [S.CANCELLED, S.NO_SHOW, S.VALID]


def test_no_shows_follow_each_instruments_own_time(monkeypatch, set_clock):
    early, late = place(no_show_after_minutes=10), place(no_show_after_minutes=60)
    rows = [reservation(monkeypatch, here, "valid", START) for here in (early, late)]
    set_clock(START + timedelta(minutes=30))
    assert services.mark_no_shows() == 1
    assert [Reservation.objects.get(pk=row.pk).status for row in rows] == [S.NO_SHOW, S.VALID]


def test_one_failing_booking_does_not_hold_up_the_others(monkeypatch, set_clock):
    here, there = place(), place()
    broken, fine = (reservation(monkeypatch, each, "valid", START) for each in (here, there))
    broken_hold = PaymentAccount.objects.get(pk=here.account.pk).holds.get()
    type(broken_hold).objects.filter(pk=broken_hold.pk).update(source="lost")
    set_clock(START + timedelta(minutes=30))
    assert services.mark_no_shows() == 1
    fine.refresh_from_db()
    assert fine.status == S.NO_SHOW


def test_the_task_sweeps(monkeypatch, set_clock):
    row = reservation(monkeypatch, place(), "valid", START)
    set_clock(START + timedelta(hours=1))
    tasks.sweep_reservations(timestamp=0)
    row.refresh_from_db()
    assert row.status == S.NO_SHOW
