"""Keeping instruments: their data, people, prices and managers, each change noted with what stood before."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from gongyi.audit.services import record
from gongyi.catalog import search
from gongyi.catalog.models import Facility, Instrument, InstrumentManager, InstrumentStaff, Price, PriceTier
from gongyi.catalog.registration import FACILITY_FIELDS, facility_of, is_facility, label_of, staff_in_words, words
from gongyi.catalog.services.locking import editable
from gongyi.catalog.services.numbers import Numbers
from gongyi.catalog.workflow import InstrumentFlow
from gongyi.kit.money import format_money
from gongyi.kit.refusal import Refused
from gongyi.organizations.models import Organization
from gongyi.organizations.rules import member_of
from gongyi.reviews.models import Submission

Rates = Mapping[str, Decimal]


@transaction.atomic
def add_instrument(
    *,
    instrument: Instrument,
    actor: Any,
    service_fields: Iterable[Any] = (),
    innovation_platforms: Iterable[Any] = (),
    staff: Iterable[InstrumentStaff] = (),
    facility: Mapping[str, Any] | None = None,
) -> Instrument:
    """Store a new instrument under the next number of its unit, as the status it carries says (draft unless told otherwise),
    with its people and, for a facility, what only facilities say."""
    Organization.objects.select_for_update(no_key=True).get(pk=instrument.organization_id)
    instrument.number = Numbers().next(instrument.organization, instrument.instrument_class_id)
    instrument.region_id = instrument.region_id or instrument.organization.region_id
    with _own_number(instrument):
        instrument.save()
    instrument.service_fields.set(service_fields)
    instrument.innovation_platforms.set(innovation_platforms)
    set_staff(instrument, staff)
    set_facility(instrument, facility)
    InstrumentManager.objects.get_or_create(instrument=instrument, user=actor)
    search.index([instrument.pk])
    InstrumentFlow.opened(instrument, _("新增"), actor=actor)
    return instrument


@transaction.atomic
def change_instrument(
    *,
    instrument: Instrument,
    fields: Iterable[str],
    actor: Any,
    service_fields: Iterable[Any] | None = None,
    innovation_platforms: Iterable[Any] | None = None,
    staff: Iterable[InstrumentStaff] | None = None,
    facility: Mapping[str, Any] | None = None,
) -> Instrument:
    """Store the changed `fields` of the instrument and what else is given, and note in words what stood before; no review is
    needed (S1-41). Refuses while it is under review, once it is scrapped, and a number of the unit that is taken."""
    names = [name for name in fields if name not in ("service_fields", "innovation_platforms")]
    before = editable(instrument)
    old = _told(before, names)
    if names:
        with _own_number(instrument):
            instrument.save(update_fields=[*names, "name_key", "updated_at"])
    for name, rows in (("service_fields", service_fields), ("innovation_platforms", innovation_platforms)):
        if rows is not None:
            old[label_of(name)] = words(before, name)
            getattr(instrument, name).set(rows)
    if staff is not None:
        old[STAFF] = staff_in_words(before.staff.all())
        set_staff(instrument, staff)
    of_facility = facility is not None or "resource_type" in names
    if of_facility:
        old |= _facility_told(before)
        set_facility(instrument, facility)
    if not names and service_fields is not None:
        search.index([instrument.pk])
    new = _told(instrument, names) | (_facility_told(instrument) if of_facility else {})
    for name in ("service_fields", "innovation_platforms"):
        if label_of(name) in old:
            new[label_of(name)] = words(instrument, name)
    if STAFF in old:
        new[STAFF] = staff_in_words(instrument.staff.all())
    changed = [key for key in {**old, **new} if new.get(key, "") != old.get(key, "")]
    if changed:
        record(
            actor, instrument, _("修改仪器资料"),
            before={key: old.get(key, "") for key in changed}, after={key: new.get(key, "") for key in changed},
        )  # fmt: skip
    return instrument


STAFF = "操作及维修人员"


def _told(instrument: Instrument, names: Iterable[str]) -> dict[str, str]:
    return {label_of(name): words(instrument, name) for name in names}


def _facility_told(instrument: Instrument) -> dict[str, str]:
    kept = facility_of(instrument)
    if kept is None:
        return {}
    return {label_of(name, Facility): words(kept, name) for name in FACILITY_FIELDS}


def set_staff(instrument: Instrument, people: Iterable[InstrumentStaff]) -> None:
    """Let exactly these people stand beside the instrument, in this order; those it had and are not among them go."""
    kept = []
    known = set(instrument.staff.values_list("pk", flat=True))
    for place, person in enumerate(people, start=1):
        person.instrument, person.rank = instrument, place
        person.pk = person.pk if person.pk in known else None
        person.save(force_insert=person.pk is None)
        kept.append(person.pk)
    instrument.staff.exclude(pk__in=kept).delete()


def set_facility(instrument: Instrument, values: Mapping[str, Any] | None) -> None:
    """Keep what only a facility says of itself; an instrument that is none says nothing of the kind (S2-18)."""
    if not is_facility(instrument):
        Facility.objects.filter(pk=instrument.pk).delete()
    else:
        Facility.objects.update_or_create(instrument=instrument, defaults=dict(values or {}))
        instrument._state.fields_cache.pop("facility", None)


@contextmanager
def _own_number(instrument: Instrument) -> Iterator[None]:
    """Turns the database's word for two instruments of one unit with one number into a sentence."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "instrument_internal_no_once" not in str(error):
            raise
        raise Refused(_("本单位已有编号为「%s」的仪器，请核对。") % instrument.internal_no, code="taken") from None


