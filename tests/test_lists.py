"""No list asks once per row: every page of many answers with the same number of queries for one row and for thirty more."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from gongyi.accounts.models import LoginRecord, SavedView
from gongyi.audit.services import record
from gongyi.catalog.models import Favourite, Instrument, ShortlistItem
from gongyi.catalog.services import index
from gongyi.kit.views import ListPage
from gongyi.notifications.models import Notification, TextMessage
from gongyi.onboarding.models import Application, Binding, CommitmentLetter
from gongyi.onboarding.services.invitations import invite
from gongyi.organizations.models import Capacity, Membership, Participation, Remit, UnitProfile
from gongyi.regions.models import Region
from gongyi.reservations.models import Ban, Closure, FaultReport, Qualification, Reservation
from gongyi.reviews.workflow import ReviewFlow
from tests.factories import catalog, ledger, offerings
from tests.factories.accounts import person
from tests.factories.imports import list_import, rows_of
from tests.factories.organizations import department, join, organization, shown
from tests.factories.reviews import handed_in, innovation_platform
from tests.test_screens import addresses, arguments
from tests.world import build

pytestmark = pytest.mark.django_db
MORE = 30
OTHER_LISTS = {
    "offerings:plans", "offerings:plan", "offerings:topics", "offerings:topic", "offerings:find_own_capabilities",
    "portal:shortlist", "portal:instruments", "portal:organizations", "portal:organization", "portal:home", "reservations:my_desk", "reservations:manager_desk",
    "reviews:desk", "reviews:overview", "reviews:submission",
    "portal:finance_desk", "portal:platform_desk", "reservations:timeline", "organizations:departments",
    "onboarding:my_units", "organizations:certificates", "organizations:showcase", "organizations:contacts",
}  # fmt: skip


def lists():
    """Names of all list pages, with those of another make that show many rows too."""
    from django.urls import get_resolver

    def views(patterns, space=""):
        for pattern in patterns:
            if hasattr(pattern, "url_patterns"):
                yield from views(pattern.url_patterns, f"{space}{pattern.namespace}:" if pattern.namespace else space)
            else:
                yield f"{space}{pattern.name}", getattr(pattern.callback, "view_class", None)

    found = {name for name, view in views(get_resolver().url_patterns) if view and issubclass(view, ListPage)}
    return found | (OTHER_LISTS & {name for name, _parameters in addresses()})


def multiply(world, more, start_at=0):
    """So many more of everything the lists show."""
    now = timezone.now()
    world.objects["districts"] = list(
        Region.objects.filter(level=Region.Level.DISTRICT).exclude(code__startswith="33")[:99]
    )
    unit, manager, student = world.unit, world.manager, world.student
    people = [join(person(), unit, department=world.department) for _ in range(more)]
    for number in range(start_at, start_at + more):
        other = organization(info_confirmed_at=now - timedelta(days=number))
        Participation.objects.create(organization=other, capacity=Capacity.NETWORK, since=now)
        UnitProfile.objects.create(organization=other, commitment_version=world.commitment.version)
        CommitmentLetter.objects.create(capacity=Capacity.NETWORK, version=f"草{number}", title="承诺书", text="全文")
        department(unit, f"院系{number}")
        shown(unit, number + 1)
        made = catalog.instrument(unit=unit, managers=(manager,), hourly_rate=100, department=world.department)
        ledger.payment_account(
            unit=unit,
            leader=world.leader,
            members=(student, people[number - start_at]),
            group_managers=(world.group_manager,),
        )
        catalog.instrument(unit=other)
        start = now - timedelta(days=number + 2)
        period = DateTimeTZRange(start, start + timedelta(hours=1))
        Qualification.objects.create(instrument=made, user=student, level=1, granted_by=manager)
        Closure.objects.create(instrument=made, during=period, reason="检修", created_by=manager)
        FaultReport.objects.create(instrument=made, reported_by=student, description="漏气", disabling=False)
        Ban.objects.create(
            user=people[number - start_at], organization=unit, reason="失约", created_by=world.unit_admin
        )
        Favourite.objects.create(user=student, instrument=made)
        record(manager, world.instrument, "修改仪器资料", before={"楼层": str(number)}, after={"楼层": str(number + 1)})
        record(manager, world.instrument, "修改仪器资料", before={"楼层": str(number)}, after={"楼层": str(number + 1)})
        ShortlistItem.objects.create(user=student, instrument=made)
        Reservation.objects.create(
            number=f"T{number:05d}", instrument=made, user=student, account=world.account, status="completed", starts_at=start,
            ends_at=start + timedelta(hours=1), started_at=start, ended_at=start + timedelta(hours=1), charged=Decimal(100),
        )  # fmt: skip
        Reservation.objects.create(
            number=f"P{number:05d}", instrument=made, user=student, account=world.account, status="pending",
            starts_at=now + timedelta(days=1), ends_at=now + timedelta(days=1, hours=1), expires_at=now + timedelta(hours=9),
        )  # fmt: skip
        for user in (student, manager, world.admin):
            Notification.objects.create(user=user, title="消息", kind="test")
            LoginRecord.objects.create(user=user, identifier=user.username, succeeded=True)
            SavedView.objects.create(user=user, page="catalog:list", name=f"视图{number}", query="status=draft")
        TextMessage.objects.create(phone="13900001234", body="验证码", purpose="注册账号")
        Application.objects.create(capacity=Capacity.SERVICE, applicant=student, name=f"机构{number}")
        Binding.objects.create(person=student, organization=other, wish=Binding.Wish.BIND)
        invite(organization=unit, actor=world.unit_admin, days=7)
        join(person(), unit, Membership.Role.SUB_USER)
        innovation_platform(unit)
        catalog.instrument(f"草稿{number}", unit=unit, status=Instrument.Status.DRAFT)
        line = offerings.capability(unit, f"钢材{number}", certificate=world.certificate)
        world.plan.capabilities.add(line)
        offerings.topic(f"专题{number}", plans=(offerings.plan(unit, f"方案{number}", lines=(line,)), world.plan))
        world.topic.service_plans.add(offerings.plan(other, f"他方案{number}"))
        handed_in(unit, world.unit_admin)
        ReviewFlow.fire(handed_in(unit, world.unit_admin), "send_back", actor=world.reviewer, reason="缺页")
        Remit.objects.create(organization=world.remit.organization, matter="platforms", region=world.districts[number])
        list_import(world.admin)
        rows_of(world.list_import, start=3 + number, count=1)
    index(Instrument.objects.all())
    with connection.cursor() as cursor:
        # As the server does by itself in time; without, a query may join for minutes. Only our own tables: those that all
        # databases share stay locked to the end of the transaction, and the other process waits for them.
        cursor.execute(f"ANALYZE {', '.join(connection.introspection.django_table_names(only_existing=True))}")


def shown_lists(browser, world):
    """Address of every list that is shown to whoever browses, by name; whatever is looked up once per process is looked up now."""
    wanted = lists()
    found = {name: reverse(name, kwargs=arguments(world, name, keys)) for name, keys in addresses() if name in wanted}
    return {name: address for name, address in found.items() if browser.get(address).status_code == 200}


def counted(browser, shown):
    counts = {}
    for name, address in shown.items():
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(address).status_code == 200
        counts[name] = len(captured)
    return counts


@pytest.mark.parametrize("role", ["student", "leader", "manager", "unit_admin", "reviewer", "admin"])
def test_lists_take_as_many_queries_for_thirty_more_rows(role):
    world = build()
    index(Instrument.objects.all())
    browser = Client()
    browser.force_login(world.people[role], backend="gongyi.accounts.backends.AnyIdentifierBackend")
    multiply(world, 1)
    shown = shown_lists(browser, world)
    few = counted(browser, shown)
    multiply(world, MORE, 1)
    many = counted(browser, shown)
    grown = {name: (few[name], many[name]) for name in few if many[name] > few[name]}
    assert grown == {}
