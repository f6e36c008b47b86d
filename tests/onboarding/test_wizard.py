"""Filling in an application: kept as typed at every step, resumed by its link, seen by nobody else, discarded."""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from gongyi.files.models import StoredFile
from gongyi.kit.refusal import Refused
from gongyi.onboarding.models import Application, ApplicationDocument
from gongyi.onboarding.registrations import REGISTRATIONS
from gongyi.onboarding.services import wizard
from gongyi.onboarding.workflow import ApplicationFlow
from gongyi.reviews.rules import turn_open
from gongyi.reviews.workflow import ReviewFlow
from tests.factories.accounts import person
from tests.factories.applications import (
    image_upload,
    institution,
    institution_answers,
    new_code,
    pdf_upload,
    units_authority,
)
from tests.factories.organizations import organization, unit_admin

pytestmark = pytest.mark.django_db
SERVICE, MANAGEMENT = "service_institution", "management_unit"


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "files")},
        }
    }


def begin(browser, capacity=SERVICE):
    browser.post(reverse("onboarding:start", args=[capacity]))
    return Application.objects.latest("pk")


def page(draft, part="unit"):
    return reverse("onboarding:part", args=[draft.secret, part])


def signed_in(user):
    browser = Client()
    browser.force_login(user, backend="gongyi.accounts.backends.AnyIdentifierBackend")
    return browser


def test_the_page_to_choose_has_a_card_for_every_way_in(client):
    text = client.get(reverse("onboarding:choose")).text
    for registration in REGISTRATIONS.values():
        assert str(registration.title) in text
        assert reverse("onboarding:start", args=[registration.capacity]) in text
    assert reverse("accounts:sign_up") in text


def test_wrong_answers_are_kept_as_typed_and_shown_again_with_what_is_wrong(client):
    draft = begin(client)
    answer = client.post(page(draft), {"go": "next", "name": "钱塘检测", "uscc": "91330106MAO"})
    assert answer.status_code == 422
    assert "应为 18 位，现在是 11 位" in answer.text
    draft.refresh_from_db()
    assert (draft.data["unit"]["uscc"], draft.name) == (["91330106MAO"], "钱塘检测")
    again = client.get(page(draft))
    assert 'value="91330106MAO"' in again.text
    assert "现在是 11 位" in again.text  # what is wrong stays marked
    assert "请填写这一项" not in again.text  # what is only empty does not


@pytest.mark.parametrize(("letter", "meant"), [("I", "1"), ("O", "0"), ("S", "5"), ("V", "U"), ("Z", "2")])
def test_letters_a_code_never_has_are_named_with_what_is_meant(client, letter, meant):
    code = f"9133010{letter}MA27XU2L6J"
    text = client.post(page(begin(client)), {"go": "next", "uscc": code}).text
    assert f"第 8 位「{letter}」不会出现在统一社会信用代码中，可能是「{meant}」" in text


def test_the_draft_saves_itself_while_one_types_and_says_when(client):
    draft = begin(client)
    answer = client.post(page(draft), {"go": "auto", "name": "半个名"})
    assert set(answer.json()) == {"saved"}
    draft.refresh_from_db()
    assert draft.name == "半个名"


def test_control_characters_are_dropped_before_the_database_refuses_them(client):
    draft = begin(client)
    client.post(page(draft), {"go": "save", "name": "钱塘\x00检测"}, format="multipart")
    draft.refresh_from_db()
    assert draft.data["unit"]["name"] == ["钱塘检测"]


def test_going_on_and_back_saves_and_leads_to_the_neighbouring_parts(client):
    draft = begin(client)
    answers = institution_answers()
    assert client.post(page(draft), answers["unit"] | {"go": "next"}).status_code == 422  # files are missing
    for key in ("license", "commitment"):
        client.post(reverse("onboarding:upload", args=[draft.secret, key]), {"file": image_upload()})
    assert client.post(page(draft), answers["unit"] | {"go": "next"}).url == page(draft, "certificates")
    assert client.post(page(draft, "certificates"), {"go": "back", "numbers": "1", "1-number": "x"}).url == page(draft)
    draft.refresh_from_db()
    assert draft.data["certificates"]["1-number"] == ["x"]


