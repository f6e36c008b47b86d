"""Closing an instrument for a time, and opening it again."""

from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.audit.services import record
from gongyi.catalog.models import Instrument
from gongyi.kit.when import format_period
from gongyi.reservations.models import Closure, Occupancy, Reservation
from gongyi.reservations.queries.locks import lock_instrument
from gongyi.reservations.rules import is_manager
from gongyi.reservations.workflow import ReservationFlow
from gongyi.workflow import Refused


def close(
    *,
    instrument: Instrument,
    during: DateTimeTZRange,
    reason: str,
    actor: Any,
    kind: str = Closure.Kind.MAINTENANCE,
) -> Closure:
    """Close `instrument` for `during`; bookings in the way are cancelled first, free of charge, with the reason, and told.

    One transaction: either the instrument is closed and everybody it hit is told, or nothing happened. Refuses people who
    do not look after the instrument, a time that is over, another closure in the way, and a use that is running then:
    somebody has to end it first. `queries.hit_by` shows beforehand whom it will hit.
    """
    refuse_strangers(instrument, actor)
    if during.lower is None or during.upper is None or during.upper <= during.lower:
        raise Refused(_("停机要有开始和结束，结束晚于开始。"), code="invalid")
    if during.upper <= timezone.now():
        raise Refused(_("停机时段已经过去。"), code="invalid", remedy=_("请选择现在以后的结束时间。"))
    with transaction.atomic():
        lock_instrument(instrument.pk)
        _refuse_other_closures(instrument, during)
        hit = list(_holding_in(instrument, during))
        if running := next((row for row in hit if row.status == Reservation.Status.IN_USE), None):
            sentence = _("%s 的使用还没有结束，不能停机。") % format_period(running.starts_at, running.ends_at)
            raise Refused(sentence, code="in_use", remedy=_("请先为使用者签退。"))
        closure = Closure.objects.create(
            instrument=instrument, during=during, kind=kind, reason=reason, created_by=actor
        )
        comment = _("停机（%(kind)s）：%(reason)s") % {"kind": closure.get_kind_display(), "reason": reason}
        for reservation in hit:
            ReservationFlow.fire(reservation, "cancel", actor=actor, reason=comment, free_of_charge=True)
        Occupancy.objects.create(instrument=instrument, closure=closure, kind=Occupancy.Kind.CLOSURE, during=during)
        record(
            actor, instrument, _("登记停机"), reason=reason,
            after={"closure": closure.pk, "during": format_period(during.lower, during.upper), "cancelled": [r.pk for r in hit]},
        )  # fmt: skip
    return closure


def reopen(*, closure: Closure, actor: Any) -> Closure:
    """Lift a closure: from now on its time can be booked again. Nothing happens when it was lifted before."""
    refuse_strangers(closure.instrument, actor)
    with transaction.atomic():
        lock_instrument(closure.instrument_id)
        now = timezone.now()
        if not Closure.objects.filter(pk=closure.pk, lifted_at=None).update(lifted_at=now):
            closure.refresh_from_db()
            return closure
        held = Occupancy.objects.filter(closure=closure)
        if closure.during.lower < now < closure.during.upper:
            held.update(during=DateTimeTZRange(closure.during.lower, now))
        elif now <= closure.during.lower:
            held.update(holds=False)
        record(actor, closure.instrument, _("解除停机"), before={"closure": closure.pk}, reason=closure.reason)
    closure.lifted_at = now
    return closure


def refuse_strangers(instrument: Instrument, actor: Any) -> None:
    """Only those who look after an instrument decide over it."""
    if not is_manager(instrument, actor):
        raise Refused(_("只有仪器管理员可以这样做。"), code="not_allowed")


def _holding_in(instrument: Instrument, during: DateTimeTZRange) -> Any:
    """Reservations whose held time, buffers included, the closure needs."""
    return Reservation.objects.holding().filter(
        instrument=instrument, occupancy__holds=True, occupancy__during__overlap=during
    ).order_by("pk")  # fmt: skip


def _refuse_other_closures(instrument: Instrument, during: DateTimeTZRange) -> None:
    others = Occupancy.objects.filter(instrument=instrument, holds=True, during__overlap=during)
    other = others.exclude(kind=Occupancy.Kind.RESERVATION).select_related("closure").first()
    if other is not None:
        sentence = _("%(period)s 已有%(kind)s安排。") % {
            "period": format_period(other.during.lower, other.during.upper), "kind": other.get_kind_display(),
        }  # fmt: skip
        raise Refused(sentence, code="taken", remedy=_("请先解除，或改选时段。"))
