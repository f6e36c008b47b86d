"""A new draft from an instrument that is like it."""

import copy
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gongyi.catalog.models import Instrument, InstrumentStaff, RunningStatus
from gongyi.catalog.registration import CUSTOMS, FACILITY_FIELDS, facility_of
from gongyi.catalog.services.upkeep import add_instrument, set_prices
from gongyi.kit.refusal import Refused
from gongyi.organizations.models import Department
from gongyi.organizations.rules import may_manage

ONE_PIECE = ("internal_no", "serial_no", "nrii_code", *CUSTOMS)  # say which piece it is, not what kind
NAME_LENGTH = 100


def copy_instrument(*, instrument: Instrument, actor: Any) -> Instrument:
    """A draft of the same unit with everything but the numbers, the customs papers, the pictures and the attachments; its
    prices, people and facility's part come along. Refuses who may not add instruments to the unit."""
    if refusal := not_copied_by(instrument, actor):
        raise refusal
    with transaction.atomic():
        made = copy.copy(instrument)
        made._state = copy.copy(instrument._state)
        made._state.adding, made._state.fields_cache = True, dict(instrument._state.fields_cache)
        made.pk = None
        for name in ONE_PIECE:
            field: Any = Instrument._meta.get_field(name)
            setattr(made, name, field.get_default())
        made.name = f"{instrument.name}{_('（副本）')}"[:NAME_LENGTH]
        made.status, made.running_status = Instrument.Status.DRAFT, RunningStatus.ONLINE
        made.service_count, made.featured, made.last_heartbeat_at, made.listed_rate = 0, False, None, None
        kept = facility_of(instrument)
        add_instrument(
            instrument=made, actor=actor,
            service_fields=list(instrument.service_fields.all()),
            innovation_platforms=list(instrument.innovation_platforms.all()),
            staff=[_anew(person) for person in instrument.staff.all()],
            facility={name: getattr(kept, name) for name in FACILITY_FIELDS} if kept else None,
        )  # fmt: skip
        prices = {
            price.tier: {
                "hourly_rate": price.hourly_rate, "startup_fee": price.startup_fee, "minimum_fee": price.minimum_fee,
            }
            for price in instrument.prices.all()
        }  # fmt: skip
        if prices:
            set_prices(instrument=made, prices=prices, actor=actor)
    return made


def not_copied_by(instrument: Instrument, actor: Any) -> Refused | None:
    """Why this person cannot add a copy to the instrument's unit, or None."""
    kept = Department.objects.kept_by(actor).filter(pk=instrument.department_id)
    if may_manage(actor, instrument.organization) or kept.exists():
        return None
    return Refused(
        _("只有单位管理员和实验室账号可以新增仪器。"), code="may_not_add", remedy=_("请联系您的单位管理员。")
    )


def _anew(person: InstrumentStaff) -> InstrumentStaff:
    made = copy.copy(person)
    made.pk, made._state = None, copy.copy(person._state)
    made._state.adding = True
    return made
