"""Registering an instrument: a draft with little, a submission with everything, one review, free changes afterwards."""

from decimal import Decimal

import pytest
from django.urls import reverse

from gongyi.audit.models import AuditEvent
from gongyi.catalog import services
from gongyi.catalog.forms import InstrumentForm
from gongyi.catalog.models import Facility, Instrument, InstrumentStaff
from gongyi.catalog.registration import FIELDS, missing_of, words
from gongyi.catalog.workflow import InstrumentFlow, freeze
from gongyi.kit.refusal import Refused
from gongyi.onboarding.models import InnovationPlatform
from gongyi.organizations.models import Remit
from gongyi.reviews.models import Submission
from gongyi.reviews.rules import turn_open
from gongyi.reviews.workflow import ReviewFlow
from tests.factories.accounts import person, platform_admin
from tests.factories.catalog import REGISTERED, registered
from tests.factories.files import pdf, picture
from tests.factories.organizations import department, laboratory, member, organization, reviewer, unit_admin
from tests.factories.reviews import innovation_platform

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    return organization("望江大学", code="WJU")


@pytest.fixture
def admin(unit):
    return unit_admin(unit)


@pytest.fixture
def place(unit):
    return department(unit, "材料学院")


def typed(place, **changes):
    """What a person types into the whole form; a change of None leaves the field out."""
    data = {
        **{name: value for name, value in REGISTERED.items() if not name.endswith("_id")},
        "name": "场发射扫描电镜", "resource_type": "instrument", "instrument_class": "010102", "region": "330106",
        "department": place.pk, "original_value": "1,450,000.00", "booked_on": "2024-05-20", "timed_booking": "on",
        "secondary_development": "False", "under_customs_supervision": "False", "no_platform": "on",
        "staff_rows": ["n1"], "staff-n1-role": "operator", "staff-n1-name": "郑一帆", "staff-n1-phone": "13900000002",
        "photos": picture("正面.png"),
    }  # fmt: skip
    return {name: value for name, value in (data | changes).items() if value is not None}


def only(**fields):
    """A form in which next to nothing was typed."""
    return {"resource_type": "instrument", "go": "save", **fields}


def message_of(answer):
    return "".join(str(message) for message in answer.wsgi_request._messages)


# ── a draft ──


def test_a_name_is_enough_for_a_draft_and_everything_typed_is_kept(client, unit, admin):
    """S1-39: 保存 keeps a draft."""
    client.force_login(admin)
    answer = client.post("/catalog/new/", only(name="拉曼光谱仪", postcode="310058", technical_specs="分辨率 1 cm⁻¹"))
    made = Instrument.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/catalog/{made.pk}/")
    assert (made.status, made.postcode, made.technical_specs) == ("draft", "310058", "分辨率 1 cm⁻¹")
    assert (made.number, made.region_id, list(made.managers.all())) == ("WJU-GN-0001", unit.region_id, [admin])


def test_without_a_name_nothing_is_kept_and_what_was_typed_comes_back(client, unit, admin):
    client.force_login(admin)
    answer = client.post("/catalog/new/", only(name="", model="Alpha 300"))
    assert (answer.status_code, Instrument.objects.count()) == (422, 0)
    assert "Alpha 300" in answer.content.decode()


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("postcode", "31005", "邮政编码是 6 位数字。"),
        ("contact_phone", "12345", "电话应为手机号"),
        ("contact_email", "zhou", "有效的"),
        ("booked_on", "2999-01-01", "不能晚于今天。"),
        ("annual_run_hours", "9000", "年运行机时不能超过 8784 小时。"),
        ("original_value", "很多", "请填写金额"),
        ("booking_url", "没有", "URL"),
        ("functions", "长" * 301, "300"),
        ("service_content", "长" * 201, "200"),
        ("reference_fee", "长" * 501, "500"),
        ("floor", "长" * 21, "20"),
    ],
)
def test_a_draft_is_not_judged_for_what_it_lacks_but_for_what_is_wrong(client, unit, admin, field, text, sentence):
    client.force_login(admin)
    answer = client.post("/catalog/new/", only(name="某仪器", **{field: text}))
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_external_hours_are_part_of_the_hours_run(client, unit, admin):
    client.force_login(admin)
    answer = client.post("/catalog/new/", only(name="某仪器", annual_run_hours="1000", annual_external_hours="1200"))
    assert "年对外服务机时不能超过年运行机时" in answer.content.decode()
    answer = client.post("/catalog/new/", only(name="某仪器", annual_external_hours="12"))
    assert "就要填年运行机时" in answer.content.decode()


