"""What becomes of a unit's instruments when it is suspended or leaves."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from gongyi.catalog.models import Instrument
from gongyi.organizations.consequences import Act, Consequence, register_consequence
from gongyi.organizations.models import Organization


@register_consequence(Act.SUSPEND, Act.LEAVE)
def instruments(organization: Organization, act: Act) -> Iterator[Consequence]:
    """Published instruments can no longer be found or booked; on leaving they are disabled besides."""
    count = Instrument.objects.published().filter(organization=organization).count()
    what = (
        _("不再能被查到和预约；恢复单位后照旧。")
        if act == Act.SUSPEND
        else _("全部停用，不再能被查到和预约；以后恢复单位时，须逐台重新发布。")
    )
    address = f"{reverse('catalog:list')}?organization={organization.pk}"
    yield Consequence(_("已发布的仪器（台）"), count, what, address)