def test_a_draft_is_resumed_where_it_was_left_from_its_link_and_by_the_browser_that_began_it(client):
    draft = begin(client)
    client.post(page(draft, "entry"), {"go": "save", "contact_name": "陆行"})
    stranger = Client()
    assert stranger.get(draft.resume_url).url == page(draft, "entry")
    assert client.get(reverse("onboarding:start", args=[SERVICE])).text.count(draft.resume_url) == 1
    assert client.post(reverse("onboarding:start", args=[SERVICE])).url == draft.resume_url
    assert Application.objects.count() == 1
    assert draft.resume_url not in stranger.get(reverse("onboarding:start", args=[SERVICE])).text


def test_a_wrong_link_leads_nowhere(client):
    begin(client)
    for name, more in (("resume", []), ("overview", []), ("state", []), ("part", ["unit"])):
        assert client.get(reverse(f"onboarding:{name}", args=["x" * 43, *more])).status_code == 404


def test_the_draft_of_an_account_opens_for_its_own_people_only(client):
    owner, stranger = person("沈立人"), person("孙外")
    answer = client.get(reverse("onboarding:start", args=[MANAGEMENT]))
    assert reverse("accounts:sign_up") in answer.text
    assert client.post(reverse("onboarding:start", args=[MANAGEMENT])).url == reverse(
        "onboarding:start", args=[MANAGEMENT]
    )
    draft = begin(signed_in(owner), MANAGEMENT)
    assert draft.applicant == owner
    addresses = [draft.resume_url, page(draft), reverse("onboarding:overview", args=[draft.secret])]
    for address in addresses:
        assert signed_in(stranger).get(address).status_code == 404
        assert client.get(address).url.startswith(reverse("accounts:sign_in"))
        assert signed_in(owner).get(address).status_code in (200, 302)
    for name, more in (("upload", ["license"]), ("remove_file", ["license"]), ("submit", []), ("withdraw", []), ("discard", []),
                       ("mail_link", [])):  # fmt: skip
        address = reverse(f"onboarding:{name}", args=[draft.secret, *more])
        assert signed_in(stranger).post(address).status_code == 404, name
        assert client.post(address).status_code == 404, name
    assert draft in Application.objects.kept_by(owner)
    assert draft not in Application.objects.visible_to(stranger)


def test_a_person_has_one_draft_in_a_capacity_however_often_they_begin():
    owner = person("沈立人")
    drafts = {wizard.begin(REGISTRATIONS[SERVICE], owner).pk for _time in range(3)}
    assert len(drafts) == 1


def test_files_are_replaced_with_a_history_of_times_and_people_and_downloaded(client):
    owner = person("沈立人")
    browser = signed_in(owner)
    draft = begin(browser)
    address = reverse("onboarding:upload", args=[draft.secret, "license"])
    assert browser.post(address, {"file": image_upload("旧执照.png")}).status_code == 200
    answer = browser.post(address, {"file": pdf_upload("新执照.pdf")})
    assert "以前的 1 个文件" in answer.text
    assert "旧执照.png" in answer.text
    assert "沈立人" in answer.text
    old, new = ApplicationDocument.objects.order_by("pk")
    assert (old.replaced_at is None, new.replaced_at is None) == (False, True)
    for row in (old, new):
        got = browser.get(reverse("onboarding:file", args=[draft.secret, row.stored.public_id]))
        assert (got.status_code, got["X-Content-Type-Options"]) == (200, "nosniff")
        assert signed_in(person()).get(row.stored.get_absolute_url()).status_code == 404
        assert client.get(row.stored.get_absolute_url()).status_code == 404
    browser.post(reverse("onboarding:remove_file", args=[draft.secret, "license"]))
    assert not ApplicationDocument.objects.filter(replaced_at=None).exists()


def test_a_visitor_sees_their_own_uploads_by_the_secret_and_no_file_of_another_application(client):
    mine, other = institution(), institution(uscc="")
    stored = mine.documents.first().stored
    assert client.get(reverse("onboarding:file", args=[mine.secret, stored.public_id])).status_code == 200
    assert client.get(reverse("onboarding:file", args=[other.secret, stored.public_id])).status_code == 404


