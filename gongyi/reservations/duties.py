"""A person's bookings that are still to come, shown before they are let go from a unit."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gongyi.kit.when import format_period
from gongyi.organizations.duties import Thing, register_duty
from gongyi.reservations.models import Reservation


def bookings_of(user: Any, organization: Any) -> list[Thing]:
    """Those that hold a time on the unit's instruments or are paid from its accounts."""
    rows = Reservation.objects.holding().filter(user=user)
    rows = rows.filter(Q(account__organization=organization) | Q(instrument__organization=organization))
    rows = rows.select_related("instrument").defer("instrument__tsv", "instrument__facets").order_by("starts_at", "pk")
    return [
        Thing(row.instrument.name, row.get_absolute_url(), format_period(row.starts_at, row.ends_at)) for row in rows
    ]


register_duty(
    "bookings", _("未完成的预约"), measure=_("次"), of=bookings_of,
    note=_("不受影响，到时照常使用和结算；不再需要的，请预约人或仪器管理员先取消。"),
)  # fmt: skip
