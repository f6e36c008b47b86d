"""Plays four weeks of past and two of coming reservations through the product's own doors, under a moved clock."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from gongyi.accounts.models import ReportProfile
from gongyi.catalog.models import Instrument
from gongyi.config.demo.clock import Clock, moved
from gongyi.ledger.models import PaymentAccount
from gongyi.reservations import services
from gongyi.reservations.models import Qualification
from gongyi.reservations.workflow import ReservationFlow
from gongyi.workflow import SYSTEM, Refused

PAST_DAYS, COMING_DAYS = 28, 14
OTHERS = 14  # instruments of other managers that are kept busy too
PURPOSES = (
    "粉末样品形貌与粒径", "薄膜截面成分线扫", "反应产物定性", "蛋白质组样品上机", "催化剂晶相鉴定", "电极循环后形貌", "水样重金属含量",
    "高分子结构确认", "细胞切片成像", "文库质控与测序", "合金析出相分析", "方法学验证",
)  # fmt: skip
SAMPLES = ("粉末 4 份", "薄膜 2 片", "溶液 6 支", "块体 3 件", "切片 8 张", "无")


@dataclass
class Plan:
    """One intended use: who, where, when, and how it is to turn out."""

    instrument: Instrument
    user: object
    account: PaymentAccount
    starts_at: datetime
    ends_at: datetime
    fate: str
    purpose: str
    samples: str
    reservation: object = None


def play(*, people, accounts, dice, say: Callable[[str], None]) -> None:
    now = timezone.now()
    script = Script(people, dice, now)
    for instrument, bookers, density in _stages(people, accounts, dice):
        for plan in _plans(instrument, bookers, density, dice, now):
            script.intend(plan)
    script.run()
    _closures(people, now)
    say(f"共 {script.booked} 次预约，其中 {script.used} 次已使用")


def _stages(people, accounts, dice):
    """(instrument, who may book it with which account, how full) for the cast's instruments and some of others'."""
    desk = list(Instrument.objects.filter(managers=people["manager"]).select_related("organization").order_by("pk"))
    elsewhere = list(
        Instrument.objects.filter(organization__code__in=("WJU", "YLU", "BLU", "CHL"), timed_booking=True)
        .exclude(pk__in=[instrument.pk for instrument in desk])
        .exclude(running_status__in=("faulty", "scrapped"))
        .select_related("organization")
        .prefetch_related("managers")
        .order_by("-original_value", "pk")[:400]
    )
    by_owner = {}
    for account in PaymentAccount.objects.filter(pk__in=[a.pk for a in accounts]).prefetch_related("members__user"):
        for member in account.members.all():
            if member.role == "member" and member.user.username != "newcomer":
                by_owner.setdefault(account.organization_id, []).append((member.user, account))
    stages = [(instrument, 0.5) for instrument in desk]
    stages += [(instrument, 0.25) for instrument in dice.sample(elsewhere, min(OTHERS, len(elsewhere)))]
    known = set(Qualification.objects.values_list("instrument_id", "user_id"))
    granted = []
    for instrument, density in stages:
        bookers = by_owner.get(instrument.organization_id, [])
        bookers = dice.sample(bookers, min(len(bookers), 14))
        own = [
            pair for pair in by_owner.get(instrument.organization_id, []) if pair[0].username in ("student", "senior")
        ]
        if instrument in desk:
            bookers = own + [pair for pair in bookers if pair not in own]
        manager = next(iter(instrument.managers.all()))
        usable = []
        for user, account in bookers:
            if (instrument.pk, user.pk) not in known:
                if user.username in ("student", "senior"):
                    continue
                known.add((instrument.pk, user.pk))
                level = Qualification.Level.SENIOR if dice.random() < 0.35 else Qualification.Level.NORMAL
                granted.append(
                    Qualification(
                        instrument=instrument, user=user, level=level, granted_by=manager, note="培训考核合格"
                    )
                )
            usable.append((user, account))
        if usable:
            yield instrument, usable, density
    Qualification.objects.bulk_create(granted)


def _plans(instrument, bookers, density, dice, now):
    """Uses of one instrument that don't touch each other: Monday to Saturday, 8 to 22, lengths of one to four hours."""
    today = timezone.localdate(now)
    for offset in range(-PAST_DAYS, COMING_DAYS + 1):
        day = today + timedelta(days=offset)
        if day.isoweekday() > 6:
            continue
        hour = 8.0 + dice.choice((0, 0.5, 1))
        while hour < 20.5:
            hours = dice.choice((1, 1.5, 2, 2, 3, 4))
            if hour + hours > 22:
                break
            if dice.random() < density * (1 if offset <= 5 else 0.4):
                user, account = dice.choice(bookers)
                start = timezone.make_aware(datetime.combine(day, time())) + timedelta(hours=hour)
                luck = dice.random()
                fate = "reject" if luck < 0.03 else "cancel" if luck < 0.09 else "no_show" if luck < 0.12 else "use"
                yield Plan(
                    instrument, user, account, start, start + timedelta(hours=hours), fate,
                    dice.choice(PURPOSES), dice.choice(SAMPLES),
                )  # fmt: skip
            hour += hours + dice.choice((0.5, 0.5, 1, 1.5))


