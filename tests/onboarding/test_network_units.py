"""Network units: letter, five sections, what is reviewed again and what takes effect at once (S1-22 … S1-35)."""

from decimal import Decimal

import pytest

from gongyi.audit.queries import events_of
from gongyi.onboarding.letters import current_letter
from gongyi.onboarding.models import Application
from gongyi.onboarding.registrations import registration_of
from gongyi.onboarding.services.letters import draft_letter, publish_letter
from gongyi.onboarding.services.unit_rules import change_unit_rules
from gongyi.onboarding.workflow import ApplicationFlow
from gongyi.organizations.models import Capacity, ContactPerson, Participation
from gongyi.organizations.rules import is_unit_admin
from gongyi.reviews.models import ReviewedStatus, Submission
from gongyi.reviews.rules import turn_open
from gongyi.reviews.workflow import ReviewFlow
from gongyi.workflow import Refused
from tests.factories.accounts import person, platform_admin
from tests.factories.joining import approved, authority, change_of, network_draft, retype, submitted
from tests.factories.organizations import member, organization, unit_admin

pytestmark = pytest.mark.django_db


def missing(application):
    return registration_of(application).missing(application)


def offered(application, user):
    return [offer.step.name for offer in ApplicationFlow.offered(application, user)]


def ready(application, user):
    """The steps that would be carried out."""
    return [offer.step.name for offer in ApplicationFlow.offered(application, user) if offer.refusal is None]


@pytest.fixture
def judge():
    return authority()


@pytest.fixture
def joined(judge):
    """An approved unit and its administrator."""
    applicant = person("许晴")
    return approved(network_draft(applicant, wants_voucher="on"), judge), applicant


# what each may do, in each status

OFFERED = {
    ("draft", "applicant"): ["submit", "take_effect"],
    ("draft", "stranger"): [],
    ("draft", "judge"): [],
    ("pending", "applicant"): ["withdraw"],
    ("pending", "stranger"): [],
    ("pending", "judge"): [],  # decides on the review desk
    ("returned", "applicant"): ["submit", "take_effect"],
    ("withdrawn", "applicant"): ["submit", "take_effect"],
    ("approved", "applicant"): [],
    ("approved", "stranger"): [],
}


@pytest.mark.parametrize(("status", "who"), list(OFFERED))
def test_the_steps_offered(status, who, judge):
    people = {"applicant": person(), "stranger": person(), "judge": judge}
    application = network_draft(people["applicant"])
    Application.objects.filter(pk=application.pk).update(status=status)
    application.refresh_from_db()
    assert offered(application, people[who]) == OFFERED[status, who]


# filling in (S1-24 … S1-32)


def test_a_complete_application_goes_to_the_authority_and_is_pending(judge):
    application = submitted(network_draft())  # S1-32, S1-33
    assert application.status == ReviewedStatus.PENDING
    assert turn_open(application).authority.name == "东湾省科技厅"


def test_without_the_tick_under_the_letter_nothing_is_handed_in():
    application = retype(network_draft(), "letter", accepted=None)  # S1-24
    with pytest.raises(Refused, match="阅读承诺书"):
        submitted(application)


def test_a_letter_that_was_replaced_meanwhile_must_be_read_again():
    application = network_draft()
    admin = platform_admin()
    text = {"capacity": Capacity.NETWORK, "version": "2.0", "title": "入网承诺书", "text": "新的全文"}
    publish_letter(letter=draft_letter(actor=admin, **text), actor=admin)
    with pytest.raises(Refused, match="阅读承诺书"):
        submitted(application)
    retype(application, "letter", version="2.0")
    assert submitted(application).status == ReviewedStatus.PENDING


def test_enterprises_say_how_many_they_are_and_what_they_earned_others_need_not():
    gone = {"employee_count": None, "last_year_revenue_wan": None}
    assert "企业人数" in missing(network_draft(**gone))[0]
    assert "上年营业收入" in missing(network_draft(**gone))[0]
    assert missing(network_draft(kind="university", **gone)) == []


