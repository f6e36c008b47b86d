"""The message centre shows a person their own messages, and remembers what they have read and want."""

import pytest
from django.urls import reverse

from gongyi.notifications.kinds import KINDS
from gongyi.notifications.models import Choice, Notification
from gongyi.notifications.queries import unread_count
from gongyi.notifications.services import notify

LIST = reverse("notifications:list")


@pytest.fixture
def signed_in(client, li):
    client.force_login(li)
    return client


@pytest.fixture(autouse=True)
def _kinds(monkeypatch):
    monkeypatch.setitem(KINDS, "toy", "玩具")
    monkeypatch.setitem(KINDS, "fault", "故障")


def titles(answer):
    return [row.title for row in answer.context["rows_page"]]


def test_the_newest_message_comes_first_and_others_messages_not_at_all(signed_in, li, zhou):
    notify([li], title="第一条")
    notify([zhou], title="别人的")
    notify([li], title="第二条")
    assert titles(signed_in.get(LIST)) == ["第二条", "第一条"]


def test_opening_a_message_marks_it_read_and_leads_to_its_object(signed_in, li):
    notify([li], title="预约已通过", url="/reservations/1/")
    notify([li], title="第二条")
    answer = signed_in.get(Notification.objects.get(title="预约已通过").get_absolute_url())
    assert (answer.status_code, answer["Location"]) == (302, "/reservations/1/")
    assert titles(signed_in.get(LIST, {"unread": "1"})) == ["第二条"]
    assert unread_count(li) == 1


def test_anothers_message_cannot_be_opened_nor_marked(signed_in, zhou):
    notify([zhou], title="别人的", url="/somewhere/")
    message = Notification.objects.get()
    assert signed_in.get(message.get_absolute_url()).status_code == 404
    signed_in.post(reverse("notifications:read"), {"pk": message.pk})
    signed_in.post(reverse("notifications:read"))
    assert unread_count(zhou) == 1


def test_all_are_marked_read_at_once_or_only_the_chosen(signed_in, li):
    for number in range(3):
        notify([li], title=f"消息 {number}")
    chosen = Notification.objects.first()
    signed_in.post(reverse("notifications:read"), {"pk": [chosen.pk, "bad", "9" * 40]})
    assert unread_count(li) == 2
    signed_in.post(reverse("notifications:read"))
    assert unread_count(li) == 0


def test_marking_is_no_link(signed_in):
    assert signed_in.get(reverse("notifications:read")).status_code == 405


def test_a_visitor_is_asked_to_sign_in(client, db):
    assert [client.get(LIST).status_code, client.get(reverse("notifications:reception")).status_code] == [302, 302]


def test_the_centre_takes_as_many_queries_for_thirty_messages_as_for_one(signed_in, li, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    notify([li], title="一条")
    with CaptureQueriesContext(connection) as few:
        signed_in.get(LIST)
    notify([li] * 30, title="许多")
    with CaptureQueriesContext(connection) as many:
        signed_in.get(LIST)
    assert len(many) == len(few)


def test_pages_of_twenty(signed_in, li):
    notify([li] * 25, title="许多")
    assert [len(titles(signed_in.get(LIST))), len(titles(signed_in.get(LIST, {"page": "2"})))] == [20, 5]


def test_unticked_kinds_are_muted_and_ticked_again_heard(signed_in, li):
    url = reverse("notifications:reception")
    kinds = [kind for kind in KINDS if kind != "fault"]
    signed_in.post(url, {"email": kinds})
    assert list(Choice.objects.values_list("user", "channel", "kind", "wanted")) == [(li.pk, "email", "fault", False)]
    assert 'value="fault" id' not in str(signed_in.get(url).context["form"]["email"].initial)
    signed_in.post(url, {"email": [*kinds, "fault"]})
    assert not Choice.objects.exists()


def test_text_messages_come_only_for_the_kinds_a_person_ticks(signed_in, li):
    url = reverse("notifications:reception")
    form = signed_in.get(url).context["form"]
    assert (form["email"].initial, form["sms"].initial) == (list(KINDS), [])
    signed_in.post(url, {"email": list(KINDS), "sms": ["fault"]})
    assert list(Choice.objects.values_list("channel", "kind", "wanted")) == [("sms", "fault", True)]
    assert signed_in.get(url).context["form"]["sms"].initial == ["fault"]
