"""Management units: what they fill in, the stamped application form, what approval makes of it (S2-1 … S2-9, S2-38 … S2-49)."""

import pytest

from gongyi.onboarding.forms.management_unit import AdministratorForm
from gongyi.onboarding.models import Application, InnovationPlatform
from gongyi.onboarding.registrations import registration_of
from gongyi.onboarding.services import wizard
from gongyi.onboarding.workflow import ApplicationFlow
from gongyi.organizations.models import Capacity, Membership, Organization, Participation
from gongyi.organizations.rules import is_unit_admin
from gongyi.reviews.models import ReviewedStatus
from gongyi.reviews.rules import turn_open
from gongyi.reviews.workflow import ReviewFlow
from gongyi.workflow import Refused
from tests.factories.accounts import person
from tests.factories.joining import approved, authority, hand_over, management_draft, retype, submitted
from tests.factories.organizations import organization, unit_admin

pytestmark = pytest.mark.django_db
PLATFORM = {
    "has_platform": "on", "platform_name": "功能材料省重点实验室", "host_name": "衡山科学研究院", "host_uscc": "91110000600037341L",
    "introduction": "面向功能材料的开放平台。",
}  # fmt: skip


def missing(application):
    return registration_of(application).missing(application)


@pytest.fixture
def judge():
    return authority()


OFFERED = {
    ("draft", "applicant"): ["submit", "take_effect"],
    ("draft", "stranger"): [],
    ("pending", "applicant"): ["withdraw"],
    ("pending", "stranger"): [],
    ("pending", "judge"): [],  # decides on the review desk
    ("returned", "applicant"): ["submit", "take_effect"],
    ("withdrawn", "applicant"): ["submit", "take_effect"],
    ("approved", "applicant"): [],
}


@pytest.mark.parametrize(("status", "who"), list(OFFERED))
def test_the_steps_offered(status, who, judge):
    people = {"applicant": person(), "stranger": person(), "judge": judge}
    application = management_draft(people["applicant"])
    Application.objects.filter(pk=application.pk).update(status=status)
    application.refresh_from_db()
    assert [offer.step.name for offer in ApplicationFlow.offered(application, people[who])] == OFFERED[status, who]


def test_joining_is_always_reviewed():
    application = management_draft()
    with pytest.raises(Refused, match="须经审核"):
        ApplicationFlow.fire(application, "take_effect", actor=application.applicant)


# filling in


def test_without_the_stamped_form_nothing_is_handed_in():
    application = management_draft(stamped=False)  # S2-8
    assert missing(application) == ["「平台申请书」还没有上传平台申请书（盖章扫描件）。"]
    with pytest.raises(Refused, match="平台申请书"):
        submitted(application)
    hand_over(application, "application_file")
    assert submitted(application).status == ReviewedStatus.PENDING


@pytest.mark.parametrize(
    ("fields", "label"),
    [
        ({"name": ""}, "单位名称"),
        ({"code": "9133010600000000"}, "代码"),
        ({"code": "91330106MA20000O1X"}, "代码"),
        ({"code_kind": "org_code", "code": "1234567"}, "代码"),
        ({"code_kind": "org_code", "code": "12345678-Y"}, "代码"),
        ({"code_kind": "neither"}, "代码类型"),
        ({"kind": "testing_institution"}, "单位性质"),
        ({"region": ["330000"]}, "所在地区"),
        ({"instrument_department": ""}, "仪器管理部门"),
        ({"contact_phone": "明天"}, "联系电话"),
        ({"contact_email": "a@"}, "电子邮箱"),
        ({"fax": "x"}, "传真"),
        ({"join_reason": ""}, "加入平台理由"),
        ({"join_reason": "字" * 501}, "加入平台理由"),
    ],
)
def test_wrong_answers_are_named(fields, label):
    sentences = missing(management_draft(**fields))
    assert len(sentences) == 1
    assert label in sentences[0]


def test_five_hundred_characters_of_reasons_are_taken():
    assert missing(management_draft(join_reason="字" * 500)) == []  # S2-46


@pytest.mark.parametrize("code", ["40000926-8", "400009268", "４０００ ０９２６－８"])
def test_old_units_give_their_nine_characters_in_any_spelling(judge, code):
    unit = approved(management_draft(code_kind="org_code", code=code), judge)  # S2-39
    assert (unit.uscc, unit.profile.org_code) == (None, "400009268")


