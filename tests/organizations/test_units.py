"""The platform administrator's units, their process, and the credit code."""

import pytest

from gongyi.audit.queries import history_of
from gongyi.kit.refusal import Refused
from gongyi.notifications.models import Notification
from gongyi.organizations import uscc
from gongyi.organizations.models import Organization
from gongyi.organizations.workflow import OrganizationFlow
from gongyi.regions.models import Region
from tests.factories.organizations import member, organization
from tests.organizations.conftest import queries_of

LIST = "/organizations/manage/"
S = Organization.Status

OFFERED = {
    (S.ACTIVE, "admin"): ["edit", "suspend", "keep", "leave"],
    (S.ACTIVE, "gu"): ["edit_contact", "ask_to_leave", "stay_after_all"],
    (S.ACTIVE, "lin"): [],
    (S.ACTIVE, "stranger"): [],
    (S.SUSPENDED, "admin"): ["edit", "resume", "keep", "leave"],
    (S.SUSPENDED, "gu"): ["ask_to_leave", "stay_after_all"],
    (S.SUSPENDED, "lin"): [],
    (S.SUSPENDED, "stranger"): [],
    (S.EXITED, "admin"): ["resume"],
    (S.EXITED, "gu"): [],
    (S.EXITED, "lin"): [],
    (S.EXITED, "stranger"): [],
}


@pytest.mark.parametrize(("status", "who"), OFFERED)
def test_offered_steps(request, unit, status, who):
    user = request.getfixturevalue(who)
    Organization.objects.filter(pk=unit.pk).update(status=status)
    unit.refresh_from_db()

    assert [offer.step.name for offer in OrganizationFlow.offered(unit, user)] == OFFERED[status, who]


def test_a_suspended_unit_leaves_the_public_and_its_administrator_is_told(unit, gu, lin, admin):
    OrganizationFlow.fire(unit, "suspend", actor=admin, reason="资质到期")

    assert unit not in Organization.objects.active()
    assert "资质到期" in Notification.objects.get(user=gu).body
    assert not Notification.objects.filter(user=lin).exists()
    assert [entry.label for entry in history_of(unit)] == ["停用"]


def test_it_is_resumed(unit, gu, admin):
    OrganizationFlow.fire(unit, "suspend", actor=admin, reason="资质到期")
    OrganizationFlow.fire(unit, "resume", actor=admin, comment="已补齐")

    assert unit in Organization.objects.active()


def test_suspending_takes_a_reason_and_the_platform_administrator(unit, gu, admin):
    with pytest.raises(Refused, match="请填写「原因」"):
        OrganizationFlow.fire(unit, "suspend", actor=admin)
    with pytest.raises(Refused, match="只有平台管理员可以停用"):
        OrganizationFlow.fire(unit, "suspend", actor=gu, reason="x")


def test_suspending_through_the_dialog(client, unit, gu, admin):
    client.force_login(admin)
    address = f"/steps/organizations.organization/{unit.pk}/suspend/"

    assert "公众不再看到该单位" in client.get(address).content.decode()
    assert client.post(address, {"reason": "资质到期"}).status_code == 302
    assert Organization.objects.get(pk=unit.pk).status == S.SUSPENDED


def test_the_units_administrator_edits_contact_data_only(client, unit, gu):
    client.force_login(gu)
    data = {
        "address": "望江路 1 号",
        "phone": "0571-87951234",
        "email": "",
        "website": "",
        "introduction": "",
        "name": "改名",
    }
    answer = client.post(f"{LIST}{unit.pk}/contact/", data)
    unit.refresh_from_db()

    assert answer.url == f"{LIST}{unit.pk}/"
    assert (unit.address, unit.phone, unit.name) == ("望江路 1 号", "0571-87951234", "望江大学")
    assert history_of(unit).get().label == "修改联系资料"


# the platform administrator's list


@pytest.fixture
def hangzhou(db):
    province = Region.objects.update_or_create(
        code="330000", defaults={"name": "浙江省", "level": "province", "full_path": "浙江省"}
    )[0]
    city = Region.objects.update_or_create(
        code="330100", defaults={"name": "杭州市", "level": "city", "full_path": "浙江省/杭州市", "parent": province}
    )[0]
    return Region.objects.update_or_create(
        code="330106",
        defaults={"name": "西湖区", "level": "district", "full_path": "浙江省/杭州市/西湖区", "parent": city},
    )[0]


