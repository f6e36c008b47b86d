"""Reads about instruments that several screens share."""

from collections.abc import Mapping
from typing import Any

from gongyi.catalog.models import Favourite, Instrument, RunningStatus
from gongyi.organizations.models import Organization


def featured(limit: int) -> list[int]:
    """Primary keys for a shop window: those marked so, then the most used that work and take bookings."""
    published = Instrument.objects.shown_to_all()
    chosen = list(published.filter(featured=True).order_by("-service_count", "pk").values_list("pk", flat=True)[:limit])
    if len(chosen) < limit:
        rest = published.filter(timed_booking=True, running_status__in=(RunningStatus.ONLINE, RunningStatus.IN_USE))
        more = rest.exclude(pk__in=chosen).order_by("-service_count", "pk").values_list("pk", flat=True)
        chosen += more[: limit - len(chosen)]
    return chosen


def counted_organizations(counts: Mapping[int, int]) -> list[tuple[Organization, int]]:
    """Active organizations that share instruments, with how many; the largest first."""
    units = Organization.objects.active().filter(pk__in=counts).select_related("region")
    return sorted(((unit, counts[unit.pk]) for unit in units), key=lambda pair: (-pair[1], pair[0].name_key))


def favourite_ids(user: Any) -> list[int]:
    """The instruments a person marked and may still see, the latest first (S0-22)."""
    own = Favourite.objects.visible_to(user).filter(instrument__in=Instrument.objects.visible_to(user))
    return list(own.order_by("-created_at", "-pk").values_list("instrument", flat=True))


def is_favourite(user: Any, instrument: Instrument) -> bool:
    return user.is_authenticated and Favourite.objects.filter(user=user, instrument=instrument).exists()
