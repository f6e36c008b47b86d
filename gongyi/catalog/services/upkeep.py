"""Keeping instruments: their data, prices, managers and photos, each change noted with what stood before."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from gongyi.audit.services import record
from gongyi.catalog import search
from gongyi.catalog.models import Instrument, InstrumentManager, InstrumentPhoto, Price, PriceTier
from gongyi.catalog.services.numbers import Numbers
from gongyi.files import services as files
from gongyi.kit.money import format_money
from gongyi.kit.refusal import Refused
from gongyi.organizations.models import Organization
from gongyi.organizations.rules import member_of

PHOTO = "instrument_photo"
PHOTO_BYTES = 5 * 1024 * 1024
MAX_PHOTOS = 12
Rates = Mapping[str, Decimal]


@transaction.atomic
def add_instrument(*, instrument: Instrument, actor: Any, service_fields: Iterable[Any] = ()) -> Instrument:
    """Store a new instrument under the next number of its unit, as the status it carries says (draft or published)."""
    Organization.objects.select_for_update(no_key=True).get(pk=instrument.organization_id)
    instrument.number = Numbers().next(instrument.organization, instrument.instrument_class_id)
    instrument.region_id = instrument.region_id or instrument.organization.region_id
    instrument.save()
    instrument.service_fields.set(service_fields)
    InstrumentManager.objects.get_or_create(instrument=instrument, user=actor)
    search.index([instrument.pk])
    record(actor, instrument, _("新增仪器"))
    return instrument


@transaction.atomic
def change_instrument(
    *, instrument: Instrument, fields: Iterable[str], actor: Any, service_fields: Iterable[Any] | None = None
) -> Instrument:
    """Store the changed `fields` of the instrument and note what stood before; no review is needed (S1-41)."""
    names = [name for name in fields if name != "service_fields"]
    before = Instrument.objects.select_related(None).get(pk=instrument.pk)
    label = {name: str(getattr(Instrument._meta.get_field(name), "verbose_name", name)) for name in names}
    old = {label[name]: str(getattr(before, name) or "") for name in names}
    new = {label[name]: str(getattr(instrument, name) or "") for name in names}
    if service_fields is not None:
        old["服务领域"] = "、".join(before.service_fields.values_list("name", flat=True))
        instrument.service_fields.set(service_fields)
        new["服务领域"] = "、".join(instrument.service_fields.values_list("name", flat=True))
    if names:
        instrument.save(update_fields=[*names, "name_key", "updated_at"])
    elif service_fields is not None:
        search.index([instrument.pk])
    changed = {key for key in new if new[key] != old[key]}
    if changed:
        record(
            actor, instrument, _("修改仪器资料"),
            before={key: old[key] for key in new if key in changed}, after={key: new[key] for key in new if key in changed},
        )  # fmt: skip
    return instrument


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


@transaction.atomic
def add_photo(*, instrument: Instrument, upload: UploadedFile, caption: str, actor: Any) -> InstrumentPhoto:
    """Keep a photo that everyone may see, after those there are; refuses a thirteenth, and what is no picture."""
    Instrument.objects.select_for_update(no_key=True).get(pk=instrument.pk)
    count = instrument.photos.count()
    if count >= MAX_PHOTOS:
        raise Refused(_("最多 %s 张照片。") % MAX_PHOTOS, code="too_many", remedy=_("请先删除一张。"))
    stored = files.store(
        upload, actor=actor, purpose=PHOTO, max_bytes=PHOTO_BYTES, kinds=("image",), subject=instrument
    )
    return InstrumentPhoto.objects.create(instrument=instrument, file=stored, caption=caption, rank=(count + 1) * 10)


@transaction.atomic
def remove_photo(*, photo: InstrumentPhoto, actor: Any) -> None:
    """Take a photo off the page, with its file."""
    stored = photo.file
    photo.delete()
    stored.content.delete(save=False)
    stored.delete()
    record(actor, photo.instrument, _("删除照片"), before=stored.name)
