"""What a person looks after in a unit, in whatever app, and how another person takes it over when they go."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.accounts.duties import register_consequence, register_obstacle
from gongyi.accounts.models import User
from gongyi.audit.services import record
from gongyi.kit.refusal import Refused
from gongyi.notifications.services import notify, register_kind
from gongyi.organizations.models import Membership, Organization
from gongyi.organizations.rules import member_of, people_in

HANDED_OVER = "organizations.duties"
NAMED = 8  # of many things, so many are named in a sentence

register_kind(HANDED_OVER, gettext_lazy("职责交接"))


@dataclass(frozen=True)
class Thing:
    """One of the things: what people call it, and its page."""

    label: str
    url: str = ""
    note: str = ""


@dataclass(frozen=True)
class Duty:
    """A kind of thing people look after. `of(user, organization)` lists them.

    `hand_over(user, organization, to=…, actor=…)` gives all of them to `to`; without it nobody can take them over, they
    are only shown before somebody is let go, with `note` saying what becomes of them.
    """

    name: str
    label: Any
    measure: Any
    of: Callable[[User, Organization], list[Thing]]
    hand_over: Callable[..., None] | None = None
    note: Any = ""


@dataclass(frozen=True)
class OpenDuty:
    """What one person has of one kind."""

    duty: Duty
    things: list[Thing]

    @property
    def named(self) -> list[Thing]:
        return self.things[:NAMED]

    @property
    def unnamed(self) -> int:
        return len(self.things) - len(self.named)


DUTIES: dict[str, Duty] = {}


def register_duty(name: str, label: Any, **fields: Any) -> Duty:
    """Declare a kind of duty; call it in the app's `ready()`."""
    DUTIES[name] = Duty(name, label, **fields)
    return DUTIES[name]


def duties_of(user: User, organization: Organization) -> list[OpenDuty]:
    """Everything `user` looks after in the unit, kinds without a thing left out."""
    found = [OpenDuty(duty, duty.of(user, organization)) for duty in DUTIES.values()]
    return [open_duty for open_duty in found if open_duty.things]


def has_to_hand_over(user: User, organization: Organization) -> bool:
    """Whether somebody else must take something over when `user` goes."""
    return any(duty.hand_over and duty.of(user, organization) for duty in DUTIES.values())


@transaction.atomic
def hand_over(*, organization: Organization, user: User, successors: Mapping[str, User], actor: User) -> list[OpenDuty]:
    """Give `user`'s duties in the unit to their successors (name of the duty → person): all of it or nothing.

    Refuses a successor who is the person, who does not belong to the unit or whose account is closed, and when there is
    nothing to hand over. Recorded on the unit; everybody concerned is told. Returns what was handed over.
    """
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    for successor in {person.pk: person for person in successors.values()}.values():
        _check(successor, user, organization)
    done = []
    for open_duty in duties_of(user, organization):
        duty, to = open_duty.duty, successors.get(open_duty.duty.name)
        if to is None or duty.hand_over is None:
            continue
        duty.hand_over(user, organization, to=to, actor=actor)
        done.append(open_duty)
    if not done:
        raise Refused(_("%s 在本单位已没有需要交接的职责。") % user.name, code="nothing_left")
    _note(organization, user, actor, [(open_duty, successors[open_duty.duty.name]) for open_duty in done])
    return done


def _check(successor: User, user: User, organization: Organization) -> None:
    if successor.pk == user.pk:
        raise Refused(_("接手人不能是 %s 本人，请另选一位。") % user.name, code="same_person")
    fresh = User.objects.get(pk=successor.pk)
    if not fresh.is_active:
        raise Refused(_("%s 的账号已停用，请另选一位接手人。") % fresh.name, code="inactive")
    if not member_of(fresh, organization):
        raise Refused(
            _("%(name)s 不是%(unit)s的成员，请先将其加入本单位，或另选一位。")
            % {"name": fresh.name, "unit": organization},
            code="not_a_member",
        )


def in_words(open_duty: OpenDuty) -> str:
    """「负责的仪器 12 台：场发射扫描电镜、…」"""
    duty = open_duty.duty
    names = "、".join(thing.label for thing in open_duty.named)
    more = _("等") if open_duty.unnamed else ""
    return f"{duty.label} {len(open_duty.things)} {duty.measure}：{names}{more}"


def _note(organization: Organization, user: User, actor: User, done: list[tuple[OpenDuty, User]]) -> None:
    record(
        actor,
        organization,
        _("交接职责"),
        before={"person": user.name, "username": user.username},
        after={str(open_duty.duty.label): f"{len(open_duty.things)} → {to.name}" for open_duty, to in done},
    )
    if user.is_active and user.pk != actor.pk:
        notify(
            [user],
            title=_("您在%s的职责已交接") % organization.name,
            body="；".join(f"{in_words(open_duty)} → {to.name}" for open_duty, to in done),
            url=organization.get_absolute_url(),
            kind=HANDED_OVER,
        )
    for successor in {to.pk: to for _duty, to in done}.values():
        if successor.pk != actor.pk:
            notify(
                [successor],
                title=_("%(unit)s：您接手了 %(name)s 的职责") % {"unit": organization.name, "name": user.name},
                body="；".join(in_words(open_duty) for open_duty, to in done if to.pk == successor.pk),
                url=next(
                    (thing.url for open_duty, to in done if to.pk == successor.pk for thing in open_duty.named), ""
                ),
                kind=HANDED_OVER,
            )


# what the end of an account means for the units it belongs to


def last_administrator_of(user: User) -> list[str]:
    """Units that nobody would administer any more (S1-20)."""
    held = Membership.objects.current().filter(user=user, role=Membership.Role.UNIT_ADMIN)
    units = Organization.objects.active().filter(pk__in=held.values("organization"))
    return [
        _("您是%s唯一的单位管理员，请先在「人员与角色」中为另一人勾选「单位管理员」。") % unit.name
        for unit in units
        if [person.pk for person in people_in(unit, Membership.Role.UNIT_ADMIN)] == [user.pk]
    ]


def what_nobody_would_do(user: User) -> list[str]:
    """The duties in each unit that somebody should take over first."""
    ever = Membership.objects.current().filter(user=user)
    return [
        _("您在%(unit)s的%(duty)s，请先请单位管理员安排接手人。") % {"unit": unit.name, "duty": in_words(open_duty)}
        for unit in Organization.objects.filter(pk__in=ever.values("organization"))
        for open_duty in duties_of(user, unit)
        if open_duty.duty.hand_over
    ]


register_obstacle(last_administrator_of)
register_consequence(what_nobody_would_do)
