"""Instruments for tests: published, bookable, in good order, with prices and managers as asked."""

from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from gongyi.accounts.models import User
from gongyi.catalog.models import Instrument, InstrumentManager, InstrumentPhoto, InstrumentStaff, Price, PriceTier
from gongyi.organizations.models import Organization
from tests.factories.organizations import organization, stored_file

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


REGISTERED = {
    "internal_no": "2026-0412", "instrument_class_id": "010102", "generality": "general", "reported_status": "normal",
    "subject_codes": ["430"], "carrier_type": "none", "acquisition_source": "purchase", "original_value": Decimal(1450000),
    "manufacturer": "卡尔·蔡司公司", "origin_country": "德国", "funding_sources": ["central", "own"], "booked_on": date(2024, 5, 20),
    "model": "GeminiSEM 300", "secondary_development": False, "technical_specs": "分辨率：0.7 nm（15 kV）",
    "functions": "微观形貌观察和成分分析。", "sharing_mode": "external", "service_content": "形貌观察、能谱分析",
    "reference_fee": "300 元/小时", "user_notice": "首次使用须经培训。", "region_id": "330106", "street": "余杭塘路 866 号",
    "location": "材料楼 B106", "floor": "1 层", "contact_name": "周敏", "contact_phone": "0571-87951234",
    "contact_email": "zhoumin@example.com", "contact_address": "杭州市余杭塘路 866 号", "postcode": "310058", "no_platform": True,
}  # fmt: skip


def registered(name: str = "场发射扫描电镜", *, status: str = Instrument.Status.DRAFT, **fields: Any) -> Instrument:
    """An instrument with everything that is asked before it is handed in: a draft unless told otherwise."""
    made = instrument(name, status=status, **REGISTERED | fields)
    InstrumentStaff.objects.create(instrument=made, role="operator", name="郑一帆", phone="13900000002")
    InstrumentPhoto.objects.create(instrument=made, file=stored_file("正面.jpg", "instrument_photo"), caption="正面")
    return made