def test_every_field_of_the_table_is_asked(unit, admin):
    """S1-38; field_tables: instrument, numbers 1–52."""
    form = InstrumentForm(instance=Instrument(organization=unit), organization=unit, user=admin)
    assert set(FIELDS) <= set(form.fields)
    unsaid = [name for name in FIELDS if not form.fields[name].help_text and not form.fields[name].label]
    assert unsaid == []


def test_a_draft_is_deleted_once_it_was_never_handed_in(client, unit, admin):
    client.force_login(admin)
    client.post("/catalog/new/", only(name="写错了"))
    made = Instrument.objects.get()
    assert "删除后不能恢复" in client.get(f"/catalog/{made.pk}/discard/").content.decode()
    assert client.post(f"/catalog/{made.pk}/discard/").status_code == 302
    assert not Instrument.objects.exists()
    kept = registered(unit=unit, managers=(admin,), department=department(unit))
    InstrumentFlow.fire(kept, "submit", actor=admin)
    InstrumentFlow.fire(kept, "withdraw", actor=admin)
    assert client.post(f"/catalog/{kept.pk}/discard/").status_code == 409


# ── handing in ──


def test_a_complete_form_is_handed_in_at_once(client, unit, admin, place):
    """S1-39, S2-16: 提交 → 待审核."""
    client.force_login(admin)
    answer = client.post("/catalog/new/", typed(place))
    made = Instrument.objects.get()
    assert (answer.status_code, made.status, made.number) == (302, "pending", "WJU-EM-0001")
    assert (made.original_value, made.under_customs_supervision) == (Decimal("1450000.00"), False)
    assert made.staff.get().name == "郑一帆"
    assert made.photos.get().caption == "正面"
    assert turn_open(made) is not None


def test_what_is_missing_is_said_at_its_field_and_nothing_is_lost(client, unit, admin, place):
    client.force_login(admin)
    answer = client.post("/catalog/new/", typed(place, model="", floor="", no_platform=None, staff_rows=[]))
    made = Instrument.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/catalog/{made.pk}/edit/?check=1")
    assert (made.status, made.photos.count()) == ("draft", 1)
    assert "还有 4 处要填写" in message_of(answer)
    page = client.get(answer.url).content.decode()
    for sentence in (
        "请填写「规格型号」。",
        "请填写「楼层」。",
        "勾选「无所属创新平台」",
        "至少登记一名操作或维护人员",
    ):
        assert sentence in page


@pytest.mark.parametrize("name", [name for name in REGISTERED if name != "no_platform"])
def test_each_required_field_is_missed(unit, admin, name):
    """S2-16: 填写必填项; the star of the form and the check at handing in are the same list."""
    made = registered(unit=unit, managers=(admin,), department=department(unit))
    assert missing_of(made) == []
    field = name.removesuffix("_id")
    empty = [] if name in ("subject_codes", "funding_sources") else None
    blank = empty if name.endswith(("_id", "_codes", "_sources", "_value", "_on", "_development")) else ""
    setattr(made, name, blank)
    assert [item.field for item in missing_of(made)] == [field]
    made.save()
    with pytest.raises(Refused) as refusal:
        InstrumentFlow.fire(made, "submit", actor=admin)
    assert (refusal.value.code, missing_of(made)[0].label in str(refusal.value)) == ("incomplete", True)


def test_photo_person_and_department_are_missed_too(unit, admin):
    """S2-13, S2-19, S1-38."""
    made = registered(unit=unit, managers=(admin,))
    made.photos.all().delete()
    made.staff.all().delete()
    assert [item.field for item in missing_of(made)] == ["department", "staff_rows", "photos"]


