"""Who may use an instrument and who may not: levels granted by its manager, bans by its unit."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.audit.services import record
from gongyi.catalog.models import Instrument
from gongyi.kit.when import format_when
from gongyi.notifications.services import notify, register_kind
from gongyi.organizations.models import Membership, Organization
from gongyi.reservations.models import Ban, Qualification
from gongyi.reservations.queries.locks import lock_instrument
from gongyi.reservations.services.closures import refuse_strangers
from gongyi.workflow import Refused

KIND = "reservations.qualification"
register_kind(KIND, _("使用资格"))


def grant(
    *,
    instrument: Instrument,
    user: Any,
    level: int,
    actor: Any,
    expires_on: date | None = None,
    note: str = "",
) -> Qualification:
    """Give `user` a level on `instrument` until `expires_on` (that day included; None: no end), instead of the present one.

    Refuses people who do not look after the instrument, 未授权 as a level (`withdraw` it) and a day that is over. The person
    is told; both levels stand in the audit log.
    """
    refuse_strangers(instrument, actor)
    if level not in (Qualification.Level.NORMAL, Qualification.Level.SENIOR):
        raise Refused(_("请选择普通或资深资格。"), code="invalid", remedy=_("要取消资格，请用「撤销」。"))
    if expires_on is not None and expires_on < timezone.localdate():
        raise Refused(_("有效期不能早于今天。"), code="invalid")
    with transaction.atomic():
        before = _end_current(instrument, user)
        granted = Qualification.objects.create(
            instrument=instrument, user=user, level=level, granted_by=actor, expires_on=expires_on, note=note
        )
        after = _facts(granted)
        record(
            actor, instrument, _("授予%s资格") % granted.get_level_display(), before=before, after=after, reason=note
        )
        _tell(granted, _("您获得了「%(instrument)s」的%(level)s资格"), note)
    return granted


def withdraw(*, instrument: Instrument, user: Any, actor: Any, reason: str) -> None:
    """Take the level away at once, with a reason the person reads. Bookings made before stay; nothing to do is no error."""
    refuse_strangers(instrument, actor)
    with transaction.atomic():
        current = Qualification.objects.filter(instrument=instrument, user=user, withdrawn_at=None).first()
        before = _end_current(instrument, user)
        if current is None or before is None:
            return
        record(actor, instrument, _("撤销资格"), before=before, reason=reason)
        _tell(current, _("您在「%(instrument)s」的%(level)s资格已撤销"), reason)


def ban(*, user: Any, organization: Organization, reason: str, actor: Any, until: datetime | None = None) -> Ban:
    """Put `user` on the blacklist of a unit until `until` (None: until lifted, S0-61); bookings made before stay.

    Refuses everybody but the unit's administrators and the platform's, and a moment that is over.
    """
    _refuse_others(organization, actor)
    if until is not None and until <= timezone.now():
        raise Refused(_("截止时间要晚于现在。"), code="invalid")
    with transaction.atomic():
        entry = Ban.objects.create(user=user, organization=organization, reason=reason, until=until, created_by=actor)
        record(actor, user, _("列入黑名单"), after={"organization": organization.pk, "until": until}, reason=reason)
        end = format_when(until) if until else _("解除之前")
        body = _("%(end)s不能预约该单位的仪器。原因：%(reason)s") % {"end": end, "reason": reason}
        notify([user], title=_("您已被%s列入黑名单") % organization, body=body, kind=KIND)
    return entry


def lift(*, ban: Ban, actor: Any) -> Ban:
    """End a ban now; lifting it twice changes nothing."""
    _refuse_others(ban.organization, actor)
    with transaction.atomic():
        now = timezone.now()
        if Ban.objects.filter(pk=ban.pk, lifted_at=None).update(lifted_at=now, lifted_by=actor):
            ban.lifted_at, ban.lifted_by = now, actor
            record(actor, ban.user, _("解除黑名单"), before={"organization": ban.organization_id, "reason": ban.reason})
            notify([ban.user], title=_("%s已将您移出黑名单") % ban.organization, kind=KIND)
    return ban


def _end_current(instrument: Instrument, user: Any) -> dict[str, Any] | None:
    """Withdraw the current level under the instrument's lock and say what it was."""
    lock_instrument(instrument.pk)
    current = Qualification.objects.filter(instrument=instrument, user=user, withdrawn_at=None).first()
    if current is None:
        return None
    Qualification.objects.filter(pk=current.pk).update(withdrawn_at=timezone.now())
    return _facts(current)


def _facts(qualification: Qualification) -> dict[str, Any]:
    return {
        "user": qualification.user_id, "name": str(qualification.user), "level": qualification.level,
        "expires_on": qualification.expires_on,
    }  # fmt: skip


def _tell(qualification: Qualification, title: str, note: str) -> None:
    words = {"instrument": qualification.instrument, "level": Qualification.Level(qualification.level).label}
    url = qualification.instrument.get_absolute_url()
    notify([qualification.user], title=title % words, body=note, url=url, kind=KIND)


def _refuse_others(organization: Organization, actor: Any) -> None:
    administers = actor.is_staff or actor.memberships.filter(
        organization=organization, role__in=Membership.ADMINISTERING, ended_at=None
    ).exists()  # fmt: skip
    if not administers:
        raise Refused(_("只有该单位的管理员可以管理黑名单。"), code="not_allowed")
