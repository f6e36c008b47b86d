"""Booking several instruments of one unit on one page, and its result (批量预约, S1-51, S1-87)."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gongyi.accounts.models import ReportProfile
from gongyi.catalog.models import Instrument, ShortlistItem
from gongyi.catalog.services.shortlist import SHORTLIST_LIMIT, remove_from_shortlist
from gongyi.kit.dialogs import is_htmx
from gongyi.reservations import services
from gongyi.reservations.choices import read_moment
from gongyi.reservations.forms import BookingForm
from gongyi.reservations.models import Reservation
from gongyi.reservations.services import BATCH_LIMIT, NotAllBookable, NotBookable, Outcome
from gongyi.reservations.views.batches import Batch, typed_span
from gongyi.workflow import Refused

DONE = "batch_done"  # in the session: what the last batch brought


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def batch(request: HttpRequest) -> HttpResponse:
    """`id` (repeated) says which instruments; those of two units are refused, offering one of them.

    POST: `do` is check (other times), same (one time for all), common, use (the nearest free time of one), book (all or
    nothing) or partial (those that pass). Whatever goes wrong, everything typed stays (422).
    """
    data = request.POST if request.method == "POST" else request.GET
    asked = _keys(data.getlist("among") or data.getlist("id"))
    visible = Instrument.objects.visible_to(request.user).select_related("organization").defer("tsv", "facets")
    found = sorted(visible.filter(pk__in=asked), key=lambda i: asked.index(i.pk))
    units = {i.organization_id: i.organization for i in found}
    if len(units) != 1:
        return _choose_unit(request, found, len(asked) - len(found))
    instruments = found[:BATCH_LIMIT]
    ticked = set(_keys(data.getlist("id")))
    made = Batch.read(instruments, request.user, data, timezone.now(), ticked=ticked)
    context = {"missing": len(asked) - len(found), "over": len(found) - len(instruments), "limit": BATCH_LIMIT}
    if request.method == "GET":
        return _show(request, made, _form(request, made, None), context)
    act, _colon, value = request.POST.get("do", "").partition(":")
    if act in ("book", "partial"):
        return _book(request, made, context, partial=act == "partial")
    if act == "same" and (span := typed_span(data)):
        made.at(span)
    elif act == "common" and made.common:
        made.at(made.common)
    elif act == "use":
        _use(made, value)
    return _show(request, made, _form(request, made, None, typed=request.POST), context)


def _keys(values: list[str]) -> list[int]:
    keys = (int(v) for v in values[:SHORTLIST_LIMIT] if v.isascii() and v.isdigit() and 0 < len(v) < 19)
    return list(dict.fromkeys(keys))


def _use(made: Batch, value: str) -> None:
    key, _slash, times = value.partition("/")
    start, _slash, end = times.partition("/")
    if key.isdecimal() and (starts_at := read_moment(start)) and (ends_at := read_moment(end)):
        made.at((starts_at, ends_at), only=int(key))


def _choose_unit(request: HttpRequest, found: list[Instrument], missing: int) -> HttpResponse:
    """None at all, or several units: say so, and how many are no longer public; offer each unit's part."""
    units: dict[int, list[Instrument]] = {}
    for instrument in found:
        units.setdefault(instrument.organization_id, []).append(instrument)
    offers = [
        (rows[0].organization, rows, urlencode({"id": [i.pk for i in rows]}, doseq=True)) for rows in units.values()
    ]
    names = "、".join(str(unit) for unit, _rows, _query in offers)
    context = {"offers": offers, "names": names, "missing": missing, "layout": "kit/public.html"}
    return render(request, "reservations/batch_units.html", context, status=409 if offers else 200)


def _form(request: HttpRequest, made: Batch, data: Any, typed: Any = None) -> BookingForm:
    profile = request.user.report_profile_or_empty
    initial = {name: getattr(profile, name) for name in ReportProfile.FIELDS}
    initial["account"] = made.account.pk if made.account else None
    if typed is not None:
        initial |= {name: typed.getlist(name) if name == "subject_codes" else typed.get(name) for name in typed}
    form = BookingForm(data, initial=initial, instrument=made.lines[0].instrument, user=request.user)
    form.fields["account"].required = made.charged
    return form


