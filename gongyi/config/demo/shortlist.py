"""What the demo's student has put aside: instruments of their own unit, ready to be booked together, and of others."""

from gongyi.catalog.models import Instrument
from gongyi.catalog.services.shortlist import add_to_shortlist
from gongyi.reservations.models import Qualification

OWN, ELSEWHERE = 3, 2  # instruments of the own unit, on which the student may book, and of another one


def put_aside(people) -> None:
    student = people["student"]
    shown = Instrument.objects.shown_to_all().filter(timed_booking=True, running_status="online")
    may = Qualification.objects.current().filter(user=student).values("instrument")
    own = list(shown.filter(pk__in=may).order_by("-service_count", "pk").values_list("pk", flat=True)[:OWN])
    units = student.memberships.filter(ended_at=None).values("organization")
    others = shown.exclude(organization__in=units).order_by("-service_count", "pk").values_list("pk", flat=True)
    add_to_shortlist(actor=student, instruments=[*own, *others[:ELSEWHERE]])
