"""Booking: what is written, what is held, who is told, what a refusal leaves behind, and how few statements it takes."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gongyi.accounts.models import ReportProfile
from gongyi.audit.models import FlowRecord
from gongyi.catalog.models import Instrument, PriceTier
from gongyi.ledger.models import DefaultAccount as StoredDefault
from gongyi.ledger.models import Hold, Transaction
from gongyi.ledger.queries import default_account
from gongyi.notifications.models import Notification
from gongyi.reservations import queries, services
from gongyi.reservations.models import Occupancy, Reservation
from gongyi.reservations.queries import DefaultAccount
from gongyi.reservations.services import NotBookable
from gongyi.workflow import Refused
from tests.factories import catalog, ledger
from tests.factories.accounts import person, report_profile
from tests.factories.organizations import department, organization, unit_admin
from tests.factories.reservations import Level, another, at, place, qualified, rules

pytestmark = pytest.mark.django_db
S = Reservation.Status


def statements(captured) -> list[str]:
    return [q["sql"] for q in captured if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))]


def refusal_of(call, *args, **kwargs) -> NotBookable:
    with pytest.raises(NotBookable) as caught, transaction.atomic():
        call(*args, **kwargs)
    return caught.value


# ── what is written ──


def test_a_senior_books_without_review():
    here = place(buffer_before_minutes=15, buffer_after_minutes=30)
    made = here.reserve(at(3, "14:00"), 120, purpose="薄膜截面", sample_notes="3 片", report={"project_no": "52371001"})
    stored = Reservation.objects.get(pk=made.pk)
    assert (stored.status, stored.source, stored.purpose, stored.sample_notes) == (S.VALID, "web", "薄膜截面", "3 片")
    assert stored.report == {"project_no": "52371001"}
    assert (stored.starts_at, stored.ends_at) == (at(3, "14:00"), at(3, "16:00"))
    assert stored.expires_at is None
    assert stored.waived == []


def test_the_time_is_held_with_its_buffers():
    here = place(buffer_before_minutes=15, buffer_after_minutes=30)
    made = here.reserve(at(3, "14:00"), 120)
    held = Occupancy.objects.get()
    assert (held.instrument, held.reservation, held.kind, held.holds) == (here.instrument, made, "reservation", True)
    assert (held.during.lower, held.during.upper) == (at(3, "13:45"), at(3, "16:30"))


def test_the_estimate_is_held_and_the_price_kept_as_agreed():
    here = place(hourly_rate=300, minimum_bill_minutes=30)
    made = here.reserve(at(3, "14:00"), 120)
    here.account.refresh_from_db()
    assert made.estimate == Decimal("600.00")
    assert made.tier == PriceTier.INTERNAL
    assert made.price == {
        "hourly_rate": "300.00", "startup_fee": "0.00", "minimum_fee": "0.00", "minimum_bill_minutes": "30",
    }  # fmt: skip
    assert (here.account.held, here.account.available) == (Decimal("600.00"), Decimal("9400.00"))
    assert Hold.objects.get().source == made.source_key


def test_numbers_are_drawn_by_the_database_and_never_twice():
    here = place()
    first, second = here.reserve(at(3, "8:00")), here.reserve(at(3, "9:00"))
    assert first.number.startswith("YY20")
    assert len(first.number) == len("YY20261121-000037")
    assert int(second.number[-6:]) > int(first.number[-6:])
    first.refresh_from_db(fields=["number"])
    assert Reservation.objects.get(number=first.number) == first


def test_the_record_begins_with_the_submission():
    here = place()
    made = here.reserve(at(3, "14:00"))
    record = FlowRecord.objects.get(object_id=made.pk, flow="reservations.reservation")
    assert (record.label, record.from_status, record.to_status, record.actor) == ("提交预约", "", "valid", here.user)
    assert record.data == {"estimate": "300.00"}


def test_who_booked_without_review_is_told_that_it_is_valid():
    here = place()
    made = here.reserve(at(3, "14:00"), 120)
    told = Notification.objects.get()
    assert told.user == here.user
    assert told.title.startswith("场发射透射电子显微镜 ")
    assert told.title.endswith("14:00–16:00：有效")
    assert made.number in told.body


def test_a_booking_that_needs_review_waits_and_its_managers_are_told():
    here = place(level=Level.NORMAL, pending_expires_minutes=600)
    made = here.reserve(at(3, "14:00"))
    assert made.status == S.PENDING
    assert timedelta(minutes=599) < made.expires_at - made.created_at < timedelta(minutes=601)
    assert Occupancy.objects.get().holds
    assert Hold.objects.get().amount == Decimal("300.00")
    assert [n.user for n in Notification.objects.all()] == [here.manager]


def test_without_a_named_manager_the_unit_administrators_are_told():
    here = place(level=Level.NORMAL)
    here.instrument.manager_links.all().delete()
    admin = unit_admin(here.instrument.organization)
    here.reserve(at(3, "14:00"))
    assert [n.user for n in Notification.objects.all()] == [admin]


def test_a_pending_booking_never_holds_beyond_its_own_start():
    here = place(level=Level.NORMAL, pending_expires_minutes=100000)
    assert here.reserve(at(3, "14:00")).expires_at == at(3, "14:00")


@pytest.mark.parametrize(
    ("level", "normal", "senior", "status"),
    [(1, True, False, "pending"), (1, False, False, "valid"), (2, True, False, "valid"), (2, True, True, "pending")],
)
def test_levels_decide_over_the_review(level, normal, senior, status):
    here = place(level=level, review_normal=normal, review_senior=senior)
    assert here.reserve(at(3, "14:00")).status == status


def test_an_instrument_without_prices_needs_no_account():
    here = place(hourly_rate=None)
    made = here.reserve(at(3, "14:00"), account=None)
    assert (made.estimate, made.price, made.tier) == (0, {}, "")
    assert not Hold.objects.exists()


# ── whose price ──


def test_the_account_decides_the_price_and_a_missing_tier_pays_the_next_dearer_one():
    here = place(hourly_rate=None)
    catalog.price(here.instrument, 100, PriceTier.GROUP)
    catalog.price(here.instrument, 900, PriceTier.ENTERPRISE)
    lab = department(here.instrument.organization)
    here.instrument.department = lab
    here.instrument.save()
    own = ledger.payment_account(unit=here.instrument.organization, department=lab, members=(here.user,), balance=5000)
    company = ledger.payment_account(
        unit=here.instrument.organization, payer=organization(kind="enterprise"), members=(here.user,), balance=5000
    )
    group = here.reserve(at(3, "8:00"), account=own)
    internal = here.reserve(at(3, "9:00"))
    enterprise = here.reserve(at(3, "10:00"), account=company)
    assert [(r.tier, r.estimate) for r in (group, internal, enterprise)] == [
        ("group", Decimal("100.00")), ("internal", Decimal("900.00")), ("enterprise", Decimal("900.00")),
    ]  # fmt: skip


def test_a_price_list_that_does_not_serve_the_tier_refuses():
    here = place(hourly_rate=None)
    catalog.price(here.instrument, 100, PriceTier.GROUP)
    refusal = refusal_of(here.reserve, at(3, "14:00"))
    assert "这台仪器没有「校内」的收费标准。" in str(refusal)


def test_the_default_account_is_the_chosen_one_else_the_first_by_name():
    here = place()
    unit = here.instrument.organization
    first = ledger.payment_account("a 课题组", unit=unit, members=(here.user,), balance=1000)
    ledger.payment_account("A 别人的", unit=unit, balance=1000)
    ledger.payment_account("a 外单位", members=(here.user,), balance=1000)
    assert (
        here.reserve(at(3, "8:00"), account=DefaultAccount.CHOSEN).account == first == default_account(here.user, unit)
    )
    StoredDefault.objects.create(user=here.user, organization=unit, account=here.account)
    assert here.reserve(at(3, "9:00"), account=DefaultAccount.CHOSEN).account == here.account
    assert default_account(here.user, unit) == here.account
    here.account.__class__.objects.filter(pk=here.account.pk).update(status="frozen")
    assert (
        here.reserve(at(3, "10:00"), account=DefaultAccount.CHOSEN).account == first == default_account(here.user, unit)
    )


def test_without_any_account_the_default_is_none():
    here = place()
    here.account.members.filter(user=here.user).delete()
    refusal = refusal_of(here.reserve, at(3, "8:00"), account=DefaultAccount.CHOSEN)
    assert refusal.standing[0].sentence == "还没有选择付款账户。"


# ── the reporting information ──


def test_the_persons_reporting_information_fills_what_the_booking_does_not_say():
    here = place()
    report_profile(here.user, project_no="52371001", applicant_unit="望江大学")
    made = here.reserve(at(3, "14:00"), report={"project_no": "", "project_content": "只为这一次"})
    made.refresh_from_db()
    assert made.report["applicant_unit"] == "望江大学"
    assert (made.report["project_no"], made.report["project_content"]) == ("", "只为这一次")
    assert set(made.report) == set(ReportProfile.FIELDS)


def test_of_the_instrument_only_the_key_has_to_be_known():
    here = place()
    bare = Instrument.from_db("default", ["id"], [here.instrument.pk])
    with CaptureQueriesContext(connection) as captured:
        made = here.reserve(at(3, "14:00"), instrument=bare)
    assert len(statements(captured)) <= 5  # the content type may be read once
    assert str(made.instrument) == "场发射透射电子显微镜"


# ── refusals from what is stored ──


def test_a_refusal_carries_every_answer_and_leaves_nothing_behind():
    here = place(level=0, balance=0)
    before = Transaction.objects.count()
    refusal = refusal_of(here.reserve, at(3, "14:10"), 60)
    assert [a.rule for a in refusal.answers if a.state == "fail"] == ["qualification", "grid", "balance"]
    assert str(refusal).startswith("您还没有这台仪器的使用资格。联系管理员授权：周敏 0571-86541234。开始和结束时间")
    assert not Reservation.objects.exists()
    assert not Occupancy.objects.exists()
    assert Transaction.objects.count() == before
    assert not Notification.objects.exists()


@pytest.mark.parametrize(
    ("arrange", "rule"),
    [
        (lambda here: here.instrument.__class__.objects.update(status="disabled"), "instrument"),
        (lambda here: here.instrument.__class__.objects.update(timed_booking=False), "instrument"),
        (lambda here: here.instrument.__class__.objects.update(running_status="faulty"), "instrument"),
        (lambda here: here.instrument.organization.__class__.objects.update(status="suspended"), "instrument"),
        (lambda here: here.user.qualifications.all().delete(), "qualification"),
        (lambda here: here.user.qualifications.update(expires_on=at(2).date()), "qualification"),
        (lambda here: here.user.qualifications.update(withdrawn_at=at(0)), "qualification"),
        (lambda here: here.account.members.filter(user=here.user).delete(), "account"),
        (lambda here: here.account.__class__.objects.update(status="frozen"), "account"),
        (lambda here: here.account.__class__.objects.update(organization=organization()), "account"),
    ],
)
def test_what_the_database_says_now_decides_not_the_objects_in_hand(arrange, rule):
    here = place()
    arrange(here)
    assert [answer.rule for answer in refusal_of(here.reserve, at(3, "14:00")).standing] == [rule]


def test_a_ban_of_the_owning_unit_counts_and_that_of_another_does_not():
    here = place()
    admin = unit_admin(here.instrument.organization)
    elsewhere = organization()
    services.ban(user=here.user, organization=elsewhere, reason="欠费", actor=unit_admin(elsewhere))
    here.reserve(at(3, "14:00"))
    banned = services.ban(
        user=here.user, organization=here.instrument.organization, reason="失约三次", actor=admin, until=at(9)
    )
    assert refusal_of(here.reserve, at(4, "14:00")).standing[0].rule == "ban"
    services.lift(ban=banned, actor=admin)
    here.reserve(at(4, "14:00"))


def test_a_ban_that_is_over_does_not_count(set_clock):
    here = place()
    admin = unit_admin(here.instrument.organization)
    services.ban(user=here.user, organization=here.instrument.organization, reason="失约", actor=admin, until=at(2))
    set_clock(at(2))
    here.reserve(at(3, "14:00"))


def test_taken_time_is_refused_with_the_nearest_free_place():
    here = place(buffer_after_minutes=30)
    here.reserve(at(3, "14:00"), 120)
    refusal = refusal_of(here.reserve, at(3, "15:00"), 60, user=(other := another(here)), actor=other)
    (answer,) = refusal.standing
    assert answer.rule == "free"
    assert "已有人预约。" in answer.sentence
    assert "16:30–17:30" in answer.remedy


def test_buffers_of_both_neighbours_are_kept_and_touching_is_allowed():
    here = place(buffer_before_minutes=30, buffer_after_minutes=30)
    here.reserve(at(3, "14:00"), 60)
    assert refusal_of(here.reserve, at(3, "15:30"), 60).standing[0].rule == "free"
    here.reserve(at(3, "16:00"), 60)
    without = place()
    without.reserve(at(3, "14:00"), 60)
    without.reserve(at(3, "15:00"), 60)


def test_what_was_cancelled_or_lies_elsewhere_is_no_hindrance():
    here, there = place(), place()
    made = here.reserve(at(3, "14:00"))
    there.reserve(at(3, "14:00"))
    services.ReservationFlow.fire(made, "cancel", actor=here.user)
    here.reserve(at(3, "14:00"))


def test_limits_count_the_persons_bookings_in_day_week_and_month(set_clock):
    set_clock(at(0, "8:00"))
    here = place(person_hours_per_day=3, horizon_days=60)
    here.reserve(at(3, "8:00"), 120)
    answer = next(a for a in refusal_of(here.reserve, at(3, "12:00"), 120).standing)
    assert answer.value == "预约后 4 / 3 小时"
    here.reserve(at(3, "12:00"), 60)
    here.reserve(at(4, "12:00"), 120)  # another day
    other = another(here)
    here.reserve(at(3, "16:00"), 120, user=other, actor=other)  # another person


@pytest.mark.parametrize(
    ("period", "same", "other"),
    [
        ("week", datetime(2026, 11, 29, 23, 0), datetime(2026, 11, 30, 0, 0)),  # Sunday evening, Monday at midnight
        ("month", datetime(2026, 11, 30, 23, 0), datetime(2026, 12, 1, 0, 0)),
        ("day", datetime(2026, 11, 27, 23, 0), datetime(2026, 11, 28, 0, 0)),
    ],
)
def test_weeks_months_and_days_begin_at_local_midnight(set_clock, period, same, other):
    set_clock(timezone.make_aware(datetime(2026, 11, 23, 8, 0)))
    here = place(**{f"person_bookings_per_{period}": 1})
    here.reserve(timezone.make_aware(datetime(2026, 11, 27, 0, 0)))
    assert refusal_of(here.reserve, timezone.make_aware(same)).standing[0].rule == f"person_bookings_per_{period}"
    here.reserve(timezone.make_aware(other))


def test_a_february_does_not_shorten_the_march_after_it(set_clock):
    set_clock(timezone.make_aware(datetime(2027, 3, 20, 8, 0)))
    here = place(person_bookings_per_month=1)
    here.reserve(timezone.make_aware(datetime(2027, 3, 21, 8, 0)))
    end_of_march = timezone.make_aware(datetime(2027, 3, 31, 22, 0))
    assert refusal_of(here.reserve, end_of_march).standing[0].rule == "person_bookings_per_month"


def test_limits_of_the_group_count_everybody_who_pays_with_the_account():
    here = place(group_bookings_per_day=2)
    other = another(here)
    here.reserve(at(3, "8:00"))
    here.reserve(at(3, "9:00"), user=other, actor=other)
    answer = refusal_of(here.reserve, at(3, "10:00")).standing[0]
    assert (answer.rule, answer.value) == ("group_bookings_per_day", "预约后 3 / 2 次")


def test_cancelled_bookings_do_not_count_and_those_of_other_instruments_neither():
    here = place(person_bookings_per_day=1)
    made = here.reserve(at(3, "8:00"))
    services.ReservationFlow.fire(made, "cancel", actor=here.user)
    there = catalog.instrument(unit=here.instrument.organization, managers=(here.manager,), hourly_rate=10)
    rules(there, hours=tuple((day, 0, 1440) for day in range(1, 8)))
    qualified(there, here.user, Level.SENIOR, by=here.manager)
    here.reserve(at(3, "9:00"), instrument=there)
    here.reserve(at(3, "10:00"))


def test_the_missing_amount_is_named_and_the_credit_line_counts():
    here = place(balance=100, hourly_rate=300)
    refusal = refusal_of(here.reserve, at(3, "14:00"), 60)
    assert "还差 ¥200.00" in str(refusal)
    here.account.__class__.objects.update(credit_line=Decimal("200.00"))
    here.reserve(at(3, "14:00"), 60)
    assert "还差 ¥300.00" in str(refusal_of(here.reserve, at(3, "16:00"), 60))


@pytest.mark.parametrize(
    ("start", "minutes", "sentence"),
    [
        (at(3, "14:00"), 0, "结束时间要晚于开始时间。"),
        (at(3, "14:00"), -60, "结束时间要晚于开始时间。"),
        (at(3, "14:00"), 63 * 1440, "一次预约最长 62 天。"),
        (at(1200, "14:00"), 60, "所选日期太远，请检查年份。"),
    ],
)
def test_a_period_no_rule_can_judge_is_refused_as_invalid(start, minutes, sentence):
    here = place()
    refusal = refusal_of(here.reserve, start, minutes)
    assert (refusal.code, refusal.answers[0].sentence) == ("invalid", sentence)
    assert [a.rule for a in queries.check_booking(**here.wish(start, minutes))] == ["period"]


def test_an_instrument_that_was_deleted_is_gone():
    here = place()
    there = catalog.instrument()
    there.delete()
    there.pk = 10**9
    with pytest.raises(Refused, match="该仪器已不存在"):
        here.reserve(at(3, "14:00"), instrument=there)


def test_checking_beforehand_says_the_same_and_writes_nothing():
    here = place(level=0)
    refusal = refusal_of(here.reserve, at(3, "14:10"))
    assert queries.check_booking(**here.wish(at(3, "14:10"))) == refusal.answers
    assert not Reservation.objects.exists()


# ── managers ──


def test_a_manager_books_for_somebody_without_another_review():
    here = place(level=Level.NORMAL)
    made = here.reserve(at(3, "14:00"), actor=here.manager)
    assert (made.status, made.source, made.user) == (S.VALID, "manager", here.user)
    assert [n.user for n in Notification.objects.all()] == [here.user]


def test_nobody_else_books_for_others():
    here = place()
    with pytest.raises(Refused, match="只有仪器管理员可以代他人预约"):
        here.reserve(at(3, "14:00"), actor=another(here))


def test_the_managers_own_level_is_senior():
    here = place()
    here.account.members.create(user=here.manager)
    assert here.reserve(at(3, "14:00"), user=here.manager, actor=here.manager).status == S.VALID


def test_a_manager_waives_a_waivable_rule_with_a_reason():
    here = place(max_minutes=60)
    made = here.reserve(at(3, "14:00"), 120, actor=here.manager, waive={"length": "整夜采集"})
    assert made.waived == [{"rule": "length", "reason": "整夜采集", "by": here.manager.pk, "by_name": "周敏"}]
    record = FlowRecord.objects.get(object_id=made.pk)
    assert (record.comment, record.data["waived"]) == ("整夜采集", made.waived)


def test_only_what_stood_in_the_way_is_recorded_as_waived():
    here = place()
    made = here.reserve(at(3, "14:00"), actor=here.manager, waive={"length": "备用", "grid": "备用"})
    assert made.waived == []


@pytest.mark.parametrize("waive", [{"qualification": "熟人"}, {"grid": "别的"}, {"length": "  "}])
def test_what_is_not_waivable_or_has_no_reason_still_refuses(waive):
    here = place(level=0, max_minutes=60)
    refusal = refusal_of(here.reserve, at(3, "14:00"), 120, actor=here.manager, waive=waive)
    assert [a.rule for a in refusal.standing] == ["qualification", "length"]


def test_nobody_but_a_manager_waives():
    here = place(max_minutes=60)
    with pytest.raises(Refused, match="只有仪器管理员可以豁免规则"):
        here.reserve(at(3, "14:00"), 120, waive={"length": "急"})


def test_administrators_of_the_unit_and_of_the_platform_book_for_others():
    here = place()
    here.reserve(at(3, "8:00"), actor=unit_admin(here.instrument.organization))
    here.reserve(at(3, "9:00"), actor=person(is_staff=True))
    with pytest.raises(Refused):
        here.reserve(at(3, "10:00"), actor=unit_admin(organization()))


# ── how many statements ──


def test_a_booking_takes_four_statements():
    here = place()
    here.reserve(at(3, "8:00"))  # content types are remembered
    with CaptureQueriesContext(connection) as captured:
        here.reserve(at(3, "14:00"), 120)
    written = ["reservations_booking_case", "reservations_take", "audit_flowrecord", "notifications_notification"]
    assert [next((name for name in written if name in sql), sql) for sql in statements(captured)] == written


def test_limits_cost_no_statement_more():
    here = place(person_hours_per_week=100, group_hours_per_month=100)
    here.reserve(at(3, "8:00"))
    with CaptureQueriesContext(connection) as captured:
        here.reserve(at(3, "14:00"), 120)
    assert len(statements(captured)) == 4


def test_a_check_takes_one_statement_when_everything_passes():
    here = place()
    with CaptureQueriesContext(connection) as captured:
        queries.check_booking(**here.wish(at(3, "14:00")))
    assert len(captured) == 1


@pytest.mark.parametrize("name", ["booking_case", "take"])
def test_the_functions_in_the_database_are_those_in_the_source(name):
    source = (Path(services.__file__).parent.parent / "sql" / f"{name}.sql").read_text()
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = %s", [f"reservations_{name}"])
        (body,) = cursor.fetchone()
    assert body.strip() in source