def test_platform_or_none_exactly_one_of_the_two(client, unit, admin, place):
    """S2-17."""
    platform = innovation_platform(unit, status="approved")
    foreign = innovation_platform(organization(), status="approved")
    innovation_platform(unit, "还没批准的平台")
    client.force_login(admin)
    page = client.get("/catalog/new/").content.decode()
    assert (platform.name in page, foreign.name in page, "还没批准的平台" in page) == (True, False, False)
    both = client.post("/catalog/new/", typed(place, innovation_platforms=[platform.pk]))
    assert both.status_code == 422
    assert "两者只能取其一" in both.content.decode()
    client.post("/catalog/new/", typed(place, innovation_platforms=[platform.pk], no_platform=None))
    made = Instrument.objects.get()
    assert (made.status, list(made.innovation_platforms.all())) == ("pending", [platform])
    stolen = client.post(
        "/catalog/new/", typed(place, internal_no="B", innovation_platforms=[foreign.pk], no_platform=None)
    )
    assert stolen.status_code == 422
    assert InnovationPlatform.objects.count() == 3


def test_customs_data_are_asked_only_under_supervision(client, unit, admin, place):
    """field_tables: instrument 12, 48–51."""
    client.force_login(admin)
    given = {"customs_declaration_no": "123", "customs_item_no": "1"}
    client.post("/catalog/new/", typed(place, **given))
    assert (Instrument.objects.get().status, Instrument.objects.get().customs_declaration_no) == ("pending", "")
    under = typed(place, internal_no="C", under_customs_supervision="True", **given)
    answer = client.post("/catalog/new/", under).content.decode()
    assert "报关单编号是 18 位数字。" in answer
    assert "报关单项号是 2 位数字。" in answer
    sound = {"customs_declaration_no": "1" * 18, "customs_item_no": "01", "photos": picture()}
    client.post("/catalog/new/", under | sound)
    made = Instrument.objects.get(internal_no="C")
    assert [item.field for item in missing_of(made)] == ["customs_release_on", "customs_form_name"]


def test_a_carrier_is_named_only_where_there_is_one(unit, admin):
    made = registered(unit=unit, department=department(unit), carrier_type="center")
    assert [item.field for item in missing_of(made)] == ["carrier_internal_no", "carrier_name"]


def test_a_facility_says_more_of_itself_and_an_instrument_does_not(client, unit, admin, place):
    """S2-18."""
    client.force_login(admin)
    client.post("/catalog/new/", typed(place, **{"facility-website": "https://example.com/"}))
    assert not Facility.objects.exists()
    client.post("/catalog/new/", typed(place, internal_no="F", resource_type="facility"))
    made = Instrument.objects.get(internal_no="F")
    assert (made.status, len(missing_of(made))) == ("draft", 11)
    given = {
        "facility-category": "public", "facility-construction": "completed", "facility-construction_cost": "230000000",
        "facility-science_center": "同步辐射实验室", "facility-host_unit": "望江大学", "facility-competent_department": "教育部",
        "facility-approval_department": "国家发展改革委", "facility-sharing_rules": "全年受理申请。", "facility-contact_unit": "望江大学",
        "facility-contact_position": "主任", "name_en": "Synchrotron", "facility-file_layout": picture("布局.png"),
        "facility-file_results": [pdf("成果一.pdf"), pdf("成果二.pdf")],
    }  # fmt: skip
    answer = client.post(
        f"/catalog/{made.pk}/edit/", typed(place, internal_no="F", resource_type="facility", photos=None, **given)
    )
    made = Instrument.objects.get(pk=made.pk)
    assert [item.field for item in missing_of(made)] == ["facility-accepted_on"]
    assert "请填写「验收通过日期」。" in client.get(answer.url).content.decode()
    client.post(
        f"/catalog/{made.pk}/edit/",
        typed(
            place,
            internal_no="F",
            resource_type="facility",
            photos=None,
            **{name: value for name, value in given.items() if "file" not in name},
            **{"facility-accepted_on": "2020-01-02"},
        ),
    )
    made.refresh_from_db()
    assert (made.status, made.facility.construction_cost) == ("pending", 230000000)
    assert sorted(made.facility.files.values_list("slot", flat=True)) == ["layout", "results", "results"]
    frozen = Submission.objects.of(made).get().content
    assert "设施信息" in [part["title"] for part in frozen]


def test_an_instrument_that_is_no_facility_after_all_says_nothing_of_the_kind(unit, admin):
    """S2-18; what stood there is in the record."""
    made = registered(unit=unit, managers=(admin,), resource_type="facility", status="approved")
    services.change_instrument(instrument=made, fields=[], facility={"host_unit": "望江大学"}, actor=admin)
    made.resource_type = "instrument"
    services.change_instrument(instrument=made, fields=["resource_type"], actor=admin)
    assert not Facility.objects.exists()
    assert AuditEvent.objects.filter(what="修改仪器资料").first().before["依托单位"] == "望江大学"


