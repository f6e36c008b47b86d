"""The manager's screens: desk, bulk decisions, people, bans, rules, hours, closures, faults, timelines."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from gongyi.audit.models import AuditEvent
from gongyi.reservations.models import Ban, BookingRules, Closure, FaultReport, OpeningHours, Qualification, Reservation
from gongyi.reservations.queries import effective_rules
from gongyi.reservations.screen_forms import read_spans, write_spans
from gongyi.reservations.workflow import ReservationFlow
from tests.factories import catalog
from tests.factories.accounts import person
from tests.factories.organizations import unit_admin
from tests.factories.reservations import another, at, place, qualified, rules
from tests.reservations.test_screens_booking import signed_in

pytestmark = pytest.mark.django_db
Level = Qualification.Level


def pending_place():
    return place(level=Level.NORMAL, review_normal=True)


def typed_hours(**days) -> dict:
    return {f"day{day}": days.get(f"day{day}", "") for day in range(1, 8)}


def test_the_desk_shows_what_waits_today_and_the_chart():
    here = pending_place()
    made = here.reserve(at(2, "10:00"))
    page = signed_in(here.manager).get(reverse("reservations:manager_desk")).content.decode()
    assert made.get_absolute_url() in page
    assert "今日机时" in page
    assert "hours-chart-data" in page
    assert reverse("reservations:hours") in page


def test_pending_bookings_are_approved_together_and_refusals_are_named():
    here = pending_place()
    first, second = here.reserve(at(2, "10:00")), here.reserve(at(3, "10:00"))
    done = here.reserve(at(4, "10:00"))
    ReservationFlow.fire(done, "approve", actor=here.manager)
    client = signed_in(here.manager)
    answer = client.post(
        reverse("reservations:managed") + "?desk=1",
        {"action": "approve", "pk": [first.pk, second.pk, done.pk]},
        follow=True,
    )
    assert answer.redirect_chain[-1][0] == reverse("reservations:manager_desk")
    page = answer.content.decode()
    assert "已通过 2 条" in page
    assert f"{done.number}：" in page
    assert set(Reservation.objects.values_list("status", flat=True)) == {"valid"}


def test_rejecting_together_asks_for_a_reason_once():
    here = pending_place()
    made = here.reserve(at(2, "10:00"))
    client, address = signed_in(here.manager), reverse("reservations:managed")
    asked = client.post(address, {"action": "reject", "pk": made.pk}, HTTP_HX_REQUEST="true")
    assert "驳回 1 条" in asked.content.decode()
    empty = client.post(
        address, {"action": "reject", "pk": made.pk, "confirmed": "1", "reason": ""}, HTTP_HX_REQUEST="true"
    )
    assert empty.status_code == 422
    client.post(address, {"action": "reject", "pk": made.pk, "confirmed": "1", "reason": "样品未写明成分"})
    made.refresh_from_db()
    assert made.status == "rejected"


def test_a_manager_decides_over_own_instruments_only():
    here, elsewhere = pending_place(), place()
    made = here.reserve(at(2, "10:00"))
    signed_in(elsewhere.manager).post(reverse("reservations:managed"), {"action": "approve", "pk": made.pk})
    made.refresh_from_db()
    assert made.status == "pending"


def test_a_level_is_granted_changed_and_withdrawn():
    here = place(level=0)
    client = signed_in(here.manager)
    client.post(
        reverse("reservations:grant"),
        {"instrument": here.instrument.pk, "user": here.user.pk, "level": "1", "expires_on": "", "note": "培训合格"},
    )
    level = Qualification.objects.get()
    assert (level.level, level.granted_by) == (Level.NORMAL, here.manager)
    until = timezone.localdate() + timedelta(days=90)
    client.post(
        reverse("reservations:extend", args=[level.pk]), {"level": "2", "expires_on": until.isoformat(), "note": ""}
    )
    now = Qualification.objects.current().get()
    assert (now.level, now.expires_on) == (Level.SENIOR, until)
    client.post(reverse("reservations:withdraw", args=[now.pk]), {"reason": "长期未使用"})
    assert not Qualification.objects.current().exists()


def test_a_grant_keeps_what_was_typed_when_nobody_was_chosen():
    here = place()
    answer = signed_in(here.manager).post(
        reverse("reservations:grant"), {"instrument": here.instrument.pk, "level": "2", "note": "资深用户"}
    )
    assert answer.status_code == 422
    assert "请先查找并选中一个人。" in answer.content.decode()
    assert 'value="资深用户"' in answer.content.decode()


def test_levels_of_other_instruments_are_out_of_reach():
    here, elsewhere = place(), place()
    level = Qualification.objects.get(instrument=here.instrument)
    assert signed_in(elsewhere.manager).get(reverse("reservations:withdraw", args=[level.pk])).status_code == 404
    answer = signed_in(elsewhere.manager).post(
        reverse("reservations:grant"), {"instrument": here.instrument.pk, "user": elsewhere.user.pk, "level": "1"}
    )
    assert answer.status_code == 422


def test_the_ends_of_many_levels_are_set_together():
    here = place()
    other = person()
    qualified(here.instrument, other, by=here.manager)
    until = timezone.localdate() + timedelta(days=30)
    keys = list(Qualification.objects.values_list("pk", flat=True))
    signed_in(here.manager).post(
        reverse("reservations:people"),
        {"action": "extend", "pk": keys, "confirmed": "1", "expires_on": until.isoformat()},
    )
    assert set(Qualification.objects.current().values_list("expires_on", flat=True)) == {until}


def test_a_unit_administrator_bans_and_lifts():
    here = place()
    admin = unit_admin(here.instrument.organization)
    client = signed_in(admin)
    client.post(
        reverse("reservations:ban"),
        {"organization": here.instrument.organization_id, "user": here.user.pk, "reason": "多次失约", "until": ""},
    )
    ban = Ban.objects.get()
    assert Ban.objects.current().filter(user=here.user).exists()
    assert "限制中" in client.get(reverse("reservations:bans")).content.decode()
    client.post(reverse("reservations:lift_ban", args=[ban.pk]))
    assert not Ban.objects.current().exists()
    assert signed_in(here.manager).get(reverse("reservations:bans")).status_code == 404


def test_an_empty_rule_shows_what_it_inherits_and_from_where():
    here = place()
    rules(here.instrument.organization, max_minutes=300)
    page = (
        signed_in(here.manager)
        .get(reverse("reservations:instrument_rules", args=[here.instrument.pk]))
        .content.decode()
    )
    assert "沿用：300（单位）" in page
    assert "沿用：不限（系统默认）" in page


def test_rules_are_saved_with_a_record_and_emptied_again():
    here = place()
    client, address = signed_in(here.manager), reverse("reservations:instrument_rules", args=[here.instrument.pk])
    client.post(address, {"max_minutes": "120", "review_normal": "false", "person_hours_per_week": "8"})
    effective = effective_rules(here.instrument)
    assert (effective.max_minutes, effective.review_normal, effective.person_hours_per_week) == (120, False, 8)
    assert AuditEvent.objects.filter(what="修改预约规则", actor=here.manager).exists()
    client.post(address, {"max_minutes": ""})
    assert effective_rules(here.instrument).max_minutes == BookingRules.DEFAULTS["max_minutes"]


def test_rules_that_contradict_each_other_are_refused_and_kept_on_the_page():
    here = place()
    answer = signed_in(here.manager).post(
        reverse("reservations:instrument_rules", args=[here.instrument.pk]),
        {"min_minutes": "120", "max_minutes": "60", "slot_minutes": "7"},
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "单次最长不能短于单次最短。" in page
    assert "时间格应能整除一天" in page
    assert 'value="120"' in page


def test_opening_hours_are_typed_and_dropped_again():
    here = place(always_open=False)
    client, address = signed_in(here.manager), reverse("reservations:instrument_hours", args=[here.instrument.pk])
    client.post(address, typed_hours(day1="8:00–12:00、14:00–22:00", day2="9-17"))
    assert effective_rules(here.instrument).opening_hours == ((1, 480, 720), (1, 840, 1320), (2, 540, 1020))
    client.post(address, {"inherit": "1"})
    assert not OpeningHours.objects.filter(rules__instrument=here.instrument).exists()


def test_hours_that_cannot_be_read_stay_on_the_page():
    here = place(always_open=False)
    answer = signed_in(here.manager).post(
        reverse("reservations:instrument_hours", args=[here.instrument.pk]),
        typed_hours(day1="早上到晚上", day2="20:00–8:00"),
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "看不懂" in page
    assert "过夜请写成" in page
    assert "早上到晚上" in page


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("", []),
        ("全天", [(0, 1440)]),
        ("8：00-12：00，13：30～22：00", [(480, 720), (810, 1320)]),
        ("14:00—18:00; 8 - 12", [(480, 720), (840, 1080)]),
        ("0:00–24:00", [(0, 1440)]),
    ],
)
def test_hours_are_read_as_people_write_them(text, spans):
    assert read_spans(text) == spans
    assert read_spans(write_spans(spans)) == spans


def test_a_closure_shows_whom_it_hits_before_it_is_made():
    here = place()
    made = here.reserve(at(5, "10:00"), 60)
    client, address = signed_in(here.manager), reverse("reservations:close")
    start, end = (timezone.localtime(at(5, clock)).strftime("%Y-%m-%d %H:%M") for clock in ("8:00", "18:00"))
    typed = {
        "instrument": here.instrument.pk,
        "kind": "maintenance",
        "starts_at": start,
        "ends_at": end,
        "reason": "年度保养",
    }
    shown = client.post(address, typed)
    page = shown.content.decode()
    assert made.number in page
    assert "取消 1 条预约" in page
    assert not Closure.objects.exists()
    client.post(address, typed | {"shown": shown.context["shown"]})
    made.refresh_from_db()
    assert made.status == "cancelled"
    closure = Closure.objects.get()
    client.post(reverse("reservations:reopen", args=[closure.pk]))
    closure.refresh_from_db()
    assert closure.lifted_at is not None


def test_a_changed_closure_is_shown_again():
    here = place()
    client, address = signed_in(here.manager), reverse("reservations:close")
    start = timezone.localtime(at(5, "8:00")).strftime("%Y-%m-%d %H:%M")
    typed = {"instrument": here.instrument.pk, "kind": "other", "starts_at": start, "reason": "停电"}
    shown = client.post(address, typed | {"ends_at": timezone.localtime(at(5, "9:00")).strftime("%Y-%m-%d %H:%M")})
    client.post(
        address,
        typed
        | {"ends_at": timezone.localtime(at(5, "20:00")).strftime("%Y-%m-%d %H:%M"), "shown": shown.context["shown"]},
    )
    assert not Closure.objects.exists()


def test_a_fault_is_reported_and_resolved():
    here = place()
    signed_in(here.user).post(
        reverse("reservations:report_fault", args=[here.instrument.pk]),
        {"description": "样品台卡死", "disabling": "on"},
    )
    fault = FaultReport.objects.get()
    here.instrument.refresh_from_db()
    assert here.instrument.running_status == "faulty"
    client = signed_in(here.manager)
    assert "样品台卡死" in client.get(reverse("reservations:faults")).content.decode()
    client.post(reverse("reservations:resolve_fault", args=[fault.pk]), {"resolution": "更换电机"})
    here.instrument.refresh_from_db()
    assert here.instrument.running_status == "online"


def test_the_timeline_compares_chosen_instruments_and_masks_strangers():
    here, elsewhere = place(), place()
    here.reserve(at(2, "10:00"), 60)
    address = reverse("reservations:timeline")
    asked = {"i": [here.instrument.pk, elsewhere.instrument.pk], "day": at(2).date().isoformat()}
    page = Client().get(address, asked).content.decode()
    assert here.instrument.number in page
    assert elsewhere.instrument.number in page
    assert "林＊" in page
    assert "林知远" not in page
    assert "林知远" in signed_in(here.manager).get(address, asked).content.decode()


def test_a_week_of_the_timeline_and_of_the_chart_take_a_constant_number_of_queries():
    here = place()
    manager = here.manager

    def queries_of(address, **asked):
        client = signed_in(manager)
        client.get(address, asked)
        with CaptureQueriesContext(connection) as captured:
            client.get(address, asked)
        return len(captured)

    week, desk = reverse("reservations:timeline"), reverse("reservations:manager_desk")
    before = queries_of(week, view="week"), queries_of(desk)
    for number in range(6):
        more = catalog.instrument(unit=here.instrument.organization, managers=(manager,))
        qualified(more, here.user, Level.SENIOR, by=manager)
        rules(more, hours=tuple((day, 0, 1440) for day in range(1, 8)))
        here.reserve(at(1, f"{number + 9}:00"), 60, instrument=more, account=None)
    assert (queries_of(week, view="week"), queries_of(desk)) == before


def test_somebody_late_to_leave_is_shown_as_overtime(set_clock):
    here = place()
    made = here.reserve(at(1, "10:00"), 60)
    set_clock(at(1, "10:00"))
    signed_in(here.user).post(
        reverse("reservations:use", args=[here.instrument.pk]), {"action": "check_in", "reservation": made.pk}
    )
    set_clock(at(0, "11:20"))
    page = signed_in(here.manager).get(reverse("reservations:manager_desk")).content.decode()
    assert "超时 20 分" in page
    assert "已超 20 分" in page


def test_anothers_booking_is_offered_to_the_manager_with_review_steps():
    here = pending_place()
    made = here.reserve(at(2, "10:00"))
    page = signed_in(here.manager).get(made.get_absolute_url()).content.decode()
    assert "通过" in page
    assert "驳回" in page
    assert another(here).name not in page
