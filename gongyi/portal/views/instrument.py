"""The page of one instrument: what it is, when it is free, what it costs, whom to ask."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.accounts.subjects import subject_names
from gongyi.catalog.models import Facility, Instrument
from gongyi.catalog.queries import is_favourite
from gongyi.catalog.registration import is_facility
from gongyi.kit.when import format_clock
from gongyi.onboarding.models import InnovationPlatform
from gongyi.portal import rows, structured
from gongyi.portal.shortlist import Shortlist
from gongyi.reservations.panels import instrument_calendar
from gongyi.reservations.queries import free_slots
from gongyi.reservations.rules import is_manager


def instrument(request: HttpRequest, pk: int) -> HttpResponse:
    """Published instruments for everyone, others for those who look after them (S1-46, S1-51)."""
    visible = Instrument.objects.visible_to(request.user).select_related(
        "organization", "department", "instrument_class", "region"
    )
    found = get_object_or_404(
        visible.prefetch_related("prices", "photos__file", "service_fields", "staff").defer("tsv", "facets"), pk=pk
    )
    now = timezone.now()
    row = rows.rows([found], request.user, now)[0]
    context: dict[str, Any] = {
        "instrument": found,
        "row": row,
        "photos": list(found.photos.all()),
        "crumb_class": found.instrument_class,
        "is_favourite": is_favourite(request.user, found),
        "shortlist": Shortlist.of(request),
        "manages": is_manager(found, request.user),
        "slots": slots_in_words(free_slots(found, timezone.localdate(), now=now), now),
        "specs": lines_of(found.technical_specs),
        "description": describe(found),
        "platforms": InnovationPlatform.objects.published().filter(instruments=found),
        "attachments": found.attachments.filter(public=True).select_related("file"),
        "facility": Facility.objects.filter(pk=found.pk).first() if is_facility(found) else None,
        "subjects": "、".join(subject_names(found.subject_codes)),
    }
    if found.status == Instrument.Status.PUBLISHED:
        context["json_ld"] = structured.instrument(found, context["description"])
    context |= instrument_calendar(request, found)
    return render(request, "portal/instrument.html", context)


def slots_in_words(slots: list[tuple[datetime, datetime]], now: datetime) -> str:
    """`现在–18:00、19:00–22:00`."""
    return "、".join(
        f"{_('现在') if start <= now else format_clock(start)}–{format_clock(end)}" for start, end in slots
    )


def lines_of(text: str) -> list[tuple[str, str]]:
    """`分辨率：0.7 nm` on lines of their own as label and value; other lines as they are."""
    result = []
    for line in text.replace("；", "\n").splitlines():
        label, colon, value = line.strip().partition("：")
        if colon and len(label) <= 20 and value:
            result.append((label, value.strip()))
        elif line.strip():
            result.append(("", line.strip()))
    return result


def describe(instrument: Instrument) -> str:
    """One sentence for search engines and link previews."""
    unit = instrument.organization.name
    first = (
        instrument.functions.strip().splitlines()[0][:80]
        if instrument.functions.strip()
        else _("在线查看空闲时间、收费标准并预约。")
    )
    return _("%(unit)s %(name)s %(model)s。%(first)s") % {
        "unit": unit,
        "name": instrument.name,
        "model": instrument.model,
        "first": first,
    }
