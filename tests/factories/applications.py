"""Applications to join, filled in so far as a test wants, with real small files."""

import io
from itertools import count

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from PIL import Image
from stdnum.cn import uscc

from gongyi.onboarding.models import Application
from gongyi.onboarding.registrations import REGISTRATIONS
from gongyi.onboarding.services import wizard
from gongyi.organizations.models import Matter, Remit
from gongyi.regions.models import Region
from tests.factories.organizations import organization, reviewer

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
CONTACT_PHONE = "13712345678"
REGION = "330106"
_numbers = count(1)


def new_code() -> str:
    """A code that is right and that nobody has."""
    stem = f"91330106MA{next(_numbers):07d}"
    return stem + uscc.calc_check_digit(stem)


def picture(kind: str = "PNG", size=(20, 10), colour: str = "teal") -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, colour).save(target, kind)
    return target.getvalue()


def image_upload(name: str = "营业执照副本.png", **words) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, picture(**words), content_type="image/png")


def pdf_upload(name: str = "能力附表.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="application/pdf")


def typed(data: dict) -> QueryDict:
    """Answers as a page posts them."""
    posted = QueryDict(mutable=True)
    for name, value in data.items():
        posted.setlist(name, value if isinstance(value, list) else [value])
    return posted


def institution_answers(**other) -> dict[str, dict]:
    """Everything a service institution types, by part; `other` replaces answers of the first part."""
    unit = {
        "name": f"钱塘检测技术研究院{next(_numbers)}", "uscc": new_code(), "legal_representative": "沈立人", "region": REGION,
        "address": "文三路 100 号", "complaint_name": "许宁", "complaint_phone": "13812345678",
        "business_types": ["inspection", "metrology"], "introduction": "面向制造业的检测机构。", "business_scope": "材料与电气检测。",
    }  # fmt: skip
    block = {"numbers": ["1"], "1-nature": "cma", "1-grade": "provincial", "1-number": "231120341234", "1-remark": ""}
    entry = {"contact_name": "陆行", "contact_phone": CONTACT_PHONE}
    return {"unit": unit | other, "certificates": block, "entry": entry}


INSTITUTION_FILES = {
    "license": image_upload, "commitment": image_upload, "certificates.1.picture": image_upload,
    "certificates.1.scope": pdf_upload, "cover": image_upload,
}  # fmt: skip


def institution(user=None, *, phone: str = CONTACT_PHONE, without=(), **other) -> Application:
    """A service institution's draft with everything in it but the files in `without`; a visitor's unless `user` is given."""
    from django.contrib.auth.models import AnonymousUser

    registration = REGISTRATIONS["service_institution"]
    draft = wizard.begin(registration, user or AnonymousUser())
    answers = institution_answers(**other)
    answers["entry"]["contact_phone"] = phone
    for part in registration.parts:
        wizard.keep(draft, part, typed(answers[part.key]))
    wizard.note_proved(draft, [phone])
    for key, make in INSTITUTION_FILES.items():
        place = registration.place_of(draft, key)
        if place and key not in without:
            wizard.add_file(draft, place[1], make(), actor=user)
    return draft


def units_authority(name: str = "西湖区市场监督管理局", region: str = REGION):
    """A reviewer of the authority that decides about units in `region`."""
    authority = organization(name, kind="authority")
    Remit.objects.create(organization=authority, matter=Matter.UNITS, region=Region.objects.get(pk=region))
    return reviewer(authority)
