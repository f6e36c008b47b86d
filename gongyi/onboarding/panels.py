"""Cards of joining for pages of other apps."""

from django.utils.translation import gettext as _

from gongyi.kit.views import Panel
from gongyi.onboarding.models import InnovationPlatform
from gongyi.onboarding.platforms import published
from gongyi.organizations.models import Organization


def platforms_panel(organization: Organization) -> Panel | None:
    """The published innovation platforms of a unit, for its public page; None where it has none."""
    rows = InnovationPlatform.objects.published().filter(organization=organization)
    found = published(rows)
    if not found:
        return None
    note = _("%s 个") % len(found)
    return Panel(_("创新平台"), "onboarding/platforms_panel.html", {"platforms": found}, note=note, bare=True)
