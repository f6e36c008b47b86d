"""Fills a bench database: people, accounts, instruments and reservations by the million, written with set-based SQL.

Rows have the shapes the product writes; triggers and constraints are the product's own, except that the append-only
triggers are off while the past is written in bulk.
"""

import csv
import random
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.utils import timezone

from gongyi.accounts.models import ReportProfile, User
from gongyi.catalog.models import Instrument, InstrumentClass, InstrumentManager, Price, PriceTier
from gongyi.catalog.search import refresh_facet_counts
from gongyi.catalog.services import index
from gongyi.ledger import services as ledger
from gongyi.ledger.models import AccountMember, PaymentAccount
from gongyi.organizations.models import Department, Membership, Organization
from gongyi.reservations.models import BookingRules, Occupancy, OpeningHours

BOOKABLE = 200  # instruments that carry the reservations
PEOPLE = 64
PATTERN = 5_000  # instruments whose search documents the application makes; the rest are variations of them
REAL = Path(__file__).resolve().parent.parent / "gongyi" / "config" / "demo" / "data" / "instruments_real.csv"


def fill(reservations: int, instruments: int, say) -> None:
    """Make the bench's world; does nothing where it stands already in this size."""
    if Organization.objects.filter(code="BENCH").exists():
        return
    with transaction.atomic():
        say("people, accounts, bookable instruments")
        unit, people = _people()
        bookable = _bookable(unit, people)
        say(f"{instruments:,} instruments")
        _instruments(instruments)
        say(f"{reservations:,} reservations")
        _reservations(reservations, bookable, people)
        say(f"{reservations:,} ledger entries")
        _entries(reservations)
    say("statistics")
    refresh_facet_counts()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _people():
    unit = Organization.objects.create(
        code="BENCH", name="基准测试大学", short_name="基准大学", kind="university", region_id="330106"
    )
    department = Department.objects.create(organization=unit, name="分析测试中心")
    password, now = make_password("gongyi-demo"), timezone.now()
    people = User.objects.bulk_create(
        User(username=f"bench-{n}", name=f"基准{n}", password=password, profile_confirmed_at=now) for n in range(PEOPLE)
    )
    Membership.objects.bulk_create(
        Membership(user=user, organization=unit, department=department, role="member") for user in people
    )
    ReportProfile.objects.bulk_create(
        ReportProfile(
            user=user, project_name="基准项目", project_funding="2", subject_codes=["430"], service_purpose="135",
            service_target="120", applicant_unit="基准测试大学",
        )
        for user in people
    )  # fmt: skip
    for n, user in enumerate(people):
        account = PaymentAccount.objects.create(
            code=f"BENCH{n:03d}",
            name=f"基准课题组{n}",
            organization=unit,
            payer=unit,
            leader=user,
            credit_line=Decimal("5000"),
        )
        AccountMember.objects.create(account=account, user=user, role="leader")
        ledger.top_up(account=account, amount=Decimal("50000000"), voucher_no=f"BENCH{n}", actor=user)
    return unit, people


def _bookable(unit, people) -> list[Instrument]:
    leaf = list(InstrumentClass.objects.filter(level=3).order_by("code")[:BOOKABLE])
    rows = Instrument.objects.bulk_create(
        Instrument(
            organization=unit, number=f"BENCH-{n:04d}", name=f"基准仪器 {n}", name_key=f"ji zhun {n:04d}", model=f"BM-{n}",
            instrument_class=leaf[n % len(leaf)], region_id="330106", original_value=Decimal(500_000 + n),
            status=Instrument.Status.PUBLISHED,
        )
        for n in range(BOOKABLE)
    )  # fmt: skip
    Price.objects.bulk_create(
        Price(instrument=row, tier=tier, hourly_rate=Decimal(100)) for row in rows for tier in PriceTier.values
    )
    InstrumentManager.objects.bulk_create(InstrumentManager(instrument=row, user=people[0]) for row in rows)
    rules = BookingRules.objects.create(
        organization=unit, horizon_days=3650, min_notice_minutes=0, slot_minutes=15, review_normal=False, review_senior=False,
        person_hours_per_week=Decimal(10000), buffer_after_minutes=0,
    )  # fmt: skip
    OpeningHours.objects.bulk_create(
        OpeningHours(rules=rules, weekday=weekday, opens_minute=0, closes_minute=1440) for weekday in range(1, 8)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO reservations_qualification (instrument_id, user_id, level, granted_by_id, granted_at, note)"
            " SELECT i.id, u.id, 2, u.id, now(), '' FROM catalog_instrument i, accounts_user u"
            " WHERE i.number LIKE 'BENCH-%%' AND u.username LIKE 'bench-%%'"
        )
    index(Instrument.objects.filter(pk__in=[row.pk for row in rows]))
    return rows


