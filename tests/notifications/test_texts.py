"""The administrator's list of text messages says what left and why something waits."""

import pytest

from gongyi.notifications.sms import text
from tests.factories.accounts import platform_admin

LIST = "/notifications/texts/"


@pytest.fixture
def admin_client(client, db, settings):
    settings.DEMO = False
    settings.SMS_GATEWAY = settings.SMS_GATEWAY | {"url": ""}
    client.force_login(platform_admin(), backend="gongyi.accounts.backends.AnyIdentifierBackend")
    return client


def test_the_administrator_reads_why_nothing_leaves_but_no_text_and_no_full_number(admin_client):
    text("13812346021", "验证码 123456", purpose="注册账号", secret=True)
    page = admin_client.get(LIST).content.decode()
    assert "没有设置短信网关（GONGYI_SMS_URL），短信只保存，不会发出。 1 条在等待" in page
    assert "注册账号" in page
    assert "123456" not in page
    assert "13812346021" not in page


def test_with_a_gateway_nothing_is_complained_of(admin_client, settings):
    settings.SMS_GATEWAY |= {"url": "https://sms.example.cn/send"}
    assert "短信网关" not in admin_client.get(LIST).content.decode()


def test_a_wrong_setting_is_named(admin_client, settings):
    settings.SMS_GATEWAY |= {"url": "https://sms.example.cn/send", "headers": "{"}
    assert "短信网关的设置 GONGYI_SMS_HEADERS 有误" in admin_client.get(LIST).content.decode()


def test_nobody_else_has_this_list(client, li):
    client.force_login(li, backend="gongyi.accounts.backends.AnyIdentifierBackend")
    assert client.get(LIST).status_code == 404
