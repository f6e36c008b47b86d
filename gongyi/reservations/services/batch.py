"""Booking several instruments of one unit at once (批量预约, S1-51, S1-87): each becomes an ordinary reservation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gongyi.catalog.models import Instrument
from gongyi.reservations import queries
from gongyi.reservations.models import Reservation
from gongyi.reservations.queries.locks import lock_instruments
from gongyi.reservations.services.booking import reserve
from gongyi.workflow import Refused

BATCH_LIMIT = 10  # instruments in one batch


@dataclass(frozen=True)
class Wish:
    """One instrument and when."""

    instrument: Instrument
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Outcome:
    """What became of a wish: the reservation, or why there is none."""

    wish: Wish
    reservation: Reservation | None = None
    refused: Refused | None = None


class NotAllBookable(Refused):
    """Nothing was booked, because not everything could be; `outcomes` say what each wish was told."""

    def __init__(self, outcomes: Sequence[Outcome]):
        self.outcomes = list(outcomes)
        standing = [outcome for outcome in self.outcomes if outcome.refused]
        names = "、".join(outcome.wish.instrument.name for outcome in standing)
        super().__init__(
            _("%(n)s 台仪器约不上（%(names)s），所以一台都没有预约。") % {"n": len(standing), "names": names},
            code="not_bookable",
            remedy=_("请改时间、取消勾选这几台，或选择「能约的先约」。")
            if len(standing) < len(self.outcomes)
            else _("请改时间，或按各台的提示办理。"),
        )


def reserve_together(
    *, wishes: Sequence[Wish], user: Any, account: queries.Account, actor: Any, partial: bool = False, **common: Any
) -> list[Outcome]:
    """Book every wish for `user`, paid by `account`, in one transaction; `common` goes to each (`services.reserve`).

    All or nothing, unless `partial`: then those that pass are booked and the others say why not. Every rule is asked for each
    in the order of the wishes, so that limits and the balance count what was booked before in the same batch. All instruments
    are locked first, in the order of their keys: two batches, or a batch and a booking, never wait for each other in a circle.
    Refuses instruments of two units, one instrument twice, more than `BATCH_LIMIT`, and an account of another unit (by rule).
    """
    _refuse_odd(wishes)
    outcomes: list[Outcome] = []
    with transaction.atomic():
        lock_instruments([wish.instrument.pk for wish in wishes])
        for wish in wishes:
            try:
                made = reserve(
                    instrument=wish.instrument, user=user, starts_at=wish.starts_at, ends_at=wish.ends_at, account=account,
                    actor=actor, **common,
                )  # fmt: skip
                outcomes.append(Outcome(wish, made))
            except Refused as refused:
                outcomes.append(Outcome(wish, refused=refused))
        if not partial and any(outcome.refused for outcome in outcomes):
            raise NotAllBookable(outcomes)
        if not any(outcome.reservation for outcome in outcomes):
            raise NotAllBookable(outcomes)
    return outcomes


def _refuse_odd(wishes: Sequence[Wish]) -> None:
    if not wishes:
        raise Refused(_("还没有选中要预约的仪器。"), code="invalid", remedy=_("请至少勾选一台。"))
    if len(wishes) > BATCH_LIMIT:
        raise Refused(_("一次最多预约 %s 台仪器。") % BATCH_LIMIT, code="too_many", remedy=_("请分几次预约。"))
    if len({wish.instrument.pk for wish in wishes}) < len(wishes):
        raise Refused(_("同一台仪器在一批里只能约一次。"), code="invalid", remedy=_("另一个时段请单独预约。"))
    units = {wish.instrument.organization_id: wish.instrument.organization for wish in wishes}
    if len(units) > 1:
        names = "、".join(str(unit) for unit in units.values())
        raise Refused(
            _("一批只能预约同一家单位的仪器，所选仪器属于 %s。") % names,
            code="two_units",
            remedy=_("请按单位分别预约。"),
        )
