"""The demo's innovation platforms, laboratory account, sub-user, and applicants of verification in every situation."""

from datetime import date, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from stdnum.cn import uscc

from gongyi.accounts.models import User
from gongyi.config.demo.cast import PASSWORD
from gongyi.config.demo.clock import Clock, moved
from gongyi.onboarding.models import Application, InnovationPlatform
from gongyi.onboarding.registrations import registration_of
from gongyi.onboarding.services import platforms, wizard
from gongyi.onboarding.workflow import ApplicationFlow, PlatformFlow
from gongyi.organizations.models import Capacity, Matter, Organization, Remit
from gongyi.reviews.rules import deciders, turn_open
from gongyi.reviews.workflow import ReviewFlow

SCAN = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"  # noqa: E501
# (user name, person, company, district, address, what has become of the application, begun how many days ago)
APPLICANTS = (
    ("verify-admin", "梁以诚", "润衡仪表（深圳）有限公司", "440306", "宝安大道 4018 号", "approved", 16),
    ("v-pending", "罗清和", "南浦第三人民医院", "440305", "学苑大道 1098 号", "pending", 1),
    ("v-returned", "邓若溪", "粤湾加油站有限公司", "440305", "南海大道 2263 号", "returned", 6),
    ("v-draft", "范知秋", "盐田冷链物流有限公司", "440308", "明珠大道 15 号", "draft", 2),
)
PLATFORMS = (
    ("先进储能材料省重点实验室", "省重点实验室", "provincial", "approved", 20),
    ("功能晶体国家重点实验室", "国家重点实验室（全国重点实验室）", "national", "changing", 18),
    ("绿色化工过程工程研究中心", "工程（技术）研究中心", "provincial", "pending", 1),
    ("生物样本野外科学观测研究站", "野外科学观测研究站", "provincial", "returned", 7),
    ("表面分析检测中心", "质量检验检测中心", "provincial", "draft", 3),
)


def load(units: dict[str, Organization], people: dict[str, User]) -> None:
    """Everything as the product itself does it, over the last three weeks."""
    Remit.objects.get_or_create(matter=Matter.MEASURING, region_id="440300", defaults={"organization": units["NPJ"]})
    Remit.objects.get_or_create(matter=Matter.PLATFORMS, region_id="330000", defaults={"organization": units["DWK"]})
    now = timezone.now()
    clock = Clock(now)
    with moved(clock):
        for number, (*row, days_ago) in enumerate(PLATFORMS):
            clock.moment = now - timedelta(days=days_ago)
            _platform(units["WJU"], people, clock, number, *row)
        for number, (*applicant, days_ago) in enumerate(APPLICANTS):
            clock.moment = now - timedelta(days=days_ago)
            _applicant(clock, number, *applicant)


def code_of(number: int, region: str) -> str:
    """An invented 统一社会信用代码 with a right check character."""
    body = f"91{region}MA5G{number:05d}"
    return body + uscc.calc_check_digit(body)


def _platform(unit, people, clock, number, name, platform_type, level, outcome) -> None:
    keeper = people["unit-admin"]
    platform = platforms.add_platform(
        organization=unit, actor=keeper, name=name, platform_type=platform_type, level=level, approved_by="东湾省科学技术厅（演示）",
        approval_no=f"东科发〔20{18 + number}〕{40 + number} 号", approved_on=date(2018 + number, 6, 12), host_name=unit.name,
        host_uscc=code_of(10 + number, unit.region_id), director="李明远", contact_name="周敏", contact_phone="13900010001",
        introduction=f"{name}依托{unit.name}建设，拥有专职技术队伍和成套分析测试装备，仪器面向校内外开放共享，年服务机时超过 2 万小时。",
        subject_codes=["430", "150"], address=unit.address,
    )  # fmt: skip
    if outcome == "draft":
        return
    clock.moment += timedelta(hours=5)
    PlatformFlow.fire(platform, "submit", actor=keeper, acting_for=unit)
    clock.moment += timedelta(hours=20)
    if outcome == "returned":
        reason = "请补充批准文件扫描件；简介中的机时数与年报不一致。"
        _send_back(platform, reason)
    elif outcome != "pending":
        _approve(platform, "批文与资料相符。")
    if outcome == "changing":
        clock.moment += timedelta(days=6)
        fresh = InnovationPlatform.objects.get(pk=platform.pk)
        text = f"{fresh.introduction}今年新建低温强磁场实验平台。"
        platforms.change_platform(platform=fresh, actor=keeper, introduction=text)


def _applicant(clock, number, username, person, company, district, address, outcome) -> None:
    user = User.objects.create(
        username=username, name=person, password=make_password(PASSWORD), email=f"{username}@example.com",
        phone=f"1370000{1000 + number}", profile_confirmed_at=timezone.now(),
    )  # fmt: skip
    application = Application(capacity=Capacity.VERIFICATION, applicant=user)
    unit = {
        "name": [company], "code": [code_of(100 + number, district)], "kind": ["enterprise"],
        "region": ["440000", "440300", district], "address": [f"深圳市{address}"], "as_licence": ["on"],
    }  # fmt: skip
    contact = {
        "legal_representative": ["黄景行"], "name": [person], "mobile": [user.phone], "office_phone": ["0755-26990000"],
        "email": [user.email],
    }  # fmt: skip
    application.data = {"unit": unit} if outcome == "draft" else {"unit": unit, "contact": contact, "documents": {}}
    application.reached = "contact" if outcome == "draft" else "documents"
    registration = registration_of(application)
    application.name, application.uscc = registration.identity_of(application)
    application.save()
    if outcome == "draft":
        return
    for slot in registration.parts[-1].slots(application):
        upload = SimpleUploadedFile(f"{slot.label}.pdf".replace("/", "或"), SCAN, content_type="application/pdf")
        wizard.add_file(application, slot, upload, actor=user)
    ApplicationFlow.fire(application, "submit", actor=user)
    clock.moment += timedelta(hours=9)
    if outcome == "returned":
        reason = "详细地址与营业执照上的住所不一致，请按执照填写；授权书缺法定代表人签字。"
        _send_back(application, reason)
    elif outcome == "approved":
        _approve(application, "材料齐全，与证照一致。")


def _approve(subject: Any, comment: str) -> None:
    """On every tier, by whoever decides there."""
    while turn := turn_open(subject):
        ReviewFlow.fire(turn, "approve", actor=deciders(turn)[0], comment=comment)


def _send_back(subject: Any, reason: str) -> None:
    turn = turn_open(subject)
    assert turn is not None
    ReviewFlow.fire(turn, "send_back", actor=deciders(turn)[0], reason=reason)
