"""The measurements: creating, racing for one slot, calendars, search, lists, memory."""

import itertools
import random
import time
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.middleware.csrf import get_token
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from bench import floor, importing, load
from bench.report import Row
from gongyi.accounts.models import User
from gongyi.catalog.models import Instrument
from gongyi.ledger.models import PaymentAccount

CALENDAR_P95_MS = 20
SEARCH_P95_MS = 100
LIST_P95_MS = 100
TIMELINE_P95_MS = 100
MEMORY_MB = 300
ONE_CLIENT_SHARE = 0.57
SIXTEEN_CLIENTS_SHARE = 0.62
WORDS = (
    "电镜",
    "色谱",
    "质谱 7800",
    "jsm",
    "smdj",
    "离心机",
    "agilent",
    "显微镜",
    "pcr",
    "分析天平",
    "x射线",
    "orbitrap",
)


class People:
    """Signed-in people: each with the headers a browser of theirs would send."""

    def __init__(self):
        self.users = list(User.objects.filter(username__startswith="bench-").order_by("pk"))
        self.headers = [self._sign_in(user) for user in self.users]
        led = dict(PaymentAccount.objects.filter(leader__in=self.users).values_list("leader", "pk"))
        self.accounts = [led[user.pk] for user in self.users]

    @staticmethod
    def _sign_in(user: User) -> dict:
        session = import_module(settings.SESSION_ENGINE).SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "gongyi.accounts.backends.AnyIdentifierBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        request = RequestFactory().get("/")
        token = get_token(request)
        return {
            "Cookie": f"{settings.SESSION_COOKIE_NAME}={session.session_key}; {settings.CSRF_COOKIE_NAME}={token}",
            "X-CSRFToken": token,
            "Connection": "keep-alive",
        }


