"""What is registered of an instrument: its parts in order, what must be there before it is handed in, and how it reads.

The form, the keeper's page, the frozen copy a reviewer reads and the record of changes all go by this module, so that they
say the same (S1-38, S2-16; field_tables: instrument, research_facility, instrument_personnel).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import BooleanField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.accounts.subjects import subject_names
from gongyi.catalog.models import (
    CarrierType,
    Facility,
    FacilityFile,
    FundingSource,
    Instrument,
    InstrumentStaff,
    ResourceType,
)
from gongyi.kit.money import format_money
from gongyi.kit.when import format_day

NEGOTIABLE = "面议"  # what the fee reads where it is agreed case by case (S2-23)
MONEY = frozenset({"original_value", "construction_cost"})


@dataclass(frozen=True)
class Part:
    """A section of the registration; one whose `key` names no fields of the instrument is filled from elsewhere."""

    key: str
    title: Any
    fields: tuple[str, ...] = ()


PARTS = (
    Part(
        "basics", gettext_lazy("基本信息"),
        (
            "name", "name_en", "internal_no", "resource_type", "instrument_class", "nrii_code", "generality", "reported_status",
            "subject_codes", "service_fields", "carrier_type", "carrier_internal_no", "carrier_name",
        ),
    ),
    Part("facility", gettext_lazy("设施信息")),
    Part("place", gettext_lazy("归属与平台"), ("department", "innovation_platforms", "no_platform")),
    Part(
        "origin", gettext_lazy("来源与经费"),
        (
            "acquisition_source", "original_value", "manufacturer", "origin_country", "funding_sources", "booked_on",
            "purchased_on", "commissioned_on",
        ),
    ),
    Part(
        "technical", gettext_lazy("规格与指标"),
        (
            "model", "serial_no", "secondary_development", "technical_specs", "functions", "accessories", "accreditation_note",
            "rated_hours", "annual_run_hours", "annual_external_hours",
        ),
    ),
    Part(
        "sharing", gettext_lazy("开放共享与收费"),
        (
            "sharing_mode", "timed_booking", "commissioned_booking", "service_content", "open_hours_note", "reference_fee",
            "booking_url", "user_notice", "sample_requirements",
        ),
    ),
    Part("address", gettext_lazy("安放地点"), ("region", "street", "location", "floor")),
    Part(
        "contact", gettext_lazy("协作共用联络员"),
        ("contact_name", "contact_phone", "contact_email", "contact_address", "postcode"),
    ),
    Part("staff", gettext_lazy("主要操作及维修人员")),
    Part(
        "customs", gettext_lazy("海关监管"),
        (
            "under_customs_supervision", "customs_declaration_no", "customs_item_no", "customs_release_on", "customs_form_name",
        ),
    ),
    Part("files", gettext_lazy("图片和附件")),
)  # fmt: skip

FIELDS = tuple(name for part in PARTS for name in part.fields)
CUSTOMS = PARTS[-2].fields[1:]
CARRIER = ("carrier_internal_no", "carrier_name")
REQUIRED = (
    "name", "resource_type", "instrument_class", "internal_no", "generality", "reported_status", "subject_codes",
    "carrier_type", "department", "acquisition_source", "original_value", "manufacturer", "origin_country",
    "funding_sources", "booked_on", "model", "secondary_development", "technical_specs", "functions", "sharing_mode",
    "service_content", "reference_fee", "user_notice", "region", "street", "location", "floor", "contact_name",
    "contact_phone", "contact_email", "contact_address", "postcode",
)  # fmt: skip
FACILITY_FIELDS = (
    "short_name_en", "category", "construction", "accepted_on", "construction_cost", "website", "video_url",
    "science_center", "host_unit", "competent_department", "approval_department", "sharing_rules", "domestic_users",
    "foreign_users", "achievement", "contact_unit", "contact_position", "scientist_name", "scientist_phone",
    "scientist_email", "scientist_unit", "scientist_position", "lead_name", "lead_phone", "lead_email", "lead_unit",
    "lead_position",
)  # fmt: skip
FACILITY_REQUIRED = (
    "category", "construction", "construction_cost", "science_center", "host_unit", "competent_department",
    "approval_department", "sharing_rules", "contact_unit", "contact_position",
)  # fmt: skip
STAFF_FIELDS = (
    "role", "name", "phone", "email", "title", "education", "specialty", "years_on_instrument", "employment", "certified",
)  # fmt: skip


@dataclass(frozen=True)
class Missing:
    """One thing that keeps an instrument from being handed in: the field of the form and what to call it."""

    field: str
    label: str
    sentence: str = ""

    @property
    def anchor(self) -> str:
        return f"id_{self.field}"


def is_facility(instrument: Instrument) -> bool:
    return instrument.resource_type == ResourceType.FACILITY


def facility_of(instrument: Instrument) -> Facility | None:
    return Facility.objects.filter(pk=instrument.pk).first() if instrument.pk else None


def label_of(name: str, model: Any = Instrument) -> str:
    """What people call a field."""
    return str(getattr(model._meta.get_field(name), "verbose_name", name))


def required_now(instrument: Instrument) -> Iterator[str]:
    """The fields that must be filled for what the instrument says it is."""
    yield from REQUIRED
    if instrument.carrier_type and instrument.carrier_type != CarrierType.NONE:
        yield from CARRIER
    if instrument.under_customs_supervision:
        yield from CUSTOMS
    if is_facility(instrument):
        yield "name_en"


def missing_of(instrument: Instrument) -> list[Missing]:
    """Everything that is still wanted before the instrument can be handed in, in the order of the form (S2-16)."""
    wanted = {name for name in required_now(instrument) if not words(instrument, name)}
    found = [(FIELDS.index(name), Missing(name, label_of(name))) for name in wanted]
    if not (instrument.timed_booking or instrument.commissioned_booking):
        sentence = _("按时预约和委托预约至少选一种，否则没有人能使用。")
        found.append((FIELDS.index("timed_booking"), Missing("timed_booking", _("预约方式"), sentence)))
    if not instrument.no_platform and not instrument.innovation_platforms.exists():
        sentence = _("请选择所属创新平台；确实没有的，勾选「无所属创新平台」。")
        missing = Missing("no_platform", label_of("innovation_platforms"), sentence)
        found.append((FIELDS.index("innovation_platforms"), missing))
    rows = [missing for _place, missing in sorted(found, key=lambda pair: pair[0])]
    if is_facility(instrument):
        rows += _missing_of_facility(instrument)
    if not instrument.staff.exists():
        rows.append(Missing("staff_rows", _("操作及维修人员"), _("请至少登记一名操作或维护人员。")))
    if not instrument.photos.exists():
        rows.append(Missing("photos", _("仪器照片"), _("请上传至少一张清晰的实物照片。")))
    return rows


def _missing_of_facility(instrument: Instrument) -> Iterator[Missing]:
    facility = facility_of(instrument) or Facility(instrument=instrument)
    names = list(FACILITY_REQUIRED)
    if facility.construction == Facility.Construction.COMPLETED:
        names.append("accepted_on")
    for name in names:
        if not words(facility, name):
            yield Missing(f"facility-{name}", label_of(name, Facility))


def words(record: Any, name: str) -> str:
    """The value of a field as people read it; empty when nothing was filled in."""
    if name in ("innovation_platforms", "service_fields"):
        return "、".join(str(row) for row in getattr(record, name).all()) if record.pk else ""
    value = getattr(record, name)
    if value is None or value == "" or value == []:
        return ""
    if name == "subject_codes":
        return "、".join(subject_names(value))
    if name == "funding_sources":
        return "、".join(str(FundingSource(code).label) for code in value)
    if name == "instrument_class":
        return str(value.path)
    if name == "region":
        return str(value.label)
    if isinstance(record._meta.get_field(name), BooleanField):
        return _("是") if value else _("否")
    if name in MONEY:
        return str(format_money(value))
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return format_day(value, full=True)
    display = getattr(record, f"get_{name}_display", None)
    return str(display() if display else value)


def person_in_words(person: InstrumentStaff) -> str:
    """`张三（操作人员，13800000000，硕士，中级，专职，从事 6 年）`."""
    years = _("从事 %s 年") % person.years_on_instrument if person.years_on_instrument is not None else ""
    facts = [
        person.get_role_display(), person.phone, person.email, person.get_education_display(), person.get_title_display(),
        person.specialty, person.get_employment_display(), years, person.certified,
    ]  # fmt: skip
    return f"{person.name}（{'，'.join(str(fact) for fact in facts if fact)}）"


def staff_in_words(people: Iterable[InstrumentStaff]) -> str:
    return "、".join(person_in_words(person) for person in people)


def sections(instrument: Instrument) -> list[tuple[Part, list[tuple[str, str, str]]]]:
    """Every part with (field, label, words); parts that do not concern this instrument are left out."""
    found = []
    for part in PARTS:
        if part.key == "facility":
            facility = facility_of(instrument)
            if not (is_facility(instrument) and facility):
                continue
            rows = [(f"facility-{name}", label_of(name, Facility), words(facility, name)) for name in FACILITY_FIELDS]
        elif part.key == "staff":
            rows = [
                (f"staff-{place}", person.get_role_display(), person_in_words(person))
                for place, person in enumerate(instrument.staff.all(), start=1)
            ]
        elif part.key == "files":
            continue
        else:
            skipped = frozenset() if instrument.under_customs_supervision else frozenset(CUSTOMS)
            rows = [
                (name, label_of(name), words(instrument, name))
                for name in part.fields
                if name not in skipped and _concerns(instrument, name)
            ]
        found.append((part, rows))
    return found


def _concerns(instrument: Instrument, name: str) -> bool:
    if name == "no_platform":
        return instrument.no_platform
    if name == "innovation_platforms":
        return not instrument.no_platform
    return name not in CARRIER or instrument.carrier_type not in ("", CarrierType.NONE)


def files_of(instrument: Instrument) -> Iterator[tuple[str, str, str, list[Any]]]:
    """(key, label, words, files) of everything that was uploaded for the instrument."""
    photos = list(instrument.photos.select_related("file"))
    yield "photos", str(_("图片")), "、".join(p.caption for p in photos if p.caption), [photo.file for photo in photos]
    for row in instrument.attachments.select_related("file"):
        label = _("附件（公开）") if row.public else _("附件")
        yield f"attachment-{row.pk}", str(label), row.title, [row.file]
    if is_facility(instrument):
        kept = list(FacilityFile.objects.filter(facility=instrument.pk).select_related("file"))
        for slot in FacilityFile.Slot:
            if files := [row.file for row in kept if row.slot == slot]:
                yield f"facility-{slot.value}", str(slot.label), "", files


def advice_on(specs: str) -> str:
    """What is doubtful about the main indicators, though it may be right (S2-22)."""
    if specs and not any(char.isdigit() for char in specs):
        return _("主要技术指标里没有数字。请写准确的数值和单位，不要写缩写或「优异」「高」一类的话。")
    return ""
