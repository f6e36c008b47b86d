"""The keeper's list: every column, filters, tabs, many at once and back, copies, labels (S1-37; issue 4)."""

import io
import re
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import load_workbook

from gongyi.audit.models import AuditEvent
from gongyi.audit.queries import events_of
from gongyi.catalog.filters import incomplete
from gongyi.catalog.forms.labels import SHEETS
from gongyi.catalog.models import Instrument, InstrumentPhoto, InstrumentStaff, ServiceField
from gongyi.catalog.registration import FIELDS, missing_of
from gongyi.catalog.services import bulk, change_instrument
from gongyi.catalog.services.copying import copy_instrument
from gongyi.catalog.tables import InstrumentTable
from gongyi.kit.refusal import Refused
from gongyi.organizations.models import Membership
from tests.factories.accounts import person
from tests.factories.catalog import instrument, price, registered
from tests.factories.organizations import department, join, organization
from tests.factories.reviews import innovation_platform

pytestmark = pytest.mark.django_db
LIST = "/catalog/"
DIALOG = {"HTTP_HX_REQUEST": "true"}
S = Instrument.Status


@pytest.fixture
def unit():
    return organization()


@pytest.fixture
def keeper(unit):
    return join(person(), unit, Membership.Role.UNIT_ADMIN)


@pytest.fixture
def browser(keeper):
    return signed_in(keeper)


def signed_in(user):
    browser = Client()
    browser.force_login(user, backend="gongyi.accounts.backends.AnyIdentifierBackend")
    return browser


def full(unit, keeper, number):
    """An instrument with something in every column."""
    made = instrument(
        f"仪器{number}", unit=unit, managers=(keeper,), hourly_rate=100, department=department(unit, f"系{number}"),
        subject_codes=["430"], funding_sources=["own"], functions="长" * 90, region_id="330106", original_value=Decimal(5),
        purchased_on=date(2020, 5, 1), annual_run_hours=Decimal("1200.5"), secondary_development=True,
        instrument_class_id="010102",
    )  # fmt: skip
    made.service_fields.set(ServiceField.objects.all()[:2])
    made.innovation_platforms.set([innovation_platform(unit, status="approved")])
    InstrumentStaff.objects.create(instrument=made, role="operator", name=f"郑{number}", phone="13900000002")
    return made


def test_every_field_of_the_registration_is_a_column_under_its_part():
    table = InstrumentTable([])
    assert set(FIELDS) <= set(table.choosable)
    headed = [name for _title, names in table.groups for name in names]
    assert set(table.choosable) == set(headed)
    assert len(headed) == len(set(headed))


@pytest.mark.parametrize("sort", ["", "-name"])
def test_no_column_asks_once_per_row(browser, unit, keeper, sort):
    address = f"{LIST}?cols={','.join(InstrumentTable([]).choosable)}&sort={sort}"
    full(unit, keeper, 1)
    browser.get(address)
    with CaptureQueriesContext(connection) as few:
        assert browser.get(address).status_code == 200
    for number in range(2, 9):
        full(unit, keeper, number)
    with CaptureQueriesContext(connection) as many:
        page = browser.get(address).content.decode()
    assert len(many) == len(few)
    assert "系8" in page
    assert "1,200.5" in page


def test_what_is_offered_for_sorting_sorts(browser, unit, keeper):
    full(unit, keeper, 1)
    sortable = [name for name, column in InstrumentTable.base_columns.items() if column.orderable is not False]
    assert len(sortable) > 40
    for name in sortable:
        assert browser.get(f"{LIST}?sort=-{name}&cols=name").status_code == 200, name


def test_the_export_has_every_chosen_column_in_words(browser, unit, keeper):
    made = full(unit, keeper, 1)
    columns = "name,functions,secondary_development,service_fields,prices,original_value,purchased_on,managers"
    response = browser.get(f"{LIST}?cols={columns}&export=xlsx")
    head, row = load_workbook(io.BytesIO(response.content)).get_sheet_by_index(0).to_python()
    cells = dict(zip(head, row, strict=True))
    assert cells["主要功能"] == "长" * 90
    assert cells["是否二次开发"] == "是"
    assert cells["服务领域"] == "、".join(f.name for f in made.service_fields.all())
    assert "校内 ¥100.00/小时" in cells["各类价格"]
    assert cells["原值"] == 5.0
    assert cells["购置时间"] == date(2020, 5, 1)
    assert cells["管理员"] == str(keeper)