def _instruments(count: int) -> None:
    """`PATTERN` instruments made of real names and models, then copies with a token of their own until there are `count`."""
    dice = random.Random(7)
    with REAL.open(encoding="utf-8-sig", newline="") as file:
        real = list(csv.DictReader(file))
    leaves = list(InstrumentClass.objects.filter(level=3).values_list("code", flat=True))
    units = Organization.objects.bulk_create(
        Organization(
            code=f"B{n:03d}", name=f"基准单位{n}", name_key=f"ji zhun {n:03d}", kind="institute", region_id=region
        )
        for n, region in zip(range(60), ["330106", "430104", "370202", "320506", "440106", "110108"] * 10, strict=True)
    )
    made = min(PATTERN, count)
    Instrument.objects.bulk_create(
        (
            Instrument(
                organization=(unit := dice.choice(units)), number=f"P{n:06d}", name=(row := dice.choice(real))["name"][:100],
                name_key=f"{n % 997:03d}", model=f"{row['model'][:200]}-{dice.randint(1, 400)}"[:300],
                manufacturer=row["manufacturer"][:100], region_id=unit.region_id, status=Instrument.Status.PUBLISHED,
                instrument_class_id=row["nrii_class_suggested"] if row["nrii_class_suggested"] in leaves else dice.choice(leaves),
                original_value=Decimal(dice.randint(10_000, 9_000_000)), service_count=dice.randint(0, 5000),
                purchased_on=timezone.localdate() - timedelta(days=dice.randint(0, 7000)),
                running_status=dice.choices(["online", "in_use", "offline", "faulty", "scrapped"], [70, 14, 10, 3, 3])[0],
            )
            for n in range(made)
        ),
        batch_size=1000,
    )  # fmt: skip
    index(Instrument.objects.filter(number__startswith="P"))
    copies = (count - made) // made
    columns = [
        field.column
        for field in Instrument._meta.concrete_fields
        if field.column not in ("id", "number", "tsv", "service_count", "purchased_on")
    ]
    with connection.cursor() as cursor:
        for part in range(0, copies, 20):
            cursor.execute(
                f"INSERT INTO catalog_instrument (number, tsv, service_count, purchased_on, {', '.join(columns)})"
                " SELECT number || '-' || n, tsv || to_tsvector('simple', 'x' || id || n), (service_count * n) %% 5003,"
                f" purchased_on - n, {', '.join(columns)} FROM catalog_instrument, generate_series(%s, %s) n"
                " WHERE number ~ '^P[0-9]{6}$'",
                [part + 1, min(part + 20, copies)],
            )


def _reservations(count: int, bookable: list[Instrument], people: list[User]) -> None:
    """Completed uses of half an hour, two hours apart, back from an hour ago, spread over the bookable instruments."""
    first, last = bookable[0].pk, bookable[-1].pk
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO reservations_reservation
                (number, instrument_id, user_id, account_id, status, source, starts_at, ends_at, purpose, sample_notes, report,
                 tier, price, estimate, charged, waived, started_at, ended_at, feedback, created_at)
            SELECT 'B' || i || '-' || n, i, u.id, a.id, 'completed', 'web', t, t + interval '30 minutes', '', '', '{}',
                   'internal', '{"hourly_rate": "100.00", "startup_fee": "0.00", "minimum_fee": "0.00"}', 50, 50, '[]',
                   t, t + interval '30 minutes', '', t - interval '1 day'
              FROM generate_series(%(first)s::bigint, %(last)s::bigint) i
             CROSS JOIN generate_series(1, %(each)s::int) n
             CROSS JOIN LATERAL (SELECT date_trunc('hour', now()) - n * interval '2 hours' AS t) moment
              JOIN accounts_user u ON u.username = 'bench-' || ((i + n) %% %(people)s)
              JOIN ledger_paymentaccount a ON a.leader_id = u.id
            """,
            {"first": first, "last": last, "each": count // len(bookable), "people": len(people)},
        )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE reservations_occupancy DROP CONSTRAINT occupancy_never_overlaps")
        cursor.execute(
            "INSERT INTO reservations_occupancy (instrument_id, during, kind, holds, reservation_id)"
            " SELECT instrument_id, tstzrange(starts_at, ends_at), 'reservation', true, id FROM reservations_reservation"
        )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    # The product's own definition builds it again.
    with connection.schema_editor(atomic=False) as editor:
        for constraint in Occupancy._meta.constraints:
            if constraint.name == "occupancy_never_overlaps":
                editor.add_constraint(Occupancy, constraint)


def _entries(count: int) -> None:
    """Balanced captures of the past, one transaction and two entries for every two counted."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            """
            WITH t AS (
                INSERT INTO ledger_transaction (account_id, kind, key, at, source, voucher_no, note)
                SELECT account_id, 'capture', 'bench:' || id, ends_at, 'reservation:' || id, '', ''
                  FROM reservations_reservation ORDER BY id LIMIT %s
                RETURNING id, account_id, at
            )
            INSERT INTO ledger_entry (transaction_id, account_id, book, amount, at)
            SELECT id, account_id, 'available', -50, at FROM t UNION ALL SELECT id, account_id, 'revenue', 50, at FROM t
            """,
            [count // 2],
        )
        cursor.execute(
            "UPDATE ledger_paymentaccount a SET available = e.total FROM (SELECT account_id, sum(amount) AS total"
            " FROM ledger_entry WHERE book = 'available' GROUP BY account_id) e WHERE e.account_id = a.id"
        )
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
