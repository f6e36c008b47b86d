"""What becomes of bookings when a unit is suspended or leaves."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.notifications.services import notify, register_kind
from gongyi.organizations.consequences import Act, Consequence, obstacle, register_consequence
from gongyi.organizations.models import Organization
from gongyi.organizations.workflow import OrganizationFlow
from gongyi.reservations.models import Reservation

UNIT_CHANGED = "reservations.unit_changed"
S = Reservation.Status

register_kind(UNIT_CHANGED, gettext_lazy("仪器所属单位停用或恢复"))


@register_consequence(Act.SUSPEND, Act.LEAVE)
def bookings(organization: Organization, act: Act) -> Iterator[Consequence]:
    """Use under way and bookings to come are kept by a suspension, and keep a unit from leaving."""
    own = Reservation.objects.filter(instrument__organization=organization)
    running = own.filter(status=S.IN_USE).count()
    waiting = own.filter(status__in=(S.PENDING, S.VALID)).count()
    leaves = act == Act.LEAVE
    address = reverse("reservations:managed")
    what = _("请等使用结束并签退。") if leaves else _("可以用完并签退。")
    yield Consequence(_("正在进行的使用"), running, what, f"{address}?status={S.IN_USE}", blocks=leaves)
    what = _("请先由仪器管理员取消，或等它们完成。") if leaves else _("继续有效，预约人会收到通知；停用期间不能新约。")
    yield Consequence(_("未结束的预约"), waiting, what, f"{address}?status={S.VALID}", blocks=leaves)


@OrganizationFlow.leave.then
def nothing_was_booked_meanwhile(organization: Organization, *, actor: Any, **data: Any) -> None:
    """Looked at once more now that the instruments are locked: nothing was booked while the unit was leaving."""
    if refusal := obstacle(organization, Act.LEAVE):
        raise refusal


@OrganizationFlow.suspend.then
@OrganizationFlow.resume.then
def tell_who_booked(organization: Organization, *, actor: Any, **data: Any) -> None:
    """Whoever has a booking to come learns that the unit is suspended, or back, and that the booking stands."""
    ahead = Reservation.objects.filter(
        instrument__organization=organization, status__in=(S.PENDING, S.VALID), ends_at__gt=timezone.now()
    )
    people = {row.user_id: row.user for row in ahead.select_related("user").order_by("user_id", "pk")}
    words = {"unit": organization.name}
    if organization.status == Organization.Status.SUSPENDED:
        title, body = (
            _("%(unit)s已暂停服务") % words,
            _("您已有的预约继续有效，能否使用请与仪器管理员联系；现在不能新约。"),
        )
    else:
        title, body = _("%(unit)s已恢复服务") % words, _("您已有的预约继续有效，也可以照常预约。")
    notify(people.values(), title=title, body=body, url=reverse("reservations:mine"), kind=UNIT_CHANGED)