def test_tabs_count_every_status_and_keep_the_other_conditions(browser, unit):
    for status in (S.DRAFT, S.DRAFT, S.RETURNED, S.PUBLISHED):
        instrument(unit=unit, status=status)
    instrument(status=S.DRAFT)  # another unit's
    response = browser.get(f"{LIST}?photo=no&status=draft")
    tabs = {str(tab.label): (tab.count, tab.current) for tab in response.context["tabs"]}
    assert tabs == {
        "全部": ("4", False), "草稿": ("2", True), "待审核": ("0", False), "退回修改": ("1", False),
        "已发布": ("1", False), "已停用": ("0", False), "已报废": ("0", False),
    }  # fmt: skip
    assert len(response.context["table"].page) == 2
    assert all("photo=no" in tab.url for tab in response.context["tabs"])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("running_status=faulty", "坏"), ("sharing_mode=internal", "内"), ("booking=commissioned", "托"), ("platform=none", "无"),
        ("platform=yes", "台"), ("original_value_min=1000&original_value_max=2000", "贵"),
        ("purchased_on_after=2019-01-01&purchased_on_before=2019-12-31", "旧"), ("photo=yes", "像"),
    ],
)  # fmt: skip
def test_the_list_is_narrowed_by(browser, unit, query, found):
    instrument("坏", unit=unit, running_status="faulty")
    instrument("内", unit=unit, sharing_mode="internal")
    instrument("托", unit=unit, commissioned_booking=True)
    instrument("无", unit=unit, no_platform=True)
    instrument("台", unit=unit).innovation_platforms.set([innovation_platform(unit, status="approved")])
    instrument("贵", unit=unit, original_value=1500)
    instrument("旧", unit=unit, purchased_on=date(2019, 6, 1))
    photo = InstrumentPhoto.objects.get(
        instrument=registered("像", unit=unit, no_platform=False, original_value=9, sharing_mode="")
    )
    assert photo.instrument.name == "像"
    names = {row.record.name for row in browser.get(f"{LIST}?{query}").context["table"].page}
    assert names == {found}


@pytest.mark.parametrize(
    "change",
    [
        {}, {"contact_phone": ""}, {"subject_codes": []}, {"original_value": None}, {"instrument_class_id": None},
        {"no_platform": False}, {"carrier_type": "center"}, {"under_customs_supervision": True},
        {"timed_booking": False, "commissioned_booking": False}, {"secondary_development": None}, {"department": None},
    ],
)  # fmt: skip
def test_incomplete_is_what_the_registration_calls_missing(unit, change):
    made = registered(unit=unit, **{"department": department(unit)} | change)
    found = Instrument.objects.filter(incomplete(), pk=made.pk).exists()
    assert found == bool(missing_of(made))


def test_without_people_or_photo_an_instrument_is_incomplete(unit):
    made = registered(unit=unit, department=department(unit))
    assert not Instrument.objects.filter(incomplete()).exists()
    made.staff.all().delete()
    assert Instrument.objects.filter(incomplete()).exists()


# many at once


def edit(browser, instruments, *, seen=True, **fields):
    names = {"no_platform": "innovation_platforms"}
    change = [names.get(name, name) for name in fields]
    data = {"action": "edit", "confirmed": "1", "pk": [i.pk for i in instruments], "change": change, **fields}
    return browser.post(LIST, data | ({"seen": "1"} if seen else {}), **DIALOG)


def test_a_change_of_many_is_shown_before_and_recorded_for_each(browser, unit, keeper):
    first, second = (instrument(unit=unit, contact_name="王敏") for _ in range(2))
    same = instrument(unit=unit, contact_name="李工")
    preview = edit(browser, [first, second, same], seen=False, contact_name="李工")
    assert "将修改 <b>2</b> 台" in preview.content.decode()
    assert "1 台已是这样" in preview.content.decode()
    assert Instrument.objects.filter(contact_name="王敏").count() == 2
    edit(browser, [first, second, same], contact_name="李工")
    assert Instrument.objects.filter(contact_name="李工").count() == 3
    event = events_of(first)[0]
    assert (event.before, event.after, event.actor) == ({"联系人": "王敏"}, {"联系人": "李工"}, keeper)
    assert not events_of(same)


def test_several_fields_of_every_kind_change_at_once(browser, unit):
    made, place, platform = (
        instrument(unit=unit),
        department(unit, "新系"),
        innovation_platform(unit, status="approved"),
    )
    fields = ServiceField.objects.all()[:2]
    edit(
        browser, [made], department=place.pk, innovation_platforms=[platform.pk], booking=["commissioned_booking"],
        service_fields=[f.pk for f in fields], sharing_mode="external", user_notice="请先培训。", postcode="310058",
    )  # fmt: skip
    made.refresh_from_db()
    assert (made.department, made.sharing_mode, made.user_notice, made.postcode) == (
        place,
        "external",
        "请先培训。",
        "310058",
    )
    assert (made.timed_booking, made.commissioned_booking, made.no_platform) == (False, True, False)
    assert set(made.innovation_platforms.all()) == {platform}
    assert set(made.service_fields.all()) == set(fields)


