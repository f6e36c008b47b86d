"""A unit's own pages: who reads what, what is freely kept, contacts with history (S3-50 … S3-52, S3-90, S3-91, S1-93)."""

import pytest
from django.urls import reverse

from gongyi.audit.queries import events_of
from gongyi.kit.refusal import Refused
from gongyi.organizations import services
from gongyi.organizations.models import Capacity, ContactPerson, Organization, Participation, UnitProfile
from tests.factories.accounts import person
from tests.factories.files import pdf, picture
from tests.factories.organizations import department, join, laboratory, member
from tests.factories.reservations import at

D = ContactPerson.Duty
TABS = ("organization", "certificates", "attachments", "showcase", "people", "departments", "reviews")


def address(name, unit, *keys):
    return reverse(f"organizations:{name}", args=[unit.pk, *keys])


def typed(**fields):
    return {
        "name_en": "Wangjiang University", "org_code": "", "system": "public", "area_level": "provincial", "business_scope": "材料检测",
        "fax": "", "postcode": "310000", "remark": "",
    } | fields  # fmt: skip


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_is_an_address_its_people_read_and_strangers_do_not_find(client, unit, gu, lin, stranger, admin, tab):
    answers = {}
    for who, user in (("visitor", None), ("gu", gu), ("lin", lin), ("stranger", stranger), ("admin", admin)):
        client.logout() if user is None else client.force_login(user)
        answers[who] = client.get(address(tab, unit)).status_code

    assert answers == {"visitor": 302, "gu": 200, "lin": 200, "stranger": 404, "admin": 200}


def test_members_read_names_and_roles_and_no_addresses(client, unit, gu, lin):
    client.force_login(lin)
    page = client.get(address("people", unit)).content.decode()

    assert "顾明远" in page
    assert "单位管理员" in page
    assert gu.email not in page
    assert "加入人员" not in page
    assert "移出单位" not in page
    assert client.post(address("people", unit), {"action": "remove", "selected": [gu.pk]}).status_code in {
        400,
        403,
        404,
    }
    assert "顾明远" not in client.get(address("people", unit), {"q": gu.email}).content.decode()
    client.force_login(gu)
    assert gu.email in client.get(address("people", unit)).content.decode()
    assert "顾明远" in client.get(address("people", unit), {"q": gu.email}).content.decode()


def test_a_laboratorys_account_reads_its_own_laboratory_only(client, unit, center):
    """S2-34."""
    own, other = laboratory(center, "电镜实验室"), laboratory(center, "质谱实验室")
    holder = join(person("实验员"), unit, "laboratory", department=own)
    member(unit, "质谱的人", department=other)
    client.force_login(holder)
    people = client.get(address("people", unit)).content.decode()
    tree = client.get(address("departments", unit)).content.decode()

    assert "实验员" in people
    assert "质谱的人" not in people
    assert "电镜实验室" in tree
    assert "质谱实验室" not in tree


def test_the_page_names_the_capacities_with_since_when_and_until(client, unit, gu):
    Participation.objects.create(organization=unit, capacity=Capacity.SERVICE, since=at(-30, "8:00"))
    Participation.objects.create(
        organization=unit, capacity=Capacity.NETWORK, since=at(-90, "8:00"), ended_at=at(-40, "8:00")
    )
    client.force_login(gu)
    page = client.get(unit.manage_url).content.decode()

    assert "服务机构" in page
    assert "起</span>" in page
    assert page.index("服务机构") < page.index("入网单位")


def test_bank_data_are_for_the_administrators(client, unit, gu, lin):
    UnitProfile.objects.create(organization=unit, bank_account_no="6222021234", legal_representative="王守正")
    client.force_login(lin)
    theirs = client.get(unit.manage_url).content.decode()
    client.force_login(gu)

    assert "王守正" in theirs
    assert "6222021234" not in theirs
    assert "6222021234" in client.get(unit.manage_url).content.decode()


# what is freely kept


