"""A unit's place on the platform: in use or suspended, and who may change its data."""

from django.utils.translation import gettext_lazy as _

from gongyi.organizations.forms.units import ContactForm, OrganizationForm
from gongyi.organizations.models import Organization
from gongyi.organizations.rules import platform_admin, unit_admin
from gongyi.workflow import Step, Workflow
from gongyi.workflow.forms import CommentForm, ReasonForm

S = Organization.Status


class OrganizationFlow(Workflow):
    """A unit is added by the platform administrator; suspended, the public no longer sees it. Onboarding comes before."""

    model = Organization
    title = _("单位")

    edit = Step(_("修改单位信息"), (S.ACTIVE, S.SUSPENDED), by=platform_admin, form=OrganizationForm)
    edit_contact = Step(_("修改联系资料"), S.ACTIVE, by=unit_admin, form=ContactForm)
    suspend = Step(
        _("停用"), S.ACTIVE, S.SUSPENDED, by=platform_admin, form=ReasonForm, tell=unit_admin, tone="danger",
        confirm=_("停用后，公众不再看到该单位；本单位人员仍可登录查看。"),
    )  # fmt: skip
    resume = Step(
        _("恢复"), (S.SUSPENDED, S.EXITED), S.ACTIVE, by=platform_admin, form=CommentForm, tell=unit_admin,
        tone="success",
    )  # fmt: skip
    leave = Step(
        _("退出平台"), (S.ACTIVE, S.SUSPENDED), S.EXITED, by=platform_admin, form=ReasonForm, tell=unit_admin,
        tone="danger",
    )  # fmt: skip