def test_what_is_wrong_is_said_and_what_is_not_ticked_is_not_looked_at(browser, unit):
    made = instrument(unit=unit)
    wrong = edit(browser, [made], contact_phone="abc")
    assert wrong.status_code == 422
    assert "电话应为" in wrong.content.decode()
    nothing = browser.post(
        LIST, {"action": "edit", "confirmed": "1", "pk": [made.pk], "contact_phone": "abc"}, **DIALOG
    )
    assert "请勾选要修改的项" in nothing.content.decode()
    neither = edit(browser, [made], innovation_platforms=[])
    assert "两者只能取其一" in neither.content.decode()


def test_refusals_stand_row_by_row(unit, keeper):
    pending = instrument(unit=unit, status=S.PENDING)
    published = instrument(unit=unit, contact_phone="0571-87951234")
    draft = instrument(unit=unit, status=S.DRAFT, contact_phone="0571-87951234")
    outcome = bulk.change_many(instruments=[pending, published, draft], values={"contact_phone": ""}, actor=keeper)
    assert (outcome.done, outcome.same) == (1, 1)
    assert [(i, "不能清空「联系电话」" in words) for i, words in outcome.refused] == [(published, True)]
    outcome = bulk.change_many(instruments=[pending], values={"contact_phone": "13900000001"}, actor=keeper)
    assert "正在审核" in outcome.refused[0][1]
    elsewhere = department(organization())
    outcome = bulk.change_many(instruments=[draft], values={"department": elsewhere}, actor=keeper)
    assert "不是这台仪器所属单位的院系" in outcome.refused[0][1]


def test_instruments_of_others_are_never_among_the_many(browser, unit):
    theirs, mine = instrument(contact_name="别人"), instrument(unit=unit)
    edit(browser, [theirs, mine], contact_name="我")
    theirs.refresh_from_db()
    mine.refresh_from_db()
    assert (theirs.contact_name, mine.contact_name) == ("别人", "我")


def test_the_last_change_of_many_is_taken_back_where_nothing_changed_since(browser, unit, keeper):
    place = department(unit, "旧系")
    first = instrument(unit=unit, contact_name="王敏", department=place)
    second = instrument(unit=unit, contact_name="赵云", department=place)
    first.service_fields.set(ServiceField.objects.all()[:1])
    bulk.change_many(
        instruments=[first, second], actor=keeper,
        values={"contact_name": "李工", "department": department(unit, "新系"), "service_fields": []},
    )  # fmt: skip
    second.contact_name = "后来的人"
    change_instrument(instrument=second, fields=["contact_name"], actor=keeper)
    asked = browser.get(reverse("catalog:undo_bulk"))
    assert "「联系人」" in asked.content.decode()
    event = bulk.last_change(keeper)
    browser.post(reverse("catalog:undo_bulk"), {"event": event.pk})
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.contact_name, first.department, first.service_fields.count()) == ("王敏", place, 1)
    assert second.contact_name == "后来的人"
    assert bulk.last_change(keeper) is None
    assert browser.get(reverse("catalog:undo_bulk")).status_code == 404
    with pytest.raises(Refused):
        bulk.undo(event=event, actor=keeper)


def test_nobody_takes_back_a_change_of_somebody_else(unit, keeper):
    made = instrument(unit=unit)
    bulk.change_many(instruments=[made], values={"contact_name": "李工"}, actor=keeper)
    other = join(person(), unit, Membership.Role.UNIT_ADMIN)
    assert signed_in(other).get(reverse("catalog:undo_bulk")).status_code == 404
    with pytest.raises(Refused):
        bulk.undo(event=AuditEvent.objects.get(what=bulk.CHANGED), actor=other)


def test_who_lost_the_instruments_restores_nothing(unit, keeper):
    made = instrument(unit=unit, contact_name="王敏")
    bulk.change_many(instruments=[made], values={"contact_name": "李工"}, actor=keeper)
    Membership.objects.filter(user=keeper).delete()
    assert bulk.undo(event=bulk.last_change(keeper), actor=keeper).done == 0
    made.refresh_from_db()
    assert made.contact_name == "李工"


def test_many_are_handed_in_disabled_and_enabled_with_a_reason_for_each_refusal(browser, unit):
    ready = registered(unit=unit, department=department(unit))
    bare = instrument("缺资料的", unit=unit, status=S.DRAFT)
    data = {"action": "submit", "confirmed": "1", "pk": [ready.pk, bare.pk]}
    page = browser.post(LIST, data, follow=True).content.decode()
    ready.refresh_from_db()
    bare.refresh_from_db()
    assert (ready.status, bare.status) == (S.PENDING, S.DRAFT)
    assert "缺资料的：还没有填写" in page
    shown = instrument(unit=unit)
    browser.post(LIST, {"action": "disable", "confirmed": "1", "pk": [shown.pk], "reason": "搬迁"})
    shown.refresh_from_db()
    assert shown.status == S.DISABLED


