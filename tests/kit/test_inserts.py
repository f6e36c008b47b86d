"""A row written by `insert` is the row `objects.create` would have written."""

import pytest

from gongyi.accounts.models import ApiToken
from gongyi.kit.inserts import insert
from tests.factories.accounts import person

pytestmark = pytest.mark.django_db


def test_a_row_is_inserted_with_its_defaults_and_gets_its_key(django_assert_num_queries):
    user = person()
    token = ApiToken(user=user, name="门禁", prefix="gy_1", digest="x" * 64)
    with django_assert_num_queries(1):
        assert insert(token) is token
    stored = ApiToken.objects.get(pk=token.pk)
    assert (stored.user, stored.name, stored.created_at) == (user, "门禁", token.created_at)
    assert not token._state.adding


def test_what_was_inserted_can_be_saved_again():
    token = insert(ApiToken(user=person(), name="门禁", prefix="gy_1", digest="y" * 64))
    token.name = "签到机"
    token.save()
    assert ApiToken.objects.get().name == "签到机"
