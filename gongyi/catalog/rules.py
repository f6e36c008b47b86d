"""Who looks after an instrument, and what must be true before the public may see it."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongyi.catalog.models import Instrument, InstrumentManager
from gongyi.organizations.rules import is_unit_admin, people_in
from gongyi.workflow import Role


def keeps(instrument: Instrument, user: Any) -> bool:
    """Its manager, its unit's administrator, or the platform's."""
    if not getattr(user, "is_authenticated", False):
        return False
    if user.is_staff or InstrumentManager.objects.filter(instrument=instrument, user=user).exists():
        return True
    return is_unit_admin(user, instrument.organization)


def _keepers(instrument: Instrument) -> list:
    named = [link.user for link in instrument.manager_links.select_related("user") if link.user.is_active]
    return named or people_in(instrument.organization, "unit_admin")


keeper = Role(gettext_lazy("仪器管理员"), keeps, people=_keepers)


def classified(instrument: Instrument, *, actor: Any) -> str | None:
    """Without a class nobody finds it by browsing, and its statistics count nowhere."""
    if instrument.instrument_class_id is None:
        return _("还没有填仪器分类。请先编辑资料，选好分类再发布。")
    return None


def unit_active(instrument: Instrument, *, actor: Any) -> str | None:
    """A suspended unit shares nothing."""
    if instrument.organization.status != "active":
        return _("所属单位已停用。请先请平台管理员恢复单位。")
    return None
