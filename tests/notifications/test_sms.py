"""Text messages leave through a real HTTP gateway once they are committed, and wait where there is none."""

import json
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from gongyi.config import doctor
from gongyi.notifications import gateway, outbox, sms
from gongyi.notifications.models import Choice, Delivery, TextMessage
from gongyi.notifications.services import notify

S = TextMessage.Status
SOON_SECONDS = 0.01  # how often a gateway looks whether it shall end
NOTHING = {"url": "", "headers": "", "body": "", "format": "json", "success": ""}


class Provider:
    """A gateway as providers run them: it keeps what it was sent, and answers what the test says."""

    def __init__(self):
        self.received = []
        self.answers = []
        outer = self

        class Desk(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.received.append((dict(self.headers), body))
                status, said = outer.answers.pop(0) if outer.answers else (200, {"code": 0})
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(said, ensure_ascii=False).encode())

            def log_message(self, *words):
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
        self.url = f"http://127.0.0.1:{self.server.server_port}/send"
        Thread(target=self.server.serve_forever, args=(SOON_SECONDS,), daemon=True).start()

    def sent(self):
        return [json.loads(body) for _headers, body in self.received]


@pytest.fixture
def provider(settings):
    provider = Provider()
    settings.DEMO = False
    settings.SMS_GATEWAY = NOTHING | {"url": provider.url, "success": "code=0"}
    yield provider
    provider.server.shutdown()
    provider.server.server_close()


@pytest.fixture
def no_gateway(settings):
    settings.DEMO = False
    settings.SMS_GATEWAY = NOTHING


def test_a_message_reaches_the_gateway_with_phone_and_text(db, provider):
    sms.text("13812346021", "您的申请已通过。", purpose="入驻审核")
    assert outbox.serve() == 1
    assert provider.sent() == [{"phone": "13812346021", "text": "【共仪】您的申请已通过。"}]
    message = TextMessage.objects.get()
    assert (message.state, message.attempts, message.sent_at is not None) == (S.SENT, 1, True)
    assert outbox.serve(timezone.now() + timedelta(days=1)) == 0


def test_a_message_taken_back_with_its_transaction_is_never_sent(db, provider):
    with transaction.atomic():
        sms.text("13812346021", "不会发出")
        transaction.set_rollback(True)
    assert (outbox.serve(), provider.received) == (0, [])


def test_headers_and_body_are_what_the_provider_wants(db, provider, settings):
    settings.SMS_GATEWAY |= {
        "headers": '{"Authorization": "Bearer geheim"}',
        "body": '{"to": ["+86{phone}"], "params": {"content": "{text}"}, "request": "gy-{id}", "unicode": true}',
        "success": "",
    }
    message = sms.text("13812346021", '含 "引号" 和 {phone}')
    outbox.serve()
    headers, _body = provider.received[0]
    assert headers["Authorization"] == "Bearer geheim"
    assert provider.sent() == [
        {
            "to": ["+8613812346021"],
            "params": {"content": '【共仪】含 "引号" 和 {phone}'},
            "request": f"gy-{message.pk}",
            "unicode": True,
        }
    ]


def test_a_provider_that_wants_a_form_gets_one(db, provider, settings):
    settings.SMS_GATEWAY |= {"format": "form", "body": '{"mobile": "{phone}", "msg": "{text}"}'}
    sms.text("13812346021", "你好")
    outbox.serve()
    assert parse_qs(provider.received[0][1].decode()) == {"mobile": ["13812346021"], "msg": ["【共仪】你好"]}


@pytest.mark.parametrize(
    ("answer", "words"),
    [((200, {"code": 7, "msg": "余额不足"}), "余额不足"), ((503, {"msg": "维护"}), "HTTP 503"), ((200, ["?"]), "?")],
)
def test_what_the_gateway_did_not_take_is_tried_again_and_its_words_are_kept(db, provider, answer, words):
    provider.answers = [answer]
    sms.text("13812346021", "你好")
    assert outbox.serve() == 0
    message = TextMessage.objects.get()
    assert message.state == S.QUEUED
    assert words in message.last_error
    assert outbox.serve(timezone.now() + timedelta(minutes=2)) == 1
    assert len(provider.received) == 2


def test_a_gateway_out_of_reach_costs_attempts_until_the_last(db, provider, settings):
    settings.SMS_GATEWAY |= {"url": "http://127.0.0.1:9/none"}
    sms.text("13812346021", "你好")
    for day in range(outbox.MAX_ATTEMPTS + 2):
        outbox.serve(timezone.now() + timedelta(days=day))
    message = TextMessage.objects.get()
    assert (message.state, message.attempts) == (S.FAILED, outbox.MAX_ATTEMPTS)


