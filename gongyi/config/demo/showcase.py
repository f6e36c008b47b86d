"""What the demo's institutions show: certificates in every state, pictures marked as samples, cases, contacts with history."""

import zlib
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image, ImageDraw, ImageFont

from gongyi.accounts.models import User
from gongyi.organizations import services
from gongyi.organizations.models import Capacity, ContactPerson, Organization, Participation, UnitProfile

MARK = Path(__file__).parent / "data" / "sample_mark.png"
PAPERS = {"certificate": (900, 636), "photo": (900, 600), "cover": (1200, 500)}
TINTS = {"CHJ": (36, 64, 107), "QHC": (29, 122, 76), "NPJ": (138, 90, 20), "WJU": (90, 60, 120)}
D = ContactPerson.Duty

# Days from today to the last day; a withdrawn one says why.
CERTIFICATES = {
    "CHJ": (
        ("cma", "national", "211020143367", "国家市场监督管理总局", -1400, 790, "", ""),
        ("cnas", "national", "CNAS L2874", "中国合格评定国家认可委员会", -1700, 58, "", ""),
        ("other", "provincial", "苏质检(2021)017", "江苏省市场监督管理局", -1800, -21, "省级产品质量检验中心授权", ""),
    ),
    "QHC": (
        ("cma", "other", "221919114052", "广东省市场监督管理局", -900, 1290, "", ""),
        ("cnas", "other", "CNAS L10533", "中国合格评定国家认可委员会", -1000, 24, "", ""),
        ("cma", "other", "161919101188", "广东省市场监督管理局", -3200, -1010, "", "换发新证，编号变更"),
    ),
    "NPJ": (
        ("other", "provincial", "(粤)法计(2023)00014号", "广东省市场监督管理局", -820, 1005, "法定计量检定机构计量授权", ""),
        ("cnas", "other", "CNAS L0579", "中国合格评定国家认可委员会", -1300, 500, "", ""),
        ("cma", "other", "2119191140", "广东省市场监督管理局", -300, 400, "", ""),
    ),
}  # fmt: skip
PICTURES = {
    "CHJ": ("事业单位法人证书", "国家 CMA 证书", "CNAS 认可证书", "力学检测部"),
    "QHC": ("营业执照副本", "CMA 证书", "环境可靠性实验室"),
    "NPJ": ("计量授权证书", "CNAS 校准实验室", "长度基准间"),
}
CASES = {
    "CHJ": (
        (10, "轨道交通紧固件批量失效分析", "某地铁车辆段的 M16 高强螺栓在例行检修中发现 7 支断裂。\n我们用断口形貌、硬度和氢含量三条线索还原了过程："
         "电镀后除氢不足，在装配预紧力下发生延迟断裂。\n报告发出 9 个工作日后，供方调整了除氢工艺，复检 120 支全部合格。", 2),
        (20, "儿童玩具可迁移元素比对试验", "组织 14 家实验室参加的比对，覆盖 8 种可迁移元素。结果用于修订本地区的抽检作业指导书。", 1),
    ),
    "QHC": (
        (5, "车载控制器温湿度循环试验方案优化", "把 1,000 小时的试验按失效机理拆成三段，试验周期由 42 天缩短到 27 天，失效检出率不变。", 2),
    ),
    "NPJ": (
        (10, "为风电齿轮箱厂建立扭矩量值溯源", "现场校准 36 台扭矩扳手和 4 台扭矩传感器，帮助企业建立内部校准规程，量值可溯源到国家基准。", 1),
    ),
}  # fmt: skip
CONTACTS = {
    "CHJ": ((D.COMPLAINTS, "沈若谷", "0512-68704412", 400), (D.COMPLAINTS, "陆一帆", "0512-68704415", 60), (D.SALES, "唐可心", "0512-68704420", 210)),
    "QHC": ((D.COMPLAINTS, "周以宁", "020-38107701", 300), (D.SALES, "何向南", "020-38107712", 500), (D.SALES, "梁晓", "020-38107719", 30)),
    "NPJ": ((D.LIAISON, "彭立新", "0755-26995510", 240), (D.COMPLAINTS, "范知行", "0755-26995533", 240)),
}  # fmt: skip
PROFILES = {
    "CHJ": {"name_en": "Chenghu Product Quality Inspection Centre", "system": "public", "area_level": "provincial", "legal_representative": "苏文渊",
            "business_types": ["inspection", "standards"], "business_scope": "金属材料、紧固件、儿童用品、食品接触材料的检验与失效分析。"},
    "QHC": {"name_en": "Qiheng Testing Technology Co., Ltd.", "system": "private", "area_level": "provincial", "legal_representative": "何启衡",
            "business_types": ["inspection"], "business_scope": "环境可靠性试验、电子电气产品化学检测。"},
    "NPJ": {"name_en": "Nanpu Institute of Metrology", "system": "public", "area_level": "city", "legal_representative": "彭望山",
            "business_types": ["metrology", "certification"], "business_scope": "长度、力学、热学、化学计量器具的检定与校准，测量管理体系认证。"},
}  # fmt: skip


