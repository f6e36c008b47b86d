"""Two people, a message, and a channel whose failures the tests decide."""

import pytest
from django.contrib.auth import get_user_model

from gongyi.notifications import channels
from gongyi.notifications.channels import Undeliverable


@pytest.fixture
def li(db):
    return get_user_model().objects.create(username="li", name="李明", email="li@example.org")


@pytest.fixture
def zhou(db):
    return get_user_model().objects.create(username="zhou", name="周敏")


class Pager:
    """A second channel, as a site could add one."""

    label = "寻呼"
    wanted_by_default = True

    def __init__(self):
        self.sent, self.faults = [], []

    def address_of(self, user):
        return f"pager-{user.username}"

    def send(self, delivery):
        if self.faults:
            raise self.faults.pop(0)
        self.sent.append((delivery.address, delivery.notification.title))


@pytest.fixture
def pager(monkeypatch):
    pager = Pager()
    monkeypatch.setattr(channels, "CHANNELS", {"pager": pager})
    monkeypatch.setattr("gongyi.notifications.outbox.CHANNELS", {"pager": pager})
    return pager


@pytest.fixture
def gone():
    return Undeliverable("空号")
