"""A reviewer's day: two tiers with a return in between by keyboard, several at once, and nothing for a stranger."""

import pytest
from playwright.sync_api import expect

from gongyi.onboarding.models import InnovationPlatform
from gongyi.onboarding.workflow import PlatformFlow
from gongyi.organizations.models import Remit
from gongyi.reviews.models import Review, ReviewPolicy
from tests.browser import PATIENCE_MILLISECONDS
from tests.factories.organizations import organization, reviewer
from tests.factories.reviews import handed_in, remit
from tests.journeys.conftest import fits, picture

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def city(world):
    """The city's authority and its reviewer, before the province; nothing waits but what a journey hands in."""
    authority = organization("杭城市科技局", kind="authority")
    remit(authority, "330100")
    world.people["city_judge"] = reviewer(authority, "林知秋")
    world.people["foreign_judge"] = reviewer(organization("临市科技局", kind="authority"), "何外")
    PlatformFlow.fire(world.innovation, "withdraw", actor=world.unit_admin)
    return authority


def test_two_tiers_with_a_return_and_a_second_try_by_keyboard(enter, world, city):
    """S2-9, S1-95, S1-96: city returns with a reason, the unit corrects, city and province approve, it is published."""
    ReviewPolicy.objects.create(kind="platform", tiers=2)
    review = handed_in(world.unit, world.unit_admin, "先进储能开放平台")
    other = handed_in(world.unit, world.unit_admin, "第二个平台")
    judge = enter("city_judge")
    judge.goto("/")
    judge.goto("/reviews/desk/")
    heading = judge.locator("[data-case-title]")
    expect(heading).to_have_text("先进储能开放平台")
    picture(judge, "review-desk")
    judge.keyboard.press("j")
    expect(heading).to_have_text("第二个平台")
    judge.keyboard.press("k")
    expect(heading).to_have_text("先进储能开放平台")
    judge.keyboard.press("r")
    box = judge.get_by_label("审核意见")
    expect(box).to_be_focused()
    judge.keyboard.type("a jack of all trades: 批文缺页")  # letters typed are no commands
    judge.keyboard.press("Escape")
    judge.keyboard.press("r")
    expect(heading).to_have_text("第二个平台")
    expect(judge.get_by_text("已退回：先进储能开放平台")).to_be_visible()
    subject = InnovationPlatform.objects.get(pk=review.submission.subject_id)
    assert subject.status == "returned"
    judge.get_by_label("快捷键").uncheck()
    judge.locator("h1").click()
    judge.keyboard.press("a")
    judge.get_by_label("快捷键").check()
    other.refresh_from_db()
    assert other.status == "pending"

    subject.approval_no = "科技〔2026〕8 号"
    subject.save()
    PlatformFlow.fire(subject, "submit", actor=world.unit_admin)
    again = Review.objects.get(submission__subject_id=subject.pk, status="pending")
    judge.goto(f"/reviews/desk/{again.pk}/")
    expect(judge.get_by_text("曾退回 1 次").first).to_be_visible()
    expect(judge.locator(".chg ins")).to_have_text("科技〔2026〕8 号")
    picture(judge, "review-difference")
    judge.locator("h1").click()
    judge.keyboard.press("a")
    expect(judge.get_by_text("已通过：先进储能开放平台")).to_be_visible()

    province = enter("reviewer")
    province.goto("/reviews/desk/")
    expect(province.locator("[data-case-title]")).to_have_text("先进储能开放平台")
    province.get_by_label("审核意见").fill("同意发布")
    province.get_by_role("button", name="通过").last.click()
    expect(province.get_by_text("已通过：先进储能开放平台")).to_be_visible()
    subject.refresh_from_db()
    assert subject.status == "approved"

    submitter = enter("unit_admin")
    submitter.goto("/reviews/mine/")
    expect(submitter.get_by_text("同意发布")).to_be_visible()
    fits(submitter)


def test_many_are_returned_at_once_with_one_reason_on_a_desktop(enter, world, city):
    names = ["甲平台", "乙平台", "丙平台"]
    for name in names:
        handed_in(world.unit, world.unit_admin, name)
    judge = enter("city_judge")
    judge.goto("/reviews/waiting/")
    judge.get_by_label("全选本页").check()
    judge.get_by_role("button", name="退回 3 件").click()
    dialog = judge.get_by_role("dialog")
    dialog.get_by_label("原因").fill("请改用 2026 版批文格式")
    dialog.get_by_role("button", name="退回 3 件").click()
    expect(judge.get_by_text("已退回 3 件。")).to_be_visible(timeout=PATIENCE_MILLISECONDS)
    assert set(Review.objects.filter(authority=city).values_list("status", "comment")) == {
        ("returned", "请改用 2026 版批文格式")
    }


def test_on_the_phone_the_list_leads_to_the_case_and_back(enter, world, city):
    handed_in(world.unit, world.unit_admin, "甲平台")
    phone = enter("city_judge", viewport={"width": 375, "height": 812}, is_mobile=True, has_touch=True)
    phone.goto("/reviews/desk/")
    expect(phone.locator("[data-case-title]")).to_be_hidden()
    picture(phone, "review-phone-list")
    phone.get_by_role("link", name="甲平台").click()
    expect(phone.locator("[data-case-title]")).to_be_visible()
    fits(phone)
    picture(phone, "review-phone-case")
    phone.get_by_role("link", name="返回队列").click()
    expect(phone.get_by_role("link", name="甲平台")).to_be_visible()


def test_without_script_the_desk_decides_just_the_same(enter, world, city):
    review = handed_in(world.unit, world.unit_admin, "甲平台")
    plain = enter("city_judge", java_script_enabled=False)
    plain.goto("/reviews/desk/")
    plain.get_by_label("审核意见").fill("齐全")
    plain.get_by_role("button", name="通过").last.click()
    expect(plain.get_by_text("已通过：甲平台")).to_be_visible()
    review.refresh_from_db()
    assert (review.status, review.comment) == ("approved", "齐全")


def test_a_reviewer_of_another_region_finds_nothing(enter, world, city):
    review = handed_in(world.unit, world.unit_admin, "甲平台")
    stranger = enter("foreign_judge")
    for address in (
        f"/reviews/desk/{review.pk}/",
        f"/reviews/{review.pk}/",
        f"/reviews/submissions/{review.submission_id}/",
    ):
        assert stranger.goto(address).status == 404
    stranger.goto("/reviews/desk/")
    expect(stranger.get_by_text("没有等您审核的事项")).to_be_visible()
    assert Remit.objects.count() == 2
