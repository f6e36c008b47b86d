"""Attacks on a review: many reviewers at one turn, decisions against withdrawals, reminders sent twice.

Each has a twin without the guard that does the damage, so that we know the attack is one.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connection
from django.db.utils import DatabaseError, IntegrityError
from django.utils import timezone

from gongyi.audit.models import FlowRecord
from gongyi.kit.refusal import Refused
from gongyi.notifications.models import Notification
from gongyi.onboarding.models import InnovationPlatform
from gongyi.onboarding.workflow import PlatformFlow
from gongyi.regions.models import Region
from gongyi.reviews import services, workflow
from gongyi.reviews.models import Review, ReviewPolicy, Submission
from gongyi.reviews.workflow import ReviewFlow
from tests.factories.organizations import organization, reviewer, unit_admin
from tests.factories.reviews import CITY, DISTRICT, PROVINCE, handed_in, remit

AT_ONCE = 16
DECIDED_FOR_GOOD = "pgtrigger_decided_for_good_60f4c"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scene():
    """(the turn, its submitter, reviewers of the city, a reviewer of the province)."""
    unit = organization("望江大学", region=Region.objects.get(pk=DISTRICT))
    city, province = organization("市局", kind="authority"), organization("省厅", kind="authority")
    remit(city, CITY), remit(province, PROVINCE)
    admin, judges = unit_admin(unit), [reviewer(city, f"审核员{n}") for n in range(AT_ONCE)]
    return handed_in(unit, admin), admin, judges, reviewer(province)


def at_once(*acts):
    """What becomes of each act, all begun in the same moment: "done", the code of a refusal, or the name of an error."""
    gate = threading.Barrier(len(acts))

    def run(act):
        gate.wait()
        try:
            act()
            return "done"
        except Refused as refusal:
            return refusal.code
        except DatabaseError:
            return "constraint"
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def approving(review, judge):
    return lambda: ReviewFlow.fire(Review.objects.get(pk=review.pk), "approve", actor=judge)


def effects(review):
    """How often the subject was approved, and how often the turn."""
    subject = FlowRecord.objects.filter(flow=PlatformFlow.name, step="approve", object_id=review.submission.subject_id)
    return subject.count(), FlowRecord.objects.filter(flow=ReviewFlow.name, step="approve", object_id=review.pk).count()


def test_of_sixteen_approvals_at_once_one_counts_and_takes_effect_once(scene):
    review, _admin, judges, _province = scene
    answers = at_once(*(approving(review, judge) for judge in judges))
    assert sorted(answers) == ["already_done"] * (AT_ONCE - 1) + ["done"]
    assert effects(review) == (1, 1)
    review.refresh_from_db()
    assert (review.status, InnovationPlatform.objects.get().status) == ("approved", "approved")


def sign(review, judge, all_have_looked):
    """Approving as one would write it without a lock: look, then write."""
    looked = Review.objects.get(pk=review.pk)
    all_have_looked.wait()
    if looked.status == "pending":
        Review.objects.filter(pk=review.pk).update(status="approved", decided_by=judge, decided_at=timezone.now())
        InnovationPlatform.objects.update(status="approved")


def test_twin_looking_first_and_signing_then_lets_all_sign_over_one_another(scene):
    review, _admin, judges, _province = scene
    together = threading.Barrier(4)
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE reviews_review DISABLE TRIGGER {DECIDED_FOR_GOOD}")
    try:
        assert at_once(*(partial(sign, review, judge, together) for judge in judges[:4])) == ["done"] * 4
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE reviews_review ENABLE TRIGGER {DECIDED_FOR_GOOD}")


def test_even_without_the_lock_the_database_keeps_the_first_signature(scene):
    review, _admin, judges, _province = scene
    together = threading.Barrier(4)
    answers = at_once(*(partial(sign, review, judge, together) for judge in judges[:4]))
    assert sorted(answers) == ["constraint"] * 3 + ["done"]


def test_approving_against_withdrawing_leaves_one_of_the_two_and_never_half(scene):
    review, admin, judges, _province = scene
    subject = review.submission.subject
    answers = at_once(
        approving(review, judges[0]),
        lambda: PlatformFlow.fire(InnovationPlatform.objects.get(), "withdraw", actor=admin),
    )
    review.refresh_from_db(), subject.refresh_from_db()
    assert answers.count("done") == 1
    assert (review.status, subject.status) in {("approved", "approved"), ("withdrawn", "withdrawn")}


def test_twin_without_the_lock_it_is_withdrawn_and_approved(scene):
    review, _admin, judges, _province = scene
    together, signed = threading.Barrier(2), threading.Event()

    def approve():
        sign(review, judges[0], together)
        signed.set()

    def withdraw():
        looked = InnovationPlatform.objects.get()
        together.wait()
        signed.wait()
        if looked.status == "pending":
            InnovationPlatform.objects.update(status="withdrawn")

    assert at_once(approve, withdraw) == ["done", "done"]
    review.refresh_from_db()
    assert (review.status, InnovationPlatform.objects.get().status) == ("approved", "withdrawn")


def test_approving_against_returning_decides_once(scene):
    review, _admin, judges, _province = scene
    answers = at_once(
        approving(review, judges[0]),
        lambda: ReviewFlow.fire(Review.objects.get(), "send_back", actor=judges[1], reason="缺页"),
    )
    assert answers.count("done") == 1
    review.refresh_from_db()
    assert review.status == InnovationPlatform.objects.get().status


def test_two_tiers_at_once_open_the_second_turn_once(scene):
    review, _admin, judges, _province = scene
    ReviewPolicy.objects.create(kind="platform", tiers=2)
    Review.objects.filter(pk=review.pk).update(tiers=2)
    answers = at_once(*(approving(review, judge) for judge in judges))
    assert answers.count("done") == 1
    assert list(Review.objects.order_by("tier").values_list("tier", "status")) == [(1, "approved"), (2, "pending")]
    assert InnovationPlatform.objects.get().status == "pending"


def test_twin_a_second_turn_of_the_same_tier_is_refused_by_a_constraint(scene):
    review = scene[0]
    with pytest.raises(IntegrityError, match="review_tier_once|review_one_waiting"):
        workflow._open_turn(review.submission, 1, 1, workflow.Body("platform", None))


def test_handing_in_twice_at_once_freezes_one_version(scene):
    review, admin, _judges, _province = scene
    subject = review.submission.subject
    PlatformFlow.fire(subject, "withdraw", actor=admin)
    answers = at_once(*[lambda: PlatformFlow.fire(InnovationPlatform.objects.get(), "submit", actor=admin)] * 8)
    assert answers.count("done") == 1
    assert list(Submission.objects.order_by("round").values_list("round", flat=True)) == [1, 2]
    assert Review.objects.filter(status="pending").count() == 1


def test_giving_it_away_against_approving_leaves_one_of_the_two(scene):
    review, _admin, judges, province = scene
    to = province.memberships.get(role="reviewer").organization
    answers = at_once(
        approving(review, judges[0]),
        lambda: ReviewFlow.fire(Review.objects.get(), "reassign", actor=judges[1], to=to, reason="回避"),
    )
    review.refresh_from_db()
    assert answers.count("done") == 1
    assert (review.status, review.authority == to) in {("approved", False), ("pending", True)}


def test_one_s_own_submission_is_refused_by_the_database_whatever_writes(scene):
    review, admin, _judges, _province = scene
    raw = {"status": "approved", "decided_by": admin, "decided_at": timezone.now()}
    assert at_once(*[lambda: Review.objects.filter(pk=review.pk).update(**raw)] * 4) == ["constraint"] * 4


def test_twin_without_the_constraint_one_decides_about_oneself(scene):
    review, admin, _judges, _province = scene
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE reviews_review DROP CONSTRAINT review_never_ones_own")
    try:
        Review.objects.filter(pk=review.pk).update(status="approved", decided_by=admin, decided_at=timezone.now())
        assert Review.objects.filter(decided_by=admin, submitted_by=admin).exists()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE reviews_review CASCADE")
            cursor.execute(
                "ALTER TABLE reviews_review ADD CONSTRAINT review_never_ones_own "
                "CHECK (decided_by_id IS NULL OR decided_by_id <> submitted_by_id)"
            )


def test_reminders_of_eight_workers_at_once_go_out_once(scene):
    review, _admin, judges, _province = scene
    Review.objects.filter(pk=review.pk).update(due_on=timezone.localdate() - timezone.timedelta(days=1))
    at_once(*[services.remind] * 8)
    assert Notification.objects.filter(title__startswith="审核已逾期").count() == len(judges)


def test_twin_looking_first_and_noting_it_later_reminds_several_times(scene):
    review, _admin, judges, _province = scene
    Review.objects.filter(pk=review.pk).update(due_on=timezone.localdate() - timezone.timedelta(days=1))
    all_have_looked = threading.Barrier(4)

    def remind():
        late = list(Review.objects.filter(overdue_told_at=None).select_related("submission", "authority", "claimed_by"))
        all_have_looked.wait()
        for one in late:
            services._tell(one, overdue=True)
        Review.objects.filter(pk__in=[one.pk for one in late]).update(overdue_told_at=timezone.now())

    at_once(*[remind] * 4)
    assert Notification.objects.filter(title__startswith="审核已逾期").count() == 4 * len(judges)
