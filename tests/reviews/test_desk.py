"""The desk over HTTP: what it lists, how it decides, what it refuses and to whom it does not exist."""

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from gongyi.onboarding.models import InnovationPlatform
from gongyi.onboarding.workflow import PlatformFlow
from gongyi.organizations.models import Remit
from gongyi.reviews.models import Phrase, Review, ReviewPolicy
from gongyi.reviews.rules import turn_open
from gongyi.reviews.workflow import ReviewFlow
from tests.factories.reviews import PROVINCE, handed_in

HTMX = {"HX-Request": "true", "HX-Target": "rv-desk"}


def case(review):
    return reverse("reviews:case", args=[review.pk])


def decide(browser, review, action, query="", headers=None, **data):
    address = reverse("reviews:decide", args=[review.pk])
    return browser.post(f"{address}{query}", {"action": action, **data}, headers=headers or {})


def test_the_queue_is_in_order_of_due_days_and_marks_what_is_late(cast, sit):
    late, soon = handed_in(cast.unit, cast.submitter, "迟了的平台"), handed_in(cast.unit, cast.submitter, "按时的平台")
    Review.objects.filter(pk=late.pk).update(due_on=timezone.localdate() - timezone.timedelta(days=2))
    page = sit(cast.city_judge).get(reverse("reviews:desk")).content.decode()
    assert page.index("迟了的平台") < page.index("按时的平台")
    assert "逾期 2 天" in page
    assert '其中 <b class="num">1</b> 件逾期' in page
    only = sit(cast.city_judge).get(reverse("reviews:desk"), {"due": "overdue"})
    assert [row.pk for row in only.context["rows_page"]] == [late.pk]
    assert soon.due_words in page


def test_reviewers_of_other_regions_and_people_without_a_body_find_nothing(cast, sit):
    """A stranger gets 404 everywhere."""
    review = handed_in(cast.unit, cast.submitter)
    names = ("case", "reassign", "review")
    for person in (cast.stranger, cast.outsider, cast.member):
        browser = sit(person)
        assert [browser.get(reverse(f"reviews:{name}", args=[review.pk])).status_code for name in names] == [404] * 3
        assert browser.post(reverse("reviews:decide", args=[review.pk]), {"action": "approve"}).status_code == 404
        assert browser.get(reverse("reviews:submission", args=[review.submission_id])).status_code == 404
    assert sit(cast.outsider).get(reverse("reviews:desk")).status_code == 404
    review.refresh_from_db()
    assert review.status == "pending"


