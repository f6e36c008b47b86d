"""Reading the record of one object in one query each."""

from django.contrib.contenttypes.models import ContentType
from django.db.models import F, Model, QuerySet

from gongyi.audit.models import AuditEvent, FlowRecord


def history_of(obj: Model) -> QuerySet[FlowRecord]:
    """The flow record of an object, oldest first; names stand in the rows, so nothing is joined (S3-77)."""
    return FlowRecord.objects.filter(**_about(obj)).order_by("pk")


def events_of(obj: Model) -> QuerySet[AuditEvent]:
    """Changes to an object outside its process, newest first."""
    return AuditEvent.objects.filter(**_about(obj)).order_by("-pk")


def last_record(obj: Model, flow: str) -> FlowRecord | None:
    """The newest step that changed the status of `obj` in this process; edits that left it alone do not count."""
    moved = FlowRecord.objects.filter(**_about(obj), flow=flow).exclude(from_status=F("to_status"))
    return moved.order_by("-pk").first()


def _about(obj: Model) -> dict:
    return {"content_type": ContentType.objects.get_for_model(obj), "object_id": obj.pk}
