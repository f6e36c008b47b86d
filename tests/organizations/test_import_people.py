"""A list of a unit's people: accounts opened, known people joined and never doubled, contradictions, and taking it back."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from gongyi.accounts.models import User
from gongyi.audit.models import AuditEvent
from gongyi.imports import services
from gongyi.imports.models import ImportRun
from gongyi.imports.workflow import ImportFlow
from gongyi.kit.refusal import Refused
from gongyi.kit.spreadsheets import write_workbook
from gongyi.notifications.models import Notification
from gongyi.organizations.importing import PEOPLE
from gongyi.organizations.models import Membership
from tests.factories.accounts import person
from tests.factories.organizations import department, laboratory, member, organization, unit_admin

pytestmark = pytest.mark.django_db
HEADERS = ["姓名", "用户名", "邮箱", "手机号", "院系/实验室", "角色"]


@pytest.fixture
def unit():
    return organization("望江大学")


@pytest.fixture
def admin(unit):
    return unit_admin(unit)


@pytest.fixture
def listed(unit, admin):
    def make(*rows, actor=admin, headers=HEADERS) -> ImportRun:
        file = SimpleUploadedFile("人员.xlsx", write_workbook(headers, rows))
        run = services.upload(importer=PEOPLE, context_id=unit.pk, upload=file, actor=actor)
        services.check(run.pk)
        run.refresh_from_db()
        assert run.status == "checked", run.problem
        return run

    return make


def carried_out(run, mode="good") -> ImportRun:
    ImportFlow.fire(run, "start", actor=run.actor, mode=mode)
    services.carry_out(run.pk)
    run.refresh_from_db()
    assert run.status == "done", run.problem
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


def roles(user, unit):
    return sorted(Membership.objects.current().filter(user=user, organization=unit).values_list("role", flat=True))


def welcomed():
    jobs = ProcrastinateJob.objects.filter(task_name="accounts.send_reset_mail").order_by("id")
    return [(job.args["user_pk"], job.args["welcome"]) for job in jobs]


def test_accounts_are_opened_and_their_people_get_the_mail_to_set_a_password(listed, unit, admin):
    lab = laboratory(department(unit, "材料学院"), "电镜实验室")
    row = [
        "林知远",
        "2026010001",
        "Lin@Example.cn",
        "１３９００００１２３４",
        "材料学院／电镜实验室",
        "审核人员、付款账户管理员",
    ]
    run = carried_out(listed(row), "all")
    user = User.objects.get(username="2026010001")
    assert (user.name, user.email, user.phone, user.is_active, user.is_staff) == (
        "林知远",
        "lin@example.cn",
        "13900001234",
        True,
        False,
    )
    assert not user.has_usable_password()
    assert user.name_key
    assert roles(user, unit) == ["finance", "member", "reviewer"]
    assert set(Membership.objects.filter(user=user).values_list("department", flat=True)) == {lab.pk}
    assert welcomed() == [(user.pk, True)]
    events = AuditEvent.objects.filter(actor=admin).order_by("pk")
    assert [event.what for event in events] == ["开通账号", "加入单位"]
    assert run.imported_count == 1


def test_known_people_join_and_are_not_doubled(listed, unit, admin):
    known = person("许清和", username="xqh", email="xqh@example.cn", phone="13900009999")
    for row in (["许清和", "xqh", "", "", "", ""], ["许清和", "XQH", "xqh@example.cn", "13900009999", "", ""]):
        run = listed(row)
        assert verdicts(run) == ["new"]
        assert run.rows.get().changes == [["账号", "已有账号", "加入本单位"]]
    count = User.objects.count()
    carried_out(run)
    assert User.objects.count() == count
    assert roles(known, unit) == ["member"]
    assert welcomed() == []
    assert Notification.objects.get(user=known).body == "顾明远：您现在的角色：成员。"


def test_members_get_the_roles_and_department_the_list_adds_and_keep_theirs(listed, unit):
    center = department(unit, "分析测试中心")
    known = member(unit, "许清和", "finance", username="xqh")
    run = listed(["许清和", "xqh", "", "", "分析测试中心", "审核人员"])
    assert verdicts(run) == ["changed"]
    assert run.rows.get().changes == [
        ["角色", "成员、付款账户管理员", "成员、付款账户管理员、审核人员"], ["院系/实验室", "", "分析测试中心"],
    ]  # fmt: skip
    carried_out(run)
    assert roles(known, unit) == ["finance", "member", "reviewer"]
    assert set(Membership.objects.filter(user=known).values_list("department", flat=True)) == {center.pk}
    assert verdicts(listed(["许清和", "xqh", "", "", "分析测试中心", "审核人员"])) == ["same"]


def test_contradictions_are_problems_and_tell_nothing_of_other_peoples_accounts(listed, unit):
    person("许清和", username="xqh", email="xqh@example.cn", phone="13900009999")
    person("周敏", username="zm", email="zm@example.cn", phone="13900008888")
    person("停用的人", username="off", is_active=False)
    assert said(listed(["别人", "xqh", "", "", "", ""])) == [
        "name：与这个账号登记的姓名不符。请核对姓名，或更正用户名、邮箱、手机号。"
    ]
    assert said(listed(["许清和", "xqh", "zm@example.cn", "", "", ""])) == [
        "email：用户名、邮箱、手机号分属不同的账号，请核对。"
    ]
    assert said(listed(["许清和", "xqh2", "xqh@example.cn", "", "", ""])) == [
        "username：与这个人已有账号登记的不同。请核对；本人可在个人资料里修改。"
    ]
    assert said(listed(["许清和", "xqh", "", "13911110000", "", ""])) == [
        "phone：与这个人已有账号登记的不同。请核对；本人可在个人资料里修改。"
    ]
    assert said(listed(["停用的人", "off", "", "", "", ""])) == [
        "username：这个账号已停用。请联系平台管理员启用后再导入。"
    ]
    assert said(listed(["周敏", "xqh@example.cn", "new@example.cn", "", "", ""]))[0].startswith("name：")


def test_a_laboratory_that_does_not_exist_is_a_problem_with_a_remedy(listed, unit):
    laboratory(department(unit, "材料学院"), "电镜实验室")
    laboratory(department(unit, "物理学院"), "电镜实验室")
    assert said(listed(["甲", "a1", "a1@example.cn", "", "材料学院/电镜试验室", ""])) == [
        "department：本单位没有「材料学院/电镜试验室」。是不是 材料学院/电镜实验室、物理学院/电镜实验室？请先在「院系与实验室」里新增，或从模板的下拉列表选择。"
    ]
    assert said(listed(["甲", "a1", "a1@example.cn", "", "电镜实验室", ""])) == [
        "department：有几处叫「电镜实验室」，请写全路径：材料学院/电镜实验室、物理学院/电镜实验室。"
    ]
    assert verdicts(listed(["甲", "a1", "a1@example.cn", "", "物理学院 > 电镜实验室", ""])) == ["new"]


def test_every_problem_of_a_row_is_said_at_once(listed):
    assert [line.partition("：")[0] for line in said(listed(["", "a b", "x", "139", "没有的学院", "校长"]))] == [
        "name", "username", "email", "phone", "department", "roles",
    ]  # fmt: skip


def test_a_new_account_needs_an_address_for_its_mail(listed):
    assert said(listed(["甲", "a1", "", "", "", ""])) == ["email：新开账号要有邮箱：设置密码的邮件会发到这里。"]


def test_one_person_in_two_rows_is_one_row_too_many(listed):
    rows = [
        ["甲", "a1", "a1@example.cn", "", "", ""],
        ["乙", "A1", "a2@example.cn", "", "", ""],
        ["丙", "a3", "a1@EXAMPLE.cn", "", "", ""],
    ]
    run = listed(*rows)
    assert verdicts(run) == ["new", "duplicate", "duplicate"]
    assert said(run) == ["username：与第 2 行相同，请只留一行或更正。", "email：与第 2 行相同，请只留一行或更正。"]


def test_laboratory_accounts_and_sub_users_are_not_opened_by_list(listed):
    assert "不在可选项中" in said(listed(["甲", "a1", "a1@example.cn", "", "", "实验室管理员"]))[0]


def test_a_sub_user_imports_people_but_appoints_no_administrator(listed, unit):
    """S4-74: the rights of the main account, but not over main accounts."""
    sub_user = member(unit, "", Membership.Role.SUB_USER)
    rows = (["何晓", "hexiao", "hx@example.cn", "", "", "单位管理员"], ["林远", "linyuan", "ly@example.cn", "", "", ""])
    run = listed(*rows, actor=sub_user)
    assert [row.verdict for row in run.rows.order_by("number")] == ["wrong", "new"]
    carried_out(run)
    assert not Membership.objects.filter(role="unit_admin", user__username="hexiao").exists()


def test_an_import_of_people_is_taken_back(listed, unit, admin):
    center, lab = department(unit, "分析测试中心"), department(unit, "材料学院")
    joining = person("许清和", username="xqh")
    moving = member(unit, "周敏", username="zm", department=center)
    count = User.objects.count()
    run = carried_out(
        listed(
            ["甲", "a1", "a1@example.cn", "", "", "审核人员"],
            ["许清和", "xqh", "", "", "材料学院", ""],
            ["周敏", "zm", "", "", "材料学院", "付款账户管理员"],
        )
    )
    assert User.objects.count() == count + 1
    assert set(Membership.objects.filter(user=moving).values_list("department", flat=True)) == {lab.pk}
    assert taken_back(run).status == "undone"
    assert User.objects.count() == count
    assert (roles(joining, unit), roles(moving, unit)) == ([], ["member"])
    assert Membership.objects.current().get(user=moving).department == center
    assert AuditEvent.objects.latest("pk").what == "撤销批量导入人员"
    assert verdicts(listed(["甲", "a1", "a1@example.cn", "", "", ""])) == ["new"]


def used_account(run, unit):
    User.objects.filter(username="a1").update(last_login=timezone.now())


def changed_name(run, unit):
    User.objects.filter(username="a1").update(name="改名")


def ended_place(run, unit):
    Membership.objects.filter(user__username="xqh").update(ended_at=timezone.now())


def other_department(run, unit):
    Membership.objects.filter(user__username="xqh").update(department=department(unit, "别处"))


def another_unit(run, unit):
    other = organization("云麓理工大学")
    Membership.objects.create(user=User.objects.get(username="a1"), organization=other)


@pytest.mark.parametrize(
    ("happens", "sentence"),
    [
        (used_account, "第 2 行 甲（a1）：已设置密码或登录过"),
        (changed_name, "第 2 行 甲（a1）：个人资料已修改"),
        (another_unit, "第 2 行 甲（a1）：已有单位成员"),
        (ended_place, "第 3 行 许清和（xqh）：角色已调整或已离开单位"),
        (other_department, "第 3 行 许清和（xqh）：院系已调整"),
    ],
)
def test_what_was_used_or_changed_since_keeps_the_whole_import(listed, unit, happens, sentence):
    person("许清和", username="xqh")
    run = carried_out(listed(["甲", "a1", "a1@example.cn", "", "", ""], ["许清和", "xqh", "", "", "", ""]))
    happens(run, unit)
    after = set(Membership.objects.current().values_list("pk", flat=True))
    run = taken_back(run)
    assert (run.status, sentence in run.problem) == ("done", True), run.problem
    assert set(Membership.objects.current().values_list("pk", flat=True)) == after


def test_a_unit_is_not_left_without_an_administrator(listed, unit, admin):
    person("许清和", username="xqh")
    run = carried_out(listed(["许清和", "xqh", "", "", "", "单位管理员"]))
    Membership.objects.filter(user=admin, role="unit_admin").update(ended_at=timezone.now())
    run.undone_by = User.objects.get(username="xqh")
    ImportRun.objects.filter(pk=run.pk).update(status="undoing", undone_by=run.undone_by)
    services.take_back(run.pk)
    run.refresh_from_db()
    assert (run.status, "撤销后单位就没有管理员了" in run.problem) == ("done", True)


def test_a_unit_that_left_takes_in_nobody(listed, unit):
    run = listed(["甲", "a1", "a1@example.cn", "", "", ""])
    ImportFlow.fire(run, "start", actor=run.actor, mode="all")
    type(unit).objects.filter(pk=unit.pk).update(status="exited")
    assert services.carry_out(run.pk) == "failed"
    run.refresh_from_db()
    assert "已退出平台" in run.problem
    assert not User.objects.filter(username="a1").exists()


def test_only_those_who_keep_a_unit_import_its_people(listed, unit):
    for user in (person(), member(unit), unit_admin(organization("云麓理工大学"))):
        with pytest.raises(Refused):
            listed(["甲", "a1", "a1@example.cn", "", "", ""], actor=user)


def test_five_hundred_people_take_as_many_queries_as_fifty(listed):
    def rows(count, mark):
        return [[f"人{n}", f"{mark}{n}", f"{mark}{n}@example.cn", "", "", ""] for n in range(count)]

    counts = []
    for count in (50, 500):
        run = listed(*rows(count, f"q{count}x"))
        ImportFlow.fire(run, "start", actor=run.actor, mode="all")
        with CaptureQueriesContext(connection) as captured:
            services.carry_out(run.pk)
        counts.append(len(captured))
    assert counts[0] == counts[1]
