"""Handed in twice at once it is handed in once; two applications with one code do not both wait, nor both join."""

import threading

import pytest
from django.db import connection

from gongyi.onboarding.models import Application
from gongyi.onboarding.registrations import REGISTRATIONS
from gongyi.onboarding.services import wizard
from gongyi.onboarding.workflow import ApplicationFlow
from gongyi.organizations.models import Organization
from gongyi.reviews.models import Review, Submission
from gongyi.reviews.rules import turn_open
from gongyi.reviews.workflow import ReviewFlow
from tests.concurrency.crowd import at_once
from tests.factories.accounts import person
from tests.factories.applications import institution, units_authority
from tests.factories.organizations import reviewer

CLIENTS = 6
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    }


def fresh(application):
    return Application.objects.get(pk=application.pk)


def test_of_many_clicks_on_submit_one_hands_in():
    units_authority()
    draft = institution()
    answers = sorted(at_once(*[lambda: wizard.hand_in(fresh(draft), actor=None)] * CLIENTS))
    assert answers == ["already_done"] * (CLIENTS - 1) + ["done"]
    assert (Submission.objects.count(), Review.objects.count()) == (1, 1)


def test_many_clicks_on_begin_make_one_draft():
    owner = person("沈立人")
    assert (
        sorted(at_once(*[lambda: wizard.begin(REGISTRATIONS["service_institution"], owner)] * CLIENTS))
        == ["done"] * CLIENTS
    )
    assert Application.objects.filter(applicant=owner).count() == 1


def test_of_two_applications_with_one_code_one_waits_and_the_other_is_told():
    units_authority()
    first = institution(person("甲"))
    second = institution(person("乙"), uscc=first.uscc)
    answers = sorted(at_once(*[lambda a=a: wizard.hand_in(fresh(a), actor=a.applicant) for a in (first, second)]))
    assert answers == ["done", "waiting"]
    assert Application.objects.filter(status="pending").count() == 1


def test_twin_without_the_constraint_both_would_wait(monkeypatch):
    """The check before alone lets both through when both look before either has written."""
    units_authority()
    first = institution(person("甲"))
    second = institution(person("乙"), uscc=first.uscc)
    both_looked = threading.Barrier(2)
    step = ApplicationFlow.steps["submit"]
    needs = step.needs

    def look_then_wait(application, *, actor):
        refusal = needs[-1](application, actor=actor)
        both_looked.wait()
        return refusal

    monkeypatch.setattr(step, "needs", (*needs[:-1], look_then_wait))
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX application_one_waiting")
    try:
        answers = sorted(at_once(*[lambda a=a: wizard.hand_in(fresh(a), actor=a.applicant) for a in (first, second)]))
        assert answers == ["done", "done"]
    finally:
        Application.objects.filter(pk=second.pk).update(uscc="")
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE UNIQUE INDEX application_one_waiting ON onboarding_application (uscc, capacity) "
                "WHERE (status = 'pending' AND NOT (uscc = ''))"
            )


def test_with_the_constraint_both_having_looked_one_is_refused_with_the_same_sentence(monkeypatch):
    units_authority()
    first = institution(person("甲"))
    second = institution(person("乙"), uscc=first.uscc)
    both_looked = threading.Barrier(2)
    step = ApplicationFlow.steps["submit"]
    needs = step.needs

    def look_then_wait(application, *, actor):
        refusal = needs[-1](application, actor=actor)
        both_looked.wait()
        return refusal

    monkeypatch.setattr(step, "needs", (*needs[:-1], look_then_wait))
    answers = sorted(at_once(*[lambda a=a: wizard.hand_in(fresh(a), actor=a.applicant) for a in (first, second)]))
    assert answers == ["done", "waiting"]


def test_of_two_approvals_that_would_take_one_code_one_makes_the_unit():
    """One joins as institution while the code's other application is approved in the same moment: one unit results."""
    judge = units_authority()
    colleague = reviewer(judge.memberships.first().organization)
    first = institution(person("甲"))
    wizard.hand_in(first, actor=first.applicant)
    second = institution(person("乙"), uscc=first.uscc)
    Application.objects.filter(pk=second.pk).update(
        capacity="service_institution", uscc=""
    )  # past the check of waiting ones
    wizard.hand_in(fresh(second), actor=second.applicant)
    answers = sorted(
        at_once(
            *[
                lambda: ReviewFlow.fire(turn_open(first), "approve", actor=judge),
                lambda: ReviewFlow.fire(turn_open(second), "approve", actor=colleague),
            ]
        )
    )
    assert answers in (["code_taken", "done"], ["done", "name_taken"])
    assert Organization.objects.filter(uscc=first.uscc).count() == 1
    assert Application.objects.filter(status="approved").count() == 1
