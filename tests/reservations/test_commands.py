"""The commands of this app: the proof that everything agrees, and the sweep by hand."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from gongyi.catalog.models import Instrument
from gongyi.ledger.models import Hold
from gongyi.reservations.models import Occupancy, Reservation
from gongyi.reservations.queries.consistency import inconsistencies
from tests.factories.reservations import at, place, reservation

pytestmark = pytest.mark.django_db
START = at(2, "10:00")


def test_everything_agrees_whatever_became_of_the_reservations(monkeypatch, set_clock):
    for status in Reservation.Status.values:
        reservation(monkeypatch, place(), status, START)
    assert list(inconsistencies()) == []
    out = StringIO()
    call_command("verify_reservations", stdout=out)
    assert out.getvalue() == "Reservations agree with the time and money they hold.\n"


def test_what_does_not_agree_is_named(monkeypatch):
    valid, cancelled = (reservation(monkeypatch, place(), status, START) for status in ("valid", "cancelled"))
    Occupancy.objects.filter(reservation=valid).update(holds=False)
    Occupancy.objects.filter(reservation=cancelled).update(holds=True)
    Hold.objects.filter(source=valid.source_key).update(amount=1)
    Hold.objects.filter(source=cancelled.source_key).update(settled_at=None, captured=None)
    Instrument.objects.filter(pk=valid.instrument_id).update(running_status="in_use")
    numbers = [found for _sentence, found in inconsistencies()]
    assert numbers == [
        [valid.number],
        [cancelled.number],
        [valid.number],
        [cancelled.number],
        [valid.instrument.number],
    ]
    err = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_reservations", stderr=err)
    assert valid.number in err.getvalue()


def test_the_sweep_by_hand(monkeypatch, set_clock):
    row = reservation(monkeypatch, place(), "valid", START)
    set_clock(START + timedelta(hours=1))
    out = StringIO()
    call_command("sweep_reservations", stdout=out)
    row.refresh_from_db()
    assert (out.getvalue(), row.status) == ("expired 0, missed 1, offline 0\n", "no_show")
