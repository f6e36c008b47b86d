"""A turn's life beyond the plain decision: who gets it, another body, reminders, what people read, what stays for good."""

from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError, IntegrityError
from django.utils import timezone

from gongyi.notifications.models import Notification
from gongyi.onboarding.models import InnovationPlatform
from gongyi.onboarding.workflow import PlatformFlow
from gongyi.organizations.models import Remit
from gongyi.reviews import services
from gongyi.reviews.models import Review, ReviewPolicy, Submission
from gongyi.reviews.panels import progress_panel, rounds_of
from gongyi.reviews.queries import in_force_before, version_before, who_decides
from gongyi.reviews.rules import turn_open
from gongyi.reviews.tasks import remind_reviewers
from gongyi.reviews.workflow import ReviewFlow
from gongyi.workflow import Refused
from tests.factories.organizations import organization, reviewer
from tests.factories.reviews import PROVINCE, handed_in, innovation_platform, remit

fire = ReviewFlow.fire


def test_where_nobody_covers_the_matter_the_platform_decides_and_the_turn_says_so(cast):
    Remit.objects.all().delete()
    review = handed_in(cast.unit, cast.submitter)
    assert (review.decider, review.authority, review.body) == ("platform", None, "平台管理员")
    assert list(Review.objects.to_decide_by(cast.admin)) == [review]
    assert not Review.objects.to_decide_by(cast.city_judge).exists()
    with pytest.raises(Refused, match="没有主管部门承担这项职责"):
        fire(review, "reassign", actor=cast.admin, to=cast.city, reason="请市局办理")


def test_a_unit_that_is_itself_the_authority_is_reviewed_by_the_next_one(cast):
    """Never one's own (S1-95, S1-96): the city's own platform goes to the province."""
    from tests.factories.organizations import unit_admin

    cast.city.region = cast.unit.region
    cast.city.save()
    assert handed_in(cast.city, unit_admin(cast.city)).authority == cast.province


def test_the_term_is_three_working_days_unless_the_platform_says_otherwise(cast, monkeypatch):
    """S3-32; 2026-11-20 is a Friday."""
    monkeypatch.setattr(timezone, "localdate", lambda *given: date(2026, 11, 20))
    assert handed_in(cast.unit, cast.submitter).due_on == date(2026, 11, 25)
    ReviewPolicy.objects.create(kind="platform", term_workdays=1)
    assert handed_in(cast.unit, cast.submitter).due_on == date(2026, 11, 23)


@pytest.mark.parametrize(
    ("today", "words", "tone"),
    [
        (date(2026, 11, 20), "剩 3 个工作日", "idle"),
        (date(2026, 11, 24), "剩 1 个工作日", "wait"),
        (date(2026, 11, 25), "今天到期", "bad"),
        (date(2026, 11, 27), "逾期 2 天", "bad"),
    ],
)
def test_what_is_left_of_the_term_is_said_in_words(monkeypatch, today, words, tone):
    monkeypatch.setattr(timezone, "localdate", lambda *given: today)
    review = Review(due_on=date(2026, 11, 25))
    assert (review.due_words, review.due_tone) == (words, tone)


def test_another_body_gets_the_turn_with_a_reason_the_whole_term_and_nobody_s_claim(cast):
    review = handed_in(cast.unit, cast.submitter)
    fire(review, "claim", actor=cast.city_judge)
    Review.objects.filter(pk=review.pk).update(due_on=timezone.localdate() - timedelta(days=3))
    Notification.objects.all().delete()
    fire(review, "reassign", actor=cast.city_judge, to=cast.province, reason="本人曾参与该平台建设")
    review.refresh_from_db()
    assert (review.authority, review.claimed_by, review.is_overdue) == (cast.province, None, False)
    assert [(n.user, "本人曾参与" in n.body) for n in Notification.objects.all()] == [(cast.province_judge, True)]
    with pytest.raises(Refused, match="只有审核人员"):
        fire(review, "approve", actor=cast.city_judge)


def test_a_turn_goes_only_to_bodies_with_a_remit_and_only_with_a_reason(cast):
    review = handed_in(cast.unit, cast.submitter)
    for_units = organization("入网主管部门", kind="authority")
    remit(for_units, PROVINCE, "units")
    for to in (cast.unit, cast.city, for_units):
        with pytest.raises(Refused, match="不能转交给"):
            fire(review, "reassign", actor=cast.admin, to=to, reason="试试")
    with pytest.raises(Refused, match="请填写「原因」"):
        fire(review, "reassign", actor=cast.admin, to=cast.province, reason="")
    with pytest.raises(Refused, match="只有"):
        fire(review, "reassign", actor=cast.stranger, to=cast.province, reason="试试")
    fire(review, "reassign", actor=cast.admin, to=None, reason="市局停办")
    with pytest.raises(Refused, match="已由平台管理员审核"):
        fire(review, "reassign", actor=cast.admin, to=None, reason="再来")


