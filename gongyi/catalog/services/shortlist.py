"""Putting instruments on one's 预选清单 and taking them off (S1-51, S1-85 … S1-89)."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gongyi.accounts.models import User
from gongyi.catalog.models import Instrument, ShortlistItem
from gongyi.kit.refusal import Refused

SHORTLIST_LIMIT = 100  # instruments on one list


def room_for(wanted: int, present: int) -> None:
    """Refuse, saying how many still fit, when the list would grow beyond its limit."""
    if present + wanted > SHORTLIST_LIMIT:
        left = max(0, SHORTLIST_LIMIT - present)
        raise Refused(
            _("预选清单最多放 %(limit)s 台仪器，现有 %(present)s 台，还能加 %(left)s 台。")
            % {"limit": SHORTLIST_LIMIT, "present": present, "left": left},
            code="full",
            remedy=_("请先移除几台，或少选几台再加入。"),
        )


def add_to_shortlist(*, actor: Any, instruments: Iterable[int]) -> list[int]:
    """Put on the person's list what is visible to them and not there yet; returns what was added, in the order given.

    All or nothing: refuses when not all of it fits. Repeating it changes nothing.
    """
    with transaction.atomic():
        new = _new(actor, instruments)
        room_for(len(new), ShortlistItem.objects.filter(user=actor).count())
        ShortlistItem.objects.bulk_create(ShortlistItem(user=actor, instrument_id=pk) for pk in new)
    return new


def merge_into_shortlist(*, actor: Any, instruments: Iterable[int]) -> tuple[int, int]:
    """Take over what a visitor had put aside, as far as it fits; returns how many were added and how many left out."""
    with transaction.atomic():
        new = _new(actor, instruments)
        room = max(0, SHORTLIST_LIMIT - ShortlistItem.objects.filter(user=actor).count())
        ShortlistItem.objects.bulk_create(ShortlistItem(user=actor, instrument_id=pk) for pk in new[:room])
    return len(new[:room]), len(new[room:])


def remove_from_shortlist(*, actor: Any, instruments: Iterable[int]) -> list[int]:
    """Take them off the person's list; returns those that were on it."""
    rows = ShortlistItem.objects.filter(user=actor, instrument__in=list(instruments))
    gone = list(rows.values_list("instrument", flat=True))
    rows.delete()
    return gone


def _new(actor: Any, instruments: Iterable[int]) -> list[int]:
    """What of it may be seen and is not on the list, with the list locked: two windows do not overfill it together."""
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    wanted = list(dict.fromkeys(instruments))
    known = set(Instrument.objects.visible_to(actor).filter(pk__in=wanted).values_list("pk", flat=True))
    known -= set(ShortlistItem.objects.filter(user=actor, instrument__in=wanted).values_list("instrument", flat=True))
    return [pk for pk in wanted if pk in known]
