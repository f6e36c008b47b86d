"""At the instrument, first on the phone: check in, check out, walk-up use, report a fault (S0-13, S0-87); its QR sign."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gongyi.accounts.models import ReportProfile
from gongyi.catalog.models import Instrument
from gongyi.kit.qr import qr_svg
from gongyi.kit.views import FormPage
from gongyi.ledger.queries import usable_accounts
from gongyi.reservations import queries, services
from gongyi.reservations.choices import TimeChoices
from gongyi.reservations.models import FaultReport, Reservation
from gongyi.reservations.rules import is_manager
from gongyi.reservations.screen_forms import FaultForm
from gongyi.reservations.views.calendar import visible_instrument
from gongyi.reservations.workflow import ReservationFlow
from gongyi.workflow import Refused

S = Reservation.Status
AHEAD = timedelta(hours=24)
WALK_UP_MINUTES = (30, 60, 120, 180, 240, 360, 480)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def use(request: HttpRequest, pk: int) -> HttpResponse:
    """Own present or next booking of this instrument with its one button; the QR code beside the instrument leads here."""
    instrument = visible_instrument(request, pk)
    refusal = None
    if request.method == "POST":
        try:
            return _act(request, instrument)
        except Refused as refused:
            refusal = refused
    return render(
        request, "reservations/use.html", _context(request, instrument, refusal), status=409 if refusal else 200
    )


def _act(request: HttpRequest, instrument: Instrument) -> HttpResponse:
    action, acting_for = request.POST.get("action"), getattr(request, "acting_for", None)
    if action == "walk_up":
        reservation = _walk_up(request, instrument)
        messages.success(request, _("已开始使用，用完请签退。"))
    elif action in ("check_in", "check_out"):
        rows = Reservation.objects.visible_to(request.user).filter(instrument=instrument)
        pk = request.POST.get("reservation", "")
        reservation = get_object_or_404(rows, pk=pk if pk.isdecimal() and len(pk) < 19 else 0)
        data = {"feedback": request.POST.get("feedback", "").strip()[:300]} if action == "check_out" else {}
        ReservationFlow.fire(reservation, action, actor=request.user, acting_for=acting_for, **data)
        messages.success(request, _("已签到，可以开始使用。") if action == "check_in" else _("已签退。"))
        if action == "check_out":
            return redirect(reservation.get_absolute_url())
    else:
        raise Http404
    return redirect("reservations:use", instrument.pk)


def _walk_up(request: HttpRequest, instrument: Instrument) -> Reservation:
    chosen, minutes = request.POST.get("account", ""), request.POST.get("minutes", "")
    accounts = usable_accounts(request.user, instrument.organization)
    profile = request.user.report_profile_or_empty
    return services.walk_up(
        instrument=instrument,
        user=request.user,
        account=next((a for a in accounts if str(a.pk) == chosen), accounts[0] if accounts else None),
        actor=request.user,
        minutes=int(minutes) if minutes.isdecimal() and 0 < int(minutes) <= 1440 else None,
        purpose=request.POST.get("purpose", "").strip()[:300],
        report={name: getattr(profile, name) for name in ReportProfile.FIELDS},
    )


def _context(request: HttpRequest, instrument: Instrument, refusal: Refused | None) -> dict[str, Any]:
    now, user = timezone.now(), request.user
    rules = queries.effective_rules(instrument)
    manages = is_manager(instrument, user)
    present = Q(status=S.IN_USE) | Q(status__in=(S.VALID, S.PENDING), ends_at__gt=now, starts_at__lt=now + AHEAD)
    rows = Reservation.objects.filter(present, instrument=instrument).select_related(
        "instrument__organization", "user", "account"
    )
    shown = list(rows.order_by("starts_at")[:20])
    own = [r for r in shown if r.user_id == user.pk]
    mine = next((r for r in own if r.status == S.IN_USE), None) or next(iter(own), None)
    running = next((r for r in shown if r.status == S.IN_USE), None)
    offers = {offer.step.name: offer for offer in ReservationFlow.offered(mine, user)} if mine else {}
    free = running is None and not (
        mine and mine.status == S.VALID and "check_in" in offers and not offers["check_in"].refusal
    )
    choices = TimeChoices(rules, now)
    return {
        "instrument": instrument,
        "refusal": refusal,
        "manages": manages,
        "mine": mine,
        "check_in": offers.get("check_in"),
        "check_out": offers.get("check_out"),
        "over": queries.overtime_minutes(mine, now) if mine else 0,
        "elapsed": int((now - mine.started_at).total_seconds() // 60) if mine and mine.started_at else 0,
        "running": running if running and running.user_id != user.pk else None,
        "others": [r for r in shown if r.user_id != user.pk and r.status != S.IN_USE][:6],
        "walk_up": free and rules.walk_up,
        "rules": rules,
        "accounts": usable_accounts(user, instrument.organization) if free else [],
        "lengths": [m for m in WALK_UP_MINUTES if choices.rules.min_minutes <= m <= rules.max_minutes],
        "level": queries.qualification_levels(user, [instrument])[instrument.pk],
        "open_faults": FaultReport.objects.open().filter(instrument=instrument)[:3],
        "typed": request.POST,
        "now": now,
    }


@login_required
@require_GET
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """A page to print and put up beside the instrument: its QR code and three lines on how to use it. For its managers."""
    instrument = get_object_or_404(Instrument.objects.managed_by(request.user).select_related("organization"), pk=pk)
    address = settings.SITE_URL + reverse("reservations:use", args=[pk])
    context = {
        "instrument": instrument,
        "qr": qr_svg(address),
        "address": address,
        "rules": queries.effective_rules(instrument),
        "managers": queries.managers_of(instrument),
    }
    return render(request, "reservations/sign.html", context)


class ReportFault(FormPage):
    """Say that something is wrong with an instrument; a disabling fault stops bookings at once (S0-49)."""

    form_class = FaultForm
    submit_label = _("报告故障")
    submit_tone = "bad"

    @property
    def instrument(self) -> Instrument:
        if not hasattr(self, "_instrument"):
            self._instrument = visible_instrument(self.request, self.kwargs["pk"])
        return self._instrument

    def get_title(self):
        return _("报告故障")

    def get_fact(self):
        return self.instrument.name

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"manages": is_manager(self.instrument, self.request.user)}

    def get_object(self):
        return None

    def save(self, form):
        data = form.cleaned_data
        services.report_fault(
            instrument=self.instrument, actor=self.request.user, description=data["description"],
            disabling=data["disabling"], expected_on=data.get("expected_on"), close_until=data.get("close_until"),
        )  # fmt: skip
        messages.success(self.request, _("已报告故障，管理员会收到消息。"))

    def get_success_url(self, saved):
        return reverse("reservations:use", args=[self.instrument.pk])

    def get_cancel_url(self):
        return reverse("reservations:use", args=[self.instrument.pk])
