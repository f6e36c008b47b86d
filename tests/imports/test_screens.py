"""The screens of imports as people use them: uploading, looking, the columns, the progress, the error file, one's list."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from python_calamine import load_workbook

from gongyi.imports import services
from gongyi.imports.models import ImportRun
from gongyi.imports.workflow import ImportFlow
from gongyi.kit.spreadsheets import read_rows, write_workbook
from gongyi.organizations.importing import PEOPLE, UNITS
from tests.factories.accounts import person, platform_admin
from tests.factories.organizations import department, laboratory, organization, unit_admin

pytestmark = pytest.mark.django_db


def browser_of(user) -> Client:
    browser = Client()
    browser.force_login(user, backend="gongyi.accounts.backends.AnyIdentifierBackend")
    return browser


@pytest.fixture
def unit(db):
    return organization("望江大学")


@pytest.fixture
def admin(unit):
    return unit_admin(unit)


@pytest.fixture
def browser(admin):
    return browser_of(admin)


@pytest.fixture
def address(unit):
    return reverse("organizations:import_people", args=[unit.pk])


def post(browser, address, rows, headers=("姓名", "用户名", "邮箱"), name="人员.xlsx"):
    file = SimpleUploadedFile(name, rows if isinstance(rows, bytes) else write_workbook(headers, rows))
    return browser.post(address, {"file": file})


def checked(browser, address, rows, **options) -> ImportRun:
    answer = post(browser, address, rows, **options)
    run = ImportRun.objects.latest("pk")
    assert answer.url == run.get_absolute_url()
    services.check(run.pk)
    run.refresh_from_db()
    return run


def text(answer) -> str:
    return answer.content.decode()


def test_the_upload_page_states_the_limits_and_what_is_required_first(browser, address):
    page = text(browser.get(address))
    assert "不超过 10 MB、5,000 行" in page
    assert "必填：姓名、用户名。" in page
    assert page.index("怎样导入") < page.index('type="file"')


def test_the_template_offers_departments_and_roles_and_explains_them(browser, address, unit):
    lab = laboratory(department(unit, "材料学院"))
    content = browser.get(address + "?template=xlsx").content
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        xml = bundle.read("xl/worksheets/sheet1.xml").decode()
    assert xml.count("<dataValidation ") == 2
    assert f"材料学院/{lab.name}" in xml
    book = load_workbook(io.BytesIO(content))
    explained = {row[0]: row[2] for row in book.get_sheet_by_name("填写说明").to_python() if len(row) > 2}
    assert "可填一项或几项，用「、」隔开：单位管理员、付款账户管理员、审核人员。" in explained["角色"]
    assert str(read_rows(content, PEOPLE.columns(unit.pk)).problems[0]) == "表头下面没有数据。请填写后再上传。"


def test_a_file_that_is_no_list_is_refused_on_the_page_and_nothing_is_kept(browser, address):
    answer = post(browser, address, b"\xd0\xcf\x11\xe0" + bytes(600), name="人员.xls")
    assert answer.status_code == 422
    assert "另存为不设密码的 .xlsx" in text(answer)
    assert not ImportRun.objects.exists()


def test_the_preview_names_every_problem_by_row_and_column_and_can_be_filtered(browser, address):
    run = checked(browser, address, [["林", "a1", "a1@example.cn"], ["", "a 2", "谁"], ["林", "a1", "a3@example.cn"]])
    page = text(browser.get(run.get_absolute_url()))
    for words in (
        "1 行可以导入，2 行有问题",
        "必填，请补上。",
        "「谁」不是邮箱地址",
        "与第 2 行相同，请只留一行或更正。",
    ):
        assert words in page
    only = text(browser.get(run.get_absolute_url() + "?verdict=duplicate"))
    assert "与第 2 行相同" in only
    assert "不是邮箱地址" not in only


def test_what_will_change_stands_in_the_preview(browser, address, unit, admin):
    department(unit, "材料学院")
    run = checked(browser, address, [[admin.name, admin.username, "材料学院"]], headers=("姓名", "用户名", "部门"))
    page = text(browser.get(run.get_absolute_url()))
    assert run.changed_count == 1
    assert "院系/实验室</b> <span" in page


def test_the_error_file_is_offered_where_rows_are_wrong(browser, address):
    run = checked(browser, address, [["", "a1", "a1@example.cn"]])
    url = reverse("imports:errors", args=[run.pk])
    assert url in text(browser.get(run.get_absolute_url()))
    cells = load_workbook(io.BytesIO(browser.get(url).content)).get_sheet_by_index(0).to_python()
    assert cells[1] == ["", "a1", "a1@example.cn", "「姓名」必填，请补上。"]
    good = checked(browser, address, [["林", "a1", "a1@example.cn"]])
    assert browser.get(reverse("imports:errors", args=[good.pk])).status_code == 404


def test_unknown_headers_lead_to_the_page_where_they_are_matched(browser, address):
    answer = post(browser, address, [["林", "a1", "a1@example.cn"]], headers=("称呼", "用户名", "信箱"))
    run = ImportRun.objects.get()
    columns = reverse("imports:columns", args=[run.pk])
    assert answer.url == columns
    page = browser.get(columns)
    assert "称呼" in text(page)
    wrong = browser.post(columns, {"h0": "username", "h1": "username", "h2": ""})
    assert wrong.status_code == 422
    assert "必填的列还没有对应：姓名。" in text(wrong)
    assert "「称呼」已对应到同一列，请只留一个。" in text(wrong)
    right = browser.post(columns, {"h0": "name", "h1": "username", "h2": "email"})
    assert right.url == run.get_absolute_url()
    services.check(run.pk)
    run.refresh_from_db()
    assert (run.status, run.new_count) == ("checked", 1)


def test_the_progress_is_shown_until_the_work_has_ended(browser, address):
    post(browser, address, [["林", "a1", "a1@example.cn"]])
    run = ImportRun.objects.get()
    url = reverse("imports:progress", args=[run.pk])
    assert "<progress" in text(browser.get(run.get_absolute_url()))
    ImportRun.objects.filter(pk=run.pk).update(progress_done=30, progress_total=100)
    answer = browser.get(url + "?told=0", headers={"HX-Request": "true"})
    assert "30 / 100" in text(answer)
    assert "已完成 30%" in text(answer)
    assert "已完成" not in text(browser.get(url + "?told=30", headers={"HX-Request": "true"}))
    services.check(run.pk)
    assert browser.get(url, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert browser.get(url).url == run.get_absolute_url()


def test_an_import_that_waits_for_another_says_for_which(browser, address):
    first = checked(browser, address, [["林", "a1", "a1@example.cn"]], name="先到.xlsx")
    second = checked(browser, address, [["许", "a2", "a2@example.cn"]], name="后到.xlsx")
    for run in (first, second):
        ImportFlow.fire(run, "start", actor=run.actor, mode="all")
    assert "正在等「先到.xlsx」的导入完成" in text(browser.get(second.get_absolute_url()))
    assert "正在等" not in text(browser.get(first.get_absolute_url()))
    assert "「先到.xlsx」正在导入" in text(browser.get(address))


def test_the_start_dialog_offers_both_ways_and_undo_asks_for_a_reason(browser, address):
    run = checked(browser, address, [["林", "a1", "a1@example.cn"], ["", "a2", "a2@example.cn"]])
    url = reverse("workflow:step", args=["imports.importrun", run.pk, "start"])
    assert "只导入没有问题的 1 行，其余 1 行之后更正" in text(browser.get(url))
    assert browser.post(url, {"mode": "all"}).status_code == 422
    assert browser.post(url, {"mode": "good"}).status_code == 302
    services.carry_out(run.pk)
    page = text(browser.get(run.get_absolute_url()))
    assert "导入 1 行" in page
    undo = reverse("workflow:step", args=["imports.importrun", run.pk, "undo"])
    assert browser.post(undo, {"reason": ""}).status_code == 422
    assert browser.post(undo, {"reason": "名单有误"}).status_code == 302
    services.take_back(run.pk)
    assert "已整次撤销" in text(browser.get(run.get_absolute_url()))


def test_a_stranger_finds_none_of_it(browser, address):
    run = checked(browser, address, [["林", "a1", "a1@example.cn"]])
    others = [person(), unit_admin(organization("云麓理工大学"))]
    pages = ["imports:run", "imports:progress", "imports:errors", "imports:columns"]
    for user in others:
        stranger = browser_of(user)
        assert stranger.get(address).status_code == 404
        assert post(stranger, address, [["林", "a2", "a2@example.cn"]]).status_code == 404
        assert [stranger.get(reverse(page, args=[run.pk])).status_code for page in pages] == [404] * 4
        assert stranger.get(run.file.get_absolute_url()).status_code == 404
        assert run.file_name not in text(stranger.get(reverse("imports:list")))


def test_who_is_no_longer_administrator_no_longer_sees_the_people_they_listed(browser, address, admin):
    run = checked(browser, address, [["林", "a1", "a1@example.cn"]])
    admin.memberships.filter(role="unit_admin").delete()
    assert browser.get(run.get_absolute_url()).status_code == 404


def test_the_lists_lead_to_the_imports(browser, unit, address):
    assert address in text(browser.get(reverse("organizations:people", args=[unit.pk])))
    platform = browser_of(platform_admin())
    assert reverse("organizations:import_units") in text(platform.get(reverse("organizations:list")))
    assert str(UNITS.label) in text(platform.get(reverse("organizations:import_units")))
