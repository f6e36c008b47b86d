"""Bookings as iCalendar files for people's own calendars (RFC 5545)."""

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event

from gongyi.reservations.models import Reservation

CONTENT_TYPE = "text/calendar; charset=utf-8"
REMIND = timedelta(minutes=30)
STATES = {
    Reservation.Status.PENDING: "TENTATIVE",
    Reservation.Status.CANCELLED: "CANCELLED",
    Reservation.Status.REJECTED: "CANCELLED",
}


def calendar_file(reservations: Iterable[Reservation], *, name: str = "", method: str = "PUBLISH") -> bytes:
    """The bookings as one calendar; each keeps its UID for ever, so that a moved one moves in the subscriber's calendar too."""
    calendar = Calendar()
    calendar.add("prodid", "-//gongyi//reservations//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    if name:
        calendar.add("name", name)
        calendar.add("x-wr-calname", name)
        calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", "PT1H")
    for reservation in reservations:
        calendar.add_component(_event(reservation))
    return calendar.to_ical()


def _event(reservation: Reservation) -> Event:
    instrument = reservation.instrument
    event = Event()
    event.add("uid", f"{reservation.number}@{settings.SITE_URL.split('://', 1)[-1].split(':', 1)[0]}")
    event.add("dtstamp", timezone.now())
    event.add("created", reservation.created_at)
    event.add("dtstart", reservation.starts_at)
    event.add("dtend", reservation.ends_at)
    pending = reservation.status == Reservation.Status.PENDING
    event.add("summary", f"{instrument.name}（{_('待审核')}）" if pending else instrument.name)
    event.add("location", " ".join(part for part in (str(instrument.organization), instrument.location) if part))
    event.add("description", "\n".join(_lines(reservation)))
    event.add("url", settings.SITE_URL + reservation.get_absolute_url())
    event.add("status", STATES.get(Reservation.Status(reservation.status), "CONFIRMED"))
    if reservation.status in Reservation.HOLDING:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", instrument.name)
        alarm.add("trigger", -REMIND)
        event.add_component(alarm)
    return event


def _lines(reservation: Reservation) -> list[str]:
    lines = [_("预约编号 %s") % reservation.number, _("状态 %s") % reservation.get_status_display()]
    if reservation.purpose:
        lines.append(_("实验内容 %s") % reservation.purpose)
    return lines
