"""Changing the thresholds for units, with the change on record."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gongyi.audit.services import record
from gongyi.kit.refusal import Refused
from gongyi.organizations.models import UnitRules


@transaction.atomic
def change_unit_rules(*, actor: Any, **fields: Any) -> UnitRules:
    """Keep the thresholds; they hold from now on, also for what was handed in before. Platform administrators only."""
    if not actor.is_staff:
        raise Refused(_("只有平台管理员可以修改单位规则。"), code="not_allowed")
    UnitRules.objects.get_or_create(pk=1)
    rules = UnitRules.objects.select_for_update(no_key=True).select_related(None).get(pk=1)
    before = in_words(rules)
    for name, value in fields.items():
        setattr(rules, name, value)
    rules.save()
    after = in_words(rules)
    changed = [name for name in after if before[name] != after[name]]
    if changed:
        record(
            actor,
            rules,
            _("修改单位规则"),
            before={n: before[n] for n in changed},
            after={n: after[n] for n in changed},
        )
    return rules


def in_words(rules: UnitRules) -> dict[str, str]:
    """Every threshold by its name, as people read it."""
    words = {}
    for field in rules._meta.concrete_fields:
        if field.primary_key:
            continue
        value = getattr(rules, field.name)
        text = (
            "、".join(str(item) for item in value) if isinstance(value, list) else str("" if value is None else value)
        )
        words[str(field.verbose_name)] = text
    return words