@pytest.mark.parametrize(
    ("fields", "label"),
    [
        ({"name": ""}, "单位名称"),
        ({"code": "91330106MA2000001O"}, "统一社会信用代码"),
        ({"region": ["330000", "330100", ""]}, "所在地区"),
        ({"region": ["999999"]}, "所在地区"),
        ({"kind": "authority"}, "单位性质"),
        ({"phone": "12345"}, "单位电话"),
        ({"liaison_email": "nobody"}, "联络员邮箱"),
        ({"employee_count": "0"}, "企业人数"),
        ({"employee_count": "12.5"}, "企业人数"),
        ({"employee_count": "很多"}, "企业人数"),
        ({"last_year_revenue_wan": "-1"}, "上年营业收入"),
        ({"last_year_revenue_wan": "1.234"}, "上年营业收入"),
        ({"last_year_revenue_wan": "9" * 20}, "上年营业收入"),
        ({"last_year_revenue_wan": "NaN"}, "上年营业收入"),
        ({"postcode": "31001"}, "邮编"),
        ({"bank_account_no": "abc", "bank_name": "中国银行", "bank_account_name": "砺锋"}, "银行账号"),
        ({"bank_name": "中国银行"}, "开户名称"),
        ({"website": "javascript:alert(1)"}, "网址"),
        ({"business_scope": "字" * 1001}, "业务范围"),
    ],
)
def test_wrong_answers_are_named_and_kept(fields, label):
    application = network_draft(**fields)
    sentences = missing(application)
    assert len(sentences) == 1
    assert label in sentences[0]
    with pytest.raises(Refused, match="填写单位信息"):
        submitted(application)
    application.refresh_from_db()
    name, typed = next(iter(fields.items()))
    assert application.data["unit"][name] == (typed if isinstance(typed, list) else [typed])


def test_vouchers_are_refused_with_the_condition_that_fails():
    application = network_draft(employee_count="501", wants_voucher="on")  # S1-31
    form = registration_of(application).part("unit").on_page(application, None)
    assert not form.is_valid()
    assert form.errors["wants_voucher"] == ["不能申请创新券：企业人数 501 人，超过 500 人。"]
    with pytest.raises(Refused, match="申请创新券"):
        submitted(application)


def test_a_name_or_code_of_a_unit_on_the_platform_is_refused():
    organization("砺川精密制造有限公司", uscc="91110000600037341L")
    for fields in ({"name": "砺川精密制造有限公司"}, {"code": "91110000600037341L"}):
        with pytest.raises(Refused):
            submitted(network_draft(**fields))


def test_an_administrator_joins_with_the_unit_that_is_here_already(judge):
    unit = organization("砺川精密制造有限公司", kind="enterprise", uscc="91110000600037341L")
    admin = unit_admin(unit)
    assert approved(network_draft(admin, name=unit.name, code=unit.uscc), judge) == unit


# what approval does (S1-34)


def test_approval_makes_the_unit_with_all_it_said(judge):
    applicant = person("许晴")
    unit = approved(network_draft(applicant, wants_voucher="on", website="https://lifeng.example.cn"), judge)
    assert (unit.status, unit.kind, unit.region_id) == ("active", "enterprise", "330106")
    assert (unit.profile.employee_count, unit.profile.last_year_revenue_wan) == (120, Decimal("3500.00"))
    assert unit.profile.wants_voucher
    assert unit.profile.commitment_version == current_letter(Capacity.NETWORK).version
    assert unit.profile.commitment_at is not None
    assert unit.info_confirmed_at is not None
    assert Participation.objects.get(organization=unit).capacity == Capacity.NETWORK
    liaison = ContactPerson.objects.get(organization=unit, until=None)
    assert (liaison.duty, liaison.name, liaison.phone) == ("liaison", "许晴", "13805710001")
    assert is_unit_admin(applicant, unit)


def test_thresholds_that_fell_while_it_waited_take_the_voucher_away_not_the_application(judge):
    application = submitted(network_draft(wants_voucher="on"))
    change_unit_rules(actor=platform_admin(), voucher_most_employees=100)
    ReviewFlow.fire(turn_open(application), "approve", actor=judge)
    application.refresh_from_db()
    assert not application.organization.profile.wants_voucher


def test_a_new_letter_or_a_second_unit_of_the_name_does_not_change_what_was_handed_in(judge):
    application = submitted(network_draft())
    admin = platform_admin()
    text = {"capacity": Capacity.NETWORK, "version": "2.0", "title": "入网承诺书", "text": "新的全文"}
    publish_letter(letter=draft_letter(actor=admin, **text), actor=admin)
    ReviewFlow.fire(turn_open(application), "approve", actor=judge)
    application.refresh_from_db()
    assert application.organization.profile.commitment_version == "1.0"


def test_returned_with_a_reason_corrected_and_handed_in_again(judge):
    application = submitted(network_draft())
    ReviewFlow.fire(turn_open(application), "send_back", actor=judge, reason="业务范围请按营业执照填写")
    application.refresh_from_db()
    assert application.status == ReviewedStatus.RETURNED
    retype(application, "unit", business_scope="传感器、仪器仪表研发、生产、销售")
    unit = approved(application, judge)
    assert unit.profile.business_scope == "传感器、仪器仪表研发、生产、销售"
    assert Submission.objects.of(application).count() == 2


# changes (S1-35)


