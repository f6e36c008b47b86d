"""What becomes of reviews when a unit is suspended or leaves: its own submissions, and those it has to decide."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from gongyi.organizations.consequences import Act, Consequence, register_consequence
from gongyi.organizations.models import Organization
from gongyi.reviews.models import Review


@register_consequence(Act.SUSPEND, Act.LEAVE)
def turns(organization: Organization, act: Act) -> Iterator[Consequence]:
    """What waits for the unit's decision would wait forever; what it handed in is decided as before, or taken back first."""
    waiting, leaves = Review.objects.filter(status=Review.Status.PENDING), act == Act.LEAVE
    what = _("请先办完。") if leaves else _("仍由本单位办理；新提交的改由上级主管部门或平台管理员审核。")
    to_decide = waiting.filter(authority=organization).count()
    yield Consequence(_("待本单位审核的事项"), to_decide, what, reverse("reviews:waiting"), blocks=leaves)
    what = _("请先撤回，或等审核结束。") if leaves else _("照常审核。")
    handed_in = waiting.filter(submission__organization=organization).exclude(authority=organization).count()
    yield Consequence(_("本单位提交、正在审核的事项"), handed_in, what, reverse("reviews:mine"), blocks=leaves)
