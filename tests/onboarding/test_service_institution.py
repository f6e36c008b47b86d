"""服务机构 (S3-1 … S3-33): what is asked, what its approval makes of it, and how a change differs."""

import io
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from docx import Document

from gongyi.accounts.codes import code_of
from gongyi.accounts.models import User, VerificationCode
from gongyi.kit.refusal import Refused
from gongyi.notifications.models import TextMessage
from gongyi.onboarding.models import Application
from gongyi.onboarding.registrations import REGISTRATIONS
from gongyi.onboarding.registrations.effects import code_prefix
from gongyi.onboarding.services import wizard
from gongyi.organizations.models import Certificate, ContactPerson, Membership, Organization
from gongyi.organizations.rules import is_unit_admin
from gongyi.reviews.rules import turn_open
from gongyi.reviews.workflow import ReviewFlow
from tests.factories.accounts import person, platform_admin
from tests.factories.applications import (
    CONTACT_PHONE,
    image_upload,
    institution,
    institution_answers,
    new_code,
    typed,
    units_authority,
)
from tests.factories.organizations import organization, unit_admin

pytestmark = pytest.mark.django_db
SERVICE = REGISTRATIONS["service_institution"]
UNIT, CERTIFICATES, ENTRY = SERVICE.parts


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    }


@pytest.fixture
def judge():
    return units_authority()


def approved(judge, **words) -> Application:
    draft = institution(**words)
    wizard.hand_in(draft, actor=draft.applicant)
    ReviewFlow.fire(turn_open(draft), "approve", actor=judge)
    draft.refresh_from_db()
    return draft


def retype(draft, part, **other):
    wizard.keep(draft, part, typed({**dict(draft.data[part.key]), **other}))


def test_approval_makes_the_unit_its_profile_contacts_certificates_and_cover(judge):
    draft = approved(judge)
    unit = draft.organization
    said = draft.data["unit"]
    assert (unit.name, unit.uscc, unit.region_id, unit.kind) == (
        said["name"][0],
        said["uscc"][0],
        "330106",
        "testing_institution",
    )
    assert (unit.profile.legal_representative, unit.profile.business_types) == ("沈立人", ["inspection", "metrology"])
    assert unit.cover.name == "营业执照副本.png"
    contacts = {row.duty: (row.name, row.phone) for row in unit.contacts.filter(until=None)}
    assert contacts == {
        ContactPerson.Duty.COMPLAINTS: ("许宁", "13812345678"), ContactPerson.Duty.ENTRY: ("陆行", CONTACT_PHONE),
    }  # fmt: skip
    certificate = unit.certificates.get()
    assert (certificate.nature, certificate.grade, certificate.number) == ("cma", "provincial", "231120341234")
    assert (certificate.picture.name, certificate.scope_file.name) == ("营业执照副本.png", "能力附表.pdf")
    assert list(unit.participations.values_list("capacity", "ended_at")) == [("service_institution", None)]


def test_the_proved_contact_becomes_an_administrator_by_an_activation_link_and_no_password_is_sent(judge):
    draft = institution()
    wizard.hand_in(draft, actor=None)
    contact = draft.applicant
    assert (contact.name, contact.phone, contact.is_active, contact.has_usable_password()) == (
        "陆行",
        CONTACT_PHONE,
        False,
        False,
    )
    assert not TextMessage.objects.exists()
    ReviewFlow.fire(turn_open(draft), "approve", actor=judge)
    contact.refresh_from_db()
    draft.refresh_from_db()
    assert contact.is_active
    assert is_unit_admin(contact, draft.organization)
    message = TextMessage.objects.get(phone=CONTACT_PHONE)
    assert f"「{draft.organization.name}」的入驻申请已通过" in message.body
    assert "设置密码" in message.body
    link = message.body.split("：")[-1].split(" ")[0]
    page = Client().get("/" + link.split("/", 3)[3], follow=True)
    assert page.status_code == 200


def test_a_return_reaches_the_contact_by_text_message_with_the_reason_and_the_link(judge, settings):
    draft = institution()
    wizard.hand_in(draft, actor=None)
    ReviewFlow.fire(turn_open(draft), "send_back", actor=judge, reason="承诺书缺少公章。")
    message = TextMessage.objects.get(phone=CONTACT_PHONE)
    assert "已退回修改：承诺书缺少公章。" in message.body
    assert f"{settings.SITE_URL}{draft.resume_url}" in message.body


