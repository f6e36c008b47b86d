"""Applicants of verification: units only, as their licence says, reviewed by the institute nearest to them (S4-1 … S4-7, S4-84 … S4-89)."""

import io
from itertools import count

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from docx import Document

from gongyi.kit.refusal import Refused
from gongyi.onboarding.models import Application
from gongyi.onboarding.registrations import registration_of
from gongyi.onboarding.services import wizard
from gongyi.onboarding.workflow import ApplicationFlow
from gongyi.organizations.models import Capacity, Matter, Organization, Remit
from gongyi.organizations.rules import holds_main_account, remit_refusal
from gongyi.regions.models import Region
from gongyi.reviews.rules import turn_open
from gongyi.reviews.workflow import ReviewFlow
from tests.factories.accounts import person
from tests.factories.joining import PDF, code
from tests.factories.organizations import organization, reviewer

pytestmark = pytest.mark.django_db
BACKEND = "gongyi.accounts.backends.AnyIdentifierBackend"
_numbers = count(1)


def browser(user=None):
    client = Client()
    if user:
        client.force_login(user, backend=BACKEND)
    return client


def institute(region, name):
    unit = organization(name, kind="metrology_institute")
    Remit.objects.create(organization=unit, matter=Matter.MEASURING, region=Region.objects.get(pk=region))
    reviewer(unit)
    return unit


def draft(applicant=None, *, scanned=True, **fields):
    """Everything filled in; `scanned` uploads both documents."""
    unit = {
        "name": f"粤湾仪表{next(_numbers)}有限公司", "code": code(), "kind": "enterprise", "region": ["440000", "440300", "440305"],
        "address": "深圳市南山区南海大道 2263 号", "as_licence": "on",
    } | fields  # fmt: skip
    application = Application(capacity=Capacity.VERIFICATION, applicant=applicant or person("梁以诚"))
    application.data = {
        "unit": {name: value if isinstance(value, list) else [value] for name, value in unit.items() if value is not None},
        "contact": {
            "legal_representative": ["黄景行"], "name": ["梁以诚"], "mobile": ["13805710009"], "office_phone": ["0755-26990000"],
            "email": ["liang@example.cn"],
        },
        "documents": {},
    }  # fmt: skip
    application.name, application.uscc = registration_of(application).identity_of(application)
    application.save()
    if scanned:
        for slot in registration_of(application).parts[-1].slots(application):
            upload = SimpleUploadedFile("扫描件.pdf", PDF, content_type="application/pdf")
            wizard.add_file(application, slot, upload, actor=application.applicant)
    return application


def hand_in(application):
    ApplicationFlow.fire(application, "submit", actor=application.applicant)
    return turn_open(application)


def test_an_individual_is_told_why_and_no_draft_begins():
    """S4-2, S4-3"""
    page = browser(person())
    answer = page.post(reverse("onboarding:start", args=["verification_applicant"]), {"identity": "person"})
    assert (answer.status_code, Application.objects.count()) == (409, 0)
    assert "须以「企业/单位」注册" in answer.content.decode()
    assert (
        page.post(reverse("onboarding:start", args=["verification_applicant"]), {"identity": "unit"}).status_code == 302
    )
    assert Application.objects.get().capacity == "verification_applicant"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"as_licence": None}, "已核对：名称和详细地址与证照一致"),
        ({"region": ["440000", "440300"]}, "所在地区"),
        ({"code": "91440305MA5G00102"}, "统一社会信用代码"),
        ({"address": ""}, "详细地址"),
        ({"kind": "authority"}, "单位性质"),
    ],
)
def test_what_the_licence_says_must_be_there_and_confirmed(fields, sentence):
    """S4-5: name and address equal the licence; the region goes down to the district."""
    application = draft(**fields)
    with pytest.raises(Refused, match=sentence):
        hand_in(application)
    application.refresh_from_db()
    assert application.status == "draft"


