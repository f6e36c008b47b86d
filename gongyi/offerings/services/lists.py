"""Writing many lines of a library at once, as one import or one request of a program does."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.accounts.models import User
from gongyi.audit.models import AuditEvent, FlowRecord
from gongyi.imports.copying import copy_rows
from gongyi.offerings.lines import label_of
from gongyi.offerings.models import Capability
from gongyi.offerings.search import index
from gongyi.offerings.services.capabilities import ADDED, fields_of, in_words
from gongyi.offerings.workflow import CapabilityFlow
from gongyi.organizations.models import Certificate, Organization

BATCH = 1_000
RECORDED = (
    "content_type_id", "object_id", "actor_id", "actor_name", "at", "flow", "step", "label", "from_status", "to_status",
    "acting_for_name", "comment", "data",
)  # fmt: skip


def add_lines(
    *, organization: Organization, lines: Iterable[tuple[Certificate | int, Mapping[str, Any]]], actor: User
) -> list[Capability]:
    """Write judged lines under their certificates, with the record of who did it; the caller holds the institution's lock."""
    made = []
    for certificate, fields in lines:
        key = certificate if isinstance(certificate, int) else certificate.pk
        row = Capability(organization=organization, certificate_id=key, nature=fields["nature"])
        fill(row, fields)
        row.key = row.key_of()
        made.append(row)
    Capability.objects.bulk_create(made, batch_size=BATCH)
    kind, now = ContentType.objects.get_for_model(Capability), timezone.now()
    flow, label, name = CapabilityFlow.name, _(ADDED), str(actor)[:50]
    copy_rows(
        FlowRecord, RECORDED,
        ((kind.pk, row.pk, actor.pk, name, now, flow, "", label, "", row.status, "", "", "{}") for row in made),
    )  # fmt: skip
    index([row.pk for row in made])
    return made


def change_lines(*, changes: Sequence[tuple[Capability, Mapping[str, Any]]], actor: User, what: str) -> None:
    """Change fields of lines that stand there, each with what stood before."""
    if not changes:
        return
    kind, events, names = ContentType.objects.get_for_model(Capability), [], {"updated_at", "key"}
    for row, fields in changes:
        before = told(row, fields)
        fill(row, fields)
        row.key, row.updated_at = row.key_of(), timezone.now()
        names |= {name for name in fields if name in fields_of(row.nature)}
        events.append(
            AuditEvent(
                content_type=kind, object_id=row.pk, actor=actor, actor_name=str(actor)[:50], object_label=str(row)[:200],
                what=what, before=before, after=told(row, fields),
            )
        )  # fmt: skip
    rows = [row for row, _fields in changes]
    Capability.objects.bulk_update(rows, sorted(names), batch_size=BATCH)
    AuditEvent.objects.bulk_create(events, batch_size=BATCH)
    index([row.pk for row in rows])


def told(row: Capability, names: Iterable[str]) -> dict[str, str]:
    """Some fields of a line in words, under what they are called."""
    return {label_of(name, row.nature): in_words(row, name) for name in names}


def fill(row: Capability, fields: Mapping[str, Any]) -> None:
    """Set what a judged line says; JSON's words for amounts and days are understood."""
    for name in fields_of(row.nature):
        if name not in fields:
            continue
        value = fields[name]
        if name == "price" and isinstance(value, str):
            value = Decimal(value) if value else None
        elif name == "valid_until" and isinstance(value, str):
            value = date.fromisoformat(value) if value else None
        elif value is None and name not in ("price", "lead_days", "valid_until"):
            value = ""
        setattr(row, name, value)
