"""Coming in and going out: identifiers, refusals in sentences, the demo's one click."""

import pytest
from django.urls import reverse
from django.utils import timezone

from gongyi.accounts.models import LoginRecord, User
from tests.accounts.conftest import PASSWORD
from tests.factories.accounts import person

SIGN_IN = "/accounts/sign-in/"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0"


def sign_in(client, username, password=PASSWORD, **more):
    return client.post(SIGN_IN, {"username": username, "password": password, **more})


def signed_in_as(client):
    return client.session.get("_auth_user_id")


@pytest.mark.parametrize(
    "identifier", ["Lin.ZY", "lin.zy", "lin@example.cn", "LIN@Example.cn", "13812346021", " lin.zy "]
)
def test_a_person_signs_in_by_user_name_email_or_phone(client, lin, identifier):
    answer = sign_in(client, identifier)

    assert answer.status_code == 302
    assert signed_in_as(client) == str(lin.pk)


def test_a_user_name_that_is_another_persons_phone_means_its_owner_by_name(client, lin):
    odd = person("同号", username="13812346021", phone=None, password="a-different-one-9")

    assert User.objects.by_identifier("13812346021") == odd


def test_a_wrong_password_is_answered_with_the_tries_that_are_left(client, lin):
    answer = sign_in(client, "lin@example.cn", "wrong")

    assert answer.status_code == 422
    assert "用户名或密码不正确，还可以再试 9 次。" in answer.content.decode()
    assert 'value="lin@example.cn"' in answer.content.decode()
    assert signed_in_as(client) is None


def test_an_unknown_name_gets_the_same_words(client, lin):
    assert "用户名或密码不正确，还可以再试 9 次。" in sign_in(client, "nobody@example.cn", "wrong").content.decode()


def test_a_closed_account_is_told_so_only_with_the_right_password(client, lin):
    User.objects.filter(pk=lin.pk).update(is_active=False)

    assert "账号已停用" not in sign_in(client, "lin.zy", "wrong").content.decode()
    assert "账号已停用。如需恢复，请联系" in sign_in(client, "lin.zy").content.decode()
    assert signed_in_as(client) is None


def test_after_signing_in_one_goes_where_one_wanted(client, lin):
    User.objects.filter(pk=lin.pk).update(profile_confirmed_at=timezone.now())

    assert sign_in(client, "lin.zy", next="/instruments/?q=tem").url == "/instruments/?q=tem"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_no_address_of_another_site_is_followed(client, lin, elsewhere):
    User.objects.filter(pk=lin.pk).update(profile_confirmed_at=timezone.now())

    assert sign_in(client, "lin.zy", next=elsewhere).url == reverse("portal:desk")


def test_s0_9_who_has_not_checked_their_data_is_led_there_first(client, lin):
    assert sign_in(client, "lin.zy", next="/instruments/").url == "/accounts/confirm/?next=%2Finstruments%2F"


def test_signing_in_changes_the_session_key(client, lin):
    client.get("/accounts/sign-in/captcha.png")
    before = client.session.session_key
    sign_in(client, "lin.zy")

    assert client.session.session_key != before


def test_signing_out_takes_a_post(client, lin):
    client.force_login(lin)

    assert client.get("/accounts/sign-out/").status_code == 405
    assert client.post("/accounts/sign-out/").url == reverse("portal:home")
    assert signed_in_as(client) is None


def test_s0_51_s0_53_success_and_failure_are_recorded_with_time_address_and_device(client, lin):
    client.defaults |= {"HTTP_USER_AGENT": EDGE, "REMOTE_ADDR": "10.20.30.40"}
    sign_in(client, "13812346021", "wrong")
    sign_in(client, "lin.zy")
    client.logout()
    sign_in(client, "nobody", "wrong")

    rows = LoginRecord.objects.order_by("pk").values_list("user", "identifier", "ip", "device", "succeeded", "outcome")
    assert list(rows) == [
        (lin.pk, "13812346021", "10.20.30.40", "Edge 126 · Windows", False, "wrong_password"),
        (lin.pk, "lin.zy", "10.20.30.40", "Edge 126 · Windows", True, "password"),
        (None, "nobody", "10.20.30.40", "Edge 126 · Windows", False, "wrong_password"),
    ]


def test_the_address_a_client_invents_is_not_believed(client, lin, settings):
    client.defaults |= {"HTTP_X_FORWARDED_FOR": "1.2.3.4", "REMOTE_ADDR": "10.0.0.9"}
    sign_in(client, "lin.zy", "wrong")
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    client.defaults["HTTP_X_FORWARDED_FOR"] = "1.2.3.4, 192.0.2.7"
    sign_in(client, "lin.zy", "wrong")

    assert list(LoginRecord.objects.order_by("pk").values_list("ip", flat=True)) == ["10.0.0.9", "192.0.2.7"]


def test_a_nonsense_address_from_the_proxy_is_left_out(client, lin, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    client.defaults |= {"HTTP_X_FORWARDED_FOR": "unknown"}

    assert sign_in(client, "lin.zy").status_code == 302
    assert LoginRecord.objects.get().ip is None


# the demo


@pytest.fixture
def demo(settings, lin):
    settings.DEMO = True
    settings.DEMO_PEOPLE = [("Lin.ZY", "普通用户：预约需审核"), ("nobody-here", "不存在")]


def test_a_demo_lists_its_people_with_their_roles(client, demo):
    page = client.get(SIGN_IN).content.decode()

    assert "普通用户：预约需审核" in page
    assert "nobody-here" not in page


def test_one_click_signs_in_whom_the_demo_names(client, demo, lin):
    assert client.post("/accounts/sign-in/demo/", {"username": "Lin.ZY"}).status_code == 302
    assert signed_in_as(client) == str(lin.pk)
    assert LoginRecord.objects.get().outcome == "demo"


def test_one_click_refuses_who_is_not_in_the_cast(client, demo, zhou):
    assert client.post("/accounts/sign-in/demo/", {"username": "zhoumin"}).status_code == 404
    assert signed_in_as(client) is None


def test_one_click_takes_a_post(client, demo):
    assert client.get("/accounts/sign-in/demo/", {"username": "Lin.ZY"}).status_code == 405


def test_outside_a_demo_there_is_neither_list_nor_click(client, demo, settings):
    settings.DEMO = False

    assert "普通用户：预约需审核" not in client.get(SIGN_IN).content.decode()
    assert client.post("/accounts/sign-in/demo/", {"username": "Lin.ZY"}).status_code == 404
