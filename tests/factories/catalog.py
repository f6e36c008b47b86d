"""Instruments for tests: published, bookable, in good order, with prices and managers as asked."""

from decimal import Decimal
from itertools import count
from typing import Any

from gongyi.accounts.models import User
from gongyi.catalog.models import Instrument, InstrumentManager, Price, PriceTier
from gongyi.organizations.models import Organization
from tests.factories.organizations import organization

_numbers = count(1)


def instrument(
    name: str = "",
    *,
    unit: Organization | None = None,
    managers: tuple[User, ...] = (),
    hourly_rate: Any = None,
    **fields,
) -> Instrument:
    """An instrument of `unit`; `hourly_rate` gives every tier that price, without it the instrument is free of charge."""
    number = next(_numbers)
    unit = unit or organization()
    made = Instrument.objects.create(
        **{
            "organization": unit,
            "number": f"{unit.code}-T-{number:04d}",
            "name": name or f"测试仪器{number}",
            "status": Instrument.Status.PUBLISHED,
        }
        | fields
    )
    for user in managers:
        InstrumentManager.objects.create(instrument=made, user=user)
    if hourly_rate is not None:
        price(made, hourly_rate, *PriceTier.values)
    return made


def price(instrument: Instrument, hourly_rate: Any, *tiers: str, startup_fee: Any = 0, minimum_fee: Any = 0) -> None:
    """Set the price of tiers (校内 when none is named)."""
    for tier in tiers or (PriceTier.INTERNAL,):
        Price.objects.update_or_create(
            instrument=instrument,
            tier=tier,
            defaults={
                "hourly_rate": Decimal(hourly_rate),
                "startup_fee": Decimal(startup_fee),
                "minimum_fee": Decimal(minimum_fee),
            },
        )