def test_secondary_development_must_be_answered(client, unit, admin, place):
    """S2-20."""
    client.force_login(admin)
    client.post("/catalog/new/", typed(place, secondary_development=None))
    made = Instrument.objects.get()
    assert (made.secondary_development, [item.field for item in missing_of(made)]) == (None, ["secondary_development"])


def test_indicators_without_a_number_are_doubted_not_refused(client, unit, admin, place):
    """S2-22."""
    client.force_login(admin)
    answer = client.post("/catalog/new/", typed(place, technical_specs="分辨率优异"))
    assert Instrument.objects.get().status == "pending"
    assert "没有数字" in message_of(answer)


def test_negotiable_is_one_tick(client, unit, admin, place):
    """S2-23."""
    client.force_login(admin)
    client.post("/catalog/new/", typed(place, reference_fee="", negotiable="on"))
    assert (Instrument.objects.get().reference_fee, Instrument.objects.get().status) == ("面议", "pending")


# ── people ──


def test_rows_of_people_come_and_go_without_losing_what_was_typed(client, unit, admin, place):
    """S1-38; without a script the server adds and takes away rows."""
    client.force_login(admin)
    data = typed(place, model="改了一半", photos=None, go="add-staff")
    page = client.post("/catalog/new/", data).content.decode()
    assert ("改了一半" in page, "staff-n2-name" in page, "需要修改" in page) == (True, True, False)
    assert not Instrument.objects.exists()
    data |= {"staff_rows": ["n1", "n2"], "staff-n2-name": "秦听澜", "go": "remove-staff:n1"}
    page = client.post("/catalog/new/", data).content.decode()
    assert ("秦听澜" in page, "郑一帆" in page) == (True, False)


def test_an_untouched_row_of_people_does_not_turn_red_beside_what_is_wrong(client, unit, admin):
    client.force_login(admin)
    page = client.post(
        reverse("catalog:add"), only(name="扫描电镜", original_value="很多", staff_rows=["n1"], **{"staff-n1-name": ""})
    )
    summary = page.content.decode().partition("data-error-summary")[2].partition("</form>")[0]
    assert page.status_code == 422
    assert page.context["form"].staff.forms[0].errors == {}
    assert "id_original_value" in summary
    assert "#id_staff-n1-name" not in summary


def test_people_are_changed_added_and_taken_away_with_a_record(client, unit, admin, place):
    made = registered(unit=unit, managers=(admin,), department=place, status="approved")
    second = InstrumentStaff.objects.create(instrument=made, role="maintainer", name="旧人", phone="13900000009")
    first = made.staff.exclude(pk=second.pk).get()
    client.force_login(admin)
    answer = client.post(
        f"/catalog/{made.pk}/edit/",
        typed(place, photos=None, staff_rows=[str(first.pk), "n1"], **{
            f"staff-{first.pk}-role": "operator", f"staff-{first.pk}-name": "郑一帆", f"staff-{first.pk}-phone": "13911111111",
            "staff-n1-role": "manager", "staff-n1-name": "新人", "staff-n1-phone": "13922222222",
        }),
    )  # fmt: skip
    assert answer.status_code == 302
    assert list(made.staff.values_list("name", "phone")) == [("郑一帆", "13911111111"), ("新人", "13922222222")]
    event = AuditEvent.objects.filter(what="修改仪器资料").get()
    assert event.before["操作及维修人员"] == "郑一帆（操作人员，13900000002）、旧人（维护人员，13900000009）"
    assert event.after["操作及维修人员"] == "郑一帆（操作人员，13911111111）、新人（管理人员，13922222222）"


def test_a_row_of_somebody_elses_instrument_is_nobody(client, unit, admin, place):
    other = registered(unit=organization())
    thief = registered(unit=unit, managers=(admin,), department=place)
    key = other.staff.get().pk
    client.force_login(admin)
    client.post(
        f"/catalog/{thief.pk}/edit/",
        typed(place, photos=None, staff_rows=[str(key)], **{f"staff-{key}-name": "偷来的", "go": "save"}),
    )
    assert (other.staff.get().name, thief.staff.count()) == ("郑一帆", 0)