def test_without_a_gateway_messages_are_kept_and_leave_when_there_is_one(db, no_gateway, settings, request):
    sms.text("13812346021", "你好")
    assert (outbox.serve(), TextMessage.objects.get().attempts, sms.waiting_count()) == (0, 0, 1)
    provider = request.getfixturevalue("provider")
    assert outbox.serve() == 1
    assert len(provider.received) == 1


def test_a_code_that_came_too_late_is_not_sent_and_its_text_forgotten(db, provider):
    sms.text("13812346021", "验证码 123456", secret=True, useless_after=timezone.now())
    assert (outbox.serve(), provider.received) == (0, [])
    message = TextMessage.objects.get()
    assert (message.state, message.body) == (S.FAILED, "")


def test_a_secret_is_forgotten_once_it_was_sent_and_other_texts_are_not(db, provider):
    sms.text("13812346021", "验证码 123456", secret=True)
    sms.text("13812346021", "您的申请已通过")
    assert outbox.serve() == 2
    assert list(TextMessage.objects.order_by("pk").values_list("body", flat=True)) == ["", "【共仪】您的申请已通过"]


def test_old_texts_are_forgotten_but_not_those_that_still_wait(db, provider):
    sms.text("13812346021", "您的申请已通过")
    outbox.serve()
    sms.text("13812346021", "在等待")
    now = timezone.now()
    assert sms.forget_old(now + timedelta(days=sms.KEEP_TEXT_DAYS, seconds=-5)) == 0
    assert sms.forget_old(now + timedelta(days=sms.KEEP_TEXT_DAYS, seconds=5)) == 1
    assert list(TextMessage.objects.order_by("pk").values_list("body", flat=True)) == ["", "【共仪】在等待"]


def test_the_same_key_writes_one_message(db, no_gateway):
    assert sms.text("13812346021", "一", key="x") == sms.text("13812346021", "二", key="x")


def test_a_person_who_asks_for_text_messages_gets_them_and_others_do_not(li, zhou, provider):
    type(li).objects.filter(pk=li.pk).update(phone="13812346021")
    type(li).objects.filter(pk=zhou.pk).update(phone="13812346022")
    Choice.objects.create(user=li, channel="sms", kind="fault", wanted=True)
    notify([li, zhou], title="仪器故障", body="液氮不足", url="/x/", kind="fault")
    outbox.serve()
    assert [message["phone"] for message in provider.sent()] == ["13812346021"]
    assert provider.sent()[0]["text"].startswith("【共仪】仪器故障 液氮不足 http")
    assert len(mail.outbox) == 1


def test_a_delivery_that_is_repeated_writes_no_second_text(li, provider):
    type(li).objects.filter(pk=li.pk).update(phone="13812346021")
    Choice.objects.create(user=li, channel="sms", kind="fault", wanted=True)
    notify([li], title="仪器故障", kind="fault")
    outbox.serve()
    Delivery.objects.filter(channel="sms").update(state=S.QUEUED, due_at=timezone.now())
    outbox.serve()
    assert len(provider.received) == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"url": "ftp://x"}, "GONGYI_SMS_URL must start with"),
        ({"headers": "{"}, "GONGYI_SMS_HEADERS is no JSON"),
        ({"headers": '["a"]'}, "GONGYI_SMS_HEADERS must be a JSON object"),
        ({"body": '{"phone": "{phone}"}'}, "must contain {phone} and {text}"),
        ({"format": "xml"}, "GONGYI_SMS_FORMAT must be json or form"),
        ({"success": "ok"}, "GONGYI_SMS_SUCCESS must be place=value"),
        ({"format": "form", "body": '["{phone}", "{text}"]'}, "must be a JSON object when"),
    ],
)
def test_a_wrong_setting_is_named_and_loses_no_message(db, provider, settings, wrong, sentence):
    settings.SMS_GATEWAY |= wrong
    sms.text("13812346021", "你好")
    assert outbox.serve() == 0
    assert (TextMessage.objects.get().state, TextMessage.objects.get().attempts) == (S.QUEUED, 0)
    assert sentence in gateway.why_nothing_is_sent()


def test_the_doctor_says_why_nothing_is_sent(db, no_gateway):
    [finding] = doctor.text_messages()
    assert (finding.mark, finding.text) == (
        doctor.ODD,
        "GONGYI_SMS_URL is not set: they are kept, nobody receives them",
    )


def test_the_doctor_names_a_wrong_setting(db, provider, settings):
    settings.SMS_GATEWAY |= {"headers": "{"}
    [finding] = doctor.text_messages()
    assert (finding.mark, "GONGYI_SMS_HEADERS" in finding.text) == (doctor.BAD, True)
