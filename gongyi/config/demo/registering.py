"""The demo's registrations: the cast manager's instruments filled in to the last field, and others at every stage of joining."""

import zlib
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from gongyi.accounts.models import User
from gongyi.catalog import services
from gongyi.catalog.models import Instrument, InstrumentStaff
from gongyi.catalog.workflow import InstrumentFlow
from gongyi.config.demo.clock import Clock, moved
from gongyi.config.demo.showcase import _picture
from gongyi.onboarding.models import InnovationPlatform
from gongyi.organizations.models import Department, Organization
from gongyi.reservations.models import Reservation
from gongyi.reviews.rules import deciders, turn_open
from gongyi.reviews.workflow import ReviewFlow

# (word of the name, word of the model): model, maker, country, original value, indicators, functions, services
TOLD = {
    ("场发射扫描电子显微镜", ""): (
        "GeminiSEM 300", "卡尔·蔡司公司", "德国", 2_860_000, "分辨率：0.7 nm（15 kV）\n分辨率：1.2 nm（1 kV）\n加速电压：0.02–30 kV\n能谱能量分辨率：127 eV",
        "材料表面微观形貌观察、断口分析、微区成分分析。", "形貌观察、能谱点线面分析、背散射成像",
    ),
    ("扫描电子显微镜", "EVO"): (
        "EVO LS10", "卡尔·蔡司公司", "德国", 1_420_000, "分辨率：3.0 nm（30 kV）\n可变真空：10–3000 Pa\n样品台行程：80 mm × 100 mm",
        "含水、不导电样品的形貌观察。", "环境模式形貌观察、能谱分析",
    ),
    ("核磁共振波谱仪", ""): (
        "AVANCE NEO 600", "布鲁克公司", "瑞士", 6_350_000, "磁场强度：14.1 T\n氢谱灵敏度：900:1（0.1% 乙苯）\n变温范围：−150–150 ℃",
        "有机化合物和生物大分子的结构解析。", "氢谱、碳谱、二维谱、变温实验",
    ),
    ("X-射线衍射仪", ""): (
        "SmartLab 9 kW", "理学株式会社", "日本", 1_980_000, "功率：9 kW\n角度重现性：0.0001°\n扫描范围：−3–160°",
        "粉末和薄膜的物相、织构、残余应力分析。", "物相鉴定、定量分析、薄膜反射率",
    ),
    ("流式细胞分选仪", "Jazz"): (
        "FACSJazz", "碧迪公司", "美国", 1_650_000, "激光器：488 nm、640 nm\n检测通道：8 个\n分选速度：25,000 个/s",
        "活细胞多参数分析和分选。", "细胞表型分析、双路分选",
    ),
    ("同步热分析仪", ""): (
        "STA 449 F5", "耐驰公司", "德国", 680_000, "温度范围：25–1600 ℃\n天平分辨率：0.1 μg\n升温速率：0.001–50 K/min",
        "物质在程序控温下的质量和热效应同步测量。", "热重、差热、热稳定性评价",
    ),
    ("动态力学分析仪", ""): (
        "DMA 850", "TA 仪器公司", "美国", 890_000, "力：0.001–18 N\n频率：0.0001–200 Hz\n温度：−160–600 ℃",
        "高分子和复合材料的粘弹性表征。", "储能模量、损耗因子、玻璃化转变",
    ),
    ("基因测序仪", "NovaSeq"): (
        "NovaSeq 6000", "因美纳公司", "美国", 7_900_000, "单次产出：6000 Gb\n读长：2×150 bp\nQ30：≥85%",
        "全基因组、外显子组和转录组测序。", "建库质检、上机测序、数据下机",
    ),
    ("基因测序仪", "MiSeq"): (
        "MiSeq", "因美纳公司", "美国", 980_000, "单次产出：15 Gb\n读长：2×300 bp\nQ30：≥80%",
        "扩增子和小基因组测序。", "16S 测序、质粒测序",
    ),
    ("电感耦合等离子体质谱仪", ""): (
        "7700X", "安捷伦科技公司", "美国", 1_320_000, "检出限：<0.5 ng/L（In）\n质量范围：2–260 u\n氧化物产率：<1.5%",
        "痕量和超痕量元素分析。", "水质、土壤、生物样品多元素测定",
    ),
    ("超高效液相色谱-质谱联用仪", ""): (
        "ACQUITY Xevo TQ", "沃特世公司", "美国", 2_150_000, "质量范围：2–2048 u\n扫描速度：10,000 u/s\n流量：0.01–2 mL/min",
        "复杂基质中痕量有机物的定性定量。", "农残、药物代谢物、毒素定量",
    ),
    ("差示扫描量热仪", "DSC2000"): (
        "Q2000", "TA 仪器公司", "美国", 460_000, "温度范围：−180–725 ℃\n温度准确度：±0.1 ℃\n灵敏度：0.2 μW",
        "相变、结晶和固化过程的热效应测量。", "熔点、结晶度、比热容",
    ),
}  # fmt: skip
DRAFTS = (("共聚焦拉曼光谱仪", "010410"), ("原子力显微镜", None))
REASON = "照片为厂商宣传图，请换成实物照片；主要技术指标请写准确数值。"


