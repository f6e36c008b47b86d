"""My bookings and uses: lists, one booking's page, slip, calendar files (S0-28 … S0-31, S0-83, S0-85, S0-87, S0-88)."""

import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from gongyi.audit.queries import history_of
from gongyi.kit.qr import qr_svg
from gongyi.kit.views import Action, Crumb, ListPage
from gongyi.reservations import queries
from gongyi.reservations.calendars import CONTENT_TYPE, calendar_file
from gongyi.reservations.filters import MineFilter, UsageFilter
from gongyi.reservations.models import CalendarFeed, Reservation
from gongyi.reservations.tables import MineTable, UsageTable

FEED_PAST_DAYS = 60


class Mine(ListPage):
    """我的预约 → 按时预约 (S0-83): own bookings, whatever became of them."""

    title = _l("我的预约")
    noun = _l("预约")
    model = Reservation
    table_class = MineTable
    filter_class = MineFilter
    empty_text = _l("在仪器页面的日历上选一段时间，就可以预约。")
    empty_action = Action(_l("找仪器"), reverse_lazy("portal:instruments"))

    def get_queryset(self):
        return Reservation.objects.filter(user=self.request.user).select_related("instrument", "account")

    def get_actions(self):
        return [
            Action(_("使用记录"), reverse("reservations:usage"), "history", "quiet"),
            Action(_("订阅到日历"), reverse("reservations:subscription"), "calendar-share", "quiet"),
            Action(_("预约仪器"), reverse("portal:instruments"), "plus", "primary"),
        ]


class Usage(ListPage):
    """我的实验 → 我的使用记录: instrument, start, end, duration (S0-87, S0-88)."""

    title = _l("我的使用记录")
    noun = _l("使用记录")
    model = Reservation
    table_class = UsageTable
    filter_class = UsageFilter
    empty_text = _l("签到使用仪器后，这里会有每次的开始、结束和时长。")

    def get_queryset(self):
        used = Reservation.objects.filter(user=self.request.user, started_at__isnull=False)
        return used.select_related("instrument", "account")

    def get_crumbs(self):
        return [Crumb(_("我的预约"), reverse("reservations:mine")), Crumb(self.title)]


def own_or_managed(request: HttpRequest, pk: int) -> Reservation:
    rows = Reservation.objects.visible_to(request.user)
    related = ("instrument__organization", "user", "account__leader")
    return get_object_or_404(rows.select_related(*related), pk=pk)


@login_required
@require_GET
def slip(request: HttpRequest, pk: int) -> HttpResponse:
    """打印预约单 (S0-85): A4, with the QR code that leads to signing in at the instrument."""
    reservation = own_or_managed(request, pk)
    rules = queries.effective_rules(reservation.instrument)
    level = queries.qualification_levels(reservation.user, [reservation.instrument])[reservation.instrument_id]
    approval = history_of(reservation).filter(step="approve").last()
    membership = reservation.user.memberships.filter(ended_at=None).select_related("department", "organization").first()
    context = {
        "reservation": reservation,
        "instrument": reservation.instrument,
        "rules": rules,
        "level": level,
        "unit": (membership.department or membership.organization) if membership else "",
        "approval": approval,
        "managers": queries.managers_of(reservation.instrument),
        "qr": qr_svg(settings.SITE_URL + reverse("reservations:use", args=[reservation.instrument_id])),
        "now": timezone.now(),
    }
    return render(request, "reservations/slip.html", context)


@login_required
@require_GET
def ics(request: HttpRequest, pk: int) -> HttpResponse:
    """One booking for a calendar program."""
    reservation = own_or_managed(request, pk)
    response = HttpResponse(calendar_file([reservation]), content_type=CONTENT_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{reservation.number}.ics"'
    return response


@login_required
@require_GET
def subscription(request: HttpRequest) -> HttpResponse:
    """The private address under which a calendar program finds all of one's bookings."""
    feed = CalendarFeed.objects.filter(user=request.user).first()
    address = f"{settings.SITE_URL}{reverse('reservations:feed', args=[feed.secret])}" if feed else ""
    context = {
        "feed": feed,
        "address": address,
        "webcal": address.replace("https://", "webcal://").replace("http://", "webcal://"),
    }
    return render(request, "reservations/subscription.html", context)


@login_required
@require_POST
def replace_feed(request: HttpRequest) -> HttpResponse:
    """Make the address, or a new one that ends the old; `stop` ends it without another."""
    if "stop" in request.POST:
        CalendarFeed.objects.filter(user=request.user).delete()
        messages.success(request, _("订阅地址已停用。"))
    else:
        new = {"secret": secrets.token_urlsafe(32), "created_at": timezone.now()}
        _feed, made = CalendarFeed.objects.update_or_create(user=request.user, defaults=new)
        messages.success(request, _("订阅地址已生成。") if made else _("订阅地址已更换，原地址不再有效。"))
    return redirect("reservations:subscription")


@never_cache
@require_GET
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """All of a person's bookings, from two months ago on; whoever knows the secret may read, so it shows nothing of others."""
    found = get_object_or_404(CalendarFeed.objects.select_related("user"), secret=secret, user__is_active=True)
    rows = Reservation.objects.filter(
        user=found.user,
        starts_at__gte=timezone.now() - timedelta(days=FEED_PAST_DAYS),
        status__in=(*Reservation.HOLDING, Reservation.Status.COMPLETED),
    ).select_related("instrument__organization")
    body = calendar_file(rows.order_by("starts_at"), name=_("%s 的仪器预约") % found.user)
    return HttpResponse(body, content_type=CONTENT_TYPE)
