"""The tree of a unit: add, rename, move, delete; what hangs on a department holds it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import IntegrityError, connection

from gongyi.kit.refusal import Refused
from gongyi.organizations import queries, services
from gongyi.organizations.models import Membership
from tests.factories.organizations import department, laboratory, member, organization, unit_admin
from tests.organizations.conftest import queries_of


def tree(unit):
    return [(branch.depth, branch.department.name) for branch in queries.department_tree(unit)]


def address(unit, more=""):
    return f"/organizations/manage/{unit.pk}/departments/{more}"


def form(**fields):
    return {"level": "department", "name": "", "parent": "", "location": "", "phone": ""} | fields


def test_departments_and_laboratories_are_added(client, unit, gu, center):
    client.force_login(gu)
    client.post(address(unit, "new/"), form(name="材料学院"))
    client.post(address(unit, "new/"), form(name="电镜实验室", level="laboratory", parent=center.pk))

    assert tree(unit) == [(0, "材料学院"), (0, "分析测试中心"), (1, "电镜实验室")]


def test_beside_a_department_a_laboratory_below_it_is_suggested(client, unit, gu, center):
    client.force_login(gu)
    page = client.get(address(unit, "new/"), {"under": center.pk}).content.decode()

    assert f'<option value="{center.pk}" selected>' in page


def test_siblings_have_different_names_cousins_need_not(unit, gu, center):
    other = department(unit, "化学学院")
    services.add_department(organization=unit, actor=gu, parent=center, name="质谱室", level="laboratory")
    services.add_department(organization=unit, actor=gu, parent=other, name="质谱室", level="laboratory")

    with pytest.raises(Refused, match="这一级下已有「质谱室」"):
        services.add_department(organization=unit, actor=gu, parent=center, name="质谱室", level="laboratory")
    with pytest.raises(Refused, match="这一级下已有「化学学院」"):
        services.add_department(organization=unit, actor=gu, name="化学学院")


def test_a_double_name_is_said_in_the_form(client, unit, gu, center):
    client.force_login(gu)
    answer = client.post(address(unit, "new/"), form(name="分析测试中心"))

    assert answer.status_code == 422
    assert "这一级下已有「分析测试中心」。请换一个名称。" in answer.content.decode()


def test_a_department_is_renamed_and_sorted_anew(client, unit, gu, center):
    department(unit, "化学学院")
    client.force_login(gu)
    client.post(address(unit, f"{center.pk}/"), form(name="综合测试中心"))

    assert tree(unit) == [(0, "化学学院"), (0, "综合测试中心")]


def test_a_department_moves_with_everything_below_it(client, unit, gu, center):
    lab, faculty = laboratory(center), department(unit, "材料学院")
    client.force_login(gu)
    client.post(address(unit, f"{center.pk}/"), form(name="分析测试中心", parent=faculty.pk))

    assert tree(unit) == [(0, "材料学院"), (1, "分析测试中心"), (2, lab.name)]


def test_it_cannot_move_below_itself(client, unit, gu, center):
    inner = department(unit, "内部", parent=center)
    client.force_login(gu)

    assert client.post(address(unit, f"{center.pk}/"), form(name="x", parent=inner.pk)).status_code == 422
    with pytest.raises(Refused, match="「内部」在「分析测试中心」之下"):
        services.change_department(department=center, actor=gu, parent=inner)
    with pytest.raises(Refused, match="之下"):
        services.change_department(department=center, actor=gu, parent=center)


def test_nothing_stands_below_a_laboratory(unit, gu, center):
    lab = laboratory(center)

    with pytest.raises(Refused, match="是实验室，下面不能再设下属"):
        services.add_department(organization=unit, actor=gu, parent=lab, name="角落")
    with pytest.raises(Refused, match="还有下属，不能改为实验室"):
        services.change_department(department=center, actor=gu, parent=None, level="laboratory")


def test_another_units_department_is_no_superior(unit, other_unit, gu):
    with pytest.raises(Refused, match="上级不存在或属于别的单位"):
        services.add_department(organization=unit, actor=gu, parent=department(other_unit), name="x")


def test_another_units_department_is_not_there(client, unit, other_unit, gu):
    foreign = department(other_unit)
    client.force_login(gu)

    assert client.get(address(unit, f"{foreign.pk}/")).status_code == 404
    assert client.post(address(unit, f"{foreign.pk}/delete/")).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_whoever_writes_a_department_keeps_to_its_unit():
    unit, other = organization(), organization()
    foreign = department(other)

    with pytest.raises(IntegrityError, match="department_parent_of_same_unit"):
        department(unit, "错位", parent=foreign)
    with pytest.raises(IntegrityError, match="membership_department_of_same_unit"):
        member(unit, department=foreign)


def test_an_empty_department_is_deleted_after_one_question(client, unit, gu, center):
    client.force_login(gu)

    assert "删除后不能恢复" in client.get(address(unit, f"{center.pk}/delete/")).content.decode()
    assert client.post(address(unit, f"{center.pk}/delete/")).status_code == 302
    assert tree(unit) == []


def test_what_hangs_on_it_is_named_and_holds_it(client, unit, gu, center):
    laboratory(center)
    member(unit, department=center)
    client.force_login(gu)
    answer = client.post(address(unit, f"{center.pk}/delete/"))

    assert answer.status_code == 409
    assert "「分析测试中心」还有" in answer.content.decode()
    assert "1 个院系/实验室" in answer.content.decode()
    assert "1 个单位成员" in answer.content.decode()
    assert "请先移到别处" in answer.content.decode()


def test_who_left_does_not_hold_it(unit, gu, center):
    gone = member(unit, department=center)
    services.remove_member(organization=unit, user=gone, actor=gu)
    services.delete_department(department=center, actor=gu)

    assert Membership.objects.filter(user=gone).values_list("department", flat=True).get() is None


@pytest.mark.django_db(transaction=True)
def test_two_departments_that_move_below_each_other_at_once_make_no_circle():
    unit = organization()
    keeper = unit_admin(unit)
    pair = [department(unit, "甲"), department(unit, "乙")]
    start = Barrier(2)

    def move(number):
        start.wait()
        try:
            services.change_department(department=pair[number], actor=keeper, parent=pair[1 - number])
            return "moved"
        except Refused as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(move, range(2))) == ["cycle", "moved"]
    assert len(tree(unit)) == 2


def test_the_tree_asks_as_many_queries_for_thirty_branches_as_for_two(client, unit, gu, center):
    client.force_login(gu)
    few = queries_of(client, address(unit))
    for number in range(15):
        laboratory(department(unit, f"学院{number}"))

    assert queries_of(client, address(unit)) == few