def test_the_unit_keeps_its_profile_and_cover(client, unit, gu):
    """S3-51, S3-52."""
    client.force_login(gu)
    answer = client.post(address("edit_profile", unit), typed(cover=picture("楼.png")))
    unit = Organization.objects.get(pk=unit.pk)

    assert answer.url == unit.manage_url
    assert (unit.profile.name_en, unit.profile.get_area_level_display(), unit.cover.name) == (
        "Wangjiang University", "省级", "楼.png",
    )  # fmt: skip
    assert [event.what for event in events_of(unit)] == ["修改机构信息"]
    client.post(address("edit_profile", unit), typed(remove_cover="on"))
    assert Organization.objects.get(pk=unit.pk).cover is None


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("cover", {"cover": pdf("楼.pdf")}), ("cover", {"cover": picture("楼.png", at_least_bytes=2 * 1024 * 1024 + 1)}),
        ("name_en", {"name_en": "x" * 151}), ("business_scope", {"business_scope": "长" * 1001}), ("system", {"system": "?"}),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_the_rest_stays_typed(client, unit, gu, field, wrong):
    client.force_login(gu)
    answer = client.post(address("edit_profile", unit), typed(remark="留着我", **wrong))

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert "留着我" in answer.content.decode()
    assert not UnitProfile.objects.exists()


def test_business_types_are_the_platforms_to_change(client, unit, gu, admin):
    """S3-15."""
    UnitProfile.objects.create(organization=unit, business_types=["inspection"])
    client.force_login(gu)
    page = client.get(address("edit_profile", unit)).content.decode()
    client.post(address("edit_profile", unit), typed(business_types=["metrology"]))

    assert "不能自行更改" in page
    assert "请联系平台管理员" in page
    assert UnitProfile.objects.get().business_types == ["inspection"]
    with pytest.raises(Refused, match="不能自行更改"):
        services.change_profile(organization=unit, actor=gu, business_types=["metrology"])
    client.force_login(admin)
    client.post(address("edit_profile", unit), typed(business_types=["inspection", "metrology"]))
    assert UnitProfile.objects.get().business_types == ["inspection", "metrology"]


def test_a_unit_that_left_is_only_read(client, unit, gu, admin):
    Organization.objects.filter(pk=unit.pk).update(status="exited")
    client.force_login(admin)

    assert client.get(unit.manage_url).status_code == 200
    assert client.get(address("edit_profile", unit)).status_code == 404
    with pytest.raises(Refused, match="已退出平台"):
        services.change_profile(organization=unit, actor=admin, name_en="x")


# contacts


def test_a_new_contact_ends_the_one_before_and_the_history_shows_both(client, unit, gu, lin):
    """S3-90, S3-91, S1-93."""
    client.force_login(gu)
    for name in ("周以宁", "陆一帆"):
        client.post(address("change_contact", unit, D.COMPLAINTS), {"name": name, "phone": "13812345678"})
    before, after = ContactPerson.objects.order_by("pk")

    assert (before.name, before.until, after.until) == ("周以宁", after.since, None)
    client.force_login(lin)
    page = client.get(address("contacts", unit)).content.decode()
    assert page.index("陆一帆") < page.index("周以宁")
    assert "现任" in page
    assert "更换" not in page


def test_saying_the_same_again_changes_nothing(unit, gu):
    for _time in range(2):
        services.change_contact(organization=unit, actor=gu, duty=D.SALES, name="何向南", phone="13812345678")

    assert ContactPerson.objects.count() == 1


def test_a_contact_is_ended_without_a_successor(client, unit, gu):
    services.change_contact(organization=unit, actor=gu, duty=D.LIAISON, name="彭立新", phone="13812345678")
    client.force_login(gu)
    client.post(address("end_contact", unit, D.LIAISON))

    assert ContactPerson.objects.get().until is not None
    assert client.get(address("end_contact", unit, D.LIAISON)).status_code == 404


@pytest.mark.parametrize(
    ("field", "wrong"), [("name", {"name": ""}), ("phone", {"phone": ""}), ("phone", {"phone": "12"})]
)
def test_what_is_wrong_with_a_contact_is_said(client, unit, gu, field, wrong):
    client.force_login(gu)
    answer = client.post(address("change_contact", unit, D.SALES), {"name": "何", "phone": "13812345678"} | wrong)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]


def test_who_keeps_a_unit_is_offered_to_register_its_contacts(client, unit, gu, lin):
    for user, offered in ((gu, True), (lin, False)):
        client.force_login(user)
        assert (">登记与变更历史<" in client.get(unit.manage_url).content.decode()) is offered


def test_an_unknown_duty_does_not_exist(client, unit, gu):
    client.force_login(gu)

    assert client.get(address("change_contact", unit, "boss")).status_code == 404


def test_departments_are_read_by_members_without_ways_to_change(client, unit, lin):
    department(unit, "化学学院")
    client.force_login(lin)
    page = client.get(address("departments", unit)).content.decode()

    assert "化学学院" in page
    assert "新增院系" not in page
    assert "delete" not in page
