"""Applications of management and network units for tests, filled in completely unless told otherwise."""

from itertools import count
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from stdnum.cn import uscc

from gongyi.accounts.models import User
from gongyi.onboarding.letters import current_letter
from gongyi.onboarding.models import Application
from gongyi.onboarding.registrations import registration_of
from gongyi.onboarding.services import wizard
from gongyi.onboarding.workflow import ApplicationFlow
from gongyi.organizations.models import Capacity, Matter, Organization, Remit
from gongyi.regions.models import Region
from gongyi.reviews.rules import turn_open
from gongyi.reviews.workflow import ReviewFlow
from tests.factories.accounts import person
from tests.factories.organizations import organization, reviewer

_numbers = count(1)
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def code() -> str:
    """A right 统一社会信用代码 nobody has yet."""
    body = f"91330106MA2{next(_numbers):06d}"
    return body + uscc.calc_check_digit(body)


def network_answers(**fields: Any) -> dict[str, list[str]]:
    """The form of a small enterprise in Hangzhou for which all four conditions hold."""
    typed = {
        "name": f"砺锋仪表{next(_numbers)}有限公司", "code": code(), "kind": "enterprise", "region": ["330000", "330100", "330106"],
        "address": "文三路 90 号", "phone": "0571-87950000", "legal_representative": "郑川", "business_scope": "传感器研发与生产",
        "liaison_name": "许晴", "liaison_phone": "13805710001", "liaison_email": "liaison@example.cn",
        "employee_count": "120", "last_year_revenue_wan": "3500.00",
    } | fields  # fmt: skip
    return {name: value if isinstance(value, list) else [value] for name, value in typed.items() if value is not None}


def network_draft(applicant: User | None = None, **fields: Any) -> Application:
    """A draft with the letter accepted and everything filled in."""
    letter = current_letter(Capacity.NETWORK)
    application = Application(capacity=Capacity.NETWORK, applicant=applicant or person())
    application.data = {
        "letter": {"version": [letter.version], "accepted": ["on"]},
        "guide": {},
        "unit": network_answers(**fields),
    }
    return _saved(application)


def management_answers(**fields: Any) -> dict[str, list[str]]:
    typed = {
        "name": f"衡山科学研究院{next(_numbers)}", "code_kind": "uscc", "code": code(), "kind": "institute",
        "region": ["330000", "330100", "330106"], "instrument_department": "条件保障处", "contact_name": "沈南",
        "contact_phone": "0571-87951234", "contact_email": "lab@example.cn", "fax": "0571-87951235",
        "join_reason": "拥有 50 万元以上仪器 42 台，拟全部对外开放。",
    } | fields  # fmt: skip
    return {name: value if isinstance(value, list) else [value] for name, value in typed.items() if value is not None}


def management_draft(
    applicant: User | None = None, *, platform: dict | None = None, stamped: bool = True, **fields: Any
):
    """A draft with everything filled in; `stamped` uploads the scanned form as well."""
    application = Application(capacity=Capacity.MANAGEMENT, applicant=applicant or person())
    application.data = {
        "unit": management_answers(**fields),
        "platform": {name: [value] for name, value in (platform or {}).items()},
        "administrator": {
            "name": ["沈南"], "gender": ["女"], "education": ["硕士"], "position": ["副处长"], "title": ["高级工程师"],
            "mobile": ["13805710009"], "office_phone": ["0571-87951234"], "email": ["admin@example.cn"],
        },
        "application": {},
    }  # fmt: skip
    _saved(application)
    if stamped:
        hand_over(application, "application_file")
    return application


def hand_over(application: Application, slot_key: str) -> None:
    """Upload a small PDF into a slot."""
    _part, slot = registration_of(application).place_of(application, slot_key)
    wizard.add_file(
        application,
        slot,
        SimpleUploadedFile("申请书.pdf", PDF, content_type="application/pdf"),
        actor=application.applicant,
    )


def _saved(application: Application) -> Application:
    application.name, application.uscc = registration_of(application).identity_of(application)
    application.save()
    return application


def authority(region: str = "330000", name: str = "东湾省科技厅", judge: str = "沈知衡") -> User:
    """A reviewer of an authority that decides about units in this region."""
    unit = Organization.objects.filter(name=name).first() or organization(name, kind="authority")
    Remit.objects.create(organization=unit, matter=Matter.UNITS, region=Region.objects.get(pk=region))
    return reviewer(unit, judge)


def submitted(application: Application) -> Application:
    ApplicationFlow.fire(application, "submit", actor=application.applicant)
    return application


def approved(application: Application, judge: User) -> Organization:
    """Hand it in and approve it; returns the unit."""
    submitted(application)
    ReviewFlow.fire(turn_open(application), "approve", actor=judge)
    application.refresh_from_db()
    return application.organization


def change_of(unit: Organization, actor: User) -> Application:
    """A change of a network unit's data, not yet changed."""
    return wizard.begin_change(registration_of(Application(capacity=Capacity.NETWORK)), unit, actor)


def retype(application: Application, part: str, **fields: Any) -> Application:
    """Change what is typed in a part."""
    kept = application.data[part] | {name: [value] for name, value in fields.items()}
    application.data = application.data | {part: {name: value for name, value in kept.items() if value != [None]}}
    application.save()
    return application
