"""What is registered of an instrument, for those who keep it: read in full, written field by field, handed in by its steps."""

from datetime import date
from decimal import Decimal
from typing import Any, Literal

from django.db import models
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Body
from pydantic import Field, create_model

from gongyi.api.idempotency import answered
from gongyi.api.routes.instruments import router  # one path has one router, whatever the methods
from gongyi.api.schemas import BigId, Input
from gongyi.catalog import services
from gongyi.catalog.forms import InstrumentForm
from gongyi.catalog.forms.facility import FacilityForm
from gongyi.catalog.forms.staff import ROWS, StaffRows
from gongyi.catalog.forms.texts import YesNoField
from gongyi.catalog.models import Facility, FundingSource, Instrument, InstrumentStaff
from gongyi.catalog.registration import FACILITY_FIELDS, FIELDS, STAFF_FIELDS, facility_of, missing_of
from gongyi.catalog.views.managed import units_to_enter_for
from gongyi.catalog.workflow import InstrumentFlow
from gongyi.workflow.api import Invalid, fire_from_api, steps_of

# Names of the API where the form's would not say that they hold a key or a code.
CALLED = {
    "instrument_class": "class_code", "region": "region_code", "department": "department_id",
    "service_fields": "service_field_ids", "innovation_platforms": "innovation_platform_ids",
}  # fmt: skip
MANY = ("service_fields", "innovation_platforms")
LONGEST_TEXT = 5_000  # of texts whose own limit the form says
MOST_PEOPLE = 30


def _kind(field: Any) -> Any:
    """What a client sends for a field of the model."""
    if field.choices:
        return Literal[("", *(value for value, _label in field.choices))]
    if isinstance(field, models.BooleanField):
        return bool
    if isinstance(field, models.DateField):
        return date
    if isinstance(field, models.DecimalField):
        return Decimal
    return int if isinstance(field, models.IntegerField) else str