def test_without_script_files_come_with_the_page(client):
    draft = begin(client)
    answer = client.post(page(draft), {"go": "save", "name": "钱塘", "file-license": image_upload()})
    assert answer.status_code == 302
    assert draft.documents.get().slot == "license"
    answer = client.post(
        page(draft), {"go": "save", "name": "钱塘", "file-commitment": pdf_upload(content=b"%PDF-1.4 x")}
    )
    assert answer.status_code == 422
    assert "不是可接受的类型，或文件已损坏" in answer.text


def test_a_slot_takes_only_the_pictures_its_manual_names(client):
    draft = begin(client)
    address = reverse("onboarding:upload", args=[draft.secret, "cover"])
    answer = client.post(address, {"file": image_upload("封面.webp", kind="WEBP")})
    assert answer.status_code == 422
    assert "图片（GIF、JPG、PNG）" in answer.text
    assert not StoredFile.objects.exists()


def test_the_last_page_names_everything_missing_with_the_way_there(client):
    draft = begin(client)
    text = client.get(reverse("onboarding:overview", args=[draft.secret])).text
    for part in REGISTRATIONS[SERVICE].parts:
        assert f"{page(draft, part.key)}?check" in text
    assert "还没有上传机构封面图片" in text
    answer = client.post(reverse("onboarding:submit", args=[draft.secret]), follow=True)
    draft.refresh_from_db()
    assert draft.status == "draft"
    assert answer.redirect_chain[-1][0] == reverse("onboarding:overview", args=[draft.secret])


def test_a_part_nobody_touched_says_what_is_missing_when_one_comes_to_check_it(client):
    draft = begin(client)
    for part in ("unit", "certificates", "entry"):
        assert "请填写这一项" not in client.get(page(draft, part)).text
        assert "请填写这一项" in client.get(f"{page(draft, part)}?check").text


def test_s4_3_a_person_who_would_apply_for_verification_is_told_why_only_units_may():
    browser = signed_in(person("何晓"))
    address = reverse("onboarding:start", args=["verification_applicant"])
    assert 'value="person"' in browser.get(address).text
    answer = browser.post(address, {"identity": "person"})
    assert answer.status_code == 409
    assert "个人不能以这种身份申请" in answer.text
    assert "须以「企业/单位」注册" in answer.text
    assert not Application.objects.exists()
    assert browser.post(address, {"identity": "unit"}).status_code == 302


def test_handed_in_it_cannot_be_changed_until_it_is_taken_back(client):
    judge = units_authority()
    draft = institution()
    client.post(reverse("onboarding:submit", args=[draft.secret]))
    draft.refresh_from_db()
    assert draft.status == "pending"
    state = client.get(draft.resume_url, follow=True).text
    assert "西湖区市场监督管理局" in state
    assert client.post(page(draft), {"go": "auto", "name": "改名"}).status_code == 409
    answer = client.post(reverse("onboarding:upload", args=[draft.secret, "license"]), {"file": image_upload()})
    assert answer.status_code == 422
    assert "要修改，请先撤回" in answer.text
    client.post(reverse("onboarding:withdraw", args=[draft.secret]))
    draft.refresh_from_db()
    assert draft.status == "withdrawn"
    client.post(reverse("onboarding:submit", args=[draft.secret]))
    draft.refresh_from_db()
    ReviewFlow.fire(turn_open(draft), "send_back", actor=judge, reason="承诺书缺少公章")
    for part in ("unit", "certificates", "entry"):
        assert "承诺书缺少公章" in client.get(page(draft, part)).text


def test_a_draft_nobody_reviewed_is_discarded_with_its_files(client, django_capture_on_commit_callbacks):
    draft = institution()
    kept = [row.stored.content.path for row in draft.documents.all()]
    assert client.get(reverse("onboarding:discard", args=[draft.secret])).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("onboarding:discard", args=[draft.secret]))
    assert not Application.objects.exists()
    assert not StoredFile.objects.exists()
    assert [Path(path).exists() for path in kept] == [False] * 5


def test_what_was_handed_in_once_is_not_discarded(client):
    units_authority()
    draft = institution()
    wizard.hand_in(draft, actor=None)
    wizard.withdraw(draft, actor=None)
    with pytest.raises(Refused, match="留有审核记录"):
        wizard.discard(draft, actor=None)


