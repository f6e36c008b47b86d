"""Reads about an institution's library of capabilities."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from gongyi.offerings.models import Capability, ServicePlan
from gongyi.organizations.models import Certificate

Standing = Capability.Standing


def twin_of(capability: Capability) -> Capability | None:
    """The line of the library that says the same under the same certificate."""
    same = Capability.objects.filter(
        organization=capability.organization_id, certificate=capability.certificate_id, nature=capability.nature,
        key=capability.key_of(),
    )  # fmt: skip
    return same.exclude(status=Capability.Status.CANCELLED).exclude(pk=capability.pk).first()


def with_standing(rows: QuerySet[Capability], day: date) -> QuerySet[Capability]:
    """Each with `worth`, the value of `standing_on(day)`, so that a list can be sorted and counted by it."""
    status = Capability.Status
    return rows.annotate(
        worth=Case(
            When(status=status.CANCELLED, then=Value(Standing.CANCELLED.value)),
            When(certificate__withdrawn_at__isnull=False, then=Value(Standing.WITHDRAWN.value)),
            When(certificate__expires_on__lt=day, then=Value(Standing.EXPIRED.value)),
            When(valid_until__lt=day, then=Value(Standing.ENDED.value)),
            When(status=status.SUSPENDED, then=Value(Standing.SUSPENDED.value)),
            default=Value(Standing.VALID.value),
            output_field=CharField(),
        )
    )


def counts(rows: QuerySet[Capability], day: date, field: str = "worth") -> dict[str, int]:
    """How many there are of each standing, or of each value of another field; in one query."""
    found = with_standing(rows, day).order_by().values(field).annotate(n=Count("pk"))
    return {row[field]: row["n"] for row in found}


def domains(rows: QuerySet[Capability]) -> list[str]:
    """The fields (领域) that occur, most frequent first."""
    found = rows.exclude(domain="").order_by().values("domain").annotate(n=Count("pk")).order_by("-n", "domain")
    return [row["domain"] for row in found]


@dataclass(frozen=True)
class Pickable:
    """A certificate on offer; with a `reason` it can't be chosen."""

    certificate: Certificate
    reason: str
    count: int


def pickable(organization: Any, day: date) -> list[Pickable]:
    """The institution's certificates: those valid that day first, the others with why they can't be chosen (S3-40)."""
    held = Count("capabilities", filter=~Q(capabilities__status=Capability.Status.CANCELLED))
    rows = Certificate.objects.filter(organization=organization).annotate(held=held)
    rows = rows.order_by(F("withdrawn_at").asc(nulls_first=True), "nature", "number")
    found = [Pickable(row, why_not(row, day), row.held) for row in rows]
    return sorted(found, key=lambda one: bool(one.reason))


def why_not(certificate: Certificate, day: date) -> str:
    """Why a certificate can carry no new capability that day, "" when it can."""
    if certificate.withdrawn_at is not None:
        return _("已撤销：%s") % certificate.withdrawn_reason if certificate.withdrawn_reason else _("已撤销")
    if certificate.expires_on is not None and certificate.expires_on < day:
        return _("已于 %s 过期") % certificate.expires_on.isoformat()
    return ""


def plans_with(capabilities: Iterable[int] | QuerySet) -> QuerySet[ServicePlan]:
    """The service plans that include one of these."""
    through = ServicePlan.capabilities.through.objects.filter(capability__in=capabilities)
    return ServicePlan.objects.filter(pk__in=through.order_by().values("serviceplan"))