def test_a_contact_who_has_an_account_keeps_it_and_gets_no_second_one(judge):
    known = person("陆行", phone=CONTACT_PHONE, password="gongyi-demo")
    draft = approved(judge)
    assert draft.applicant == known
    assert is_unit_admin(known, draft.organization)
    assert not TextMessage.objects.filter(phone=CONTACT_PHONE).exists()


def test_an_account_the_administrator_closed_is_not_opened_by_an_application():
    person("陆行", phone=CONTACT_PHONE, is_active=False, password="gongyi-demo")
    draft = institution()
    with pytest.raises(Refused, match="账号已停用.*换一位联系人"):
        wizard.hand_in(draft, actor=None)
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_without_a_proved_phone_nothing_is_handed_in():
    draft = institution()
    Application.objects.filter(pk=draft.pk).update(proved=[])
    draft.refresh_from_db()
    with pytest.raises(Refused):
        wizard.hand_in(draft, actor=None)
    assert not User.objects.filter(phone=CONTACT_PHONE).exists()


def test_the_code_is_asked_once_and_the_proof_stays_with_the_draft(client):
    client.post(reverse("onboarding:start", args=["service_institution"]))
    draft = Application.objects.get()
    page = reverse("onboarding:part", args=[draft.secret, "entry"])
    person_ = {"contact_name": "陆行", "contact_phone": CONTACT_PHONE, "go": "next"}
    client.post(reverse("onboarding:upload", args=[draft.secret, "cover"]), {"file": image_upload()})
    assert client.post(page, person_).status_code == 422
    sent = client.post(
        reverse("accounts:send_code"), {"address": CONTACT_PHONE, "purpose": "onboarding.service_institution"}
    )
    assert sent.status_code == 200
    wrong = client.post(page, person_ | {"code": "000000"})
    assert "验证码不正确，还可以再试 4 次" in wrong.text
    code = code_of(VerificationCode.objects.get())
    assert client.post(page, person_ | {"code": code}).url == reverse("onboarding:overview", args=[draft.secret])
    draft.refresh_from_db()
    assert draft.proved == [CONTACT_PHONE]
    assert "code" not in draft.data["entry"]
    other_browser = Client()
    assert other_browser.post(page, person_).url == reverse("onboarding:overview", args=[draft.secret])
    assert other_browser.post(page, person_ | {"contact_phone": "13712345670"}).status_code == 422


def test_a_branch_names_its_parent_gives_its_papers_and_both_stamp_the_letter(judge):
    parent = organization("钱塘检测集团", uscc=new_code())
    draft = institution(is_branch="on", parent=parent.uscc, without=("license",))
    slots = {slot.key: slot for slot in UNIT.slots(draft)}
    assert (slots["license"].required, slots["parent_license"].required) == (False, True)
    assert SERVICE.missing(draft) == ["「机构基本信息」还没有上传上级法人单位的法人证书/营业执照扫描件。"]
    wizard.add_file(draft, slots["parent_license"], image_upload("集团执照.png"), actor=None)
    answer = Client().get(reverse("onboarding:institution_letter", args=[draft.secret]))
    text = "\n".join(p.text for p in Document(io.BytesIO(answer.content)).paragraphs)
    assert "分支机构章" in text
    assert "上级法人单位（盖章）" in text
    wizard.hand_in(draft, actor=None)
    ReviewFlow.fire(turn_open(draft), "approve", actor=judge)
    draft.refresh_from_db()
    assert draft.organization.parent == parent


def test_a_branch_without_a_parent_and_a_unit_without_a_code_are_told():
    branch = institution(is_branch="on", uscc="")
    assert "上级法人单位" in SERVICE.missing(branch)[0]
    assert "统一社会信用代码" in SERVICE.missing(institution(uscc=""))[0]