def test_a_half_typed_person_is_named(client, unit, admin, place):
    client.force_login(admin)
    answer = client.post("/catalog/new/", typed(place, **{"staff-n1-phone": ""}))
    assert (answer.status_code, "staff-n1-phone" in answer.content.decode()) == (422, True)


# ── places ──


def test_departments_come_first_and_the_way_to_make_one_is_shown(client, unit, admin):
    """S2-13, S2-14: without one, the form leads there."""
    client.force_login(admin)
    page = client.get("/catalog/new/").content.decode()
    assert "还没有院系或实验室" in page
    assert reverse("organizations:departments", args=[unit.pk]) in page


def test_a_laboratory_account_registers_in_its_own_laboratory_only(client, unit, place):
    own = laboratory(place, "电镜实验室")
    keeper = member(unit, "秦听澜", "laboratory", department=own)
    client.force_login(keeper)
    assert client.post("/catalog/new/", typed(place)).status_code == 422
    assert client.post("/catalog/new/", typed(own)).status_code == 302
    assert Instrument.objects.get().department == own


# ── the unit's own number ──


def test_a_number_of_the_unit_cannot_be_given_twice(client, unit, admin, place):
    registered(unit=unit)
    client.force_login(admin)
    answer = client.post("/catalog/new/", typed(place))
    assert answer.status_code == 422
    assert "已有编号为「2026-0412」的仪器" in answer.content.decode()
    twin = registered(unit=unit, internal_no="B", managers=(admin,), status="approved")
    twin.internal_no = "2026-0412"
    with pytest.raises(Refused) as refusal:
        services.change_instrument(instrument=twin, fields=["internal_no"], actor=admin)
    assert refusal.value.code == "taken"
    registered(unit=organization())


# ── the review ──


@pytest.fixture
def handed_in(unit, admin):
    made = registered(unit=unit, managers=(admin,), department=department(unit))
    InstrumentFlow.fire(made, "submit", actor=admin)
    return made


@pytest.fixture
def judge(unit):
    authority = organization("东湾省科技厅", kind="authority")
    Remit.objects.create(organization=authority, matter="instruments", region_id="330000")
    return reviewer(authority)


def test_the_frozen_copy_says_everything_in_words(unit, admin, judge):
    """S2-16."""
    made = registered(unit=unit, managers=(admin,), department=department(unit, "材料学院"))
    services.add_attachment(instrument=made, upload=pdf("说明书.pdf"), actor=admin, public=True)
    content = freeze(made)
    told = {item["key"]: item["value"] for part in content for item in part["fields"]}
    assert [part["title"] for part in content] == [
        "基本信息", "归属与平台", "来源与经费", "规格与指标", "开放共享与收费", "安放地点", "协作共用联络员", "主要操作及维修人员",
        "海关监管", "图片和附件",
    ]  # fmt: skip
    assert told["original_value"] == "¥1,450,000.00"
    assert told["funding_sources"] == "中央财政资金、单位自有资金"
    assert told["region"] == "浙江省杭州市西湖区"
    assert (told["secondary_development"], told["no_platform"], told["department"]) == ("否", "是", "材料学院")
    assert told["staff-1"] == "郑一帆（操作人员，13900000002）"
    files = [file["name"] for part in content for item in part["fields"] for file in item["files"]]
    assert files == ["正面.jpg", "说明书.pdf"]
    assert content == freeze(Instrument.objects.get(pk=made.pk))


def test_returned_corrected_handed_in_again_approved_and_public(client, unit, admin, judge, handed_in):
    """S1-39, S1-40: one review at joining."""
    review = turn_open(handed_in)
    ReviewFlow.fire(review, "send_back", actor=judge, reason="照片不清晰")
    client.force_login(admin)
    assert "照片不清晰" in client.get(f"/catalog/{handed_in.pk}/edit/").content.decode()
    handed_in.refresh_from_db()
    handed_in.floor = "2 层"
    services.change_instrument(instrument=handed_in, fields=["floor"], actor=admin)
    InstrumentFlow.fire(handed_in, "submit", actor=admin)
    assert Submission.objects.of(handed_in).first().changed_fields is not None
    ReviewFlow.fire(turn_open(handed_in), "approve", actor=judge)
    handed_in.refresh_from_db()
    client.logout()
    assert handed_in.status == "approved"
    assert client.get(handed_in.get_absolute_url()).status_code == 200