def test_both_documents_must_be_handed_in():
    """S4-4"""
    with pytest.raises(Refused) as refusal:
        hand_in(draft(scanned=False))
    assert "统一社会信用代码证/营业执照" in str(refusal.value)
    missing = registration_of(Application(capacity=Capacity.VERIFICATION)).missing(draft(scanned=False))
    assert [sentence for sentence in missing if "法人授权书" in sentence]


def test_the_letter_of_authorization_is_downloaded_with_the_units_data_in_it():
    """S4-4, S4-89"""
    application = draft()
    address = reverse("onboarding:authorization_letter", args=[application.secret])
    answer = browser(application.applicant).get(address)
    text = "\n".join(line.text for line in Document(io.BytesIO(answer.content)).paragraphs)
    for word in (application.name, application.uscc, "梁以诚", "13805710009"):
        assert word in text
    assert browser(person()).get(address).status_code == 404
    assert browser().get(address).status_code in {302, 404}


def test_it_is_reviewed_by_the_institute_of_the_district_else_of_the_city():
    """S4-6, S4-86"""
    city = institute("440300", "南浦计量院")
    organization("东湾省市场监管局", kind="authority")
    assert hand_in(draft()).authority == city
    district = institute("440305", "南山计量所")
    assert hand_in(draft()).authority == district


def test_units_matters_of_an_authority_do_not_reach_it():
    """S4-86, S4-87: an authority for units joining decides nothing here."""
    authority = organization("省厅", kind="authority")
    Remit.objects.create(organization=authority, matter=Matter.UNITS, region=Region.objects.get(pk="440000"))
    assert hand_in(draft()).decider == "platform"


def test_refused_it_is_corrected_and_handed_in_again():
    """S4-7"""
    judge = reviewer(institute("440300", "南浦计量院"))
    application = draft()
    ReviewFlow.fire(hand_in(application), "send_back", actor=judge, reason="地址与执照不一致")
    application.refresh_from_db()
    page = browser(application.applicant).get(reverse("onboarding:state", args=[application.secret])).content.decode()
    assert "地址与执照不一致" in page
    assert reverse("accounts:close_account") in page
    application.data["unit"]["address"] = ["深圳市南山区高新南九道 12 号"]
    application.save()
    ReviewFlow.fire(hand_in(application), "approve", actor=judge)
    assert Organization.objects.get(name=application.name).address == "深圳市南山区高新南九道 12 号"


def test_approval_makes_the_unit_an_applicant_and_who_applied_its_main_account():
    """S4-84"""
    judge = reviewer(institute("440300", "南浦计量院"))
    application = draft()
    ReviewFlow.fire(hand_in(application), "approve", actor=judge)
    application.refresh_from_db()
    unit = application.organization
    assert (unit.name, unit.uscc, unit.kind, unit.region_id) == (
        application.name,
        application.uscc,
        "enterprise",
        "440305",
    )
    assert list(unit.participations.values_list("capacity", flat=True)) == ["verification_applicant"]
    assert (unit.profile.legal_representative, unit.profile.contact_name) == ("黄景行", "梁以诚")
    assert holds_main_account(application.applicant, unit)


def test_a_unit_that_is_here_already_joins_through_its_administrator_only():
    """S1-17"""
    organization("望江大学", uscc=(known := code()))
    with pytest.raises(Refused):
        hand_in(draft(code=known))


def test_a_metrology_institute_holds_no_other_remit():
    """S4-86"""
    unit = organization("南浦计量院", kind="metrology_institute")
    assert remit_refusal(unit, Matter.MEASURING) is None
    for matter in (Matter.UNITS, Matter.PLATFORMS, Matter.INSTRUMENTS, Matter.POSTS, Matter.VOUCHERS):
        assert "只能负责「强制检定」" in remit_refusal(unit, matter)
    authority = organization("省厅", kind="authority")
    assert [remit_refusal(authority, matter) for matter in (Matter.UNITS, Matter.MEASURING)] == [None, None]
