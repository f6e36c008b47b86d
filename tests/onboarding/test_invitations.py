"""Inviting people into a unit by link and by mail, and what becomes of a link."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gongyi.audit.models import AuditEvent
from gongyi.notifications.models import Notification
from gongyi.onboarding.models import Invitation
from gongyi.onboarding.services import invitations
from gongyi.onboarding.services.invitations import State, accept, invite, invite_by_mail, revoke, state_of
from gongyi.organizations.models import Membership
from gongyi.workflow import Refused
from tests.factories.accounts import person
from tests.factories.organizations import department, member, organization, unit_admin

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    return organization("望江大学", code="WJU")


@pytest.fixture
def gu(unit):
    return unit_admin(unit, "顾明远")


@pytest.fixture
def lin():
    return person("林知远", username="lin")


def browser(user=None):
    client = Client()
    if user:
        client.force_login(user, backend="gongyi.accounts.backends.AnyIdentifierBackend")
    return client


def roles(user, unit):
    return sorted(Membership.objects.current().filter(user=user, organization=unit).values_list("role", flat=True))


def link(unit, gu, **fields):
    return invite(organization=unit, actor=gu, **({"days": 7} | fields))


def test_accepting_makes_one_what_the_invitation_says_and_uses_it_up_by_one(unit, gu, lin):
    center = department(unit)
    made = link(unit, gu, uses=2, roles=["finance"], department=center)
    accept(invitation=made, user=lin)
    made.refresh_from_db()
    assert (roles(lin, unit), made.uses_left, state_of(made)) == (["finance", "member"], 1, State.USABLE)
    assert Membership.objects.filter(user=lin, department=center).count() == 2
    assert Notification.objects.filter(user=gu, title="林知远 接受邀请，已加入望江大学").count() == 1
    assert AuditEvent.objects.filter(what="接受邀请", actor=lin, object_id=made.pk).exists()
    accept(invitation=made, user=person())
    made.refresh_from_db()
    assert state_of(made) == State.USED_UP


def test_an_invitation_takes_a_person_into_a_second_unit(unit, gu, lin):
    """S1-18: who works for several units is invited, and chooses for which one they act."""
    first = organization("临湖研究院")
    Membership.objects.create(user=lin, organization=first)
    accept(invitation=link(unit, gu), user=lin)
    assert (roles(lin, first), roles(lin, unit)) == (["member"], ["member"])


def test_a_member_gets_the_roles_they_lack_and_keeps_their_own(unit, gu):
    center = department(unit)
    zhou = member(unit, "周敏", "finance", department=center)
    accept(invitation=link(unit, gu, roles=["reviewer"]), user=zhou)
    assert roles(zhou, unit) == ["finance", "member", "reviewer"]
    assert set(Membership.objects.current().filter(user=zhou).values_list("department", flat=True)) == {center.pk}


def test_who_has_it_all_uses_nothing_up(unit, gu):
    made = link(unit, gu)
    with pytest.raises(Refused, match="您已是「望江大学」的成员，无需再接受"):
        accept(invitation=made, user=member(unit))
    made.refresh_from_db()
    assert made.uses_left == 1


DEAD = {
    "expired": ({"expires_at": timezone.now() - timedelta(minutes=1)}, "过期"),
    "used_up": ({"uses_left": 0}, "名额已经用完"),
    "revoked": ({"revoked_at": timezone.now()}, "已由望江大学撤销"),
}


@pytest.mark.parametrize("state", DEAD)
def test_a_dead_link_says_why_takes_nobody_in_and_offers_the_other_way(unit, gu, lin, state):
    fields, sentence = DEAD[state]
    made = link(unit, gu)
    Invitation.objects.filter(pk=made.pk).update(**fields)
    made.refresh_from_db()
    assert state_of(made) == state
    with pytest.raises(Refused, match=sentence):
        accept(invitation=made, user=lin)
    address = reverse("onboarding:invited", args=[made.secret])
    answer = browser(lin).get(address)
    assert answer.status_code == 410
    assert sentence in answer.content.decode()
    assert reverse("onboarding:bind", args=[unit.pk]) in answer.content.decode()
    assert (browser(lin).post(address).status_code, roles(lin, unit)) == (409, [])


def test_who_came_in_by_a_link_reads_on_it_that_nothing_is_left_to_do(unit, gu, lin):
    made = link(unit, gu)
    accept(invitation=made, user=lin)
    answer = browser(lin).get(reverse("onboarding:invited", args=[made.secret]))
    assert answer.status_code == 410
    assert "名额已经用完" in answer.content.decode()
    assert "您已是该单位的人员" in answer.content.decode()
    assert 'class="note bad' not in answer.content.decode()


def test_a_link_into_a_suspended_unit_takes_nobody_in(unit, gu, lin):
    made = link(unit, gu)
    unit.status = "suspended"
    unit.save()
    with pytest.raises(Refused, match="「望江大学」已停用，暂时不能加入"):
        accept(invitation=made, user=lin)
    made.refresh_from_db()
    assert (made.uses_left, roles(lin, unit)) == (1, [])


def test_revoking_stops_the_link_and_happens_once(unit, gu, lin):
    made = link(unit, gu, uses=5)
    accept(invitation=made, user=person())
    revoke(invitation=made, actor=gu)
    with pytest.raises(Refused, match="这份邀请已撤销，无需撤销"):
        revoke(invitation=made, actor=gu)
    with pytest.raises(Refused, match="撤销"):
        accept(invitation=made, user=lin)


def test_an_administrator_is_invited_one_by_one_and_by_a_main_account_only(unit, gu, lin):
    """S1-20, S4-74"""
    with pytest.raises(Refused, match="只能用 1 次"):
        link(unit, gu, roles=["unit_admin"], uses=2)
    with pytest.raises(Refused, match="子用户不能任命"):
        link(unit, member(unit, "助理", "sub_user"), roles=["unit_admin"])
    with pytest.raises(Refused, match="只有单位管理员可以邀请"):
        link(unit, member(unit))
    accept(invitation=link(unit, gu, roles=["unit_admin"]), user=lin)
    assert roles(lin, unit) == ["member", "unit_admin"]


def test_nobody_is_invited_as_the_account_of_a_laboratory_or_as_a_sub_user(unit, gu):
    assert link(unit, gu, roles=["laboratory", "sub_user", "finance"]).roles == ["finance"]


def test_each_address_gets_a_letter_with_a_link_of_its_own(unit, gu, settings):
    settings.SITE_URL = "https://gongyi.example.cn"
    made = invite_by_mail(organization=unit, actor=gu, emails=["lin@example.cn", "zhou@example.cn"], days=3)
    assert [invitations.send_invitation(one.pk) for one in made] == [True, True]
    assert [letter.to for letter in mail.outbox] == [["lin@example.cn"], ["zhou@example.cn"]]
    assert [letter.subject for letter in mail.outbox] == ["望江大学邀请您加入共仪"] * 2
    assert f"https://gongyi.example.cn/join/invited/{made[0].secret}/" in mail.outbox[0].body
    assert made[0].secret not in mail.outbox[1].body


def test_a_new_letter_to_the_same_address_replaces_the_old_link(unit, gu):
    (old,) = invite_by_mail(organization=unit, actor=gu, emails=["lin@example.cn"], days=3)
    (new,) = invite_by_mail(organization=unit, actor=gu, emails=["lin@example.cn"], days=3)
    old.refresh_from_db()
    assert (state_of(old), state_of(new)) == (State.REVOKED, State.USABLE)
    assert not invitations.send_invitation(old.pk)


LISTS = {
    "lin@example.cn\nzhou@example.cn": ["lin@example.cn", "zhou@example.cn"],
    "lin@example.cn；zhou@example.cn，LIN@example.cn": ["lin@example.cn", "zhou@example.cn"],
    "林知远 <lin@example.cn>; 周敏 <zhou@example.cn>": ["lin@example.cn", "zhou@example.cn"],
}


@pytest.mark.parametrize("text", LISTS)
def test_a_pasted_list_is_read_as_mail_programs_write_it(unit, gu, text):
    address = reverse("onboarding:invite_by_mail", args=[unit.pk])
    answer = browser(gu).post(address, {"emails": text, "days": 7})
    assert answer.status_code == 302
    assert sorted(Invitation.objects.values_list("email", flat=True)) == LISTS[text]


BAD_LISTS = {
    "": "",
    "林知远 周敏": "没有读到邮箱地址",
    "lin@example.cn, zhou@": "这些不是有效的邮箱：zhou@",
    "\n".join(f"p{n}@example.cn" for n in range(201)): "共 201 个邮箱，一次最多 200 个",
    "here@example.cn": "已是本单位人员：here@example.cn",
}


@pytest.mark.parametrize("text", BAD_LISTS)
def test_a_bad_list_is_explained_and_kept_and_nothing_is_sent(unit, gu, text):
    member(unit, "在编", email="here@example.cn")
    address = reverse("onboarding:invite_by_mail", args=[unit.pk])
    answer = browser(gu).post(address, {"emails": text, "days": 7})
    assert answer.status_code == 422
    assert BAD_LISTS[text] in answer.content.decode()
    assert text[:15] in answer.content.decode()
    assert Invitation.objects.count() == 0


@pytest.mark.parametrize(("field", "value"), [("days", 0), ("days", 91), ("days", "x"), ("uses", 0), ("uses", 501)])
def test_days_and_uses_have_limits(unit, gu, field, value):
    address = reverse("onboarding:invite", args=[unit.pk])
    answer = browser(gu).post(address, {"days": 7, "uses": 1, field: value})
    assert (answer.status_code, Invitation.objects.count()) == (422, 0)


def test_what_one_will_be_is_shown_before_one_accepts(unit, gu, lin):
    made = link(unit, gu, roles=["unit_admin"], department=department(unit))
    address = reverse("onboarding:invited", args=[made.secret])
    visitor = browser().get(address).content.decode()
    assert "成员、单位管理员" in visitor
    assert f"{reverse('accounts:sign_up')}?next={address.replace('/', '%2F')}" in visitor
    client = browser(lin)
    assert "分析测试中心" in client.get(address).content.decode()
    answer = client.post(address)
    assert (answer.status_code, answer.url, roles(lin, unit)) == (
        302,
        reverse("onboarding:my_units"),
        ["member", "unit_admin"],
    )


def test_a_visitor_who_accepts_is_asked_to_sign_in(unit, gu):
    made = link(unit, gu)
    answer = browser().post(reverse("onboarding:invited", args=[made.secret]))
    assert answer.status_code == 302
    assert reverse("accounts:sign_in") in answer.url


def test_a_secret_nobody_was_given_does_not_exist(lin):
    assert browser(lin).get(reverse("onboarding:invited", args=["x" * 43])).status_code == 404


def test_the_list_shows_every_state_and_finds_by_it(unit, gu):
    for fields, _sentence in DEAD.values():
        Invitation.objects.filter(pk=link(unit, gu, email=f"{len(fields)}@example.cn").pk).update(**fields)
    link(unit, gu)
    client, address = browser(gu), reverse("onboarding:invitations", args=[unit.pk])
    said = client.get(address).content.decode()
    assert all(str(state.label) in said for state in State)
    for state in State:
        assert [state_of(row.record) for row in client.get(address, {"state": state}).context["table"].rows] == [state]


def test_foreign_invitations_do_not_exist(unit, gu, lin):
    stranger = unit_admin(organization("临湖研究院"))
    made = link(unit, gu)
    for name, key in (
        ("invitation", made.pk),
        ("revoke_invitation", made.pk),
        ("invitations", unit.pk),
        ("invite", unit.pk),
    ):
        address = reverse(f"onboarding:{name}", args=[key])
        assert [browser(user).get(address).status_code for user in (gu, stranger, lin)] == [200, 404, 404]
    assert browser(stranger).post(reverse("onboarding:revoke_invitation", args=[made.pk])).status_code == 404
    made.refresh_from_db()
    assert made.revoked_at is None