def test_the_letter_has_the_six_commitments_and_the_name_of_the_institution(client):
    draft = institution()
    answer = client.get(reverse("onboarding:institution_letter", args=[draft.secret]))
    assert answer["Content-Type"].endswith("wordprocessingml.document")
    text = "\n".join(p.text for p in Document(io.BytesIO(answer.content)).paragraphs)
    assert draft.name in text
    assert draft.uscc in text
    for word in ("真实", "资质", "虚假", "独立", "保密", "纠纷"):  # S3-86
        assert word in text
    assert sum(line.startswith(tuple(f"{n}、" for n in "一二三四五六")) for line in text.splitlines()) == 6
    printed = client.get(reverse("onboarding:institution_letter", args=[draft.secret]) + "?print")
    assert draft.name in printed.text


def test_certificates_are_added_hidden_and_removed_and_each_keeps_its_own_files(client):
    draft = institution()
    page = reverse("onboarding:part", args=[draft.secret, "certificates"])
    block = institution_answers()["certificates"]
    answer = client.post(page, block | {"go": "add"})
    assert answer.url == f"{page}#block-2"
    text = client.get(page).text
    assert text.count('name="numbers"') == 2
    assert "隐藏" in text
    client.post(
        reverse("onboarding:upload", args=[draft.secret, "certificates.2.picture"]),
        {"file": image_upload("CNAS证书.png")},
    )
    client.post(page, block | {"numbers": ["1", "2"], "2-number": "L1234", "go": "remove:1"})
    draft.refresh_from_db()
    assert draft.data["certificates"]["numbers"] == ["2"]
    assert "1-number" not in draft.data["certificates"]
    assert [slot.key for slot in CERTIFICATES.slots(draft)] == ["certificates.2.picture", "certificates.2.scope"]
    client.post(page, {"numbers": ["2"], "2-number": "L1234", "go": "add"})
    draft.refresh_from_db()
    assert draft.data["certificates"]["numbers"] == [
        "2",
        "3",
    ]  # a number never comes back: its files are somebody's history
    assert any("资质证书 2」还没有上传" in sentence for sentence in SERVICE.missing(draft))


def test_a_certificate_needs_no_more_than_its_manual_asks_and_its_remark_has_500_characters(client):
    draft = institution()
    retype(draft, CERTIFICATES, **{"1-remark": "注" * 501, "1-expires_on": "2027-13-01"})
    assert "备注说明" in SERVICE.missing(draft)[0]
    retype(draft, CERTIFICATES, **{"1-remark": "注" * 500, "1-expires_on": ""})
    assert SERVICE.missing(draft) == []


def test_an_introduction_has_at_most_1000_characters():
    draft = institution(introduction="长" * 1001)
    assert SERVICE.missing(draft) == ["「机构基本信息」还有 1 处需要填写或修改：机构简介。"]


# changes


def change_of(judge, admin=None) -> Application:
    unit = approved(judge).organization
    admin = admin or User.objects.get(phone=CONTACT_PHONE)
    change = wizard.begin_change(SERVICE, unit, admin)
    assert SERVICE.missing(change) == []
    return change


def test_a_change_starts_from_the_present_data_and_files_and_of_harmless_fields_takes_effect_at_once(judge):
    change = change_of(judge)
    admin = change.applicant
    retype(change, UNIT, introduction="新的简介。", complaint_name="周宁")
    wizard.hand_in(change, actor=admin, step="take_effect")
    change.refresh_from_db()
    unit = change.organization
    assert (change.status, unit.introduction) == ("approved", "新的简介。")
    history = unit.contacts.filter(duty=ContactPerson.Duty.COMPLAINTS).order_by("since")
    assert [(row.name, row.until is None) for row in history] == [("许宁", False), ("周宁", True)]
    assert unit.certificates.count() == 1


def test_a_change_of_what_decided_about_joining_is_reviewed_again(judge):
    change = change_of(judge)
    admin = change.applicant
    retype(change, UNIT, legal_representative="周衡之")
    with pytest.raises(Refused, match="须重新审核"):
        wizard.hand_in(change, actor=admin, step="take_effect")
    wizard.hand_in(change, actor=admin)
    assert change.organization.profile.legal_representative != "周衡之"
    ReviewFlow.fire(turn_open(change), "approve", actor=judge)
    change.organization.profile.refresh_from_db()
    assert change.organization.profile.legal_representative == "周衡之"


