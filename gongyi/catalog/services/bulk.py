"""Changing the same fields of many instruments at once, each with its own record, and taking the last such change back."""

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.accounts.models import User
from gongyi.audit.models import AuditEvent
from gongyi.audit.services import record
from gongyi.catalog.models import Instrument
from gongyi.catalog.registration import REQUIRED, label_of, words
from gongyi.catalog.rules import may_place_anywhere
from gongyi.catalog.services.upkeep import change_instrument
from gongyi.kit.refusal import Refused
from gongyi.organizations.models import Department

CHANGED, UNDONE = "批量修改仪器", "撤销批量修改"  # what the record calls them, whatever language the person reads
UNDO_FOR = timedelta(hours=24)
MANY = ("service_fields", "innovation_platforms")
Values = Mapping[str, Any]  # by field; of those in MANY the rows


@dataclass
class Outcome:
    """How many instruments changed, how many stood like that before, and why the others were refused."""

    done: int = 0
    same: int = 0
    refused: list[tuple[Instrument, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Difference:
    label: str
    before: str
    after: str


def differences(instrument: Instrument, values: Values) -> list[Difference]:
    """What `values` would change of the instrument, in words."""
    changed = copy.copy(instrument)
    found = []
    for name, value in values.items():
        if name in MANY:
            now = {row.pk for row in getattr(instrument, name).all()}
            after = "、".join(str(row) for row in value) if now != {row.pk for row in value} else None
        else:
            setattr(changed, name, value)
            after = words(changed, name) if getattr(instrument, name) != value else None
        if after is not None:
            found.append(Difference(label_of(name), words(instrument, name), after))
    return found


def refusal_for(instrument: Instrument, values: Values, actor: Any) -> str:
    """Why this person cannot give the instrument these values, or nothing. Of what is published, nothing that must be there
    goes; a laboratory's account keeps its instruments in its own laboratories."""
    if instrument.status == Instrument.Status.PENDING:
        return _("正在审核，不能修改。请先撤回，修改后重新提交。")
    if instrument.status == Instrument.Status.SCRAPPED:
        return _("仪器已报废，不能修改。")
    department = values.get("department")
    placed = "department" in values and not may_place_anywhere(instrument, actor)
    if placed and not Department.objects.kept_by(actor).filter(pk=getattr(department, "pk", None)).exists():
        return _("只能放在您管理的实验室里。")
    if department is not None and department.organization_id != instrument.organization_id:
        return _("「%s」不是这台仪器所属单位的院系。") % department
    if any(row.organization_id != instrument.organization_id for row in values.get("innovation_platforms", ())):
        return _("所选创新平台不是这台仪器所属单位的。")
    if instrument.status in (Instrument.Status.PUBLISHED, Instrument.Status.DISABLED):
        emptied = [n for n in values if n in REQUIRED and values[n] in (None, "") and words(instrument, n)]
        if emptied:
            return _("已发布的仪器不能清空「%s」。") % "」「".join(label_of(n) for n in emptied)
    return ""


@dataclass
class Prospect:
    """What a change of many would do: how many change, stand like that already or are refused, and a few of each."""

    changing: int = 0
    same: int = 0
    samples: list[tuple[Instrument, list[Difference]]] = field(default_factory=list)
    refused: list[tuple[Instrument, str]] = field(default_factory=list)


SAMPLES = 5


def prospect(*, instruments: Iterable[Instrument], values: Values, actor: Any) -> Prospect:
    """Look ahead without changing anything; the instruments come with the rows of `MANY` fetched."""
    found = Prospect()
    for instrument in instruments:
        changes = differences(instrument, values)
        if not changes:
            found.same += 1
        elif refusal := refusal_for(instrument, values, actor):
            found.refused.append((instrument, refusal))
        else:
            found.changing += 1
            if len(found.samples) < SAMPLES:
                found.samples.append((instrument, changes))
    return found


def change_many(*, instruments: Iterable[Instrument], values: Values, actor: Any) -> Outcome:
    """Store the values in every instrument that may take them, each in a transaction of its own with its own record.

    What stood before is noted once more as a whole, so that `undo` can restore it.
    """
    outcome = Outcome()
    before, after = {}, {}
    for instrument in instruments:
        if not differences(instrument, values):
            outcome.same += 1
            continue
        try:
            stood = _stored(instrument, values)
            _store(instrument, values, actor)
        except Refused as refusal:
            outcome.refused.append((instrument, str(refusal)))
            continue
        before[str(instrument.pk)], after[str(instrument.pk)] = stood, _stored(instrument, values)
        outcome.done += 1
    if outcome.done:
        record(actor, actor, CHANGED, before=before, after=after)
    return outcome


def last_change(actor: Any) -> AuditEvent | None:
    """The last change of many instruments by this person that can still be taken back: not undone, of the last day."""
    kind = ContentType.objects.get_for_model(User)
    last = (
        AuditEvent.objects.filter(content_type=kind, object_id=actor.pk, what__in=(CHANGED, UNDONE))
        .order_by("-pk")
        .first()
    )
    if last is None or last.what == UNDONE or last.at < timezone.now() - UNDO_FOR:
        return None
    return last


def undo(*, event: AuditEvent, actor: Any) -> Outcome:
    """Restore what stood before the change wherever nothing changed since; refuses a change that is not the last one."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        last = last_change(actor)
        if last is None or last.pk != event.pk:
            raise Refused(_("这次批量修改已经撤销，或之后又有新的批量修改。"), code="not_last")
        record(actor, actor, UNDONE, before={"event": event.pk})
    outcome = Outcome()
    stood, left = event.before or {}, event.after or {}
    rows = (
        Instrument.objects.managed_by(actor)
        .select_related("organization", "department")
        .in_bulk([int(pk) for pk in stood])
    )
    for pk, old in stood.items():
        instrument = rows.get(int(pk))
        if instrument is None:
            continue
        try:
            if _stored(instrument, old) != left[pk]:
                raise Refused(_("之后又改过，没有恢复。"), code="changed_since")
            _store(instrument, _loaded(old), actor)
        except Refused as refusal:
            outcome.refused.append((instrument, str(refusal)))
        else:
            outcome.done += 1
    return outcome


@transaction.atomic
def _store(instrument: Instrument, values: Values, actor: Any) -> None:
    if refusal := refusal_for(instrument, values, actor):
        raise Refused(refusal, code="not_for_this")
    plain = [name for name in values if name not in MANY]
    for name in plain:
        setattr(instrument, name, values[name])
    try:
        instrument.clean_fields(exclude={f.name for f in Instrument._meta.fields if f.name not in plain})
    except ValidationError as error:
        raise Refused("；".join(error.messages), code="invalid") from None
    many: dict[str, Any] = {name: list(values[name]) for name in MANY if name in values}
    change_instrument(instrument=instrument, fields=plain, actor=actor, **many)


def _stored(instrument: Instrument, names: Iterable[str]) -> dict[str, Any]:
    """The values as they can be noted: keys of rows, else the value itself."""
    found: dict[str, Any] = {}
    for name in names:
        if name in MANY:
            found[name] = sorted(getattr(instrument, name).values_list("pk", flat=True))
        else:
            field: Any = Instrument._meta.get_field(name)
            found[name] = getattr(instrument, field.attname)
    return found


def _loaded(noted: Values) -> dict[str, Any]:
    """The noted values as they are set: rows for keys; what is gone meanwhile is left out."""
    values: dict[str, Any] = {}
    for name, value in noted.items():
        related: Any = Instrument._meta.get_field(name).related_model
        if name in MANY:
            values[name] = list(related.objects.filter(pk__in=value))
        elif related is not None:
            values[name] = related.objects.filter(pk=value).first()
        else:
            values[name] = value
    return values


def fields_of(event: AuditEvent) -> Sequence[str]:
    """What people call the fields a noted change touched."""
    first: Values = next(iter((event.before or {}).values()), {})
    return [label_of(name) for name in first]
