"""What becomes of applications, innovation platforms and invitations when a unit is suspended or leaves."""

from collections.abc import Iterator

from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.onboarding.models import Application, InnovationPlatform, Invitation
from gongyi.organizations.consequences import Act, Consequence, register_consequence
from gongyi.organizations.models import Organization
from gongyi.reviews.models import ReviewedStatus

UNFINISHED = (ReviewedStatus.DRAFT, ReviewedStatus.RETURNED, ReviewedStatus.WITHDRAWN)


@register_consequence(Act.SUSPEND, Act.LEAVE)
def what_was_begun(organization: Organization, act: Act) -> Iterator[Consequence]:
    """Drafts stay, approved platforms stay on record, and links that invite people stop working on leaving."""
    drafts = Application.objects.filter(organization=organization, status__in=UNFINISHED).count()
    yield Consequence(_("没有提交的变更申请"), drafts, _("草稿保留。"))
    platforms = InnovationPlatform.objects.filter(organization=organization, status=ReviewedStatus.APPROVED).count()
    yield Consequence(_("已通过的创新平台"), platforms, _("资料保留；公众页面随单位一起不再显示。"))
    links = Invitation.objects.filter(organization=organization).usable(timezone.now()).count()
    what = _("单位恢复之前，不能再凭它加入。") if act == Act.LEAVE else _("照常有效；需要时请先撤销。")
    yield Consequence(_("有效的邀请链接"), links, what)