def test_certificates_are_the_institutions_own_to_change(judge):
    """S3-53: the one that was replaced is withdrawn, not lost."""
    change = change_of(judge)
    retype(change, CERTIFICATES, **{"1-number": "231120349999"})
    wizard.hand_in(change, actor=change.applicant, step="take_effect")
    rows = Certificate.objects.filter(organization=change.organization).order_by("pk")
    assert [(row.number, row.withdrawn_at is None) for row in rows] == [("231120341234", False), ("231120349999", True)]


def test_business_types_are_locked_for_the_institution_and_open_for_the_platform(judge):
    change = change_of(judge)
    page = Client()
    page.force_login(change.applicant, backend="gongyi.accounts.backends.AnyIdentifierBackend")
    assert "业务类型在注册后不能自行修改" in page.get(reverse("onboarding:part", args=[change.secret, "unit"])).text
    retype(change, UNIT, business_types=["standards"])
    wizard.hand_in(change, actor=change.applicant, step="take_effect")
    assert change.organization.profile.business_types == ["inspection", "metrology"]
    admin = platform_admin()
    by_platform = wizard.begin_change(SERVICE, change.organization, admin)
    retype(by_platform, UNIT, business_types=["standards"])
    wizard.hand_in(by_platform, actor=admin)
    ReviewFlow.fire(turn_open(by_platform), "approve", actor=judge)
    by_platform.organization.profile.refresh_from_db()
    assert by_platform.organization.profile.business_types == ["standards"]


def test_only_who_keeps_a_unit_may_change_it_and_only_what_it_joined_as(judge):
    unit = approved(judge).organization
    admin = User.objects.get(phone=CONTACT_PHONE)
    address = reverse("onboarding:change", args=[unit.pk, "service_institution"])
    for user, status in ((person("孙外"), 404), (judge, 404), (admin, 200)):
        browser = Client()
        browser.force_login(user, backend="gongyi.accounts.backends.AnyIdentifierBackend")
        assert browser.get(address).status_code == status
    assert "业务类型" in browser.get(address).text
    with pytest.raises(Refused, match="还没有以管理单位身份入网"):
        wizard.begin_change(REGISTRATIONS["management_unit"], unit, admin)
    assert wizard.begin_change(SERVICE, unit, admin) == wizard.begin_change(SERVICE, unit, admin)


# what may go wrong at the end


def test_approval_is_refused_with_the_way_out_when_the_code_was_taken_meanwhile(judge):
    draft = institution()
    wizard.hand_in(draft, actor=None)
    organization("抢先机构", uscc=draft.uscc)
    with pytest.raises(Refused, match="已由「抢先机构」使用.*请退回"):
        ReviewFlow.fire(turn_open(draft), "approve", actor=judge)
    draft.refresh_from_db()
    assert (draft.status, turn_open(draft).status) == ("pending", "pending")
    assert not Membership.objects.filter(user=draft.applicant).exists()
    assert not TextMessage.objects.exists()


def test_approval_is_refused_when_the_name_was_taken_meanwhile(judge):
    draft = institution()
    wizard.hand_in(draft, actor=None)
    organization(draft.name)
    with pytest.raises(Refused, match="已由另一家单位使用"):
        ReviewFlow.fire(turn_open(draft), "approve", actor=judge)


def test_prefixes_are_pinyin_initials_and_never_taken_twice():
    assert code_prefix("启衡检测") == "QHJC"
    organization("启衡检测", code="QHJC")
    organization("启恒检测", code="QHJC2")
    assert code_prefix("启衡检测") == "QHJC3"
    assert code_prefix("123") == "DW"


def test_frozen_answers_do_not_change_when_the_world_does(judge):
    """What a reviewer opened is what is approved, whoever joins meanwhile."""
    draft = institution()
    wizard.hand_in(draft, actor=None)
    before = SERVICE.freeze(draft)
    unit_admin(organization("别的单位"), phone="13712345601")
    ContactPerson.objects.all().delete()
    assert SERVICE.freeze(draft) == before
    assert Organization.objects.filter(uscc=draft.uscc).count() == 0


def test_expiry_dates_are_kept_for_the_warnings(judge):
    draft = institution()
    retype(draft, CERTIFICATES, **{"1-expires_on": "2028-03-31"})
    wizard.hand_in(draft, actor=None)
    ReviewFlow.fire(turn_open(draft), "approve", actor=judge)
    assert Certificate.objects.get().expires_on == date(2028, 3, 31)
