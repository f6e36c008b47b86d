"""Instruments: the list's search and filters, one instrument, its calendar, and the heartbeat of its device."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from ninja import Query, Router

from gongyi.api.authentication import DEVICE, PUBLIC
from gongyi.api.paging import page_bounds
from gongyi.catalog import search
from gongyi.catalog.models import Instrument, RunningStatus
from gongyi.catalog.search.engine import Sort
from gongyi.catalog.search.facets import COMMISSIONED, RUNNING, TIMED, Kind
from gongyi.reservations import queries, services
from gongyi.workflow import Refused

router = Router(tags=["instruments"])

MODES = {"timed": TIMED, "commissioned": COMMISSIONED}
LONGEST_CALENDAR_DAYS = 62


def instrument_body(instrument: Instrument) -> dict:
    return {
        "id": instrument.pk,
        "number": instrument.number,
        "name": instrument.name,
        "model": instrument.model,
        "manufacturer": instrument.manufacturer,
        "organization": {"id": instrument.organization_id, "name": instrument.organization.name},
        "class_code": instrument.instrument_class_id,
        "region_code": instrument.region_id,
        "location": instrument.location,
        "running_status": instrument.running_status,
        "timed_booking": instrument.timed_booking,
        "commissioned_booking": instrument.commissioned_booking,
        "service_count": instrument.service_count,
        "url": instrument.get_absolute_url(),
    }


@router.get("/instruments", auth=PUBLIC, summary="Search published instruments with the list's filters")
def instruments(
    request,
    q: str = Query("", max_length=200),
    class_code: list[str] = Query([], description="codes of the national classification, any level"),
    region_code: list[str] = Query([], description="GB/T 2260 codes"),
    organization_id: list[int] = Query([]),
    mode: list[str] = Query([], description="timed, commissioned"),
    running_status: list[str] = Query([]),
    rate_from: Decimal | None = Query(None, ge=0, le=10_000_000),
    rate_to: Decimal | None = Query(None, ge=0, le=10_000_000),
    sort: str = Sort.RELEVANCE.value,
    page: int = 1,
    page_size: int = 20,
):
    """`total` is exact up to 10,000; beyond that `total_is_more` is true."""
    first, last = page_bounds(page, page_size)
    found = search.find(
        search.Criteria(
            words=search.parse(q),
            chosen={
                Kind.CLASS: _codes(class_code, "class_code"),
                Kind.REGION: _codes(region_code, "region_code"),
                Kind.ORGANIZATION: tuple(organization_id),
                Kind.MODE: _numbers(mode, MODES, "mode"),
                Kind.STATUS: _numbers(running_status, RUNNING, "running_status"),
            },
            rate_from=rate_from,
            rate_to=rate_to,
            sort=_choice(sort, Sort.values, "sort"),
        ),
        offset=first,
        limit=last - first,
        count=False,
    )
    rows = Instrument.objects.select_related("organization").in_bulk(found.ids)
    return {
        "page": page,
        "page_size": page_size,
        "total": found.total,
        "total_is_more": found.more,
        "items": [instrument_body(rows[pk]) for pk in found.ids if pk in rows],
    }


def _codes(codes: list[str], name: str) -> tuple[int, ...]:
    if any(len(code) != 6 or not code.isascii() or not code.isdigit() for code in codes):
        raise Refused(_("%s 应为 6 位数字编码。") % name, code="invalid")
    return tuple(int(code) for code in codes)


def _numbers(values: list[str], known: dict, name: str) -> tuple[int, ...]:
    return tuple(known[_choice(value, list(known), name)] for value in values)


def _choice(value: str, known: list[str], name: str) -> str:
    if value not in known:
        raise Refused(_("%(name)s 只能是：%(known)s。") % {"name": name, "known": "、".join(known)}, code="invalid")
    return value


@router.get("/instruments/{int:instrument_id}", auth=PUBLIC, summary="One instrument with prices")
def instrument(request, instrument_id: int):
    rows = Instrument.objects.visible_to(request.user).select_related("organization", "department")
    found = get_object_or_404(rows.prefetch_related("prices"), pk=instrument_id)
    return instrument_body(found) | {
        "department": found.department.name if found.department else None,
        "original_value": None if found.original_value is None else str(found.original_value),
        "purchased_on": found.purchased_on.isoformat() if found.purchased_on else None,
        "functions": found.functions,
        "technical_specs": found.technical_specs,
        "accessories": found.accessories,
        "user_notice": found.user_notice,
        "sample_requirements": found.sample_requirements,
        "contact": {"name": found.contact_name, "phone": found.contact_phone},
        "prices": [
            {
                "tier": price.tier,
                "hourly_rate": str(price.hourly_rate),
                "startup_fee": str(price.startup_fee),
                "minimum_fee": str(price.minimum_fee),
                "currency": "CNY",
            }
            for price in found.prices.all()
        ],
    }


@router.get("/instruments/{int:instrument_id}/calendar", auth=PUBLIC, summary="What takes its time between two moments")
def calendar(request, instrument_id: int, start: str, end: str):
    """`start` and `end` are days or moments, at most 62 days apart; names are masked unless you manage the instrument."""
    found = get_object_or_404(Instrument.objects.visible_to(request.user), pk=instrument_id)
    first, last = _moment(start, "start"), _moment(end, "end")
    if not timedelta(0) < last - first <= timedelta(days=LONGEST_CALENDAR_DAYS):
        raise Refused(_("end 应晚于 start，且相隔不超过 %s 天。") % LONGEST_CALENDAR_DAYS, code="invalid")
    return {"items": queries.calendar_events(found, first, last, request.user)}


def _moment(text: str, name: str) -> datetime:
    try:
        day = parse_date(text)
        moment = datetime.combine(day, time()) if isinstance(day, date) else parse_datetime(text)
        if moment is None:
            raise ValueError
        return timezone.make_aware(moment) if timezone.is_naive(moment) else moment
    except (ValueError, OverflowError):
        raise Refused(_("%s 应写成 2026-11-21 或 2026-11-21T08:00+08:00。") % name, code="invalid") from None


@router.post("/instruments/{int:instrument_id}/heartbeat", auth=DEVICE, summary="A device says that it is on")
def heartbeat(request, instrument_id: int):
    """For the token of somebody who looks after the instrument (S0-46, S0-48). Silence for a while makes it 离线."""
    found = get_object_or_404(Instrument.objects.managed_by(request.user), pk=instrument_id)
    services.heartbeat(found)
    found.refresh_from_db(fields=["running_status", "last_heartbeat_at"])
    return {
        "running_status": found.running_status,
        "running_status_label": str(RunningStatus(found.running_status).label),
        "last_heartbeat_at": timezone.localtime(found.last_heartbeat_at).isoformat(),
    }