def test_no_body_decides_two_tiers_and_where_none_is_left_the_decision_was_the_last(cast):
    ReviewPolicy.objects.create(kind="platform", tiers=2)
    review = handed_in(cast.unit, cast.submitter)
    fire(review, "reassign", actor=cast.admin, to=cast.province, reason="市局没有审核人员")
    fire(review, "approve", actor=cast.province_judge)
    second = turn_open(review.submission.subject)
    assert second.body == "平台管理员"
    fire(second, "approve", actor=cast.admin)
    assert InnovationPlatform.objects.get().status == "approved"


def test_a_tier_for_which_no_other_body_is_left_falls_away(cast):
    ReviewPolicy.objects.create(kind="platform", tiers=2)
    Remit.objects.filter(organization=cast.city).delete()
    review = handed_in(cast.unit, cast.submitter)  # province, then the platform
    fire(review, "reassign", actor=cast.province_judge, to=None, reason="请平台办理")
    fire(review, "approve", actor=cast.admin)
    review.refresh_from_db()
    assert (review.tier, review.tiers, InnovationPlatform.objects.get().status) == (1, 1, "approved")


def test_a_member_of_the_submitting_unit_decides_nothing_of_it(cast):
    from tests.factories.organizations import join

    join(cast.city_judge, cast.unit)
    with pytest.raises(Refused, match="不能审核本单位的提交"):
        fire(handed_in(cast.unit, cast.submitter), "approve", actor=cast.city_judge)


def test_one_s_own_submission_cannot_be_decided_even_by_raw_write(cast):
    review = handed_in(cast.unit, cast.submitter)
    with pytest.raises(IntegrityError, match="review_never_ones_own"), transaction.atomic():
        Review.objects.filter(pk=review.pk).update(
            status="approved", decided_by=cast.submitter, decided_at=timezone.now()
        )


