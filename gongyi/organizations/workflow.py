"""A unit's place on the platform: in use, suspended or gone, and who may change its data."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.audit.queries import last_record
from gongyi.kit.refusal import Refused
from gongyi.notifications.services import notify
from gongyi.organizations.consequences import Act, obstacle
from gongyi.organizations.forms.units import ContactForm, OrganizationForm
from gongyi.organizations.models import Membership, Organization, Participation
from gongyi.organizations.rules import people_in, platform_admin, unit_admin
from gongyi.workflow import Step, Workflow
from gongyi.workflow.forms import CommentForm, ReasonForm

S = Organization.Status


def nothing_stands_in_the_way(organization: Organization, *, actor: Any) -> Refused | None:
    """No money, no running use, no booking of others, no waiting review and no branch hangs on the unit any more."""
    return obstacle(organization, Act.LEAVE)


def has_not_asked(organization: Organization, *, actor: Any) -> str | None:
    """The unit has not asked to leave already."""
    return _("已申请退出，请等平台管理员处理。") if organization.leave_asked_at else None


def has_asked(organization: Organization, *, actor: Any) -> str | None:
    """The unit asked to leave."""
    return None if organization.leave_asked_at else _("该单位没有申请退出。")


class OrganizationFlow(Workflow):
    """A unit from its addition to its exit; joining comes before, as an application.

    **Suspended** (停用) it is a pause: strangers no longer find the unit, its instruments and its pictures, nobody can book
    them anew. People keep their accounts, roles and records; bookings made stay valid, and who made them is told; money,
    applications and certificates stay as they are. Resuming gives all of it back.

    **Leaving** (退出平台) is for good, asked for by the unit or decided by the platform, and refused while money, use, bookings,
    reviews or branches hang on the unit. It ends every participation and membership at one moment and disables the
    published instruments; nobody loses their sign-in. Resuming then gives back the memberships and participations
    that ended in that moment; instruments stay disabled until somebody publishes them again.
    """

    model = Organization
    title = gettext_lazy("单位")

    edit = Step(gettext_lazy("修改单位信息"), (S.ACTIVE, S.SUSPENDED), by=platform_admin, form=OrganizationForm)
    edit_contact = Step(gettext_lazy("修改联系资料"), S.ACTIVE, by=unit_admin, form=ContactForm)
    suspend = Step(
        gettext_lazy("停用"), S.ACTIVE, S.SUSPENDED, by=platform_admin, form=ReasonForm, tell=unit_admin, tone="danger",
        confirm=gettext_lazy("停用后，公众不再看到该单位，它的仪器不再能预约；本单位人员仍可登录查看。"),
    )  # fmt: skip
    resume = Step(
        gettext_lazy("恢复"), (S.SUSPENDED, S.EXITED), S.ACTIVE, by=platform_admin, form=CommentForm, tell=unit_admin,
        tone="success",
    )  # fmt: skip
    ask_to_leave = Step(
        gettext_lazy("申请退出"), (S.ACTIVE, S.SUSPENDED), by=unit_admin, form=ReasonForm, needs=has_not_asked,
        tell=platform_admin, tone="danger", confirm=gettext_lazy("平台管理员处理前，一切照旧；可以随时撤回申请。"),
    )  # fmt: skip
    stay_after_all = Step(
        gettext_lazy("撤回退出申请"), (S.ACTIVE, S.SUSPENDED), by=unit_admin, needs=has_asked, tell=platform_admin
    )
    keep = Step(
        gettext_lazy("不同意退出"), (S.ACTIVE, S.SUSPENDED), by=platform_admin, form=ReasonForm, needs=has_asked,
        tell=unit_admin,
    )  # fmt: skip
    leave = Step(
        gettext_lazy("退出平台"), (S.ACTIVE, S.SUSPENDED), S.EXITED, by=platform_admin, form=ReasonForm,
        needs=nothing_stands_in_the_way, tell=unit_admin, tone="danger",
        confirm=gettext_lazy("退出后，本单位全部人员的角色和入网身份结束，已发布的仪器停用；各人的账号保留。"),
    )  # fmt: skip


@OrganizationFlow.ask_to_leave.does
def note_the_wish(organization: Organization, *, actor: Any, **data: Any) -> None:
    """The wish stands until it is taken back, turned down or fulfilled."""
    organization.leave_asked_at = timezone.now()


@OrganizationFlow.stay_after_all.does
@OrganizationFlow.keep.does
@OrganizationFlow.leave.does
def forget_the_wish(organization: Organization, *, actor: Any, **data: Any) -> None:
    """No wish to leave stands any more."""
    organization.leave_asked_at = None


@OrganizationFlow.leave.then
def end_its_part(organization: Organization, *, actor: Any, reason: str = "", **data: Any) -> None:
    """Every membership and participation ends at the moment the unit left; its people are told and keep their accounts."""
    record = last_record(organization, OrganizationFlow.name)
    assert record is not None
    people = people_in(organization, *Membership.Role.values)
    Membership.objects.current().filter(organization=organization).update(ended_at=record.at)
    Participation.objects.filter(organization=organization, ended_at=None).update(ended_at=record.at)
    notify(
        people,
        title=_("%s已退出平台") % organization.name,
        body=_("您在该单位的角色已结束；您的账号和以往的记录保留，可以绑定其他单位。原因：%s") % reason,
        kind=OrganizationFlow.name,
    )


@OrganizationFlow.resume.does
def give_back(organization: Organization, *, actor: Any, **data: Any) -> dict:
    """A unit that had left gets back the memberships and participations that ended when it left."""
    record = last_record(organization, OrganizationFlow.name)
    if record is None or record.step != OrganizationFlow.leave.name:
        return {}
    ended = {"organization": organization, "ended_at": record.at}
    back = Membership.objects.current().filter(organization=organization)  # of whom the platform put there meanwhile
    return {
        "memberships": Membership.objects.filter(**ended).exclude(user__in=back.values("user")).update(ended_at=None),
        "participations": Participation.objects.filter(**ended).update(ended_at=None),
    }
