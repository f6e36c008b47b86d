"""What an instrument is doing: faults, heartbeats, and silence (S0-45 … S0-50)."""

from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.audit.services import record
from gongyi.catalog.models import Instrument, RunningStatus
from gongyi.kit.when import format_day
from gongyi.notifications.services import notify, register_kind
from gongyi.reservations.models import BookingRules, Closure, FaultReport, Qualification, Reservation
from gongyi.reservations.queries.locks import lock_instrument
from gongyi.reservations.rules import is_manager
from gongyi.reservations.services.closures import close, refuse_strangers
from gongyi.workflow import Refused

KIND = "reservations.fault"
register_kind(KIND, gettext_lazy("仪器故障"))

# Silent instruments that ever sent a heartbeat, by the same inheritance as every other rule.
_SILENT = """
UPDATE catalog_instrument i SET running_status = 'offline'
 WHERE i.running_status = 'online' AND i.last_heartbeat_at IS NOT NULL
   AND i.id IN (SELECT id FROM catalog_instrument
                 WHERE running_status = 'online' AND last_heartbeat_at IS NOT NULL FOR NO KEY UPDATE SKIP LOCKED)
   AND i.last_heartbeat_at < %(now)s - make_interval(mins => coalesce(
         (SELECT offline_after_minutes FROM reservations_bookingrules WHERE instrument_id = i.id),
         (SELECT offline_after_minutes FROM reservations_bookingrules WHERE organization_id = i.organization_id),
         (SELECT offline_after_minutes FROM reservations_bookingrules WHERE instrument_id IS NULL AND organization_id IS NULL),
         %(default)s))
"""


def report_fault(
    *,
    instrument: Instrument,
    actor: Any,
    description: str,
    disabling: bool = True,
    expected_on: date | None = None,
    close_until: datetime | None = None,
) -> FaultReport:
    """Note a fault; a disabling one makes the instrument 故障 at once and stops new bookings and check-ins.

    Anybody with a current level on the instrument and its managers may report; managers are told. `close_until` (managers
    only) also closes the instrument from now, cancelling the bookings in the way.
    """
    if not is_manager(instrument, actor):
        if not Qualification.objects.current().filter(instrument=instrument, user=actor).exists():
            raise Refused(
                _("只有有使用资格的人员和仪器管理员可以报告故障。"), code="not_allowed", remedy=_("请联系仪器管理员。")
            )
        if close_until is not None:
            raise Refused(_("只有仪器管理员可以登记停机。"), code="not_allowed")
    with transaction.atomic():
        lock_instrument(instrument.pk)
        report = FaultReport.objects.create(
            instrument=instrument,
            reported_by=actor,
            description=description,
            disabling=disabling,
            expected_on=expected_on,
        )
        if close_until is not None:
            during = DateTimeTZRange(timezone.now(), close_until)
            close(instrument=instrument, during=during, kind=Closure.Kind.FAULT, reason=description[:200], actor=actor)
        if disabling:
            _set_running(instrument, RunningStatus.FAULTY)
        record(actor, instrument, _("报告故障"), after={"fault": report.pk, "disabling": disabling}, reason=description)
        back = _("，预计 %s 恢复") % format_day(expected_on) if expected_on else ""
        managers = [link.user for link in instrument.manager_links.select_related("user") if link.user_id != actor.pk]
        title = _("「%s」报告故障") % instrument
        notify(
            managers, title=title, body=f"{actor}：{description}{back}", url=instrument.get_absolute_url(), kind=KIND
        )
    return report


def resolve_fault(*, fault: FaultReport, actor: Any, resolution: str) -> FaultReport:
    """Note that a fault is gone; when it was the last disabling one the instrument works again. Closures are lifted apart."""
    instrument = fault.instrument
    refuse_strangers(instrument, actor)
    with transaction.atomic():
        lock_instrument(instrument.pk)
        now = timezone.now()
        changed = FaultReport.objects.filter(pk=fault.pk, resolved_at=None).update(
            resolved_at=now, resolved_by=actor, resolution=resolution
        )
        if not changed:
            raise Refused(_("该故障已经解决。"), code="already_done")
        fault.resolved_at, fault.resolved_by, fault.resolution = now, actor, resolution
        broken = FaultReport.objects.open().filter(instrument=instrument, disabling=True).exists()
        if not broken:
            _set_running(instrument, _working_status(instrument), only_from=RunningStatus.FAULTY)
        record(actor, instrument, _("解决故障"), before={"fault": fault.pk}, reason=resolution)
        if fault.reported_by_id != actor.pk:
            title, url = _("「%s」的故障已解决") % instrument, instrument.get_absolute_url()
            notify([fault.reported_by], title=title, body=resolution, url=url, kind=KIND)
    return fault


def heartbeat(instrument: Instrument, now: datetime | None = None) -> str:
    """Note that the instrument's computer is there; an 离线 one is 在线 again. Returns the running status. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalog_instrument SET last_heartbeat_at = %s,"
            " running_status = CASE running_status WHEN 'offline' THEN 'online' ELSE running_status END"
            " WHERE id = %s RETURNING running_status",
            [now or timezone.now(), instrument.pk],
        )
        status = cursor.fetchone()[0]
    instrument.running_status = status
    return status


def mark_silent_offline(now: datetime | None = None) -> int:
    """Mark 离线 every 在线 instrument whose heartbeat stopped (its rule: `offline_after_minutes`); returns how many.

    Instruments that never sent one are left alone, and so are those in use: somebody sits there.
    """
    default = BookingRules.DEFAULTS["offline_after_minutes"]
    with connection.cursor() as cursor:
        cursor.execute(_SILENT, {"now": now or timezone.now(), "default": default})
        return cursor.rowcount


def _set_running(instrument: Instrument, status: str, *, only_from: str | None = None) -> None:
    rows = Instrument.objects.filter(pk=instrument.pk).exclude(running_status=RunningStatus.SCRAPPED)
    if only_from is not None:
        rows = rows.filter(running_status=only_from)
    if rows.update(running_status=status):
        instrument.running_status = status


def _working_status(instrument: Instrument) -> str:
    used = Reservation.objects.filter(instrument=instrument, status=Reservation.Status.IN_USE).exists()
    return RunningStatus.IN_USE if used else RunningStatus.ONLINE
