"""Taking time on an instrument: a booking ahead, or a use that begins on the spot."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.accounts.models import ReportProfile
from gongyi.catalog.models import Instrument, RunningStatus
from gongyi.ledger import services as ledger
from gongyi.notifications.services import notify
from gongyi.reservations import queries
from gongyi.reservations.models import Reservation
from gongyi.reservations.queries.locks import lock_instrument
from gongyi.reservations.rules import WALK_UP, NotBookable, evaluate, manager, open_spans, waived_among
from gongyi.reservations.rules.time import local_date
from gongyi.reservations.workflow import ReservationFlow, expiry, taken_meanwhile
from gongyi.workflow import Refused

_GIVEN = [field for field in Reservation._meta.concrete_fields if field.name not in ("id", "number")]
_TAKE = "SELECT * FROM reservations_take(%s::json, %s, %s, %s, %s)"
Source = Reservation.Source
Status = Reservation.Status


def reserve(
    *,
    instrument: Instrument,
    user: Any,
    starts_at: datetime,
    ends_at: datetime,
    account: queries.Account,
    actor: Any,
    purpose: str = "",
    sample_notes: str = "",
    report: dict[str, Any] | None = None,
    source: str = Source.WEB,
    waive: Mapping[str, str] | None = None,
) -> Reservation:
    """Book `instrument` for `user` from `starts_at` to `ends_at`, paid by `account` (None only where nothing is charged;
    `queries.DefaultAccount.CHOSEN`: the one they pay with at the owning unit). Of `instrument` only the key has to be known.

    All or nothing in one transaction: every rule is asked under the instrument's lock, then the time is taken, buffers
    included, the estimate is held on the account, the record written and people told. The reservation is 待审核 where the
    level needs a review (managers are told), else 有效 (the person is told). What `report` leaves out is taken from the
    person's reporting information (S0-64, S0-65). Raises `NotBookable` with every rule's answer; somebody else's booking is
    made by managers only, who may also `waive` waivable rules: {rule: reason}.
    """
    if answer := queries.impossible_period(starts_at, ends_at):
        raise NotBookable([answer], code="invalid")
    try:
        with transaction.atomic():
            case = queries.load_case(
                instrument=instrument, user=user, starts_at=starts_at, ends_at=ends_at, account=account, actor=actor,
                lock=True,
            )  # fmt: skip
            _may_book_for(case, user, actor, waive)
            answers = evaluate(case.booking)
            waived = waived_among(answers, waive or {}, actor)
            pending = any(answer.state == "wait" for answer in answers) and not any(
                w["rule"] == "review" for w in waived
            )
            reservation = Reservation(
                instrument=instrument,
                user=user,
                account=case.account,
                status=Status.PENDING if pending else Status.VALID,
                source=Source.MANAGER if source == Source.WEB and actor.pk != user.pk else source,
                starts_at=starts_at,
                ends_at=ends_at,
                purpose=purpose,
                sample_notes=sample_notes,
                report=reported(case, report),
                tier=case.tier,
                price=case.terms,
                estimate=case.booking.estimate,
                waived=waived,
                expires_at=expiry(case.booking.rules, starts_at) if pending else None,
            )
            _take(reservation, case)
            _record(reservation, actor, waived)
    except NotBookable:
        # The remedies are looked up now that the lock is free: whoever else wants the instrument need not wait for them.
        waived_among(queries.answers_of(case, instrument), waive or {}, actor)
        raise
    except IntegrityError as error:
        raise taken_meanwhile(error, case, instrument) from error
    return reservation


def walk_up(
    *,
    instrument: Instrument,
    user: Any,
    account: queries.Account,
    actor: Any,
    minutes: int | None = None,
    purpose: str = "",
    report: dict[str, Any] | None = None,
) -> Reservation:
    """Begin a use now, without a booking, for `minutes` or as long as the time is free; the reservation is 使用中 at once.

    Asks the rules that make sense on the spot: level, blacklist, opening hours, closures, free time, limits, account and
    balance; not notice, grid or review. Refuses while somebody uses the instrument.
    """
    try:
        with transaction.atomic():
            lock_instrument(instrument.pk)
            now = timezone.now()
            ends_at = now + timedelta(minutes=minutes) if minutes else _until(instrument, now)
            if answer := queries.impossible_period(now, ends_at, now):
                raise NotBookable([answer], code="invalid")
            case = queries.load_case(
                instrument=instrument,
                user=user,
                starts_at=now,
                ends_at=ends_at,
                account=account,
                actor=actor,
                now=now,
                lock=True,
            )
            _may_book_for(case, user, actor, None)
            waived_among(queries.answers_of(case, instrument, WALK_UP), {}, actor)
            reservation = Reservation(
                instrument=instrument,
                user=user,
                account=case.account,
                status=Status.IN_USE,
                source=Source.WALK_UP,
                starts_at=now,
                ends_at=ends_at,
                started_at=now,
                purpose=purpose,
                report=reported(case, report),
                tier=case.tier,
                price=case.terms,
                estimate=case.booking.estimate,
            )
            _take(reservation, case)
            Instrument.objects.filter(pk=instrument.pk).update(running_status=RunningStatus.IN_USE)
            ReservationFlow.opened(reservation, _("现场使用"), actor=actor, tell=manager)
    except IntegrityError as error:
        raise taken_meanwhile(error, case, instrument) from error
    return reservation


def reported(case: queries.Case, given: dict[str, Any] | None) -> dict[str, Any]:
    """The reporting information of a booking: the person's own, and what was said for this one (S0-64, S0-65)."""
    return {name: case.profile[name] for name in ReportProfile.FIELDS if case.profile} | (given or {})


