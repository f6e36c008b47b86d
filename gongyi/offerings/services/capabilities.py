"""Keeping an institution's capabilities: add, change, price, and move from a certificate to its successor (S3-37 … S3-41, S3-58)."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.accounts.models import User
from gongyi.audit.models import AuditEvent
from gongyi.audit.services import record
from gongyi.kit.money import format_money
from gongyi.kit.refusal import Refused
from gongyi.offerings.lines import METROLOGY_FIELDS, TEST_FIELDS, label_of, read
from gongyi.offerings.models import Capability
from gongyi.offerings.queries.capabilities import twin_of
from gongyi.offerings.search import index
from gongyi.offerings.workflow import CapabilityFlow
from gongyi.organizations.models import Certificate, Organization
from gongyi.organizations.services import lock, still_here

ONCE = "capability_once"
ADDED = "新增"


def fields_of(nature: str) -> tuple[str, ...]:
    """What may be said of a test, or of metrology."""
    return TEST_FIELDS if nature == Capability.Nature.TEST else METROLOGY_FIELDS


@transaction.atomic
def add_capability(*, organization: Organization, certificate: Certificate, actor: User, **fields: Any) -> Capability:
    """Put one line into the library. Refuses one that is there already (S3-38), and a certificate that is not valid today."""
    still_here(lock(organization))
    capability = Capability(organization=organization, certificate=certificate)
    _write(capability, certificate, fields)
    _save(capability)
    CapabilityFlow.opened(capability, _(ADDED), actor=actor)
    index([capability.pk])
    return capability


@transaction.atomic
def change_capability(*, capability: Capability, actor: User, **fields: Any) -> Capability:
    """Change what a line says, its certificate too; what stood before is kept in the history. Refuses a cancelled line."""
    still_here(lock(capability.organization))
    kept = Capability.objects.select_related("certificate", "organization").get(pk=capability.pk)
    if kept.status == Capability.Status.CANCELLED:
        raise Refused(_("这项能力已取消，保留原序号备查，不再修改。需要时请重新添加。"), code="cancelled")
    certificate = fields.pop("certificate", kept.certificate)
    before = as_told(kept)
    said = {name: getattr(kept, name) for name in fields_of(kept.nature)}
    _write(kept, certificate, {**said, **fields})
    after = as_told(kept)
    if changed := {name for name in after if before[name] != after[name]}:
        _save(kept)
        record(
            actor, kept, _("修改能力项"),
            before={name: before[name] for name in changed}, after={name: after[name] for name in changed},
        )  # fmt: skip
        index([kept.pk])
    return kept


def _write(capability: Capability, certificate: Certificate, fields: Mapping[str, Any]) -> None:
    """Set the fields of a line that is in order; else Refused with the first sentence of what is not."""
    today = timezone.localdate()
    if certificate.organization_id != capability.organization_id:
        raise Refused(_("只能选择本机构的证书。"), code="foreign_certificate")
    if capability.certificate_id != certificate.pk or capability.pk is None:
        certificate = Certificate.objects.get(pk=certificate.pk)  # as it stands now, with the institution locked
        if not certificate.is_valid_on(today):
            sentence = _("证书「%s」已过期或已撤销，不能再添加能力项。") % certificate.number
            raise Refused(sentence, code="certificate_ended", remedy=_("请改选有效的证书，或先更新资质证书。"))
    line = read(fields, certificate=certificate, today=today)
    if line.problems:
        name, sentence = line.problems[0]
        label = label_of(name, line.fields["nature"])
        raise Refused(_("「%(label)s」%(sentence)s") % {"label": label, "sentence": sentence}, code="invalid")
    capability.certificate, capability.nature = certificate, line.fields["nature"]
    for name in fields_of(capability.nature):
        if name in line.fields:
            value = line.fields[name]
            setattr(capability, name, "" if value is None and name == "authorization_category" else value)


def _save(capability: Capability) -> None:
    try:
        with transaction.atomic():
            capability.save()
    except IntegrityError as error:
        if ONCE not in str(error):
            raise
        raise already_there(capability) from None


def already_there(capability: Capability) -> Refused:
    """The refusal of a line that stands in the library, naming where (S3-38)."""
    there = twin_of(capability)
    where = _("（序号 %s）") % there.parameter_no if there and there.parameter_no else ""
    sentence = _("「%(what)s」已在能力库中%(where)s，请勿重复添加。") % {"what": capability, "where": where}
    refusal = Refused(sentence, code="taken", remedy=_("需要更正时，请修改原有的那一项。"))
    refusal.url = there.kept_url if there else ""  # type: ignore[attr-defined]
    return refusal


@transaction.atomic
def set_price(*, capabilities: Iterable[Capability], actor: User, price: Decimal | None, lead_days: int | None) -> int:
    """One price and time for many lines; an empty price means 面议. Lines given up stay as they are; returns how many changed."""
    keys = [capability.pk for capability in capabilities]
    rows = Capability.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=keys).order_by("pk")
    changed, events = [], []
    for row in rows.exclude(status=Capability.Status.CANCELLED):
        if (row.price, row.lead_days) == (price, lead_days):
            continue
        before = _told_price(row)
        row.price, row.lead_days, row.updated_at = price, lead_days, timezone.now()
        changed.append(row)
        events.append(_event(actor, row, _("改价"), before, _told_price(row)))
    Capability.objects.bulk_update(changed, ["price", "lead_days", "updated_at"])
    AuditEvent.objects.bulk_create(events)
    index([row.pk for row in changed])
    return len(changed)


@transaction.atomic
def move_capabilities(*, source: Certificate, target: Certificate, actor: User) -> tuple[int, int]:
    """Hang every line of a certificate on its successor, in one step: (how many moved, how many stand there already).

    Lines given up stay where they were, and so does a line the successor has already. Refuses a successor that is not valid
    or belongs to another institution.
    """
    still_here(lock(source.organization))
    target = Certificate.objects.get(pk=target.pk)
    if target.organization_id != source.organization_id or target.pk == source.pk:
        raise Refused(_("请选择本机构的另一张证书。"), code="foreign_certificate")
    if not target.is_valid_on(timezone.localdate()):
        raise Refused(_("证书「%s」已过期或已撤销，请选择有效的证书。") % target.number, code="certificate_ended")
    rows = list(
        Capability.objects.select_for_update(no_key=True, of=("self",)).filter(certificate=source)
        .exclude(status=Capability.Status.CANCELLED).order_by("pk")
    )  # fmt: skip
    held = Capability.objects.filter(certificate=target).exclude(status=Capability.Status.CANCELLED)
    there = set(held.values_list("nature", "key"))
    moving = [row for row in rows if (row.nature, row.key) not in there]
    now, before, after = timezone.now(), {_("证书编号"): source.number}, {_("证书编号"): target.number}
    Capability.objects.filter(pk__in=[row.pk for row in moving]).update(certificate=target, updated_at=now)
    AuditEvent.objects.bulk_create([_event(actor, row, _("换证"), before, after) for row in moving], batch_size=1000)
    words = _("能力项由 %(source)s 换到 %(target)s") % {"source": source.number, "target": target.number}
    record(actor, target, words, before={_("能力项"): ""}, after={_("能力项"): str(len(moving))})
    index([row.pk for row in moving])
    return len(moving), len(rows) - len(moving)


def as_told(capability: Capability) -> dict[str, str]:
    """What the history keeps of a line: every field in words, under what it is called."""
    told = {str(_("证书编号")): capability.certificate.number}
    for name in fields_of(capability.nature):
        told[label_of(name, capability.nature)] = in_words(capability, name)
    return told


def in_words(capability: Capability, name: str) -> str:
    """One field for people to read, "" for nothing."""
    value = getattr(capability, name)
    if value in (None, ""):
        return ""
    if isinstance(value, date):
        return value.isoformat()
    if name == "price":
        return format_money(value)
    shown = getattr(capability, f"get_{name}_display", None)
    return str(shown() if shown else value)


def _told_price(row: Capability) -> dict[str, str]:
    return {label_of(name, row.nature): in_words(row, name) for name in ("price", "lead_days")}


def _event(actor: User, row: Capability, what: str, before: Mapping, after: Mapping) -> AuditEvent:
    return AuditEvent(
        content_type=ContentType.objects.get_for_model(Capability), object_id=row.pk, actor=actor,
        actor_name=str(actor)[:50], object_label=str(row)[:200], what=what, before=before, after=after,
    )  # fmt: skip


@CapabilityFlow.cancel.then
def find_no_more(capability: Capability, *, actor: Any, **data: Any) -> None:
    """What was given up leaves the search."""
    index([capability.pk])
