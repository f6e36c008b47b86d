"""A small world with one person in every role and one of everything that has a page; for tests over all screens."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from gongyi.accounts.saving import save_view
from gongyi.accounts.services import create_token
from gongyi.catalog.models import Synonym
from gongyi.notifications.models import Notification
from gongyi.onboarding.letters import current_letter
from gongyi.onboarding.models import Binding
from gongyi.onboarding.registrations import REGISTRATIONS
from gongyi.onboarding.services import wizard
from gongyi.onboarding.services.invitations import invite
from gongyi.organizations.models import Capacity, Matter, Membership, Remit
from gongyi.reservations import services
from gongyi.reservations.models import CalendarFeed, Qualification
from tests.factories import catalog, ledger, offerings
from tests.factories.accounts import person, platform_admin
from tests.factories.imports import list_import
from tests.factories.organizations import department, finance, join, member, organization, reviewer, shown, unit_admin
from tests.factories.reservations import ALWAYS, at, qualified, rules
from tests.factories.reviews import under_review

ROLES = (
    "visitor", "outsider", "newcomer", "student", "senior", "group_manager", "leader", "manager", "finance", "unit_admin",
    "reviewer", "admin",
)  # fmt: skip


@dataclass
class World:
    people: dict[str, Any]
    objects: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.people[name] if name in self.people else self.objects[name]


def build() -> World:
    """Nothing here is shared between people but what their roles say; `outsider` belongs to another unit."""
    ContentType.objects.clear_cache()
    confirmed = {"profile_confirmed_at": timezone.now()}
    unit, elsewhere = organization("望江大学", info_confirmed_at=timezone.now()), organization("云麓理工大学")
    center = department(unit)
    people: dict[str, Any] = {"visitor": None}
    for name, words in (
        ("newcomer", "何晓"),
        ("student", "林知远"),
        ("senior", "赵一鸣"),
        ("group_manager", "陈可"),
        ("leader", "李明远"),
        ("manager", "周敏"),
    ):
        people[name] = join(person(words, reports={}, **confirmed), unit, department=center)
    people["outsider"] = join(person("孙外", reports={}, **confirmed), elsewhere)
    people["finance"] = finance(unit, **confirmed)
    people["unit_admin"] = unit_admin(unit, **confirmed)
    people["reviewer"] = reviewer(organization("东湾省科技厅", kind="authority"), **confirmed)
    people["admin"] = platform_admin(**confirmed)
    world = World(people)
    add = world.objects
    add["unit"], add["department"] = unit, center
    add["instrument"] = catalog.instrument(
        "场发射扫描电镜", unit=unit, managers=(world.manager,), hourly_rate=200, department=center
    )
    rules(add["instrument"], hours=ALWAYS, review_normal=True, min_notice_minutes=0)
    add["qualification"] = qualified(add["instrument"], world.student, Qualification.Level.NORMAL, by=world.manager)
    qualified(add["instrument"], world.senior, Qualification.Level.SENIOR, by=world.manager)
    add["account"] = ledger.payment_account(
        "先进储能材料课题组", unit=unit, leader=world.leader, members=(world.student, world.senior, world.newcomer),
        group_managers=(world.group_manager,), balance=10000,
    )  # fmt: skip
    start = at(3, "14:00")
    add["reservation"] = services.reserve(
        instrument=add["instrument"], user=world.student, actor=world.student, account=add["account"], starts_at=start,
        ends_at=start + timedelta(hours=2), purpose="形貌观察",
    )  # fmt: skip
    day = at(6, "8:00")
    add["closure"] = services.close(
        instrument=add["instrument"],
        during=DateTimeTZRange(day, day + timedelta(hours=4)),
        reason="液氮检修",
        actor=world.manager,
    )
    add["fault"] = services.report_fault(
        instrument=add["instrument"], actor=world.manager, description="真空略慢", disabling=False
    )
    add["ban"] = services.ban(user=world.newcomer, organization=unit, reason="多次失约", actor=world.unit_admin)
    add["token"], _raw = create_token(world.student, "脚本")
    add["saved_view"] = save_view(user=world.student, path="/reservations/", query="status=valid", name="有效的")
    add["notification"] = Notification.objects.filter(user=world.manager).first()
    add["feed"] = CalendarFeed.objects.create(user=world.student, secret="s" * 43)
    add["list_import"] = list_import(world.admin)
    add["commitment"] = current_letter(Capacity.NETWORK)
    add["synonym"] = Synonym.objects.order_by("pk").first()
    add["draft"] = wizard.begin(REGISTRATIONS["service_institution"], world.student)
    add["binding"] = Binding.objects.create(person=world.student, organization=unit, wish=Binding.Wish.RELEASE)
    add["invitation"] = invite(organization=unit, actor=world.unit_admin, days=7)
    add["membership"] = Membership.objects.filter(user=world.student).first()
    add["innovation"], add["review"] = under_review(unit, world.unit_admin, world.reviewer)
    add["certificate"], add["qualification_picture"], add["case"] = shown(unit)
    add["capability"] = offerings.capability(unit, certificate=add["certificate"])
    add["plan"] = offerings.plan(unit, lines=(add["capability"],))
    add["topic"] = offerings.topic(plans=(add["plan"],))
    add["submission"], add["remit"] = add["review"].submission, Remit.objects.get()
    return world


# Who stands near to somebody of ROLES but elsewhere: foreign unit, far region, other laboratory; and the main account's double.
FURTHER = ("foreign_admin", "far_reviewer", "sub_user", "laboratory", "far_laboratory")


def further(world: World, role: str) -> Any:
    """The person in a role of FURTHER: the administrator of another unit, a reviewer whose authority covers another province,
    a sub-user of the unit, the account of the laboratory that has the instrument, and that of another one in the same unit."""
    confirmed, unit, place = {"profile_confirmed_at": timezone.now()}, world.unit, Membership.Role
    if role == "foreign_admin":
        return unit_admin(world.outsider.memberships.get().organization, "钱外", **confirmed)
    if role == "far_reviewer":
        far = organization("远山省科技厅", kind="authority")
        for matter in Matter.values:
            Remit.objects.create(organization=far, matter=matter, region_id="530000")
        return reviewer(far, "远行", **confirmed)
    if role == "sub_user":
        return member(unit, "罗从", place.SUB_USER, **confirmed)
    own = world.department if role == "laboratory" else department(unit, "海洋学院")
    return member(unit, "秦听澜", place.LABORATORY, department=own, **confirmed)
