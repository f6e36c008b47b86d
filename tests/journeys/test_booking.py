"""Finding, booking, using and paying, as people do it (S0-11 … S0-31, S0-64 … S0-72, S0-79 … S0-88, S1-44 … S1-51)."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from gongyi.reservations.models import BookingRules, Reservation
from gongyi.reservations.workflow import ReservationFlow
from tests.browser import PHONE
from tests.factories.accounts import person
from tests.journeys.conftest import book, choose, fits, picture, step

S = Reservation.Status


def test_a_visitor_finds_an_instrument_and_reads_about_it(enter, world):
    page = enter()
    page.goto("/")
    picture(page, "home")
    page.get_by_role("combobox").last.fill("扫描电镜")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="场发射扫描电镜").first.click()
    expect(page.get_by_role("heading", name="场发射扫描电镜")).to_be_visible()
    expect(page.get_by_text("¥200.00").first).to_be_visible()
    expect(page.get_by_text("登录后可查看您在这台仪器上的资格")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("林知远")
    picture(page, "instrument-visitor")


def test_somebody_without_qualification_is_told_why_and_what_to_do(enter, world):
    page = enter("newcomer")
    page.goto(f"/instruments/{world.instrument.pk}/")
    aside = page.get_by_label("我能否预约")
    expect(aside).to_contain_text("未授权")
    expect(aside).to_contain_text("周敏")
    choose(page, 2, "10:00", "12:00")
    page.locator("[data-booking-go]:visible").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("周敏")
    expect(dialog.get_by_role("button", name="填写预约单")).to_have_attribute("aria-disabled", "true")
    picture(page, "refused")
    assert not Reservation.objects.filter(user=world.newcomer).exists()


def test_an_ordinary_user_books_is_approved_uses_the_instrument_and_is_charged(enter, world):
    student, manager = enter("student"), enter("manager")
    made = book(student, world)
    assert made.status == S.PENDING
    picture(student, "booked")

    manager.goto("/desk/")
    picture(manager, "manager-desk")
    manager.goto(made.get_absolute_url())
    step(manager, "通过")
    expect(manager.get_by_text("有效").first).to_be_visible()

    student.goto(made.get_absolute_url())
    step(student, "签到")
    student.goto(f"/reservations/use/{world.instrument.pk}/")
    expect(student.get_by_role("button", name="签退")).to_be_visible()
    picture(student, "in-use")
    student.get_by_role("button", name="签退").click()
    made.refresh_from_db()
    assert (made.status, made.charged) == (S.COMPLETED, Decimal("80.00"))

    student.goto(f"/ledger/accounts/{world.account.pk}/")
    expect(student.get_by_text("¥80.00").first).to_be_visible()
    picture(student, "account")
    student.goto("/reservations/usage/")
    expect(student.get_by_text("场发射扫描电镜").first).to_be_visible()


def test_a_senior_user_books_without_review(enter, world):
    made = book(enter("senior"), world)
    assert made.status == S.VALID


def test_booking_works_on_a_phone(enter, world):
    page = enter("senior", **PHONE)
    made = book(page, world)
    fits(page)
    picture(page, "booked-phone")
    assert made.status == S.VALID
    page.goto(f"/instruments/{world.instrument.pk}/")
    fits(page)
    picture(page, "instrument-phone")


def test_two_people_want_the_same_slot_and_one_is_offered_another(enter, world):
    first, second = enter("senior"), enter("student")
    for page in (first, second):
        page.goto(f"/instruments/{world.instrument.pk}/")
        choose(page, 2, "10:00", "12:00")
        page.locator("[data-booking-go]:visible").first.click()
        page.get_by_role("dialog").get_by_role("button", name="填写预约单").click()
        page.get_by_label("实验内容").fill("我的实验")
    first.get_by_role("button", name="提交预约").first.click()
    expect(first.get_by_role("heading", name="预约成功")).to_be_visible()
    second.get_by_role("button", name="提交预约").first.click()
    expect(second.get_by_text("最近空闲").first).to_be_visible()
    expect(second.get_by_label("实验内容")).to_have_value("我的实验")
    picture(second, "slot-taken")
    during = Reservation.objects.filter(instrument=world.instrument, purpose="我的实验")
    assert during.count() == 1


def test_cancelling_in_time_is_free(enter, world):
    page = enter("student")
    page.goto(world.reservation.get_absolute_url())
    step(page, "取消预约")
    expect(page.get_by_text("已取消").first).to_be_visible()
    world.account.refresh_from_db()
    assert (world.account.held, world.account.available) == (0, Decimal(10000))


def test_cancelling_late_says_what_it_costs_first(enter, world):
    ReservationFlow.fire(world.reservation, "approve", actor=world.manager)
    BookingRules.objects.filter(instrument=world.instrument).update(
        cancel_deadline_minutes=60 * 24 * 10, late_cancel_percent=50
    )
    page = enter("student")
    page.goto(world.reservation.get_absolute_url())
    page.get_by_role("link", name="取消预约").or_(page.get_by_role("button", name="取消预约")).first.click()
    dialog = page.get_by_role("dialog")
    fee = (world.reservation.estimate / 2).quantize(Decimal("0.01"))
    expect(dialog).to_contain_text(f"¥{fee}")
    picture(page, "cancel-late")
    dialog.get_by_role("button", name="取消预约").click()
    expect(page.get_by_text("已取消").first).to_be_visible()
    world.account.refresh_from_db()
    assert (world.account.held, world.account.available) == (0, Decimal(10000) - fee)


def test_the_calendar_is_used_with_the_keyboard_alone(enter, world):
    page = enter("senior")
    page.goto(f"/instruments/{world.instrument.pk}/")
    page.get_by_role("button", name="列表").focus()
    page.keyboard.press("Enter")
    slot = page.locator("[data-cal=list] button").first
    slot.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="填写预约单").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="预约单")).to_be_visible()


def test_a_person_signs_in_with_a_phone_number_and_is_told_what_is_wrong(enter, world):
    somebody = person("吴悠", password="gongyi-demo")
    page = enter()
    page.goto("/accounts/sign-in/")
    page.get_by_label("用户名、邮箱或手机号").fill(somebody.phone)
    page.locator("input[name=password]").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    page.locator("input[name=password]").fill("gongyi-demo")
    page.keyboard.press("Enter")
    expect(page.get_by_text("吴悠").first).to_be_visible()


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
def test_favourites_are_kept(enter, world, options):
    page = enter("student", **options)
    page.goto(f"/instruments/{world.instrument.pk}/")
    page.get_by_role("button", name="收藏").first.click()
    page.wait_for_load_state("networkidle")
    page.goto("/favourites/")
    expect(page.get_by_text("场发射扫描电镜").first).to_be_visible()
