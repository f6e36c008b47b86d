"""Changing booking rules and opening hours of an instrument, an organization or the site, with the change on record."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gongyi.audit.services import record
from gongyi.catalog.models import Instrument
from gongyi.organizations.models import Membership, Organization
from gongyi.reservations.models import BookingRules, OpeningHours
from gongyi.reservations.rules import EffectiveRules, is_manager, resolve
from gongyi.workflow import Refused

Hours = tuple[int, int, int]


@dataclass(frozen=True)
class Scope:
    """Whose rules: an instrument's, an organization's, or (neither) the site's."""

    instrument: Instrument | None = None
    organization: Organization | None = None

    @property
    def label(self) -> str:
        return str(self.instrument or self.organization or _("全站默认"))

    def may_change(self, user: Any) -> bool:
        """Managers change their instruments', unit administrators their unit's, the platform administrator all."""
        if not user.is_authenticated:
            return False
        if user.is_staff:
            return True
        if self.instrument is not None:
            return is_manager(self.instrument, user)
        if self.organization is None:
            return False
        roles = user.memberships.filter(
            organization=self.organization, role__in=Membership.ADMINISTERING, ended_at=None
        )
        return roles.exists()

    def own(self) -> BookingRules:
        """The row of this scope, not yet saved when there is none."""
        found = BookingRules.objects.filter(instrument=self.instrument, organization=self.organization).first()
        return found or BookingRules(instrument=self.instrument, organization=self.organization)

    def inherited(self) -> EffectiveRules:
        """What would hold if this scope said nothing."""
        wider: list[BookingRules | None] = [None, None, None]
        if self.instrument is not None:
            wider[1] = BookingRules.objects.filter(organization=self.instrument.organization_id).first()
        if self.instrument is not None or self.organization is not None:
            wider[2] = BookingRules.objects.filter(instrument=None, organization=None).first()
        rows = [
            row and {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields} for row in wider
        ]
        return resolve(rows, [hours_of(row) for row in wider])


def hours_of(rules: BookingRules | None) -> list[Hours]:
    if rules is None or rules.pk is None:
        return []
    return list(rules.opening_hours.values_list("weekday", "opens_minute", "closes_minute"))


def change_rules(*, scope: Scope, rules: BookingRules, actor: Any) -> BookingRules:
    """Save the rules of a scope; refuses people who may not. Bookings made before keep their time and price."""
    _refuse_others(scope, actor)
    with transaction.atomic():
        before = BookingRules.objects.filter(pk=rules.pk).values().first() or {} if rules.pk else {}
        rules.save()
        after = BookingRules.objects.filter(pk=rules.pk).values().get()
        changed = {
            name
            for name, value in after.items()
            if before.get(name) != value and name not in ("id", "instrument_id", "organization_id")
        }
        if changed:
            record(
                actor, _subject(scope, rules), _("修改预约规则"),
                before={name: before.get(name) for name in changed}, after={name: after[name] for name in changed},
            )  # fmt: skip
    return rules


def change_hours(*, scope: Scope, hours: Sequence[Hours], actor: Any) -> None:
    """Replace the week of a scope; an empty week inherits the next wider scope's."""
    _refuse_others(scope, actor)
    with transaction.atomic():
        rules = scope.own()
        if rules.pk is None:
            rules.save()
        before = hours_of(rules)
        if list(before) == list(hours):
            return
        rules.opening_hours.all().delete()
        OpeningHours.objects.bulk_create(
            OpeningHours(rules=rules, weekday=day, opens_minute=opens, closes_minute=closes)
            for day, opens, closes in hours
        )
        record(actor, _subject(scope, rules), _("修改开放时间"), before={"hours": before}, after={"hours": list(hours)})


def _subject(scope: Scope, rules: BookingRules) -> Any:
    return scope.instrument or scope.organization or rules


def _refuse_others(scope: Scope, actor: Any) -> None:
    if not scope.may_change(actor):
        raise Refused(_("只有%s的管理员可以修改预约规则。") % scope.label, code="not_allowed")
