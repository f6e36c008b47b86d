"""What may become of a capability, by whom, and what each step refuses."""

from datetime import timedelta

import pytest
from django.utils import timezone

from gongyi.audit.queries import history_of
from gongyi.kit.refusal import Refused
from gongyi.offerings.models import Capability
from gongyi.offerings.workflow import CapabilityFlow
from tests.factories import offerings

pytestmark = pytest.mark.django_db

OFFERED = {
    "valid": ["suspend", "cancel"],
    "suspended": ["resume", "cancel"],
    "cancelled": [],
}


@pytest.fixture
def line(lab, other):
    return offerings.capability(lab, certificate=other)


@pytest.mark.parametrize("status", OFFERED)
def test_what_is_offered_to_whom(line, keeper, colleague, stranger, boss, status):
    Capability.objects.filter(pk=line.pk).update(status=status)
    line.refresh_from_db()
    offered = {
        user: [offer.step.name for offer in CapabilityFlow.offered(line, user)]
        for user in (keeper, colleague, stranger, boss)
    }
    assert offered == {keeper: OFFERED[status], colleague: [], stranger: [], boss: OFFERED[status]}


def test_a_suspended_line_is_taken_up_again_only_while_its_certificate_holds(line, keeper, other):
    CapabilityFlow.fire(line, "suspend", actor=keeper, reason="设备送检")
    assert not Capability.objects.orderable_on(timezone.localdate()).exists()
    other.expires_on = timezone.localdate() - timedelta(days=1)
    other.save()
    with pytest.raises(Refused, match="已过期或已撤销"):
        CapabilityFlow.fire(line, "resume", actor=keeper)
    other.expires_on = None
    other.save()
    CapabilityFlow.fire(line, "resume", actor=keeper)
    assert Capability.objects.orderable_on(timezone.localdate()).get() == line
    assert [record.step for record in history_of(line)] == ["suspend", "resume"]


def test_a_cancelled_line_keeps_its_number_leaves_the_search_and_may_be_added_anew(line, keeper, lab, other):
    Capability.objects.filter(pk=line.pk).update(parameter_no="1.1")
    CapabilityFlow.fire(line, "cancel", actor=keeper, reason="不再检测")
    line.refresh_from_db()
    assert (line.parameter_no, line.tsv) == ("1.1", None)
    assert not Capability.objects.shown_to_all().exists()
    offerings.capability(lab, certificate=other)
    assert Capability.objects.count() == 2


def test_somebody_without_a_reason_suspends_nothing(line, keeper, colleague):
    with pytest.raises(Refused):
        CapabilityFlow.fire(line, "suspend", actor=keeper)
    with pytest.raises(Refused, match="只有机构管理员"):
        CapabilityFlow.fire(line, "suspend", actor=colleague, reason="x")
