"""Keeping a unit's information fresh: confirming it, and reminding before it falls due (S1-36)."""

import re
from datetime import date
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from procrastinate.contrib.django import app

from gongyi.accounts.models import PHONE
from gongyi.audit.services import record
from gongyi.kit.refusal import Refused
from gongyi.kit.when import format_day, format_when
from gongyi.notifications.services import notify, register_kind, text
from gongyi.onboarding.freshness import bound, confirmed_before, due_on
from gongyi.onboarding.models import Application, RefreshReminder
from gongyi.onboarding.registrations.network_unit import CHANGED
from gongyi.onboarding.workflow import ApplicationFlow
from gongyi.organizations.models import Capacity, ContactPerson, Membership, Organization, UnitRules
from gongyi.organizations.rules import is_unit_admin, people_in

REMINDER = "onboarding.refresh"
LIAISON_MAIL = "onboarding.mail_liaison"  # the task of tasks, by name
register_kind(REMINDER, gettext_lazy("单位信息更新提醒"))
CONFIRMED, HANDED_IN = gettext_lazy("确认单位信息无变化"), gettext_lazy("提交单位信息变更")
UPDATES = (CONFIRMED, HANDED_IN, CHANGED)  # what the record calls an update of a unit's information


@transaction.atomic
def confirm_unchanged(*, organization: Organization, actor: Any) -> None:
    """Note that the unit's administrator looked at its data and that they are right; a year begins anew.

    Refuses other people, and units without this duty.
    """
    unit = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    if not is_unit_admin(actor, unit):
        raise Refused(_("只有单位管理员可以确认单位信息。"), code="not_allowed")
    if unit.info_confirmed_at is None:
        raise Refused(_("「%s」不需要定期更新单位信息。") % unit, code="no_duty")
    touch(unit, actor=actor, what=CONFIRMED)
    organization.info_confirmed_at = unit.info_confirmed_at


def touch(unit: Organization, *, actor: Any, what: Any) -> None:
    """Let the unit's year begin now, on record; in the caller's transaction."""
    before = unit.info_confirmed_at
    unit.info_confirmed_at = timezone.now()
    unit.save(update_fields=["info_confirmed_at"])
    record(actor, unit, what, before=_at(before), after=_at(unit.info_confirmed_at))


def _at(moment: Any) -> dict | None:
    return {"info_confirmed_at": format_when(moment, full=True)} if moment else None


@ApplicationFlow.submit.then
def handing_in_counts(application: Application, *, actor: Any, **data: Any) -> None:
    """Who hands in a change has updated: the authority's time to decide is not the unit's fault."""
    unit = application.organization
    if unit is None or application.capacity != Capacity.NETWORK or unit.info_confirmed_at is None:
        return
    touch(unit, actor=actor, what=HANDED_IN)


def remind(today: date | None = None) -> int:
    """Remind the administrators and the liaison of every unit whose update falls due soon; return how many were reminded.

    One reminder for each threshold of the rules and due day, however often this runs; a day that was missed is made up by
    the next run, with the days that are really left, and then as one reminder.
    """
    today = today or timezone.localdate()
    rules = UnitRules.current()
    thresholds = sorted(rules.remind_before_days)
    if not thresholds:
        return 0
    soon = bound().filter(
        info_confirmed_at__gte=confirmed_before(today, rules),
        info_confirmed_at__lt=confirmed_before(today, rules, days=thresholds[-1] + 1),
    )
    return sum(_remind_one(unit, rules, today, thresholds) for unit in soon.order_by("pk"))


@transaction.atomic
def _remind_one(unit: Organization, rules: UnitRules, today: date, thresholds: list[int]) -> bool:
    due = due_on(unit, rules)
    assert due is not None, "asked only for units with the duty"
    left = (due - today).days
    passed = [days for days in thresholds if left <= days]
    news = False
    for days in passed:
        _reminder, created = RefreshReminder.objects.get_or_create(organization=unit, due_on=due, days_before=days)
        news |= created and days == passed[0]
    if news:
        _tell(unit, due, left)
    return news


def _tell(unit: Organization, due: date, left: int) -> None:
    when = _("今天") if left == 0 else _("%(left)s 天后（%(due)s）") % {"left": left, "due": format_day(due, full=True)}
    title = _("「%(unit)s」的单位信息%(when)s到期") % {"unit": unit, "when": when}
    body = _("请核对并更新单位信息；没有变化时一键确认即可。到期后未更新，须先完成更新才能进行其他操作。")
    people = people_in(unit, *Membership.ADMINISTERING)
    notify(people, title=title, body=body, url=reverse("onboarding:refresh", args=[unit.pk]), kind=REMINDER)
    _tell_liaison(unit, title, people)


def _tell_liaison(unit: Organization, title: str, people: list) -> None:
    """By text message, else by mail; not again somebody who was told as an administrator."""
    liaison = ContactPerson.objects.filter(organization=unit, duty=ContactPerson.Duty.LIAISON, until=None).first()
    if liaison is None or {liaison.phone, liaison.email} & {x for p in people for x in (p.phone, p.email) if x}:
        return
    who = "、".join(str(person) for person in people) or _("平台管理员")
    words = _("%(title)s。请提醒单位管理员（%(who)s）登录更新。") % {"title": title, "who": who}
    if re.fullmatch(PHONE.regex, liaison.phone):
        text(liaison.phone, words, purpose=REMINDER)
    elif liaison.email:
        app.configure_task(LIAISON_MAIL).defer(address=liaison.email, subject=title, body=words)