def test_many_refusals_are_listed_in_a_dialog(browser, unit):
    bare = [instrument(f"缺{n}", unit=unit, status=S.DRAFT) for n in range(7)]
    data = {"action": "submit", "confirmed": "1", "pk": [i.pk for i in bare]}
    dialog = browser.post(LIST, data, **DIALOG).content.decode()
    assert all(f"缺{n}" in dialog for n in range(7))


# copies


def test_a_copy_is_a_draft_with_everything_but_what_says_which_piece_it_is(browser, unit, keeper):
    made = registered(
        unit=unit, department=department(unit), status=S.PUBLISHED, serial_no="SN1", nrii_code="N1", service_count=9,
        under_customs_supervision=True, customs_item_no="01", featured=True,
    )  # fmt: skip
    price(made, 300)
    made.service_fields.set(ServiceField.objects.all()[:2])
    assert "不带" in browser.get(reverse("catalog:copy", args=[made.pk]), **DIALOG).content.decode()
    response = browser.post(reverse("catalog:copy", args=[made.pk]))
    copied = Instrument.objects.exclude(pk=made.pk).get()
    assert response["Location"] == reverse("catalog:edit", args=[copied.pk])
    assert copied.status == S.DRAFT
    assert copied.number != made.number
    emptied = (copied.internal_no, copied.serial_no, copied.nrii_code, copied.customs_item_no, copied.service_count)
    assert emptied == ("", "", "", "", 0)
    assert not copied.under_customs_supervision or copied.customs_declaration_no == ""
    assert (copied.model, copied.original_value, copied.contact_name) == (
        made.model,
        made.original_value,
        made.contact_name,
    )
    assert [p.hourly_rate for p in copied.prices.all()] == [300]
    assert [p.name for p in copied.staff.all()] == ["郑一帆"]
    assert copied.service_fields.count() == 2
    assert not copied.photos.exists()
    made.refresh_from_db()
    assert (made.status, made.internal_no, made.staff.count()) == (S.PUBLISHED, "2026-0412", 1)


def test_who_may_not_add_instruments_may_not_copy_them(unit):
    manager = join(person(), unit)
    made = instrument(unit=unit, managers=(manager,))
    refused = signed_in(manager).post(reverse("catalog:copy", args=[made.pk]))
    assert refused.status_code == 409
    with pytest.raises(Refused):
        copy_instrument(instrument=made, actor=manager)
    assert Instrument.objects.count() == 1


# labels


def test_the_chosen_instruments_become_labels_in_the_order_of_the_list(browser, unit):
    made = [instrument(f"仪器{n}", unit=unit, location="B106") for n in range(3)]
    response = browser.post(LIST, {"action": "labels", "pk": [i.pk for i in made]})
    assert response["Location"] == reverse("catalog:labels")
    page = browser.get(reverse("catalog:labels"))
    (sheet,) = page.context["pages"]
    assert [label.name for label in sheet] == ["仪器0", "仪器1", "仪器2"]
    assert page.content.decode().count("<svg") >= 3
    assert "仪器0" in page.content.decode()


def test_a_used_sheet_goes_on_where_it_was_left_and_pages_follow(browser, unit):
    keys = "&".join(f"pk={instrument(unit=unit).pk}" for _ in range(3))
    address = f"{reverse('catalog:labels')}?{keys}&sheet=2x4&copies=3&lines=name"
    pages = browser.get(f"{address}&start=5").context["pages"]
    assert [[bool(label) for label in page] for page in pages] == [[False] * 4 + [True] * 4, [True] * 5]
    wrong = browser.get(f"{address}&start=9")
    assert "这种标签纸一张只有 8 枚" in wrong.content.decode()


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=SHEETS)
def test_every_sheet_fits_a4_and_the_code_its_label(sheet):
    assert sheet.left_mm >= 0
    assert sheet.top_mm >= 0
    assert sheet.code_mm <= sheet.height_mm - 6
    assert sheet.code_mm <= sheet.width_mm / 2


def test_the_code_on_a_label_leads_to_the_page_to_sign_in_for_use(browser, unit):
    from gongyi.catalog.views.managed import code_of

    made = instrument(unit=unit)
    page = browser.get(f"{reverse('catalog:labels')}?pk={made.pk}").content.decode()
    drawn = re.search(r' d="([^"]+)"', code_of(made).svg_inline(border=0, omitsize=True)).group(1)
    assert drawn in page


def test_labels_of_others_are_left_out(browser, unit):
    theirs = instrument("别人的")
    page = browser.get(f"{reverse('catalog:labels')}?pk={theirs.pk}")
    assert page.context["pages"] == []
    assert "还没有选择仪器" in page.content.decode()