def test_a_change_starts_from_the_units_data_and_needs_nothing_typed_again(joined):
    unit, admin = joined
    change = change_of(unit, admin)
    assert missing(change) == []
    assert ready(change, admin) == ["submit", "take_effect"]


@pytest.mark.parametrize(
    ("part", "fields"),
    [("unit", {"employee_count": "121"}), ("unit", {"last_year_revenue_wan": "3500.01"})],
)
def test_number_of_people_and_revenue_are_reviewed_again(joined, part, fields):
    unit, admin = joined
    change = retype(change_of(unit, admin), part, **fields)
    with pytest.raises(Refused, match="重新审核"):
        ApplicationFlow.fire(change, "take_effect", actor=admin)
    assert submitted(change).status == ReviewedStatus.PENDING
    unit.profile.refresh_from_db()
    assert (unit.profile.employee_count, unit.profile.last_year_revenue_wan) == (120, Decimal("3500.00"))


@pytest.mark.parametrize("same", ["3500", "3500.0", "3500.00"])
def test_the_same_revenue_written_otherwise_is_no_change(joined, same):
    unit, admin = joined
    change = retype(change_of(unit, admin), "unit", last_year_revenue_wan=same)
    ApplicationFlow.fire(change, "take_effect", actor=admin)
    assert change.status == ReviewedStatus.APPROVED


def test_reviewers_read_numbers_with_their_units(judge):
    version = Submission.objects.of(submitted(network_draft())).get()
    words = {field["key"]: field["value"] for part in version.content for field in part["fields"]}
    assert words["unit.employee_count"] == "120 人"
    assert words["unit.last_year_revenue_wan"] == "3,500.00 万元"


def test_another_version_of_the_letter_is_reviewed_again(joined):
    unit, admin = joined
    platform = platform_admin()
    text = {"capacity": Capacity.NETWORK, "version": "2.0", "title": "入网承诺书", "text": "新的全文"}
    publish_letter(letter=draft_letter(actor=platform, **text), actor=platform)
    change = change_of(unit, admin)
    assert "阅读承诺书" in missing(change)[0]
    retype(change, "letter", version="2.0", accepted="on")
    with pytest.raises(Refused, match="重新审核"):
        ApplicationFlow.fire(change, "take_effect", actor=admin)


@pytest.mark.parametrize(
    ("field", "value", "label"),
    [
        ("address", "创新大道 8 号", "详细地址"),
        ("business_scope", "仪器仪表", "业务范围"),
        ("liaison_name", "何芳", "联络员姓名"),
        ("enterprise_size", "micro", "企业规模"),
        ("has_fiscal_subsidy", "on", "已有财政补贴"),
    ],
)
def test_everything_else_takes_effect_at_once_with_what_stood_before_on_record(joined, field, value, label):
    unit, admin = joined
    change = retype(change_of(unit, admin), "unit", **{field: value})
    ApplicationFlow.fire(change, "take_effect", actor=admin)
    change.refresh_from_db()
    assert change.status == ReviewedStatus.APPROVED
    assert turn_open(change) is None
    event = next(event for event in events_of(unit) if event.what == "变更入网信息")
    assert set(event.after) == {label}
    assert event.before[label] != event.after[label]
    assert event.actor == admin


def test_a_replaced_liaison_stays_in_the_history(joined):
    unit, admin = joined
    change = retype(change_of(unit, admin), "unit", liaison_name="何芳", liaison_phone="13805710002")
    ApplicationFlow.fire(change, "take_effect", actor=admin)
    people = ContactPerson.objects.filter(organization=unit).order_by("since")
    assert [(contact.name, contact.until is None) for contact in people] == [("许晴", False), ("何芳", True)]


def test_a_change_cannot_make_it_another_unit(joined):
    unit, admin = joined
    before = (unit.name, unit.uscc, unit.kind)
    change = retype(change_of(unit, admin), "unit", name="别的公司", code="91110000600037341L", kind="university")
    ApplicationFlow.fire(change, "take_effect", actor=admin)
    unit.refresh_from_db()
    assert (unit.name, unit.uscc, unit.kind) == before


def test_members_and_strangers_change_nothing(joined):
    unit, admin = joined
    change = change_of(unit, admin)
    for user in (member(unit), unit_admin(organization()), person()):
        assert offered(change, user) == []
        with pytest.raises(Refused):
            ApplicationFlow.fire(change, "take_effect", actor=user)


def test_a_unit_that_joined_without_an_application_is_reviewed_once_before_small_changes(judge):
    unit = organization("望江大学", uscc="91110000600037341L")
    Participation.objects.create(organization=unit, capacity=Capacity.NETWORK, since=unit.joined_at)
    admin = unit_admin(unit)
    change = change_of(unit, admin)
    with pytest.raises(Refused):
        ApplicationFlow.fire(change, "take_effect", actor=admin)