def register(units: dict[str, Organization], people: dict[str, User]) -> None:
    """Instruments of the cast's university: complete ones, drafts, one waiting, one returned, disabled and scrapped ones, a facility."""
    unit, manager, keeper = units["WJU"], people["manager"], people["unit-admin"]
    platforms = list(InnovationPlatform.objects.selectable_for(unit)[:2])
    center = Department.objects.filter(organization=unit, name="分析测试中心").get()
    for number, (key, told) in enumerate(TOLD.items()):
        _complete(unit, manager, key, told, number, platforms)
    for name, code in DRAFTS:
        draft = Instrument(organization=unit, name=name, instrument_class_id=code, department=center)
        services.add_instrument(instrument=draft, actor=manager)
    now = timezone.now()
    with moved(Clock(now - timedelta(days=2))) as clock:
        _handed_in(unit, center, manager, "高分辨质谱仪", "010201", "WJ-2026-0188")
        clock.moment -= timedelta(days=4)
        returned = _handed_in(unit, center, manager, "激光共聚焦显微镜", "010103", "WJ-2026-0175")
        clock.moment += timedelta(days=1)
        _decide(returned, "send_back", reason=REASON)
        clock.moment -= timedelta(days=60)
        facility = _facility(unit, center, keeper)
        clock.moment += timedelta(days=2)
        _decide(facility, "approve", comment="资料齐全，予以公开。")
    _out_of_use(unit)


def _complete(unit: Organization, manager: User, key: tuple, told: tuple, number: int, platforms: list) -> None:
    rows = Instrument.objects.filter(organization=unit, managers=manager, name__contains=key[0], model__contains=key[1])
    instrument = rows.order_by("pk").first()
    if instrument is None:
        return
    _fill(instrument, told, number)
    instrument.save()
    instrument.innovation_platforms.set(platforms[number % 2 : number % 2 + 1])
    instrument.no_platform = not instrument.innovation_platforms.exists()
    instrument.save(update_fields=["no_platform"])
    _people_and_photo(instrument, manager)
    if number == 0:
        services.add_attachment(instrument=instrument, upload=_paper("操作规程.pdf"), public=True, actor=manager)
        services.add_attachment(instrument=instrument, upload=_paper("验收报告.pdf"), actor=manager)
        instrument.open_hours_note = "工作日 8:00–22:00；周末和节假日需提前一天联系。"
        services.change_instrument(instrument=instrument, fields=["open_hours_note"], actor=manager)


def _fill(instrument: Instrument, told: tuple, number: int = 0) -> None:
    model, maker, country, value, specs, functions, offered = told
    unit = instrument.organization
    plain: dict[str, Any] = {
        "model": model, "manufacturer": maker, "origin_country": country, "original_value": Decimal(value),
        "technical_specs": specs, "functions": functions, "service_content": offered, "generality": "general",
        "reported_status": "normal", "subject_codes": ["430", "150"], "carrier_type": "none", "acquisition_source": "purchase",
        "funding_sources": ["central", "own"], "booked_on": date(2018 + number % 6, 5, 20), "purchased_on": date(2018 + number % 6, 3, 2),
        "commissioned_on": date(2018 + number % 6, 6, 18), "secondary_development": number % 4 == 0, "sharing_mode": "external",
        "reference_fee": "面议" if number % 5 == 4 else "按本页收费标准结算；批量样品可协商。",
        "user_notice": instrument.user_notice or "首次使用须经管理员培训并授权，用完清理台面并登记。",
        "street": "西溪北路 98 号", "floor": f"{number % 6 + 1} 层", "location": instrument.location or "测试楼 A301",
        "contact_name": instrument.contact_name or "周敏", "contact_phone": instrument.contact_phone or unit.phone,
        "contact_email": "manager@example.com", "contact_address": unit.address, "postcode": "310058",
        "serial_no": f"SN{zlib.crc32(model.encode()) % 10**8:08d}", "annual_run_hours": Decimal(1400 + 40 * number),
        "annual_external_hours": Decimal(300 + 20 * number),
    }  # fmt: skip
    for name, text in plain.items():
        setattr(instrument, name, text)
    instrument.internal_no = instrument.internal_no or f"WJ-{2018 + number % 6}-{number + 100:04d}"
    instrument.region_id = instrument.region_id or unit.region_id


