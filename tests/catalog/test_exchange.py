"""Reporting to the national platform: what is missing by rule, and the table in its order, codes and units (domain 2.1)."""

import io
from datetime import date
from decimal import Decimal

import pytest
from python_calamine import load_workbook

from gongyi.catalog.exchange import missing
from gongyi.catalog.exchange.fields import FIELDS
from gongyi.catalog.models import Instrument, InstrumentPhoto
from gongyi.files.models import StoredFile
from tests.factories.accounts import person
from tests.factories.catalog import instrument
from tests.factories.organizations import department, organization, unit_admin

pytestmark = pytest.mark.django_db
WHOLE = {
    "internal_no": "SB-001", "name_en": "SEM", "carrier_type": "none", "instrument_class_id": "010102", "acquisition_source": "donation",
    "original_value": Decimal("2865049.99"), "origin_country": "德国", "manufacturer": "Zeiss", "booked_on": date(2018, 6, 11),
    "generality": "special", "model": "G 360", "technical_specs": "0.7 nm", "functions": "形貌", "subject_codes": ["430", "150"],
    "funding_sources": ["central", "own"], "service_content": "形貌", "user_notice": "须培训", "reference_fee": "面议",
    "annual_run_hours": Decimal(1800), "annual_external_hours": Decimal(600), "region_id": "330106", "street": "路 1 号",
    "location": "A楼", "floor": "1 层", "reported_status": "standby", "sharing_mode": "external", "contact_name": "林",
    "contact_phone": "0571-1", "contact_email": "l@example.cn", "contact_address": "路 1 号", "postcode": "310058",
}  # fmt: skip


@pytest.fixture
def unit():
    return organization("望江大学", code="WJU")


@pytest.fixture
def made(unit):
    """Everything the platform asks for."""
    whole = instrument("扫描电镜", unit=unit, department=department(unit, "测试中心"), **WHOLE)
    file = StoredFile.objects.create(
        owner=person(), purpose="instrument_photo", name="a.jpg", media_type="image/jpeg", size=1, sha256="0" * 64
    )
    InstrumentPhoto.objects.create(instrument=whole, file=file)
    return whole


def lacks(instrument: Instrument) -> set[str]:
    """By the row, after making sure that the queries say the same."""
    row = missing.to_report(Instrument.objects.filter(pk=instrument.pk)).get()
    by_row = {rule.key for rule in missing.missing_of(row)}
    rows = missing.to_report(Instrument.objects.filter(pk=instrument.pk))
    by_query = {rule.key for rule in missing.RULES if rows.filter(rule.found).exists()}
    assert by_row == by_query
    assert rows.filter(missing.lacking()).exists() == bool(by_row)
    return by_row


def test_nothing_is_missing_of_what_is_whole(made):
    assert lacks(made) == set()


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"internal_no": ""}, {"innerId"}),
        ({"original_value": None}, {"original_value_wan"}),
        ({"original_value": Decimal("10.00")}, {"original_value_wan"}),
        ({"subject_codes": []}, {"subject_codes"}),
        ({"booked_on": None}, {"booked_on"}),
        ({"department_id": None}, {"department"}),
        ({"region_id": None}, {"location_region"}),
        ({"carrier_type": "center"}, {"carrier_internal_no", "carrier_name"}),
        ({"under_customs_supervision": True}, {"customs_declaration_no", "customs_item_no", "customs_release_on", "customs_form_name"}),
        ({"functions": "能" * 301}, {"functions-long"}),
        ({"technical_specs": "标" * 501}, {"technical_specs-long"}),
        ({"user_notice": "知" * 501}, {"user_notice-long"}),
        ({"origin_country": "瓦坎达"}, {"country-unknown"}),
        ({"name_en": "x" * 101}, {"name_en-long"}),
    ],
)  # fmt: skip
def test_each_rule_says_what_is_missing_of_a_row_as_of_a_query(made, change, found):
    Instrument.objects.filter(pk=made.pk).update(**change)
    assert lacks(made) == found


def test_an_instrument_of_which_nothing_is_known_lacks_everything_required(unit):
    bare = instrument("冰箱", unit=unit)
    wanted = {field.key for field in FIELDS if field.required and field.asked is None} - {"name_zh"}
    assert lacks(bare) == wanted


@pytest.fixture
def keeper(client, unit):
    client.force_login(unit_admin(unit))
    return client


def table(answer) -> list[list]:
    return load_workbook(io.BytesIO(answer.getvalue())).get_sheet_by_index(0).to_python()


def test_the_table_has_the_platforms_order_codes_and_units(keeper, made):
    head, row = table(keeper.get("/catalog/exchange/?export=national"))
    cells = dict(zip(head, row, strict=True))
    assert head[:5] == ["仪器编号", "所在单位仪器编号", "仪器设备名称", "英文名称", "所属资源载体类型"]
    assert head[-1] == "报关单上名称"
    assert [cells[name] for name in ("所属资源载体类型", "设备来源", "仪器设备类别", "运行状态", "共享模式")] == [
        4,
        3,
        1,
        2,
        2,
    ]
    assert (cells["原值（万元）"], cells["产地国别（未核实）"], cells["仪器分类编码"]) == (286.5, "n84", "010102")
    assert (cells["主要学科领域"], cells["主要购置经费来源"]) == ("430,150", "1,3")
    assert (cells["安放地址-省/市/区县"], cells["安放地址-街道"], cells["图片数"]) == ("330106", "路 1 号A楼1 层", 1)
    assert cells["建账日期"] == date(2018, 6, 11)


def test_the_page_names_what_is_missing_and_narrows_by_it(keeper, unit, made):
    instrument("冰箱", unit=unit, internal_no="SB-002")
    instrument("别人的", unit=organization())
    page = keeper.get("/catalog/exchange/").content.decode()
    assert "可以上报" in page
    assert "未核实" in page
    assert "别人的" not in page
    lacking = keeper.get("/catalog/exchange/?ready=no").content.decode()
    assert "冰箱" in lacking
    assert "扫描电镜" not in lacking
    assert "扫描电镜" in keeper.get("/catalog/exchange/?ready=yes").content.decode()
    assert "冰箱" in keeper.get("/catalog/exchange/?lacks=booked_on").content.decode()
    assert len(table(keeper.get("/catalog/exchange/?export=national&ready=yes"))) == 2
    missing_list = table(keeper.get("/catalog/exchange/?export=xlsx&ready=no"))
    assert "建账日期：没有填写" in str(missing_list)


def test_only_chosen_ones_are_exported_and_only_ones_own(keeper, unit, made):
    instrument("冰箱", unit=unit)
    foreign = instrument("别人的", unit=organization())
    answer = keeper.post("/catalog/exchange/", {"action": "national", "pk": [made.pk, foreign.pk]})
    assert [row[2] for row in table(answer)[1:]] == ["扫描电镜"]


def test_who_keeps_no_instruments_finds_no_page(client):
    client.force_login(person())
    assert client.get("/catalog/exchange/").status_code == 404
    assert client.get("/catalog/drafts/").status_code == 404
