"""Who looks after an instrument, and what must be true before the public may see it."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.catalog.models import Instrument, InstrumentManager
from gongyi.catalog.registration import missing_of
from gongyi.kit.refusal import Refused
from gongyi.organizations.models import Membership
from gongyi.organizations.rules import is_unit_admin, keeps_department, may_manage, people_in
from gongyi.workflow import Role


def keeps(instrument: Instrument, user: Any) -> bool:
    """Its manager, its laboratory's account, its unit's administrator, or the platform's."""
    if not getattr(user, "is_authenticated", False):
        return False
    if user.is_staff or InstrumentManager.objects.filter(instrument=instrument, user=user).exists():
        return True
    return is_unit_admin(user, instrument.organization) or keeps_department(user, instrument.department_id)


def may_place_anywhere(instrument: Instrument, user: Any) -> bool:
    """Whether `user` may give the instrument to any department of its unit; a laboratory's account keeps it in its own."""
    if may_manage(user, instrument.organization):
        return True
    return instrument.pk is not None and instrument.manager_links.filter(user_id=user.pk).exists()


def _keepers(instrument: Instrument) -> list:
    named = [link.user for link in instrument.manager_links.select_related("user") if link.user.is_active]
    return named or people_in(instrument.organization, *Membership.ADMINISTERING)


keeper = Role(gettext_lazy("仪器管理员"), keeps, people=_keepers)


def classified(instrument: Instrument, *, actor: Any) -> str | None:
    """Without a class nobody finds it by browsing, and its statistics count nowhere."""
    if instrument.instrument_class_id is None:
        return _("还没有填仪器分类。请先编辑资料，选好分类再发布。")
    return None


NAMED_AT_MOST = 12  # missing fields in one sentence; the instrument's page names them all


def registered(instrument: Instrument, *, actor: Any) -> Refused | None:
    """Everything that must be known of an instrument is (S2-16); what is not is named."""
    missing = missing_of(instrument)
    if not missing:
        return None
    names = "、".join(str(item.label) for item in missing[:NAMED_AT_MOST])
    more = _("等 %s 项") % len(missing) if len(missing) > NAMED_AT_MOST else ""
    return Refused(
        _("还没有填写：%(names)s%(more)s。") % {"names": names, "more": more}, code="incomplete",
        remedy=_("请在「编辑资料」中补充。"),
    )  # fmt: skip


def unit_active(instrument: Instrument, *, actor: Any) -> str | None:
    """A suspended unit shares nothing."""
    if instrument.organization.status != "active":
        return _("所属单位已停用。请先请平台管理员恢复单位。")
    return None
