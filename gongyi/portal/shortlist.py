"""The 预选清单 of whoever is asking: a person's in the database, a visitor's in the session until they sign in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from gongyi.catalog.models import Instrument, RunningStatus, ShortlistItem
from gongyi.catalog.services.shortlist import (
    SHORTLIST_LIMIT,
    add_to_shortlist,
    merge_into_shortlist,
    remove_from_shortlist,
    room_for,
)
from gongyi.organizations.models import Organization
from gongyi.portal import rows

KEY = "shortlist"
REMOVED = "shortlist_removed"
RESTORE_WITHIN = timedelta(minutes=30)  # how long a removal can be taken back
Status = Instrument.Status


class Shortlist:
    """What is on the list, in the order it was put there; read once for each request."""

    def __init__(self, request: HttpRequest) -> None:
        self.request, self.user = request, request.user
        self._ids: list[int] | None = None

    @classmethod
    def of(cls, request: HttpRequest) -> "Shortlist":
        if not hasattr(request, "_shortlist"):
            request._shortlist = cls(request)  # type: ignore[attr-defined]  # one list for one request
        return request._shortlist  # type: ignore[attr-defined]

    @property
    def ids(self) -> list[int]:
        if self._ids is None:
            if self.user.is_authenticated:
                items = ShortlistItem.objects.visible_to(self.user).values_list("instrument", flat=True)
                self._ids = list(items)
            else:
                self._ids = in_session(self.request)
        return self._ids

    @property
    def count(self) -> int:
        return len(self.ids)

    def __contains__(self, pk: int) -> bool:
        return pk in self.ids

    def add(self, instruments: Iterable[int]) -> list[int]:
        """Put on the list what may be seen and is not there; returns what was added, refuses when it does not fit."""
        if self.user.is_authenticated:
            added = add_to_shortlist(actor=self.user, instruments=instruments)
        else:
            wanted = [pk for pk in dict.fromkeys(instruments) if pk not in self.ids]
            known = set(Instrument.objects.shown_to_all().filter(pk__in=wanted).values_list("pk", flat=True))
            added = [pk for pk in wanted if pk in known]
            room_for(len(added), self.count)
            if added:
                self.request.session[KEY] = [*self.ids, *added]
        self._ids = None
        return added

    def remove(self, instruments: Iterable[int]) -> list[int]:
        """Take off the list, to be taken back within `RESTORE_WITHIN`; returns what was on it."""
        if self.user.is_authenticated:
            gone = remove_from_shortlist(actor=self.user, instruments=instruments)
        else:
            wanted = set(instruments)
            gone = [pk for pk in self.ids if pk in wanted]
            self.request.session[KEY] = [pk for pk in self.ids if pk not in wanted]
        if gone:
            self.request.session[REMOVED] = {"ids": gone, "at": timezone.now().isoformat()}
        self._ids = None
        return gone

    @property
    def removed(self) -> list[int]:
        """What was taken off last and can still be put back."""
        kept = self.request.session.get(REMOVED)
        if not kept or timezone.now() - datetime.fromisoformat(kept["at"]) > RESTORE_WITHIN:
            return []
        return [pk for pk in kept["ids"] if pk not in self.ids]

    def restore(self) -> list[int]:
        """Put back what was taken off last, as far as it can still be seen."""
        back = self.add(self.removed)
        self.request.session.pop(REMOVED, None)
        return back


def in_session(request: HttpRequest) -> list[int]:
    return list(request.session.get(KEY, ()))[:SHORTLIST_LIMIT]


def take_over(sender: Any, request: HttpRequest | None, user: Any, **kwargs: Any) -> None:
    """At sign-in and at the end of signing up: what the visitor had put aside becomes the person's, each once."""
    if request is None or not (waiting := in_session(request)):
        return
    added, left_out = merge_into_shortlist(actor=user, instruments=waiting)
    del request.session[KEY]
    if left_out:
        sentence = _("预选清单已满 %(limit)s 台，登录前选的仪器有 %(n)s 台没有并入。请先移除几台。")
        words = {"limit": SHORTLIST_LIMIT, "n": left_out}
        messages.warning(request, sentence % words, fail_silently=True)
    elif added:
        messages.info(request, _("登录前选的 %s 台仪器已并入您的预选清单。") % added, fail_silently=True)


@dataclass
class Line:
    """One instrument on the list; `gone` says why it can no longer be booked, `row` is there for what may be seen."""

    instrument: Instrument
    gone: str
    row: rows.Row | None

    @property
    def name(self) -> str:
        """What was public stays readable; of what never should have been there only the reason is."""
        return self.instrument.name if self.row or self.instrument.status in ONCE_PUBLIC else _("不再公开的仪器")


ONCE_PUBLIC = (Status.PUBLISHED, Status.DISABLED, Status.SCRAPPED)


@dataclass
class UnitLines:
    unit: Organization
    lines: list[Line]

    @property
    def bookable(self) -> list[int]:
        return [line.instrument.pk for line in self.lines if line.row and not line.gone and not line.row.refused]


def why_gone(instrument: Instrument) -> str:
    """Why an instrument is no longer offered; empty while it is (S1-89)."""
    if instrument.organization.status != Organization.Status.ACTIVE:
        return _("所属单位已暂停共享")
    if instrument.status == Status.SCRAPPED or instrument.running_status == RunningStatus.SCRAPPED:
        return _("已报废")
    if instrument.status == Status.DISABLED:
        return _("已停用")
    return "" if instrument.status == Status.PUBLISHED else _("已不再公开")


def stopped(ids: Sequence[int]) -> list[int]:
    """Those of them that are disabled, scrapped or of a unit that no longer shares."""
    found = Instrument.objects.filter(pk__in=ids).select_related("organization").only(
        "status", "running_status", "organization__status"
    )  # fmt: skip
    return [instrument.pk for instrument in found if why_gone(instrument)]


def by_unit(ids: Sequence[int], user: Any) -> list[UnitLines]:
    """The list grouped by unit (S1-86), units and instruments by name, so that what is put back stands where it stood."""
    found = rows.loaded(ids)
    visible = set(Instrument.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))
    shown = {row.instrument.pk: row for row in rows.rows([i for i in found if i.pk in visible], user)}
    groups: dict[int, UnitLines] = {}
    for instrument in sorted(found, key=lambda i: (i.organization.name_key, i.organization_id, i.name_key, i.pk)):
        group = groups.setdefault(instrument.organization_id, UnitLines(instrument.organization, []))
        group.lines.append(Line(instrument, why_gone(instrument), shown.get(instrument.pk)))
    return list(groups.values())
