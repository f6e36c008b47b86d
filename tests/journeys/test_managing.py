"""A manager's day: reviewing, closing, qualifying, repairing, correcting, ruling, booking for others (S0-17 … S0-31, S0-49, S0-87)."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from gongyi.reservations import services
from gongyi.reservations.models import Closure, Qualification, Reservation
from tests.factories.reservations import Place, at, reservation, rules
from tests.journeys.conftest import choose, fits, picture, step

S = Reservation.Status


def typed(day: int, clock: str) -> str:
    return f"{at(day, clock):%Y-%m-%d %H:%M}"


def confirm(page: Page, label: str, **words: str) -> None:
    """Fill the open dialog by label and press its button."""
    dialog = page.get_by_role("dialog")
    for field, text in words.items():
        dialog.get_by_label(field).fill(text)
    dialog.get_by_role("button", name=label).click()
    expect(dialog).to_be_hidden()


def find_person(page: Page, label: str, name: str) -> None:
    """Type a part of the name and choose who is found."""
    page.get_by_label(label).press_sequentially(name, delay=20)
    page.get_by_role("radio", name=re.compile(name)).check()


@pytest.fixture
def waiting(world) -> list[Reservation]:
    """Two bookings that wait for the manager."""
    start = at(4, "9:00")
    second = services.reserve(
        instrument=world.instrument, user=world.student, actor=world.student, account=world.account, starts_at=start,
        ends_at=start + timedelta(hours=1), purpose="成分分析",
    )  # fmt: skip
    return [world.reservation, second]


def test_on_the_desk_one_booking_is_approved_and_another_rejected_with_a_reason(enter, world, waiting):
    page = enter("manager")
    page.goto("/desk/")
    expect(page.get_by_role("region", name="待审核预约", exact=True)).to_contain_text("2 条")
    picture(page, "manager-desk-pending")
    page.get_by_label(f"选择 林知远 {waiting[0].number}").check()
    page.locator("#gy-bulk").get_by_role("button", name=re.compile("通过")).click()
    expect(page.get_by_role("region", name="待审核预约", exact=True)).to_contain_text("1 条")
    page.get_by_label(f"选择 林知远 {waiting[1].number}").check()
    page.locator("#gy-bulk").get_by_role("button", name=re.compile("驳回")).click()
    picture(page, "reject")
    confirm(page, "驳回", 原因="样品有磁性，请先退磁。")
    expect(page.get_by_text("没有待审核的预约")).to_be_visible()
    for row in waiting:
        row.refresh_from_db()
    assert [row.status for row in waiting] == [S.VALID, S.REJECTED]

    student = enter("student")
    student.goto(waiting[1].get_absolute_url())
    expect(student.get_by_text("样品有磁性，请先退磁。").first).to_be_visible()
    expect(student.get_by_text("已拒绝").first).to_be_visible()


def test_a_list_of_waiting_bookings_is_approved_at_once(enter, world, waiting):
    page = enter("manager")
    page.goto("/reservations/managed/?status=pending")
    page.get_by_label("全选本页").check()
    page.locator("#gy-bulk").get_by_role("button", name=re.compile("通过")).click()
    expect(page.locator("#gy-list")).not_to_contain_text(waiting[0].number)
    assert set(Reservation.objects.values_list("status", flat=True)) == {S.VALID}


def test_a_closure_shows_whom_it_hits_before_it_is_registered_and_can_be_lifted(enter, world):
    page = enter("manager")
    page.goto("/desk/")
    page.get_by_role("link", name="登记停机").click()
    page.get_by_label("仪器").select_option(str(world.instrument.pk))
    page.get_by_label("开始").fill(typed(3, "8:00"))
    page.get_by_label("结束").fill(typed(3, "18:00"))
    page.get_by_label("原因").fill("更换灯丝")
    page.get_by_role("button", name="下一步").click()
    hit = page.get_by_role("region", name="受影响的预约")
    expect(hit).to_contain_text("林知远")
    expect(hit).to_contain_text(world.reservation.number)
    picture(page, "closure")
    world.reservation.refresh_from_db()
    assert world.reservation.status == S.PENDING
    page.get_by_role("button", name="登记停机，取消 1 条预约").click()
    expect(page.get_by_role("heading", name="停机")).to_be_visible()
    world.reservation.refresh_from_db()
    world.account.refresh_from_db()
    assert (world.reservation.status, world.account.held) == (S.CANCELLED, 0)

    page.get_by_role("link", name=re.compile("^解除")).click()
    confirm(page, "解除停机")
    expect(page.get_by_text("已解除").first).to_be_visible()
    assert Closure.objects.get().lifted_at


def test_a_level_is_granted_and_withdrawn_and_the_person_sees_it(enter, world):
    page, newcomer = enter("manager"), enter("newcomer")
    page.goto("/reservations/people/")
    page.get_by_role("link", name="授权").first.click()
    page.get_by_label("仪器").select_option(str(world.instrument.pk))
    find_person(page, "人员", "何晓")
    page.get_by_role("radio", name="资深").check()
    page.get_by_label("说明").fill("培训考核合格")
    picture(page, "grant")
    page.get_by_role("button", name="授权").click()
    expect(page.get_by_role("row", name=re.compile("何晓"))).to_contain_text("资深")
    newcomer.goto(f"/instruments/{world.instrument.pk}/")
    expect(newcomer.get_by_label("我能否预约")).to_contain_text("资深")

    page.get_by_role("link", name="撤销 何晓").click()
    confirm(page, "撤销资格", 原因="操作不规范")
    expect(page.get_by_role("row", name=re.compile("何晓"))).to_have_count(0)
    newcomer.reload()
    expect(newcomer.get_by_label("我能否预约")).to_contain_text("未授权")
    assert Qualification.objects.get(user=world.newcomer).withdrawn_at


def test_a_fault_is_seen_by_everybody_until_it_is_resolved(enter, world):
    page, visitor = enter("manager"), enter()
    page.goto(f"/reservations/use/{world.instrument.pk}/")
    page.get_by_role("link", name="报告故障").click()
    page.get_by_label("故障现象").fill("电子枪不出束")
    page.get_by_role("button", name="报告故障").click()
    expect(page.get_by_text("电子枪不出束")).to_be_visible()
    visitor.goto(f"/instruments/{world.instrument.pk}/")
    expect(visitor.get_by_label("仪器概况").get_by_text("故障", exact=True)).to_be_visible()
    picture(visitor, "faulty")

    for _each in range(2):  # the small world has a slight fault of its own
        page.goto("/reservations/faults/?state=open")
        page.get_by_role("link", name=re.compile("^解决")).first.click()
        confirm(page, "解决故障", 处理结果="更换灯丝并重新对中")
        expect(page.locator(".gy-toasts, [role=status]").get_by_text("故障已解决。").first).to_be_visible()
    visitor.reload()
    expect(visitor.get_by_label("仪器概况").get_by_text("故障", exact=True)).to_have_count(0)


def test_a_use_is_corrected_with_a_reason_and_the_charge_follows(enter, world, monkeypatch):
    place = Place(world.instrument, world.manager, world.senior, world.account)
    used = reservation(monkeypatch, place, "completed", at(-1, "10:00"))
    assert used.charged == Decimal(450)
    page = enter("manager")
    page.goto(used.get_absolute_url())
    words = {"实际开始": typed(-1, "10:00"), "实际结束": typed(-1, "11:00"), "原因": "忘记签退，以日志为准"}
    step(page, "更正", **words)
    expect(page.get_by_text("¥250.00").first).to_be_visible()
    expect(page.get_by_text("忘记签退，以日志为准").first).to_be_visible()
    picture(page, "corrected")
    used.refresh_from_db()
    world.account.refresh_from_db()
    assert (used.charged, used.account.balance) == (Decimal(250), Decimal(9750))


def test_a_changed_rule_stands_on_the_page_of_the_instrument(enter, world):
    page, visitor = enter("manager"), enter()
    page.goto("/reservations/rules/")
    page.get_by_role("link", name="场发射扫描电镜").first.click()
    page.get_by_label("单次最短（分钟）").fill("90")
    page.get_by_role("button", name="保存").first.click()
    expect(page.get_by_text("预约规则已保存").first).to_be_visible()
    picture(page, "rules")
    visitor.goto(f"/instruments/{world.instrument.pk}/")
    expect(visitor.get_by_role("region", name="预约规则")).to_contain_text("1 小时 30 分 –")
    fits(visitor)


def test_a_manager_books_for_somebody_else_and_says_why_a_rule_does_not_count(enter, world):
    rules(world.instrument, hours=tuple((weekday, 8 * 60, 18 * 60) for weekday in range(1, 8)))
    page = enter("manager")
    page.goto("/desk/")
    page.get_by_role("link", name="代为预约").click()
    page.get_by_role("link", name="预约 场发射扫描电镜").click()
    page.get_by_text("换人（代为预约）").click()
    find_person(page, "找预约人", "赵一鸣")
    expect(page.locator("#booking-who")).to_contain_text("资深")
    choose(page, 2, "20:00", "21:00")
    expect(page.get_by_label("付款账户")).to_have_value(str(world.account.pk))
    page.get_by_label("豁免理由").fill("仪器验收补测")
    picture(page, "book-for")
    page.get_by_role("button", name="提交预约").first.click()
    expect(page.get_by_role("heading", name="预约成功")).to_be_visible()
    made = Reservation.objects.latest("pk")
    assert (made.user, made.minutes, made.status) == (world.senior, 60, S.VALID)
    page.goto(made.get_absolute_url())
    expect(page.get_by_text("仪器验收补测").first).to_be_visible()
