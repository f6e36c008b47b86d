"""The demo's authorities and their remits, and management and network units in every situation of joining and of the yearly update.

One function for each topic; `load` is called once, when units and people are there.
"""

import io
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image, ImageDraw
from stdnum.cn import uscc

from gongyi.accounts.models import User
from gongyi.config.demo.clock import Clock, moved
from gongyi.onboarding.letters import current_letter
from gongyi.onboarding.models import Application
from gongyi.onboarding.registrations import registration_of
from gongyi.onboarding.services import wizard
from gongyi.onboarding.workflow import ApplicationFlow
from gongyi.organizations.models import (
    Capacity,
    Matter,
    Organization,
    OrganizationKind,
    Participation,
    Remit,
    UnitRules,
)
from gongyi.reviews.models import ReviewPolicy
from gongyi.reviews.rules import deciders, turn_open
from gongyi.reviews.workflow import ReviewFlow

PROVINCES = ("330000", "320000", "370000", "430000", "440000")  # where the demo's units are
PROVINCIAL_MATTERS = (Matter.UNITS, Matter.PLATFORMS, Matter.INSTRUMENTS, Matter.POSTS, Matter.VOUCHERS)
CITY = "330100"
VOUCHER_PROVINCE = "330000"
OVERDUE_DAYS_AGO, DUE_IN_DAYS = 400, 5
A4_PIXELS = (1240, 1754)  # at 150 dots per inch
RED, GREY = (200, 30, 30), (90, 90, 90)


def load(units: dict[str, Organization], people: dict[str, User]) -> None:
    """Everything as the product itself does it."""
    remits(units)
    rules()
    participations(units)
    network_units(people)
    management_units(people)


def remits(units: dict[str, Organization]) -> None:
    """The provincial authority decides everywhere, the city's about units of its own city, before the province."""
    for region in PROVINCES:
        for matter in PROVINCIAL_MATTERS:
            Remit.objects.get_or_create(matter=matter, region_id=region, defaults={"organization": units["DWK"]})
    Remit.objects.get_or_create(matter=Matter.UNITS, region_id=CITY, defaults={"organization": units["HKJ"]})


def rules() -> None:
    """Vouchers are for enterprises of the demo's province."""
    UnitRules.objects.update_or_create(pk=1, defaults={"voucher_province_id": VOUCHER_PROVINCE})


def participations(units: dict[str, Organization]) -> None:
    """Units that were there from the beginning joined as what they are."""
    for unit in units.values():
        if unit.kind == OrganizationKind.AUTHORITY:
            continue
        found = [Capacity.MANAGEMENT] if unit.instruments.exists() else []
        if unit.kind in (OrganizationKind.TESTING, OrganizationKind.METROLOGY):
            found.append(Capacity.SERVICE)
        for capacity in found:
            Participation.objects.get_or_create(
                organization=unit, capacity=capacity, ended_at=None, defaults={"since": unit.joined_at}
            )


# network units


def network_units(people: dict[str, User]) -> None:
    """One overdue, one due soon, one in its second tier, one returned, one pending and one draft."""
    applicant, overdue = people["applicant"], people["overdue-admin"]
    now = timezone.localtime().replace(hour=9, minute=0)
    every = UnitRules.current().refresh_after_days
    _network(overdue, now - timedelta(days=OVERDUE_DAYS_AGO), "澜石电子有限公司", "330108", 86, "2140.00", "approved")
    _network(
        applicant, now - timedelta(days=every - DUE_IN_DAYS), "望舒仪表有限公司", "330106", 240, "9800.00", "approved",
        voucher=True,
    )  # fmt: skip
    ReviewPolicy.objects.update_or_create(kind="application", defaults={"tiers": 2})
    _network(
        applicant, now - timedelta(days=2), "清和生物技术有限公司", "330110", 45, "860.00", "second tier", voucher=True
    )
    ReviewPolicy.objects.filter(kind="application").delete()  # two tiers were a trial; one is the rule
    _network(applicant, now - timedelta(days=6), "沧浪新材料有限公司", "320508", 620, "31000.00", "returned")
    _network(applicant, now - timedelta(days=4), "湘岭机电有限公司", "430112", 130, "4200.00", "pending")
    _network(applicant, now - timedelta(days=1), "青禾农机有限公司", "370112", None, None, "draft")


def _network(
    person: User, began: Any, name: str, district: str, employees: int | None, revenue: str | None, outcome: str,
    *, voucher: bool = False,
) -> None:  # fmt: skip
    with moved(Clock(began)) as clock:
        unit = {
            "name": [name], "code": [code_of(name, district)], "kind": ["enterprise"], "region": regions(district),
            "address": ["创新路 66 号"], "phone": ["400-800 6600"], "legal_representative": ["黄景行"],
            "business_scope": ["仪器仪表、电子产品的研发、生产和销售；技术服务。"], "introduction": [f"{name}，研发人员占三成，常年委托检测。"],
            "liaison_name": [person.name], "liaison_position": ["研发主管"], "liaison_phone": [person.phone],
            "liaison_email": [person.email], "enterprise_size": ["small"],
        }  # fmt: skip
        if employees is not None and revenue is not None:
            unit |= {"employee_count": [str(employees)], "last_year_revenue_wan": [revenue]}
        if voucher:
            unit |= {"wants_voucher": ["on"]}
        letter = current_letter(Capacity.NETWORK)
        assert letter is not None, "the first letters come with the migrations"
        data: dict = {"letter": {"version": [letter.version], "accepted": ["on"]}, "guide": {}, "unit": unit}
        application = _begun(Capacity.NETWORK, person, data)
        _decided(application, clock, outcome, "企业人数与社保缴纳人数相差较大，请核对后重新填写。")