def test_a_decision_and_a_frozen_copy_never_change_again(cast):
    review = handed_in(cast.unit, cast.submitter)
    fire(review, "approve", actor=cast.city_judge, comment="同意")
    for rows, change in ((Review.objects.all(), {"comment": "不同意"}), (Submission.objects.all(), {"title": "别的"})):
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            rows.update(**change)
        with (
            pytest.raises(DatabaseError, match="Cannot"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"DELETE FROM {rows.model._meta.db_table}")
    review.refresh_from_db()
    assert review.comment == "同意"


def test_what_changed_how_often_it_was_returned_and_what_was_in_force_stand_in_the_copy(cast):
    first = handed_in(cast.unit, cast.submitter)
    subject = first.submission.subject
    fire(first, "approve", actor=cast.city_judge)
    for name in ("改名一", "改名二"):
        subject.refresh_from_db()
        if subject.status == "approved":
            PlatformFlow.fire(subject, "reopen", actor=cast.submitter)
        subject.name, subject.director = name, "李明远"
        subject.save()
        PlatformFlow.fire(subject, "submit", actor=cast.submitter)
        last = turn_open(subject)
        if name == "改名一":
            fire(last, "send_back", actor=cast.city_judge, reason="名称与批文不符")
    version = last.submission
    assert (version.round, version.is_change, version.changed_fields, version.returned_before) == (3, True, 2, 1)
    assert in_force_before(version) == first.submission
    assert version_before(version).round == 2
    assert (first.submission.is_change, first.submission.changed_fields) == (False, None)


def test_after_withdrawing_and_handing_in_again_the_old_turn_points_to_the_new_one(cast):
    review = handed_in(cast.unit, cast.submitter)
    subject = review.submission.subject
    PlatformFlow.fire(subject, "withdraw", actor=cast.submitter)
    PlatformFlow.fire(subject, "submit", actor=cast.submitter)
    with pytest.raises(Refused, match="重新提交（第 2 次）") as caught:
        fire(review, "approve", actor=cast.city_judge)
    assert caught.value.code == "superseded"


def test_the_submitter_reads_what_was_decided_by_whom_why_and_what_to_do(cast):
    review = handed_in(cast.unit, cast.submitter)
    Notification.objects.all().delete()
    fire(review, "send_back", actor=cast.city_judge, reason="批文缺页")
    told = {note.user: note for note in Notification.objects.all()}
    assert set(told) == {cast.submitter, cast.colleague}
    note = told[cast.submitter]
    assert "退回修改" in note.title
    assert note.body == "退回修改：市审核员。意见：批文缺页 请按意见修改后重新提交。"
    assert note.url == review.submission.subject.get_absolute_url()


def test_between_two_tiers_the_submitter_learns_with_whom_it_is_now(cast):
    ReviewPolicy.objects.create(kind="platform", tiers=2)
    review = handed_in(cast.unit, cast.submitter)
    Notification.objects.all().delete()
    fire(review, "approve", actor=cast.city_judge, comment="同意上报")
    body = Notification.objects.get(user=cast.submitter).body
    assert "现由省科技厅审核" in body
    assert "同意上报" in body
    assert Notification.objects.get(user=cast.province_judge).title.startswith("待审核：创新平台")


def test_reviewers_are_told_on_arrival_and_the_claimer_when_it_is_withdrawn(cast):
    review = handed_in(cast.unit, cast.submitter)
    assert {n.user for n in Notification.objects.filter(title__startswith="待审核")} == {
        cast.city_judge,
        cast.city_judge2,
    }
    fire(review, "claim", actor=cast.city_judge)
    Notification.objects.all().delete()
    PlatformFlow.fire(review.submission.subject, "withdraw", actor=cast.submitter)
    note = Notification.objects.get(user=cast.city_judge)
    assert "已由提交人撤回" in note.title


def test_reminders_go_out_once_before_the_due_day_and_once_when_it_has_passed(cast, monkeypatch):
    monkeypatch.setattr(timezone, "localdate", lambda *given: date(2026, 11, 20))
    review = handed_in(cast.unit, cast.submitter)  # due on Wednesday 25
    told = lambda: Notification.objects.filter(title__startswith="审核").count()  # noqa: E731
    seen = []
    for day in (20, 23, 24, 24, 25, 26, 27):
        monkeypatch.setattr(timezone, "localdate", lambda *given, day=day: date(2026, 11, day))
        remind_reviewers(0)
        seen.append(told())
    assert seen == [0, 0, 2, 2, 2, 4, 4]  # two reviewers each time
    fire(review, "reassign", actor=cast.admin, to=cast.province, reason="超期")
    assert services.remind() == 0


def test_who_claimed_it_is_reminded_alone(cast):
    review = handed_in(cast.unit, cast.submitter)
    fire(review, "claim", actor=cast.city_judge)
    Review.objects.filter(pk=review.pk).update(due_on=timezone.localdate() - timedelta(days=1))
    Notification.objects.all().delete()
    assert services.remind() == 1
    assert [n.user for n in Notification.objects.all()] == [cast.city_judge]


def test_the_panel_shows_every_round_to_the_submitter_and_none_to_an_outsider(cast, django_assert_num_queries):
    review = handed_in(cast.unit, cast.submitter)
    subject = review.submission.subject
    fire(review, "send_back", actor=cast.city_judge, reason="批文缺页")
    subject.refresh_from_db()
    PlatformFlow.fire(subject, "submit", actor=cast.submitter)
    with django_assert_num_queries(2):
        rounds = rounds_of(subject, cast.submitter)
    assert [(one.submission.round, [turn.status for turn in one.turns]) for one in rounds] == [
        (2, ["pending"]),
        (1, ["returned"]),
    ]
    assert rounds_of(subject, cast.outsider) == rounds_of(subject, cast.stranger) == []
    assert progress_panel(innovation_platform(cast.unit), cast.submitter).context == {"rounds": []}


def test_an_authority_sees_the_versions_up_to_the_last_it_had_and_no_later_one(cast):
    review = handed_in(cast.unit, cast.submitter)
    subject = review.submission.subject
    fire(review, "send_back", actor=cast.city_judge, reason="应向省厅提交")
    Remit.objects.filter(organization=cast.city).delete()
    subject.refresh_from_db()
    PlatformFlow.fire(subject, "submit", actor=cast.submitter)
    assert [version.round for version in Submission.objects.visible_to(cast.city_judge)] == [1]
    assert [version.round for version in Submission.objects.visible_to(cast.province_judge)] == [2, 1]


def test_taking_a_remit_away_moves_what_waits_only_when_asked(cast):
    review = handed_in(cast.unit, cast.submitter)
    kept = Remit.objects.get(organization=cast.city)
    assert services.successor_of(kept) == cast.province
    assert services.remove_remit(kept, actor=cast.admin, move=True) == 1
    review.refresh_from_db()
    assert review.authority == cast.province
    assert services.remove_remit(Remit.objects.get(organization=cast.province), actor=cast.admin, move=False) == 0
    review.refresh_from_db()
    assert review.authority == cast.province
    assert handed_in(cast.unit, cast.submitter).decider == "platform"


def test_who_decides_what_is_told_for_a_place(cast):
    found = {one.matter: one for one in who_decides(cast.unit.region)}
    assert (found["platforms"].first, found["units"].first) == (cast.city, None)
    assert found["platforms"].by_level == {"city": cast.city, "province": cast.province}
    assert [str(label) for label in found["platforms"].kinds] == ["创新平台"]


def test_a_reviewer_who_left_is_neither_asked_nor_able_to_decide(cast):
    gone = reviewer(cast.city, "离职者")
    review = handed_in(cast.unit, cast.submitter)
    gone.memberships.update(ended_at=timezone.now())
    assert not Review.objects.to_decide_by(gone).exists()
    with pytest.raises(Refused, match="只有审核人员"):
        fire(review, "approve", actor=gone)