class Slots:
    """Free half-hours ahead, each given out once: instrument after instrument, then the next half-hour."""

    def __init__(self, instruments: list[int], offset: int = 0):
        tomorrow = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        self.instruments, self.start, self.offset, self.given = instruments, tomorrow, offset, 0

    def take(self) -> tuple[int, datetime, datetime]:
        number, self.given = self.given, self.given + 1
        starts = self.start + timedelta(minutes=30 * (self.offset + number // len(self.instruments)))
        return self.instruments[number % len(self.instruments)], starts, starts + timedelta(minutes=30)


def everything(args, say, server_pid: int) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(floor.TABLE)
        cursor.execute("TRUNCATE bench_booking")
    people = People()
    instruments = list(
        Instrument.objects.filter(number__startswith="BENCH-").order_by("pk").values_list("pk", flat=True)
    )
    offset = _first_free_offset(instruments)
    slots = Slots(instruments, offset)
    rows: list[Row] = []
    load.run(args.port, load.repeat(lambda n: load.Request("GET", "/bench/empty/", {}), 200), 4)
    say("an empty page, a bare insert")
    rows += _bare(args, instruments)
    say("creating reservations")
    rows += _creating(args, people, slots, instruments)
    say("64 clients on one slot")
    rows.append(_racing(args, people, slots))
    say("calendars")
    rows += _calendars(args, people, instruments)
    say("search")
    rows += _searching(args)
    say("lists")
    rows += _lists(args, people)
    say("lists of people and units")
    rows += importing.everything()
    rows.append(_memory(server_pid))
    return rows


def _first_free_offset(instruments: list[int]) -> int:
    """Half-hours from tomorrow on that earlier runs have taken."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ceil(extract(epoch FROM max(upper(during)) - (date_trunc('day', now()) + interval '1 day')) / 1800)"
            " FROM reservations_occupancy WHERE instrument_id = ANY(%s)",
            [instruments],
        )
        (taken,) = cursor.fetchone()
    return max(0, int(taken or 0)) + 50


def _row(work: str, result: load.Result, **more) -> Row:
    return Row(work, result.per_second, result.percentile(0.5), result.percentile(0.95), **more)


def _bare(args, instruments) -> list[Row]:
    empty = load.run(args.port, load.repeat(lambda n: load.Request("GET", "/bench/empty/", {}), args.creates * 2), 16)
    start = timezone.now() + timedelta(days=9000)
    times = []
    with connection.cursor() as cursor:
        for n in range(args.creates):
            began = time.perf_counter()
            cursor.execute(
                "INSERT INTO bench_booking (instrument_id, user_id, during) VALUES (%s, 1, tstzrange(%s, %s))",
                [instruments[n % len(instruments)], start + timedelta(hours=n), start + timedelta(hours=n, minutes=30)],
            )
            times.append((time.perf_counter() - began) * 1000)
    insert = load.Result(times, seconds=sum(times) / 1000)
    return [_row("empty page, 16 clients", empty), _row("bare PostgreSQL insert, 1 connection", insert)]


def _creating(args, people: People, slots: Slots, instruments) -> list[Row]:
    """The product's creation and the bare view's, alternating in small rounds so that the machine's moods hit both."""
    rows = []
    bare_slots = Slots(instruments, 100_000)
    who = itertools.cycle(range(len(people.users)))
    api = reverse("api:create_reservation")

    def product(_number):
        instrument, starts, ends = slots.take()
        data = {
            "instrument_id": instrument,
            "starts_at": starts.isoformat(),
            "ends_at": ends.isoformat(),
            "purpose": "基准",
            "account_id": people.accounts[person := next(who)],
        }
        return load.post(api, data, people.headers[person])

    def bare(_number):
        instrument, starts, ends = bare_slots.take()
        data = {"instrument_id": instrument, "starts_at": starts.isoformat(), "ends_at": ends.isoformat()}
        return load.post("/bench/insert/", data, people.headers[next(who)])

    for clients, share in ((1, ONE_CLIENT_SHARE), (16, SIXTEEN_CLIENTS_SHARE)):
        results = {"product": load.Result(), "bare": load.Result()}
        load.run(args.port, load.repeat(product, 20), clients)
        for _round in range(5):
            for name, make in (("bare", bare), ("product", product)):
                part = load.run(args.port, load.repeat(make, args.creates // 5), clients)
                results[name].times += part.times
                results[name].statuses += part.statuses
                results[name].seconds += part.seconds
        word = "client" if clients == 1 else "clients"
        done, floor_ = results["product"], results["bare"]
        if set(done.statuses) != {201}:
            raise SystemExit(f"bench: creating answered {dict(done.statuses)}, expected only 201")
        if set(floor_.statuses) != {201}:
            raise SystemExit(f"bench: the bare view answered {dict(floor_.statuses)}, expected only 201")
        ratio = done.per_second / floor_.per_second
        rows.append(_row(f"bare view with exclusion constraint, {clients} {word}", floor_))
        rows.append(
            _row(
                f"create a reservation, {clients} {word}",
                done,
                ratio=f"{ratio:.0%} of the bare view",
                goal=f"≥ {share:.0%}",
                met=ratio >= share,
            )
        )
    return rows


def _racing(args, people: People, slots: Slots) -> Row:
    """64 clients at once on the same slot, for 50 slots: one winner each, no double booking."""
    api = reverse("api:create_reservation")
    rounds = 50 if not args.quick else 5
    groups, wanted = [], []
    for _round in range(rounds):
        instrument, starts, ends = slots.take()
        wanted.append((instrument, starts))
        data = {"instrument_id": instrument, "starts_at": starts.isoformat(), "ends_at": ends.isoformat()}
        groups.append(
            [
                load.post(api, data | {"account_id": account}, headers)
                for headers, account in zip(people.headers, people.accounts, strict=True)
            ]
        )
    result = load.race(args.port, groups)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM reservations_occupancy a JOIN reservations_occupancy b ON a.id < b.id"
            " AND a.instrument_id = b.instrument_id AND a.during && b.during AND a.holds AND b.holds"
            " WHERE a.instrument_id = ANY(%s) AND upper(a.during) > now() AND upper(b.during) > now()",
            [[instrument for instrument, _starts in wanted]],
        )
        (double,) = cursor.fetchone()
    won = result.statuses[201]
    return _row(
        f"64 clients on one slot × {rounds}", result, ratio=f"{won} booked, {double} double bookings",
        goal=f"{rounds} booked, 0 double", met=(won == rounds and double == 0),
    )  # fmt: skip


def _calendars(args, people: People, instruments) -> list[Row]:
    dice = random.Random(1)
    monday = timezone.localdate() - timedelta(days=timezone.localdate().weekday() + 14)

    def week(_number):
        instrument = dice.choice(instruments)
        query = f"?start={monday}&end={monday + timedelta(days=7)}"
        return load.Request(
            "GET",
            f"/api/v1/instruments/{instrument}/calendar{query}",
            people.headers[dice.randrange(len(people.users))],
        )

    def timeline(_number):
        chosen = dice.sample(instruments, 20)
        query = "&".join(f"i={pk}" for pk in chosen)
        return load.Request(
            "GET", f"{reverse('reservations:timeline')}?{query}&view=week&day={monday}", people.headers[0]
        )

    rows = []
    for clients in (1, 8):
        result = load.run(args.port, load.repeat(week, args.reads), clients)
        _all_fine("calendar feed", result)
        p95 = result.percentile(0.95)
        goal = {"goal": f"p95 ≤ {CALENDAR_P95_MS} ms", "met": p95 <= CALENDAR_P95_MS} if clients == 1 else {}
        rows.append(_row(f"one instrument's week, {clients} client{'s' * (clients > 1)}", result, **goal))
    result = load.run(args.port, load.repeat(timeline, args.reads // 2), 1)
    _all_fine("timeline", result)
    p95 = result.percentile(0.95)
    rows.append(_row("20 instruments' week", result, goal=f"p95 ≤ {TIMELINE_P95_MS} ms", met=p95 <= TIMELINE_P95_MS))
    return rows


def _searching(args) -> list[Row]:
    from urllib.parse import quote

    dice = random.Random(2)
    base = reverse("portal:instruments")
    rows = []
    for name, make in (
        ("search with facets", lambda _n: f"{base}?q={quote(dice.choice(WORDS))}"),
        ("search with facets, sorted by services", lambda _n: f"{base}?q={quote(dice.choice(WORDS))}&sort=services"),
        ("the unfiltered list", lambda _n: base),
    ):
        result = load.run(args.port, load.repeat(lambda n, make=make: load.Request("GET", make(n), {}), args.reads), 1)
        _all_fine(name, result)
        rows.append(_row(name, result, goal=f"p95 ≤ {SEARCH_P95_MS} ms", met=result.percentile(0.95) <= SEARCH_P95_MS))
    return rows


def _lists(args, people: People) -> list[Row]:
    rows = []
    pages = {
        "my reservations": reverse("reservations:mine"),
        "reservations of my instruments": reverse("reservations:managed"),
        "amount records of an account": reverse("ledger:account", args=[_an_account()]),
        "the manager's desk": reverse("reservations:manager_desk"),
        "my instruments": reverse("catalog:list"),
    }
    for name, path in pages.items():
        result = load.run(
            args.port,
            load.repeat(lambda n, path=path: load.Request("GET", path, people.headers[0]), args.reads // 4),
            1,
        )
        _all_fine(name, result)
        rows.append(
            _row(f"list: {name}", result, goal=f"p95 ≤ {LIST_P95_MS} ms", met=result.percentile(0.95) <= LIST_P95_MS)
        )
    return rows


def _an_account() -> int:
    return PaymentAccount.objects.get(code="BENCH000").pk


def _all_fine(name: str, result: load.Result) -> None:
    if set(result.statuses) != {200}:
        raise SystemExit(f"bench: {name} answered {dict(result.statuses)}, expected only 200")


def _memory(server_pid: int) -> Row:
    """Proportional memory of the web server's processes and of the database server, where /proc tells it."""
    pids = _family(server_pid) + _postgres()
    total = sum(_pss_kb(pid) for pid in pids) / 1024
    known = total > 0
    return Row(
        "memory of web and database server", ratio=f"{total:.0f} MB" if known else "not measurable here",
        goal=f"≤ {MEMORY_MB} MB", met=total <= MEMORY_MB if known else None,
    )  # fmt: skip


def _family(pid: int) -> list[int]:
    found = [pid]
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found += _family(int(entry.parent.name))
    return found


def _postgres() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity")
        return [pid for (pid,) in cursor.fetchall() if Path(f"/proc/{pid}").exists()]


def _pss_kb(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        return 0
    return 0
