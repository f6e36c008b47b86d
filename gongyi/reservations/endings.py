"""What becomes of bookings when an instrument is disabled or scrapped: told before, done in the same transaction (S1-89, S0-50).

Whoever uses the instrument is left in peace: the step waits for them. Bookings to come are cancelled free of charge, told,
and their money and time given back. Everything happens under the instrument's lock, which every new booking takes first: a
booking is made before and cancelled, or asked after and refused.
"""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.catalog.endings import Ending, register_ending
from gongyi.catalog.models import Instrument, RunningStatus
from gongyi.catalog.workflow import InstrumentFlow
from gongyi.organizations.consequences import Consequence
from gongyi.reservations.models import FaultReport, Qualification, Reservation
from gongyi.reservations.workflow import ReservationFlow

S = Reservation.Status


def ahead(instrument: Instrument) -> QuerySet[Reservation]:
    """Bookings, waiting ones among them, whose time is not over."""
    rows = Reservation.objects.filter(instrument=instrument, status__in=(S.PENDING, S.VALID))
    return rows.filter(ends_at__gt=timezone.now()).order_by("pk")


@register_ending(Ending.DISABLE, Ending.SCRAP)
def bookings(instrument: Instrument, act: Ending) -> Iterator[Consequence]:
    """Somebody who sits there keeps the step from being taken; what is booked is cancelled; qualifications stay."""
    address = f"{reverse('reservations:managed')}?instrument={instrument.pk}"
    running = Reservation.objects.filter(instrument=instrument, status=S.IN_USE).count()
    yield Consequence(
        _("正在进行的使用"), running, _("请先签退，或等使用结束。"), f"{address}&status={S.IN_USE}", blocks=True
    )
    future = ahead(instrument)
    what = _("全部取消，不收费用，冻结的金额退回；预约人收到通知和原因。")
    yield Consequence(_("未开始的预约"), future.filter(status=S.VALID).count(), what, f"{address}&status={S.VALID}")
    yield Consequence(_("待审核的预约"), future.filter(status=S.PENDING).count(), what, f"{address}&status={S.PENDING}")
    qualified = Qualification.objects.current().filter(instrument=instrument).count()
    what = _("保留，重新启用后继续有效。") if act == Ending.DISABLE else _("保留记录，不能再用于预约。")
    yield Consequence(_("有使用资格的人员"), qualified, what)


@InstrumentFlow.disable.then
@InstrumentFlow.scrap.then
def cancel_what_was_booked(instrument: Instrument, *, actor: Any, reason: str = "", **data: Any) -> None:
    """Each booking to come is cancelled with a record and a message of its own, and nobody pays for it."""
    word = _("仪器报废") if instrument.status == Instrument.Status.SCRAPPED else _("仪器停用")
    comment = _("%(word)s：%(reason)s") % {"word": word, "reason": reason}
    for reservation in ahead(instrument):
        ReservationFlow.fire(reservation, "cancel", actor=actor, reason=comment, free_of_charge=True)


@InstrumentFlow.restore.then
def broken_as_before(instrument: Instrument, *, actor: Any, **data: Any) -> None:
    """A fault that was never resolved is one still."""
    if FaultReport.objects.open().filter(instrument=instrument, disabling=True).exists():
        Instrument.objects.filter(pk=instrument.pk).update(running_status=RunningStatus.FAULTY)
        instrument.running_status = RunningStatus.FAULTY
