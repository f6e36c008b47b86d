"""What the end of a certificate, or of an institution's stay, means for what it offers."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.offerings.models import Capability, ServicePlan
from gongyi.offerings.queries.capabilities import plans_with
from gongyi.organizations.consequences import Act, Consequence, register_consequence
from gongyi.organizations.models import Certificate, Organization


@register_consequence(Act.CERTIFICATE_ENDS)
def capabilities_of(certificate: Certificate, act: Act) -> Iterable[Consequence]:
    """Nothing is lost: the lines stay in the library, are shown as fallen, and can be moved to a successor."""
    held = Capability.objects.filter(certificate=certificate).exclude(status=Capability.Status.CANCELLED)
    today, unit = timezone.localdate(), certificate.organization_id
    falling = held.orderable_on(today).count()
    what = _("标为证书失效，不能再被订购；换发新证后可一步移到新证书。")
    if falling:
        what = _("其中 %s 项现在可以订购。") % falling + what
    url = (
        reverse("offerings:tests", args=[unit])
        if held.testing().exists()
        else reverse("offerings:metrology", args=[unit])
    )
    yield Consequence(_("能力项"), held.count(), what, f"{url}?certificate={certificate.pk}")
    plans = plans_with(held.values("pk")).filter(status=ServicePlan.Status.PUBLISHED).count()
    yield Consequence(_("已发布的服务方案"), plans, _("所含能力项失效，方案里会标出；请检查后下架或更换能力项。"))


@register_consequence(Act.SUSPEND, Act.LEAVE)
def what_it_offers(organization: Organization, act: Act) -> Iterable[Consequence]:
    held = Capability.objects.filter(organization=organization).exclude(status=Capability.Status.CANCELLED)
    yield Consequence(_("能力项"), held.count(), _("公众不再能查到和订购，资料保留。"))