def _book(request: HttpRequest, made: Batch, context: dict[str, Any], *, partial: bool) -> HttpResponse:
    form = _form(request, made, request.POST)
    if not form.is_valid():
        return _show(request, made, form, context, status=422)
    typed = form.cleaned_data
    try:
        outcomes = services.reserve_together(
            wishes=made.wishes, user=request.user, account=typed["account"], actor=request.user, partial=partial,
            purpose=typed["purpose"], sample_notes=typed["sample_notes"], report=form.report(),
        )  # fmt: skip
    except NotAllBookable as refused:
        _tell(made, refused.outcomes)
        form.add_error(None, str(refused))
        return _show(request, made, form, context, status=422)
    except Refused as refused:
        form.add_error(None, str(refused))
        return _show(request, made, form, context, status=422)
    if request.POST.get("leave") == "1":
        booked = [outcome.wish.instrument.pk for outcome in outcomes if outcome.reservation]
        remove_from_shortlist(actor=request.user, instruments=booked)
    request.session[DONE] = {
        "booked": [outcome.reservation.pk for outcome in outcomes if outcome.reservation],
        "refused": [(outcome.wish.instrument.pk, str(outcome.refused)) for outcome in outcomes if outcome.refused],
    }
    return redirect("reservations:batch_done")


def _tell(made: Batch, outcomes: list[Outcome]) -> None:
    """Show with each line what its booking was answered, limits and balance used up by the lines before it included."""
    told = {outcome.wish.instrument.pk: outcome.refused for outcome in outcomes}
    for line in made.chosen:
        refused = told.get(line.instrument.pk)
        if isinstance(refused, NotBookable):
            line.told = refused.answers


def _show(
    request: HttpRequest, made: Batch, form: BookingForm, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    made.draw()
    keys = [line.instrument.pk for line in made.lines]
    report_wrong = any(form[name].errors for name in ReportProfile.FIELDS) if form.is_bound else False
    filled = sum(1 for name in ReportProfile.FIELDS if form[name].value())
    context |= {
        "batch": made,
        "form": form,
        "on_shortlist": ShortlistItem.objects.filter(user=request.user, instrument__in=keys).exists(),
        "leave": request.method == "GET" or request.POST.get("leave") == "1",
        "report_open": report_wrong or not filled,
        "report_filled": filled,
        "report_fields": [form[name] for name in ReportProfile.FIELDS],
        "layout": "kit/public.html",
    }
    if is_htmx(request):
        return render(request, "reservations/_batch_refreshed.html", context)
    return render(request, "reservations/batch.html", context, status=status)


@login_required
@never_cache
@require_GET
def batch_done(request: HttpRequest) -> HttpResponse:
    """What the last batch of this session brought: each booking's link, or why there is none."""
    done = request.session.get(DONE, {"booked": [], "refused": []})
    rows = Reservation.objects.visible_to(request.user).select_related("instrument__organization", "account")
    by_pk = rows.in_bulk(done["booked"])
    booked = [by_pk[pk] for pk in done["booked"] if pk in by_pk]
    if not booked:
        return redirect("reservations:mine")
    names = Instrument.objects.visible_to(request.user).only("name").in_bulk([pk for pk, _why in done["refused"]])
    refused = [(names[pk], sentence) for pk, sentence in done["refused"] if pk in names]
    context = {
        "booked": booked,
        "refused": refused,
        "again": urlencode({"id": [instrument.pk for instrument, _why in refused]}, doseq=True),
        "total": sum(row.estimate for row in booked),
        "pending": sum(1 for row in booked if row.status == Reservation.Status.PENDING),
        "layout": "kit/public.html",
    }
    return render(request, "reservations/batch_done.html", context)
