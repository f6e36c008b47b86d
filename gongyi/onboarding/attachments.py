"""What a unit handed in when it joined, for the attachments tab of its pages (S3-54)."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.translation import gettext as _

from gongyi.kit.views import Action, Panel
from gongyi.kit.when import format_day
from gongyi.onboarding.models import Application, ApplicationDocument
from gongyi.onboarding.registrations import REGISTRATIONS, registration_of
from gongyi.organizations.models import Capacity, Organization
from gongyi.organizations.rules import may_manage
from gongyi.reviews.models import ReviewedStatus


@dataclass(frozen=True)
class Attached:
    """A paper as it was handed in; an old one was replaced before the approval."""

    label: Any
    document: ApplicationDocument


def attachment_panels(organization: Organization, user: Any) -> list[Panel]:
    """A card for each approved application `user` may see, the newest first, with its papers and those they replaced."""
    papers = Prefetch("documents", ApplicationDocument.objects.select_related("stored"))
    approved = Application.objects.visible_to(user).filter(organization=organization, status=ReviewedStatus.APPROVED)
    panels = []
    for application in approved.prefetch_related(papers).order_by("-saved_at"):
        labels = _labels(application)
        rows = [Attached(labels.get(paper.slot, _("其他材料")), paper) for paper in application.documents.all()]
        if not rows:
            continue
        title = _("%(capacity)s · %(what)s") % {
            "capacity": Capacity(application.capacity).label, "what": _("变更") if application.is_change else _("入网申请"),
        }  # fmt: skip
        context = {
            "current": [row for row in rows if row.document.replaced_at is None],
            "earlier": [row for row in rows if row.document.replaced_at is not None],
        }
        note = _("%s 生效") % format_day(application.saved_at, full=True)
        link = (_("查看申请"), application.get_absolute_url())
        panels.append(Panel(title, "onboarding/attachments.html", context, note=note, link=link))
    return panels


def change_actions(organization: Organization, user: Any) -> list[Action]:
    """Where a unit in use changes what it said as each of the things it takes part as; such a change may be reviewed."""
    if organization.status != Organization.Status.ACTIVE or not may_manage(user, organization):
        return []
    held = organization.participations.filter(ended_at=None).values_list("capacity", flat=True)
    return [
        Action(
            _("变更%s资料") % Capacity(capacity).label, reverse("onboarding:change", args=[organization.pk, capacity]),
            icon="file-pencil",
        )
        for capacity in held
        if capacity in REGISTRATIONS
    ]  # fmt: skip


def _labels(application: Application) -> dict[str, Any]:
    if application.capacity not in REGISTRATIONS:
        return {}
    parts = registration_of(application).parts
    return {slot.key: slot.label for part in parts for slot in part.slots(application)}
