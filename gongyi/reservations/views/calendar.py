"""The calendar's feed and the way from a chosen time to a booking: confirmation, booking form, 预约成功 (S0-23 … S0-28)."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gongyi.accounts.models import ReportProfile
from gongyi.catalog.models import Instrument
from gongyi.kit.dialogs import is_htmx, show_dialog
from gongyi.kit.when import format_period
from gongyi.reservations import queries, services
from gongyi.reservations.choices import read_moment
from gongyi.reservations.forms import BookingForm
from gongyi.reservations.models import Reservation
from gongyi.reservations.rules.time import day_start
from gongyi.reservations.views.drafts import Draft
from gongyi.workflow import Refused

LONGEST_FEED = timedelta(days=62)


def visible_instrument(request: HttpRequest, pk: int) -> Instrument:
    rows = Instrument.objects.visible_to(request.user).select_related("organization")
    return get_object_or_404(rows, pk=pk)


@never_cache
@require_GET
def calendar_events(request: HttpRequest, pk: int) -> JsonResponse:
    """What takes the instrument's time between the days `start` and `end` (half-open), as `queries.timeline` describes it."""
    instrument = visible_instrument(request, pk)
    start, end = _day(request.GET.get("start")), _day(request.GET.get("end"))
    if start is None or end is None or not timedelta(0) < end - start <= LONGEST_FEED:
        return JsonResponse({"detail": _("start 和 end 应为相隔不超过 62 天的日期，如 2026-11-21。")}, status=422)
    return JsonResponse(queries.calendar_events(instrument, start, end, request.user), safe=False)


def _day(text: str | None) -> datetime | None:
    try:
        day = parse_date((text or "")[:10])
        return day_start(day) if day else None
    except (ValueError, OverflowError):
        return None


@never_cache
@require_GET
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """The dialog that answers every rule about a chosen time before anything is typed (S0-24); asked again at each change."""
    instrument = visible_instrument(request, pk)
    if not request.user.is_authenticated:
        return show_dialog(request, "reservations/confirm.html", _to_sign_in(request, instrument))
    draft = Draft.read(request, instrument, request.GET)
    context = draft.context()
    if is_htmx(request) and request.headers.get("HX-Target") == "booking-check":
        return render(request, "reservations/_recheck.html", context)
    if not is_htmx(request):
        return redirect(f"{resolve_url('reservations:book', pk)}?{draft.query()}")
    return show_dialog(request, "reservations/confirm.html", context)


def _to_sign_in(request: HttpRequest, instrument: Instrument) -> dict[str, Any]:
    """A visitor signs in and returns to the same selection on the instrument's page."""
    start, end = read_moment(request.GET.get("start")), read_moment(request.GET.get("end"))
    query = urlencode({"start": request.GET.get("start", ""), "end": request.GET.get("end", "")})
    back = f"{instrument.get_absolute_url()}?{query}#calendar"
    return {
        "visitor": True,
        "instrument": instrument,
        "when": format_period(start, end, full=False) if start and end else "",
        "sign_in_url": f"{resolve_url('accounts:sign_in')}?{urlencode({'next': back})}",
    }


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def book(request: HttpRequest, pk: int) -> HttpResponse:
    """The booking form (预约单, S0-25 … S0-27); whatever goes wrong, everything typed stays (422).

    `use` in the form takes the nearest free time instead and shows the form again.
    """
    instrument = visible_instrument(request, pk)
    draft = Draft.read(request, instrument, request.POST if request.method == "POST" else request.GET)
    if request.method == "GET":
        if is_htmx(request):
            return _refresh(request, draft)
        return _show(request, draft, _form(draft, None))
    form = _form(draft, request.POST)
    if "use" in request.POST:
        start, _slash, end = request.POST["use"].partition("/")
        if (starts_at := read_moment(start)) and (ends_at := read_moment(end)):
            draft = draft.at((starts_at, ends_at))
        return _show(request, draft, _form(draft, None, typed=form.data))
    if not form.is_valid():
        return _show(request, draft, form, status=422)
    try:
        reservation = _reserve(draft, form)
    except services.NotBookable as refused:
        form.add_error(None, str(refused))
        return _show(request, draft, form, answers=refused.answers, status=422)
    except Refused as refused:
        form.add_error(None, str(refused))
        return _show(request, draft, form, status=422)
    return redirect("reservations:booked", reservation.pk)


def _refresh(request: HttpRequest, draft: Draft) -> HttpResponse:
    """What depends on time, account and booker; another booker brings their own reporting information."""
    form = _form(draft, None)
    context = draft.context() | {"form": form, "refreshed": True}
    if request.headers.get("HX-Trigger") == "people-found":
        context["new_report"] = [form[name] for name in ReportProfile.FIELDS]
    return render(request, "reservations/_book_aside.html", context)


def _form(draft: Draft, data: Any, typed: Any = None) -> BookingForm:
    """The form for the draft: prefilled from the booker's reporting information (S0-64), or with what was typed."""
    profile = draft.booker.report_profile_or_empty
    initial = {name: getattr(profile, name) for name in ReportProfile.FIELDS}
    initial["account"] = draft.account.pk if draft.account else None
    if typed is not None:
        initial |= {name: typed.getlist(name) if name == "subject_codes" else typed.get(name) for name in typed}
    form = BookingForm(data, initial=initial, instrument=draft.instrument, user=draft.booker, manages=draft.manages)
    form.fields["account"].required = bool(draft.case and not draft.case.booking.free_of_charge)
    return form


def _reserve(draft: Draft, form: BookingForm) -> Reservation:
    data = form.cleaned_data
    reason = data.get("waive_reason", "")
    waive = {answer.rule: reason for answer in draft.failures if answer.waivable} if reason and draft.manages else None
    return services.reserve(
        instrument=draft.instrument,
        user=draft.booker,
        starts_at=draft.starts_at,
        ends_at=draft.ends_at,
        account=data["account"],
        actor=draft.actor,
        purpose=data["purpose"],
        sample_notes=data["sample_notes"],
        report=form.report(),
        source=Reservation.Source.WEB if draft.booker == draft.actor else Reservation.Source.MANAGER,
        waive=waive,
    )


def _show(
    request: HttpRequest, draft: Draft, form: BookingForm, answers: Any = None, status: int = 200
) -> HttpResponse:
    context = draft.context(answers)
    report_wrong = any(form[name].errors for name in ReportProfile.FIELDS) if form.is_bound else False
    filled = sum(1 for name in ReportProfile.FIELDS if form[name].value())
    context |= {
        "form": form,
        "report_open": report_wrong or not filled,
        "report_filled": filled,
        "report_fields": [form[name] for name in ReportProfile.FIELDS],
        "layout": "kit/public.html",
    }
    return render(request, "reservations/book.html", context, status=status)


@login_required
@require_GET
def booked(request: HttpRequest, pk: int) -> HttpResponse:
    """预约成功 (S0-27): the number, what happens next, and where to go from here."""
    rows = Reservation.objects.visible_to(request.user).select_related("instrument__organization", "user", "account")
    reservation = get_object_or_404(rows, pk=pk)
    rules = queries.effective_rules(reservation.instrument)
    context = {
        "reservation": reservation,
        "instrument": reservation.instrument,
        "rules": rules,
        "opens_at": reservation.starts_at - timedelta(minutes=rules.early_check_in_minutes),
        "terms": queries.cancellation_terms(reservation, rules=rules),
        "managers": queries.managers_of(reservation.instrument),
        "layout": "kit/public.html",
    }
    return render(request, "reservations/booked.html", context)