def filled(place, **fields):
    return {
        "name": "云栖材料研究院", "short_name": "云栖材料院", "code": "yxm", "uscc": "", "kind": "institute",
        "region": [place.code[:2] + "0000", place.code[:4] + "00", place.code], "address": "", "phone": "", "email": "",
        "website": "", "introduction": "",
    } | fields  # fmt: skip


@pytest.mark.parametrize("path", ["", "new/"])
def test_only_the_platform_administrator_lists_and_adds_units(client, gu, admin, path):
    visitor = client.get(LIST + path)
    client.force_login(gu)
    other = client.get(LIST + path)
    client.force_login(admin)

    assert (visitor.status_code, other.status_code, client.get(LIST + path).status_code) == (302, 404, 200)


def test_a_unit_is_added_and_its_record_begins(client, admin, hangzhou):
    client.force_login(admin)
    answer = client.post(LIST + "new/", filled(hangzhou, uscc="９1110000600037341l "))
    unit = Organization.objects.get(code="YXM")

    assert answer.url == unit.manage_url
    assert (unit.uscc, unit.region, unit.status) == ("91110000600037341L", hangzhou, S.ACTIVE)
    assert history_of(unit).get().label == "新增单位"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("uscc", "9111000060003734", "应为 18 位，现在是 16 位"),
        ("code", "1A", "以字母开头"),
        ("name", "望江大学", "已"),
        ("code", "wju", "已"),
        ("phone", "12345", "区号加号码"),
        ("region", ["330000", "330100"], "请继续选择"),
    ],
)
def test_what_is_wrong_is_said(client, unit, admin, hangzhou, field, value, sentence):
    client.force_login(admin)
    answer = client.post(LIST + "new/", filled(hangzhou, **{field: value}))

    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_editing_renames_and_sorts_anew(client, unit, admin, hangzhou):
    client.force_login(admin)
    client.post(f"{LIST}{unit.pk}/edit/", filled(hangzhou, name="安徽望江大学", code="WJU"))
    unit.refresh_from_db()

    assert (unit.name, unit.name_key) == ("安徽望江大学", "an hui wang jiang da xue")


def test_units_are_narrowed_by_word_kind_region_and_status(client, unit, admin, hangzhou):
    organization("杭州检测", kind="testing_institution", region=hangzhou)
    organization("停用的厂", kind="enterprise", status=S.SUSPENDED)
    client.force_login(admin)

    def found(**query):
        page = client.get(LIST, query).content.decode()
        return [name for name in ("望江大学", "杭州检测", "停用的厂") if f">{name}</a>" in page]

    assert found() == ["望江大学", "杭州检测", "停用的厂"]
    assert found(q="wju") == ["望江大学"]
    assert found(kind="testing_institution") == ["杭州检测"]
    assert found(region="330000") == ["杭州检测"]
    assert found(status="suspended") == ["停用的厂"]


def test_the_list_asks_as_many_queries_for_thirty_units_as_for_one(client, admin, unit, hangzhou):
    client.force_login(admin)
    few = queries_of(client, LIST, per="50")
    for _number in range(30):
        member(organization(region=hangzhou))

    assert queries_of(client, LIST, per="50") == few


# the credit code


@pytest.mark.parametrize("code", ["91110000600037341L", "91310115746163324U"])
def test_true_codes_pass(code):
    assert uscc.fault(code) is None


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("91110000600037341", "应为 18 位，现在是 17 位"),
        ("9111OOOO600037341L", "第 5 位「O」不会出现在统一社会信用代码中，可能是「0」"),
        ("9I110000600037341L", "第 2 位「I」不会出现在统一社会信用代码中，可能是「1」"),
        ("9111000060003734SL", "第 17 位「S」不会出现在统一社会信用代码中，可能是「5」"),
        ("9111000060003734ZL", "可能是「2」"),
        ("9111000060003734VL", "可能是「U」"),
        ("9111000060003734?L", "第 17 位「?」不是数字或大写字母"),
        ("911A0000600037341L", "第 3–8 位是登记机关的行政区划码，应全为数字"),
        ("911100006000373411", "最后一位校验码不符"),
    ],
)
def test_what_is_wrong_with_a_code_is_said_exactly(typed, sentence):
    assert sentence in uscc.fault(uscc.normalised(typed))


@pytest.mark.parametrize("typed", ["９１１１００００６０００３７３４１Ｌ", " 9111 0000-6000 37341l "])
def test_full_width_lower_case_and_blanks_are_made_regular(typed):
    assert uscc.normalised(typed) == "91110000600037341L"


def test_village_collectives_begin_with_a_letter():
    body = "N2330106MF0123456"

    assert any(uscc.fault(body + symbol) is None for symbol in uscc.ALPHABET)
