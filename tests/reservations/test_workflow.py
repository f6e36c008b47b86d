"""The process of a reservation: what is offered to whom, then each effect and each refusal."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from gongyi.audit.models import FlowRecord
from gongyi.catalog.models import Instrument
from gongyi.ledger.models import PaymentAccount, Transaction
from gongyi.notifications.models import Notification
from gongyi.reservations import queries
from gongyi.reservations.forms import CancelForm, EditForm, MoveForm
from gongyi.reservations.models import Occupancy, Reservation
from gongyi.reservations.services import NotBookable
from gongyi.reservations.workflow import ReservationFlow
from gongyi.workflow import Refused
from tests.factories import ledger
from tests.factories.accounts import person
from tests.factories.organizations import unit_admin
from tests.factories.reservations import another, at, place, reservation, rules

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


# ── who is offered what ──

BOOKER = {
    "pending": ["edit", "move", "cancel"],
    "valid": ["check_in", "move", "cancel"],
    "in_use": ["check_out"],
}
MANAGER = {
    "pending": ["approve", "reject", "move", "cancel"],
    "valid": ["check_in", "move", "cancel"],
    "in_use": ["check_out", "correct"],
    "completed": ["correct"],
    "no_show": ["correct"],
}
OFFERED = {
    "booker": BOOKER,
    "manager": MANAGER,
    "unit_admin": MANAGER,
    "platform_admin": MANAGER,
    "group_leader": {},
    "stranger": {},
}


@pytest.mark.parametrize("status", S.values)
def test_what_is_offered_to_whom(here, booked, status):
    row = booked(status)
    people = {
        "booker": here.user,
        "manager": here.manager,
        "unit_admin": unit_admin(here.instrument.organization),
        "platform_admin": person(is_staff=True),
        "group_leader": here.account.leader,
        "stranger": another(here),
    }
    offered = {role: [offer.step.name for offer in ReservationFlow.offered(row, user)] for role, user in people.items()}
    assert offered == {role: table.get(status, []) for role, table in OFFERED.items()}


def test_the_clock_is_offered_nothing_and_people_may_not_act_as_the_clock(here, booked):
    row = booked("pending")
    assert ReservationFlow.offered(row, None) == []
    assert "只有系统可以过期" in str(refused(row, "expire", here.manager))


# ── review ──


def test_approving_makes_it_valid_and_tells_the_booker(here, booked, set_clock):
    row = booked("pending")
    set_clock(START - timedelta(hours=20))
    Notification.objects.all().delete()
    fire(row, "approve", actor=here.manager, comment="请提前预冷")
    assert (row.status, row.expires_at) == (S.VALID, None)
    assert told() == [here.user]
    assert Notification.objects.get().body.endswith("请提前预冷")
    assert money(here.account) == (Decimal("9400.00"), Decimal("600.00"))
    assert FlowRecord.objects.filter(object_id=row.pk).last().step == "approve"


def test_what_lapsed_cannot_be_approved(here, booked, set_clock):
    row = booked("pending")
    set_clock(row.expires_at - timedelta(seconds=1))
    assert ReservationFlow.offered(row, here.manager)[0].refusal is None
    set_clock(row.expires_at)
    assert "不能再通过" in str(refused(row, "approve", here.manager))


def test_a_broken_instrument_or_frozen_account_stops_the_approval(here, booked, set_clock):
    row = booked("pending")
    set_clock(START - timedelta(hours=20))
    PaymentAccount.objects.update(status="frozen")
    assert "已冻结或停用" in str(refused(row, "approve", here.manager))
    PaymentAccount.objects.update(status="active")
    Instrument.objects.update(running_status="faulty")
    assert "仪器故障" in str(refused(row, "approve", here.manager))


def test_rejecting_gives_time_and_money_back_with_the_reason(here, booked, set_clock):
    row = booked("pending")
    set_clock(START - timedelta(hours=20))
    assert "请填写「原因」" in str(refused(row, "reject", here.manager))
    fire(row, "reject", actor=here.manager, reason="样品有磁性")
    assert row.status == S.REJECTED
    assert not Occupancy.objects.get().holds
    assert money(here.account) == (Decimal("10000.00"), Decimal("0.00"))
    assert FlowRecord.objects.filter(object_id=row.pk).last().comment == "样品有磁性"


def test_the_booker_does_not_review_their_own(here, booked):
    assert "只有仪器管理员可以通过" in str(refused(booked("pending"), "approve", here.user))


# ── editing ──


def test_a_pending_booking_can_be_completed(here, booked):
    row = booked("pending")
    fire(
        row,
        "edit",
        actor=here.user,
        purpose="颗粒统计",
        sample_notes="5 份",
        project_no="52371001",
        service_purpose="135",
    )
    row.refresh_from_db()
    assert (row.purpose, row.sample_notes, row.status) == ("颗粒统计", "5 份", S.PENDING)
    assert row.report == {"project_no": "52371001", "service_purpose": "135"}


def test_another_account_is_held_instead(here, booked):
    row = booked("pending")
    other = ledger.payment_account("另一课题组", unit=here.instrument.organization, members=(here.user,), balance=1000)
    fire(row, "edit", actor=here.user, account=other)
    assert row.account == other
    assert money(here.account) == (Decimal("10000.00"), Decimal("0.00"))
    assert money(other) == (Decimal("400.00"), Decimal("600.00"))
    fire(row, "edit", actor=here.user, account=here.account)
    assert money(other) == (Decimal("1000.00"), Decimal("0.00"))
    assert money(here.account) == (Decimal("9400.00"), Decimal("600.00"))


def test_another_account_must_be_able_to_pay(here, booked):
    row = booked("pending")
    poor = ledger.payment_account("穷课题组", unit=here.instrument.organization, members=(here.user,), balance=100)
    with pytest.raises(NotBookable, match="还差 ¥500.00"), transaction.atomic():
        fire(row, "edit", actor=here.user, account=poor)
    foreign = ledger.payment_account("别人的课题组", unit=here.instrument.organization, balance=1000)
    with pytest.raises(NotBookable, match="您不是所选付款账户课题组的成员"), transaction.atomic():
        fire(row, "edit", actor=here.user, account=foreign)
    assert money(here.account) == (Decimal("9400.00"), Decimal("600.00"))


def test_the_edit_form_starts_with_what_stands_and_offers_usable_accounts(here, booked):
    row = booked("pending")
    row.report = {"project_no": "1"}
    foreign = ledger.payment_account(unit=here.instrument.organization)
    form = EditForm(obj=row, actor=here.user)
    assert (form.initial["project_no"], form.initial["account"]) == ("1", here.account.pk)
    assert list(form.fields["account"].queryset) == [here.account]
    assert foreign not in form.fields["account"].queryset
    full = EditForm({"purpose": "新", "subject_codes": ["430"], "project_name": "甲"}, obj=row, actor=here.user)
    assert full.is_valid(), full.errors
    assert full.cleaned_data["subject_codes"] == ["430"]


# ── moving ──


def test_moving_updates_the_same_row_that_holds_the_time(here, booked, set_clock):
    row = booked("valid")
    held = Occupancy.objects.get()
    set_clock(START - timedelta(days=2))
    fire(row, "move", actor=here.user, starts_at=at(4, "8:00"), ends_at=at(4, "11:00"))
    row.refresh_from_db()
    moved = Occupancy.objects.get()
    assert (moved.pk, moved.during.lower, moved.during.upper) == (held.pk, at(4, "8:00"), at(4, "11:00"))
    assert (row.starts_at, row.estimate, row.status) == (at(4, "8:00"), Decimal("900.00"), S.VALID)
    assert money(here.account) == (Decimal("9100.00"), Decimal("900.00"))


def test_moving_a_little_does_not_collide_with_itself(here, booked, set_clock):
    row = booked("valid")
    set_clock(START - timedelta(days=2))
    fire(row, "move", actor=here.user, starts_at=START + timedelta(hours=1), ends_at=END + timedelta(hours=1))
    assert row.starts_at == START + timedelta(hours=1)


def test_moving_asks_every_rule_again(here, booked, set_clock):
    row = booked("valid")
    set_clock(START - timedelta(days=2))
    here.reserve(at(4, "8:00"))
    with pytest.raises(NotBookable) as caught, transaction.atomic():
        fire(row, "move", actor=here.user, starts_at=at(4, "8:10"), ends_at=at(4, "9:00"))
    assert [answer.rule for answer in caught.value.standing] == ["free", "grid"]
    with pytest.raises(NotBookable, match="结束时间要晚于开始时间"):
        fire(row, "move", actor=here.user, starts_at=at(4, "8:00"), ends_at=at(4, "8:00"))
    row.refresh_from_db()
    assert (row.starts_at, Occupancy.objects.get(reservation=row).during.lower) == (START, START)


def test_moving_to_a_longer_time_needs_the_money_for_the_difference_only(monkeypatch, set_clock):
    here = place(balance=600)
    row = reservation(monkeypatch, here, "valid", START)
    set_clock(START - timedelta(days=2))
    fire(row, "move", actor=here.user, starts_at=at(4, "8:00"), ends_at=at(4, "10:00"))
    assert "还差 ¥300.00" in str(refused(row, "move", here.user, starts_at=at(4, "8:00"), ends_at=at(4, "11:00")))


def test_after_free_cancellation_the_booker_cannot_move_but_the_manager_can(here, booked, set_clock):
    row = booked("valid")
    target = {"starts_at": at(4, "8:00"), "ends_at": at(4, "10:00")}
    set_clock(START - timedelta(hours=24))
    assert ReservationFlow.refusal(row, ReservationFlow.move, here.user) is None  # exactly at the deadline
    set_clock(START - timedelta(hours=24) + timedelta(seconds=1))
    assert "不能自行改期。请联系仪器管理员改期。" in str(refused(row, "move", here.user, **target))
    fire(row, "move", actor=here.manager, **target)
    assert told()[-1] == here.user


def test_what_has_begun_cannot_be_moved(here, booked, set_clock):
    row = booked("valid")
    set_clock(START)
    assert "不能改期" in str(refused(row, "move", here.manager, starts_at=at(4, "8:00"), ends_at=at(4, "9:00")))


def test_a_manager_waives_rules_when_moving_with_a_reason(here, booked, set_clock):
    row = booked("valid")
    set_clock(START - timedelta(days=2))
    long = {"starts_at": at(4, "8:00"), "ends_at": at(4, "20:00")}
    assert "单次预约最长" in str(refused(row, "move", here.manager, **long))
    assert "单次预约最长" in str(refused(row, "move", here.user, **long, waive_reason="我想"))
    fire(row, "move", actor=here.manager, **long, waive_reason="整夜采集")
    assert [(w["rule"], w["reason"]) for w in row.waived] == [("length", "整夜采集")]


def test_another_time_needs_another_review_unless_the_manager_moved_it(here, booked, set_clock):
    row = booked("pending")
    set_clock(START - timedelta(hours=25))
    fire(row, "approve", actor=here.manager)
    rules(here.instrument, review_senior=True)
    fire(row, "move", actor=here.manager, starts_at=at(4, "8:00"), ends_at=at(4, "10:00"))
    assert row.status == S.VALID
    fire(row, "move", actor=here.user, starts_at=at(5, "8:00"), ends_at=at(5, "10:00"))
    assert row.status == S.PENDING
    row.refresh_from_db()
    assert (row.status, row.starts_at) == (S.PENDING, at(5, "8:00"))
    assert row.expires_at is not None
    assert told()[-1] == here.manager
    assert [r.step for r in FlowRecord.objects.filter(object_id=row.pk)] == ["", "approve", "move", "move", "resubmit"]


def test_a_pending_booking_moved_forward_lapses_at_its_new_start_at_the_latest(here, booked, set_clock):
    row = booked("pending")
    set_clock(START - timedelta(days=1, hours=20))
    new = START - timedelta(days=1)
    fire(row, "move", actor=here.user, starts_at=new, ends_at=new + timedelta(hours=1))
    assert row.expires_at == new


def test_the_move_form_refuses_an_end_before_the_start(here, booked):
    row = booked("valid")
    form = MoveForm({"starts_at": "2026-11-24 10:00", "ends_at": "2026-11-24 10:00"}, obj=row, actor=here.user)
    assert form.errors == {"ends_at": ["结束时间要晚于开始时间。"]}
    assert MoveForm(obj=row, actor=here.user).initial == {"starts_at": START, "ends_at": END}


# ── cancelling ──


@pytest.mark.parametrize(
    ("before", "fee"),
    [
        (timedelta(hours=24), "0.00"),
        (timedelta(hours=24) - timedelta(seconds=1), "300.00"),
        (timedelta(seconds=1), "300.00"),
    ],
)
def test_cancelling_is_free_until_the_deadline_and_costs_half_after_it(here, booked, set_clock, before, fee):
    row = booked("valid")
    set_clock(START - before)
    fire(row, "cancel", actor=here.user)
    row.refresh_from_db()
    assert (row.status, row.charged) == (S.CANCELLED, Decimal(fee))
    assert money(here.account) == (Decimal(10000) - Decimal(fee), Decimal("0.00"))
    assert not Occupancy.objects.get().holds
    fees = Transaction.objects.filter(kind=Transaction.Kind.CANCELLATION_FEE)
    assert fees.count() == (1 if Decimal(fee) else 0)


def test_the_terms_are_said_before_anybody_confirms(here, booked, set_clock):
    row = booked("valid")
    set_clock(START - timedelta(hours=25))
    assert "前取消不收费" in CancelForm(obj=row, actor=here.user).terms.sentence
    set_clock(START - timedelta(hours=3))
    form = CancelForm(obj=row, actor=here.user)
    assert form.terms.fee == Decimal("300.00")
    assert "现在取消收取预估费用的 50%，即 ¥300.00。" in form.fields["reason"].help_text
    assert CancelForm(obj=row, actor=here.manager).terms.fee == 0


def test_a_pending_booking_is_always_cancelled_free(here, booked, set_clock):
    row = booked("pending")
    set_clock(START - timedelta(minutes=5))
    fire(row, "cancel", actor=here.user)
    assert money(here.account) == (Decimal("10000.00"), Decimal("0.00"))


def test_a_manager_cancels_without_fee_but_with_a_reason(here, booked, set_clock):
    row = booked("valid")
    set_clock(START - timedelta(hours=1))
    form = CancelForm({}, obj=row, actor=here.manager)
    assert form.errors == {"reason": ["请填写这一项。"]}
    Notification.objects.all().delete()
    fire(row, "cancel", actor=here.manager, reason="灯丝更换")
    assert money(here.account) == (Decimal("10000.00"), Decimal("0.00"))
    assert told() == [here.user]


def test_what_has_begun_is_cancelled_by_managers_only(here, booked, set_clock):
    row = booked("valid")
    set_clock(START)
    assert "请签到使用，或联系仪器管理员取消。" in str(refused(row, "cancel", here.user))
    fire(row, "cancel", actor=here.manager, reason="人未到")
    assert row.status == S.CANCELLED


def test_a_rule_of_no_fee_makes_late_cancellation_free(monkeypatch, set_clock):
    here = place(late_cancel_percent=0)
    row = reservation(monkeypatch, here, "valid", START)
    set_clock(START - timedelta(hours=1))
    fire(row, "cancel", actor=here.user)
    assert row.charged == 0


# ── for everybody ──


def test_messages_name_instrument_time_and_status(here, booked, set_clock):
    row = booked("pending")
    set_clock(START - timedelta(hours=20))
    fire(row, "approve", actor=here.manager)
    title = Notification.objects.first().title
    assert title.startswith("场发射透射电子显微镜 ")
    assert title.endswith("10:00–12:00：有效")
    assert Notification.objects.first().url == row.get_absolute_url()


def test_who_is_seen(here, booked):
    row = booked("valid")
    seen = {
        "booker": here.user, "manager": here.manager, "leader": here.account.leader,
        "unit_admin": unit_admin(here.instrument.organization), "platform": person(is_staff=True), "stranger": another(here),
    }  # fmt: skip
    visible = {role: Reservation.objects.visible_to(user).filter(pk=row.pk).exists() for role, user in seen.items()}
    assert visible == {role: role != "stranger" for role in seen}


def test_lists_that_offer_steps_read_the_rules_once(here, booked, django_assert_num_queries):
    for day in range(3):
        here.reserve(at(5 + day, "8:00"))
    rows = queries.with_rules(Reservation.objects.select_related("instrument"))
    with django_assert_num_queries(2):  # what the manager manages
        for row in rows:
            ReservationFlow.offered(row, here.manager)