@transaction.atomic
def discard_draft(*, instrument: Instrument, actor: Any) -> None:
    """Delete a draft nobody ever reviewed. Refuses one that was handed in: the record of its review stays."""
    row = Instrument.objects.select_for_update().get(pk=instrument.pk)
    if refusal := not_discardable(row):
        raise refusal
    record(actor, row.organization, _("删除仪器草稿"), before={"name": row.name, "number": row.number})
    row.delete()


def not_discardable(instrument: Instrument) -> Refused | None:
    """Why an instrument cannot be deleted as a mere draft, or None."""
    if instrument.status != Instrument.Status.DRAFT or Submission.objects.of(instrument).exists():
        return Refused(_("已提交过审核，记录须保留，不能删除。"), code="handed_in", remedy=_("可以修改后重新提交。"))
    return None


@transaction.atomic
def set_prices(*, instrument: Instrument, prices: Mapping[str, Rates | None], actor: Any) -> None:
    """Set the price of each tier: `{tier: {hourly_rate, startup_fee, minimum_fee}}`, None takes a tier's price away.

    Bookings made before keep the price they were made at. The change is noted (价格变更).
    """
    Instrument.objects.select_for_update(no_key=True).get(pk=instrument.pk)
    stored = {price.tier: price for price in Price.objects.filter(instrument=instrument)}
    before, after = _in_words(stored.values()), []
    for tier in PriceTier.values:
        rates = prices.get(tier)
        if rates is None:
            if tier in stored and tier in prices:
                stored[tier].delete()
                continue
            after += [stored[tier]] if tier in stored else []
            continue
        price = stored.get(tier) or Price(instrument=instrument, tier=tier)
        for name, amount in rates.items():
            setattr(price, name, amount)
        price.save()
        after.append(price)
    if _in_words(after) != before:
        record(actor, instrument, _("修改价格"), before=before, after=_in_words(after))
    search.index([instrument.pk])


def _in_words(prices: Iterable[Price]) -> dict[str, str]:
    labels = dict(PriceTier.choices)
    return {
        str(labels[price.tier]): _("%(hour)s/小时，开机 %(start)s，最低 %(least)s")
        % {
            "hour": format_money(price.hourly_rate),
            "start": format_money(price.startup_fee),
            "least": format_money(price.minimum_fee),
        }
        for price in sorted(prices, key=lambda price: PriceTier.values.index(price.tier))
    }


@transaction.atomic
def add_manager(*, instrument: Instrument, user: Any, actor: Any) -> None:
    """Let a person of the owning unit look after the instrument; refuses strangers to the unit and repetitions."""
    if not member_of(user, instrument.organization):
        raise Refused(
            _("%(name)s 不是%(unit)s的成员。") % {"name": user, "unit": instrument.organization}, code="not_a_member",
            remedy=_("请先请单位管理员把他加入本单位。"),
        )  # fmt: skip
    _link, created = InstrumentManager.objects.get_or_create(instrument=instrument, user=user)
    if not created:
        raise Refused(_("%s 已经是这台仪器的管理员。") % user, code="already_manager")
    record(actor, instrument, _("增加管理员"), after=str(user))


@transaction.atomic
def remove_manager(*, instrument: Instrument, user: Any, actor: Any) -> None:
    """Take the instrument out of a person's care; the unit's administrator remains."""
    deleted, _rows = InstrumentManager.objects.filter(instrument=instrument, user=user).delete()
    if not deleted:
        raise Refused(_("%s 不是这台仪器的管理员。") % user, code="not_manager")
    record(actor, instrument, _("移除管理员"), before=str(user))