# management units


def management_units(people: dict[str, User]) -> None:
    """One published, one returned with a bad stamp, one that waits."""
    person, now = people["applicant"], timezone.localtime().replace(hour=9, minute=0)
    _management(person, now - timedelta(days=30), "衡山地质研究所", "430104", "institute", "approved")
    _management(person, now - timedelta(days=5), "潮音海洋大学", "370202", "university", "returned")
    _management(person, now - timedelta(days=1), "南浦光学研究院", "440305", "institute", "pending")


def _management(person: User, began: Any, name: str, district: str, kind: str, outcome: str) -> None:
    with moved(Clock(began)) as clock:
        unit = {
            "name": [name], "code_kind": ["uscc"], "code": [code_of(name, district)], "kind": [kind],
            "region": regions(district), "instrument_department": ["条件保障处"], "contact_name": [person.name],
            "contact_phone": [person.phone], "contact_email": [person.email],
            "join_reason": ["现有 50 万元以上仪器四十余台，分析测试中心设专职技术人员，拟全部对外开放共享。"],
        }  # fmt: skip
        administrator = {
            "name": [person.name], "gender": ["女"], "education": ["硕士"], "position": ["副处长"], "title": ["高级工程师"],
            "mobile": [person.phone], "email": [person.email],
        }  # fmt: skip
        data = {"unit": unit, "platform": {}, "administrator": administrator, "application": {}}
        application = _begun(Capacity.MANAGEMENT, person, data)
        _part, slot = registration_of(application).place_of(application, "application_file")
        upload = SimpleUploadedFile(f"平台申请书-{name}.pdf", stamped_page(), content_type="application/pdf")
        wizard.add_file(application, slot, upload, actor=person)
        _decided(application, clock, outcome, "公章不清晰，请重新加盖并用彩色扫描后上传。")


# what both share


def _begun(capacity: str, person: User, data: dict) -> Application:
    application = Application(capacity=capacity, applicant=person, data=data, reached=list(data)[-1])
    application.name, application.uscc = registration_of(application).identity_of(application)
    application.save()
    ApplicationFlow.opened(application, "开始填写", actor=person)
    return application


def _decided(application: Application, clock: Clock, outcome: str, reason: str) -> None:
    if outcome == "draft":
        return
    clock.moment += timedelta(minutes=40)
    ApplicationFlow.fire(application, "submit", actor=application.applicant)
    clock.moment += timedelta(hours=6)
    review = turn_open(application)
    if outcome == "returned":
        ReviewFlow.fire(review, "send_back", actor=deciders(review)[0], reason=reason)
    elif outcome == "second tier":
        ReviewFlow.fire(review, "approve", actor=deciders(review)[0], comment="市级初审通过。")
    elif outcome == "approved":
        ReviewFlow.fire(review, "approve", actor=deciders(review)[0], comment="信息与证照一致。")


def regions(district: str) -> list[str]:
    """What the three selects of a region post."""
    return [f"{district[:2]}0000", f"{district[:4]}00", district]


def code_of(name: str, district: str) -> str:
    """An invented 统一社会信用代码 with a right check character, always the same for a name."""
    number = sum(place * ord(character) for place, character in enumerate(name, start=7)) % 100_000
    body = f"91{district}MA7{number:05d}0"
    return body + uscc.calc_check_digit(body)


def stamped_page() -> bytes:
    """A page that looks scanned: a ruled form and a red round stamp; what stands on it is nobody's."""
    page = Image.new("RGB", A4_PIXELS, "white")
    pen = ImageDraw.Draw(page)
    width, height = A4_PIXELS
    for row in range(14):
        top = 260 + row * 80
        pen.rectangle((140, top, width - 140, top + 80), outline=GREY, width=2)
        pen.line((420, top, 420, top + 80), fill=GREY, width=2)
        pen.line((450, top + 40, 450 + 90 * (row % 6 + 1), top + 40), fill=GREY, width=8)
        pen.line((170, top + 40, 380, top + 40), fill=GREY, width=8)
    pen.line((380, 170, width - 380, 170), fill=GREY, width=18)
    pen.ellipse((width - 520, height - 460, width - 220, height - 160), outline=RED, width=9)
    centre, radius = (width - 370, height - 310), 60
    star = [(0, -1), (0.22, -0.31), (0.95, -0.31), (0.36, 0.12), (0.59, 0.81), (0, 0.38), (-0.59, 0.81), (-0.36, 0.12),
            (-0.95, -0.31), (-0.22, -0.31)]  # fmt: skip
    pen.polygon([(centre[0] + x * radius, centre[1] + y * radius) for x, y in star], fill=RED)
    buffer = io.BytesIO()
    page.save(buffer, "PDF", resolution=150)
    return buffer.getvalue()
