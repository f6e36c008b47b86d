"""What becomes of a reservation: reviewed, changed, cancelled, used, missed, corrected."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Case, F, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.accounts.models import ReportProfile
from gongyi.catalog.models import Instrument, RunningStatus
from gongyi.kit.when import format_period, format_when
from gongyi.ledger import services as ledger
from gongyi.ledger.models import Transaction
from gongyi.ledger.rules import estimate
from gongyi.reservations import queries
from gongyi.reservations.forms import CancelForm, CheckOutForm, CorrectForm, EditForm, MoveForm, ReasonForm
from gongyi.reservations.models import Occupancy, Qualification, Reservation
from gongyi.reservations.queries.effective import rules_of
from gongyi.reservations.queries.locks import lock_instrument
from gongyi.reservations.rules import (
    MOVING,
    Answer,
    EffectiveRules,
    NotBookable,
    booker,
    evaluate,
    is_manager,
    manager,
    review_needed,
    waived_among,
)
from gongyi.reservations.rules.booking import account as account_rule
from gongyi.reservations.rules.booking import balance as balance_rule
from gongyi.workflow import SYSTEM, Refused, Step, Workflow
from gongyi.workflow.forms import CommentForm

S = Reservation.Status
NO_OVERLAP = "occupancy_never_overlaps"


# ── what must hold ──


def not_yet_lapsed(reservation: Reservation, *, actor: Any) -> Refused | None:
    """The time held for the review has not run out."""
    if reservation.expires_at is None or timezone.now() < reservation.expires_at:
        return None
    sentence = _("保留时间已于 %s 结束，不能再通过。") % format_when(reservation.expires_at)
    return Refused(sentence, code="lapsed", remedy=_("请预约人重新预约。"))


def not_begun(reservation: Reservation, *, actor: Any) -> Refused | None:
    """The booked time has not begun; a manager may still cancel for somebody who did not come."""
    if timezone.now() < reservation.starts_at or is_manager(reservation.instrument, actor):
        return None
    sentence = _("预约已于 %s 开始，不能取消。") % format_when(reservation.starts_at)
    return Refused(sentence, code="begun", remedy=_("请签到使用，或联系仪器管理员取消。"))


def movable(reservation: Reservation, *, actor: Any) -> Refused | None:
    """It has not begun, and for the booker free cancellation has not ended: moving must not be a way round the fee."""
    if timezone.now() >= reservation.starts_at:
        sentence = _("预约已于 %s 开始，不能改期。") % format_when(reservation.starts_at)
        return Refused(sentence, code="begun", remedy=_("请另行预约。"))
    if reservation.status == S.PENDING or is_manager(reservation.instrument, actor):
        return None
    terms = queries.cancellation_terms(reservation, rules=rules_of(reservation))
    if terms.fee and timezone.now() > terms.deadline_at:
        sentence = _("免费取消已于 %s 截止，不能自行改期。") % format_when(terms.deadline_at)
        return Refused(sentence, code="too_late", remedy=_("请联系仪器管理员改期。"))
    return None


def in_check_in_window(reservation: Reservation, *, actor: Any) -> Refused | None:
    """From a few minutes before the start (the instrument's rule) to the end of the booked time."""
    now = timezone.now()
    earliest = reservation.starts_at - timedelta(minutes=rules_of(reservation).early_check_in_minutes)
    if now < earliest:
        return Refused(_("还没有到签到时间。"), code="too_early", remedy=_("%s 起可以签到。") % format_when(earliest))
    if now >= reservation.ends_at:
        sentence = _("预约时段已于 %s 结束，不能再签到。") % format_when(reservation.ends_at)
        return Refused(sentence, code="over", remedy=_("实际用过仪器的，请联系管理员更正。"))
    return None


def instrument_works(reservation: Reservation, *, actor: Any) -> Refused | None:
    """The instrument is neither broken nor scrapped."""
    status = RunningStatus(reservation.instrument.running_status)
    if status not in (RunningStatus.FAULTY, RunningStatus.SCRAPPED):
        return None
    return Refused(_("仪器%s，现在不能使用。") % status.label, code="not_working", remedy=_("请联系仪器管理员。"))


def lapsed(reservation: Reservation, *, actor: Any) -> str | None:
    """The time held for the review has run out."""
    if reservation.expires_at is not None and reservation.expires_at <= timezone.now():
        return None
    return _("保留时间还没有结束。")


def missed(reservation: Reservation, *, actor: Any) -> str | None:
    """Nobody checked in until the instrument's no-show time, or until the end of a shorter booking."""
    late = reservation.starts_at + timedelta(minutes=rules_of(reservation).no_show_after_minutes)
    return None if timezone.now() >= min(late, reservation.ends_at) else _("还没有到记失约的时间。")


def past_its_end(reservation: Reservation, *, actor: Any) -> str | None:
    """The booked time is over."""
    return None if timezone.now() >= reservation.ends_at else _("使用时段还没有结束。")


# ── the process ──


class ReservationFlow(Workflow):
    """A timed booking: held while it is reviewed, valid, used, charged; or cancelled or missed (S0-28 … S0-32).

    Every step first locks the instrument, so that steps, new bookings and closures of one instrument follow one another.
    """

    model = Reservation
    initial = (S.PENDING, S.VALID, S.IN_USE)
    main_path = (S.PENDING, S.VALID, S.IN_USE, S.COMPLETED)
    related = ("instrument", "user", "account")

    approve = Step(
        gettext_lazy("通过"),
        S.PENDING,
        S.VALID,
        by=manager,
        form=CommentForm,
        needs=not_yet_lapsed,
        tell=booker,
        tone="success",
    )
    reject = Step(gettext_lazy("驳回"), S.PENDING, S.REJECTED, by=manager, form=ReasonForm, tell=booker, tone="danger")
    check_in = Step(
        gettext_lazy("签到"),
        S.VALID,
        S.IN_USE,
        by=booker | manager,
        needs=(in_check_in_window, instrument_works),
        tone="success",
    )
    check_out = Step(
        gettext_lazy("签退"), S.IN_USE, S.COMPLETED, by=booker | manager, form=CheckOutForm, tell=booker, tone="success"
    )
    edit = Step(gettext_lazy("修改"), S.PENDING, by=booker, form=EditForm)
    move = Step(
        gettext_lazy("改期"), (S.PENDING, S.VALID), by=booker | manager, form=MoveForm, needs=movable, tell=booker
    )
    cancel = Step(
        gettext_lazy("取消预约"), (S.PENDING, S.VALID), S.CANCELLED, by=booker | manager, form=CancelForm, needs=not_begun,
        tell=booker | manager, tone="danger",
    )  # fmt: skip
    correct = Step(
        gettext_lazy("更正"), (S.IN_USE, S.COMPLETED, S.NO_SHOW), S.COMPLETED, by=manager, form=CorrectForm, tell=booker
    )
    resubmit = Step(gettext_lazy("重新送审"), S.VALID, S.PENDING, by=SYSTEM, tell=manager)
    expire = Step(gettext_lazy("过期"), S.PENDING, S.CANCELLED, by=SYSTEM, needs=lapsed, tell=booker | manager)
    miss = Step(gettext_lazy("记失约"), S.VALID, S.NO_SHOW, by=SYSTEM, needs=missed, tell=booker | manager)
    take_over = Step(
        gettext_lazy("自动签退"), S.IN_USE, S.COMPLETED, by=SYSTEM, needs=past_its_end, tell=booker | manager
    )

    @classmethod
    def _lock(cls, obj: Any) -> Any:
        lock_instrument(obj.instrument_id)
        return super()._lock(obj)

    @classmethod
    def message(cls, obj: Any, label: Any, actor: Any, comment: str) -> tuple[str, str]:
        """`扫描电镜 11-24 周二 14:00–16:00：有效`."""
        when = format_period(obj.starts_at, obj.ends_at, full=False)
        title = f"{obj.instrument} {when}：{cls.status_label(obj.status)}"
        body = f"{actor or SYSTEM.label}：{label}（{obj.number}）"
        return title, f"{body}。{comment}" if comment else body


@ReservationFlow.approve.does
def make_it_valid(reservation: Reservation, *, actor: Any, **data: Any) -> None:
    """Approve what may still be used: the instrument works, and the account is in order."""
    if refusal := instrument_works(reservation, actor=actor):
        raise refusal
    account = reservation.account
    if account is not None and account.status != account.Status.ACTIVE:
        raise Refused(
            _("付款账户「%s」已冻结或停用，不能通过。") % account, code="account", remedy=_("请预约人换一个付款账户。")
        )
    reservation.expires_at = None


@ReservationFlow.reject.does
def give_everything_back(reservation: Reservation, *, actor: Any, **data: Any) -> None:
    _give_back_money(reservation, actor)
    _give_back_time(reservation)


@ReservationFlow.cancel.does
def cancel_it(reservation: Reservation, *, actor: Any, free_of_charge: bool = False, **data: Any) -> dict[str, Any]:
    """Give the time back, and the money less the fee; only the booker ever pays one (a closure or a manager is not their fault)."""
    free = free_of_charge or actor.pk != reservation.user_id
    terms = queries.cancellation_terms(reservation, free=free, rules=rules_of(reservation))
    _charge_or_give_back(reservation, terms.fee, actor)
    _give_back_time(reservation)
    return {"fee": str(terms.fee)}


@ReservationFlow.expire.does
def let_go(reservation: Reservation, *, actor: Any, **data: Any) -> None:
    _give_back_money(reservation, actor)
    _give_back_time(reservation)


@ReservationFlow.miss.does
def charge_the_no_show(reservation: Reservation, *, actor: Any, **data: Any) -> dict[str, Any]:
    """Not coming costs what a late cancellation costs; what is left of the time is free for others."""
    fee = queries.late_fee(reservation, rules_of(reservation))
    _charge_or_give_back(reservation, fee, actor)
    _give_back_time(reservation)
    return {"fee": str(fee)}


@ReservationFlow.edit.does
def change_the_form(reservation: Reservation, *, actor: Any, **data: Any) -> None:
    """Purpose, samples and reporting information; another account is asked the money rules and held anew."""
    reservation.purpose = data.get("purpose", reservation.purpose)
    reservation.sample_notes = data.get("sample_notes", reservation.sample_notes)
    report_fields = set(ReportProfile.FIELDS) & data.keys()
    reservation.report = reservation.report | {name: data[name] for name in report_fields}
    account = data.get("account")
    if account is None or account.pk == reservation.account_id:
        return
    case = queries.load_case(
        instrument=reservation.instrument, user=reservation.user, starts_at=reservation.starts_at,
        ends_at=reservation.ends_at, account=account, actor=actor, moving=reservation,
    )  # fmt: skip
    waived_among(evaluate(case.booking, (account_rule, balance_rule)), {}, actor)
    ledger.release(source=reservation.source_key, actor=actor)
    reservation.account, reservation.payment_no = account, reservation.payment_no + 1
    reservation.tier, reservation.price = case.tier, case.terms
    reservation.estimate = case.booking.estimate
    ledger.hold(account=account, amount=reservation.estimate, source=reservation.source_key, actor=actor)


@ReservationFlow.move.does
def take_the_other_time(
    reservation: Reservation, *, actor: Any, starts_at: datetime, ends_at: datetime, waive_reason: str = "", **data: Any
) -> dict[str, Any]:
    """One UPDATE of the row that holds the time, after every rule was asked about the new one; the hold follows."""
    if answer := queries.impossible_period(starts_at, ends_at):
        raise NotBookable([answer])
    case = queries.load_case(
        instrument=reservation.instrument, user=reservation.user, starts_at=starts_at, ends_at=ends_at,
        account=reservation.account, actor=actor, moving=reservation,
    )  # fmt: skip
    answers = queries.answers_of(case, reservation.instrument, MOVING, reservation)
    waive = {answer.rule: waive_reason for answer in answers} if waive_reason and case.actor_manages else {}
    waived = waived_among(answers, waive, actor)
    before = format_period(reservation.starts_at, reservation.ends_at)
    during = held_range(starts_at, ends_at, case.booking.rules.before, case.booking.rules.after)
    try:
        with transaction.atomic():
            Occupancy.objects.filter(reservation=reservation).update(during=during)
    except IntegrityError as error:
        raise taken_meanwhile(error, case, reservation.instrument, reservation) from error
    reservation.starts_at, reservation.ends_at = starts_at, ends_at
    reservation.waived = reservation.waived + waived
    if reservation.account is not None:
        reservation.tier, reservation.price = case.tier, case.terms
        reservation.estimate = case.booking.estimate
        ledger.rehold(source=reservation.source_key, amount=reservation.estimate, actor=actor)
    if reservation.status == S.PENDING and reservation.expires_at is not None:
        reservation.expires_at = min(reservation.expires_at, starts_at)
    return {"from": before, "to": format_period(starts_at, ends_at), "waived": waived}


@ReservationFlow.move.then
def review_the_new_time(reservation: Reservation, *, actor: Any, **data: Any) -> None:
    """What needed a review still needs one at another time, unless the reviewer moved it."""
    if reservation.status != S.VALID or is_manager(reservation.instrument, actor):
        return
    level = queries.qualification_levels(reservation.user, [reservation.instrument])[reservation.instrument_id]
    if review_needed(rules_of(reservation), level):
        ReservationFlow.fire(reservation, "resubmit", actor=SYSTEM)


@ReservationFlow.resubmit.does
def hold_for_the_review(reservation: Reservation, *, actor: Any, **data: Any) -> None:
    reservation.expires_at = expiry(rules_of(reservation), reservation.starts_at)


@ReservationFlow.check_in.does
def begin(reservation: Reservation, *, actor: Any, **data: Any) -> None:
    """The use begins. Whoever still sits there past their end is checked out; within their time they are not."""
    now = timezone.now()
    _refuse_without_level(reservation)
    running = Reservation.objects.filter(instrument=reservation.instrument_id, status=S.IN_USE).first()
    if running is not None:
        if running.ends_at > now:
            raise Refused(
                _("仪器正在使用，时段到 %s 结束。") % format_when(running.ends_at),
                code="in_use",
                remedy=_("请等上一位使用者签退，或届时再签到。"),
            )
        ReservationFlow.fire(running, "take_over", actor=SYSTEM)
    reservation.started_at = now
    Instrument.objects.filter(pk=reservation.instrument_id).update(running_status=RunningStatus.IN_USE)


@ReservationFlow.check_out.does
def end(reservation: Reservation, *, actor: Any, feedback: str = "", **data: Any) -> dict[str, Any]:
    reservation.feedback = feedback
    return _finish(reservation, timezone.now(), actor)


@ReservationFlow.take_over.does
def end_for_the_next(reservation: Reservation, *, actor: Any, **data: Any) -> dict[str, Any]:
    return _finish(reservation, timezone.now(), actor)


@ReservationFlow.correct.does
def correct_the_use(
    reservation: Reservation, *, actor: Any, started_at: datetime, ended_at: datetime, reason: str, **data: Any
) -> dict[str, Any]:
    """What really happened, with the reason: the charge follows; a no-show that was there after all becomes a use."""
    if not started_at < ended_at <= timezone.now():
        raise Refused(_("实际结束要晚于实际开始，且不能在将来。"), code="invalid")
    before = {
        "started_at": reservation.started_at,
        "ended_at": reservation.ended_at,
        "charged": str(reservation.charged),
    }
    was = reservation.status
    reservation.started_at, reservation.corrected_at = started_at, timezone.now()
    if was == S.IN_USE:
        facts = _finish(reservation, ended_at, actor)
    else:
        reservation.ended_at = ended_at
        reservation.charged = _cost(reservation)
        if reservation.account is not None:
            ledger.correct(source=reservation.source_key, amount=reservation.charged, actor=actor, reason=reason)
        if was == S.NO_SHOW:
            Instrument.objects.filter(pk=reservation.instrument_id).update(service_count=F("service_count") + 1)
        facts = {"charged": str(reservation.charged)}
    return facts | {"before": before}


# ── shared by effects and services ──


def expiry(rules: EffectiveRules, starts_at: datetime) -> datetime:
    """Until when a pending booking holds its time: never beyond its own start."""
    return min(timezone.now() + timedelta(minutes=rules.pending_expires_minutes), starts_at)


def held_range(starts_at: datetime, ends_at: datetime, before: timedelta, after: timedelta) -> DateTimeTZRange:
    return DateTimeTZRange(starts_at - before, ends_at + after)


def taken_meanwhile(
    error: IntegrityError, case: queries.Case, instrument: Instrument, moving: Reservation | None = None
) -> Exception:
    """The refusal with the nearest alternative, when the database says that the time is taken; any other error as it is."""
    if getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") != NO_OVERLAP:
        return error
    booking = case.booking
    nearest = queries.nearest_free(instrument, booking.length, booking.starts_at, rules=booking.rules, leaving=moving)
    remedy = _("最近空闲：%s。") % format_period(*nearest, full=False) if nearest else _("请换一个时段。")
    answer = Answer("free", _("时段冲突"), "fail", _("已被占用"), _("这个时段刚刚被别人约走了。"), remedy)
    return NotBookable([answer], code="taken")


def _refuse_without_level(reservation: Reservation) -> None:
    """Whoever lost the level since they booked may not begin."""
    levels = queries.qualification_levels(reservation.user, [reservation.instrument])
    if levels[reservation.instrument_id] == Qualification.Level.NONE:
        raise Refused(
            _("预约人现在没有这台仪器的使用资格，不能签到。"), code="qualification", remedy=_("请联系仪器管理员授权。")
        )


def _finish(reservation: Reservation, ended_at: datetime, actor: Any) -> dict[str, Any]:
    """End a use: charge what it cost, give back the time that is left, and count the service."""
    started_at = reservation.started_at or reservation.starts_at
    reservation.started_at, reservation.ended_at = started_at, max(ended_at, started_at)
    reservation.charged = _cost(reservation)
    if reservation.account is not None:
        ledger.capture(source=reservation.source_key, amount=reservation.charged, actor=actor)
    _trim_time(reservation, reservation.ended_at)
    working_again = When(running_status=RunningStatus.IN_USE, then=Value(RunningStatus.ONLINE))
    Instrument.objects.filter(pk=reservation.instrument_id).update(
        service_count=F("service_count") + 1, running_status=Case(working_again, default="running_status")
    )
    return {"minutes": reservation.used_minutes, "charged": str(reservation.charged)}


def _cost(reservation: Reservation) -> Decimal:
    """What the actual minutes cost at the price of the booking."""
    price = reservation.price
    return estimate(price, reservation.used_minutes, int(price.get("minimum_bill_minutes") or 0)).total


def _trim_time(reservation: Reservation, ended_at: datetime) -> None:
    """Let go of the booked time after `ended_at`, its buffer aside."""
    held = Occupancy.objects.filter(reservation=reservation, holds=True).first()
    if held is None or ended_at >= reservation.ends_at:
        return
    upper = ended_at + (held.during.upper - reservation.ends_at)
    if upper <= held.during.lower:
        _give_back_time(reservation)
    else:
        Occupancy.objects.filter(pk=held.pk).update(during=DateTimeTZRange(held.during.lower, upper))


def _give_back_time(reservation: Reservation) -> None:
    Occupancy.objects.filter(reservation=reservation).update(holds=False)


def _give_back_money(reservation: Reservation, actor: Any) -> None:
    if reservation.account is not None:
        ledger.release(source=reservation.source_key, actor=actor)


def _charge_or_give_back(reservation: Reservation, fee: Decimal, actor: Any) -> None:
    """Charge the fee, zero included: a capture, unlike a release, can be corrected later."""
    reservation.charged = fee
    if reservation.account is not None:
        ledger.capture(source=reservation.source_key, amount=fee, actor=actor, kind=Transaction.Kind.CANCELLATION_FEE)