def _described(model: Any, names: tuple[str, ...]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name in names:
        field = model._meta.get_field(name)
        limit = {"max_length": getattr(field, "max_length", None) or LONGEST_TEXT} if _kind(field) is str else {}
        if not field.null and isinstance(field, models.CharField) and field.choices:
            limit = {}
        fields[name] = (_kind(field) | None, Field(None, description=str(field.verbose_name), **limit))
    return fields


_PLAIN = tuple(name for name in FIELDS if name not in (*CALLED, "subject_codes", "funding_sources"))
PersonInput = create_model("PersonInput", __base__=Input, **_described(InstrumentStaff, STAFF_FIELDS))
FacilityInput = create_model("FacilityInput", __base__=Input, **_described(Facility, FACILITY_FIELDS))
InstrumentInput = create_model(
    "InstrumentInput",
    __base__=Input,
    **_described(Instrument, _PLAIN),
    class_code=(str | None, Field(None, max_length=6, description="national classification, third level")),
    region_code=(str | None, Field(None, max_length=6, description="GB/T 2260, down to the district")),
    department_id=(BigId | None, Field(None, description="department or laboratory of the unit")),
    subject_codes=(list[str] | None, Field(None, max_length=4, description="GB/T 13745, first level")),
    funding_sources=(list[FundingSource] | None, Field(None, max_length=4, description="主要购置经费来源")),
    service_field_ids=(list[BigId] | None, Field(None, max_length=100, description="服务领域")),
    innovation_platform_ids=(list[BigId] | None, Field(None, max_length=100, description="or no_platform true (S2-17)")),
    staff=(list[PersonInput] | None, Field(None, max_length=MOST_PEOPLE, description="replaces the whole list")),
    facility=(FacilityInput | None, Field(None, description="only where resource_type is facility (S2-18)")),
)  # fmt: skip


class NewInstrument(InstrumentInput):  # type: ignore[misc, valid-type]
    organization_id: BigId
    name: str = Field(max_length=100)


def registration_body(instrument: Instrument) -> dict:
    """Every field as it can be sent back, and what is still missing."""
    body: dict[str, Any] = {
        "id": instrument.pk, "number": instrument.number, "organization_id": instrument.organization_id,
        "status": instrument.status, "status_label": str(instrument.get_status_display()),
        "running_status": instrument.running_status,
    }  # fmt: skip
    for name in FIELDS:
        key = CALLED.get(name, name)
        if name in MANY:
            body[key] = list(getattr(instrument, name).values_list("pk", flat=True))
        else:
            body[key] = _plain(getattr(instrument, Instrument._meta.get_field(name).attname))
    kept = facility_of(instrument)
    return body | {
        "staff": [{name: _plain(getattr(row, name)) for name in STAFF_FIELDS} for row in instrument.staff.all()],
        "facility": {name: _plain(getattr(kept, name)) for name in FACILITY_FIELDS} if kept else None,
        "photos": [
            {"id": row.pk, "caption": row.caption, "url": row.file.get_absolute_url()}
            for row in instrument.photos.select_related("file")
        ],
        "attachments": [
            {"id": row.pk, "title": row.title, "public": row.public, "url": row.file.get_absolute_url()}
            for row in instrument.attachments.select_related("file")
        ],
        "missing": [{"field": item.field, "label": item.label} for item in missing_of(instrument)],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _kept(request: Any, instrument_id: int) -> Instrument:
    rows = Instrument.objects.managed_by(request.user).select_related("organization", "instrument_class", "region")
    return get_object_or_404(rows, pk=instrument_id)


@router.get("/instruments/{int:instrument_id}/registration", summary="Everything that is registered, for its keepers")
def read(request, instrument_id: int):
    return registration_body(_kept(request, instrument_id))


@router.post("/instruments", summary="Register an instrument, as a draft; only its name is needed")
def create(request, data: NewInstrument):
    """Hand it in with the step `submit` once `missing` is empty."""
    unit = get_object_or_404(units_to_enter_for(request.user), pk=data.organization_id)

    def act():
        fresh = Instrument(organization=unit, region=unit.region)
        form, staff, facility = _judged(fresh, data.dict(exclude_unset=True), request.user)
        made = services.add_instrument(
            instrument=form.instance, actor=request.user, service_fields=form.cleaned_data["service_fields"],
            innovation_platforms=form.cleaned_data["innovation_platforms"], staff=staff or (), facility=facility,
        )  # fmt: skip
        return 201, registration_body(_kept(request, made.pk))

    return answered(request, act)


@router.patch("/instruments/{int:instrument_id}", summary="Change what is registered; needs no review once published")
def change(request, instrument_id: int, data: InstrumentInput):  # type: ignore[valid-type]
    """What is left out stays as it is; null empties a field. Refused while it is under review."""
    instrument = _kept(request, instrument_id)
    given = data.dict(exclude_unset=True)  # type: ignore[attr-defined]

    def act():
        form, staff, facility = _judged(instrument, given, request.user)
        sets = {
            name: form.cleaned_data[name] if CALLED[name] in given else None for name in MANY
        }  # an empty list takes all away
        services.change_instrument(
            instrument=form.instance,
            fields=form.fields_changed,
            actor=request.user,
            staff=staff,
            facility=facility,
            **sets,
        )
        return 200, registration_body(_kept(request, instrument.pk))

    return answered(request, act)


@router.get("/instruments/{int:instrument_id}/steps", summary="What I may do with it now, with reasons where I may not")
def steps(request, instrument_id: int):
    return {"items": steps_of(_kept(request, instrument_id), request.user)}


@router.post(
    "/instruments/{int:instrument_id}/steps/{name}", summary="Take a step: submit, withdraw, disable, scrap, …"
)
def take_step(request, instrument_id: int, name: str, data: dict[str, Any] = Body({})):
    instrument = _kept(request, instrument_id)

    def act():
        fire_from_api(InstrumentFlow, instrument, request.user, name, data)
        return 200, registration_body(_kept(request, instrument.pk))

    return answered(request, act)


def _judged(
    instrument: Instrument, given: dict[str, Any], user: Any
) -> tuple[InstrumentForm, list[InstrumentStaff] | None, dict[str, Any] | None]:
    """The form of the page over what there is and what was sent, with the people and the facility's part where they were."""
    options = {"organization": instrument.organization, "user": user, "instance": instrument, "parts": False}
    shown = InstrumentForm(**options)
    data = {name: _as_typed(shown, name) for name in shown.fields}
    own = {api: name for name, api in CALLED.items()}
    for key, value in given.items():
        if key not in ("staff", "facility", "organization_id"):
            name = own.get(key, key)
            data[name] = _typed(value, shown.fields[name])
    if "reference_fee" in given:
        data["negotiable"] = None
    form = InstrumentForm({name: value for name, value in data.items() if value is not None}, **options)
    if not form.is_valid():
        raise Invalid(form)
    return form, _people(given), _facility(form, given)


def _as_typed(form: InstrumentForm, name: str) -> Any:
    """The value that is stored, as the page would send it."""
    value = form.get_initial_for_field(form.fields[name], name)
    if name in MANY:
        return [row.pk for row in value or ()]
    return _typed(value, form.fields[name])


def _typed(value: Any, field: Any = None) -> Any:
    """As the page would send it: a box that is not ticked sends nothing, a choice of yes and no does."""
    if value is True or value is False:
        return str(value) if value or isinstance(field, YesNoField) else None
    if isinstance(value, list):
        return [str(item) for item in value]
    return "" if value is None else str(value)


def _people(given: dict[str, Any]) -> list[InstrumentStaff] | None:
    if "staff" not in given:
        return None
    data: dict[str, Any] = {ROWS: []}
    for place, person in enumerate(given["staff"] or [], start=1):
        data[ROWS].append(f"n{place}")
        data |= {f"staff-n{place}-{name}": _typed(value) for name, value in person.items()}
    rows = StaffRows((), data)
    for place, form in enumerate(rows.filled, start=1):
        if not form.is_valid():
            form.add_error(None, _("第 %s 人") % place)
            raise Invalid(form)
    return rows.rows()


def _facility(form: InstrumentForm, given: dict[str, Any]) -> dict[str, Any] | None:
    if not form.is_facility or "facility" not in given:
        return None
    kept = facility_of(form.instance) or Facility()
    data = {name: _typed(getattr(kept, name)) for name in FACILITY_FIELDS}
    data |= {name: _typed(value) for name, value in (given["facility"] or {}).items()}
    part = FacilityForm({f"facility-{name}": value for name, value in data.items()}, instance=kept)
    if not part.is_valid():
        raise Invalid(part)
    return part.values()
