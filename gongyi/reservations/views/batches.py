"""A batch somebody is putting together: several instruments of one unit, a time for each, checked by every rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.http import QueryDict

from gongyi.catalog.models import Instrument
from gongyi.kit.scale import DayScale
from gongyi.kit.when import format_clock
from gongyi.ledger.models import PaymentAccount
from gongyi.ledger.queries import usable_accounts
from gongyi.organizations.models import Organization
from gongyi.reservations import queries
from gongyi.reservations.choices import TimeChoices, read_moment, write_moment
from gongyi.reservations.panels import failures_first
from gongyi.reservations.rules import Answer, EffectiveRules, Span
from gongyi.reservations.rules.time import day_start, local_date
from gongyi.reservations.services import Wish
from gongyi.reservations.views.drafts import TIME_RULES


@dataclass
class Line:
    """One instrument of a batch; `included` says whether it is to be booked with the others."""

    instrument: Instrument
    rules: EffectiveRules
    starts_at: datetime
    ends_at: datetime
    user: Any
    account: PaymentAccount | None
    now: datetime
    included: bool = True
    told: list[Answer] | None = None  # what the booking itself was answered, instead of asking again
    scale: DayScale | None = None

    @cached_property
    def case(self) -> queries.Case | None:
        if queries.impossible_period(self.starts_at, self.ends_at, self.now):
            return None
        return queries.load_case(
            instrument=self.instrument, user=self.user, starts_at=self.starts_at, ends_at=self.ends_at,
            account=self.account, actor=self.user, now=self.now,
        )  # fmt: skip

    @cached_property
    def answers(self) -> list[Answer]:
        if self.told is not None:
            return failures_first(self.told)
        if self.case is None:
            impossible = queries.impossible_period(self.starts_at, self.ends_at, self.now)
            return [impossible] if impossible else []
        return failures_first(queries.answers_of(self.case, self.instrument))

    @property
    def failures(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.state == "fail"]

    @property
    def waits(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.state == "wait"]

    @property
    def estimate(self) -> Decimal:
        return self.case.booking.estimate if self.case else Decimal(0)

    @property
    def charged(self) -> bool:
        return bool(self.case and not self.case.booking.free_of_charge)

    @cached_property
    def alternative(self) -> Span | None:
        """The nearest free time of the same length, when another time would help."""
        if not TIME_RULES.intersection(answer.rule for answer in self.failures):
            return None
        return queries.nearest_free(
            self.instrument, self.ends_at - self.starts_at, self.starts_at, rules=self.rules, now=self.now
        )

    @property
    def alternative_value(self) -> str:
        return f"{self.instrument.pk}/" + "/".join(map(write_moment, self.alternative)) if self.alternative else ""

    @property
    def free_words(self) -> str:
        """`9:00–12:00、14:00–18:00`: what is free on the chosen day."""
        spans = self.scale.free_ranges if self.scale else ()
        return "、".join(f"{format_clock(a)}–{format_clock(b)}" for a, b in spans)

    @cached_property
    def fields(self) -> dict[str, Any]:
        return time_fields(TimeChoices(self.rules, self.now), self.starts_at, self.ends_at)


def time_fields(choices: TimeChoices, start: datetime, end: datetime) -> dict[str, Any]:
    """What the partial `_batch_time` shows for a time."""
    day = local_date(start)
    return {
        "day": day.isoformat(),
        "days": choices.days(day),
        "start": write_moment(start),
        "starts": choices.starts(day, start),
        "end": write_moment(end),
        "ends": choices.ends(start, end),
    }


@dataclass
class Batch:
    """The lines, and what all of them share."""

    unit: Organization
    lines: list[Line]
    accounts: list[PaymentAccount]
    account: PaymentAccount | None
    now: datetime

    @classmethod
    def read(
        cls, instruments: Sequence[Instrument], user: Any, data: QueryDict, now: datetime, *, ticked: set[int]
    ) -> "Batch":
        """The batch an address or form describes. Times that are missing become the first at which all are free, else each
        instrument's nearest free time."""
        unit = instruments[0].organization
        accounts = usable_accounts(user, unit)
        wanted = data.get("account", "")
        account = next((a for a in accounts if str(a.pk) == wanted), None) or next(iter(accounts), None)
        rules_of = queries.effective_rules_of(instruments)
        batch = cls(unit, [], accounts, account, now)
        usual = batch._usual(instruments, rules_of, data)
        for instrument in instruments:
            rules = rules_of[instrument.pk]
            span = _typed(data, f"-{instrument.pk}") or usual or _nearest(instrument, rules, now)
            batch.lines.append(Line(instrument, rules, *span, user, account, now, included=instrument.pk in ticked))
        return batch

    def _usual(
        self, instruments: Sequence[Instrument], rules_of: dict[int, EffectiveRules], data: QueryDict
    ) -> Span | None:
        if all(f"start-{i.pk}" in data for i in instruments):
            return None
        if span := _typed(data, ""):
            return span
        choices = [TimeChoices(rules, self.now) for rules in rules_of.values()]
        length = timedelta(minutes=max(choice.usual_minutes for choice in choices))
        return queries.common_free(instruments, length, self.now, rules_of=rules_of, now=self.now)

    @property
    def chosen(self) -> list[Line]:
        return [line for line in self.lines if line.included]

    @property
    def wishes(self) -> list[Wish]:
        return [Wish(line.instrument, line.starts_at, line.ends_at) for line in self.chosen]

    @property
    def passing(self) -> list[Line]:
        return [line for line in self.chosen if not line.failures]

    @property
    def refused(self) -> list[Line]:
        return [line for line in self.chosen if line.failures]

    @property
    def total(self) -> Decimal:
        return sum((line.estimate for line in self.chosen), Decimal(0))

    @property
    def charged(self) -> bool:
        return any(line.charged for line in self.chosen)

    @property
    def left(self) -> Decimal | None:
        return self.account.spendable - self.total if self.account else None

    @cached_property
    def common(self) -> Span | None:
        """The nearest time at which all that are ticked are free, when it is not what is chosen already."""
        lines = self.chosen
        if len(lines) < 2:
            return None
        length = max(line.ends_at - line.starts_at for line in lines)
        rules_of = {line.instrument.pk: line.rules for line in lines}
        after = min(line.starts_at for line in lines)
        instruments = [line.instrument for line in lines]
        found = queries.common_free(instruments, length, after, rules_of=rules_of, now=self.now)
        return None if found and all((line.starts_at, line.ends_at) == found for line in lines) else found

    def at(self, span: Span, only: int | None = None) -> None:
        """Give every line, or the one of this instrument, another time."""
        for line in self.lines:
            if only in (None, line.instrument.pk):
                line.starts_at, line.ends_at = span
        self.__dict__.pop("common", None)  # it depends on the times

    def draw(self) -> None:
        """Look up the day scales: two queries for each day that is chosen."""
        by_day: dict[Any, list[Line]] = {}
        for line in self.lines:
            by_day.setdefault(local_date(line.starts_at), []).append(line)
        for day, lines in by_day.items():
            scales = queries.day_scales([line.instrument for line in lines], day, self.now)
            for line in lines:
                line.scale = scales[line.instrument.pk]

    @property
    def same(self) -> dict[str, Any]:
        """The selects that set one time for all: those of the first ticked line."""
        line = next(iter(self.chosen), self.lines[0])
        return line.fields


def typed_span(data: QueryDict) -> Span | None:
    """The time of the control that sets one for all."""
    return _typed(data, "-all")


def _typed(data: QueryDict, suffix: str) -> Span | None:
    """The time that was chosen, moved to another day or start as the selects say; None when there is none."""
    start, end = read_moment(data.get(f"start{suffix}")), read_moment(data.get(f"end{suffix}"))
    if start is None or end is None:
        return None
    was, day = read_moment(data.get(f"was{suffix}")), read_moment(f"{data.get(f'day{suffix}', '')}T00:00")
    if was is not None and start != was:
        end += start - was  # another start keeps the length
    if day is not None and local_date(start) != local_date(day):
        moved = day + (start - day_start(local_date(start)))
        start, end = moved, end + (moved - start)
    return (start, end) if end > start else (start, start + timedelta(hours=1))


def _nearest(instrument: Instrument, rules: EffectiveRules, now: datetime) -> Span:
    choices = TimeChoices(rules, now)
    length = timedelta(minutes=choices.usual_minutes)
    found = queries.nearest_free(instrument, length, now, rules=rules, now=now)
    return found or (choices.earliest, choices.earliest + length)
