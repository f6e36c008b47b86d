"""Messages reach people once they are committed, in spite of faults and crashes, and not twice."""

import os
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.db import connection, transaction
from django.utils import timezone

from gongyi.notifications import outbox
from gongyi.notifications.models import Choice, Delivery, Notification
from gongyi.notifications.services import notify

S = Delivery.Status
ROOT = Path(__file__).resolve().parents[2]


def test_many_people_are_told_with_one_statement(li, zhou, django_assert_num_queries):
    with django_assert_num_queries(1):
        notify([li, zhou], title="预约已通过")
    assert Notification.objects.count() == 2


def test_nobody_to_tell_costs_nothing(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        notify([], title="预约已通过")


def test_a_message_taken_back_with_its_transaction_is_never_sent(li):
    with transaction.atomic():
        notify([li], title="预约已通过")
        transaction.set_rollback(True)
    assert (outbox.serve(), mail.outbox) == (0, [])


def test_an_e_mail_says_what_happened_and_where_to_look(li, settings):
    settings.SITE_URL = "https://gongyi.example"
    notify([li], title="预约 R-1：已通过", body="周敏：通过", url="/reservations/1/")
    assert outbox.serve() == 1
    letter = mail.outbox[0]
    delivery = Delivery.objects.get()
    assert (letter.to, letter.subject) == (["li@example.org"], "[共仪] 预约 R-1：已通过")
    assert f"https://gongyi.example/notifications/{delivery.notification_id}/" in letter.body
    assert (delivery.state, delivery.attempts, delivery.sent_at is not None) == (S.SENT, 1, True)


def test_a_title_of_two_lines_cannot_smuggle_in_a_header(li):
    notify([li], title="通过\nBcc: all@example.org")
    outbox.serve()
    assert (mail.outbox[0].subject, mail.outbox[0].recipients()) == (
        "[共仪] 通过 Bcc: all@example.org",
        ["li@example.org"],
    )


def test_whoever_has_no_address_or_wants_none_of_this_kind_only_finds_it_on_the_site(li, zhou):
    Choice.objects.create(user=li, channel="email", kind="reservations.reservation", wanted=False)
    notify([li, zhou], title="预约已通过", kind="reservations.reservation")
    notify([li], title="仪器故障", kind="catalog.instrument")
    outbox.serve()
    assert [letter.subject for letter in mail.outbox] == ["[共仪] 仪器故障"]
    assert Notification.objects.filter(dispatched_at=None).count() == 0


def test_an_account_that_was_closed_gets_no_more_mail(li):
    notify([li], title="预约已通过")
    type(li).objects.update(is_active=False)
    assert (outbox.serve(), mail.outbox) == (0, [])


def test_what_was_sent_is_not_sent_again(li):
    notify([li], title="预约已通过")
    assert [outbox.serve(), outbox.serve(timezone.now() + timedelta(days=9))] == [1, 0]
    assert len(mail.outbox) == 1


def test_a_fault_is_logged_and_tried_again_after_growing_pauses(li, pager):
    notify([li], title="预约已通过")
    pager.faults = [ConnectionError("断线"), TimeoutError("超时")]
    now = timezone.now()
    tries = []
    for minutes in (0, 0.9, 1, 2.9, 3):
        outbox.serve(now + timedelta(minutes=minutes))
        delivery = Delivery.objects.get()
        tries.append((minutes, delivery.attempts, delivery.state, delivery.last_error))
    assert tries == [
        (0, 1, S.QUEUED, "ConnectionError('断线')"),
        (0.9, 1, S.QUEUED, "ConnectionError('断线')"),
        (1, 2, S.QUEUED, "TimeoutError('超时')"),
        (2.9, 2, S.QUEUED, "TimeoutError('超时')"),
        (3, 3, S.SENT, ""),
    ]
    assert pager.sent == [("pager-li", "预约已通过")]


def test_one_fault_does_not_hold_up_the_others(li, zhou, pager):
    notify([li, zhou], title="预约已通过")
    pager.faults = [ConnectionError("断线")]
    assert outbox.serve() == 1
    assert pager.sent == [("pager-zhou", "预约已通过")]


def test_an_address_that_does_not_exist_is_given_up_at_once(li, pager, gone):
    notify([li], title="预约已通过")
    pager.faults = [gone]
    outbox.serve()
    assert [outbox.serve(timezone.now() + timedelta(days=1)), Delivery.objects.get().state] == [0, S.FAILED]


def test_after_the_last_attempt_a_delivery_is_given_up(li, pager):
    notify([li], title="预约已通过")
    pager.faults = [ConnectionError("断线")] * 100
    now = timezone.now()
    for day in range(outbox.MAX_ATTEMPTS + 3):
        outbox.serve(now + timedelta(days=day))
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == (S.FAILED, outbox.MAX_ATTEMPTS)


def test_a_message_that_kills_its_sender_every_time_is_given_up(li, pager):
    notify([li], title="预约已通过")
    now = timezone.now()
    outbox.dispatch(now)
    for day in range(outbox.MAX_ATTEMPTS + 1):
        outbox.claim(Delivery.objects.all(), now + timedelta(days=day))  # … and the process dies before send()
    assert (Delivery.objects.get().state, pager.sent) == (S.FAILED, [])


@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_send_each_message_once(li, zhou, pager):
    for number in range(60):
        notify([li], title=f"消息 {number}")

    def work(_number):
        try:
            return outbox.serve()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(work, range(4)))
    assert (sum(counts), sorted(pager.sent)) == (60, sorted(("pager-li", f"消息 {number}") for number in range(60)))


KILLED_WHILE_SENDING = """
    import django, os, signal
    from django.conf import settings
    django.setup()
    from django.db import connection
    connection.settings_dict["NAME"] = {name!r}
    from gongyi.notifications import channels, outbox

    class Deadly(channels.EmailChannel):
        def send(self, delivery):
            os.kill(os.getpid(), signal.SIGKILL)

    channels.CHANNELS["email"] = Deadly()
    outbox.serve()
"""


@pytest.mark.django_db(transaction=True)
def test_a_process_killed_between_commit_and_sending_loses_nothing(li):
    notify([li], title="预约已通过")
    program = textwrap.dedent(KILLED_WHILE_SENDING).format(name=connection.settings_dict["NAME"])
    killed = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=os.environ, capture_output=True, check=False)
    assert (killed.returncode, killed.stderr) == (-signal.SIGKILL, b"")
    assert Delivery.objects.get().state == S.SENDING
    assert outbox.serve() == 0  # it may still be at work, as far as anybody knows
    assert outbox.serve(timezone.now() + timedelta(minutes=outbox.LEASE_MINUTES)) == 1
    assert (len(mail.outbox), Delivery.objects.get().state) == (1, S.SENT)