class Script:
    """The steps of all plans in the order of their time; what lies ahead of now stays undone."""

    def __init__(self, people, dice, now):
        self.people, self.dice, self.now = people, dice, now
        self.queue: list = []
        self.turn = 0
        self.booked = self.used = 0
        self.managers: dict = {}
        self.reports = {
            profile.user_id: {name: getattr(profile, name) for name in ReportProfile.FIELDS}
            for profile in ReportProfile.objects.all()
        }

    def at(self, moment: datetime, step: Callable, plan: Plan) -> None:
        if moment <= self.now:
            self.turn += 1
            heapq.heappush(self.queue, (moment, self.turn, step, plan))

    def intend(self, plan: Plan) -> None:
        ahead = timedelta(hours=self.dice.uniform(3, 110))
        early = self.now - timedelta(minutes=self.dice.uniform(5, 1400))
        self.at(min(plan.starts_at - ahead, early), self.book, plan)

    def run(self) -> None:
        clock = Clock(self.now)
        with moved(clock):
            while self.queue:
                clock.moment, _turn, step, plan = heapq.heappop(self.queue)
                try:
                    step(plan, clock.moment)
                except Refused:
                    continue  # as in life: a limit is reached, a slot is gone; the next person is served

    def manager_of(self, plan: Plan):
        if plan.instrument.pk not in self.managers:
            self.managers[plan.instrument.pk] = plan.instrument.managers.first()
        return self.managers[plan.instrument.pk]

    def book(self, plan: Plan, moment: datetime) -> None:
        plan.reservation = services.reserve(
            instrument=plan.instrument, user=plan.user, starts_at=plan.starts_at, ends_at=plan.ends_at, account=plan.account,
            actor=plan.user, purpose=plan.purpose, sample_notes=plan.samples, report=self.reports.get(plan.user.pk),
        )  # fmt: skip
        self.booked += 1
        if plan.reservation.status == "pending":
            decided = moment + timedelta(hours=self.dice.uniform(0.5, 14))
            if decided >= plan.starts_at:
                decided = moment + (plan.starts_at - moment) / 2
            self.at(decided, self.decide, plan)
        else:
            self.expect(plan, moment)

    def decide(self, plan: Plan, moment: datetime) -> None:
        if plan.fate == "reject":
            ReservationFlow.fire(
                plan.reservation, "reject", actor=self.manager_of(plan), reason="样品未写明成分，请补充后重新预约。"
            )
            return
        ReservationFlow.fire(plan.reservation, "approve", actor=self.manager_of(plan))
        self.expect(plan, moment)

    def expect(self, plan: Plan, moment: datetime) -> None:
        if plan.fate == "cancel":
            self.at(moment + (plan.starts_at - moment) * self.dice.uniform(0.1, 0.9), self.cancel, plan)
        elif plan.fate == "no_show":
            self.at(plan.starts_at + timedelta(minutes=35), self.miss, plan)
        else:
            self.at(plan.starts_at + timedelta(minutes=self.dice.randint(-5, 12)), self.check_in, plan)

    def cancel(self, plan: Plan, moment: datetime) -> None:
        ReservationFlow.fire(plan.reservation, "cancel", actor=plan.user, reason="实验计划调整")

    def miss(self, plan: Plan, moment: datetime) -> None:
        ReservationFlow.fire(plan.reservation, "miss", actor=SYSTEM)

    def check_in(self, plan: Plan, moment: datetime) -> None:
        ReservationFlow.fire(plan.reservation, "check_in", actor=plan.user)
        self.at(plan.ends_at + timedelta(minutes=self.dice.randint(-25, 4)), self.check_out, plan)

    def check_out(self, plan: Plan, moment: datetime) -> None:
        ReservationFlow.fire(
            plan.reservation, "check_out", actor=plan.user, feedback=self.dice.choice(("", "", "运行正常", "真空略慢"))
        )
        self.used += 1


def _closures(people, now) -> None:
    """A planned maintenance day ahead on one instrument of the cast's manager, and a fault on another."""
    manager = people["manager"]
    first, second = Instrument.objects.filter(managers=manager).order_by("pk")[3:5]
    day = timezone.localdate(now) + timedelta(days=6)
    start = timezone.make_aware(datetime.combine(day, time(8)))
    services.close(
        instrument=first,
        during=DateTimeTZRange(start, start + timedelta(hours=14)),
        reason="液氮系统检修",
        actor=manager,
    )
    services.report_fault(
        instrument=second, description="样品台 Z 轴移动异常，等待工程师检查", disabling=True, actor=manager,
        expected_on=timezone.localdate(now) + timedelta(days=4),
    )  # fmt: skip
