"""What happens to an institution changes what of it is found."""

from typing import Any

from django.db import transaction

from gongyi.catalog.services.vocabulary import reindex_after_changes
from gongyi.offerings.models import Capability, ServicePlan
from gongyi.offerings.search.documents import index, plans
from gongyi.offerings.search.reindexing import REINDEX
from gongyi.organizations.models import Certificate, Organization
from gongyi.organizations.services.certificates import follow_certificate_changes
from gongyi.organizations.workflow import OrganizationFlow

reindex_after_changes(REINDEX)


@OrganizationFlow.suspend.then
@OrganizationFlow.leave.then
@OrganizationFlow.resume.then
@OrganizationFlow.edit.then
def find_what_it_offers_accordingly(organization: Organization, *, actor: Any, **data: Any) -> None:
    """Nothing of a suspended institution is found, everything of a resumed one again, a renamed one's by its new name."""

    def write() -> None:
        index(
            Capability.objects.filter(organization=organization).order_by("pk").values_list("pk", flat=True).iterator()
        )
        plans(ServicePlan.objects.filter(organization=organization).order_by("pk").values_list("pk", flat=True))

    transaction.on_commit(write)


@follow_certificate_changes
def find_its_capabilities_accordingly(certificate: Certificate) -> None:
    """Capabilities are found by their certificate's number and nature; when it ends is asked while searching."""
    lines = Capability.objects.filter(certificate=certificate).order_by("pk").values_list("pk", flat=True)
    transaction.on_commit(lambda: index(lines.iterator()))
