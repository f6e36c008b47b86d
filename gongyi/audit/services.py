"""Writing the record: one insert each, in the caller's transaction, never changed afterwards."""

from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from gongyi.audit.models import AuditEvent, FlowRecord
from gongyi.kit.inserts import insert


def record_step(
    obj: Model,
    *,
    flow: str,
    step: str,
    label: str,
    from_status: str,
    to_status: str,
    actor: Any,
    acting_for: Any = None,
    comment: str = "",
    data: dict | None = None,
    at: datetime,
) -> FlowRecord:
    """Note one step of a process on `obj`; `actor` None means the clock. Only the workflow module calls this."""
    return insert(
        FlowRecord(
            **_subject(obj, actor),
            flow=flow,
            step=step,
            label=label,
            from_status=from_status,
            to_status=to_status,
            acting_for=getattr(acting_for, "pk", None),
            acting_for_name=str(acting_for or ""),
            comment=comment,
            data=data or {},
            at=at,
        )
    )


def record(actor: Any, obj: Model, what: Any, *, before: Any = None, after: Any = None, reason: str = "") -> AuditEvent:
    """Note a change outside any process (a setting, a correction): what stood before, what stands now, and why."""
    return AuditEvent.objects.create(
        **_subject(obj, actor),
        object_label=str(obj)[:200],
        what=str(what),
        before=before,
        after=after,
        reason=reason,
    )


def _subject(obj: Model, actor: Any) -> dict:
    return {
        "content_type": ContentType.objects.get_for_model(obj),
        "object_id": obj.pk,
        "actor": actor,
        "actor_name": str(actor or "")[:50],
    }