def _until(instrument: Instrument, now: datetime) -> datetime:
    """The longest a use beginning now may last: to the next booking, the end of the open time, or the longest booking."""
    rules = queries.effective_rules(instrument)
    longest = now + timedelta(minutes=rules.max_minutes)
    open_now = next(
        (s for s in open_spans(rules.opening_hours, local_date(now), local_date(longest)) if s[0] <= now < s[1]), None
    )
    limits = [longest] + ([open_now[1]] if open_now else [])
    next_held = queries.held([instrument.pk], now, longest + rules.after)[instrument.pk]
    limits += [span[0] - rules.after for _kind, span in next_held if span[0] > now]
    return max(min(limits), now + timedelta(minutes=1))


def _may_book_for(case: queries.Case, user: Any, actor: Any, waive: Mapping[str, str] | None) -> None:
    if case.actor_manages:
        return
    if actor.pk != user.pk:
        raise Refused(_("只有仪器管理员可以代他人预约。"), code="not_allowed", remedy=_("请本人预约，或请管理员代办。"))
    if waive:
        raise Refused(_("只有仪器管理员可以豁免规则。"), code="not_allowed", remedy=_("请联系仪器管理员代为预约。"))


def _take(reservation: Reservation, case: queries.Case) -> None:
    """Write the reservation, the time it holds (buffers included) and the money it sets aside, in one statement.

    The database refuses a time that overlaps; the ledger says what it refuses.
    """
    rules, now = case.booking.rules, timezone.now()
    reservation.created_at = now
    given = json.dumps({field.column: getattr(reservation, field.attname) for field in _GIVEN}, default=str)
    with connection.cursor() as cursor:
        held = (reservation.starts_at - rules.before, reservation.ends_at + rules.after)
        cursor.execute(_TAKE, [given, *held, reservation.user_id, now])
        reservation.pk, reservation.number, hold = cursor.fetchone()
    reservation._state.adding, reservation._state.db = False, connection.alias
    if reservation.account is not None and hold is None:
        ledger.hold(
            account=reservation.account,
            amount=reservation.estimate,
            source=reservation.source_key,
            actor=reservation.user,
        )


def _record(reservation: Reservation, actor: Any, waived: list[dict[str, Any]]) -> None:
    pending = reservation.status == Status.PENDING
    facts: dict[str, Any] = {"estimate": str(reservation.estimate)} | ({"waived": waived} if waived else {})
    comment = _("；").join(dict.fromkeys(w["reason"] for w in waived))
    ReservationFlow.opened(
        reservation, _("提交预约"), actor=actor, tell=manager if pending else None, comment=comment, **facts
    )
    if not pending or actor.pk != reservation.user_id:
        title, body = ReservationFlow.message(
            reservation, _("预约成功") if not pending else _("提交预约"), actor, comment
        )
        notify(
            [reservation.user], title=title, body=body, url=reservation.get_absolute_url(), kind=ReservationFlow.name
        )