def test_a_check_digit_that_is_off_only_warns():
    application = management_draft(code_kind="org_code", code="40000926-9")
    form = registration_of(application).part("unit").bind(application)
    assert form.is_valid()
    assert "校验位" in form.warning
    assert missing(application) == []


def test_a_platform_is_asked_for_only_where_there_is_one():
    assert missing(management_draft(platform={})) == []  # S2-47
    sentences = missing(management_draft(platform={"has_platform": "on", "platform_name": "功能材料省重点实验室"}))
    assert [label in sentences[0] for label in ("依托法人单位名称", "创新平台简介", "平台名称、")] == [
        True,
        True,
        False,
    ]


def test_nothing_is_asked_of_the_administrator_that_nobody_needs():
    asked = set(AdministratorForm.base_fields)  # S2-48 without month of birth, QQ and WeChat
    assert asked == {
        "username", "name", "gender", "education", "position", "title", "mobile", "office_phone", "email",
    }  # fmt: skip


def test_a_name_or_code_on_the_platform_is_refused_unless_one_administers_the_unit(judge):
    unit = organization("衡山大学", kind="university", uscc="91110000600037341L")
    with pytest.raises(Refused):
        submitted(management_draft(name="衡山大学"))
    with pytest.raises(Refused):
        submitted(management_draft(code="91110000600037341L"))
    admin = unit_admin(unit)
    assert approved(management_draft(admin, name="衡山大学", code=unit.uscc, kind="university"), judge) == unit


# approval (S2-9)


def test_approval_publishes_the_unit_and_its_applicant_administers_it(judge):
    applicant = person("沈南")
    application = management_draft(applicant, name="衡山科学研究院")
    submitted(application)
    assert not Organization.objects.filter(name="衡山科学研究院").exists()
    ReviewFlow.fire(turn_open(application), "approve", actor=judge)
    unit = Organization.objects.get(name="衡山科学研究院")
    assert (unit.status, unit.kind, unit.region_id, unit.code) == ("active", "institute", "330106", "HSKXYJ")
    assert Participation.objects.get(organization=unit).capacity == Capacity.MANAGEMENT
    assert is_unit_admin(applicant, unit)
    profile = unit.profile
    assert (profile.instrument_department, profile.contact_name, profile.fax) == ("条件保障处", "沈南", "0571-87951235")
    assert unit.info_confirmed_at is None  # the yearly update is the network units' duty


def test_its_platform_waits_as_a_draft_for_type_and_level(judge):
    unit = approved(management_draft(platform=PLATFORM), judge)
    platform = InnovationPlatform.objects.get(organization=unit)
    assert (platform.name, platform.status, platform.host_uscc) == (
        "功能材料省重点实验室", ReviewedStatus.DRAFT, "91110000600037341L",
    )  # fmt: skip


def test_returned_with_a_reason_then_corrected_with_a_new_scan(judge):
    application = submitted(management_draft())
    ReviewFlow.fire(turn_open(application), "send_back", actor=judge, reason="公章不清楚，请重新扫描")
    application.refresh_from_db()
    assert application.status == ReviewedStatus.RETURNED
    hand_over(application, "application_file")
    unit = approved(application, judge)
    assert unit.status == "active"
    assert application.documents.filter(slot="application_file").count() == 2  # the first scan stays in the history


def test_a_code_that_was_taken_meanwhile_is_refused_at_the_approval(judge):
    application = submitted(management_draft())
    organization("别的单位", uscc=application.uscc)
    with pytest.raises(Refused, match="已由「别的单位」使用"):
        ReviewFlow.fire(turn_open(application), "approve", actor=judge)
    application.refresh_from_db()
    assert application.status == ReviewedStatus.PENDING
    assert Membership.objects.filter(user=application.applicant).count() == 0


def test_a_change_asks_for_review_and_keeps_the_identity(judge):
    applicant = person("沈南")
    unit = approved(management_draft(applicant), judge)
    before = (unit.name, unit.uscc, unit.kind)
    change = wizard.begin_change(registration_of(Application(capacity=Capacity.MANAGEMENT)), unit, applicant)
    assert missing(change) == []
    retype(change, "unit", fax="0571-80000000", name="别的名称")
    with pytest.raises(Refused, match="审核"):
        ApplicationFlow.fire(change, "take_effect", actor=applicant)
    approved(change, judge)
    unit.refresh_from_db()
    unit.profile.refresh_from_db()
    assert (unit.name, unit.uscc, unit.kind) == before
    assert unit.profile.fax == "0571-80000000"
