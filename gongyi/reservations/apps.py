from django.apps import AppConfig
from django.apps import apps as present_apps
from django.db.models.signals import post_migrate


class ReservationsConfig(AppConfig):
    name = "gongyi.reservations"
    label = "reservations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from gongyi.catalog.services import service_counts
        from gongyi.ledger import sources
        from gongyi.reservations import (
            consequences,  # noqa: F401  says what happens to bookings
            duties,  # noqa: F401  registers itself
            endings,  # noqa: F401  says what becomes of bookings, and does it
        )

        post_migrate.connect(open_the_site, sender=self)
        sources.register("reservation", reservations_paid_for)
        service_counts.register("reservations", completed_uses)


def completed_uses():
    """What counts as a service of an instrument: uses that ended, corrected ones included; cancelled and missed ones never."""
    from gongyi.reservations.models import Reservation

    return Reservation.objects.filter(status=Reservation.Status.COMPLETED)


def reservations_paid_for(keys, reader):
    """What the ledger calls `reservation:12`: its number, its page where the reader may see it, and the instrument."""
    from gongyi.ledger.sources import Source
    from gongyi.reservations.models import Reservation

    rows = Reservation.objects.filter(pk__in=keys).select_related("instrument")
    seen = set() if reader is None else set(rows.visible_to(reader).values_list("pk", flat=True))
    return {
        row.pk: Source(row.number, row.get_absolute_url() if row.pk in seen else "", row.instrument.name)
        for row in rows
    }


def open_the_site(sender, apps=present_apps, **kwargs):
    """Give a site without rules of its own the defaults, so that every page has a row to show and change."""
    try:
        rules = apps.get_model("reservations", "BookingRules")
        hours = apps.get_model("reservations", "OpeningHours")
    except LookupError:
        return  # migrated to a state before these tables
    from gongyi.reservations.models import SITE_HOURS, BookingRules

    site, created = rules.objects.get_or_create(instrument=None, organization=None, defaults=BookingRules.DEFAULTS)
    if created:
        hours.objects.bulk_create(
            hours(rules=site, weekday=weekday, opens_minute=opens, closes_minute=closes)
            for weekday, opens, closes in SITE_HOURS
        )