def _people_and_photo(instrument: Instrument, actor: User) -> None:
    InstrumentStaff.objects.bulk_create(
        [
            InstrumentStaff(
                instrument=instrument, role="operator", name="郑一帆", phone="13900020011", title="intermediate",
                education="master", employment="full_time", years_on_instrument=6, certified="厂商培训合格", rank=1,
            ),
            InstrumentStaff(
                instrument=instrument, role="maintainer", name="秦岭", phone="13900020012", title="junior", rank=2
            ),
        ]
    )  # fmt: skip
    photo = _picture("实物照片.png", "photo", "WJU", instrument.number)
    services.add_photo(instrument=instrument, upload=photo, caption="示例图", actor=actor)


def _handed_in(
    unit: Organization, center: Department, actor: User, name: str, code: str, number: str, **more: Any
) -> Instrument:
    fresh = Instrument(
        organization=unit, department=center, name=name, instrument_class_id=code, no_platform=True, **more
    )
    _fill(fresh, next(iter(TOLD.values())), 1)
    fresh.internal_no, fresh.model = number, f"示例型号 {number[-4:]}"
    facility = more.get("resource_type") == "facility"
    made = services.add_instrument(instrument=fresh, actor=actor, facility=_FACILITY if facility else None)
    _people_and_photo(made, actor)
    InstrumentFlow.fire(made, "submit", actor=actor, acting_for=unit)
    return made


_FACILITY = {
    "short_name_en": "HMFF", "construction": "completed", "category": "public", "construction_cost": Decimal(230_000_000),
    "accepted_on": date(2019, 11, 8), "website": "https://example.com/hmff", "science_center": "望江大学强磁场科学中心，负责装置运行、用户实验和技术升级。",
    "competent_department": "教育部", "host_unit": "望江大学", "approval_department": "国家发展和改革委员会",
    "sharing_rules": "全年受理用户申请，每季度集中评审一次；国内外用户一视同仁，基础研究免收机时费。",
    "domestic_users": "云麓理工大学\n南浦计量研究院", "achievement": "投入运行以来支撑国家级课题 120 余项。",
    "contact_unit": "望江大学", "contact_position": "用户办公室主任", "scientist_name": "李明远", "scientist_unit": "望江大学",
    "lead_name": "周敏", "lead_unit": "望江大学",
}  # fmt: skip


def _facility(unit: Organization, center: Department, actor: User) -> Instrument:
    return _handed_in(
        unit, center, actor, "稳态强磁场实验装置", "990000", "WJ-DKX-0001", resource_type="facility",
        name_en="Steady High Magnetic Field Facility",
    )  # fmt: skip


def _decide(instrument: Instrument, step: str, **data: Any) -> None:
    while turn := turn_open(instrument):
        ReviewFlow.fire(turn, step, actor=deciders(turn)[0], **data)


def _out_of_use(unit: Organization) -> None:
    """Two nobody has ever booked: one disabled, one scrapped."""
    booked = Reservation.objects.values("instrument")
    free = (
        Instrument.objects.published().filter(organization=unit, featured=False).exclude(pk__in=booked).order_by("pk")
    )
    steps = (("disable", "实验室搬迁，预计下月恢复。"), ("scrap", "超过使用年限，维修成本过高。"))
    for instrument, (step, reason) in zip(free[:2], steps, strict=False):
        InstrumentFlow.fire(instrument, step, actor=instrument.managers.first(), reason=reason)


def _paper(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(
        name, b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n", content_type="application/pdf"
    )