def show(units: dict[str, Organization], admin: User) -> None:
    """Fill the pages of three institutions; nothing here is real, and every picture says so."""
    today = timezone.localdate()
    for code in CERTIFICATES:
        unit = units[code]
        _profile(unit, code, admin)
        for number, certificate in enumerate(CERTIFICATES[code]):
            _certificate(unit, code, admin, today, number, *certificate)
        services.add_pictures(
            organization=unit, actor=admin,
            pictures=[_picture(f"{name}.png", "certificate" if "证" in name else "photo", code, name) for name in PICTURES[code]],
        )  # fmt: skip
        for order, title, text, count in CASES[code]:
            pictures = [_picture(f"现场 {n + 1}.png", "photo", code, f"{title} {n + 1}") for n in range(count)]
            services.save_case(
                organization=unit, actor=admin, title=title, description=text, order_value=order, pictures=pictures
            )
        _contacts(unit, CONTACTS[code])


def _profile(unit: Organization, code: str, admin: User) -> None:
    UnitProfile.objects.update_or_create(organization=unit, defaults=PROFILES[code])
    Participation.objects.get_or_create(
        organization=unit, capacity=Capacity.SERVICE, ended_at=None, defaults={"since": unit.joined_at}
    )
    services.change_profile(organization=unit, actor=admin, cover=_picture("封面.png", "cover", code, unit.name))


def _certificate(
    unit: Organization, code: str, admin: User, today: date, number: int, nature: str, grade: str, text: str, issuer: str,
    issued_in: int, left: int, remark: str, withdrawn: str,
) -> None:  # fmt: skip
    kept = services.add_certificate(
        organization=unit, actor=admin, nature=nature, grade=grade, number=text, issuer=issuer,
        issued_on=today + timedelta(days=issued_in), expires_on=today + timedelta(days=left), remark=remark,
        picture=_picture(f"证书 {number + 1}.png", "certificate", code, text),
        scope_file=_picture(f"能力附表 {number + 1}.png", "certificate", code, f"{text} 附表"),
    )  # fmt: skip
    if withdrawn:
        services.withdraw_certificate(certificate=kept, actor=admin, reason=withdrawn)


def _contacts(unit: Organization, rows: tuple) -> None:
    """The rows are oldest first for each duty; the next one begins where the one before ended."""
    now = timezone.now()
    kept: dict[str, ContactPerson] = {}
    for duty, name, phone, days_ago in rows:
        since = now - timedelta(days=days_ago)
        if before := kept.get(duty):
            before.until = since
            before.save(update_fields=["until"])
        kept[duty] = ContactPerson.objects.create(organization=unit, duty=duty, name=name, phone=phone, since=since)


def _picture(name: str, kind: str, code: str, text: str) -> SimpleUploadedFile:
    """A drawn sheet with 示例 across it, so that nobody takes it for a paper of somebody; only its Latin text is written."""
    size, ink = PAPERS[kind], TINTS[code]
    image = Image.new("RGB", size, tuple(255 - (255 - part) // 12 for part in ink))
    draw = ImageDraw.Draw(image)
    draw.rectangle((18, 18, size[0] - 18, size[1] - 18), outline=ink, width=3)
    if kind == "certificate":
        for line in range(6):
            top = size[1] // 2 + line * 34
            pale = tuple((255 + 2 * part) // 3 for part in ink)
            draw.line((120, top, size[0] - 120 - (line * 57) % 190, top), fill=pale, width=3)
    else:
        for bar in range(24):
            left, height = (
                40 + bar * (size[0] - 80) // 24,
                60 + (zlib.crc32(f"{text}{bar}".encode()) % 100) * size[1] // 250,
            )
            pale = tuple((3 * 255 + part) // 4 for part in ink)
            draw.rectangle((left, size[1] - 40 - height, left + 14, size[1] - 40), fill=pale)
    words = "".join(letter for letter in text if letter.isascii()).strip() or code
    draw.text((size[0] / 2, size[1] * 0.2), words, font=ImageFont.load_default(40), fill=ink, anchor="mm")
    draw.text((size[0] / 2, size[1] * 0.32), "SAMPLE", font=ImageFont.load_default(26), fill=(150, 60, 50), anchor="mm")
    with Image.open(MARK) as mark:
        place = (size[0] - mark.width) // 2, (size[1] - mark.height) // 2
        image.paste((170, 60, 50), place, mask=mark.convert("L").point(lambda value: value // 4))
    file = BytesIO()
    image.quantize(64).save(file, "PNG", optimize=True)
    return SimpleUploadedFile(name, file.getvalue(), content_type="image/png")