def test_a_code_that_joined_already_is_told_so_with_the_way_to_bind(client):
    judge = units_authority()
    first = institution()
    wizard.hand_in(first, actor=None)
    second = institution(phone="13712345679", uscc=first.uscc, name="钱塘乙检测")
    with pytest.raises(Refused, match="另一份同类申请正在审核"):
        wizard.hand_in(second, actor=None)
    ReviewFlow.fire(turn_open(first), "approve", actor=judge)
    with pytest.raises(Refused, match="已以服务机构身份入网.*绑定该单位"):
        wizard.hand_in(second, actor=None)
    assert "无需再次申请" in client.get(page(second)).text


def test_a_unit_that_is_here_joins_in_one_more_capacity_through_its_administrator_only():
    judge = units_authority()
    unit = organization("钱塘大学", uscc=new_code())
    admin = unit_admin(unit, phone="13712345670")
    stranger = institution(person("孙外"), uscc=unit.uscc, name=unit.name)
    with pytest.raises(Refused, match="已在平台上"):
        wizard.hand_in(stranger, actor=stranger.applicant)
    own = institution(admin, uscc=unit.uscc, name=unit.name)
    wizard.hand_in(own, actor=admin)
    ReviewFlow.fire(turn_open(own), "approve", actor=judge)
    own.refresh_from_db()
    assert own.organization == unit
    assert list(unit.participations.values_list("capacity", flat=True)) == [SERVICE]


def test_the_link_is_mailed_a_few_times_and_to_addresses_only(client, django_capture_on_commit_callbacks):
    draft = institution()
    with pytest.raises(Refused, match="完整的邮箱地址"):
        wizard.queue_link_mail(draft, "lu.example")
    for _time in range(wizard.LINK_MAILS_PER_DRAFT):
        wizard.queue_link_mail(draft, "lu@example.cn")
    with pytest.raises(Refused, match="已发送"):
        wizard.queue_link_mail(draft, "lu@example.cn")


def test_the_mail_carries_the_link_and_says_whom_it_opens_for(mailoutbox, settings):
    draft = institution()
    assert wizard.send_link_mail(draft.pk, "lu@example.cn")
    assert f"{settings.SITE_URL}{draft.resume_url}" in mailoutbox[0].body
    assert "任何得到这个链接的人" in mailoutbox[0].body


def test_the_page_of_an_application_leads_its_people_on_and_shows_reviewers_its_files():
    owner, judge = person("沈立人"), units_authority()
    draft = institution(owner)
    address = draft.get_absolute_url()
    assert draft.resume_url in signed_in(owner).get(address).text
    wizard.hand_in(draft, actor=owner)
    seen = signed_in(judge).get(address).text
    stored = draft.documents.first().stored
    assert stored.get_absolute_url() in seen
    assert draft.secret not in seen
    assert signed_in(judge).get(stored.get_absolute_url()).status_code == 200
    assert signed_in(person("孙外")).get(address).status_code == 404


OFFERED = {
    # status → steps by whom: applicant, a reviewer, a stranger
    "draft": (["submit"], [], []),
    "pending": (["withdraw"], [], []),
    "returned": (["submit"], [], []),
    "withdrawn": (["submit"], [], []),
    "approved": ([], [], []),
}


@pytest.mark.parametrize("status", OFFERED)
def test_which_steps_an_application_offers_whom(status):
    owner, judge = person("沈立人"), units_authority()
    draft = institution(owner)
    if status != "draft":
        wizard.hand_in(draft, actor=owner)
    if status == "returned":
        ReviewFlow.fire(turn_open(draft), "send_back", actor=judge, reason="补充")
    if status == "withdrawn":
        wizard.withdraw(draft, actor=owner)
    if status == "approved":
        ReviewFlow.fire(turn_open(draft), "approve", actor=judge)
    draft.refresh_from_db()
    offered = tuple(
        [o.step.name for o in ApplicationFlow.offered(draft, user) if not (o.refusal and o.step.name == "take_effect")]
        for user in (owner, judge, person("孙外"))
    )
    assert offered == OFFERED[status]


def test_new_units_never_take_effect_without_a_review():
    owner = person("沈立人")
    draft = institution(owner)
    with pytest.raises(Refused, match="须经审核"):
        wizard.hand_in(draft, actor=owner, step="take_effect")
