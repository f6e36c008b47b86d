"""A list of units: which are new, which are known, what contradicts, and taking it all back."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from gongyi.audit.queries import history_of
from gongyi.imports import services
from gongyi.imports.models import ImportRun
from gongyi.imports.workflow import ImportFlow
from gongyi.kit.refusal import Refused
from gongyi.kit.spreadsheets import write_workbook
from gongyi.organizations.importing import UNITS
from gongyi.organizations.models import Organization
from tests.factories import organizations
from tests.factories.accounts import person, platform_admin
from tests.factories.organizations import department, member, unit_admin

pytestmark = pytest.mark.django_db
HEADERS = [
    "单位名称",
    "编号前缀",
    "单位性质",
    "统一社会信用代码",
    "所在地区",
    "地址",
    "联系电话",
    "邮箱",
    "网址",
    "简介",
    "简称",
]
USCC, OTHER_USCC = "91350100M000100Y43", "92371000MA3MXH0E3W"


def organization(name, **fields):
    return organizations.organization(name, short_name="", region_id="330106", **fields)


@pytest.fixture
def admin():
    return platform_admin()


def listed(rows, admin, headers=HEADERS) -> ImportRun:
    file = SimpleUploadedFile("单位.xlsx", write_workbook(headers, rows))
    run = services.upload(importer=UNITS, context_id=None, upload=file, actor=admin)
    services.check(run.pk)
    run.refresh_from_db()
    assert run.status == "checked", run.problem
    return run


def carried_out(run, mode="good") -> ImportRun:
    ImportFlow.fire(run, "start", actor=run.actor, mode=mode)
    services.carry_out(run.pk)
    run.refresh_from_db()
    return run


def taken_back(run) -> ImportRun:
    ImportFlow.fire(run, "undo", actor=run.actor, reason="名单有误")
    services.take_back(run.pk)
    run.refresh_from_db()
    return run


def verdicts(run):
    return list(run.rows.values_list("verdict", flat=True))


def said(run):
    return [f"{column}：{sentence}" for row in run.rows.all() for column, _header, sentence in row.problems]


def row(name="望江大学", code="WJU", kind="高校", uscc="", region="330106", **more):
    return [
        name,
        code,
        kind,
        uscc,
        region,
        *(more.get(k, "") for k in ("address", "phone", "email", "website", "introduction", "short")),
    ]


def test_new_units_are_added_as_the_form_would(admin):
    typed = row(
        uscc="９１３５０１００ m000100y43", phone="0571-87951234", website="www.wju.example.cn", email="A@example.cn", short="望大", code="wju",
    )  # fmt: skip
    run = carried_out(listed([typed], admin), "all")
    assert (run.status, run.imported_count) == ("done", 1)
    unit = Organization.objects.get()
    assert (unit.name, unit.short_name, unit.code, unit.kind, unit.uscc) == (
        "望江大学",
        "望大",
        "WJU",
        "university",
        USCC,
    )
    assert (unit.region_id, unit.website, unit.status) == ("330106", "https://www.wju.example.cn", "active")
    assert unit.name_key
    assert [(entry.label, entry.actor) for entry in history_of(unit)] == [("新增单位", admin)]


@pytest.mark.parametrize(
    "region", ["330106", "浙江省杭州市西湖区", "浙江省/杭州市/西湖区", "杭州市西湖区", "３３０１０６", 330106]
)
def test_a_region_is_understood_by_code_path_or_a_name_that_means_only_one(admin, region):
    carried_out(listed([row(region=region)], admin))
    assert Organization.objects.get().region_id == "330106"


def test_what_is_wrong_is_said_by_column(admin):
    rows = [
        row(code="1", kind="大学", uscc="91330000SV", region="火星市", phone="123", email="x", website="http://"),
        row(name="", region="999999"),
    ]
    assert said(listed(rows, admin)) == [
        "code：编号前缀用 2–12 位大写字母和数字，以字母开头，如 HDU。",
        "kind：「大学」不在可选项中，可填：高校、科研院所、企业、检验检测机构、计量技术机构、主管部门、中介机构、其他。",
        "uscc：统一社会信用代码应为 18 位，现在是 10 位。",
        "region：没有「火星市」这个地区，请写全称，如 浙江省杭州市西湖区。",
        "phone：电话应为手机号，或区号加号码，如 0571-87951234、0571-87951234-802。",
        "email：「x」不是邮箱地址，应如 name@example.cn。",
        "website：「http://」不是网址，应如 https://www.example.cn。",
        "name：必填，请补上。",
        "region：没有代码为 999999 的地区，请填六位行政区划代码或省市区全称。",
    ]


def test_a_region_of_many_names_asks_for_the_whole_one(admin):
    assert "有几处叫「鼓楼区」，请写全：" in said(listed([row(region="鼓楼区")], admin))[0]
    assert said(listed([row(region="")], admin)) == ["region：请填写所在地区：六位行政区划代码，或省市区全称。"]


def test_known_units_get_what_the_list_says_and_keep_the_rest(admin):
    unit = organization("望江大学", code="WJU", uscc=USCC, address="旧址", phone="0571-87950000")
    run = listed([row(name="望江大学（新）", uscc=USCC, address="望江路 1 号")], admin)
    assert verdicts(run) == ["changed"]
    assert run.rows.get().changes == [["单位名称", "望江大学", "望江大学（新）"], ["地址", "旧址", "望江路 1 号"]]
    carried_out(run)
    unit.refresh_from_db()
    assert (unit.name, unit.address, unit.phone) == ("望江大学（新）", "望江路 1 号", "0571-87950000")
    assert history_of(unit).last().label == "修改单位信息"


def test_a_unit_as_it_stands_needs_nothing(admin):
    organization("望江大学", code="WJU")
    assert verdicts(listed([row()], admin)) == ["same"]


def test_contradictions_are_problems(admin):
    organization("望江大学", code="WJU", uscc=USCC)
    organization("云麓理工大学", code="YLU")
    rows = [
        row(name="云麓理工大学", code="YLU", uscc=USCC),
        row(name="望江大学", code="WJU", uscc=OTHER_USCC),
        row(name="新大学", code="YLU"),
    ]
    assert said(listed([rows[0]], admin))[0] == "uscc：这个代码属于「望江大学」，与单位名称不符，请核对。"
    assert said(listed([rows[1]], admin)) == ["uscc：「望江大学」登记的是另一个代码，请核对。"]
    assert said(listed([rows[2]], admin)) == ["code：编号前缀 YLU 已由「云麓理工大学」使用，请换一个。"]


def test_two_rows_of_one_unit_are_one_too_many(admin):
    run = listed([row(), row(name="别的", code="wju"), row(name="第三", code="DSD")], admin)
    assert verdicts(run) == ["new", "duplicate", "new"]
    assert said(run) == ["code：与第 2 行相同，请只留一行或更正。"]


def test_an_import_of_units_is_taken_back(admin):
    known = organization("望江大学", code="WJU", address="旧址")
    run = carried_out(listed([row(address="新址"), row(name="新大学", code="XIN")], admin))
    assert Organization.objects.count() == 2
    assert taken_back(run).status == "undone"
    known.refresh_from_db()
    assert (known.address, Organization.objects.count()) == ("旧址", 1)


def test_a_unit_used_or_changed_since_keeps_the_whole_import(admin):
    organization("望江大学", code="WJU", address="旧址")
    run = carried_out(
        listed([row(address="新址"), row(name="新大学", code="XIN"), row(name="静大学", code="JIN")], admin)
    )
    Organization.objects.filter(code="WJU").update(address="更新的址")
    new = Organization.objects.get(code="XIN")
    department(new)
    member(new)
    run = taken_back(run)
    assert run.status == "done"
    assert run.problem.startswith("不能整次撤销，一行也没有撤销。第 2 行 望江大学：地址 已修改；第 3 行 新大学：已有")
    assert "单位成员" in run.problem
    assert Organization.objects.count() == 3


def test_only_the_platform_administrator_imports_units(admin):
    for user in (person(), unit_admin(organization("望江大学"))):
        with pytest.raises(Refused):
            listed([row()], user)
    assert not UNITS.may_use(admin, 5)