def test_approving_takes_effect_and_leads_to_the_next_case_with_its_filters(cast, sit):
    first, second = handed_in(cast.unit, cast.submitter), handed_in(cast.unit, cast.submitter)
    answer = decide(sit(cast.city_judge), first, "approve", "?kind=platform", comment="齐全")
    assert answer.headers["Location"] == f"{case(second)}?kind=platform"
    first.refresh_from_db()
    assert (first.status, first.comment, first.decided_by) == ("approved", "齐全", cast.city_judge)
    assert InnovationPlatform.objects.get(pk=first.submission.subject_id).status == "approved"
    answer = decide(sit(cast.city_judge), second, "approve", headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Push-Url"]) == (200, reverse("reviews:desk"))
    assert "没有等您审核的事项" in answer.content.decode()


def test_returning_needs_a_reason_and_keeps_what_was_typed(cast, sit):
    review = handed_in(cast.unit, cast.submitter)
    answer = decide(sit(cast.city_judge), review, "send_back", headers=HTMX, comment="  ")
    assert answer.status_code == 422
    assert "退回须写明原因" in answer.content.decode()
    answer = decide(sit(cast.city_judge), review, "approve", headers=HTMX, comment="很" * 501)
    assert answer.status_code == 422
    assert "很" * 501 in answer.content.decode()


def test_what_was_decided_meanwhile_is_refused_with_who_and_the_comment_comes_back(cast, sit):
    review = handed_in(cast.unit, cast.submitter)
    ReviewFlow.fire(review, "approve", actor=cast.city_judge2)
    answer = decide(sit(cast.city_judge), review, "send_back", headers=HTMX, comment="缺页")
    assert answer.status_code == 409
    assert "市审核员二" in answer.content.decode()


def test_what_changed_after_it_was_handed_in_is_shown_and_cannot_be_approved(cast, sit):
    """Never approve what changed: the difference is shown instead."""
    review = handed_in(cast.unit, cast.submitter, "原来的平台")
    InnovationPlatform.objects.update(name="改过的平台")
    browser = sit(cast.city_judge)
    page = browser.get(case(review)).content.decode()
    assert "提交之后内容又改了 1 项" in page
    assert "<del>原来</del>的平台" in page
    assert "<ins>改过</ins>的平台" in page
    assert decide(browser, review, "approve", headers=HTMX).status_code == 409
    assert decide(browser, review, "send_back", comment="提交后又改了，请重新提交").status_code == 302


def test_a_version_withdrawn_and_handed_in_again_leads_to_the_new_one_with_the_difference(cast, sit):
    review = handed_in(cast.unit, cast.submitter, "第一版平台")
    subject = review.submission.subject
    PlatformFlow.fire(subject, "withdraw", actor=cast.submitter)
    InnovationPlatform.objects.update(name="第二版平台")
    subject.refresh_from_db()
    PlatformFlow.fire(subject, "submit", actor=cast.submitter)
    newer, browser = turn_open(subject), sit(cast.city_judge)
    answer = decide(browser, review, "approve", headers=HTMX)
    page = answer.content.decode()
    assert (answer.status_code, f"{case(newer)}?base=last" in page) == (409, True)
    page = browser.get(f"{case(newer)}?base=last").content.decode()
    assert "第<del>一</del>版平台" in page
    assert "第<ins>二</ins>版平台" in page


def test_only_changes_are_shown_until_everything_is_asked_for(cast, sit):
    first = handed_in(cast.unit, cast.submitter)
    ReviewFlow.fire(first, "approve", actor=cast.city_judge)
    subject = InnovationPlatform.objects.get()
    PlatformFlow.fire(subject, "reopen", actor=cast.submitter)
    InnovationPlatform.objects.update(director="李明远")
    subject.refresh_from_db()
    PlatformFlow.fire(subject, "submit", actor=cast.submitter)
    browser, review = sit(cast.city_judge), turn_open(subject)
    some, everything = browser.get(case(review)), browser.get(f"{case(review)}?view=all")
    count = lambda answer: sum(len(part.lines) for part in answer.context["parts"])  # noqa: E731
    assert count(some) == 1
    assert count(everything) == everything.context["comparison"].fields > 10


def test_claiming_keeps_colleagues_away_until_it_is_released(cast, sit):
    review = handed_in(cast.unit, cast.submitter)
    assert decide(sit(cast.city_judge), review, "claim").headers["Location"] == case(review)
    assert decide(sit(cast.city_judge2), review, "approve", headers=HTMX).status_code == 409
    decide(sit(cast.city_judge), review, "release")
    assert decide(sit(cast.city_judge2), review, "approve").status_code == 302


def test_giving_it_to_another_body_leads_back_to_the_desk(cast, sit):
    review = handed_in(cast.unit, cast.submitter)
    address = reverse("reviews:reassign", args=[review.pk])
    answer = sit(cast.city_judge).post(address, {"to": cast.province.pk, "reason": "回避"})
    assert answer.headers["Location"] == reverse("reviews:desk")
    review.refresh_from_db()
    assert review.authority == cast.province
    assert sit(cast.city_judge).get(case(review)).status_code == 404
    assert sit(cast.province_judge).post(address, {"to": cast.unit.pk, "reason": "x"}).status_code == 422


def test_bulk_decides_each_and_lists_what_was_refused_with_why(cast, sit):
    fine, claimed, drifted = (handed_in(cast.unit, cast.submitter, name) for name in ("好的", "被认领的", "改过的"))
    ReviewFlow.fire(claimed, "claim", actor=cast.city_judge2)
    InnovationPlatform.objects.filter(pk=drifted.submission.subject_id).update(director="王五")
    browser, address = sit(cast.city_judge), reverse("reviews:waiting")
    chosen = {"action": "approve", "pk": [fine.pk, claimed.pk, drifted.pk]}
    assert "通过 3 件" in browser.post(address, chosen).content.decode()
    answer = browser.post(address, chosen | {"confirmed": "1", "comment": "批量同意"})
    assert [str(m) for m in get_messages(answer.wsgi_request)] == ["已通过 1 件。"]
    page = browser.get(address).content.decode()
    assert "2 件没有通过" in page
    assert "已由市审核员二认领" in page
    assert "提交后内容已有变化" in page
    assert "2 件没有通过" not in browser.get(address).content.decode()
    assert {r.pk: r.status for r in Review.objects.all()} == {
        fine.pk: "approved",
        claimed.pk: "pending",
        drifted.pk: "pending",
    }


def test_bulk_return_asks_for_one_reason_and_every_submitter_reads_it(cast, sit):
    reviews = [handed_in(cast.unit, cast.submitter) for _ in range(3)]
    browser, address = sit(cast.city_judge), reverse("reviews:waiting")
    chosen = {"action": "send_back", "all": "1", "confirmed": "1"}
    assert browser.post(address, chosen).status_code == 422
    browser.post(address, chosen | {"reason": "请用新版表格"})
    assert set(Review.objects.values_list("status", "comment")) == {("returned", "请用新版表格")}
    assert len(reviews) == 3


def test_the_desk_asks_as_often_for_many_rows_as_for_few(cast, sit):
    browser = sit(cast.city_judge)

    def asked():
        browser.get(reverse("reviews:desk"))
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(reverse("reviews:desk")).status_code == 200
        return len(captured)

    handed_in(cast.unit, cast.submitter)
    few = asked()
    for _number in range(25):
        handed_in(cast.unit, cast.submitter)
    assert asked() == few


def test_the_platform_may_look_at_everything_that_waits_and_move_it_but_not_decide_it(cast, sit):
    review, browser = handed_in(cast.unit, cast.submitter), sit(cast.admin)
    assert list(browser.get(reverse("reviews:desk")).context["rows_page"]) == []
    assert list(browser.get(reverse("reviews:desk"), {"scope": "all"}).context["rows_page"]) == [review]
    page = browser.get(f"{case(review)}?scope=all").content.decode()
    assert "转交" in page
    assert "通过并看下一件" not in page
    assert list(sit(cast.stranger).get(reverse("reviews:desk"), {"scope": "all"}).context["rows_page"]) == []


def test_own_phrases_take_the_place_of_the_first_ones(cast, sit):
    handed_in(cast.unit, cast.submitter)
    browser, address = sit(cast.city_judge), reverse("reviews:phrases")
    assert "请补充证明材料。" in browser.get(reverse("reviews:desk")).content.decode()
    assert browser.get(address).context["form"]["use"].value() == "send_back"  # what one says most often
    new = {"use": "send_back", "text": "请加盖公章。"}
    assert browser.post(address, new).status_code == 302
    assert "已有这条常用意见" in browser.post(address, new).content.decode()
    page = browser.get(reverse("reviews:desk")).content.decode()
    assert ("请加盖公章。" in page, "请补充证明材料。" in page) == (True, False)
    key = Phrase.objects.get().pk
    assert sit(cast.city_judge2).post(address, {"remove": key}).status_code == 404
    sit(cast.city_judge).post(address, {"remove": key})
    assert not Phrase.objects.exists()


def test_records_are_seen_by_the_deciding_body_and_the_submitting_unit_and_exported(cast, sit):
    review = handed_in(cast.unit, cast.submitter)
    ReviewFlow.fire(review, "send_back", actor=cast.city_judge, reason="缺页")
    address, people = reverse("reviews:history"), ("city_judge2", "submitter", "stranger", "member")
    rows = {who: list(sit(getattr(cast, who)).get(address).context["rows_page"]) for who in people}
    assert [bool(found) for found in rows.values()] == [True, True, False, False]
    mine = sit(cast.city_judge2).get(reverse("reviews:history"), {"who": "me"})
    assert not list(mine.context["rows_page"])
    assert sit(cast.city_judge).get(reverse("reviews:history"), {"export": "xlsx"}).status_code == 200


def test_the_submitter_sees_where_it_is_with_whom_and_until_when(cast, sit):
    """S1-33: after handing in one sees that it waits."""
    review = handed_in(cast.unit, cast.submitter, "我的平台")
    page = sit(cast.submitter).get(reverse("reviews:mine")).content.decode()
    assert ("市科技局" in page, review.due_words in page) == (True, True)
    assert "我的平台" not in sit(cast.colleague).get(reverse("reviews:mine")).content.decode()
    frozen = sit(cast.submitter).get(review.submission.get_absolute_url()).content.decode()
    assert "尚未有人认领" in frozen


def test_remits_and_policies_are_kept_by_the_platform_with_their_consequences_said(cast, sit):
    browser = sit(cast.admin)
    new = {"organization": cast.province.pk, "matter": "units", "region": PROVINCE}
    answer = browser.post(reverse("reviews:add_remit"), new)
    assert "此前由平台管理员审核" in str(list(get_messages(answer.wsgi_request))[0])
    assert "已有主管部门" in browser.post(reverse("reviews:add_remit"), new).content.decode()
    page = browser.get(
        reverse("reviews:remove_remit", args=[Remit.objects.get(organization=cast.city).pk])
    ).content.decode()
    assert "以后由<b>省科技厅</b>审核" in page
    where = browser.get(reverse("reviews:coverage"), {"region": "330106"}).content.decode()
    assert "平台管理员（没有主管部门）" in where
    policy = reverse("reviews:edit_policy", args=["platform"])
    assert browser.post(policy, {"tiers": 4, "term_workdays": 3}).status_code == 422
    assert browser.post(policy, {"tiers": 2, "term_workdays": 5}).status_code == 302
    assert ReviewPolicy.objects.get().tiers == 2
    assert browser.get(reverse("reviews:edit_policy", args=["nothing"])).status_code == 404


@pytest.mark.parametrize(
    "query", ["order=x", "kind=x", "body=x", "page=x", "region=x", "due=x", "page=999999", "q=%00x"]
)
def test_addresses_that_make_no_sense_still_show_the_desk(cast, sit, query):
    handed_in(cast.unit, cast.submitter)
    assert sit(cast.city_judge).get(f"{reverse('reviews:desk')}?{query}").status_code in (200, 400)


def test_a_turn_whose_subject_is_gone_is_still_shown_and_says_so(cast, sit):
    review = handed_in(cast.unit, cast.submitter)
    InnovationPlatform.objects.all().delete()
    browser = sit(cast.city_judge)
    assert "提交的对象已不存在" in browser.get(case(review)).content.decode()
    assert decide(browser, review, "approve", headers=HTMX).status_code == 409
    for name, user in (("review", cast.city_judge), ("review", cast.submitter), ("submission", cast.city_judge)):
        pk = review.pk if name == "review" else review.submission_id
        assert sit(user).get(reverse(f"reviews:{name}", args=[pk])).status_code == 200