def test_nothing_changes_under_the_reviewers_eyes(client, admin, handed_in):
    handed_in.floor = "9 层"
    with pytest.raises(Refused) as refusal:
        services.change_instrument(instrument=handed_in, fields=["floor"], actor=admin)
    assert refusal.value.code == "pending"
    with pytest.raises(Refused):
        services.add_photo(instrument=handed_in, upload=picture("x.png"), caption="", actor=admin)
    client.force_login(admin)
    answer = client.get(f"/catalog/{handed_in.pk}/edit/")
    assert (answer.status_code, answer.url) == (302, f"/catalog/{handed_in.pk}/")
    InstrumentFlow.fire(handed_in, "withdraw", actor=admin)
    assert client.get(f"/catalog/{handed_in.pk}/edit/").status_code == 200


def test_later_changes_are_free_and_recorded(client, unit, admin, judge, handed_in):
    """S1-41: 再次修改不需要审核."""
    ReviewFlow.fire(turn_open(handed_in), "approve", actor=judge)
    client.force_login(admin)
    place = handed_in.department
    answer = client.post(
        f"/catalog/{handed_in.pk}/edit/",
        typed(place, photos=None, location="材料楼 B108", technical_specs="分辨率：0.7 nm（15 kV）", staff_rows=[str(handed_in.staff.get().pk)], **{
            f"staff-{handed_in.staff.get().pk}-{name}": value for name, value in (("role", "operator"), ("name", "郑一帆"), ("phone", "13900000002"))
        }),
    )  # fmt: skip
    handed_in.refresh_from_db()
    assert (answer.status_code, handed_in.status, handed_in.location) == (302, "approved", "材料楼 B108")
    event = AuditEvent.objects.get(what="修改仪器资料")
    assert (event.before, event.after) == ({"安放地点": "材料楼 B106"}, {"安放地点": "材料楼 B108"})
    page = client.get(f"/catalog/{handed_in.pk}/").content.decode()
    assert "材料楼 B106 → 材料楼 B108" in page
    assert "材料楼 B106 → 材料楼 B108" in client.get(f"/catalog/{handed_in.pk}/changes/").content.decode()


def test_what_is_public_is_not_emptied_but_may_lack_what_it_lacked(client, unit, admin, place):
    made = registered(unit=unit, managers=(admin,), department=place, status="approved", floor="")
    client.force_login(admin)
    data = typed(place, photos=None, floor="", postcode="", staff_rows=[])
    answer = client.post(f"/catalog/{made.pk}/edit/", data)
    assert (answer.status_code, Instrument.objects.get().postcode) == (422, "310058")
    assert client.post(f"/catalog/{made.pk}/edit/", data | {"postcode": "310027"}).status_code == 302
    assert Instrument.objects.get().postcode == "310027"


def test_the_keepers_page_shows_every_field_and_what_is_missing(client, unit, admin, place):
    made = registered(unit=unit, managers=(admin,), department=place, street="")
    client.force_login(admin)
    page = client.get(f"/catalog/{made.pk}/").content.decode()
    for text in ("GeminiSEM 300", "430 材料科学", "购置", "郑一帆", "310058", "还没有提交审核"):
        assert text in page
    assert f"/catalog/{made.pk}/edit/?check=1#id_street" in page


def test_platforms_are_recorded_by_name(unit, admin):
    made = registered(unit=unit, managers=(admin,), status="approved")
    platform = innovation_platform(unit, "功能材料省重点实验室", status="approved")
    services.change_instrument(instrument=made, fields=[], innovation_platforms=[platform], actor=admin)
    assert AuditEvent.objects.get(what="修改仪器资料").after == {"所属创新平台/机构": "功能材料省重点实验室"}
    assert words(made, "innovation_platforms") == "功能材料省重点实验室"


def test_strangers_find_no_form(client, unit, place):
    made = registered(unit=unit, department=place)
    client.force_login(person())
    for page in ("edit/", "discard/", "end/disable/", "changes/", "attachments/add/"):
        assert client.get(f"/catalog/{made.pk}/{page}").status_code == 404
    client.force_login(platform_admin())
    assert client.get(f"/catalog/{made.pk}/edit/").status_code == 200
