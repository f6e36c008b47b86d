"""Keys for the API: shown once, kept as a digest, used, expired, withdrawn."""

from datetime import timedelta

import pytest
from django.utils import timezone

from gongyi.accounts import services
from gongyi.accounts.models import ApiToken, User
from gongyi.kit.refusal import Refused


@pytest.fixture
def me(client, lin):
    client.force_login(lin)
    return lin


def test_a_key_opens_and_is_kept_only_as_a_digest(lin):
    token, raw = services.create_token(lin, "机时统计")

    assert services.authenticate_token(raw) == lin
    assert raw not in str(ApiToken.objects.filter(pk=token.pk).values().get())
    assert raw.startswith(token.prefix)


@pytest.mark.parametrize("raw", ["", "gy_", "gy_wrong", "x" * 5000])
def test_anything_else_opens_nothing(db, raw):
    assert services.authenticate_token(raw) is None


def test_a_withdrawn_an_expired_key_and_that_of_a_closed_account_open_nothing(lin, zhou):
    withdrawn, raw1 = services.create_token(lin, "甲")
    services.revoke_token(withdrawn)
    expired, raw2 = services.create_token(lin, "乙", timezone.now() + timedelta(days=1))
    ApiToken.objects.filter(pk=expired.pk).update(expires_at=timezone.now())
    _closed, raw3 = services.create_token(zhou, "丙")
    User.objects.filter(pk=zhou.pk).update(is_active=False)

    assert [services.authenticate_token(raw) for raw in (raw1, raw2, raw3)] == [None, None, None]


def test_use_is_noted_at_most_once_a_minute(lin, django_assert_num_queries):
    token, raw = services.create_token(lin, "甲")
    services.authenticate_token(raw)
    first = ApiToken.objects.get(pk=token.pk).last_used_at
    with django_assert_num_queries(1):
        services.authenticate_token(raw)

    assert first is not None
    ApiToken.objects.filter(pk=token.pk).update(last_used_at=first - timedelta(seconds=61))
    services.authenticate_token(raw)
    assert ApiToken.objects.get(pk=token.pk).last_used_at >= first


def test_an_end_in_the_past_and_a_twenty_first_key_are_refused(lin):
    with pytest.raises(Refused, match="有效期应晚于现在"):
        services.create_token(lin, "旧", timezone.now())
    for number in range(20):
        services.create_token(lin, f"令牌 {number}")
    with pytest.raises(Refused, match="每人最多 20 个可用令牌"):
        services.create_token(lin, "再来一个")


def test_the_page_shows_a_new_key_once(client, me):
    shown = client.post("/accounts/tokens/new/", {"name": "机时统计", "days": "90"})
    token = ApiToken.objects.get(user=me)

    assert shown.status_code == 200
    assert token.prefix in shown.content.decode()
    assert "令牌只显示这一次" in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    raw = shown.context["raw"]
    assert services.authenticate_token(raw) == me
    assert raw not in client.get("/accounts/tokens/").content.decode()


def test_a_key_lasts_the_days_that_were_chosen_or_for_ever(client, me):
    client.post("/accounts/tokens/new/", {"name": "甲", "days": "30"})
    client.post("/accounts/tokens/new/", {"name": "乙", "days": "0"})

    short, endless = ApiToken.objects.order_by("pk")
    assert timedelta(days=30) < short.expires_at - timezone.now() < timedelta(days=31)
    assert endless.expires_at is None


def test_one_withdraws_ones_own_keys_only(client, me, zhou):
    mine, _raw = services.create_token(me, "我的")
    hers, _raw = services.create_token(zhou, "她的")

    assert client.post(f"/accounts/tokens/{hers.pk}/revoke/").status_code == 404
    assert client.get(f"/accounts/tokens/{mine.pk}/revoke/").status_code == 405
    assert client.post(f"/accounts/tokens/{mine.pk}/revoke/").status_code == 302
    assert ApiToken.objects.get(pk=mine.pk).revoked_at is not None
    assert ApiToken.objects.get(pk=hers.pk).revoked_at is None
    assert "已撤销" in client.get("/accounts/tokens/").content.decode()
