"""Things that are reviewed, and the authorities that review them, for tests."""

from itertools import count

from gongyi.onboarding.models import InnovationPlatform
from gongyi.onboarding.workflow import PlatformFlow
from gongyi.organizations.models import Matter, Membership, Organization, Remit
from gongyi.regions.models import Region
from gongyi.reviews.models import Review
from gongyi.reviews.rules import turn_open

_numbers = count(1)
PROVINCE, CITY, DISTRICT = "330000", "330100", "330106"


def innovation_platform(unit: Organization, name: str = "", **fields) -> InnovationPlatform:
    """A draft with everything filled in."""
    fields = {
        "platform_type": "省重点实验室", "level": "provincial", "host_name": unit.name, "host_uscc": "91110000600037341L",
        "introduction": "面向功能材料的开放平台。", "contact_name": "周敏", "contact_phone": "13900000001",
    } | fields  # fmt: skip
    return InnovationPlatform.objects.create(
        organization=unit, name=name or f"功能材料省重点实验室 {next(_numbers)}", **fields
    )


def remit(authority: Organization, region: str, matter: str = Matter.PLATFORMS) -> Remit:
    return Remit.objects.create(organization=authority, matter=matter, region=Region.objects.get(pk=region))


def handed_in(unit: Organization, by, name: str = "", **fields) -> Review:
    """The turn that waits on a new platform of `unit` which `by` handed in."""
    platform = innovation_platform(unit, name, **fields)
    PlatformFlow.fire(platform, "submit", actor=by)
    review = turn_open(platform)
    assert review is not None
    return review


def under_review(unit: Organization, by, judge) -> tuple[InnovationPlatform, Review]:
    """A platform of `unit` handed in by `by`, waiting for the authority whose reviewer `judge` is."""
    held = Membership.objects.current().get(user=judge, role=Membership.Role.REVIEWER)
    unit.region = Region.objects.get(pk=DISTRICT)
    unit.save(update_fields=["region"])
    Remit.objects.get_or_create(
        matter=Matter.PLATFORMS, region_id=PROVINCE, defaults={"organization": held.organization}
    )
    review = handed_in(unit, by)
    return review.submission.subject, review
