"""A booking somebody is putting together: read from the address or form, checked by every rule, ready to be shown."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import get_user_model
from django.http import HttpRequest, QueryDict
from django.utils import timezone

from gongyi.catalog.models import Instrument
from gongyi.kit.dialogs import is_htmx
from gongyi.kit.when import format_period
from gongyi.ledger.models import PaymentAccount
from gongyi.ledger.queries import usable_accounts
from gongyi.reservations import queries
from gongyi.reservations.choices import TimeChoices, read_moment, write_moment
from gongyi.reservations.models import Qualification, Reservation
from gongyi.reservations.panels import failures_first
from gongyi.reservations.rules import Answer, EffectiveRules, Span, is_manager
from gongyi.reservations.rules.time import day_start, local_date

# A refusal by one of these is mended by another time.
TIME_RULES = {"free", "closure", "opening_hours", "notice", "horizon", "grid"}


@dataclass(frozen=True)
class Draft:
    """What somebody wants to book, and for whom; `manages` says whether they look after the instrument."""

    instrument: Instrument
    rules: EffectiveRules
    starts_at: datetime
    ends_at: datetime
    actor: Any
    booker: Any
    manages: bool
    account_pk: int | None
    now: datetime
    moving: Reservation | None = None

    @classmethod
    def read(
        cls, request: HttpRequest, instrument: Instrument, data: QueryDict, moving: Reservation | None = None
    ) -> "Draft":
        """The draft an address or form describes; what is missing or unreadable becomes the nearest free time.

        `day` moves the booking to another day. Where the page asks again at every change, `was` is the start before it, so
        that the length is kept.
        """
        rules, now = queries.effective_rules(instrument), timezone.now()
        manages = is_manager(instrument, request.user)
        choices = TimeChoices(rules, now, free_hand=manages)
        start, end = read_moment(data.get("start")), read_moment(data.get("end"))
        length = timedelta(minutes=choices.usual_minutes)
        if start is None and moving is not None:
            start, end = moving.starts_at, moving.ends_at
        if start is None:
            found = queries.nearest_free(instrument, length, now, rules=rules, now=now)
            start = found[0] if found else choices.earliest
        was = read_moment(data.get("was")) if is_htmx(request) else None
        day = read_moment(f"{data.get('day', '')}T00:00")
        if end is not None and was is not None:
            end += start - was
        if day is not None and local_date(start) != local_date(day):
            moved = day + (start - day_start(local_date(start)))
            start, end = moved, end + (moved - start) if end else None
        if end is None or end <= start:
            end = start + length
        booker = moving.user if moving else _booker(data.get("user", "")) if manages else None
        account = data.get("account", "")
        return cls(
            instrument=instrument, rules=rules, starts_at=start, ends_at=end, actor=request.user,
            booker=booker or request.user, manages=manages, now=now, moving=moving,
            account_pk=int(account) if account.isdecimal() and len(account) < 19 else None,
        )  # fmt: skip

    def at(self, span: Span) -> "Draft":
        return replace(self, starts_at=span[0], ends_at=span[1])

    @cached_property
    def accounts(self) -> list[PaymentAccount]:
        if self.moving is not None:
            return [self.moving.account] if self.moving.account else []
        return usable_accounts(self.booker, self.instrument.organization)

    @cached_property
    def account(self) -> PaymentAccount | None:
        chosen = next((account for account in self.accounts if account.pk == self.account_pk), None)
        return chosen or next(iter(self.accounts), None)

    @cached_property
    def case(self) -> queries.Case | None:
        if queries.impossible_period(self.starts_at, self.ends_at, self.now):
            return None
        return queries.load_case(
            instrument=self.instrument, user=self.booker, starts_at=self.starts_at, ends_at=self.ends_at,
            account=self.account, actor=self.actor, moving=self.moving, now=self.now,
        )  # fmt: skip

    @cached_property
    def answers(self) -> list[Answer]:
        if self.case is None:
            impossible = queries.impossible_period(self.starts_at, self.ends_at, self.now)
            return [impossible] if impossible else []
        return failures_first(queries.answers_of(self.case, self.instrument, moving=self.moving))

    @property
    def failures(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.state == "fail"]

    @property
    def waivable(self) -> bool:
        """Whether somebody who looks after the instrument may override everything that stands in the way."""
        return self.manages and bool(self.failures) and all(answer.waivable for answer in self.failures)

    @cached_property
    def alternative(self) -> Span | None:
        """The nearest free time of the same length, when another time would help."""
        if not TIME_RULES.intersection(answer.rule for answer in self.failures):
            return None
        return queries.nearest_free(
            self.instrument, self.ends_at - self.starts_at, self.starts_at, rules=self.rules, now=self.now,
            leaving=self.moving,
        )  # fmt: skip

    def query(self, span: Span | None = None) -> str:
        """The draft as a query string, at another time if one is given."""
        start, end = span or (self.starts_at, self.ends_at)
        values = {"start": write_moment(start), "end": write_moment(end)}
        if self.account_pk:
            values["account"] = str(self.account_pk)
        if self.booker != self.actor:
            values["user"] = str(self.booker.pk)
        return urlencode(values)

    def context(self, answers: list[Answer] | None = None) -> dict[str, Any]:
        """What the partials `_check`, `_answers`, `_price` and `_time_selects` show."""
        choices = TimeChoices(self.rules, self.now, free_hand=self.manages)
        day = local_date(self.starts_at)
        estimate = self.case.estimate if self.case else None
        shown = failures_first(answers) if answers is not None else self.answers
        levels = queries.qualification_levels(self.booker, [self.instrument])
        return {
            "draft": self,
            "instrument": self.instrument,
            "starts_at": self.starts_at,
            "ends_at": self.ends_at,
            "when": format_period(self.starts_at, self.ends_at, full=False),
            "day": day.isoformat(),
            "days": choices.days(day),
            "start": write_moment(self.starts_at),
            "starts": choices.starts(day, self.starts_at),
            "end": write_moment(self.ends_at),
            "ends": choices.ends(self.starts_at, self.ends_at),
            "booker": self.booker,
            "manages": self.manages,
            "level": levels.get(self.instrument.pk, Qualification.Level.NONE),
            "accounts": self.accounts,
            "account": self.account,
            "charged": bool(self.case and not self.case.booking.free_of_charge),
            "estimate": estimate,
            "left": self.account.spendable - estimate.total if self.account and estimate else None,
            "answers": shown,
            "failures": [answer for answer in shown if answer.state == "fail"],
            "waits": [answer for answer in shown if answer.state == "wait"],
            "waivable": self.waivable,
            "alternative": self.alternative,
            "alternative_value": "/".join(map(write_moment, self.alternative)) if self.alternative else "",
            "alternative_query": self.query(self.alternative) if self.alternative else "",
        }


def _booker(pk: str) -> Any:
    if not pk.isdecimal() or len(pk) > 18:
        return None
    return get_user_model().objects.filter(pk=pk, is_active=True).first()
