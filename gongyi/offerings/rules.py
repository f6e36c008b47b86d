"""Who keeps what an institution offers, and what must be true before the public may see or order it."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.kit.refusal import Refused
from gongyi.offerings.models import Capability, IndustryTopic, ServicePlan
from gongyi.organizations.models import Membership, Organization
from gongyi.organizations.rules import may_manage, people_in
from gongyi.workflow import Role

keeper = Role(
    gettext_lazy("机构管理员"),
    lambda thing, user: may_manage(user, thing.organization),
    people=lambda thing: people_in(thing.organization, *Membership.ADMINISTERING),
)


def institution_active(thing: Any, *, actor: Any) -> Refused | None:
    """A suspended institution offers nothing."""
    if thing.organization.status != Organization.Status.ACTIVE:
        return Refused(
            _("所属机构已停用。"), code="institution_suspended", remedy=_("请先请平台管理员恢复机构，再发布。")
        )
    return None


def missing_of_plan(plan: ServicePlan) -> dict[str, str]:
    """What must still be said before the plan may be published: the field it is typed into, and what it is called."""
    wanted = (
        ("price", _("价格"), plan.price is not None or plan.price_kind == ServicePlan.PriceKind.NEGOTIABLE),
        ("summary", _("一句话介绍"), bool(plan.summary)),
        ("description", _("方案介绍"), bool(plan.description)),
        ("deliverables", _("交付内容"), bool(plan.delivered)),
        ("workdays_to", _("周期"), bool(plan.workdays_in_words)),
    )
    return {field: str(label) for field, label, there in wanted if not there}


def plan_complete(plan: ServicePlan, *, actor: Any) -> Refused | None:
    """A price (or 面议), what it is, what is delivered and within which time must be said before a plan is published."""
    if missing := missing_of_plan(plan):
        return Refused(
            _("还没有填写：%s。") % "、".join(missing.values()), code="incomplete", remedy=_("请在方案里补全后再发布。")
        )
    return None


def topic_complete(topic: IndustryTopic, *, actor: Any) -> Refused | None:
    """A topic says what it is about before it is published."""
    if not topic.introduction:
        return Refused(_("还没有填写：介绍。"), code="incomplete", remedy=_("请先编辑专题，补全后再发布。"))
    return None


def certificate_valid(capability: Capability, *, actor: Any) -> Refused | None:
    """A capability is worth nothing without its certificate."""
    if not capability.certificate.is_valid_on(timezone.localdate()):
        return Refused(
            _("所依据的证书「%s」已过期或已撤销。") % capability.certificate.number, code="certificate_ended",
            remedy=_("请先更新证书，或改选有效的证书。"),
        )  # fmt: skip
    return None
