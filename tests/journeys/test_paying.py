"""Money from the voucher to the statement: topping up, members, the default account, a booking that lacks it (S0-67 … S0-82)."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect
from python_calamine import CalamineWorkbook

from gongyi.ledger.models import AccountMember, DefaultAccount, PaymentAccount
from gongyi.ledger.services import choose_default
from tests.factories import ledger
from tests.journeys.conftest import book, choose, fits, picture, step


@pytest.fixture
def poor(world) -> PaymentAccount:
    """Another account of the same unit, with too little for two hours, which the student pays with by default."""
    made = ledger.payment_account("青年基金课题组", unit=world.unit, members=(world.student,), balance=100)
    choose_default(user=world.student, account=made)
    return made


def test_finance_tops_up_against_a_voucher_which_counts_once(enter, world):
    page = enter("finance")
    page.goto("/desk/")
    picture(page, "finance-desk")
    page.get_by_role("link", name="单位付款账户").first.click()
    page.get_by_role("link", name="先进储能材料课题组").first.click()
    step(page, "充值", 充值金额="2000", 财务凭证号="JZ-2026-1121")
    expect(page.get_by_text("¥12,000.00").first).to_be_visible()
    picture(page, "topped-up")

    page.get_by_role("main").get_by_text("充值", exact=True).locator("visible=true").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("充值金额").fill("2000")
    dialog.get_by_label("财务凭证号").fill("JZ-2026-1121")
    dialog.get_by_role("button", name="充值").click()
    expect(dialog.get_by_role("alert")).to_contain_text("JZ-2026-1121")
    picture(page, "voucher-twice")
    account = PaymentAccount.objects.get(pk=world.account.pk)
    assert account.balance == Decimal(12000)

    leader = enter("leader")
    leader.goto("/notifications/")
    expect(leader.get_by_text("已充值 ¥2,000.00").first).to_be_visible()


def test_the_leader_reads_the_statement_and_takes_it_along(enter, world):
    page = enter("leader")
    page.goto("/ledger/groups/")
    page.get_by_role("link", name="先进储能材料课题组").first.click()
    page.get_by_role("link", name="账单").first.click()
    expect(page.get_by_role("region", name="账单明细").first).to_contain_text("+¥10,000.00")
    fits(page)
    picture(page, "statement")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="导出 Excel").click()
    cells = CalamineWorkbook.from_path(str(waiting.value.path())).get_sheet_by_index(0).to_python()
    assert [row[-2] for row in cells if row[1] == "充值"] == [10000]
    assert cells[-1][-1] == 10000


def test_the_leader_lets_somebody_in_and_makes_them_manager_of_the_group(enter, world):
    page = enter("leader")
    page.goto(f"/ledger/accounts/{world.account.pk}/members/")
    page.get_by_role("link", name="添加成员").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("人员").fill(world.outsider.username)
    dialog.get_by_role("button", name="添加成员").click()
    row = page.get_by_role("row", name="孙外")
    expect(row).to_be_visible()
    row.get_by_role("link", name="设为课题组管理员").click()
    page.get_by_role("dialog").get_by_role("button", name="设为课题组管理员").click()
    expect(page.get_by_role("row", name="孙外")).to_contain_text("管理员")
    picture(page, "members")
    assert world.account.members.get(user=world.outsider).role == AccountMember.Role.MANAGER


def test_the_account_chosen_as_default_is_offered_first(enter, world, poor):
    page = enter("student")
    page.goto("/ledger/")
    page.get_by_role("row", name="先进储能材料课题组").get_by_role("link", name="设为默认").click()
    page.get_by_role("dialog").get_by_role("button", name="设为默认").click()
    expect(page.get_by_role("row", name="青年基金课题组").get_by_role("link", name="设为默认")).to_be_visible()
    picture(page, "default-account")
    assert DefaultAccount.objects.get(user=world.student).account == world.account
    page.goto(f"/instruments/{world.instrument.pk}/")
    choose(page, 2, "10:00", "12:00")
    page.locator("[data-booking-go]:visible").first.click()
    expect(page.get_by_role("dialog").get_by_label("付款账户")).to_have_value(str(world.account.pk))


def test_a_booking_that_lacks_money_names_how_much_and_passes_after_the_top_up(enter, world, poor):
    student, finance = enter("student"), enter("finance")
    student.goto(f"/instruments/{world.instrument.pk}/")
    choose(student, 2, "10:00", "12:00")
    student.locator("[data-booking-go]:visible").first.click()
    dialog = student.get_by_role("dialog")
    expect(dialog).to_contain_text("还差 ¥350.00")
    expect(dialog.get_by_role("button", name="填写预约单")).to_have_attribute("aria-disabled", "true")
    picture(student, "money-short")

    finance.goto(f"/ledger/accounts/{poor.pk}/")
    step(finance, "充值", 充值金额="350", 财务凭证号="JZ-2026-1122")
    made = book(student, world)
    assert (made.account, made.estimate) == (poor, Decimal(450))
    poor.refresh_from_db()
    assert (poor.held, poor.spendable) == (Decimal(450), Decimal(0))
